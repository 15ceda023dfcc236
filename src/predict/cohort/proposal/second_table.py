"""Facts of people in a table of their own: how its study joins them to the table of visits."""

from __future__ import annotations

from collections.abc import Iterator

from predict.cohort.proposal.columns import ColumnFacts, TableFacts
from predict.errors import first_of

MOST_NAMED = 10


def second_table_lines(person: str) -> Iterator[str]:
    """Yield commented keys that name a second table, as they are written above all tables.

    Parameters
    ----------
    person : str
        Column of ids, as TOML writes it.

    Examples
    --------
    >>> print(list(second_table_lines('"id"'))[-1])
    # people_id = "id"  # its column of ids
    """
    yield "# Do facts of people stand in a second table, a row each? Name it here, and say so of"
    yield '# each under [people], such as age = { kind = "number", table = "people" }:'
    yield '# people_table = "people.csv"  # in the folder of this table'
    yield f"# people_id = {person}  # its column of ids"


def of_people_alone(table: TableFacts, person: str) -> str:
    """Return what to do, after a space, with a table that has a row a person and no scores.

    Nothing where ids repeat, or no column looks like a fact of a person. No cell is told.
    """
    ids = table.column(person).cells
    facts = [c.name for c in table.columns if c.name != person and _is_fact(c)]
    if not facts or ids.isna().any() or not ids.is_unique:
        return ""
    told = first_of(facts, MOST_NAMED)
    return (
        f" It has one row a person ('{person}'), with {told}. If scores stand in another table of "
        "the same people, propose the study from that one (`predict init`), and join this "
        f'table to it: people_table = "NAME OF THIS FILE", people_id = "{person}", and under '
        f'[people] of each fact table = "people", as in {facts[0]} = {{ ..., table = "people" }}.'
    )


def _is_fact(column: ColumnFacts) -> bool:
    return column.filled.nunique() > 1
