"""When people respond, and who of them has lost it by the start of the next round."""

from __future__ import annotations

import numpy as np
import pandas as pd

from predict.analysis.trajectories.scores import CourseScores
from predict.cohort import Cohort
from predict.definitions.instruments import Scale
from predict.statistics.intervals import wilson

HALVED = 0.5


def responded(start: pd.Series, end: pd.Series, scale: Scale) -> pd.Series:
    """Return whether the distance to the best score has halved; NaN where either is missing."""
    best = scale.low if scale.better == "low" else scale.high
    yes = ((end - best).abs() <= HALVED * (start - best).abs()).astype(float)
    return yes.where(start.notna() & end.notna())


def is_case(start: pd.Series, scale: Scale) -> pd.Series:
    """Return who could respond: at or beyond the scale's cut, or off the best score without one."""
    if scale.cut is None:
        return start.notna() & (start != (scale.low if scale.better == "low" else scale.high))
    return start >= scale.cut if scale.better == "low" else start <= scale.cut


def response_times(scores: CourseScores) -> pd.DataFrame:
    """Return a life table of first response by visit, for each instrument.

    Columns: instrument, visit, at_risk, responded, share (of those at risk), by_then (share that
    has responded by this visit), median (the first visit by which half have, or empty).
    People count until the last visit at which they were seen.

    References
    ----------
    Kaplan and Meier 1958, JASA 53:457, in discrete time.
    """
    tables = [_life_table(scores, place) for place in range(len(scores.instruments))]
    return pd.concat(tables, ignore_index=True)


def _life_table(scores: CourseScores, place: int) -> pd.DataFrame:
    scale = scores.scales[place]
    table = pd.DataFrame(scores.scores[:, place], index=scores.ids, columns=list(scores.visits))
    table = table[is_case(table.iloc[:, 0], scale)]
    later = table.columns[1:]
    yes = np.column_stack([responded(table.iloc[:, 0], table[v], scale) for v in later])
    steps, seen = len(later), np.isfinite(yes)
    first = np.where((yes == 1).any(1), (yes == 1).argmax(1), steps)
    last = np.where(seen.any(1), steps - 1 - seen[:, ::-1].argmax(1), -1)
    rows, left = [], 1.0
    for step, visit in enumerate(later):
        at_risk = int(((first >= step) & (last >= step)).sum())
        new = int((first == step).sum())
        left *= 1.0 - (new / at_risk if at_risk else 0.0)
        share = new / at_risk if at_risk else np.nan
        rows.append((scores.instruments[place], visit, at_risk, new, share, 1.0 - left))
    columns = ["instrument", "visit", "at_risk", "responded", "share", "by_then"]
    life = pd.DataFrame(rows, columns=columns)
    reached = life.loc[life["by_then"] >= 0.5, "visit"]
    life["median"] = reached.iloc[0] if len(reached) else "not reached"
    return life


def relapse(cohort: Cohort, scores: CourseScores) -> pd.DataFrame:
    """Return how many responders of round one no longer respond when round two starts.

    Columns: instrument, from, to, responders, known, lost, share, low, high; a study whose round
    two has no start of its own is counted at the end of round two.
    """
    study = cohort.study
    if "two" not in study.rounds:
        return pd.DataFrame(columns=["instrument"])
    one, two = study.round("one"), study.round("two")
    later = two.start if two.own_start else two.end
    if later == one.end:
        return pd.DataFrame(columns=["instrument"])
    rows = []
    for name, scale in zip(scores.instruments, scores.scales, strict=True):
        start, end, after = (cohort.total(name, v, scale.name) for v in (one.start, one.end, later))
        yes = (responded(start, end, scale) == 1) & is_case(start, scale)
        now = responded(start, after, scale)[yes]
        followed, lost = int(now.notna().sum()), int((now == 0).sum())
        share, low, high = wilson(lost, followed)
        rows.append((name, one.end, later, int(yes.sum()), followed, lost, share, low, high))
    columns = ["instrument", "from", "to", "responders", "known", "lost", "share", "low", "high"]
    return pd.DataFrame(rows, columns=columns)
