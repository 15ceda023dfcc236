"""Scores by visit, and how far they moved since the start of treatment."""

from __future__ import annotations

import numpy as np
import pandas as pd

from predict.analysis.effects import EFFECTS, Weights, effect_intervals, resample, summary
from predict.analysis.measures import Measure, clusters_of, measures, spans
from predict.analysis.result_table import Rows, ends
from predict.cohort import Cohort
from predict.statistics.disclosure import Table
from predict.statistics.intervals import mean_interval

COLUMNS = ("instrument", "scale", "visit", "among", "statistic", "estimate", "low", "high", "n")
DERIVED = ("estimate", "low", "high")


def scores_by_visit(cohort: Cohort, *, seed: int = 1) -> Table:
    """Return mean, SD and median by visit, and mean gain and effect sizes since the start.

    Each figure is given among everybody with a score at the visit, and among ``completers``: those
    with scores at both ends of round one. A positive gain is an improvement. Intervals are
    percentile bootstrap ones; people of one cluster are drawn together.
    """
    rows = Rows("scores", COLUMNS, DERIVED)
    groups = clusters_of(cohort)
    weights = resample(len(cohort.ids), seed=seed, clusters=groups)
    first = next(iter(spans(cohort)), None)
    start = first.start if first else cohort.study.visits[0]
    for measure in measures(cohort):
        ended = measure.at(first.end if first else start).notna()
        among = {"everybody": np.ones(len(cohort.ids), dtype=bool)}
        among["completers"] = (measure.at(start).notna() & ended).to_numpy()
        for name, mask in among.items():
            _add_measure(rows, measure, start, name, mask, weights)
    return rows.table()


def _add_measure(
    rows: Rows, measure: Measure, start: str, among: str, mask: np.ndarray, weights: Weights
) -> None:
    for visit in measure.scores:
        about = {"instrument": measure.name, "scale": measure.scale.name}
        about |= {"visit": str(visit), "among": among}
        _add_summary(rows, about, measure.at(str(visit)), mask, weights)
        if visit != start:
            _add_change(rows, about, measure, (start, str(visit)), mask, weights)


def _add_summary(
    rows: Rows, about: dict[str, str], scores: pd.Series, mask: np.ndarray, weights: Weights
) -> None:
    there = mask & scores.notna().to_numpy()
    for name, estimate in summary(scores.where(there), weights).items():
        rows.add({**about, "statistic": name, **ends(estimate)}, n=there)


def _add_change(
    rows: Rows,
    about: dict[str, str],
    measure: Measure,
    visits: tuple[str, str],
    mask: np.ndarray,
    weights: Weights,
) -> None:
    before, after = (measure.at(visit) for visit in visits)
    both = mask & (before.notna() & after.notna()).to_numpy()
    scores = before.where(both), after.where(both)
    effects = effect_intervals(*scores, weights, better=measure.better)
    for name in EFFECTS:
        rows.add({**about, "statistic": name, **ends(effects[name])}, n=both)


def items_table(cohort: Cohort) -> Table:
    """Return each item's mean at the start and end of each round and its change, item by item.

    A change above 0 is for the better, as in every table; its interval is normal and allows for
    clusters.
    """
    columns = ("instrument", "item", "label", "round", "n", "start", "end", "change", "low", "high")
    rows = Rows("items", (*columns, "d_change"), (*columns[5:], "d_change"))
    groups = clusters_of(cohort)
    for span in spans(cohort):
        for name, held in cohort.study.instruments.items():
            for item in held.instrument.items:
                column = held.instrument.column(item.key)
                before, after = (cohort.at(v).get(column) for v in (span.start, span.end))
                if before is None or after is None:
                    continue
                both = span.took & (before.notna() & after.notna()).to_numpy()
                about = {"instrument": name, "item": item.key, "label": item.label}
                better = held.instrument.better(item.key)
                numbers = _item_change(before[both], after[both], groups, better=better)
                rows.add({**about, "round": span.name, **numbers}, n=both)
    return rows.table()


def _item_change(
    before: pd.Series, after: pd.Series, groups: pd.Series | None, *, better: str
) -> dict[str, float]:
    clusters = None if groups is None else groups.loc[before.index].to_numpy()
    gains = before - after if better == "low" else after - before
    change, spread = mean_interval(gains.to_numpy(), clusters=clusters), gains.std()
    return {
        "start": before.mean(),
        "end": after.mean(),
        **ends(change, "change"),
        "d_change": change.estimate / spread if spread > 0 else np.nan,
    }
