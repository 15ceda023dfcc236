"""Comparisons of a cohort's networks: before and after round one, responders and the others."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from predict.analysis.networks.compare import compare_groups, compare_visits
from predict.analysis.networks.counts import item_tables
from predict.analysis.networks.panel import SymptomPanel
from predict.analysis.networks.parts import lagged_estimate, visit_estimate
from predict.analysis.networks.settings import NetworkSettings
from predict.analysis.networks.temporal import transitions
from predict.analysis.networks.tidy import comparison_table
from predict.cohort import Cohort
from predict.cohort.labelling import label
from predict.definitions.outcomes import read_outcome

FEWEST_IN_GROUP = 50


def comparisons(cohort: Cohort, panel: SymptomPanel, settings: NetworkSettings) -> pd.DataFrame:
    """Before and after round one, and responders against the others, by permutation."""
    tables = [_before_after(cohort, panel, settings)]
    if settings.outcome is not None:
        tables += _responders(cohort, panel, settings)
    filled = [table for table in tables if table is not None]
    columns = ["comparison", "network", "test", "earlier", "later", "first", "second",
               "difference", "p"]  # fmt: skip
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)


def _before_after(
    cohort: Cohort, panel: SymptomPanel, settings: NetworkSettings
) -> pd.DataFrame | None:
    start, end = cohort.study.round("one").start, cohort.study.round("one").end
    if start not in panel.visits or end not in panel.visits or not settings.permutations:
        return None
    both = panel.complete(start) & panel.complete(end)
    if both.sum() < FEWEST_IN_GROUP:
        return None
    places = [panel.visits.index(visit) for visit in (start, end)]
    stacked = np.concatenate([panel.answers[both, place] for place in places])
    estimate = visit_estimate(item_tables(stacked), np.ones(len(stacked)), settings.method)
    people = int(both.sum())
    comparison = compare_visits(estimate, people, settings.permutations, settings.seed)
    return comparison_table(panel, f"{start} and {end}", "one visit", comparison, directed=False)


def _responders(
    cohort: Cohort, panel: SymptomPanel, settings: NetworkSettings
) -> list[pd.DataFrame]:
    own = cohort.study.own_instruments
    outcome = read_outcome(settings.outcome, own)  # type: ignore[arg-type]  # None was ruled out
    answer = label(cohort, outcome, round="one").loc[panel.ids, "answer"].to_numpy()
    answered = np.isin(answer, ("yes", "no"))
    member = (answer == "yes")[answered]
    if min(member.sum(), (~member).sum()) < FEWEST_IN_GROUP or not settings.permutations:
        return []
    start = cohort.study.round("one").start
    compare = partial(
        compare_groups, member=member, permutations=settings.permutations, seed=settings.seed
    )
    name, out = f"responders and others ({outcome.name})", []
    if start in panel.visits:
        answers = panel.answers[answered, panel.visits.index(start)]
        present = np.isfinite(answers).any(1).astype(float)
        estimate = visit_estimate(item_tables(answers), present, settings.method)
        out.append(comparison_table(panel, name, start, compare(estimate), directed=False))
    if len(panel.visits) > 1:
        steps = lagged_estimate(transitions(panel.answers[answered]))
        out.append(comparison_table(panel, name, "lagged", compare(steps), directed=True))
    return out
