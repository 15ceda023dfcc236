"""Courses with known classes: improving, chronic and delayed, for proofs, tests and teaching."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SHARES = (0.793, 0.114, 0.093)
NAMES = ("improving", "chronic", "delayed")
MEANS = np.array(
    [
        [[16.0, 9.5, 6.0], [14.0, 8.5, 5.5]],
        [[16.5, 16.0, 15.5], [14.5, 14.0, 13.5]],
        [[16.0, 14.5, 7.0], [14.0, 12.5, 6.5]],
    ]
)
MISSING = (0.0, 0.12, 0.10)
_TOP = (27.0, 21.0)


@dataclass(frozen=True)
class PlantedCourses:
    """Scores (people x processes x visits), the true class of each, and the true posterior."""

    scores: Array
    classes: NDArray[np.int64]
    posterior: Array

    @property
    def entropy(self) -> float:
        """Entropy of the truth: 1 when each course tells its class, 0 when none does."""
        p = np.clip(self.posterior, 1e-300, 1.0)
        return float(1.0 + (p * np.log(p)).sum() / (len(p) * np.log(p.shape[1])))


def planted_courses(
    n: int,
    seed: int,
    *,
    residual: float = 1.5,
    between: float = 2.0,
    processes: int = 2,
    rounded: bool = True,
) -> PlantedCourses:
    """Simulate three classes (79.3, 11.4, 9.3 %) at baseline, week 2 and week 4.

    Parameters
    ----------
    n, seed : int
        People, and the seed of the draw.
    residual, between : float
        Standard deviations within a person and of persons around their class, in points.
    processes : int
        1 for PHQ-9 alone, 2 with GAD-7 in parallel (levels correlated .6, visits .3).
    rounded : bool
        Whole points within the instrument's range.

    Examples
    --------
    >>> planted = planted_courses(400, 1)
    >>> planted.scores.shape, planted.entropy > 0.8
    ((400, 2, 3), True)
    """
    rng = np.random.default_rng(seed)
    classes = rng.choice(3, n, p=np.array(SHARES) / sum(SHARES))
    covariance = planted_covariance(residual, between, processes)
    means = MEANS[:, :processes].reshape(3, -1)
    flat = means[classes] + rng.multivariate_normal(np.zeros(3 * processes), covariance, n)
    gone = rng.random((n, 3)) < np.array(MISSING)
    scores = flat.reshape(n, processes, 3)
    scores = np.where(gone[:, None, :], np.nan, scores)
    posterior = true_posterior(scores, means, covariance)
    if rounded:
        top = np.array(_TOP[:processes])[None, :, None]
        scores = np.clip(np.round(scores), 0.0, top)
    return PlantedCourses(scores, classes, posterior)


def planted_covariance(residual: float, between: float, processes: int) -> Array:
    """Return the covariance of a course around its class mean, process by process."""
    link = np.eye(processes) + 0.6 * (1 - np.eye(processes))
    near = np.eye(processes) + 0.3 * (1 - np.eye(processes))
    full = np.kron(between**2 * link, np.ones((3, 3))) + np.kron(residual**2 * near, np.eye(3))
    return np.asarray(full)


def true_posterior(scores: Array, means: Array, covariance: Array) -> Array:
    """Return each person's class probabilities under the true parameters (Bayes' rule)."""
    flat = scores.reshape(len(scores), -1)
    out = np.log(np.array(SHARES) / sum(SHARES)) + np.zeros((len(flat), len(means)))
    kinds, member = np.unique(np.isfinite(flat), axis=0, return_inverse=True)
    for kind, seen in enumerate(kinds):
        rows = np.nonzero(member.ravel() == kind)[0]
        apart = flat[np.ix_(rows, seen)][:, None, :] - means[None, :, seen]
        precision = np.linalg.inv(covariance[np.ix_(seen, seen)])
        out[rows] -= 0.5 * np.einsum("rki,ij,rkj->rk", apart, precision, apart)
    share = np.exp(out - out.max(1, keepdims=True))
    posterior: Array = share / share.sum(1, keepdims=True)
    return posterior
