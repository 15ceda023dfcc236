"""Item answers of graded-response models: drawn freely, or adding up to a given total."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from predict.definitions.programmes import item_parameters

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_SEVERITIES = np.linspace(-4.0, 5.0, 181)


@dataclass(frozen=True)
class Bank:
    """Graded-response parameters of one instrument, items x 1 and items x 3.

    References
    ----------
    Samejima (1969), Psychometrika Monograph 17: P(answer >= k) = logistic(a (severity - b_k)).
    """

    discrimination: Floats
    thresholds: Floats

    @property
    def items(self) -> int:
        return len(self.discrimination)

    @property
    def highest(self) -> int:
        return self.thresholds.size

    def reached(self, severity: Floats, shift: Floats | None = None) -> Floats:
        """Return P(answer >= 1, 2, 3), people x items x 3; ``shift`` (people x items) adds."""
        from scipy.special import expit

        level = severity[:, None] + (0.0 if shift is None else shift)
        gap = np.broadcast_to(level, (len(severity), self.items))[:, :, None] - self.thresholds
        return np.asarray(expit(self.discrimination[None, :, None] * gap))

    def chances(self, severity: Floats, shift: Floats | None = None) -> Floats:
        """Return P(answer = 0, 1, 2, 3), people x items x 4."""
        reached = self.reached(severity, shift)
        ones = np.ones((*reached.shape[:2], 1))
        return -np.diff(np.concatenate([ones, reached, 0 * ones], axis=2), axis=2)

    def expected(self, severity: Floats) -> Floats:
        """Return each item's expected answer, people x items."""
        return np.asarray(self.reached(severity).sum(axis=2))

    def severity_of(self, totals: Floats) -> Floats:
        """Return the severity at which a total is the expected one."""
        curve = self.expected(_SEVERITIES).sum(axis=1)
        return np.interp(totals, curve, _SEVERITIES)


def load_bank(instrument: str) -> Bank:
    """Return the parameters of ``phq9`` or ``gad7``."""
    facts = item_parameters()[instrument]
    return Bank(np.array(facts["discrimination"]), np.array(facts["thresholds"]))


def draw_items(rng: np.random.Generator, bank: Bank, severity: Floats) -> Ints:
    """Draw answers 0-3, people x items."""
    uniform = rng.random((len(severity), bank.items, 1))
    return np.asarray((uniform < bank.reached(severity)).sum(axis=2))


def split_totals(
    rng: np.random.Generator, bank: Bank, totals: Ints, shift: Floats | None = None
) -> Ints:
    """Draw answers of the graded-response model given that they add up to each person's total.

    Exact: the chances of the remaining sum are carried backwards over the items, then the items
    are drawn forwards.
    """
    severity = bank.severity_of(totals.astype(float))
    return split_sums(rng, bank.chances(severity, shift), totals)


def split_sums(rng: np.random.Generator, chances: Floats, totals: Ints) -> Ints:
    """Draw independent answers given their sum; chances are people x items x answers 0, 1, ..."""
    possible = np.clip(chances, 1e-6, None)
    highest = possible.shape[1] * (possible.shape[2] - 1)
    return _draw_forward(rng, possible, _sums_to_come(possible, highest), totals)


def _sums_to_come(chances: Floats, highest: int) -> Floats:
    """Return P(items j.. add up to s), (items + 1) x people x (highest + 1)."""
    people, items, answers = chances.shape
    sums = np.zeros((items + 1, people, highest + 1))
    sums[items, :, 0] = 1.0
    for j in range(items - 1, -1, -1):
        for k in range(answers):
            sums[j, :, k:] += chances[:, j, k, None] * sums[j + 1, :, : highest + 1 - k]
    return sums


def _draw_forward(rng: np.random.Generator, chances: Floats, sums: Floats, totals: Ints) -> Ints:
    people, items, answers = chances.shape
    left, uniform = totals.copy(), rng.random((items, people, 1))
    drawn = np.zeros((people, items), dtype=np.int64)
    for j in range(items):
        after = left[:, None] - np.arange(answers)
        ahead = np.take_along_axis(sums[j + 1], np.maximum(after, 0), axis=1) * (after >= 0)
        steps = np.cumsum(chances[:, j] * ahead, axis=1)
        drawn[:, j] = (uniform[j] * steps[:, -1:] >= steps).sum(axis=1)
        left = left - drawn[:, j]
    return drawn
