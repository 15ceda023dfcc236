"""A clinic's people with their answers: valid rows to work with, the others known by fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from predict.cohort.formats import located
from predict.cohort.layouts import LOST, Answers, RowFault, open_people, open_source, read_answers
from predict.definitions.study import Study, read_study
from predict.errors import Problem, TableError, UsageError
from predict.files import take_words

EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, repr=False)
class Cohort:
    """People and answers of one table, under its study.

    Parameters
    ----------
    study : Study
    people : DataFrame
        Index ``id`` (text) in the table's order; the study's people columns (numbers as float64,
        choices as text), then cluster, site, time and taken columns by their own names.
    visits : mapping of visit -> DataFrame
        On the index of ``people``; items in the instrument's own coding (``phq9_1``) and given
        totals (``phq9_total``); float64, NaN where there is no answer.
    rows : DataFrame
        One line a row of a wide table or a person of a long one, valid or not, in the table's
        order: ``row`` (from 1, header not counted), ``id``, ``status`` (valid or rejected),
        ``code`` and ``column`` of the first fault.
    problems : DataFrame
        ``level`` (row or warning), ``code``, ``row``, ``column``, ``message``.
    flow : DataFrame
        ``step``, ``n``, ``why``: how many rows remain after each exclusion.
    safety : DataFrame
        On ``rows``: raw answers to safety items by visit (``phq9_9_baseline``), rejected rows too.
    dates : DataFrame
        On ``rows``: when the answers of each visit were given, a column a visit: days of the
        calendar (datetime64), or days since the start (float64) where the study counts days.
        No columns where the study states no dates.
    """

    study: Study
    people: pd.DataFrame
    visits: Mapping[str, pd.DataFrame]
    rows: pd.DataFrame
    problems: pd.DataFrame
    flow: pd.DataFrame
    safety: pd.DataFrame
    dates: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __repr__(self) -> str:
        rejected = int((self.rows["status"] == "rejected").sum())
        return f"Cohort({len(self.people)} people, {len(self.visits)} visits, {rejected} rejected)"

    def _repr_html_(self) -> str:
        return f"<p>{self!r}</p>{self.flow.to_html(index=False)}"

    @property
    def ids(self) -> pd.Index:
        """Ids of the valid people, in the table's order."""
        return self.people.index

    def at(self, visit: str) -> pd.DataFrame:
        """Return items and given totals at a visit; a visit left unread has no columns."""
        self.study.order(visit)
        return self.visits.get(visit, pd.DataFrame(index=self.ids))

    def total(self, instrument: str, visit: str, scale: str = "total") -> pd.Series:
        """Return a score a person at a visit: the given total, else scored from the items.

        Raises
        ------
        StudyError
            When the study holds no such instrument or visit.
        """
        totals, key = self._totals, (instrument, visit, scale)
        if key not in totals:
            totals[key] = _total(self, instrument, visit, scale)
        return totals[key].copy(deep=False)

    def totals(self, visit: str) -> pd.DataFrame:
        """Return every scale's score a person at a visit, such as ``phq9_total``."""
        columns = {
            measure.instrument.total_column(scale.name): self.total(name, visit, scale.name)
            for name, measure in self.study.instruments.items()
            for scale in measure.instrument.scales
            if self.asks(name, visit, scale.name)
        }
        return pd.DataFrame(columns, index=self.ids)

    def asks(self, instrument: str, visit: str, scale: str = "total") -> bool:
        """Return whether the study gives a scale's total, or all its items, at a visit."""
        return _askable(self, instrument, visit, scale)

    def present(self, visit: str) -> pd.Series:
        """Return whether each person gave any answer at a visit."""
        return self.at(visit).notna().any(axis=1)

    def date(self, visit: str) -> pd.Series:
        """Return the day of each person's answers at a visit; NaT where the study dates none."""
        days = self._dated(visit)
        return days if days.dtype.kind == "M" else pd.Series(pd.NaT, index=self.ids, name=visit)

    def days(self, visit: str) -> pd.Series:
        """Return the days from each person's first visit to this one; NaN where unknown.

        Where the study counts days, a first visit without a count stands at day 0.
        """
        days, first = self._dated(visit), self._dated(self.study.visits[0])
        if days.dtype.kind != "M":
            start = visit == self.study.visits[0] and bool(self.study.dates.days)
            return days.mask(days.isna() & self.present(visit), 0.0) if start else days
        return (days - first).dt.days.astype("float64").rename(visit)

    def _dated(self, visit: str) -> pd.Series:
        self.study.order(visit)
        if visit not in self.dates:
            return pd.Series(np.nan, index=self.ids, name=visit, dtype="float64")
        valid = (self.rows["status"] == "valid").to_numpy()
        return self.dates[visit][valid].set_axis(self.rows["id"][valid]).reindex(self.ids)

    @cached_property
    def _totals(self) -> dict[tuple[str, str, str], pd.Series]:
        """Scores computed so far: outcomes, rates and features ask for the same ones often."""
        return {}

    @cached_property
    def answers(self) -> pd.DataFrame:
        """All answers as one tidy table: ``id``, ``visit``, then items and given totals."""
        parts = [
            table[table.notna().any(axis=1)].reset_index().assign(visit=visit)
            for visit, table in self.visits.items()
        ]
        joined = pd.concat(parts, ignore_index=True)
        return joined[["id", "visit", *[c for c in joined if c not in ("id", "visit")]]]

    def frame(self) -> pd.DataFrame:
        """Return one wide table: people, then ``phq9_1_baseline`` ... by visit."""
        named = [table.add_suffix(f"_{visit}") for visit, table in self.visits.items()]
        return pd.concat([self.people, *named], axis=1)

    def take(self, ids: Iterable[str]) -> Cohort:
        """Return the cohort of these people only, in the order given; ``rows`` keeps theirs.

        Raises
        ------
        UsageError
            When some of them are no valid people of the cohort; how many, never which.
        """
        chosen = pd.Index(ids)
        absent = int((~chosen.isin(self.ids)).sum())
        if absent:
            raise UsageError(
                f"{absent} of these ids are no valid people of the cohort. `.ids` lists who is.",
                code="ID_UNKNOWN",
            )
        rows = self.rows["id"].isin(chosen) & (self.rows["status"] == "valid")
        return replace(
            self,
            people=self.people.loc[chosen],
            visits={visit: table.loc[chosen] for visit, table in self.visits.items()},
            rows=self.rows[rows].reset_index(drop=True),
            safety=self.safety[rows.to_numpy()].reset_index(drop=True),
            dates=self.dates[rows.to_numpy()].reset_index(drop=True),
        )


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
    as_of : str or None
        Visit after which everything is left unread, as scoring needs it.
    people : path, DataFrame or None
        Second table of people; found beside ``table`` where the study names it.

    Raises
    ------
    TableError
        With every problem that concerns the table as a whole. Faults of single rows only refuse
        those rows: see ``problems``.

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
    if second is None and plan.people_table and isinstance(table, Path | str):
        second = Path(located(table).path).parent / plan.people_table
    needed = any(column.table == "people" for column in plan.people.values())
    others = open_people(second, plan) if needed and second is not None else None
    return cohort_of(read_answers(source, plan, as_of=as_of, people=others), plan)


def as_cohort(
    table: Cohort | Path | str | pd.DataFrame | pa.Table,
    study: Study | Path | str | Mapping[str, object],
    *,
    as_of: str | None = None,
) -> Cohort:
    """Return a cohort as it is; anything else is read under the study as `read_cohort` does."""
    return table if isinstance(table, Cohort) else read_cohort(table, study, as_of=as_of)


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
        visits={v: _table(columns, entries, index) for v, columns in answers.visits.items()},
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


def _table(columns: Mapping[str, np.ndarray], entries: np.ndarray, index: pd.Index) -> pd.DataFrame:
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


def _askable(cohort: Cohort, instrument: str, visit: str, scale: str) -> bool:
    """Whether the study gives this scale's total, or all that scoring it needs, at the visit."""
    if visit not in cohort.visits:
        return False
    measure = cohort.study.measure(instrument)
    given = set(measure.totals.get(visit, ())) | ({"total"} & set(_person_total(measure, visit)))
    items = measure.items.get(visit, {})
    return scale in given or all(key in items for key in measure.instrument.scale(scale).items)


def _person_total(measure: object, visit: str) -> tuple[str, ...]:
    return ("total",) if visit in getattr(measure, "person_totals", {}) else ()


def _total(cohort: Cohort, instrument: str, visit: str, scale: str) -> pd.Series:
    measure = cohort.study.measure(instrument)
    name, table = measure.instrument.total_column(scale), cohort.at(visit)
    scored = _scored(cohort, instrument, visit, scale)
    return table[name].fillna(scored).rename(name) if name in table else scored


def _scored(cohort: Cohort, instrument: str, visit: str, scale: str) -> pd.Series:
    """Scores from items; all missing where the study asks none of them at this visit."""
    measure = cohort.study.measure(instrument).instrument
    return measure.score(cohort.at(visit), scale)
