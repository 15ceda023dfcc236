"""Graphical lasso with its penalty chosen by the extended BIC, many matrices at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
PENALTIES = 100
RATIO = 0.01
GAMMA = 0.5
_TOLERANCE = 2e-5
_SWEEPS = 200
_LEAVING = 5
_CHUNK = 1_000_000


@dataclass(frozen=True)
class GaussianNetworks:
    """Regularised partial correlations (sets x items x items), penalties and EBIC of each set."""

    edges: Array
    penalty: Array
    ebic: Array


def ebic_glasso(matrices: Array, n: float | Array, *, gamma: float = GAMMA) -> GaussianNetworks:
    """Return the network of partial correlations that the extended BIC chooses.

    Each matrix is fitted along 100 penalties from its largest absolute correlation down to a
    hundredth of it, the diagonal unpenalised; the fit with the smallest EBIC is kept.

    Parameters
    ----------
    matrices : array, sets x items x items
        Correlation matrices, positive definite.
    n : float or array (sets,)
        People behind each matrix.
    gamma : float
        0 is the BIC; 0.5, the default, prefers sparser networks.

    References
    ----------
    Friedman, Hastie, Tibshirani 2008, Biostatistics 9:432; Foygel and Drton 2010, NeurIPS;
    Epskamp and Fried 2018, Psychological Methods 23:617 (the same defaults).

    Examples
    --------
    >>> import numpy as np
    >>> chain = np.linalg.inv(np.array([[1.5, -0.5, 0], [-0.5, 1.5, -0.5], [0, -0.5, 1.5]]))
    >>> scale = 1 / np.sqrt(np.diag(chain))
    >>> networks = ebic_glasso((chain * scale * scale[:, None])[None], 5000)
    >>> bool(networks.edges[0, 0, 1] > 0.25), float(abs(networks.edges[0, 0, 2]) < 0.02)
    (True, 1.0)
    """
    matrices = np.asarray(matrices, dtype=float)
    people = np.broadcast_to(np.asarray(n, dtype=float), (len(matrices),))
    step = max(1, _CHUNK // matrices.shape[-1] ** 2)
    parts = [
        _along_path(matrices[start : start + step], people[start : start + step], gamma)
        for start in range(0, len(matrices), step)
    ]
    names = ("edges", "penalty", "ebic")
    return GaussianNetworks(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))


def _along_path(matrices: Array, people: Array, gamma: float) -> GaussianNetworks:
    """Fit a batch along its penalties, large to small, each start warm from the one before."""
    sets = len(matrices)
    path = penalty_path(matrices)
    best = GaussianNetworks(np.zeros_like(matrices), path[:, 0].copy(), np.full(sets, np.inf))
    state, open_ = _State.of(matrices), np.arange(sets)
    for step in range(path.shape[1]):
        fitted, penalty, n_open = matrices[open_], path[open_, step], people[open_]
        _descend(fitted, penalty, state)
        precision = state.precision()
        ebic = extended_bic(fitted, precision, n_open, gamma)
        better = ebic < best.ebic[open_]
        improved = open_[better]
        best.edges[improved] = partial_correlations(precision[better])
        best.penalty[improved], best.ebic[improved] = penalty[better], ebic[better]
        hopeful = _best_to_come(fitted, precision, n_open, gamma) < best.ebic[open_]
        state, open_ = state.only(hopeful), open_[hopeful]
        if open_.size == 0:
            break
    return best


def _best_to_come(matrices: Array, precision: Array, n: Array, gamma: float) -> Array:
    """Return a bound on the EBIC of smaller penalties: a perfect fit with hardly fewer edges.

    Edges only come in as the penalty falls, but for a few that leave again; five are allowed for.
    """
    p = matrices.shape[-1]
    first, second = np.triu_indices(p, 1)
    edges = np.maximum((precision[:, first, second] != 0).sum(1) - _LEAVING, 0)
    perfect = n * (np.linalg.slogdet(matrices)[1] + p)
    bound: Array = perfect + edges * (np.log(n) + 4.0 * gamma * np.log(p))
    return bound


def penalty_path(matrices: Array) -> Array:
    """Return sets x penalties, falling from the largest absolute correlation to a hundredth."""
    p = matrices.shape[-1]
    first, second = np.triu_indices(p, 1)
    top = np.maximum(np.abs(matrices[:, first, second]).max(1), 1e-8)
    path: Array = top[:, None] * np.exp(np.linspace(0.0, np.log(RATIO), PENALTIES))
    return path


def extended_bic(matrices: Array, precision: Array, n: Array, gamma: float) -> Array:
    """Return EBIC = -2 log-likelihood + E log n + 4 E gamma log p, with E the number of edges."""
    p = matrices.shape[-1]
    first, second = np.triu_indices(p, 1)
    logdet = np.linalg.slogdet(precision)[1]
    trace = np.einsum("sij,sji->s", precision, matrices)
    edges = (precision[:, first, second] != 0).sum(1)
    bic: Array = -n * (logdet - trace) + edges * (np.log(n) + 4.0 * gamma * np.log(p))
    return bic


def partial_correlations(precision: Array) -> Array:
    """Return -k_ij / sqrt(k_ii k_jj) with a zero diagonal."""
    scale = 1.0 / np.sqrt(np.einsum("...ii->...i", precision))
    edges: Array = -precision * scale[..., :, None] * scale[..., None, :]
    index = np.arange(precision.shape[-1])
    edges[..., index, index] = 0.0
    return edges


@dataclass
class _State:
    """Covariance under the model and the regression of each item on the others (warm start).

    Both are items x items x sets: the sets lie side by side in memory, so that each step of the
    descent runs over all of them at once.
    """

    covariance: Array
    slopes: Array

    @classmethod
    def of(cls, matrices: Array) -> _State:
        """Start from the matrices themselves and no slopes."""
        covariance = matrices.transpose(1, 2, 0).copy()
        return cls(covariance, np.zeros_like(covariance))

    def only(self, sets: NDArray[np.bool_]) -> _State:
        """Return the state of some sets."""
        if sets.all():
            return self
        return _State(self.covariance[..., sets], self.slopes[..., sets])

    def precision(self) -> Array:
        """Return precision matrices, sets x items x items; an edge needs both its slopes."""
        index = np.arange(len(self.covariance))
        explained = (self.covariance * self.slopes).sum(1)
        diagonal = 1.0 / np.maximum(self.covariance[index, index] - explained, 1e-10)
        full = -self.slopes * diagonal[:, None]
        full[index, index] = diagonal
        other = full.transpose(1, 0, 2)
        both = np.where((full != 0) & (other != 0), (full + other) / 2.0, 0.0)
        return np.ascontiguousarray(both.transpose(2, 0, 1))


def _descend(matrices: Array, penalty: Array, state: _State, tolerance: float = _TOLERANCE) -> None:
    """Sweep over items until no covariance moves; sets that have settled leave the loop."""
    target = np.ascontiguousarray(matrices.transpose(1, 2, 0))
    open_ = np.arange(target.shape[-1])
    for _ in range(_SWEEPS):
        whole = open_.size == target.shape[-1]
        which = slice(None) if whole else open_
        covariance, slopes = state.covariance[..., which], state.slopes[..., which]
        before = covariance.copy()
        aims, limit = target[..., which], penalty[which]
        for item in range(len(target)):
            _regress(aims[item], limit, covariance, slopes, item)
        if not whole:
            state.covariance[..., open_], state.slopes[..., open_] = covariance, slopes
        open_ = open_[np.abs(covariance - before).max((0, 1)) > tolerance]
        if open_.size == 0:
            return


def _regress(target: Array, penalty: Array, covariance: Array, slopes: Array, item: int) -> None:
    """Lasso of one item on the others by coordinate descent, then its new covariances."""
    others = [other for other in range(len(target)) if other != item]
    beta, low = slopes[item], -penalty
    pull, near = np.empty_like(penalty), np.empty_like(penalty)
    # Two passes an item: the sweep over items repeats until nothing moves, so more would be waste.
    # Each fitted value is summed when it is needed: that reads memory and writes next to none.
    for other in others * 2:
        scale = covariance[other, other]
        np.einsum("js,js->s", covariance[other], beta, out=pull)
        np.subtract(target[other], pull, out=pull)
        pull += np.multiply(scale, beta[other], out=near)
        np.minimum(np.maximum(pull, low, out=near), penalty, out=near)
        np.divide(np.subtract(pull, near, out=pull), scale, out=beta[other])
    fitted = np.einsum("ijs,js->is", covariance, beta)
    covariance[item, others] = covariance[others, item] = fitted[others]
