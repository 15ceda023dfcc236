"""The cohort of a table: its valid rows by person and visit, and every fault of the others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from predict.cohort.cohort import Cohort
from predict.cohort.layouts import (
    LOST,
    Answers,
    RowFault,
    open_people,
    open_source,
    people_place,
    read_answers,
)
from predict.definitions.study import Study, read_study
from predict.errors import Problem, TableError, UsageError, wrong_noun
from predict.files import take_words

CohortLike: TypeAlias = Cohort | Path | str | pd.DataFrame | pa.Table
StudyLike: TypeAlias = Study | Path | str | Mapping[str, object]
EPOCH = date(1970, 1, 1).toordinal()


def read_cohort(
    table: Path | str | pd.DataFrame | pa.Table,
    study: Study | Path | str | Mapping[str, object],
    *,
    as_of: str | None = None,
    people: Path | str | pd.DataFrame | None = None,
) -> Cohort:
    """Return the people and answers of a table under its study.

    Parameters
    ----------
    table : path, DataFrame or arrow table
        CSV (``.csv``, ``.csv.gz``), Parquet (``.parquet``) or a frame. Cells of a CSV are read as
        text by our own grammar: ids such as ``NA`` and ``00123`` survive.
    study : Study, path or mapping
        What its columns mean.
    as_of : str or None
        Visit after which everything is left unread, as scoring needs it.
    people : path, DataFrame or None
        Second table of people; found beside ``table`` where the study names it.

    Returns
    -------
    Cohort
        People with valid rows, and every fault of the others.

    Raises
    ------
    TableError
        With every problem that concerns the table as a whole. Faults of single rows only refuse
        those rows: see ``problems``.

    See Also
    --------
    predict.read_study : What the columns mean.
    predict.assemble : A training set of it.

    Examples
    --------
    >>> import pandas as pd
    >>> study = {
    ...     "id": "person", "layout": "wide", "visits": ["baseline", "round_one_end"],
    ...     "rounds": {"one": {"start": "baseline", "end": "round_one_end"}},
    ...     "instruments": {"phq9": {"total": "phq9_{visit}"}},
    ... }
    >>> cohort = read_cohort(
    ...     pd.DataFrame({"person": ["a", "b"], "phq9_baseline": ["12", "40"],
    ...                   "phq9_round_one_end": ["5", "3"]}), study)
    >>> cohort
    Cohort(1 people, 2 visits, 1 rejected)
    >>> cohort.problems[["code", "row", "column"]].values.tolist()
    [['OUT_OF_RANGE', 2, 'phq9_baseline']]
    """
    plan = study if isinstance(study, Study) else read_study(study)
    source = open_source(table, plan, as_of=as_of)
    second = people
    if second is None and isinstance(table, Path | str):
        second = people_place(table, plan)
    needed = any(column.table == "people" for column in plan.people.values())
    others = open_people(second, plan) if needed and second is not None else None
    return cohort_of(read_answers(source, plan, as_of=as_of, people=others), plan)


def as_cohort(
    table: CohortLike, study: StudyLike | None = None, *, as_of: str | None = None
) -> Cohort:
    """Return a cohort as it is; anything else is read under the study as `read_cohort` does.

    Raises
    ------
    UsageError
        When a table comes without its study, or what comes is neither cohort, table nor path.
    """
    if isinstance(table, Cohort):
        return table
    if not isinstance(table, Path | str | pd.DataFrame | pa.Table):
        raise wrong_noun(
            "a cohort, a table (DataFrame or file) or its path",
            table,
            "Use predict.read_cohort(table, study).",
        )
    if study is None:
        raise UsageError(
            "Expected a cohort, or a table with its study, got a table alone. Add study=, or use "
            "predict.read_cohort(table, study).",
            code="STUDY_ABSENT",
        )
    return read_cohort(table, study, as_of=as_of)


def read_present_visits(table: Path | str | pd.DataFrame | pa.Table, study: Study) -> Cohort:
    """Return the cohort of as many visits as the table has columns of: later ones may not be yet.

    Raises
    ------
    TableError
        As `read_cohort`; of absent columns, those of the first visit are told.
    """
    for visit in (None, *reversed(study.visits[1:])):
        try:
            return read_cohort(table, study, as_of=visit)
        except TableError as error:
            # Whatever else is wrong with a visit must not make its answers vanish.
            if {problem.code for problem in error.problems} - {"COLUMN_MISSING"}:
                raise
    return read_cohort(table, study, as_of=study.visits[0])


def cohort_of(answers: Answers, study: Study) -> Cohort:
    """Return the cohort of what a reader found."""
    ids = pd.array(answers.ids.astype(object), dtype="str")
    rows, entries = _rows(answers, ids)
    index = pd.Index(ids.take(entries), name="id")
    safety = pd.DataFrame(dict(answers.safety), index=range(len(answers.ids)))
    problems = _problems(answers)
    return Cohort(
        study=study,
        people=_people(answers, entries, index),
        visits={v: _frame(columns, entries, index) for v, columns in answers.visits.items()},
        rows=rows.drop(columns="entry"),
        problems=problems,
        flow=_flow(answers, rows),
        safety=_on_rows(safety, rows),
        dates=_on_rows(_dates(answers, study), rows),
    )


def _on_rows(table: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return entries in the places of their rows; a row that could not be cut has none."""
    if len(table) == len(rows):
        return table
    return table.reindex(rows["entry"]).reset_index(drop=True)


def _dates(answers: Answers, study: Study) -> pd.DataFrame:
    """When each entry's answers were given, a column a visit."""
    index = pd.RangeIndex(len(answers.ids))
    if not study.dates.column:
        return pd.DataFrame(dict(answers.days), index=index)
    columns = {visit: _calendar(days) for visit, days in answers.days.items()}
    return pd.DataFrame(columns, index=index)


def _calendar(days: np.ndarray) -> np.ndarray:
    """Day numbers as days of the calendar; an unknown day is NaT."""
    dates = np.full(len(days), "NaT", dtype="datetime64[D]")
    dated = ~np.isnan(days)
    dates[dated] = (days[dated] - EPOCH).astype("int64").astype("datetime64[D]")
    return dates.astype("datetime64[s]")


def _rows(
    answers: Answers, ids: pd.api.extensions.ExtensionArray
) -> tuple[pd.DataFrame, np.ndarray]:
    """One line an entry, with rows that could not be cut in their places; and the valid entries."""
    count = len(answers.ids)
    # The first fault of an entry wins; 0 is none.
    first = np.zeros(count, dtype=np.int64)
    for number, fault in reversed(list(enumerate(answers.faults, start=1))):
        first[fault.entries] = number
    code = take_words(["", *(fault.code for fault in answers.faults)], first)
    column = take_words(["", *(fault.column for fault in answers.faults)], first)
    rows = pd.DataFrame({"row": answers.rows, "id": ids, "code": code, "column": column})
    rows["entry"] = np.arange(count)
    lost = pd.DataFrame(
        [(entry.row, entry.id, entry.code, "", -1) for entry in answers.lost],
        columns=["row", "id", "code", "column", "entry"],
    )
    joined = pd.concat([rows, lost]).sort_values("row", ignore_index=True) if len(lost) else rows
    refused = (joined["code"] != "").to_numpy()
    joined["status"] = take_words(["valid", "rejected"], refused)
    text = joined.astype({"id": "str", "code": "str", "column": "str"})
    return text[["row", "id", "status", "code", "column", "entry"]], np.flatnonzero(first == 0)


def _people(answers: Answers, entries: np.ndarray, index: pd.Index) -> pd.DataFrame:
    columns = {
        name: pd.Series(facts[entries], index=index, dtype="str" if facts.dtype == object else None)
        for name, facts in answers.people.items()
    }
    return pd.DataFrame(columns, index=index)


def _frame(columns: Mapping[str, np.ndarray], entries: np.ndarray, index: pd.Index) -> pd.DataFrame:
    if not columns:
        return pd.DataFrame(index=index)
    matrix = np.column_stack([values[entries] for values in columns.values()])
    return pd.DataFrame(matrix, index=index, columns=list(columns))


def _problems(answers: Answers) -> pd.DataFrame:
    """Every fault of every row, then the warnings."""
    parts = [_fault_frame(fault) for fault in answers.faults]
    rest = [Problem(x.code, LOST[x.code], row=x.row, level="row") for x in answers.lost]
    rest += list(answers.notes)
    columns = ["level", "code", "row", "column", "message"]
    parts.append(
        pd.DataFrame([(p.level, p.code, p.row, p.column, p.message) for p in rest], columns=columns)
    )
    filled = [part.astype({"row": "Int64"}) for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[-1].astype({"row": "Int64"})


def _fault_frame(fault: RowFault) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "level": "row",
            "code": fault.code,
            "row": fault.rows,
            "column": fault.column,
            "message": fault.message,
        }
    )


def _flow(answers: Answers, rows: pd.DataFrame) -> pd.DataFrame:
    """How many there are, how many each fault refuses, how many answered at each visit."""
    steps: list[tuple[str, int, str]] = [("rows of the table", answers.table_rows, "")]
    if answers.table_rows != len(rows):
        steps.append(("people", len(rows), "one or more rows each"))
    refused = rows.loc[rows["status"] == "rejected", "code"].value_counts(sort=False)
    steps += [("rejected", int(n), str(code)) for code, n in refused.items()]
    valid = rows["status"].eq("valid")
    steps.append(("valid people", int(valid.sum()), ""))
    entries = slice(None) if valid.all() else rows.loc[valid, "entry"].to_numpy()
    people = int(valid.sum())
    for visit, columns in answers.visits.items():
        there = np.zeros(people, dtype=bool)
        for values in columns.values():
            there |= ~np.isnan(values[entries])
        steps.append((f"answered at {visit}", int(there.sum()), "any answer"))
        for (when, name), closed in answers.closed.items():
            count = int(closed[entries].sum()) if when == visit and len(closed) else 0
            if count:
                why = "the other items were not asked and count at their lowest"
                steps.append((f"{name}: gate closed at {visit}", count, why))
    return pd.DataFrame(steps, columns=["step", "n", "why"])
