"""Spearman and polychoric correlations of ordinal items, from two-way tables, many sets at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from predict.analysis.networks.counts import ItemTables

Array = NDArray[np.float64]
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_STEPS = 25
_EDGE = 0.995
SMALLEST_EIGENVALUE = 1e-3


def correlations(counts: ItemTables, method: str, weights: Array | None = None) -> Array:
    """Return correlation matrices, weightings x items x items, made positive definite.

    Parameters
    ----------
    counts : ItemTables
        From :func:`predict.analysis.networks.counts.item_tables`.
    method : {"spearman", "polychoric"}
        Rank correlation, or the correlation of the normal variables behind the answers.
    weights : array, weightings x people, optional
        How often each person counts in each set.

    Examples
    --------
    >>> import numpy as np
    >>> from predict.analysis.networks.counts import item_tables
    >>> answers = np.array([[0, 0], [1, 1], [2, 2], [0, 1], [1, 0]], dtype=float)
    >>> correlations(item_tables(answers), "spearman")[0].round(3)
    array([[1.   , 0.556],
           [0.556, 1.   ]])
    """
    estimate = METHODS[method]
    return nearest_correlation(estimate(counts.tables(weights)))


def spearman(tables: Array) -> Array:
    """Return rank correlations with midranks for ties, one for each two-way table (... x k x k)."""
    rows, columns = tables.sum(-1), tables.sum(-2)
    n = rows.sum(-1)
    u, v = _midranks(rows), _midranks(columns)
    mean = (n + 1.0) / 2.0
    cross = np.einsum("...ij,...i,...j->...", tables, u - mean[..., None], v - mean[..., None])
    spread_u = (rows * (u - mean[..., None]) ** 2).sum(-1)
    spread_v = (columns * (v - mean[..., None]) ** 2).sum(-1)
    return _safe_ratio(cross, np.sqrt(spread_u * spread_v))


def _midranks(margin: Array) -> Array:
    return np.cumsum(margin, axis=-1) - margin + (margin + 1.0) / 2.0


def _safe_ratio(top: Array, bottom: Array) -> Array:
    """Divide; an item everyone answers alike goes with nothing."""
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)


def polychoric(tables: Array) -> Array:
    """Return two-step maximum-likelihood polychoric correlations, one for each table (... x k x k).

    Thresholds come from the margins of the pair; the correlation is found by Fisher scoring on the
    likelihood of the table.

    References
    ----------
    Olsson 1979, Psychometrika 44:443-460.
    """
    shape = tables.shape[:-2]
    p = shape[-1]
    first, second = np.triu_indices(p, 1)
    pairs = tables[..., first, second, :, :]
    rho = _fisher_scoring(pairs.reshape(-1, *tables.shape[-2:]))
    full = np.broadcast_to(np.eye(p), shape).copy()
    full[..., first, second] = rho.reshape(*shape[:-2], first.size)
    full[..., second, first] = full[..., first, second]
    return full


def _fisher_scoring(tables: Array) -> Array:
    a, b = _thresholds(tables.sum(-1)), _thresholds(tables.sum(-2))
    rho = np.clip(spearman(tables) * 1.1, -0.9, 0.9)
    open_ = np.arange(len(tables))
    for _ in range(_STEPS):
        step = _scoring_step(tables[open_], a[open_], b[open_], rho[open_])
        rho[open_] = np.clip(rho[open_] + step, -_EDGE, _EDGE)
        open_ = open_[np.abs(step) > 1e-7]
        if open_.size == 0:
            break
    return rho


def _scoring_step(tables: Array, a: Array, b: Array, rho: Array) -> Array:
    cdf, density = _bivariate(a, b, rho)
    cell = np.maximum(np.diff(np.diff(cdf, axis=-1), axis=-2), 1e-12)
    slope = np.diff(np.diff(density, axis=-1), axis=-2)
    gradient = (tables * slope / cell).sum((-1, -2))
    information = tables.sum((-1, -2)) * (slope**2 / cell).sum((-1, -2))
    step: Array = np.clip(_safe_ratio(gradient, information), -0.3, 0.3)
    return step


def _thresholds(margin: Array) -> Array:
    """Return cut points of the normal variable, with the two ends at plus and minus infinity."""
    from scipy.special import ndtri

    share = np.cumsum(margin, axis=-1) / np.maximum(margin.sum(-1, keepdims=True), 1e-300)
    cuts = np.clip(ndtri(np.clip(share, 0.0, 1.0)), -30.0, 30.0)
    low = np.full((*margin.shape[:-1], 1), -30.0)
    cuts[..., -1] = 30.0
    return np.concatenate([low, cuts], axis=-1)


def _bivariate(a: Array, b: Array, rho: Array) -> tuple[Array, Array]:
    """Return the bivariate normal distribution function and its slope in rho at all corners.

    Plackett's identity: the slope in rho is the density, so the function is the product of the
    margins plus an integral over the angle, taken by 16-point Gauss-Legendre.
    """
    from scipy.special import ndtr

    h, k = a[:, :, None], b[:, None, :]
    product, square = h * k, h**2 + k**2
    total = np.zeros(product.shape)
    angle = np.arcsin(rho)[:, None, None]
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        theta = angle * (node + 1.0) / 2.0
        total += weight * np.exp((np.sin(theta) * product - square / 2.0) / np.cos(theta) ** 2)
    cdf = ndtr(h) * ndtr(k) + total * angle / (4.0 * np.pi)
    r = rho[:, None, None]
    rest = 1.0 - r**2
    density = np.exp((r * product - square / 2.0) / rest) / (2.0 * np.pi * np.sqrt(rest))
    return cdf, density


def nearest_correlation(matrices: Array) -> Array:
    """Return matrices with every eigenvalue at least 0.001 and a unit diagonal.

    Pairwise counting can give a matrix that no people could have given; only such ones change.
    """
    matrices = np.array(matrices)
    index = np.arange(matrices.shape[-1])
    matrices[..., index, index] = 1.0
    values = np.linalg.eigvalsh(matrices)
    bad = values[..., 0] < SMALLEST_EIGENVALUE
    if bad.any():
        matrices[bad] = _lifted(matrices[bad])
    return matrices


def _lifted(matrices: Array) -> Array:
    values, vectors = np.linalg.eigh(matrices)
    values = np.maximum(values, SMALLEST_EIGENVALUE)
    full = np.einsum("...ij,...j,...kj->...ik", vectors, values, vectors)
    scale = 1.0 / np.sqrt(np.einsum("...ii->...i", full))
    lifted: Array = full * scale[..., :, None] * scale[..., None, :]
    return lifted


METHODS = {"spearman": spearman, "polychoric": polychoric}
