"""A clinic's people with their answers: valid rows to work with, the others known by fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from predict.definitions.study import Study
from predict.errors import UsageError


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


def _askable(cohort: Cohort, instrument: str, visit: str, scale: str) -> bool:
    """Whether the study gives this scale's total, or all that scoring it needs, at the visit."""
    if visit not in cohort.visits:
        return False
    measure = cohort.study.measure(instrument)
    given = set(measure.totals.get(visit, ())) | ({"total"} & set(_person_total(measure, visit)))
    items = measure.items.get(visit, {})
    needed = measure.instrument.scale(scale).items
    return scale in given or (bool(needed) and all(key in items for key in needed))


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
