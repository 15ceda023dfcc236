"""Scores for a table: from one patient in a notebook to files that are read in parts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path

import pandas as pd

from predict.cohort import read_cohort
from predict.cohort.dates import latest_today
from predict.models.response_model import ResponseModel
from predict.scoring.rows import COLUMNS, Explain, score_cohort

__all__ = ["COLUMNS", "Explain", "score", "score_cohort"]


def score(
    model: ResponseModel,
    table: pd.DataFrame | Path | str,
    *,
    explain: Explain = "top",
    training: Collection[str] = (),
    today: date | None = None,
) -> pd.DataFrame:
    """Return one row of scores for every row of a table, in its order; none is dropped.

    Parameters
    ----------
    model : ResponseModel
        Trained or loaded. It carries the study under which the table is read.
    table : DataFrame or path
        People with at least the columns known at the model's as-of visit. Columns known later are
        left unread.
    explain : str
        ``none``, ``top`` (three reasons either way) or ``all`` (one contribution a column as well).
    training : collection of str
        Ids the model learned from; their rows carry the flag ``in_training``.
    today : date, optional
        The day against which the model's age is held; the present one where none is given.

    Returns
    -------
    DataFrame
        id, row (from 1), status (scored, no_estimate, rejected), probability, low and high (0 to
        1), reliance (ok, note, stop), lowered_by, raised_by (``name=points``), flags, reason.

    Raises
    ------
    TableError
        When the table as a whole cannot be read under the study; lists every problem found.

    Examples
    --------
    >>> import predict as pr
    >>> scores = pr.score(pr.load_model("models/example"), table)  # doctest: +SKIP
    """
    cohort = read_cohort(table, model.study, as_of=model.as_of)
    day = today or latest_today()
    return score_cohort(model, cohort, explain=explain, training=training, today=day)
