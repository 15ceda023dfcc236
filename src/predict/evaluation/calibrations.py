"""Which map from margin to probability: none, Platt, beta or isotonic, compared out of fold.

Platt stays unless another is better by more than one standard error, because it alone keeps
reasons exact: it is affine in log-odds.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.differences import ONE_ERROR, choosing
from predict.evaluation.measures import within_fold_slope
from predict.statistics.metrics.overall import EDGE

Floats = NDArray[np.float64]

COLUMNS = [
    "calibration", "brier", "log_loss", "calibration_slope", "excess", "standard_error", "chosen",
]  # fmt: skip


def calibrations_table(estimates: OutOfFold) -> pd.DataFrame:
    """Return each map's losses out of fold and which the one-standard-error rule chooses.

    Returns
    -------
    DataFrame
        calibration, brier, log_loss, calibration_slope, excess (log loss above the best's),
        standard_error (of that excess, paired), chosen.
    """
    if not estimates.calibrated:
        return pd.DataFrame(columns=COLUMNS)
    loss = {name: _log_loss(estimates, name) for name in estimates.calibrated}
    best = min(loss, key=lambda name: float(loss[name].mean()))
    rows = []
    for name, values in loss.items():
        gap = choosing(estimates).mean(values - loss[best], level=ONE_ERROR)
        error = 0.0 if name == best else gap.high - gap.estimate
        p = estimates.calibrated[name]
        brier = float(((p - estimates.y) ** 2).mean())
        slope = within_fold_slope(estimates, p)
        rows.append((name, brier, float(values.mean()), slope, gap.estimate, error, False))
    table = pd.DataFrame(rows, columns=COLUMNS)
    table.loc[int(np.argmax(table["excess"] <= table["standard_error"])), "chosen"] = True
    return table


def _log_loss(estimates: OutOfFold, name: str) -> Floats:
    p = np.clip(estimates.calibrated[name], EDGE, 1 - EDGE)
    losses = -(estimates.y * np.log(p) + (1 - estimates.y) * np.log1p(-p))
    return np.asarray(losses.mean(axis=0), dtype=np.float64)
