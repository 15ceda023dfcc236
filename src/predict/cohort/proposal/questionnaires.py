"""Known questionnaires in an unknown table: by the pattern of their columns and their answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from predict.cohort.proposal.columns import ColumnFacts, TableFacts
from predict.definitions.instruments import Instrument, instrument_ids, load_instrument

# What clinics call them, beside their own names.
NAMES = {
    "phq9": ("phq9", "phq"),
    "gad7": ("gad7", "gad"),
    "phq8": ("phq8",),
    "phq2": ("phq2",),
    "cesd": ("cesd", "ces_d"),
    "hamd": ("hamd", "ham_d", "hdrs", "hamdtl17", "hamd17"),
    "madrs": ("madrs",),
    "bdi2": ("bdi2", "bdi_ii", "bdi"),
    "pcl5": ("pcl5", "pcl"),
    "isi": ("isi",),
    "who5": ("who5",),
    "audit_c": ("audit_c", "auditc"),
    "qids_sr16": ("qids_sr16", "qids_sr", "qids"),
    "mbi_gs": ("mbi_gs", "mbi"),
}
SEPARATOR = r"[ _.\-]"
TOTAL = r"(?:total|sum|score|tot)"
# Blocks told by nothing but their length and answers, where no other questionnaire has the same.
BY_SIZE = {(20, 3): "cesd", (20, 4): "pcl5", (9, 3): "phq9", (7, 3): "gad7", (7, 4): "isi"}
# Answers among which both ends of a scale are seen.
MANY = 1_000


@dataclass(frozen=True)
class FoundColumn:
    """One column of a questionnaire: the item it asks (empty: the total), and its visit's word.

    ``padded`` says that the item is written as 07.
    """

    column: str
    item: str
    visit: str
    pattern: str
    padded: bool = False


@dataclass
class Questionnaire:
    """A questionnaire that the table seems to hold.

    Parameters
    ----------
    name : str
    entry : dict
        Keys of ``[instruments.NAME]`` in a study.
    visits : tuple of str
        Words that stand for the visits in its columns, in order.
    columns : tuple of str
        Every column it takes.
    why : dict of key -> sentence
        What each guess rests on.
    """

    name: str
    entry: dict[str, object]
    visits: tuple[str, ...]
    columns: tuple[str, ...]
    why: dict[str, str] = field(default_factory=dict)


def questionnaires(table: TableFacts, taken: Sequence[str]) -> Iterator[Questionnaire]:
    """Yield the questionnaires that a table seems to hold.

    Parameters
    ----------
    taken : sequence of str
        Columns that are spoken for: the id, the visit.
    """
    left = [c for c in table.columns if c.name not in taken]
    # The longest first: the PHQ-9's columns hold those of the PHQ-2.
    tools = sorted(map(load_instrument, instrument_ids()), key=lambda tool: -len(tool.items))
    for tool in tools:
        questionnaire = _named(tool, left) or _by_item_names(tool, left)
        if questionnaire is not None:
            yield questionnaire
            left = [c for c in left if c.name not in questionnaire.columns]
    yield from _by_size(left)


def _named(tool: Instrument, columns: Sequence[ColumnFacts]) -> Questionnaire | None:
    """A questionnaire whose columns begin with its name."""
    for stem in NAMES.get(tool.id, (tool.id,)):
        parsed = [f for c in columns if (f := _parsed(c.name, stem)) is not None]
        items = _complete(tool, [f for f in parsed if f.item], columns)
        totals = _scores(tool, [f for f in parsed if not f.item], columns)
        if items or totals:
            return _entry(tool, items, totals, columns)
    return None


def _parsed(name: str, stem: str) -> FoundColumn | None:
    """A column's item and visit, where its name begins with the stem."""
    head = re.match(re.escape(stem).replace("_", f"{SEPARATOR}?"), name, re.IGNORECASE)
    if head is None:
        return None
    start, rest = name[: head.end()], name[head.end() :]
    return _item_of(name, start, rest) or _total_of(name, start, rest)


def _item_of(name: str, start: str, rest: str) -> FoundColumn | None:
    """phq9_1_end or phq9_end_1: the item, then the visit, or the other way round."""
    item = re.fullmatch(rf"({SEPARATOR}?q?)(\d{{1,2}})(?:({SEPARATOR})(.+))?", rest, re.IGNORECASE)
    if item:
        pattern = f"{start}{item[1]}{{item}}" + (f"{item[3]}{{visit}}" if item[4] else "")
        return FoundColumn(name, _number(item[2]), item[4] or "", pattern, item[2][0] == "0")
    last = re.fullmatch(rf"({SEPARATOR})(.+?)({SEPARATOR})(\d{{1,2}})", rest)
    if last is None or re.fullmatch(TOTAL, last[2], re.IGNORECASE):
        return None
    pattern = f"{start}{last[1]}{{visit}}{last[3]}{{item}}"
    return FoundColumn(name, _number(last[4]), last[2], pattern, last[4][0] == "0")


def _total_of(name: str, start: str, rest: str) -> FoundColumn | None:
    """phq9_total_end, phq9_end or phq9."""
    total = re.fullmatch(rf"({SEPARATOR}?{TOTAL})?(?:({SEPARATOR})(.+))?", rest, re.IGNORECASE)
    if total is None:
        return None
    tail = f"{total[2]}{{visit}}" if total[3] else ""
    return FoundColumn(name, "", total[3] or "", start + (total[1] or "") + tail)


def _number(text: str) -> str:
    return text.lstrip("0") or "0"


def _complete(
    tool: Instrument, candidates: Sequence[FoundColumn], columns: Sequence[ColumnFacts]
) -> list[FoundColumn]:
    """The columns of the pattern that holds every item at some visit, with fitting answers."""
    keys = {item.key for item in tool.items}
    for pattern in dict.fromkeys(f.pattern for f in candidates):
        own = [f for f in candidates if f.pattern == pattern and f.item in keys]
        full = [v for v in dict.fromkeys(f.visit for f in own)
                if {f.item for f in own if f.visit == v} == keys]  # fmt: skip
        complete = [f for f in own if f.visit in full]
        more = [f for f in candidates if f.pattern == pattern and f.item not in keys]
        if complete and not more and _answers_fit(tool, complete, columns):
            return complete
    return []


def _answers_fit(
    tool: Instrument, items: Sequence[FoundColumn], columns: Sequence[ColumnFacts]
) -> bool:
    """Whether the answers are whole numbers of no wider a range than the questionnaire's."""
    held = {column.name: column for column in columns}
    some = [held[f.column] for f in items if len(held[f.column].filled)]
    if not some or not all(column.is_whole for column in some):
        return False
    low, high = _ends(some)
    span = max(item.high for item in tool.items) - min(item.low for item in tool.items)
    return low >= 0 and high - low <= span and high <= span + 1


def _ends(columns: Sequence[ColumnFacts]) -> tuple[float, float]:
    return min(c.ends[0] for c in columns), max(c.ends[1] for c in columns)


def _scores(
    tool: Instrument, candidates: Sequence[FoundColumn], columns: Sequence[ColumnFacts]
) -> list[FoundColumn]:
    """Columns of totals within the scale's range, all of one pattern."""
    scale = next((s for s in tool.scales if s.name == "total"), None)
    if scale is None or tool.id not in NAMES:
        return []
    held = {column.name: column for column in columns}
    fit = []
    for one in candidates:
        column = held[one.column]
        inside = column.is_number and scale.low <= column.ends[0] and column.ends[1] <= scale.high
        if inside and (column.is_whole or not scale.whole) and column.ends[1] > column.ends[0]:
            fit.append(one)
    first = fit[0].pattern if fit else ""
    return [one for one in fit if one.pattern == first]


def _entry(
    tool: Instrument,
    items: Sequence[FoundColumn],
    totals: Sequence[FoundColumn],
    columns: Sequence[ColumnFacts],
) -> Questionnaire:
    entry: dict[str, object] = {}
    why: dict[str, str] = {}
    if items:
        padded = any(item.padded for item in items)
        mark = "{item:02}" if padded else "{item}"
        entry["columns"] = items[0].pattern.replace("{item}", mark)
        held = [c for c in columns if c.name in {f.column for f in items}]
        why["columns"] = f"{len(tool.items)} columns named so, {_seen(tool, held)}"
        entry |= _coding(tool, held, why)
    if totals:
        entry["total"] = totals[0].pattern
        why["total"] = "named so, values within the scale"
    visits = tuple(dict.fromkeys(f.visit for f in [*items, *totals] if f.visit))
    used = tuple(f.column for f in [*items, *totals])
    return Questionnaire(tool.id, entry, visits, used, why)


def _seen(tool: Instrument, columns: Sequence[ColumnFacts]) -> str:
    """Say whether the answers reach both ends: a form with fewer answers scores otherwise."""
    lowest, highest = _ends([c for c in columns if len(c.filled)])
    low, high = min(item.low for item in tool.items), max(item.high for item in tool.items)
    many = sum(len(c.filled) for c in columns) >= MANY
    if not many or highest - lowest >= high - low:
        return "answers in range"
    seen = f"answers {lowest:g} to {highest:g} where its own are {low} to {high}"
    return f"{seen}: where your form has fewer, name that (predict list instruments) or define it"


def _coding(
    tool: Instrument, columns: Sequence[ColumnFacts], why: dict[str, str]
) -> dict[str, object]:
    """The number written for the lowest answer, where it is not the questionnaire's own."""
    own = min(item.low for item in tool.items)
    low, _ = _ends([c for c in columns if len(c.filled)])
    if low != own + 1:
        return {}
    why["coding_low"] = f"the lowest answer seen is {low:g}"
    return {"coding_low": int(low)}


def _by_item_names(tool: Instrument, columns: Sequence[ColumnFacts]) -> Questionnaire | None:
    """A questionnaire whose columns are named by its items, such as nervous and calm."""
    keys = [item.key for item in tool.items]
    if all(key.isdigit() for key in keys):
        return None
    names = {c.name.lower(): c.name for c in columns}
    items = [FoundColumn(names[k], k, "", "{item}") for k in keys if k in names]
    if len(items) < len(keys) or not _answers_fit_own(tool, items, columns):
        return None
    mapped = {f.item: f.column for f in items}
    seen = _seen(tool, [c for c in columns if c.name in set(mapped.values())])
    why = {"items": f"columns named as its questions, {seen}"}
    return Questionnaire(tool.id, {"items": mapped}, (), tuple(mapped.values()), why)


def _answers_fit_own(
    tool: Instrument, items: Sequence[FoundColumn], columns: Sequence[ColumnFacts]
) -> bool:
    held = [c for c in columns if c.name in {f.column for f in items} and len(c.filled)]
    lows, highs = min(i.low for i in tool.items), max(i.high for i in tool.items)
    fits = bool(held) and all(c.is_whole for c in held)
    return fits and lows <= _ends(held)[0] and _ends(held)[1] <= highs


def _by_size(columns: Sequence[ColumnFacts]) -> Iterator[Questionnaire]:
    """Blocks f1a .. f1t that only their length and answers tell; a weak guess, and marked so."""
    stems: dict[str, list[ColumnFacts]] = {}
    for column in columns:
        head = re.fullmatch(r"(.*?)([A-Ta-t])", column.name)
        if head:
            stems.setdefault(head[1], []).append(column)
    for stem, block in stems.items():
        letters = "".join(c.name[-1].lower() for c in block)
        filled = [c for c in block if len(c.filled)]
        if letters != "abcdefghijklmnopqrst"[: len(block)] or not filled:
            continue
        name = BY_SIZE.get((len(block), int(_ends(filled)[1]))) if _ends(filled)[0] == 0 else None
        if name and len(block) >= 20 and all(c.is_whole for c in filled):
            tool = load_instrument(name)
            items = {i.key: c.name for i, c in zip(tool.items, block, strict=True)}
            reason = f"{len(block)} columns {stem}a, {stem}b ... with its answers, by nothing else"
            used = tuple(items.values())
            yield Questionnaire(name, {"items": items}, (), used, {"items": reason})
            return
