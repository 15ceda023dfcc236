"""Who of a cohort a model does not learn from, and why."""

from __future__ import annotations

import pandas as pd

from predict.cohort import Cohort

NOBODY = pd.DataFrame({"id": [], "why": [], "here": pd.Series([], dtype=bool)})


def left_out(cohort: Cohort, labels: pd.DataFrame, as_of: str) -> pd.DataFrame:
    """Return everybody without a known outcome or answers at the as-of visit: id, why, here.

    ``here`` says who has answers at that visit.
    """
    answered = labels["answer"].isin(["yes", "no"])
    here = cohort.present(as_of).reindex(labels.index)
    absent = answered & ~here
    why = labels["why"].mask(absent, "no_answers_as_of")[~answered | absent]
    return pd.DataFrame(
        {"id": why.index, "why": why.to_numpy(), "here": here[why.index].to_numpy()}
    )
