"""What sections of the model report are made of: sentences, tables and figures, as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from predict.reports.facts import number
from predict.statistics.disclosure import SMALLEST_CELL, Mask, Told

Block = dict[str, Any]


def sentence(key: str, **facts: Any) -> Block:
    """Return a sentence of the catalogue with its facts."""
    return {"say": key, **facts}


def table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], note: str = ""
) -> Block:
    """Return a table whose cells are texts; the first column names the row."""
    body = [[cell_text(cell) for cell in row] for row in rows]
    right = [all(_looks_numeric(row[i]) for row in body if row[i]) for i in range(len(columns))]
    return {
        "caption": caption,
        "columns": [
            {"title": t, "right": r and i > 0}
            for i, (t, r) in enumerate(zip(columns, right, strict=True))
        ],
        "rows": body,
        "note": note,
    }


def _looks_numeric(cell: str | Told) -> bool:
    text = str(cell.value) if isinstance(cell, Told) else cell
    return text[:1].isdigit() or text[:1] in "−–+<." or text in ("few", "–")


def people(group: Mask, instead: str = "few") -> Told:
    """Return a count of people as printed, decided together with all counts of the report."""
    return Told(number(int(group.sum())), (group,), instead)


def resting(value: Any, *groups: Mask, instead: Any = "few") -> Told:
    """Return what follows from counts of these groups, and goes when one of them goes."""
    return Told(value, groups, instead)


def cell_text(value: Any) -> str | Told:
    """Return a cell as printed: numbers short, missing as a dash.

    Examples
    --------
    >>> cell_text(0.6666), cell_text(12), cell_text(None), cell_text("a")
    ('0.667', '12', '–', 'a')
    """
    if isinstance(value, Told):
        return value
    if value is None or value != value:
        return "–"
    if isinstance(value, (bool,)):
        return "yes" if value else "no"
    if isinstance(value, int) or (
        isinstance(value, float) and value.is_integer() and abs(value) >= 10
    ):
        return f"{int(value):,}".replace(",", " ").replace("-", "−")
    if isinstance(value, float):
        return f"{value:.3f}".replace("-", "−")
    return str(value)


def span_in_100(row: Mapping[str, Any]) -> str:
    """Return the ends of an interval of a share, in 100 and in brackets; nothing where it has none.

    Examples
    --------
    >>> span_in_100({"low": 0.6, "high": 0.7}), span_in_100({"low": None, "high": None})
    (' (60 to 70)', '')
    """
    low, high = row.get("low"), row.get("high")
    if low is None or high is None or low != low or high != high:
        return ""
    return f" ({100 * low:.0f} to {100 * high:.0f})"


def ranged(row: Mapping[str, Any], digits: int = 3) -> str:
    """Return an estimate with its interval.

    Examples
    --------
    >>> ranged({"estimate": 0.6512, "low": 0.6, "high": 0.7}, digits=2)
    '0.65 (0.60 to 0.70)'
    """
    value, low, high = (row.get(key) for key in ("estimate", "low", "high"))
    if value is None or value != value:
        return "–"
    shown = f"{value:.{digits}f}"
    if low is not None and low == low and high is not None and high == high:
        shown += f" ({low:.{digits}f} to {high:.{digits}f})"
    return shown.replace("-", "−")


def counted(n: float, *, smallest: int = SMALLEST_CELL) -> str:
    """Return a count of people, or ``few`` where it could point at somebody.

    Examples
    --------
    >>> counted(412), counted(7), counted(0)
    ('412', 'few', '0')
    """
    if n != n:
        return "–"
    return "few" if 0 < n < smallest else number(n)


def few_in_100(share: float, people: int) -> str:
    """Return a share in 100 of so many people, or ``few`` where it counts 1 to 10 of them.

    Examples
    --------
    >>> few_in_100(0.02, 295), few_in_100(0.2, 295), few_in_100(0.0, 295)
    ('few', '20', '0')
    """
    return "few" if 0 < round(share * people) < SMALLEST_CELL else f"{100 * share:.0f}"


def figure(
    kind: str, title: str, reading: str | Told, data: Mapping[str, Any], of: Block | None = None
) -> Block:
    """Return a figure: what to draw, its question as a title, what it shows in words, its data."""
    return {"kind": kind, "title": title, "reading": reading, "data": dict(data), "table": of}


def section(*parts: Block) -> dict[str, Any]:
    """Return a section's blocks in order, each under its kind."""
    return {"blocks": [dict(part, block=_kind(part)) for part in parts if part]}


def _kind(part: Block) -> str:
    if "say" in part:
        return "say"
    return "figure" if "kind" in part else "table"
