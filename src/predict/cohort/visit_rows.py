"""Long layout: which rows are rows of a visit, and which of several of one person counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from predict.cohort import grammar
from predict.cohort.cells import Reading
from predict.cohort.dates import place_rows, row_days
from predict.cohort.repeated_rows import blank_kept, choose, filled_parts, repeated
from predict.cohort.visits import NO_VISIT, visit_places
from predict.definitions.study import Study
from predict.errors import Problem


@dataclass(frozen=True)
class VisitRows:
    """The place of each row's visit in the study's order, -1 for none, in three regards.

    Parameters
    ----------
    answers : array of int
        Of the rows that count: one a person and visit.
    facts : array of int
        Of these and of rows without answers, which may still hold facts of their person.
    seen : array of int
        Of every row that says it is of a visit, outside its window too.
    days : array of float or None
        The day of each row; None where the study states no dates.
    """

    answers: np.ndarray
    facts: np.ndarray
    seen: np.ndarray
    days: np.ndarray | None


def visit_rows(reading: Reading, visits: tuple[str, ...]) -> VisitRows:
    """Return which rows are those of the first visits of a study, as far as they are known."""
    stated, empty = _visits_of(reading, visits)
    empty = empty | _derived(reading)
    rows = np.where(empty, NO_VISIT, stated)
    days = row_days(reading, rows, len(visits), empty)
    placed, since = place_rows(reading, rows, days, empty)
    # Before later visits are cut off: where windows place rows, nothing else says their visit.
    seen = np.where(placed == NO_VISIT, rows, placed)
    placed = np.where(placed >= len(visits), NO_VISIT, placed)
    answers = _rows_that_count(reading, placed, since)
    return VisitRows(
        answers=answers,
        facts=np.where(empty & (stated < len(visits)), stated, answers),
        seen=seen,
        days=days,
    )


def _derived(reading: Reading) -> np.ndarray:
    """Rows that were carried forward or averaged: no measurements, whatever they hold."""
    column = reading.study.derived
    if not column:
        return np.zeros(reading.table.num_rows, dtype=bool)
    derived = grammar.filled(reading.table.column(column), ())
    reading.coercions["rows_derived"] += int(derived.sum())
    return derived


def _visits_of(reading: Reading, visits: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The place of each row's visit in the study's order, and rows that are none of a visit.

    Adverse events, say, stand in rows of their own: such a row holds no answer, and either its
    person has another row of that visit or the study knows no such visit.
    """
    study, count = reading.study, reading.table.num_rows
    if study.visit:
        places, odd = visit_places(study, reading.table.column(study.visit))
    else:
        places, odd = np.full(count, NO_VISIT), np.zeros(count, dtype=bool)
    empty = _empty_rows(reading, places, odd)
    message = "The visit is not in the study; add it to visits, visit_values or ignored_visits."
    reading.fault("VISIT_UNKNOWN", study.visit, message, np.flatnonzero(odd & ~empty))
    if study.visit and count:
        _visits_met(reading, places, visits)
    if empty.any():
        message = f"{int(empty.sum())} rows hold no answer that the study reads; they are no rows"
        message = f"{message} of a visit."
        reading.notes.append(Problem("ROWS_EMPTY", message, level="warning"))
    return places, empty


def _visits_met(reading: Reading, places: np.ndarray, visits: tuple[str, ...]) -> None:
    """Stop where no row is of a visit of the study; tell visits that have no row."""
    study, whole = reading.study, reading.source.visits
    names = np.unique(places[places >= 0])
    met = {study.visits[place] for place in names} if whole is None else whole
    if not met:
        message = f"No row of the table is of a visit of the study: see what '{study.visit}' holds"
        message = f"{message}, and say under visit_values which visit each value means."
        reading.stops.append(Problem("VISITS_NOT_MET", message, column=study.visit))
    silent = [visit for visit in visits if visit not in met and not _told_by_people(study, visit)]
    if met and silent and not reading.source.piece:
        message = f"No row of the table is of the visits {', '.join(silent)}."
        message += "".join(_in_part(study, visit) for visit in silent)
        reading.notes.append(Problem("VISIT_NO_ROWS", message, column=study.visit, level="warning"))


def _told_by_people(study: Study, visit: str) -> bool:
    """Whether all that is asked at a visit stands on other rows, once for each person."""
    asked = [measure for measure in study.instruments.values() if visit in measure.visits]
    return bool(asked) and all(visit in measure.person_totals for measure in asked)


def _in_part(study: Study, visit: str) -> str:
    """A sentence, after a space, where some total of a visit is there without rows of its own."""
    asked = [measure for measure in study.instruments.values() if visit in measure.visits]
    own = [measure.instrument.id for measure in asked if visit in measure.person_totals]
    lacking = [measure for measure in asked if visit not in measure.person_totals]
    if not own or not lacking:
        return ""
    first = lacking[0]
    others = ", ".join(f'"{name}"' for name in first.visits if name != visit)
    names = ", ".join(measure.instrument.id for measure in lacking)
    return (
        f" '{visit}' has the total of {', '.join(own)} by person_total, and nothing of {names}, "
        "which the study asks there too: give it a person_total as well, or say where it is asked: "
        f"under [instruments.{first.instrument.id}] visits = [{others}]."
    )


def _empty_rows(reading: Reading, places: np.ndarray, odd: np.ndarray) -> np.ndarray:
    study, empty = reading.study, np.zeros(len(places), dtype=bool)
    pairs = _pairs(reading, places)
    twice = np.zeros(len(places), dtype=bool)
    twice[places >= 0] = repeated(pairs[places >= 0])
    some = np.flatnonzero(twice | odd) if study.visit else np.arange(len(places))
    if not len(some):
        return empty
    answered = _answers_of(reading, some)
    filled = np.logical_or.reduce(list(answered.values()))
    # A row of an unknown visit competes with none.
    group = np.where(twice[some], pairs[some], -1 - some)
    unknown = np.full(len(some), np.nan)
    empty[some] = choose(group, filled, unknown, "first", None).empty
    empty[some] |= ~filled & ~twice[some]
    return empty


def _pairs(reading: Reading, visit: np.ndarray) -> np.ndarray:
    """A number for each person and visit."""
    return np.asarray(reading.owner * (len(reading.study.visits) + 1) + visit)


def _answers_of(reading: Reading, rows: np.ndarray) -> dict[str, np.ndarray]:
    """For each instrument, whether these rows hold an answer to it."""
    table = reading.table.take(pa.array(rows)) if len(rows) < reading.table.num_rows else None
    some = reading.table if table is None else table
    return filled_parts(some, reading.study, reading.study.visits, facts=False)


def _rows_that_count(reading: Reading, placed: np.ndarray, since: np.ndarray) -> np.ndarray:
    """The visit of the rows that count: of several of one person and visit, the study's choice.

    Without a choice the person is refused.
    """
    study, visit = reading.study, placed.copy()
    rows = np.flatnonzero(placed != NO_VISIT)
    rows = rows[repeated(_pairs(reading, placed)[rows])]
    if not len(rows):
        return visit
    group, answered = _pairs(reading, placed)[rows], _answers_of(reading, rows)
    filled = np.ones(len(rows), dtype=bool)
    chosen = choose(group, filled, since[rows], study.duplicates, _targets(study, placed[rows]))
    visit[rows[~chosen.counted]] = NO_VISIT
    if study.duplicates == "refuse":
        message = "This person has two rows of one visit; keep one, or set duplicates."
        reading.fault("VISIT_REPEATED", study.id, message, rows)
        return visit
    dated = " by date" if study.dates.pattern else " in the table's order"
    message = f"{int((~chosen.counted).sum())} rows were dropped for another row of the same person"
    message = f"{message} and visit ({study.duplicates},{dated})."
    reading.notes.append(Problem("ROWS_DROPPED", message, level="warning"))
    reading.notes.extend(blank_kept(answered, group, chosen))
    return visit


def _targets(study: Study, placed: np.ndarray) -> np.ndarray:
    days = [study.dates.target(visit) for visit in study.visits]
    starts = [0.0 if day is None and not place else day for place, day in enumerate(days)]
    return np.asarray(np.array([np.nan if day is None else day for day in starts])[placed])
