"""Who started, who was lost to follow-up, and the rate with the lost counted as no: one rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from predict.cohort.labelling import NO_END, PART_MISSING

Mask = npt.NDArray[np.bool_]
# Why somebody who started has no known outcome.
LOST = (NO_END, PART_MISSING)


@dataclass(frozen=True)
class FollowUp:
    """Whose outcome is known, who of them reached it, and who started and was lost.

    Parameters
    ----------
    known, reached, lost : boolean array
        Over the same people, in their order; ``known`` and ``lost`` have nobody in common.
    """

    known: Mask
    reached: Mask
    lost: Mask

    @property
    def started(self) -> Mask:
        """Everybody a share of the lost is told of."""
        return self.known | self.lost

    @property
    def share(self) -> float:
        """The share of those who started that was lost; 0 where nobody started."""
        return share_lost(int(self.lost.sum()), int(self.started.sum()))

    @property
    def as_no(self) -> float:
        """The rate among all who started, the lost counted as not reaching the outcome."""
        return float(self.reached.sum() / max(self.started.sum(), 1))

    def among(self, people: npt.ArrayLike) -> FollowUp:
        """Return the same of some of these people, such as those with answers at a visit."""
        inside = np.asarray(people, dtype=bool)
        return FollowUp(self.known & inside, self.reached & inside, self.lost & inside)


def follow_up(labels: pd.DataFrame) -> FollowUp:
    """Return who started, who was lost and who reached an outcome, of the labels of everybody.

    Who started has the start score the outcome asks for, at or beyond its floor. Lost is who
    started and has no end score, or lacks a part of a combination. Whoever has neither score never
    started, also where an outcome asks for the end alone.

    Parameters
    ----------
    labels : DataFrame
        From `predict.label`.

    Examples
    --------
    >>> labels = pd.DataFrame({
    ...     "answer": ["yes", "no", "unknown", "unknown", "not_applicable"],
    ...     "why": ["", "", "no_end_score", "no_start_score", "below_floor"],
    ...     "start": [16.0, 15.0, 14.0, np.nan, 3.0],
    ... })
    >>> seen = follow_up(labels)
    >>> int(seen.started.sum()), int(seen.lost.sum()), round(seen.share, 2), round(seen.as_no, 2)
    (3, 1, 0.33, 0.33)
    """
    answer, why = labels["answer"], labels["why"]
    lost = (why == PART_MISSING) | ((why == NO_END) & labels["start"].notna())
    return FollowUp(
        answer.isin(["yes", "no"]).to_numpy(dtype=bool),
        (answer == "yes").to_numpy(dtype=bool),
        (lost & (answer == "unknown")).to_numpy(dtype=bool),
    )


def share_lost(lost: int, started: int) -> float:
    """Return the share of those who started that was lost, from their numbers.

    Examples
    --------
    >>> round(share_lost(175, 295), 2)
    0.59
    """
    return lost / started if started else 0.0
