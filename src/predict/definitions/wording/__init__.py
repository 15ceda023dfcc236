"""The catalogue: every sentence that a page, a worklist, a report or a reason shows."""

from predict.definitions.wording.catalogue import Catalogue, languages, load_catalogue

__all__ = ["Catalogue", "languages", "load_catalogue"]
