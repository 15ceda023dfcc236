"""When people respond, and who of them has lost it by the start of the next round."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.analysis.result_table import Rows, ends
from predict.analysis.trajectories.scores import CourseScores
from predict.cohort import Cohort
from predict.definitions.instruments import Scale
from predict.statistics.disclosure import Table
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


def response_times(scores: CourseScores) -> Table:
    """Return a life table of first response by visit, for each instrument.

    Columns: instrument, visit, at_risk, responded, share (of those at risk), by_then (share that
    has responded by this visit), median (the first visit by which half have, or empty).
    People count until the last visit at which they were seen.

    References
    ----------
    Kaplan and Meier 1958, JASA 53:457, in discrete time.
    """
    columns = ("instrument", "visit", "at_risk", "responded", "share", "by_then", "median")
    rows, families = Rows("response_times", columns, columns[4:]), []
    for place in range(len(scores.instruments)):
        families += _life_table(rows, scores, place)
    return rows.table(families=families)


def _life_table(rows: Rows, scores: CourseScores, place: int) -> list[NDArray[np.bool_]]:
    """Add one instrument's rows; return who responded, was lost and went on at each step."""
    steps = _steps(scores, place)
    shares = [_share(new, at_risk) for at_risk, new, _ in steps]
    left = np.cumprod([1.0 - (0.0 if np.isnan(share) else share) for share in shares])
    by_half = [visit for visit, now in zip(scores.visits[1:], left, strict=True) if now <= HALVED]
    every: list[NDArray[np.bool_]] = []
    for step, (visit, (at_risk, new, lost)) in enumerate(
        zip(scores.visits[1:], steps, strict=True)
    ):
        row = {"instrument": scores.instruments[place], "visit": visit, "share": shares[step]}
        row |= {"by_then": 1.0 - left[step], "median": by_half[0] if by_half else "not reached"}
        every += [at_risk, new, lost]
        rows.add(row, rests=tuple(every), at_risk=at_risk, responded=new)
    after = [at_risk for at_risk, _, _ in steps[1:]] + [np.zeros_like(steps[0][0])]
    return [np.array([new, lost, on]) for (_, new, lost), on in zip(steps, after, strict=True)]


def _steps(scores: CourseScores, place: int) -> list[tuple[NDArray[np.bool_], ...]]:
    """Return who is at risk, responds first, and is seen no more, at each later visit."""
    scale = scores.scales[place]
    table = pd.DataFrame(scores.scores[:, place], columns=list(scores.visits))
    case = is_case(table.iloc[:, 0], scale).to_numpy()
    later = table.columns[1:]
    yes = np.column_stack([responded(table.iloc[:, 0], table[v], scale) for v in later])
    count, seen = len(later), np.isfinite(yes)
    first = np.where((yes == 1).any(1), (yes == 1).argmax(1), count)
    last = np.where(seen.any(1), count - 1 - seen[:, ::-1].argmax(1), -1)
    steps = []
    for step in range(count):
        at_risk = case & (first >= step) & (last >= step)
        new = case & (first == step)
        lost = at_risk & ~new & (last == step)
        steps.append(tuple(scores.group(group) for group in (at_risk, new, lost)))
    return steps


def _share(new: NDArray[np.bool_], at_risk: NDArray[np.bool_]) -> float:
    return float(new.sum() / at_risk.sum()) if at_risk.any() else float("nan")


def relapse(cohort: Cohort, scores: CourseScores) -> Table:
    """Return how many responders of round one no longer respond when round two starts.

    Columns: instrument, from, to, responders, known, lost, share, low, high; a study whose round
    two has no start of its own is counted at the end of round two.
    """
    columns = ("instrument", "from", "to", "responders", "known", "lost", "share", "low", "high")
    rows, study = Rows("relapse", columns, columns[6:]), cohort.study
    if "two" not in study.rounds:
        return rows.table()
    one, two = study.round("one"), study.round("two")
    later = two.start if two.own_start else two.end
    if later == one.end:
        return rows.table()
    for name, scale in zip(scores.instruments, scores.scales, strict=True):
        start, end, after = (cohort.total(name, v, scale.name) for v in (one.start, one.end, later))
        yes = ((responded(start, end, scale) == 1) & is_case(start, scale)).to_numpy()
        now = responded(start, after, scale).to_numpy()
        answered, lost = yes & np.isfinite(now), yes & (now == 0)
        about = {"instrument": name, "from": one.end, "to": later}
        rows.add({**about, **ends(wilson(int(lost.sum()), int(answered.sum())), "share")},
                 responders=yes, known=answered, lost=lost)  # fmt: skip
    return rows.table()
