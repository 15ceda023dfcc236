"""Every measure of 100,000 estimates: metrics, curve with band, decisions, distribution, DeLong.

python benchmarks/metrics_whole_set.py     last line `figure: seconds`
"""

from __future__ import annotations

import time

import numpy as np

from predict.statistics.intervals import delong
from predict.statistics.metrics import METRICS
from predict.statistics.metrics.curves import calibration_curve
from predict.statistics.metrics.decisions import at_threshold, decision_curve, distribution

PEOPLE = 100_000


def main(people: int = PEOPLE) -> float:
    """Return the seconds of the best of three runs, imports excluded."""
    draw = np.random.default_rng(1)
    p = draw.random(people)
    y = (draw.random(people) < p).astype(int)
    times = []
    for _ in range(4):
        began = time.perf_counter()
        for metric in METRICS.values():
            metric(y, p)
        calibration_curve(y, p)
        decision_curve(y, p)
        distribution(y, p)
        at_threshold(y, p, 0.5)
        delong(y, p)
        times.append(time.perf_counter() - began)
    # The first run also pays for imports.
    best = min(times[1:])
    print(f"figure: {best:.2f}")
    return best


if __name__ == "__main__":
    main()
