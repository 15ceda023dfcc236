"""Table 1: who they were, with the outcome, without it, and lost before it was known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from predict.definitions.study import Study
from predict.reports.content import DASH, Block, Content
from predict.reports.context import ModelView, ReportContext
from predict.reports.words import fact_words, level_words, upper_first, when
from predict.statistics.disclosure import SMALLEST_CELL, Mask

GROUPS = ("with_outcome", "without_outcome", "lost_early")


@dataclass(frozen=True)
class _Fact:
    """What is told of people: its name, what it is called, its values, whether they are numbers."""

    name: str
    label: str
    values: pd.Series
    is_number: bool


def table_one(context: ReportContext, view: ModelView) -> list[Block]:
    """Return the table, where the report's table is what the model learned from."""
    groups = _groups(context, view)
    if not groups:
        return []
    content = context.content
    sizes = [
        content.resting(content.say.number(int(group.sum())), *_known_by(groups, place, group))
        for place, group in enumerate(groups)
    ]
    rows = [[content.say("model.participants.everybody"), *sizes, DASH]]
    for fact in _facts(context, view):
        rows += _measured(context, fact, groups) if fact.is_number else [
            _level(context, fact, level, groups) for level in _levels(fact)
        ]  # fmt: skip
    columns = ["fact", *GROUPS, "with_less_without"]
    table = content.table("model.participants.table_one", columns, rows)
    return [{**table, "note": content.say("model.participants.table_one_note")}]


def table_one_families(context: ReportContext, view: ModelView) -> list[Mask]:
    """Return what a reader of the table can add up: levels of a group, and groups of a level."""
    groups = _groups(context, view)
    families: list[Mask] = []
    for fact in _facts(context, view) if groups else ():
        if not fact.is_number:
            told = [_of_level(context, fact, level) for level in _levels(fact)]
            families += [np.array([level & group for level in told]) for group in groups]
            families += [np.array([level & group for group in groups]) for level in told]
    return families


def _groups(context: ReportContext, view: ModelView) -> tuple[Mask, ...]:
    learned = context.learned(view)
    if not learned.here or context.cohort.people.empty:
        return ()
    return learned.events, learned.everyone & ~learned.events, learned.lost


def _facts(context: ReportContext, view: ModelView) -> Iterator[_Fact]:
    """Yield what was known of people where the model stands, then the scores at that visit.

    Facts of several visits each tell theirs: disability at the start and after six months are two.
    """
    cohort, study, say = context.cohort, context.study, context.say
    known = {name: visit for name, visit in _known(study, view.model.as_of).items()
             if name in cohort.people and cohort.people[name].notna().any()}  # fmt: skip
    several = len(set(known.values())) > 1
    for name, visit in known.items():
        values = cohort.people[name]
        numeric = pd.api.types.is_numeric_dtype(values)
        at = f", {when(study, visit, say)}" if several else ""
        label = upper_first(fact_words(study, name, say)) + at
        yield _Fact(name, label, values, numeric and values.nunique() > 2)
    totals = cohort.totals(view.model.as_of)
    for scale in map(str, totals):
        title = f"{fact_words(study, scale, say)}, {when(study, view.model.as_of, say)}"
        yield _Fact(scale, upper_first(title), totals[scale], is_number=True)


def _known(study: Study, as_of: str) -> dict[str, str]:
    """Return when each fact of people is known, the later ones left out."""
    visits = {name: fact.known_at or study.visits[0] for name, fact in study.people.items()}
    return {name: v for name, v in visits.items() if study.order(v) <= study.order(as_of)}


def _levels(fact: _Fact) -> list[str]:
    return sorted({_plain(value) for value in fact.values.dropna()})


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _of_level(context: ReportContext, fact: _Fact, level: str) -> Mask:
    return context.counted.of(fact.values.map(_plain, na_action="ignore") == level)


def _level(
    context: ReportContext, fact: _Fact, level: str, groups: tuple[Mask, ...]
) -> list[object]:
    """A category: how many of each group, and in 100 of those with an answer."""
    content, own = context.content, _of_level(context, fact, level)
    told = context.counted.of(fact.values.notna())
    cells = [_share(content, own & group, told & group) for group in groups]
    words = level_words(context.study, fact.name, level, content.say)
    return [f"{fact.label}: {words}", *cells, DASH]


def _share(content: Content, part: Mask, whole: Mask) -> object:
    if not whole.any():
        return DASH
    share = content.say.fixed(100 * part.sum() / whole.sum(), 0)
    text = content.say("model.participants.n_share", n=int(part.sum()), share=share)
    return content.resting(text, part, whole)


def _measured(context: ReportContext, fact: _Fact, groups: tuple[Mask, ...]) -> list[list[object]]:
    """A number: mean and spread of each group, and how many spreads two of them lie apart."""
    content, counted = context.content, context.counted
    told, values = counted.of(fact.values.notna()), _wide(context, fact)
    parts = [group & told for group in groups]
    large = [part.sum() >= SMALLEST_CELL for part in parts]
    rest = [_known_by(groups, place, part) for place, part in enumerate(parts)]
    cells = [
        content.resting(_mean(content, values[part]), *known) if fits else content.few
        for part, known, fits in zip(parts, rest, large, strict=True)
    ]
    gap: object = DASH
    if all(large[:2]):
        apart = _gap(content, values[parts[0]], values[parts[1]])
        gap = content.resting(apart, *rest[0], *rest[1])
    return [[fact.label, *cells, gap]]


def _known_by(groups: tuple[Mask, ...], place: int, part: Mask) -> tuple[Mask, ...]:
    """Return by which counts a reader knows a part: those without the outcome, by subtraction."""
    if place == 1 and (part == groups[1]).all():
        return (groups[0] | groups[1], groups[0])
    return (part,)


def _wide(context: ReportContext, fact: _Fact) -> np.ndarray:
    values = np.full(context.counted.size, np.nan)
    valid = context.counted.valid
    values[: len(valid)][valid] = fact.values.reindex(context.cohort.ids).to_numpy("float64")
    return values


def _mean(content: Content, values: np.ndarray) -> str:
    return f"{content.say.fixed(values.mean(), 1)} ({content.say.fixed(values.std(ddof=1), 1)})"


def _gap(content: Content, one: np.ndarray, other: np.ndarray) -> str:
    spread = float(np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / 2))
    return content.say.fixed((one.mean() - other.mean()) / spread, 2) if spread else DASH
