"""Panels of ordinal symptoms with a known temporal network, for proofs, tests and teaching."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ITEMS = 9
SOURCES = (0, 1)
AUTOREGRESSION = 0.25
_TARGETS = ((2, 3, 4, 5, 6), (3, 5, 6, 7, 8))
_SMALL = ((2, 3), (4, 2), (5, 8), (6, 7), (7, 4), (8, 6), (3, 8), (4, 7))
_CUTS = np.array([[-0.4, 0.4, 1.1], [-0.1, 0.7, 1.4], [0.2, 1.0, 1.7]])


@dataclass(frozen=True)
class PlantedPanel:
    """Answers (people x visits x items) and the true lagged effects (items x items).

    ``effects[i, j]`` is how strongly item i at one visit goes with item j at the next, given all
    items at the first; the diagonal holds the autoregressions.
    """

    answers: Array
    effects: Array


def planted_effects(big: float, small: float) -> Array:
    """Return nine items' lagged effects: five edges of size ``big`` out of each of two sources.

    Eight edges of size ``small`` run between the others; every item keeps .25 of itself.

    Examples
    --------
    >>> effects = planted_effects(0.12, 0.06)
    >>> int((effects == 0.12).sum()), int((effects == 0.06).sum())
    (10, 8)
    """
    effects = np.eye(ITEMS) * AUTOREGRESSION
    for source, targets in zip(SOURCES, _TARGETS, strict=True):
        effects[source, list(targets)] = big
    for source, target in _SMALL:
        effects[source, target] = small
    return effects


def planted_panel(
    n: int,
    seed: int,
    *,
    big: float = 0.12,
    small: float = 0.06,
    trait: float = 0.0,
    noise: float = 0.0,
    visits: int = 3,
) -> PlantedPanel:
    """Simulate a panel of nine items answered 0-3, with a floor that grows as people improve.

    Parameters
    ----------
    n, seed : int
        People, and the seed of the draw.
    big, small : float
        Sizes of the planted edges, on the scale of a symptom's standard deviation.
    trait : float
        Share of the variance between people that never changes (intraclass correlation).
    noise : float
        Standard deviation of the item noise, in standard deviations of the symptom.

    Examples
    --------
    >>> panel = planted_panel(50, 1)
    >>> panel.answers.shape, float(panel.answers.max())
    ((50, 3, 9), 3.0)
    """
    rng = np.random.default_rng(seed)
    effects = planted_effects(big, small)
    states = _states(rng, n, visits, effects)
    lasting = _correlated(rng, n, 0.5)[:, None, :]
    latent = np.sqrt(1.0 - trait) * states + np.sqrt(trait) * lasting
    latent = latent + noise * rng.normal(size=latent.shape)
    latent = latent / np.sqrt(1.0 + noise**2)
    cuts = _CUTS[np.minimum(np.arange(visits), len(_CUTS) - 1)]
    answers = (latent[..., None] > cuts[None, :, None, :]).sum(-1)
    return PlantedPanel(answers.astype(float), effects)


def _correlated(rng: np.random.Generator, n: int, r: float) -> Array:
    common = rng.normal(size=(n, 1))
    return np.asarray(np.sqrt(r) * common + np.sqrt(1.0 - r) * rng.normal(size=(n, ITEMS)))


def _states(rng: np.random.Generator, n: int, visits: int, effects: Array) -> Array:
    """Draw a stationary vector autoregression whose items all have variance one."""
    covariance, residual = _stationary(effects)
    root, shock = np.linalg.cholesky(covariance), np.linalg.cholesky(residual)
    now = rng.normal(size=(n, ITEMS)) @ root.T
    out = [now]
    for _ in range(visits - 1):
        now = now @ effects + rng.normal(size=(n, ITEMS)) @ shock.T
        out.append(now)
    return np.stack(out, axis=1)


def _stationary(effects: Array) -> tuple[Array, Array]:
    """Return the covariance of the states, variances one, and of the shocks that keep it so."""
    off = 0.3
    covariance = np.full((ITEMS, ITEMS), off) + (1.0 - off) * np.eye(ITEMS)
    residual = covariance - effects.T @ covariance @ effects
    return covariance, (residual + residual.T) / 2.0
