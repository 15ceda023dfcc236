"""Elastic-net logistic regression by repeated weighted least squares, as R's glmnet does it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from predict.statistics.metrics.agreement import from_log_odds

_STEPS = 50
# Steps gain quadratically: after one that gained this share, the next would gain its square.
_CLOSE = 1e-7
_LEAST_WEIGHT = 1e-5


@dataclass(frozen=True)
class _Task:
    """What is minimised: mean log loss plus strength x (l1 |w| + (1 - l1) / 2 w squared)."""

    X: np.ndarray
    y: np.ndarray
    strength: float
    l1_ratio: float

    def value(self, line: np.ndarray, weights: np.ndarray) -> float:
        ridge = 0.5 * (1 - self.l1_ratio) * float(weights @ weights)
        lasso = self.l1_ratio * float(np.abs(weights).sum())
        loss = float((np.logaddexp(0.0, line) - self.y * line).mean())
        return loss + self.strength * (ridge + lasso)


def elastic_net(
    X: np.ndarray,
    y: np.ndarray,
    *,
    strength: float,
    l1_ratio: float,
    start: tuple[float, np.ndarray] | None = None,
) -> tuple[float, np.ndarray]:
    """Return intercept and weights that minimise mean log loss plus the elastic-net penalty.

    Parameters
    ----------
    X : ndarray, shape (people, columns), float64
        Prepared columns on comparable scales, nothing missing.
    y : ndarray of 0 and 1, shape (people,)
        Both must occur.
    strength : float
        glmnet's lambda: weight of the penalty against the mean log loss; larger shrinks more.
    l1_ratio : float
        glmnet's alpha: 1 selects columns (lasso), 0 only shrinks them (ridge).
    start : tuple of float and ndarray, optional
        Intercept and weights to begin at, such as those of a model of much the same people: the
        minimum is the same and found in fewer steps. The rate and no weights otherwise.

    Returns
    -------
    tuple of float and ndarray, shape (columns,)
        On log-odds; the intercept is not shrunk.

    References
    ----------
    Friedman, Hastie and Tibshirani 2010, J Stat Softw 33(1), section 3: the log loss is replaced by
    its quadratic approximation, whose penalised minimum is found column by column, until nothing
    moves. The step is halved while it would make things worse.

    Examples
    --------
    >>> X = np.array([[-1.0, 0.5], [0.0, -1.0], [1.0, 0.2], [2.0, 0.3]])
    >>> _, weights = elastic_net(X, np.array([0, 0, 1, 1]), strength=0.3, l1_ratio=0.5)
    >>> weights.round(2).tolist()
    [0.81, 0.0]
    """
    columns = np.asfortranarray(X, dtype="float64")
    task = _Task(columns, np.asarray(y, dtype="float64"), strength, l1_ratio)
    rate = task.y.mean()
    initial = float(np.log(rate / (1 - rate))), np.zeros(task.X.shape[1])
    intercept, weights = initial if start is None else start
    value = np.inf if start is None else task.value(intercept + task.X @ weights, weights)
    for _ in range(_STEPS):
        aim = _quadratic(task, intercept + task.X @ weights, weights)
        intercept, weights, new = _no_worse(task, (intercept, weights, value), aim)
        if value - new < _CLOSE * abs(new):
            break
        value = new
    return intercept, weights


def _quadratic(task: _Task, line: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the penalised minimum of the quadratic that touches the log loss at these log-odds."""
    from sklearn import config_context
    from sklearn.linear_model import enet_path

    p = from_log_odds(line)
    curve = np.maximum(p * (1 - p), _LEAST_WEIGHT)
    response = line + (task.y - p) / curve
    share = curve / curve.sum()
    middle, target = share @ task.X, float(share @ response)
    root = np.sqrt(curve)
    rows, values = (task.X - middle) * root[:, None], (response - target) * root
    # Finite and of the right shape by construction: looking again costs as much as the fit.
    with config_context(assume_finite=True, skip_parameter_validation=True):
        _, path, *_ = enet_path(
            rows,
            values,
            l1_ratio=task.l1_ratio,
            alphas=[task.strength],
            precompute=rows.T @ rows,
            Xy=rows.T @ values,
            coef_init=weights.copy(),
            tol=1e-12,
            max_iter=10_000,
            check_input=False,
        )
    solution = path[:, 0]
    return target - float(middle @ solution), solution


def _no_worse(
    task: _Task, at: tuple[float, np.ndarray, float], aim: tuple[float, np.ndarray]
) -> tuple[float, np.ndarray, float]:
    """Return the aim, or a point on the way to it that is better than where we are."""
    start, weights, value = at
    step = 1.0
    while step > 1e-6:
        here = start + step * (aim[0] - start)
        there = weights + step * (aim[1] - weights)
        new = task.value(here + task.X @ there, there)
        if new <= value:
            return here, there, new
        step /= 2
    return at
