"""Names of people on their own pages, where a site asks for them; never anywhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from predict.cohort import grammar
from predict.cohort.layouts import open_table
from predict.definitions.study import Study
from predict.errors import UsageError, unknown_name


def names_of(table: Path | str | pd.DataFrame, study: Study, column: str) -> dict[str, str]:
    """Return each id's name from a column that the study need not know.

    Raises
    ------
    UsageError
        When the table has no such column.

    Examples
    --------
    >>> import pandas as pd
    >>> from predict.definitions.study import read_study
    >>> study = read_study({"id": "person", "layout": "wide", "visits": ["baseline"], "rounds": {},
    ...                     "instruments": {"phq9": {"total": "phq9"}}})
    >>> names_of(pd.DataFrame({"person": ["a"], "called": ["Ada"]}), study, "called")
    {'a': 'Ada'}
    """
    file = open_table(table, dialect=study.dialect)
    names = file.probe().names
    if column not in names:
        raise UsageError(unknown_name("column", column, names))
    wanted = tuple(name for name in names if name in (study.id, column))
    source = replace(file, columns=wanted).read()
    ids = source.ids(study.id).to_pylist()
    called = grammar.texts(source.table.column(column))
    known: dict[str, str] = {}
    for person, name in zip(ids, called, strict=True):
        if name and str(name).strip():
            known.setdefault(str(person), str(name).strip())
    return known
