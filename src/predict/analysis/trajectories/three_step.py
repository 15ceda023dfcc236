"""Who follows which course: predictors of class by the bias-adjusted three-step method.

Regressing the assigned class on a predictor treats uncertain assignments as facts and pulls every
effect towards zero. The maximum-likelihood third step keeps the assignment errors in the model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
_ROUNDS = 200


@dataclass(frozen=True)
class ThreeStep:
    """Log-odds of each class against the first, and their standard errors.

    ``coefficients`` and ``errors`` are classes x (1 + predictors); the first class is zero.
    """

    coefficients: Array
    errors: Array
    names: tuple[str, ...]

    def table(self, classes: tuple[str, ...]) -> pd.DataFrame:
        """Return one row for each class but the first, and predictor: log-odds, interval, p."""
        from scipy.stats import norm

        rows = []
        for k in range(1, len(self.coefficients)):
            for j, name in enumerate(self.names, start=1):
                b, se = self.coefficients[k, j], self.errors[k, j]
                rows.append(
                    {
                        "class": classes[k],
                        "against": classes[0],
                        "predictor": name,
                        "log_odds": b,
                        "low": b - 1.96 * se,
                        "high": b + 1.96 * se,
                        "odds_ratio": np.exp(np.clip(b, -50, 50)),
                        "p": 2 * norm.sf(abs(b / se)) if se > 0 else np.nan,
                    }
                )
        return pd.DataFrame(rows)


def classification_errors(posterior: Array) -> Array:
    """Return P(assigned class | true class), true x assigned, from posterior probabilities.

    Examples
    --------
    >>> import numpy as np
    >>> classification_errors(np.array([[0.9, 0.1], [0.2, 0.8]])).round(2)
    array([[0.82, 0.18],
           [0.11, 0.89]])
    """
    assigned = np.eye(posterior.shape[1])[posterior.argmax(1)]
    joint = posterior.T @ assigned
    errors: Array = joint / joint.sum(1, keepdims=True)
    return errors


def three_step(posterior: Array, predictors: pd.DataFrame) -> ThreeStep:
    """Regress class on predictors with the errors of assignment held fixed (ML third step).

    Parameters
    ----------
    posterior : array, people x classes
        Class probabilities without the predictors.
    predictors : DataFrame, people x predictors
        Complete numbers; standardise them for log-odds per standard deviation.

    References
    ----------
    Vermunt 2010, Political Analysis 18:450; Bakk, Tekle, Vermunt 2013, Sociological Methodology
    43:272.
    """
    x = np.column_stack([np.ones(len(predictors)), predictors.to_numpy(dtype=float)])
    given = classification_errors(posterior)[:, posterior.argmax(1)].T
    beta = np.zeros((posterior.shape[1], x.shape[1]))
    beta[:, 0] = np.log(np.maximum(posterior.mean(0), 1e-8) / max(posterior.mean(0)[0], 1e-8))
    for _ in range(_ROUNDS):
        step = _newton(x, given, beta)
        beta[1:] += step
        if np.abs(step).max() < 1e-8:
            break
    return ThreeStep(beta, _errors(x, given, beta), tuple(map(str, predictors.columns)))


def _probabilities(x: Array, beta: Array) -> Array:
    score = x @ beta.T
    share = np.exp(score - score.max(1, keepdims=True))
    result: Array = share / share.sum(1, keepdims=True)
    return result


def _scores(x: Array, given: Array, beta: Array) -> tuple[Array, Array, Array]:
    """Prior and posterior class probabilities, and each person's score, people x free numbers."""
    prior = _probabilities(x, beta)
    joint = prior * given
    post = joint / joint.sum(1, keepdims=True)
    apart = (post - prior)[:, 1:]
    return prior, post, (apart[:, :, None] * x[:, None, :]).reshape(len(x), -1)


def _information(x: Array, given: Array, beta: Array) -> tuple[Array, Array]:
    """Return the observed information and the summed score."""
    prior, post, score = _scores(x, given, beta)
    k = beta.shape[0] - 1
    curve = _spread(prior[:, 1:]) - _spread(post[:, 1:])
    full = np.einsum("nab,ni,nj->aibj", curve, x, x)
    size = k * x.shape[1]
    return full.reshape(size, size), score.sum(0)


def _spread(p: Array) -> Array:
    result: Array = p[:, :, None] * np.eye(p.shape[1]) - p[:, :, None] * p[:, None, :]
    return result


def _newton(x: Array, given: Array, beta: Array) -> Array:
    """One step of Newton's method, with a floor on the curvature and on the step's length."""
    information, score = _information(x, given, beta)
    values, vectors = np.linalg.eigh(information)
    values = np.maximum(values, 1e-4 * max(values.max(), 1e-8))
    step = vectors @ ((vectors.T @ score) / values)
    limited: Array = np.clip(step, -1.0, 1.0).reshape(beta.shape[0] - 1, -1)
    return limited


def _errors(x: Array, given: Array, beta: Array) -> Array:
    information, _ = _information(x, given, beta)
    variance = np.diag(np.linalg.pinv(information, hermitian=True))
    errors = np.zeros_like(beta)
    errors[1:] = np.sqrt(np.maximum(variance, 0.0)).reshape(beta.shape[0] - 1, -1)
    return errors
