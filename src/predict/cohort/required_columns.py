"""Which columns a study needs of a table, which may be absent, and which are left unread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from predict.definitions.study import ROW, Dialect, Study
from predict.errors import Problem, TableError, did_you_mean, first_of

MOST_NAMED = 10


@dataclass(frozen=True)
class Needs:
    """Columns by name: those that must be there, those that may, those known too late."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    later: tuple[str, ...]


def needs_of(study: Study, as_of: str | None) -> Needs:
    """Return the columns a study needs of its main table, read as of a visit.

    With ``as_of`` the columns that only training needs (cluster, start time, whether a round was
    taken) may be absent.
    """
    visits = set(study.by(as_of)) if as_of else set(study.visits)
    # Where the rows' numbers may stand for ids, the column of ids may be absent.
    ids = [study.id] if study.id == ROW else []
    required: list[str] = [] if ids else [study.id]
    later: list[str] = []
    for visit, column in _columns_by_visit(study):
        (required if visit in visits else later).append(column)
    # A long table's column serves every visit: it is later only where no early visit uses it.
    later = [column for column in later if column not in set(required)]
    if study.site and any(measure.by_site for measure in study.instruments.values()):
        required.append(study.site)
    design = [study.cluster, study.site, study.time, *(r.taken for r in study.rounds.values())]
    named = [column for column in design if column and column not in required]
    return Needs(
        required=tuple(dict.fromkeys(required + ([] if as_of else named))),
        optional=tuple(dict.fromkeys((named if as_of else []) + ids)),
        later=tuple(dict.fromkeys(later)),
    )


def columns_read(names: list[str], study: Study, as_of: str | None) -> tuple[str, ...]:
    """Return the columns of a table that its study reads; everything else stays unread."""
    needs = needs_of(study, as_of)
    used = {*needs.required, *needs.optional, *later_safety_columns(study, as_of)}
    return tuple(name for name in names if name in used)


def later_safety_columns(study: Study, as_of: str | None) -> frozenset[str]:
    """Return the columns of safety items at visits after this one.

    Whatever is left unread of later visits, nobody's thoughts of death are.
    """
    early = study.by(as_of) if as_of else study.visits
    return frozenset(
        column
        for measure in study.instruments.values()
        for visit, items in measure.items.items()
        for key, column in items.items()
        if visit not in early and key in measure.instrument.safety_items
    )


def columns_taken(study: Study, as_of: str) -> Iterator[tuple[str, bool]]:
    """Yield each column of a table that is read, and whether it holds text."""
    needs = needs_of(study, as_of)
    numbers = {c.column for c in study.people.values() if c.kind == "number" and not c.codes}
    asked = {
        column
        for measure in study.instruments.values()
        if not (measure.words or measure.own_words or measure.codings)
        for columns in (*measure.items.values(), *measure.totals.values())
        for column in columns.values()
    }
    # Thoughts of death reported at a later visit are flagged too, as at every other door.
    safety = sorted(later_safety_columns(study, as_of))
    for name in dict.fromkeys((*needs.required, *needs.optional, *safety)):
        yield name, name == study.id or name not in numbers | asked


def dialect_of(study: Study) -> Dialect:
    """Return how the study's table is written, with what a format needs to know of the study."""
    needs = needs_of(study, None)
    columns = frozenset((*needs.required, *needs.optional, *needs.later))
    return replace(study.dialect, reads=replace(study.reads, columns=columns))


def people_columns_read(names: list[str], study: Study) -> tuple[str, ...]:
    """Return the columns of the second table, of people, that its study reads."""
    used = {study.people_id, *(c.column for c in study.people.values() if c.table == "people")}
    return tuple(name for name in names if name in used)


def _row_columns(study: Study) -> list[str]:
    """Columns of a long table that say of which visit a row is, when, and if it is measured."""
    columns = (study.visit, study.dates.column, study.dates.days, study.derived)
    return [column for column in columns if column]


def _columns_by_visit(study: Study) -> Iterator[tuple[str, str]]:
    for measure in study.instruments.values():
        for visit, columns in measure.items.items():
            yield from ((visit, column) for column in columns.values())
        for visit, columns in measure.totals.items():
            yield from ((visit, column) for column in columns.values())
        yield from measure.person_totals.items()
    for column in study.people.values():
        if column.table == "main":
            yield column.known_at, column.column
        if column.born:
            yield column.known_at, column.born
    first = study.visits[0]
    if study.layout == "long":
        yield from ((first, c) for c in _row_columns(study))
        return
    yield from ((visit, column) for column, visit in _dated(study).items())


def _dated(study: Study) -> dict[str, str]:
    """Each column of dates of a wide table, with its visit."""
    stated = study.layout == "wide" and study.dates.pattern
    return {study.dates.column_at(visit): visit for visit in study.visits} if stated else {}


def check_columns(names: list[str], study: Study, as_of: str | None) -> list[Problem]:
    """Return what to tell about columns that are left unread; stop where needed ones are absent.

    Raises
    ------
    TableError
        Naming every absent column, each with the nearest column of the table that the study does
        not use for something else.
    """
    needs = needs_of(study, as_of)
    absent = [column for column in needs.required if column not in set(names)]
    if absent:
        used = {*needs.required, *needs.optional, *needs.later}
        free = [name for name in names if name not in used]
        problems = [
            Problem(
                "COLUMN_MISSING",
                _absent(c, free) + _named_alike(c, study, names) + _of_people(c, study),
                column=c,
            )
            for c in absent
        ]
        count = f"{len(absent)} column{'s' if len(absent) > 1 else ''}"
        raise TableError(
            f"The table lacks {count} that the study names.", code="TABLE", problems=problems
        )
    return list(_unread(names, needs, as_of))


def _absent(column: str, names: list[str]) -> str:
    folded = {name.strip().casefold(): name for name in names}
    near = folded.get(column.strip().casefold())
    if near is not None:
        return (
            f"Column '{column}' is absent, but '{near}' differs only in case or spaces; rename it."
        )
    hint = did_you_mean(column, names)
    return f"Column '{column}' is absent.{hint} Add it, or correct the study."


def _named_alike(column: str, study: Study, names: list[str]) -> str:
    """What to write where dates are named by the words that an instrument's columns have."""
    visit = _dated(study).get(column)
    entries = study.spec.get("instruments", {}).values() if visit else ()
    words = [entry["visit_names"].get(visit) for entry in entries if "visit_names" in entry]
    pattern = study.dates.pattern
    fitting = [word for word in words if word and pattern.replace("{visit}", word) in names]
    if not fitting:
        return ""
    stated = f'visit_names = {{ {visit} = "{fitting[0]}" }}'
    return f" [dates] has visit_names of its own: write {stated}, as the instruments do."


def _of_people(column: str, study: Study) -> str:
    """What to write where a fact of people may stand in the second table that the study names."""
    facts = [fact.name for fact in study.people.values() if fact.column == column]
    if not (study.people_table and facts):
        return ""
    return (
        " If it stands in people_table, say so: under [people] "
        f'{facts[0]} = {{ ..., table = "people" }}.'
    )


def _unread(names: list[str], needs: Needs, as_of: str | None) -> Iterator[Problem]:
    used = {*needs.required, *needs.optional}
    later = [name for name in names if name in set(needs.later) - used]
    if later:
        message = f"Columns known after '{as_of}' were left unread: {len(later)}."
        yield Problem("LATER_COLUMNS", message, level="warning")
    extra = [name for name in names if name not in used and name not in set(needs.later)]
    if extra:
        shown = first_of(extra, MOST_NAMED)
        message = f"Columns that the study does not name were left unread, {len(extra)}: {shown}."
        yield Problem("EXTRA_COLUMNS", message, level="warning")
