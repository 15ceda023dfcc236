"""The catalogue of sentences, and the words that a patient page must never print."""

from predict.reports.wording.catalogue import Catalogue, languages, load_catalogue
from predict.reports.wording.forbidden import forbidden_in

__all__ = ["Catalogue", "forbidden_in", "languages", "load_catalogue"]
