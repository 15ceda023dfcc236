"""Temporal network within persons: lasting differences between people are taken out by moments.

Each answer is a lasting level of the person plus a state that follows the network. With T the
covariance of the lasting levels and C(s, t) the covariance of the answers at visits s and t, the
states obey ``C(t+1, s) - T = A (C(t, s) - T)`` for every s up to t. T is free, A follows from T by
least squares, and T is found by Gauss-Newton on what is left over.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from predict.analysis.networks.temporal import symmetric
from predict.errors import DesignError

Array = NDArray[np.float64]
FEWEST_VISITS = 3
_STEPS = 40
_TOLERANCE = 1e-7
_CHUNK = 1_000_000


@dataclass(frozen=True)
class WithinNetwork:
    """Standardised lagged effects within persons and the covariance of the lasting levels.

    Parameters
    ----------
    effects : array, sets x from x to
        In standard deviations of the states.
    between : array, sets x items x items
        Covariance of the lasting levels, where each item's total variance is one.
    """

    effects: Array
    between: Array


@dataclass(frozen=True)
class PanelProducts:
    """Products of each person's answers at all visits, with counts, for pairwise covariances."""

    products: Array
    visits: int
    items: int

    @property
    def people(self) -> int:
        """Number of people."""
        return len(self.products)

    def covariances(self, weights: Array | None = None) -> Array:
        """Return sets x visits x visits x items x items, each item's mean variance one."""
        if weights is None:
            weights = np.ones((1, self.people))
        return _covariances(weights @ self.products, self.visits, self.items)


def panel_products(panel: Array) -> PanelProducts:
    """Prepare a panel (people x visits x items, NaN where missing) for within-person effects.

    Raises
    ------
    DesignError
        With fewer than three visits: lasting levels and states cannot be told apart.
    """
    panel = np.asarray(panel, dtype=float)
    n, visits, items = panel.shape
    if visits < FEWEST_VISITS:
        raise DesignError(
            f"Expected at least {FEWEST_VISITS} visits for the random-intercept network, "
            f"got {visits}. Use the pooled cross-lagged network.",
            code="NETWORK_VISITS",
        )
    there = np.asarray(np.isfinite(panel).all(2))
    rows = np.where(there[:, :, None], panel, 0.0)
    rows = np.concatenate([there[:, :, None].astype(float), rows], axis=2).reshape(n, -1)
    first, second = np.triu_indices(rows.shape[1])
    return PanelProducts(rows[:, first] * rows[:, second], visits, items)


def refuse_person_means(visits: int) -> None:
    """Always raise: subtracting each person's mean biases lagged effects in short panels.

    The bias of order 1 / (visits - 1) shifts every autoregression downwards and lends false edges
    to its neighbours (Nickell 1981, Econometrica 49:1417).

    Raises
    ------
    DesignError
        Whatever the number of visits of a short panel.
    """
    raise DesignError(
        f"Expected 'pooled' or 'random_intercept', got 'person_mean' with {visits} visits. "
        "Centring on person means biases lagged effects in short panels; "
        "use within='random_intercept'.",
        code="NETWORK_PERSON_MEAN",
    )


def _covariances(flat: Array, visits: int, items: int) -> Array:
    full = symmetric(flat, visits * (items + 1))
    blocks = full.reshape(-1, visits, items + 1, visits, items + 1).transpose(0, 1, 3, 2, 4)
    n = np.maximum(blocks[..., 0, 0], 1.0)
    left, right = blocks[..., 1:, 0] / n[..., None], blocks[..., 0, 1:] / n[..., None]
    cross = blocks[..., 1:, 1:] / n[..., None, None] - left[..., :, None] * right[..., None, :]
    spread = np.sqrt(np.einsum("svvii->svi", cross))
    spread = np.maximum(spread, 1e-9)
    scaled: Array = cross / (spread[:, :, None, :, None] * spread[:, None, :, None, :])
    return scaled


def within_network(covariances: Array) -> WithinNetwork:
    """Return lagged effects within persons from covariances (sets x visits x visits x p x p).

    Examples
    --------
    >>> from predict.analysis.networks.planted import planted_panel
    >>> panel = planted_panel(8000, 1, big=0.2, small=0.1, trait=0.4)
    >>> networks = within_network(panel_products(panel.answers).covariances())
    >>> bool(networks.effects[0, 0, 2] > 0.08), bool(networks.between[0, 0, 0] > 0.2)
    (True, True)
    """
    p = covariances.shape[-1]
    step = max(1, _CHUNK // (p * (p + 1) // 2) ** 2)
    parts = [_fit(covariances[start : start + step]) for start in range(0, len(covariances), step)]
    effects, between = (np.concatenate([part[side] for part in parts]) for side in (0, 1))
    return WithinNetwork(effects, between)


def _fit(covariances: Array) -> tuple[Array, Array]:
    """Return standardised effects and lasting covariances of a batch of sets."""
    later, earlier = _equations(covariances)
    lasting = _start(covariances)
    damping = np.full(len(lasting), 1e-3)
    effects, loss = _project(later, earlier, lasting)
    for _ in range(_STEPS):
        step = _gauss_newton(later, earlier, lasting, effects, damping)
        trial_effects, trial_loss = _project(later, earlier, lasting + step)
        good = trial_loss < loss
        gain = np.where(good, loss - trial_loss, 0.0)
        lasting[good] += step[good]
        effects[good], loss[good] = trial_effects[good], trial_loss[good]
        damping = np.clip(np.where(good, damping / 4.0, damping * 8.0), 1e-9, 1e6)
        if (gain <= _TOLERANCE * np.maximum(loss, 1e-12)).all() and good.any():
            break
    return _standardise(effects, covariances, lasting), lasting


def _equations(covariances: Array) -> tuple[Array, Array]:
    """Stack C(t+1, s) and C(t, s) for every s <= t: sets x equations x p x p."""
    visits = covariances.shape[1]
    pairs = [(t, s) for t in range(visits - 1) for s in range(t + 1)]
    later = np.stack([covariances[:, t + 1, s] for t, s in pairs], axis=1)
    earlier = np.stack([covariances[:, t, s] for t, s in pairs], axis=1)
    return later, earlier


def _start(covariances: Array) -> Array:
    far = covariances[:, -1, 0]
    start: Array = 0.25 * (far + far.transpose(0, 2, 1))
    return start


def _project(later: Array, earlier: Array, lasting: Array) -> tuple[Array, Array]:
    """Return A (sets x to x from) by least squares given the lasting covariance, and the loss."""
    y, x = later - lasting[:, None], earlier - lasting[:, None]
    gram = np.einsum("skij,sklj->sil", x, x)
    cross = np.einsum("skij,sklj->sil", y, x)
    ridge = 1e-9 * np.eye(gram.shape[-1])
    effects = np.linalg.solve(gram + ridge, cross.transpose(0, 2, 1)).transpose(0, 2, 1)
    rest = y - np.einsum("sij,skjl->skil", effects, x)
    return effects, (rest**2).sum((1, 2, 3))


def _gauss_newton(
    later: Array, earlier: Array, lasting: Array, effects: Array, damping: Array
) -> Array:
    """One damped step for the lasting covariance with A projected out (Kaufman's variant)."""
    sets, equations, p = later.shape[:3]
    x = (earlier - lasting[:, None]).transpose(0, 2, 1, 3).reshape(sets, p, equations * p)
    y = (later - lasting[:, None]).transpose(0, 2, 1, 3).reshape(sets, p, equations * p)
    rest = y - effects @ x
    ones = np.tile(np.eye(p), (1, equations))[None]
    gram = x @ x.transpose(0, 2, 1) + 1e-9 * np.eye(p)
    free = ones - np.linalg.solve(gram, x @ np.swapaxes(ones, 1, 2)).transpose(0, 2, 1) @ x
    lever = np.eye(p) - effects
    return _symmetric_solve(
        lever.transpose(0, 2, 1) @ lever,
        free @ free.transpose(0, 2, 1),
        lever.transpose(0, 2, 1) @ rest @ free.transpose(0, 2, 1),
        damping,
    )


def _symmetric_solve(left: Array, right: Array, target: Array, damping: Array) -> Array:
    """Solve for symmetric D the normal equations of ``lever D free = rest``, with damping."""
    p = left.shape[-1]
    i, j = np.triu_indices(p)
    half = np.where(i == j, 0.5, 1.0)
    terms = (
        left[:, i[:, None], i] * right[:, j[:, None], j]
        + left[:, i[:, None], j] * right[:, j[:, None], i]
        + left[:, j[:, None], i] * right[:, i[:, None], j]
        + left[:, j[:, None], j] * right[:, i[:, None], i]
    )
    normal = terms * half[:, None] * half
    wanted = (target[:, i, j] + target[:, j, i]) * half
    diagonal = np.einsum("sii->si", normal)
    scale = damping[:, None] * np.maximum(diagonal, diagonal.mean(1, keepdims=True) * 1e-3)
    solved = np.linalg.solve(normal + scale[:, :, None] * np.eye(i.size), wanted[..., None])[..., 0]
    step = np.zeros_like(left)
    step[:, i, j] = solved * half * np.where(i == j, 2.0, 1.0)
    step[:, j, i] = step[:, i, j]
    return step


def _standardise(effects: Array, covariances: Array, lasting: Array) -> Array:
    """Turn A into from x to, in standard deviations of the states at the first visit."""
    own = np.einsum("svvii->svi", covariances).mean(1) - np.einsum("sii->si", lasting)
    spread = np.sqrt(np.maximum(own, 0.05))
    scaled = effects * spread[:, None, :] / spread[:, :, None]
    result: Array = scaled.transpose(0, 2, 1)
    return result
