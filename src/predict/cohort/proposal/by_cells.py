"""How the answers of a questionnaire are written, by what stands in its cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from predict.cohort.proposal.columns import ColumnFacts, TableFacts
from predict.cohort.proposal.questionnaires import Questionnaire
from predict.definitions.instruments import Instrument, load_instrument, other_forms

# With fewer answers, one that nobody gave may be chance.
FEWEST = 50


def with_cells(found: Questionnaire, table: TableFacts) -> Questionnaire:
    """Return a questionnaire with its coding, where nothing but its cells tells one.

    Words that are the questionnaire's own are read as such; numbers from one above its lowest are
    counted from there.
    """
    names = [name for name in found.columns if name != found.entry.get("total")]
    told = any(name in table.hints.choices or name in table.hints.weights for name in names)
    if told or {"answers", "coding_low", "item_answers"} & set(found.entry):
        return found
    tool = load_instrument(found.name)
    columns = [table.column(name) for name in names if len(table.column(name).filled)]
    if columns and all(column.is_whole for column in columns):
        return _raised(found, tool, *ends_of(columns))
    words = {word.strip().lower() for column in columns for word in column.filled}
    own = {word.strip().lower() for item in tool.items for word in item.answers}
    if not words or not words <= own:
        return found
    why = {**found.why, "answers": "its own words stand in the cells"}
    return replace(found, entry={**found.entry, "answers": "labels"}, why=why)


def narrowest_form(found: Questionnaire, table: TableFacts) -> Questionnaire:
    """Return the shipped form with the fewest answers that holds what stands in the cells.

    The same questions ship with four answers and with six: scored as the other form, every score is
    wrong and none is out of range.
    """
    names = [name for name in found.columns if name != found.entry.get("total")]
    columns = [table.column(name) for name in names if len(table.column(name).filled)]
    told = any(name in table.hints.choices or name in table.hints.weights for name in names)
    if told or not {"columns", "items"} & set(found.entry) or not columns:
        return found
    if {"answers", "item_answers"} & set(found.entry) or not all(c.is_whole for c in columns):
        return found
    tool, (low, high) = load_instrument(found.name), ends_of(columns)
    fitting = [form for form in (tool, *other_forms(tool)) if _held(form, low, high) is not None]
    best = min(fitting, key=_span, default=tool)
    if best.id == tool.id:
        return found
    answers = sum(len(column.filled) for column in columns)
    return _as_form(found, best, low, high) if answers >= FEWEST else _or_form(found, best)


def _span(form: Instrument) -> int:
    low, high = form.answer_range
    return high - low


def _held(form: Instrument, low: float, high: float) -> int | None:
    """How far the answers lie above the form's own, 0 or 1; None where it has too few."""
    lowest, highest = form.answer_range
    shifts = [up for up in (0, 1) if lowest + up <= low and high <= highest + up]
    return shifts[0] if shifts else None


def _as_form(found: Questionnaire, form: Instrument, low: float, high: float) -> Questionnaire:
    """The questionnaire as another shipped form of it."""
    shift, (lowest, highest) = _held(form, low, high), form.answer_range
    entry = {key: value for key, value in found.entry.items() if key != "coding_low"}
    why = {key: reason for key, reason in found.why.items() if key != "coding_low"}
    if shift:
        entry["coding_low"] = lowest + shift
        why["coding_low"] = f"answers run from {low:g} to {high:g}"
    key = "columns" if "columns" in entry else "items"
    own = "{} to {}".format(*load_instrument(found.name).answer_range)
    why[key] = f"named as the questions of {found.name}, which has answers {own}; these run from"
    why[key] = f"{why[key]} {low:g} to {high:g}, as {form.id} has ({lowest} to {highest})"
    return replace(found, name=form.id, entry=entry, why=why)


def _or_form(found: Questionnaire, form: Instrument) -> Questionnaire:
    """The questionnaire as it is, with a word on the form that fits as well."""
    key = "columns" if "columns" in found.entry else "items"
    lowest, highest = form.answer_range
    also = f"{form.id} asks the same with {lowest} to {highest}: name that where your form does"
    return replace(found, why={**found.why, key: f"{found.why.get(key, 'named so')}; {also}"})


def ends_of(columns: Sequence[ColumnFacts]) -> tuple[float, float]:
    """Return the lowest and the highest answer of some columns."""
    return min(c.ends[0] for c in columns), max(c.ends[1] for c in columns)


def _raised(found: Questionnaire, tool: Instrument, low: float, high: float) -> Questionnaire:
    lowest, highest = tool.answer_range
    if low != lowest + 1 or high != highest + 1:
        return found
    why = {**found.why, "coding_low": f"answers run from {low:g} to {high:g}"}
    return replace(found, entry={**found.entry, "coding_low": int(low)}, why=why)
