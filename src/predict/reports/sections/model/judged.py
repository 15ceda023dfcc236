"""What sections share: the evaluation's tables, one family's metrics, whom its groups count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from predict.evaluation.figure_data import spread_parts, told_rivals
from predict.evaluation.verdict_words import rival_words
from predict.reports.content import Content
from predict.reports.context import ModelView, ReportContext
from predict.reports.outcome_terms import outcome_words
from predict.reports.people import Learned
from predict.statistics.disclosure import Mask


def evaluation_table(view: ModelView, name: str) -> pd.DataFrame | None:
    """Return a table of the evaluation, or None where it was not made or holds nothing."""
    table = None if view.evaluation is None else view.evaluation.tables.get(name)
    return None if table is None or table.empty else table


def metrics(view: ModelView, family: str | None = None) -> dict[str, dict[str, Any]]:
    """Return a family's metrics by name: estimate, low, high, n, events."""
    if view.evaluation is None:
        return {}
    table = view.evaluation.metrics
    own = table[table["model"] == (family or judged_family(view))]
    records: list[dict[str, Any]] = own.to_dict("records")  # type: ignore[assignment]  # text keys
    return {str(row["metric"]): row for row in records}


def judged_family(view: ModelView) -> str:
    """Return the family the verdict speaks of."""
    return str(view.verdict.get("model") or view.model.family)


def named_rivals(content: Content, view: ModelView) -> dict[str, pd.DataFrame]:
    """Return what may be told of the simplest rivals' decision curves, by their names in words."""
    told = told_rivals(view.evaluation.tables if view.evaluation else {})
    return {rival_words(name, view.verdict, content.say): part for name, part in told.items()}


def coarse_spread(view: ModelView) -> list[dict[str, Any]]:
    """Return the spread of estimates in parts that may be told: low, high, with, without."""
    return [] if view.evaluation is None else spread_parts(view.evaluation.tables)


def spread_facts(content: Content, view: ModelView, spread: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the spread of estimates as drawings take it, with the words for either outcome."""
    verbed = outcome_words(view.model, content.say)["verbed"]
    rows = [[part[key] for key in ("low", "high", "with", "without")] for part in spread]
    return {"spread": rows, "yes": verbed, "no": content.say("model.discrimination.did_not")}


@dataclass(frozen=True)
class Judged:
    """One group that a model was judged in, and those of it with the outcome."""

    everyone: Mask
    events: Mask


def judged_groups(
    context: ReportContext, view: ModelView, named: pd.DataFrame
) -> dict[tuple[str, str], Judged]:
    """Return whom each group of an evaluation counts.

    Where the grouping is a column of this table its people are known. Elsewhere only numbers are:
    then some people with so many outcomes stand for them, drawn anew for each grouping, so that
    no sums hold but those that must.

    Parameters
    ----------
    named : DataFrame
        subgroup, value, n, events: one row a group; missing numbers where too few to be told.
    """
    learned = context.learned(view)
    groups: dict[tuple[str, str], Judged] = {}
    for number, (name, rows) in enumerate(named.groupby("subgroup", sort=False)):
        counted = _columns_groups(context, learned, str(name), rows)
        made = counted or _stand_ins(learned, rows, np.random.default_rng(number))
        groups |= {(str(name), value): group for value, group in made.items()}
    return groups


def _columns_groups(
    context: ReportContext, learned: Learned, name: str, rows: pd.DataFrame
) -> dict[str, Judged]:
    column = {"arm": context.study.treatment.arm}.get(name, name)
    people = context.cohort.people
    if not learned.here or column not in people:
        return {}
    words = people[column].map(lambda v: f"{v:g}" if isinstance(v, float) else str(v))
    groups = {str(v): context.counted.of(words == str(v)) & learned.everyone for v in rows["value"]}
    alike = all(
        pd.isna(n) or groups[str(v)].sum() == n
        for v, n in zip(rows["value"], rows["n"], strict=True)
    )
    return {v: Judged(g, g & learned.events) for v, g in groups.items()} if alike else {}


def _stand_ins(learned: Learned, rows: pd.DataFrame, rng: np.random.Generator) -> dict[str, Judged]:
    """Deal the people with and without the outcome to groups of the sizes that are known."""
    pools = [np.flatnonzero(learned.events), np.flatnonzero(learned.everyone & ~learned.events)]
    pools = [rng.permutation(pool) for pool in pools]
    dealt, everybody = {}, len(learned.everyone)
    sized = rows.sort_values("n", na_position="last")
    for value, n, events in zip(sized["value"], sized["n"], sized["events"], strict=True):
        sizes = [len(pool) for pool in pools] if pd.isna(n) else [int(events), int(n - events)]
        taken = [pool[:size] for pool, size in zip(pools, sizes, strict=True)]
        pools = [pool[len(part) :] for pool, part in zip(pools, taken, strict=True)]
        yes, no = (np.isin(np.arange(everybody), part) for part in taken)
        dealt[str(value)] = Judged(yes | no, yes)
    return dealt
