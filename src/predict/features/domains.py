"""Block `domains`: the sum of the items of each symptom domain, high where symptoms are bad."""

from __future__ import annotations

import pandas as pd

from predict.cohort import Cohort
from predict.definitions.instruments import Instrument, Item
from predict.definitions.wording.catalogue import humanize
from predict.features.columns import Column, Features, anchor_visits, join


def domains(cohort: Cohort, as_of: str) -> Features:
    """Return one number column a symptom domain and anchor visit.

    Only instruments with two or more domains give columns: a single one is the total. A sum is
    missing where any of its items is.
    """
    visits = anchor_visits(cohort.study, as_of)
    parts = [_sums(cohort, visit, several=len(visits) > 1) for visit in visits]
    return join(parts, cohort.people.index)


def _sums(cohort: Cohort, visit: str, *, several: bool) -> Features:
    answers = cohort.at(visit)
    columns, sums = [], {}
    for measure in cohort.study.instruments.values():
        instrument = measure.instrument
        grouped = _grouped(instrument, measure.items.get(visit, {}))
        for domain, items in grouped.items() if len(grouped) > 1 else ():
            if all(instrument.column(item.key) in answers for item in items):
                column = _column(instrument, domain, items, visit, several=several)
                columns.append(column)
                sums[column.name] = _sum(instrument, items, answers)
    return Features(pd.DataFrame(sums, index=answers.index), tuple(columns))


def _grouped(instrument: Instrument, asked: object) -> dict[str, list[Item]]:
    grouped: dict[str, list[Item]] = {}
    for item in instrument.items if asked else ():
        grouped.setdefault(item.domain, []).append(item)
    return grouped


def _sum(instrument: Instrument, items: list[Item], answers: pd.DataFrame) -> pd.Series:
    """The sum after turning round the items that the instrument's scales turn round."""
    turned = {key for scale in instrument.scales for key in scale.reversed}
    parts = [
        item.low + item.high - answers[instrument.column(item.key)]
        if item.key in turned
        else answers[instrument.column(item.key)]
        for item in items
    ]
    total: pd.Series = pd.concat(parts, axis=1).sum(axis=1, skipna=False)
    return total


def _column(
    instrument: Instrument, domain: str, items: list[Item], visit: str, *, several: bool
) -> Column:
    when = f" ({humanize(visit)})" if several else ""
    return Column(
        name=f"{instrument.id}_domain_{domain.replace(' ', '_')}_{visit}",
        label=f"{instrument.title}, {domain} items{when}",
        kind="number",
        role="domain",
        source=instrument.id,
        visit=visit,
        item=domain,
        domain=domain,
        unit="points",
        low=float(sum(item.low for item in items)),
        high=float(sum(item.high for item in items)),
        safety=all(item.key in instrument.safety_items for item in items),
    )
