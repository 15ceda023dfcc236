"""Every measure of a set of estimates: plain functions of outcomes y (0/1) and estimates p (0-1).

To add one: write a function ``(y, p) -> float`` and give it a line in METRICS.

References
----------
Van Calster et al. 2025, Lancet Digit Health 7(12):100916, for which measures are worth reading.
"""

from __future__ import annotations

from collections.abc import Callable

from numpy.typing import ArrayLike

from predict.statistics.metrics.agreement import (
    calibration_in_the_large,
    calibration_intercept,
    calibration_slope,
    o_e,
)
from predict.statistics.metrics.curves import e50, e90, eci, emax, ici
from predict.statistics.metrics.overall import brier, brier_scaled, log_loss
from predict.statistics.metrics.ranking import auroc

Metric = Callable[[ArrayLike, ArrayLike], float]

METRICS: dict[str, Metric] = {
    "auroc": auroc,
    "brier": brier,
    "brier_scaled": brier_scaled,
    "log_loss": log_loss,
    "calibration_intercept": calibration_intercept,
    "calibration_slope": calibration_slope,
    "calibration_in_the_large": calibration_in_the_large,
    "o_e": o_e,
    "ici": ici,
    "e50": e50,
    "e90": e90,
    "emax": emax,
    "eci": eci,
}

__all__ = [
    "METRICS",
    "Metric",
    "auroc",
    "brier",
    "brier_scaled",
    "calibration_in_the_large",
    "calibration_intercept",
    "calibration_slope",
    "e50",
    "e90",
    "eci",
    "emax",
    "ici",
    "log_loss",
    "o_e",
]
