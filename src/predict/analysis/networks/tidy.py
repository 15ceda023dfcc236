"""Tidy tables of networks: one row an edge, an item and measure, or a share of people dropped."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.analysis.networks.compare import Comparison
from predict.analysis.networks.panel import SymptomPanel, symptom_panel
from predict.analysis.networks.stability import CaseDrop
from predict.cohort import Cohort
from predict.statistics.disclosure import Mask, Table

Array = NDArray[np.float64]
Places = NDArray[np.int64]


def edge_table(
    panel: SymptomPanel, first: Places, second: Places, edges: Array, *bounds: Array
) -> pd.DataFrame:
    """Return one row a pair of items: estimate, bounds, how often the sign returns."""
    keys, labels = np.array(panel.keys), np.array(panel.labels)
    named = {"earlier": keys[first], "later": keys[second]}
    label_columns = {"earlier_label": labels[first], "later_label": labels[second]}
    columns = ("estimate", "low", "high", "same_sign")
    values = zip(columns, (edges, *bounds), strict=True)
    return pd.DataFrame(
        {**named, **label_columns, **{name: v[first, second] for name, v in values}}
    )


def centrality_table(
    panel: SymptomPanel, network: str, estimates: dict[str, Array], drawn: dict[str, Array]
) -> pd.DataFrame:
    """Return one row an item and measure, with bootstrap bounds and rank (1: most central)."""
    parts = []
    for measure, values in estimates.items():
        low, high = np.quantile(drawn[measure], [0.025, 0.975], axis=0)
        rank = pd.Series(-values).rank(method="min").astype(int).to_numpy()
        parts.append(
            pd.DataFrame(
                {
                    "network": network,
                    "item": panel.keys,
                    "label": panel.labels,
                    "measure": measure,
                    "estimate": values,
                    "low": low,
                    "high": high,
                    "rank": rank,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def stability_table(network: str, measure: str, drop: CaseDrop) -> pd.DataFrame:
    """Return one row a share of people dropped; the coefficient stands on each."""
    return pd.DataFrame(
        {
            "network": network,
            "measure": measure,
            "dropped": drop.drops,
            "mean_correlation": drop.mean_correlation,
            "share_kept": drop.share,
            "coefficient": drop.coefficient,
        }
    )


def comparison_table(
    panel: SymptomPanel, name: str, network: str, comparison: Comparison, *, directed: bool
) -> pd.DataFrame:
    """Return the tests of the whole first, then one row an edge."""
    size = panel.items
    place = np.indices((size, size)) if directed else np.array(np.triu_indices(size, 1))
    first, second = (np.asarray(axis, dtype=int).ravel() for axis in place)
    edges = pd.DataFrame(
        {
            "test": "edge",
            "earlier": np.array(panel.keys)[first],
            "later": np.array(panel.keys)[second],
            "first": comparison.first[first, second],
            "second": comparison.second[first, second],
            "difference": (comparison.first - comparison.second)[first, second],
            "p": comparison.p_edges[first, second],
        }
    )
    whole = pd.DataFrame(
        {
            "test": ["largest difference", "total strength"],
            "earlier": "",
            "later": "",
            "first": [np.nan, np.abs(comparison.first).sum()],
            "second": [np.nan, np.abs(comparison.second).sum()],
            "difference": [comparison.largest, comparison.strength],
            "p": [comparison.p_largest, comparison.p_strength],
        }
    )
    table = pd.concat([whole, edges], ignore_index=True)
    table.insert(0, "comparison", name)
    table.insert(1, "network", network)
    return table


def items_table(panel: SymptomPanel) -> Table:
    """Return each item with its count, mean and share at the floor at each visit."""
    frame = pd.DataFrame({"key": panel.keys, "label": panel.labels})
    frame["turned"] = [key in panel.turned for key in panel.keys]
    masks: dict[tuple[int, str], Mask] = {}
    rests: dict[tuple[int, str], tuple[Mask, ...]] = {}
    lowest = np.nanmin(panel.answers, axis=(0, 1))
    for place, visit in enumerate(panel.visits):
        answers = panel.answers[:, place]
        there = np.isfinite(answers)
        floor, n = there & (answers == lowest), np.maximum(there.sum(0), 1)
        frame[f"n_{visit}"] = there.sum(0)
        frame[f"mean_{visit}"] = np.where(there, answers, 0.0).sum(0) / n
        frame[f"floor_{visit}"] = floor.sum(0) / n
        for row in range(panel.items):
            masks[row, f"n_{visit}"] = asked = panel.group(there[:, row])
            rests[row, f"mean_{visit}"] = (asked,)
            rests[row, f"floor_{visit}"] = (asked, panel.group(floor[:, row]))
    return Table("items", frame, masks, labels=("key", "label", "turned"), rests=rests)


def symptom_counts(cohort: Cohort) -> list[Table]:
    """Return the table that does not depend on how a network is estimated."""
    return [items_table(symptom_panel(cohort))]
