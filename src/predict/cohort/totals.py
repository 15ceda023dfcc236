"""Given totals held against their items, and blanks that come of a form's gate.

A stored total is a claim, not a score: many programs add up what was answered and skip the rest.
Where items are declared and some are blank, the questionnaire's own rule decides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from predict.cohort.cells import Reading
from predict.definitions.instruments import Scale
from predict.definitions.study import MeasureColumns

Columns = dict[str, np.ndarray]
EXACT = 1e-6
# A stored mean is printed to a tenth at least.
ROUNDED_MEAN = 0.051


@dataclass(frozen=True)
class Claim:
    """A column of given totals: its scale, and where its entries stand.

    Parameters
    ----------
    visit : str
        The visit of all entries; empty where ``visits`` gives the place of each one's.
    rows : array of int or None
        The row of the table at which each entry stands; None where they are its rows.
    """

    measure: MeasureColumns
    scale: Scale
    column: str
    visit: str = ""
    visits: np.ndarray | None = None
    rows: np.ndarray | None = None

    @property
    def words(self) -> str:
        return self.scale.title + (f" at '{self.visit}'" if self.visit else "")

    def places(self, reading: Reading, entries: int) -> np.ndarray:
        """Return the place of each entry's visit."""
        if self.visits is not None:
            return self.visits
        return np.full(entries, reading.study.order(self.visit))

    def refuse(self, reading: Reading, code: str, message: str, entries: np.ndarray) -> None:
        """Refuse the rows of these entries."""
        odd = np.flatnonzero(entries)
        reading.fault(code, self.column, message, odd if self.rows is None else self.rows[odd])


def settle_total(reading: Reading, claim: Claim, columns: Columns, total: np.ndarray) -> np.ndarray:
    """Return a scale's given totals where they count, NaN where the items decide.

    Entries whose total is neither what the rule for missing items gives nor the sum of what was
    answered are refused, and so are totals without items where other people have items, unless the
    study says `total_alone`.

    Parameters
    ----------
    columns : dict of array
        Items of this instrument, a value an entry.
    """
    scale, tool = claim.scale, claim.measure.instrument
    names = [tool.column(key) for key in scale.items]
    if not names or not all(name in columns for name in names):
        return total
    items = pd.DataFrame({name: columns[name] for name in names})
    answered = items.notna().sum(axis=1).to_numpy()
    given, none = ~np.isnan(total), answered == 0
    agrees = _near(scale, total, tool.score(items, scale.name).to_numpy())
    skips = given & ~none & ~agrees & _near(scale, total, _of_answered(claim, items))
    message = f"{claim.words} is neither the score of its items nor the sum of those answered;"
    odd = given & ~none & ~agrees & ~skips
    claim.refuse(reading, "TOTAL_NOT_SUM", f"{message} correct either.", odd)
    alone = _alone(reading, claim, given & none, total, _any_item(claim, columns))
    reading.coercions["total_skips_items"] += int((skips | (given & none & ~alone)).sum())
    return np.where(alone | (given & (answered == len(names))), total, np.nan)


def _any_item(claim: Claim, answers: Columns) -> np.ndarray:
    """Who has an answer to any item of the instrument."""
    tool = claim.measure.instrument
    columns = [answers[c] for item in tool.items if (c := tool.column(item.key)) in answers]
    return np.asarray(np.any([~np.isnan(values) for values in columns], axis=0))


def _near(scale: Scale, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Whether two scores are the same; a mean may be rounded."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(one - other) <= (EXACT if scale.whole else ROUNDED_MEAN))


def _of_answered(claim: Claim, items: pd.DataFrame) -> np.ndarray:
    """The sum or mean of what was answered, as a program that skips blanks computes it."""
    scale, tool, turned = claim.scale, claim.measure.instrument, items.copy()
    for key in scale.reversed:
        item, name = tool.item(key), tool.column(key)
        turned[name] = item.low + item.high - turned[name]
    if scale.method not in ("sum", "mean"):
        return np.full(len(items), np.nan)
    raw = turned.sum(axis=1) if scale.method == "sum" else turned.mean(axis=1)
    return np.asarray((raw + scale.offset) * scale.factor, dtype=np.float64)


def _alone(
    reading: Reading, claim: Claim, alone: np.ndarray, total: np.ndarray, some: np.ndarray
) -> np.ndarray:
    """Which totals without any item count: where nobody has items, or where the study says so.

    A total of nothing over blanks is what programs write for an empty form; it never counts where
    others have items.
    """
    scale, where = claim.scale, claim.places(reading, len(total))
    asked = _asked(reading, claim, where, some)
    declared = [reading.study.order(visit) for visit in claim.measure.total_alone]
    stated = np.isin(where, declared)
    empty = _near(scale, total, np.full(len(total), scale.offset * scale.factor))
    name = claim.measure.instrument.id
    message = f"{claim.words} stands without items where others have items; write total_alone ="
    message = f"{message} true under [instruments.{name}] (or by visit) if it is from paper, or"
    odd = alone & asked & ~stated & ~empty
    claim.refuse(reading, "TOTAL_ALONE", f"{message} clear it.", odd)
    taken = alone & asked & stated & ~empty
    reading.coercions["total_alone"] += int(taken.sum())
    return np.asarray((alone & ~asked) | taken)


def _asked(reading: Reading, claim: Claim, where: np.ndarray, some: np.ndarray) -> np.ndarray:
    """Whether somebody has items of the instrument at each entry's visit, in the whole table."""
    answered, tool = reading.source.answered, claim.measure.instrument.id
    if answered is None:
        return np.isin(where, np.unique(where[some]))
    return np.isin(where, [reading.study.order(visit) for name, visit in answered if name == tool])


def close_gate(measure: MeasureColumns, columns: Columns) -> np.ndarray:
    """Count items that a form's gate left out at their lowest answer; return who they are.

    Somebody below the gate was not asked the rest: the blanks come of being well, and are no
    missing answers.
    """
    gate, tool = measure.gate, measure.instrument
    if gate is None:
        return np.array([], dtype=bool)
    if not all(tool.column(key) in columns for key in gate.items):
        return np.array([], dtype=bool)
    asked = np.column_stack([columns[tool.column(key)] for key in gate.items])
    with np.errstate(invalid="ignore"):
        closed = np.asarray(asked.sum(axis=1) < gate.at_least)
    others = [i for i in tool.items if i.key not in gate.items and tool.column(i.key) in columns]
    filled = np.any([closed & np.isnan(columns[tool.column(i.key)]) for i in others], axis=0)
    for item in others:
        answers = columns[tool.column(item.key)]
        columns[tool.column(item.key)] = np.where(closed & np.isnan(answers), item.low, answers)
    return np.asarray(filled)
