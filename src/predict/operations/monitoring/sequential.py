"""Has the number of events left the number expected? A cumulative sum, looked at every month.

Each look adds its log likelihood ratio of "events are `factor` times as many as the reference
says" against "as many as it says", and never falls below zero. The height at which it alarms is
drawn, not taken from a table: looks like those seen are simulated with the reference's own error,
and the height is where 60 looks hold the asked number of false alarms in the mean.

References
----------
Page 1954, Biometrika 41:100; Steiner et al. 2000, Biostatistics 1:441 (risk-adjusted sums).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FALL, RISE = 0.8, 1.25
LOOKS = 60
# Expected false alarms in 60 looks; with the AUROC's share (`months`) they add up to less than one.
FALSE_ALARMS = {FALL: 0.5, RISE: 0.25}
SIMULATED, SEED = 2000, 1
ENOUGH = 0.75
EDGE = 1e-3


@dataclass(frozen=True)
class Reference:
    """Events observed for each expected when the model was judged, with its standard error.

    Parameters
    ----------
    o_e, o_e_error : float
        1 and 0 where nothing is known: then "as expected" means what the estimates say.
    auroc, auroc_error : float
        NaN where unknown.

    Examples
    --------
    >>> Reference(0.97, 0.03).o_e
    0.97
    """

    o_e: float = 1.0
    o_e_error: float = 0.0
    auroc: float = np.nan
    auroc_error: float = np.nan


@dataclass(frozen=True)
class Look:
    """People whose outcome became known since the look before."""

    y: NDArray[np.int8]
    p: Floats


@dataclass(frozen=True)
class Sums:
    """Moments of a look's log likelihood ratio: what a simulation needs instead of its people.

    With a true factor f the ratio has mean ``f a + b`` and variance ``f c - f * f * d``.
    """

    a: float
    b: float
    c: float
    d: float


@dataclass(frozen=True)
class Cusum:
    """The sum at every look, and the height at which it alarms.

    Parameters
    ----------
    factor : float
        0.8: watches for fewer events than expected; 1.25: for more.
    height : float
    path : tuple of float
        The sum after each look; it begins anew after an alarm.
    alarms : tuple of int
        Looks, counted from 0, that alarmed.
    people_needed : int
        Labelled people within which three of four such changes would be seen; 0: not within the
        60 looks.
    """

    factor: float
    height: float
    path: tuple[float, ...]
    alarms: tuple[int, ...]
    people_needed: int


def watch(looks: Sequence[Look], reference: Reference, factor: float) -> Cusum:
    """Return the sum over all looks.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> p = np.full(50, 0.6)
    >>> fewer = [Look((rng.random(50) < 0.48).astype(np.int8), p) for _ in range(6)]
    >>> len(watch(fewer, Reference(), FALL).alarms) > 0
    True
    """
    sums = [moments(look.p, reference.o_e, factor) for look in looks]
    height = alarm_height(sums, reference, FALSE_ALARMS[factor])
    path, alarms, level = list[float](), list[int](), 0.0
    for number, look in enumerate(looks):
        level = max(0.0, level + log_ratio(look, reference.o_e, factor))
        path.append(level)
        if level > height:
            alarms.append(number)
            level = 0.0
    usual = float(np.median([len(look.p) for look in looks]))
    needed = looks_needed(sums, reference, factor, height) * usual
    return Cusum(factor, height, tuple(path), tuple(alarms), round(needed))


def log_ratio(look: Look, o_e: float, factor: float) -> float:
    """Return a look's log likelihood ratio, in nats; above 0 speaks for the change."""
    event, no_event = _weights(look.p, o_e, factor)
    return float(np.where(look.y == 1, event, no_event).sum())


def moments(p: Floats, o_e: float, factor: float) -> Sums:
    """Return the moments of a look's log likelihood ratio over its possible outcomes."""
    event, no_event = _weights(p, o_e, factor)
    gap = event - no_event
    return Sums(
        float((p * gap).sum()),
        float(no_event.sum()),
        float((p * gap**2).sum()),
        float((p**2 * gap**2).sum()),
    )


def _weights(p: Floats, o_e: float, factor: float) -> tuple[Floats, Floats]:
    expected = np.clip(o_e * p, EDGE, 1 - EDGE)
    changed = np.clip(factor * o_e * p, EDGE, 1 - EDGE)
    return np.log(changed / expected), np.log((1 - changed) / (1 - expected))


def alarm_height(sums: Sequence[Sums], reference: Reference, false_alarms: float) -> float:
    """Return the height at which 60 looks hold this many false alarms in the mean."""
    steps = _simulated(sums, reference, 1.0)
    low, high = 0.1, 30.0
    while high - low > 0.01:
        middle = (low + high) / 2
        low, high = (middle, high) if _alarms(steps, middle) > false_alarms else (low, middle)
    return high


def looks_needed(sums: Sequence[Sums], reference: Reference, factor: float, height: float) -> int:
    """Return in how many looks three of four changes are seen; 0 where 60 are too few."""
    level, seen = np.zeros(SIMULATED), np.zeros(SIMULATED, dtype=bool)
    for number, step in enumerate(_simulated(sums, reference, factor).T, start=1):
        level = np.maximum(0.0, level + step)
        seen |= level > height
        if seen.mean() >= ENOUGH:
            return number
    return 0


def _simulated(sums: Sequence[Sums], reference: Reference, factor: float) -> Floats:
    """Steps of the sum, (simulated series, looks); a true factor is drawn for each series."""
    rng = np.random.default_rng(SEED)
    a, b, c, d = (np.array([getattr(one, name) for one in sums]) for name in "abcd")
    which = rng.integers(len(a), size=(SIMULATED, LOOKS))
    error = reference.o_e_error * rng.standard_normal((SIMULATED, 1))
    true = factor * np.maximum(reference.o_e + error, 0.05)
    spread = np.sqrt(np.maximum(true * c[which] - true**2 * d[which], 0.0))
    steps: Floats = true * a[which] + b[which] + spread * rng.standard_normal(which.shape)
    return steps


def _alarms(steps: Floats, height: float) -> float:
    level, alarms = np.zeros(len(steps)), 0
    for step in steps.T:
        level = np.maximum(0.0, level + step)
        over = level > height
        alarms += int(over.sum())
        level[over] = 0.0
    return alarms / len(steps)
