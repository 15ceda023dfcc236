"""One network of a cohort with its bootstrap, centrality, stability and picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.analysis.networks import limits
from predict.analysis.networks.correlations import correlations
from predict.analysis.networks.counts import ItemTables, item_tables
from predict.analysis.networks.glasso import ebic_glasso
from predict.analysis.networks.panel import SymptomPanel
from predict.analysis.networks.picture import Drawing, draw
from predict.analysis.networks.random_intercept import PanelProducts, panel_products, within_network
from predict.analysis.networks.settings import NetworkSettings
from predict.analysis.networks.stability import (
    SAME_SIGN,
    bootstrap_draws,
    case_drop,
    drop_weights,
    edge_bootstrap,
    order_kept,
)
from predict.analysis.networks.temporal import Transitions, lagged_network, transitions
from predict.analysis.networks.tidy import centrality_table, edge_table, stability_table
from predict.analysis.resampling import bootstrap_weights
from predict.statistics.disclosure import Mask, Release, Told

Array = NDArray[np.float64]
Estimate = Callable[[Array], Array]


@dataclass(frozen=True)
class Part:
    """One network with all its tables; ``group`` is who it is of, ``figure`` draws it."""

    name: str
    group: Mask
    edges: pd.DataFrame
    centrality: pd.DataFrame
    stability: pd.DataFrame
    figure: Callable[[Release], str]


def visit_estimate(counts: ItemTables, present: Array, method: str) -> Estimate:
    """Return the function from weights to the regularised network of one visit."""

    def estimate(weights: Array) -> Array:
        n = np.maximum(weights @ present, 2.0)
        return ebic_glasso(correlations(counts, method, weights), n).edges

    return estimate


def visit_parts(panel: SymptomPanel, settings: NetworkSettings) -> list[Part]:
    """Estimate the network of each visit, every resample of every visit in one batch."""
    drawn = [_resampled(panel, settings, visit) for visit in panel.visits]
    matrices, n = (np.concatenate([each[side] for each in drawn]) for side in (0, 1))
    edges = np.split(ebic_glasso(matrices, n).edges, len(panel.visits))
    return [
        _visit_part(panel, settings, visit, networks)
        for visit, networks in zip(panel.visits, edges, strict=True)
    ]


def _resampled(panel: SymptomPanel, settings: NetworkSettings, visit: str) -> tuple[Array, Array]:
    """Correlations and people of a visit: of everyone, each resample, each draw of people left."""
    answers = panel.answers[:, panel.visits.index(visit)]
    counts, present = item_tables(answers), _present(answers)
    rng = np.random.default_rng(settings.seed)
    weights = chain(
        [np.ones((1, len(answers)))],
        bootstrap_weights(rng, panel.clusters, settings.resamples),
        drop_weights(len(answers), settings.draws, settings.seed),
    )
    estimates = [(correlations(counts, settings.method, w), w @ present) for w in weights]
    matrices, n = (np.concatenate([each[side] for each in estimates]) for side in (0, 1))
    return matrices, np.maximum(n, 2.0)


def _present(answers: Array) -> Array:
    return np.asarray(np.isfinite(answers).any(1).astype(float))


def _visit_part(
    panel: SymptomPanel, settings: NetworkSettings, visit: str, networks: Array
) -> Part:
    """Tables and picture of one visit from its networks in the order of :func:`_resampled`."""
    edges, draws, dropped = (
        networks[0],
        networks[1 : 1 + settings.resamples],
        networks[1 + settings.resamples :],
    )
    boot = edge_bootstrap(draws, edges)
    stable = boot.same_sign >= SAME_SIGN
    first, second = np.triu_indices(panel.items, 1)
    table = edge_table(panel, first, second, edges, boot.low, boot.high, boot.same_sign)
    table = table.rename(columns={"earlier": "first", "later": "second"})
    table.insert(0, "visit", visit)
    table["stable"] = stable[first, second]
    drop = order_kept(lambda e: undirected(e)["strength"], edges, dropped, settings.draws)
    group = panel.group(_present(panel.answers[:, panel.visits.index(visit)]) > 0)
    picture = Drawing(
        f"{panel.instrument.title}, {visit}",
        "Which symptoms go with which; n = {n}; grey: not stable.",
        panel.keys, panel.labels, edges, stable,
    )  # fmt: skip
    return Part(
        f"network_{visit}", group, table,
        centrality_table(panel, visit, undirected(edges), undirected(draws)),
        stability_table(visit, "strength", drop), partial(_drawn, picture, group),
    )  # fmt: skip


def _drawn(picture: Drawing, group: Mask, release: Release) -> str:
    """Draw a network, with the number of its people where it may be told."""
    n = release.fill(Told(f"{group.sum():,}", (group,), "withheld"))
    return draw(replace(picture, note=picture.note.format(n=n)))


def lagged_estimate(steps: Transitions) -> Estimate:
    """Return the function from weights to pooled lagged effects."""
    return lambda weights: lagged_network(steps.moments(weights))


def within_estimate(products: PanelProducts) -> Estimate:
    """Return the function from weights to lagged effects within persons."""
    return lambda weights: within_network(products.covariances(weights)).effects


def lagged_part(panel: SymptomPanel, settings: NetworkSettings) -> Part:
    """Estimate the network from each visit to the next.

    An edge is shown when it lies beyond the smallest size, keeps its sign in 95 % of resamples
    and, with three visits, points the same way within persons.
    """
    steps = transitions(panel.answers)
    estimate, one = lagged_estimate(steps), np.ones((1, steps.people))
    edges = estimate(one)[0]
    draws = bootstrap_draws(estimate, panel.clusters, settings.resamples, settings.seed)
    boot = edge_bootstrap(draws, edges)
    lagged = lagged_people(panel)
    n, group = int(lagged.sum()), panel.group(lagged)
    first, second = (place.ravel() for place in np.indices((panel.items, panel.items)))
    table = edge_table(panel, first, second, edges, boot.low, boot.high, boot.same_sign)
    inner: Array | None = None
    if settings.within == "random_intercept" and len(panel.visits) >= 3:
        inner, low, high = _within(panel, settings)
        for name, values in (("within_person", inner), ("within_low", low), ("within_high", high)):
            table[name] = values[first, second]
    shown = limits.shown_edges(edges, boot.same_sign, inner, n)
    claimed = shown & (np.abs(edges) >= limits.claim_beyond(n))
    table["status"] = np.where(claimed, "claimed", np.where(shown, "shown", ""))[first, second]
    drop = case_drop(estimate, lambda e: directed(e)["out_strength"], edges, steps.people,
                     settings.draws, settings.seed)  # fmt: skip
    return Part(
        "network_lagged", group, table,
        centrality_table(panel, "lagged", directed(edges), directed(draws)),
        stability_table("lagged", "out_strength", drop),
        partial(_drawn, _lagged_picture(panel, edges, shown), group),
    )  # fmt: skip


def _lagged_picture(panel: SymptomPanel, edges: Array, shown: NDArray[np.bool_]) -> Drawing:
    note = "Which symptom comes before which, one visit later; n = {n}."
    title = f"{panel.instrument.title}, from visit to visit"
    return Drawing(title, note, panel.keys, panel.labels, edges, shown, directed=True)


def _within(panel: SymptomPanel, settings: NetworkSettings) -> tuple[Array, Array, Array]:
    """Lagged effects within persons with their bounds."""
    estimate = within_estimate(panel_products(panel.answers))
    effects = estimate(np.ones((1, len(panel.answers))))[0]
    draws = bootstrap_draws(estimate, panel.clusters, settings.resamples, settings.seed)
    boot = edge_bootstrap(draws, effects)
    return effects, boot.low, boot.high


def lagged_people(panel: SymptomPanel) -> Mask:
    """Return who has a step between two completely answered neighbouring visits."""
    there = np.asarray(np.isfinite(panel.answers).all(2))
    return np.asarray((there[:, 1:] & there[:, :-1]).any(1))


def undirected(edges: Array) -> dict[str, Array]:
    """Return strength (sum of absolute edges) and expected influence (signed sum) of each item.

    Examples
    --------
    >>> import numpy as np
    >>> undirected(np.array([[0, 0.3], [0.3, 0]]))["strength"]
    array([0.3, 0.3])
    """
    edges = _without_own(edges)
    return {"strength": np.abs(edges).sum(-1), "expected_influence": edges.sum(-1)}


def directed(effects: Array) -> dict[str, Array]:
    """Return strength and expected influence going out of and coming into each item.

    ``effects[..., i, j]`` goes from item i at one visit to item j at the next; the item's own
    carry-over (the diagonal) is left out and told separately.
    """
    other = _without_own(effects)
    return {
        "out_strength": np.abs(other).sum(-1),
        "in_strength": np.abs(other).sum(-2),
        "out_expected_influence": other.sum(-1),
        "in_expected_influence": other.sum(-2),
        "own": np.einsum("...ii->...i", np.asarray(effects, dtype=float)).copy(),
    }


def _without_own(edges: Array) -> Array:
    edges = np.array(edges, dtype=float)
    index = np.arange(edges.shape[-1])
    edges[..., index, index] = 0.0
    return edges
