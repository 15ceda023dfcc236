"""People of a cohort who look like one person entered twice."""

from __future__ import annotations

import pandas as pd

from predict.cohort import Cohort
from predict.definitions.study import MeasureColumns
from predict.statistics.alike_people import AlikePeople, ItemBlock, alike_people


def entered_twice(cohort: Cohort, ids: pd.Index | None = None) -> AlikePeople:
    """Return who is alike beyond chance in every answer, at every visit, and in every fact.

    Where people stand in the table (cluster, site, start date) does not count: one person may be
    entered at two sites.

    Parameters
    ----------
    cohort : Cohort
    ids : Index, optional
        Only these people are compared; everybody where none are given.

    Examples
    --------
    >>> study = {
    ...     "id": "person", "layout": "wide", "visits": ["start", "end"],
    ...     "rounds": {"one": {"start": "start", "end": "end"}},
    ...     "instruments": {"phq2": {"columns": "q{item}_{visit}"}},
    ... }
    >>> from predict.cohort import read_cohort
    >>> columns = {f"q{item}_{visit}": ["1", "1"] for item in (1, 2) for visit in ("start", "end")}
    >>> entered_twice(read_cohort(pd.DataFrame({"person": ["a", "b"], **columns}), study)).pairs
    0
    """
    people = cohort.ids if ids is None else ids
    blocks, parts = list[ItemBlock](), [cohort.people.reindex(columns=list(cohort.study.people))]
    for visit, table in cohort.visits.items():
        parts.append(table.add_suffix(f"@{visit}"))
        blocks += [_block(measure, visit, table) for measure in cohort.study.instruments.values()]
    everything = pd.concat(parts, axis=1).loc[people].dropna(axis=1, how="all")
    items = {column for block in blocks for column in block.columns}
    given = [str(c) for c in everything if "@" in str(c) and c not in items]
    filled = [_filled(block, everything) for block in blocks]
    return alike_people(everything, [b for b in filled if b.columns], given=given)


def _block(measure: MeasureColumns, visit: str, table: pd.DataFrame) -> ItemBlock:
    """The items of a questionnaire that the table holds at a visit."""
    tool = measure.instrument
    turned = {key for scale in tool.scales for key in scale.reversed}
    keys = [item.key for item in tool.items if tool.column(item.key) in table]
    return ItemBlock(
        tool.id,
        tuple(f"{tool.column(key)}@{visit}" for key in keys),
        tuple(f"{tool.column(key)}@{visit}" for key in keys if key in turned),
    )


def _filled(block: ItemBlock, table: pd.DataFrame) -> ItemBlock:
    """The block without the items that nobody answered."""
    columns = tuple(column for column in block.columns if column in table)
    return ItemBlock(block.name, columns, tuple(c for c in block.reversed if c in columns))
