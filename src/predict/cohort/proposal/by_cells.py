"""How the answers of a questionnaire are written, by what stands in its cells."""

from __future__ import annotations

from dataclasses import replace

from predict.cohort.proposal.columns import TableFacts
from predict.cohort.proposal.questionnaires import Questionnaire
from predict.definitions.instruments import Instrument, load_instrument


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
        low, high = min(c.ends[0] for c in columns), max(c.ends[1] for c in columns)
        return _raised(found, tool, low, high)
    words = {word.strip().lower() for column in columns for word in column.filled}
    own = {word.strip().lower() for item in tool.items for word in item.answers}
    if not words or not words <= own:
        return found
    why = {**found.why, "answers": "its own words stand in the cells"}
    return replace(found, entry={**found.entry, "answers": "labels"}, why=why)


def _raised(found: Questionnaire, tool: Instrument, low: float, high: float) -> Questionnaire:
    lowest, highest = min(i.low for i in tool.items), max(i.high for i in tool.items)
    if low != lowest + 1 or high != highest + 1:
        return found
    why = {**found.why, "coding_low": f"answers run from {low:g} to {high:g}"}
    return replace(found, entry={**found.entry, "coding_low": int(low)}, why=why)
