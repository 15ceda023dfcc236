"""The catalogue of sentences, and the words that a patient page must never print."""

from predict.reporting.wording.catalogue import Catalogue, languages, load_catalogue
from predict.reporting.wording.forbidden import forbidden_in

__all__ = ["Catalogue", "forbidden_in", "languages", "load_catalogue"]
