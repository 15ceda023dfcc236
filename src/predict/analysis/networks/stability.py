"""How far a network can be trusted: bootstrap intervals of edges and the case-drop coefficient."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from predict.analysis.resampling import bootstrap_weights

Array = NDArray[np.float64]
# From weights (sets x people) to edges (sets x items x items).
Estimate = Callable[[Array], Array]
DROPS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75)
KEPT_CORRELATION = 0.7
KEPT_SHARE = 0.95
SAME_SIGN = 0.95
_BATCH = 250


@dataclass(frozen=True)
class EdgeBootstrap:
    """Percentile bounds of each edge and the share of resamples in which it keeps its sign."""

    low: Array
    high: Array
    same_sign: Array
    resamples: int


@dataclass(frozen=True)
class CaseDrop:
    """What is left of the order of centrality when people are dropped.

    ``share`` holds, for each dropped share, the proportion of draws in which centrality still
    correlates at .7 with that of everyone; ``coefficient`` is the largest share of people that
    can be dropped with .95 of draws so (0.25 is the least, 0.5 the better).
    """

    drops: tuple[float, ...]
    mean_correlation: Array
    share: Array
    coefficient: float


def bootstrap_draws(
    estimate: Estimate, clusters: NDArray[np.int64], resamples: int, seed: int
) -> Array:
    """Resample people (or whole clusters) and estimate the network anew each time.

    Parameters
    ----------
    estimate : callable
        From weights (sets x people) to edges (sets x items x items).
    clusters : array of int, (people,)
        Cluster of each person, numbered from 0; one number a person when there are none.

    Returns
    -------
    array, resamples x items x items
    """
    rng = np.random.default_rng(seed)
    return np.concatenate([estimate(w) for w in bootstrap_weights(rng, clusters, resamples)])


def edge_bootstrap(draws: Array, edges: Array) -> EdgeBootstrap:
    """Return 95 % percentile bounds of each edge and how often its sign returns."""
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    same = (np.sign(draws) == np.sign(edges)).mean(0)
    return EdgeBootstrap(low, high, np.where(edges == 0, 0.0, same), len(draws))


def case_drop(
    estimate: Estimate,
    centrality: Callable[[Array], Array],
    edges: Array,
    people: int,
    draws: int,
    seed: int,
) -> CaseDrop:
    """Drop 5 to 75 % of the people at random and compare the order of centrality.

    References
    ----------
    Epskamp, Borsboom, Fried 2018, Behavior Research Methods 50:195 (the CS coefficient).
    """
    networks = np.concatenate([estimate(w) for w in drop_weights(people, draws, seed)])
    return order_kept(centrality, edges, networks, draws)


def order_kept(
    centrality: Callable[[Array], Array], edges: Array, networks: Array, draws: int
) -> CaseDrop:
    """Compare centrality in networks without some people (from :func:`drop_weights`) with all."""
    whole = centrality(edges[None])[0]
    correlations = _correlate(centrality(networks), whole).reshape(len(DROPS), draws)
    share = (correlations >= KEPT_CORRELATION).mean(1)
    return CaseDrop(DROPS, correlations.mean(1), share, _coefficient(share))


def drop_weights(people: int, draws: int, seed: int) -> Iterator[Array]:
    """Yield batches of 0/1 weights, so many draws for each share of people dropped."""
    rng = np.random.default_rng(seed)
    for part in _batches(np.repeat(DROPS, draws)):
        yield _kept(rng, people, part)


def _batches(levels: Array) -> list[Array]:
    return [levels[start : start + _BATCH] for start in range(0, len(levels), _BATCH)]


def _kept(rng: np.random.Generator, people: int, drops: Array) -> Array:
    """Return 0/1 weights, one row for each share of people to drop."""
    keep = np.maximum(3, np.round(people * (1.0 - drops)))
    ranks = rng.random((len(drops), people)).argsort(axis=1).argsort(axis=1)
    weights: Array = (ranks < keep[:, None]).astype(float)
    return weights


def _correlate(rows: Array, whole: Array) -> Array:
    """Correlate each row with the whole; a network without any spread agrees with nothing."""
    a = rows - rows.mean(1, keepdims=True)
    b = whole - whole.mean()
    scale = np.sqrt((a**2).sum(1) * (b**2).sum())
    result: Array = np.divide(a @ b, scale, out=np.zeros(len(a)), where=scale > 1e-12)
    return result


def _coefficient(share: Array) -> float:
    """Return the largest drop before which every smaller drop also kept the order."""
    held_order = np.cumprod(share >= KEPT_SHARE).astype(bool)
    return max((drop for drop, ok in zip(DROPS, held_order, strict=True) if ok), default=0.0)
