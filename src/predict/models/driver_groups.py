"""Columns that say the same thing twice: a questionnaire's items and the totals made of them.

A model shares credit among them as it happens to split or to shrink, so that each alone may look
like chance where their sum does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from predict.definitions.instruments import Instrument
from predict.definitions.study import Study
from predict.features.columns import Column

Groups = Mapping[str, tuple[str, ...]]


def driver_groups(columns: Sequence[Column], study: Study) -> dict[str, tuple[str, ...]]:
    """Return columns that share credit, by the total that speaks for them.

    Parameters
    ----------
    columns : sequence of Column
        A model's raw columns.
    study : Study
        Whose questionnaires say which items a total is made of.

    Returns
    -------
    dict
        Keys are total columns. Each group has the total, its items at that visit and whatever else
        is made of them (smaller scales, domain sums, bands). Items about death or self-harm are in
        none: nothing may be told of them, not as a part of a sum either.
    """
    groups: dict[str, tuple[str, ...]] = {}
    for source, visit in dict.fromkeys((c.source, c.visit) for c in columns):
        if source in study.instruments:
            here = [c for c in columns if (c.source, c.visit) == (source, visit) and not c.safety]
            groups |= _of_instrument(here, study.instruments[source].instrument)
    return groups


def without_sign(columns: Sequence[Column], study: Study) -> frozenset[str]:
    """Return the columns that are no reason at any door, since a reason has a sign.

    Items about death or self-harm, and the arm of a trial, whose sign would read as the treatment's
    worth.
    """
    return frozenset(c.name for c in columns if c.safety or holds_arm(c, study))


def holds_arm(column: Column, study: Study) -> bool:
    """Return whether a column holds the arm of a study with a comparison group."""
    arm = study.treatment.arm
    return arm is not None and column.source == "people" and arm in (column.name, column.item)


def _of_instrument(columns: Sequence[Column], instrument: Instrument) -> Groups:
    """Join what shares an item, the widest total first: it leads what it meets."""
    made_of = {column.name: _items(column, instrument) for column in columns}
    totals = [column.name for column in columns if column.role == "total"]
    leads: dict[str, set[str]] = {}
    for name in sorted(totals, key=lambda total: -len(made_of[total])):
        met = _first_met(made_of[name], leads)
        leads.setdefault(met or name, set()).update(made_of[name])
    members: dict[str, list[str]] = {lead: [] for lead in leads}
    for name, items in made_of.items():
        met = _first_met(items, leads)
        if met:
            members[met].append(name)
    return {lead: tuple(names) for lead, names in members.items() if len(names) > 1}


def _first_met(items: Iterable[str], leads: Mapping[str, set[str]]) -> str | None:
    return next((lead for lead, held in leads.items() if not held.isdisjoint(items)), None)


def _items(column: Column, instrument: Instrument) -> frozenset[str]:
    """Return the keys of the items that a column is made of."""
    if column.role == "item":
        return frozenset({column.item})
    if column.role in {"total", "band"}:
        return frozenset(instrument.scale(column.item).items)
    if column.role == "domain":
        return frozenset(item.key for item in instrument.items if item.domain == column.item)
    return frozenset()
