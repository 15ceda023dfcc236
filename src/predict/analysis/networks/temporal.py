"""Cross-lagged panel network: every item at one visit on all items at the visit before.

Node-wise relaxed lasso on the transitions of all visits together, standardised within visit; the
penalty is chosen by the extended BIC. All of it runs on moment matrices, so a thousand weightings
of the people cost one matrix product and one batch of small regressions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from predict.errors import DesignError

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
PENALTIES = 40
RATIO = 0.005
GAMMA = 0.5
_SWEEPS = 100
_TOLERANCE = 1e-5
_CHUNK = 4_000_000


@dataclass(frozen=True)
class LaggedMoments:
    """Standardised second moments of the pooled transitions, one set for each weighting.

    Parameters
    ----------
    before : array, sets x items x items
        Correlations of the items at the earlier visit.
    across : array, sets x items x items
        ``across[s, i, j]``: item i at the earlier visit with item j at the later one.
    n : array, sets
        Transitions (person-steps) behind each set.
    """

    before: Array
    across: Array
    n: Array


@dataclass(frozen=True)
class Transitions:
    """Products of each person's answers at two neighbouring visits, for every step of the panel."""

    products: tuple[Array, ...]
    items: int

    @property
    def people(self) -> int:
        """Number of people."""
        return len(self.products[0])

    def moments(self, weights: Array | None = None) -> LaggedMoments:
        """Return the pooled moments under each weighting (weightings x people)."""
        if weights is None:
            weights = np.ones((1, self.people))
        steps = [
            _standardised(symmetric(weights @ part, 2 * self.items + 1)) for part in self.products
        ]
        n = sum(step.n for step in steps)
        pooled = [sum(getattr(s, name) * s.n[:, None, None] for s in steps) for name in _PARTS]
        before, across = (part / np.maximum(n, 1.0)[:, None, None] for part in pooled)
        return LaggedMoments(before, across, np.asarray(n))


_PARTS = ("before", "across")


def transitions(panel: Array) -> Transitions:
    """Prepare a panel (people x visits x items, NaN where missing) for lagged regressions.

    A person contributes a step when all items are answered at both of its visits.

    Raises
    ------
    DesignError
        When there are fewer than two visits.
    """
    panel = np.asarray(panel, dtype=float)
    if panel.ndim != 3 or panel.shape[1] < 2:
        raise DesignError(
            "Expected at least two visits for a temporal network, got one. "
            "Use the contemporaneous network of that visit.",
            code="NETWORK_VISITS",
        )
    steps = range(panel.shape[1] - 1)
    return Transitions(tuple(_step_products(panel, step) for step in steps), panel.shape[2])


def _step_products(panel: Array, step: int) -> Array:
    rows = np.concatenate([panel[:, step], panel[:, step + 1]], axis=1)
    there = np.isfinite(rows).all(1)
    rows = np.column_stack([np.ones(len(rows)), rows])
    rows = np.where(there[:, None], rows, 0.0)
    first, second = np.triu_indices(rows.shape[1])
    return np.asarray(rows[:, first] * rows[:, second])


def symmetric(flat: Array, width: int) -> Array:
    """Return matrices, sets x width x width, of their upper triangles laid out row by row."""
    first, second = np.triu_indices(width)
    full = np.empty((len(flat), width, width))
    full[:, first, second] = flat
    full[:, second, first] = flat
    return full


def _standardised(moments: Array) -> LaggedMoments:
    n = moments[:, 0, 0]
    safe = np.maximum(n, 1.0)
    mean = moments[:, 0, 1:] / safe[:, None]
    covariance = moments[:, 1:, 1:] / safe[:, None, None] - mean[:, :, None] * mean[:, None, :]
    spread = np.sqrt(np.maximum(np.einsum("sii->si", covariance), 1e-12))
    correlation = covariance / (spread[:, :, None] * spread[:, None, :])
    p = mean.shape[1] // 2
    return LaggedMoments(correlation[:, :p, :p], correlation[:, :p, p:], n)


def lagged_network(moments: LaggedMoments, *, gamma: float = GAMMA) -> Array:
    """Return standardised lagged effects, sets x from x to, by relaxed lasso with EBIC.

    For each later item the lasso path proposes sets of earlier items, each is refitted by least
    squares, and the set with the smallest EBIC is kept. *Non-zero alone is not a finding*: with a
    trait or item noise most small effects are not zero, so report only edges beyond a minimum
    size (`limits.report_beyond`: .04 at n of about 11,000).

    References
    ----------
    Rhemtulla, van Bork, Cramer 2022, Psychological Methods (cross-lagged panel networks);
    Chen and Chen 2008, Biometrika 95:759 (EBIC); Meinshausen 2007, CSDA 52:374 (relaxed lasso).

    Examples
    --------
    >>> from predict.analysis.networks.planted import planted_panel
    >>> panel = planted_panel(4000, 1, big=0.2, small=0.1)
    >>> effects = lagged_network(transitions(panel.answers).moments())[0]
    >>> bool(effects[0, 2] > 0.1), bool(abs(effects[2, 0]) < 0.04)
    (True, True)
    """
    sets, p = moments.before.shape[:2]
    beta = np.zeros((p, sets, p))
    best = np.full((sets, p), np.inf)
    chosen = np.zeros((sets, p, p))
    seen = np.zeros((sets, p, p), dtype=bool)
    top = np.abs(moments.across).max(1)
    for ratio in np.exp(np.linspace(0.0, np.log(RATIO), PENALTIES)):
        _lasso(moments, top * ratio, beta)
        support = (beta != 0).transpose(1, 2, 0)
        _keep_better(moments, support, seen, gamma, best, chosen)
    return chosen.transpose(0, 2, 1)


def _lasso(moments: LaggedMoments, penalty: Array, beta: Array) -> None:
    """Coordinate descent for every set and every later item at once; beta is items x sets x to."""
    before = np.ascontiguousarray(moments.before.transpose(1, 2, 0))
    target = np.ascontiguousarray(moments.across.transpose(1, 0, 2))
    fitted = np.einsum("ijs,jst->ist", before, beta)
    for _ in range(_SWEEPS):
        largest = 0.0
        for item in range(len(beta)):
            pull = target[item] - fitted[item] + beta[item]
            new = np.sign(pull) * np.maximum(np.abs(pull) - penalty, 0.0)
            change = new - beta[item]
            beta[item] = new
            fitted += before[:, item, :, None] * change
            largest = max(largest, float(np.abs(change).max()))
        if largest < _TOLERANCE:
            return


def _keep_better(
    moments: LaggedMoments, support: Flags, seen: Flags, gamma: float, best: Array, chosen: Array
) -> None:
    """Refit the supports that changed by least squares and keep those with a smaller EBIC."""
    fresh = (support != seen).any(-1) | ~np.isfinite(best)
    seen[:] = support
    rows, targets = np.nonzero(fresh)
    step = max(1, _CHUNK // support.shape[-1] ** 2)
    for start in range(0, rows.size, step):
        s, t = rows[start : start + step], targets[start : start + step]
        slopes, rest = _refit(moments.before[s], moments.across[s, :, t], support[s, t])
        edges = support[s, t].sum(-1)
        cost = np.log(moments.n[s]) + 2.0 * gamma * np.log(support.shape[-1])
        ebic = moments.n[s] * np.log(rest) + edges * cost
        better = ebic < best[s, t]
        best[s[better], t[better]] = ebic[better]
        chosen[s[better], t[better]] = slopes[better]


def _refit(before: Array, target: Array, support: Flags) -> tuple[Array, Array]:
    """Least squares on a support: slopes with zeros elsewhere, and the residual variance."""
    both = support[:, :, None] & support[:, None, :]
    gram = np.where(both, before, 0.0) + _diagonal(~support)
    wanted = np.where(support, target, 0.0)
    solved = np.linalg.solve(gram + 1e-9 * np.eye(gram.shape[-1]), wanted[..., None])
    slopes = np.asarray(solved[..., 0], dtype=float)
    rest: Array = np.maximum(1.0 - (slopes * wanted).sum(-1), 1e-6)
    return slopes, rest


def _diagonal(flags: Flags) -> Array:
    full: Array = flags[:, :, None] * np.eye(flags.shape[-1])
    return full
