"""The catalogue: every sentence that a page, a worklist, a report or a reason shows."""

from predict.definitions.wording.catalogue import Catalogue, languages, load_catalogue
from predict.definitions.wording.digits import digits_that_show

__all__ = ["Catalogue", "digits_that_show", "languages", "load_catalogue"]
