"""Why a booster is not compiled into tables."""

from __future__ import annotations

from predict.errors import PredictError

REASONS: dict[str, str] = {
    "NOT_A_BOOSTER": "it is not a booster in XGBoost's JSON form",
    "NAMES": "its feature names are not the ones given",
    "GBLINEAR": "gblinear has no trees",
    "DART": "dart weighs its trees at prediction time",
    "MULTI_CLASS": "it predicts more than one number a row",
    "OBJECTIVE": "the link between its base score and its margin is not known here",
    "CATEGORICAL_SPLIT": "it splits on sets of categories",
    "ABSURD_LEAF": "a leaf is not finite, or too large for single precision to add up",
    "TOO_DEEP": "a path has more distinct splits than a table has room for",
    "TOO_LARGE": "its tables would not fit in the memory allowed",
}


class Refused(PredictError):
    """A booster that the compiler does not take; XGBoost's own contributions serve instead.

    Parameters
    ----------
    reason : str
        One of the words in ``REASONS``.
    detail : str
        What was found.

    Examples
    --------
    >>> raise Refused("DART")
    Traceback (most recent call last):
    predict.models.families.attribution.refusal.Refused: DART: No tables for this booster: dart
    weighs its trees at prediction time. Use XGBoost's pred_contribs.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason = reason
        suffix = f" ({detail})" if detail else ""
        super().__init__(
            f"No tables for this booster: {REASONS[reason]}{suffix}. Use XGBoost's pred_contribs.",
            code=reason,
        )
