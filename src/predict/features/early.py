"""Blocks `early_change` and `course_full`: change seen before, and all through, round one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from predict.cohort import Cohort
from predict.definitions.instruments import Scale
from predict.definitions.study import Study
from predict.definitions.wording.catalogue import humanize
from predict.features.columns import Column, Features
from predict.features.scales import scale_column


def early_change(cohort: Cohort, as_of: str) -> Features:
    """Return, for every scale, the gain from the start to the first visit after it.

    For models that stand during round one, in experiments of their own: the columns are known at
    that visit, so a baseline model refuses them. A study with no visit inside round one gets none.
    """
    inside = _inside(cohort.study)
    return _gains(cohort, inside[:1], share=True)


def course_full(cohort: Cohort, as_of: str) -> Features:
    """Return round one visit by visit: each score inside it, the gain by then, and at its end.

    Where the model stands later than the end of round one, also what was gained or lost since.
    """
    study = cohort.study
    end = study.rounds["one"].end
    during = _gains(cohort, (*_inside(study), end), share=False, scores=_inside(study))
    if study.order(as_of) <= study.order(end):
        return during
    since = [_since(cohort, scale, name, end, as_of) for scale, name in _scales(cohort, as_of)]
    frame = pd.DataFrame({column.name: values for column, values in since}, index=cohort.ids)
    columns = tuple(column for column, _ in since)
    return Features(pd.concat([during.frame, frame], axis=1), (*during.columns, *columns))


def _inside(study: Study) -> tuple[str, ...]:
    """Visits after the start of round one and before its end."""
    first = study.rounds["one"]
    return study.visits[study.order(first.start) + 1 : study.order(first.end)]


def _scales(cohort: Cohort, visit: str) -> Iterator[tuple[Scale, str]]:
    """Each scale scored both at the start of round one and at a visit, with its instrument."""
    start = cohort.totals(cohort.study.rounds["one"].start)
    later = cohort.totals(visit)
    for name, measure in cohort.study.instruments.items():
        for scale in measure.instrument.scales:
            column = measure.instrument.total_column(scale.name)
            if column in start and column in later:
                yield scale, name


def _gains(
    cohort: Cohort, visits: tuple[str, ...], *, share: bool, scores: tuple[str, ...] = ()
) -> Features:
    columns: list[Column] = []
    gains: dict[str, pd.Series] = {}
    start = cohort.study.rounds["one"].start
    for visit in visits:
        for scale, name in _scales(cohort, visit):
            before = cohort.total(name, start, scale.name)
            after = cohort.total(name, visit, scale.name)
            for column, values in _of_visit(cohort, scale, name, visit, before, after, share=share):
                columns.append(column)
                gains[column.name] = values
            if visit in scores:
                column = replace(_base(cohort, scale, name, visit), role="course", domain="course")
                columns.append(column)
                gains[column.name] = after
    return Features(pd.DataFrame(gains, index=cohort.ids), tuple(columns))


def _of_visit(
    cohort: Cohort,
    scale: Scale,
    name: str,
    visit: str,
    before: pd.Series,
    after: pd.Series,
    *,
    share: bool,
) -> Iterator[tuple[Column, pd.Series]]:
    base, gain = _base(cohort, scale, name, visit), _gain(scale, before, after)
    width = scale.high - scale.low
    stem = f"{cohort.study.instruments[name].instrument.total_column(scale.name)}"
    template = replace(base, role="course", domain="course")
    label = f"{scale.title}, gain by {humanize(visit)}"
    gained = replace(template, name=f"{stem}_gain_{visit}", label=label, low=-width, high=width)
    yield gained, gain
    if share:
        room = _burden(scale, before)
        label = f"{scale.title}, share gained by {humanize(visit)}"
        part = replace(
            template, name=f"{stem}_share_{visit}", label=label, unit="", low=None, high=1.0
        )
        yield part, gain / room.where(room > 0)


def _since(
    cohort: Cohort, scale: Scale, name: str, end: str, as_of: str
) -> tuple[Column, pd.Series]:
    base, width = _base(cohort, scale, name, as_of), scale.high - scale.low
    stem = cohort.study.instruments[name].instrument.total_column(scale.name)
    column = replace(
        base,
        name=f"{stem}_gain_since_{end}_{as_of}",
        label=f"{scale.title}, gain since {humanize(end)}",
        role="course",
        domain="course",
        low=-width,
        high=width,
    )
    before, after = cohort.total(name, end, scale.name), cohort.total(name, as_of, scale.name)
    return column, _gain(scale, before, after)


def _base(cohort: Cohort, scale: Scale, name: str, visit: str) -> Column:
    return scale_column(cohort.study.instruments[name].instrument, scale, visit, several=True)


def _gain(scale: Scale, before: pd.Series, after: pd.Series) -> pd.Series:
    """How far a score moved to the good side."""
    return before - after if scale.better == "low" else after - before


def _burden(scale: Scale, score: pd.Series) -> pd.Series:
    """How far a score lies from the best one."""
    return score - scale.low if scale.better == "low" else scale.high - score
