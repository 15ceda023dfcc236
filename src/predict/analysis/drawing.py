"""The flow of people as a diagram: plain SVG text, readable in grey print and aloud."""

from __future__ import annotations

from html import escape

import pandas as pd

WIDTH, BOX, HEIGHT, GAP, TOP = 720, 300, 56, 44, 56
WITHHELD = "withheld"


def flow_svg(table: pd.DataFrame) -> str:
    """Return the flow diagram of `predict.analysis.attrition.flow_table` as SVG.

    Boxes on the left hold who is left after each step, boxes on the right who was lost and why. A
    hidden count is written as withheld.
    """
    steps = list(dict.fromkeys(table["step"]))
    height = TOP + len(steps) * (HEIGHT + GAP)
    parts = [_step(table[table["step"] == step], place) for place, step in enumerate(steps)]
    told = "; ".join(f"{s}: {_left(table, s)}" for s in steps)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}" role="img" aria-labelledby="title desc" '
            'font-family="sans-serif" font-size="14">',
            '<title id="title">How many people are left after each step?</title>',
            f'<desc id="desc">{escape(told)}</desc>',
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            '<text x="20" y="32" font-size="16" font-weight="bold">'
            "How many people are left after each step?</text>",
            *parts,
            "</svg>\n",
        ]
    )


def _left(table: pd.DataFrame, step: str) -> str:
    row = table[(table["step"] == step) & (table["kind"] == "left")]
    return _count(row["n"].iloc[0])


def _count(n: float) -> str:
    return WITHHELD if pd.isna(n) else f"{int(n):,}"


def _step(rows: pd.DataFrame, place: int) -> str:
    y = TOP + place * (HEIGHT + GAP)
    left = rows[rows["kind"] == "left"].iloc[0]
    parts = [_box(20, y, BOX, [str(left["step"]), f"n = {_count(left['n'])}"])]
    moved = rows[rows["kind"] != "left"]
    if place:
        middle = 20 + BOX // 2
        parts.append(_line(middle, y - GAP, middle, y))
    if len(moved):
        across = y - GAP // 2
        parts.append(_line(20 + BOX // 2, across, 380, across))
        told = zip(moved["kind"], moved["why"], moved["n"], strict=True)
        words = [f"{kind}{', ' if why else ''}{why}: {_count(n)}" for kind, why, n in told]
        parts.append(_words(388, across + 5, "; ".join(words)))
    return "\n".join(parts)


def _box(x: int, y: int, width: int, lines: list[str]) -> str:
    text = "\n".join(_words(x + 12, y + 23 + 20 * i, line) for i, line in enumerate(lines))
    frame = f'<rect x="{x}" y="{y}" width="{width}" height="{HEIGHT}" rx="4" '
    return f'{frame}fill="#f4f4f4" stroke="#444444"/>\n{text}'


def _words(x: int, y: int, line: str) -> str:
    return f'<text x="{x}" y="{y}" fill="#111111">{escape(line)}</text>'


def _line(x1: int, y1: int, x2: int, y2: int) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#444444"/>'
