"""The rules that turn a start and an end score into yes or no.

Every rule works on the *burden*: how far a score lies from the best one possible. So "halved" means
the same for a scale where low is good and for one where high is good.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from predict.definitions.outcomes.outcome import Outcome

UNREACHABLE = -1.0  # no burden lies below 0
TOLERANCE = 1e-9  # means such as 5.2 - 4.2 must count as one point


@dataclass(frozen=True)
class Rule:
    """One rule: from the start's burden to the end's burden at which the answer turns to yes.

    Parameters
    ----------
    limit : callable
        ``(outcome, start burden) -> end burden``, itself included.
    good : bool
        Whether yes is what one hopes for: an end burden at or below the limit; else at or above.
    amount : float or None
        Value where the outcome states none.
    needs : tuple of str
        Keys of the outcome that must be stated.
    single : bool
        Whether one score decides.
    from_start : bool
        Whether the answer depends on the start score; remission looks at the end alone.
    """

    limit: Callable[[Outcome, np.ndarray], np.ndarray]
    title: str
    good: bool = True
    amount: float | None = None
    needs: tuple[str, ...] = ()
    single: bool = True
    from_start: bool = True

    def yes(self, outcome: Outcome, start: pd.Series, end: pd.Series) -> pd.Series:
        """Return whether each end score answers yes."""
        limit = self.limit(outcome, burden(outcome, start.to_numpy(dtype=np.float64)))
        reached = burden(outcome, end.to_numpy(dtype=np.float64))
        with np.errstate(invalid="ignore"):
            yes = reached <= limit + TOLERANCE if self.good else reached >= limit - TOLERANCE
        return pd.Series(yes, index=end.index)


def burden(outcome: Outcome, score: np.ndarray) -> np.ndarray:
    """Return how far a score lies from the scale's best one."""
    scale = outcome.measured
    away = score - scale.low if scale.better == "low" else scale.high - score
    return np.asarray(away)


def cut_of(outcome: Outcome, start: float) -> float:
    """Return the end score at which the answer turns to yes for this start score."""
    limit = float(RULES[outcome.rule].limit(outcome, burden(outcome, np.array([start])))[0])
    scale = outcome.measured
    return scale.low + limit if scale.better == "low" else scale.high - limit


def reliable_change(sd: float, reliability: float) -> float:
    """Return the change that measurement error exceeds in one person of twenty.

    References
    ----------
    Jacobson and Truax 1991, J Consult Clin Psychol 59:12: S_diff = sqrt(2 SEM^2), SEM = SD
    sqrt(1 - r); a change is reliable beyond 1.96 S_diff.

    Examples
    --------
    >>> round(reliable_change(5.5, 0.84), 2), round(reliable_change(4.5, 0.92), 2)
    (6.1, 3.53)
    """
    return 1.96 * sd * math.sqrt(2 * (1 - reliability))


def _share(outcome: Outcome, start: np.ndarray) -> np.ndarray:
    """A share of the start's burden; who has none cannot lose a share of it: 0 to 0 is no fall."""
    with np.errstate(invalid="ignore"):
        return np.where(start <= 0, UNREACHABLE, start * (1 - _amount(outcome)))


def _points(outcome: Outcome, start: np.ndarray) -> np.ndarray:
    return start - _amount(outcome)


def _difference(outcome: Outcome, start: np.ndarray) -> np.ndarray:
    """Below 1 the amount is a share of the start's burden, else points."""
    return _share(outcome, start) if _amount(outcome) < 1 else _points(outcome, start)


def _rise(outcome: Outcome, start: np.ndarray) -> np.ndarray:
    return start + _amount(outcome)


def _end(outcome: Outcome, start: np.ndarray) -> np.ndarray:
    end = outcome.end if outcome.end is not None else outcome.measured.remission
    return np.full_like(start, burden(outcome, np.array([np.nan if end is None else end]))[0])


def _significant(outcome: Outcome, start: np.ndarray) -> np.ndarray:
    return np.asarray(np.minimum(_points(outcome, start), _end(outcome, start)))


def _reliable_fall(outcome: Outcome, start: np.ndarray) -> np.ndarray:
    return start - _reliable_amount(outcome)


def _reliable_rise(outcome: Outcome, start: np.ndarray) -> np.ndarray:
    return start + _reliable_amount(outcome)


def _reliable_amount(outcome: Outcome) -> float:
    """The stated points, or just beyond 1.96 S_diff: the criterion is strict."""
    if outcome.amount is not None:
        return outcome.amount
    return reliable_change(outcome.sd or 0.0, outcome.reliability or 0.0) + 2 * TOLERANCE


def _amount(outcome: Outcome) -> float:
    return float("nan") if outcome.amount is None else outcome.amount


def _never(outcome: Outcome, start: np.ndarray) -> np.ndarray:
    return np.full_like(start, np.nan)


RULES: dict[str, Rule] = {
    "response": Rule(_share, "the burden falls by a share of itself", amount=0.5),
    "remission": Rule(_end, "the end score is among the good ones", from_start=False),
    "points": Rule(_points, "the score improves by points", needs=("amount",)),
    "minimal_difference": Rule(
        _difference, "the smallest change that people notice", needs=("amount",)
    ),
    "clinically_significant": Rule(
        _significant, "improves by points and ends below the cut", needs=("amount", "end")
    ),
    "reliable_improvement": Rule(_reliable_fall, "improves beyond measurement error"),
    "reliable_deterioration": Rule(_reliable_rise, "worsens beyond measurement error", good=False),
    "worsening": Rule(_rise, "the score worsens by points", good=False, needs=("amount",)),
    "leaves_entry": Rule(
        _never, "no longer meets the entry rule", needs=("entry",), single=False, from_start=False
    ),
}
