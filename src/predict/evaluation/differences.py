"""Is one rival better than another? Paired, on the same people, with an interval."""

from __future__ import annotations

from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.evaluation.comparators import RULES
from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.measures import Draws, measure
from predict.evaluation.plan import Plan, is_lopsided
from predict.statistics.intervals import Interval, Sampling
from predict.statistics.metrics.overall import EDGE

Floats = NDArray[np.float64]
Loss = Literal["brier", "log_loss"]
State = Literal["better", "worse", "no_different", "not_shown"]

COLUMNS = [
    "model", "rival", "metric", "estimate", "low", "high", "n", "resamples", "level", "p_corrected",
]  # fmt: skip
# "Better" is claimed at one-sided .05, which is the upper end of this two-sided interval.
DECIDING = 0.90
ONE_ERROR = 0.6826894921


def deciding_loss(estimates: OutOfFold) -> Loss:
    """Return which loss decides: Brier, or log loss where few reach the outcome or few miss it."""
    return "log_loss" if is_lopsided(estimates.events / estimates.n) else "brier"


def paired_difference(
    estimates: OutOfFold, model: str, rival: str, *, loss: Loss = "brier", level: float = DECIDING
) -> Interval:
    """Return loss(model) - loss(rival) of estimates averaged over repeats; below 0 is better.

    The interval is normal, over people; over clusters, where there are any, it is Student's, and
    below six of them there is none. On simulated noise it claims an advantage in fewer than 1 of
    100 cohorts.
    """
    gaps = losses(estimates, estimates.mean(model), loss) - losses(
        estimates, estimates.mean(rival), loss
    )
    return estimates.sampling.mean(gaps, level=level)


def losses(estimates: OutOfFold, p: Floats, loss: Loss) -> Floats:
    """Return each person's squared error, or log loss in nats."""
    if loss == "brier":
        return np.asarray((p - estimates.y) ** 2, dtype=np.float64)
    chance = np.clip(np.where(estimates.y == 1, p, 1 - p), EDGE, 1.0)
    return np.asarray(-np.log(chance), dtype=np.float64)


def smallest_that_matters(rate: float, loss: Loss, share: float) -> float:
    """Return the difference below which two rivals are no different: a share of the prior's loss.

    Examples
    --------
    >>> smallest_that_matters(0.5, "brier", 0.004)
    0.001
    """
    if loss == "brier":
        return share * rate * (1 - rate)
    return -share * float(rate * np.log(rate) + (1 - rate) * np.log1p(-rate))


def state(low: float, high: float, *, smallest: float = 0.0) -> State:
    """Return what an interval of a difference in loss shows.

    Parameters
    ----------
    smallest : float
        From `smallest_that_matters`: an interval that lies wholly within it, either way, shows
        that there is no difference.

    Examples
    --------
    >>> state(-0.02, -0.01), state(-0.02, 0.01), state(0.01, 0.02)
    ('better', 'not_shown', 'worse')
    >>> state(-0.0006, -0.0001, smallest=0.001)
    'no_different'
    """
    if max(abs(low), abs(high)) <= smallest:
        return "no_different"
    if high < 0:
        return "better"
    return "worse" if low > 0 else "not_shown"


def corrected_p(estimates: OutOfFold, model: str, rival: str) -> float:
    """Return the two-sided p of the corrected resampled t-test on fold Brier scores.

    References
    ----------
    Nadeau & Bengio 2003, Mach Learn 52:239: training sets overlap, so the variance of the fold
    differences is multiplied by 1/k + n_test/n_train.
    """
    from scipy import stats

    gaps = [
        np.mean((estimates.probability[model][r, who] - estimates.y[who]) ** 2)
        - np.mean((estimates.probability[rival][r, who] - estimates.y[who]) ** 2)
        for r, who in estimates.cells()
    ]
    count, folds = len(gaps), len(gaps) / len(estimates.folds)
    spread = float(np.var(gaps, ddof=1)) * (1 / count + 1 / (folds - 1))
    if spread == 0:
        return 1.0
    return float(2 * stats.t.sf(abs(np.mean(gaps)) / np.sqrt(spread), count - 1))


def differences_table(estimates: OutOfFold, draws: Draws, plan: Plan) -> pd.DataFrame:
    """Return every rival against every simpler one.

    Brier decides, or log loss where the outcome is rare; the rest stand beside it.
    """
    rows = []
    values = {model: measure(estimates, model) for model in estimates.models}
    decides = deciding_loss(estimates)
    for rival, model in combinations(estimates.models, 2):
        for loss in dict.fromkeys(("brier", decides)):
            ends = paired_difference(estimates, model, rival, loss=loss)
            p = corrected_p(estimates, model, rival) if loss == "brier" else np.nan
            rows.append((model, rival, loss, *ends, estimates.n, 0, DECIDING, p))
        for name in ("auroc", *(() if decides == "log_loss" else ("log_loss",))):
            sample = draws[model, name] - draws[rival, name]
            gap = values[model][name] - values[rival][name]
            ends = estimates.sampling.interval(gap, sample, level=plan.level)
            resamples = estimates.sampling.resampled(sample)
            rows.append((model, rival, name, *ends, estimates.n, resamples, plan.level, np.nan))
    return pd.DataFrame(rows, columns=COLUMNS)


def simplest(estimates: OutOfFold) -> str:
    """Return the simplest family whose deciding loss is within one standard error of the best's.

    The standard error is that of the paired difference (Breiman et al. 1984, section 3.4.3, made
    paired); of people where clusters are too few to have one, since something must be chosen.
    """
    families = [name for name in estimates.models if name not in RULES]
    loss = deciding_loss(estimates)
    own = {model: losses(estimates, estimates.mean(model), loss) for model in families}
    best = min(families, key=lambda model: float(own[model].mean()))
    sampling = choosing(estimates)
    for model in families:
        gap = sampling.mean(own[model] - own[best], level=ONE_ERROR)
        if model == best or gap.low <= 0:
            return model
    return best


def choosing(estimates: OutOfFold) -> Sampling:
    """Return by whom one standard error is reckoned: people where clusters are too few for one."""
    return Sampling(estimates.folds[0]) if estimates.sampling.kind == "none" else estimates.sampling
