"""Months are told honestly at fifty people; falls are seen in time and calm is left alone.

Estimates are spread around a rate and exactly right, or the events fall to .8 of them. The
reference is a validation of 1,500 people whose own error is drawn for every series. Asked:
intervals of one month of 50 people hold the truth in 90 % or more; at most one false alarm of any
kind in 60 looks, in the mean; a fall is seen in 75 % within 200 people at a rate of .6 and 400 at
.5 and .4.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from _proof import Tally, leave, share_asked, some
from predict.operations.monitoring.months import auroc, auroc_alarms, brier, expected, o_e
from predict.operations.monitoring.sequential import FALL, LOOKS, RISE, Look, Reference, watch

MONTHS, SERIES, PEOPLE, JUDGED_ON = 2000, 200, 50, 1500
WITHIN = {0.6: 200, 0.5: 400, 0.4: 400}
SPREAD = 0.7  # standard deviation of the estimates' log-odds: an AUROC of about .68
Floats = NDArray[np.float64]


def main(share: float = 1.0) -> int:
    """Run a share of the months and series and return the exit status."""
    tally = Tally()
    for rate in WITHIN:
        for words, kept in (
            *coverage(rate, some(MONTHS, share)),
            calm(rate, some(SERIES, share)),
            seen(rate, some(2 * SERIES, share)),
        ):
            tally.state(f"rate {rate}: {words}", kept)
    return tally.end()


def estimates(rng: np.random.Generator, rate: float, count: int) -> Floats:
    """Return estimates whose log-odds are spread around a rate."""
    line = np.log(rate / (1 - rate)) + SPREAD * rng.standard_normal(count)
    return np.asarray(1 / (1 + np.exp(-line)), dtype=np.float64)


def look(rng: np.random.Generator, rate: float, factor: float = 1.0) -> Look:
    """Return a month of 50 people whose events are `factor` times what the estimates say."""
    p = estimates(rng, rate, PEOPLE)
    return Look((rng.random(PEOPLE) < factor * p).astype(np.int8), p)


def coverage(rate: float, months: int) -> Iterator[tuple[str, bool]]:
    """How often the intervals of single months hold the truth."""
    rng = np.random.default_rng(5)
    held = {"o_e": [], "auroc": [], "brier": []}
    truth = dict(zip(("auroc", "brier"), expected(estimates(rng, rate, 400_000))[1:], strict=True))
    for _ in range(months):
        month = look(rng, rate)
        for name, measure in (("o_e", o_e), ("auroc", auroc), ("brier", brier)):
            _, low, high = measure(month.y, month.p)
            held[name].append(low <= truth.get(name, 1.0) <= high)
    for name, inside in held.items():
        share = float(np.mean(inside))
        yield f"{name} of 50 people lies in its interval in {share:.3f} (.90)", share >= 0.90


def reference(rng: np.random.Generator, rate: float) -> Reference:
    """Return what a validation of 1,500 people would have found, and its errors."""
    o_e_error = float(np.sqrt((1 - rate) / (rate * JUDGED_ON)))
    area = expected(estimates(np.random.default_rng(6), rate, 100_000))[1]
    area_error = 0.014
    return Reference(
        1 + o_e_error * rng.standard_normal(), o_e_error,
        area + area_error * rng.standard_normal(), area_error,
    )  # fmt: skip


def calm(rate: float, series: int) -> tuple[str, bool]:
    """False alarms of every kind in 60 looks, in the mean."""
    rng, alarms = np.random.default_rng(7), []
    for _ in range(series):
        held = reference(rng, rate)
        looks = [look(rng, rate) for _ in range(LOOKS)]
        sums = [len(watch(looks, held, factor).alarms) for factor in (FALL, RISE)]
        alarms.append(sum(sums) + len(auroc_alarms(looks, held)))
    mean, error = float(np.mean(alarms)), float(np.std(alarms) / np.sqrt(series))
    words = f"{mean:.2f} false alarms in {LOOKS} looks (standard error {error:.2f}; at most 1)"
    return words, mean <= 1.0


def seen(rate: float, series: int) -> tuple[str, bool]:
    """How often a fall to .8 is seen in time."""
    rng, alarmed = np.random.default_rng(8), []
    count = WITHIN[rate] // PEOPLE
    for _ in range(series):
        looks = [look(rng, rate, FALL) for _ in range(count)]
        alarmed.append(bool(watch(looks, reference(rng, rate), FALL).alarms))
    share = float(np.mean(alarmed))
    return f"a fall to .8 is seen within {WITHIN[rate]} people in {share:.2f} (.75)", share >= 0.75


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
