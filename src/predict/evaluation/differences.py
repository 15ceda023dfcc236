"""Is one rival better than another? Paired, on the same people, with an interval."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.measures import Draws, measure
from predict.evaluation.plan import START, STATE, Plan
from predict.statistics.intervals import Interval, mean_interval, percentile_interval

Floats = NDArray[np.float64]

COLUMNS = [
    "model", "rival", "metric", "estimate", "low", "high", "n", "resamples", "level", "p_corrected",
]  # fmt: skip
# "Better" is claimed at one-sided .05, which is the upper end of this two-sided interval.
DECIDING = 0.90


def brier_difference(
    found: OutOfFold, model: str, rival: str, *, level: float = DECIDING
) -> Interval:
    """Return Brier(model) - Brier(rival) of estimates averaged over repeats; below 0 is better.

    The interval is normal, over people (over clusters where there are 20 or more): on simulated
    noise it claims an advantage in fewer than 1 of 100 cohorts.
    """
    return mean_interval(losses(found, model, rival), level=level, clusters=found.clusters)


def losses(found: OutOfFold, model: str, rival: str) -> Floats:
    """Return each person's squared error by the model minus that by the rival."""
    return np.asarray(
        (found.mean(model) - found.y) ** 2 - (found.mean(rival) - found.y) ** 2, dtype=np.float64
    )


def corrected_p(found: OutOfFold, model: str, rival: str) -> float:
    """Return the two-sided p of the corrected resampled t-test on fold Brier scores.

    References
    ----------
    Nadeau & Bengio 2003, Mach Learn 52:239: training sets overlap, so the variance of the fold
    differences is multiplied by 1/k + n_test/n_train.
    """
    from scipy import stats

    gaps = [
        np.mean((found.probability[model][r, who] - found.y[who]) ** 2)
        - np.mean((found.probability[rival][r, who] - found.y[who]) ** 2)
        for r, who in found.cells()
    ]
    count, folds = len(gaps), len(gaps) / len(found.folds)
    spread = float(np.var(gaps, ddof=1)) * (1 / count + 1 / (folds - 1))
    if spread == 0:
        return 1.0
    return float(2 * stats.t.sf(abs(np.mean(gaps)) / np.sqrt(spread), count - 1))


def differences_table(found: OutOfFold, draws: Draws, plan: Plan) -> pd.DataFrame:
    """Return every rival against every simpler one: Brier decides, AUROC and log loss beside it."""
    rows = []
    values = {model: measure(found, model) for model in found.models}
    for rival, model in combinations(found.models, 2):
        gap = brier_difference(found, model, rival)
        p = corrected_p(found, model, rival)
        rows.append((model, rival, "brier", *gap, found.n, 0, DECIDING, p))
        for name in ("auroc", "log_loss"):
            sample = draws[model, name] - draws[rival, name]
            ends = percentile_interval(
                values[model][name] - values[rival][name], sample, level=plan.level
            )
            kept = int(np.isfinite(sample).sum())
            rows.append((model, rival, name, *ends, found.n, kept, plan.level, np.nan))
    return pd.DataFrame(rows, columns=COLUMNS)


def simplest(found: OutOfFold) -> str:
    """Return the simplest family whose Brier score is within one standard error of the best's.

    The standard error is that of the paired difference (Breiman et al. 1984, section 3.4.3, made
    paired).
    """
    families = [name for name in found.models if name not in {START, STATE}]
    best = min(families, key=lambda m: float(((found.mean(m) - found.y) ** 2).mean()))
    for model in families:
        gap = brier_difference(found, model, best, level=0.6826894921)
        if model == best or gap.low <= 0:
            return model
    return best
