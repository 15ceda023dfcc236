"""The flow of people as a diagram: plain SVG text, readable in grey print and aloud."""

from __future__ import annotations

from html import escape

import pandas as pd

WIDTH, BOX, HEIGHT, LINE, TOP = 720, 300, 56, 20, 56
MIDDLE, ASIDE = 170, 388
WITHHELD = "withheld"
QUESTION = "How many people are left after each step?"


def flow_svg(table: pd.DataFrame) -> str:
    """Return the flow diagram of `predict.analysis.attrition.flow_table` as SVG.

    Boxes on the left hold who is left after each step; lines on the right say who was lost or came
    back on the way, and why. A hidden count is written as withheld.
    """
    y, parts, readings = TOP, [], []
    for place, (step, rows) in enumerate(table.groupby("step", sort=False)):
        moved = _moves(rows)
        if place:
            gap = LINE * max(len(moved), 1) + 24
            parts.append(_way(y, y + gap, moved))
            y += gap
        left = _count(rows.loc[rows["kind"] == "left", "n"].iloc[0])
        parts.append(_box(y, _plain(str(step)), left))
        readings.append(f"{_plain(str(step))}: {left}")
        y += HEIGHT
    return _frame(y + 20, "\n".join(parts), "; ".join(readings))


def _frame(height: int, body: str, reading: str) -> str:
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    font = 'font-family="sans-serif" font-size="14"'
    return f"""<svg xmlns="http://www.w3.org/2000/svg" {size} {font} role="img"
 aria-labelledby="title desc">
<title id="title">{QUESTION}</title>
<desc id="desc">{escape(reading)}</desc>
<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>
<text x="20" y="32" font-size="16" font-weight="bold">{QUESTION}</text>
{body}
</svg>
"""


def _moves(rows: pd.DataFrame) -> list[str]:
    """Return a line for each group lost or returned on the way to a step; nobody makes no line."""
    moved = rows[(rows["kind"] != "left") & (rows["n"] != 0)]
    movements = zip(moved["kind"], moved["why"], moved["n"], strict=True)
    return [f"{kind}{', ' if why else ''}{_plain(why)}: {_count(n)}" for kind, why, n in movements]


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _count(n: float) -> str:
    return WITHHELD if pd.isna(n) else f"{int(n):,}"


def _way(top: int, bottom: int, moved: list[str]) -> str:
    parts = [_line(MIDDLE, top, MIDDLE, bottom)]
    for place, line in enumerate(moved):
        y = top + 22 + LINE * place
        parts.append(_line(MIDDLE, y - 5, ASIDE - 8, y - 5))
        parts.append(_words(ASIDE, y, line))
    return "\n".join(parts)


def _box(y: int, step: str, left: str) -> str:
    frame = f'<rect x="20" y="{y}" width="{BOX}" height="{HEIGHT}" rx="4" '
    lines = [_words(32, y + 23, step), _words(32, y + 43, f"n = {left}")]
    return "\n".join([f'{frame}fill="#f4f4f4" stroke="#444444"/>', *lines])


def _words(x: int, y: int, line: str) -> str:
    return f'<text x="{x}" y="{y}" fill="#111111">{escape(line)}</text>'


def _line(x1: int, y1: int, x2: int, y2: int) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#444444"/>'
