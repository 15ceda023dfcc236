"""A drawing with two axes: ticks, titles, and where values lie; nothing is ever truncated."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import wrap

from predict.drawing.joined import Point, area_within, lines_within
from predict.drawing.svg import line, num, text

# Of the small type of an axis: the width of a letter, at most, and the height of a line.
LETTER, LINE = 6.9, 16


@dataclass(frozen=True)
class Frame:
    """The plotting area of a drawing and its two ranges."""

    x: tuple[float, float]
    y: tuple[float, float]
    width: float = 560
    height: float = 380
    left: float = 62
    right: float = 14
    top: float = 14
    bottom: float = 52

    def at(self, x: float, y: float) -> Point:
        """Return where a value lies, cut at the edges."""
        across = (min(max(x, self.x[0]), self.x[1]) - self.x[0]) / (self.x[1] - self.x[0])
        up = (min(max(y, self.y[0]), self.y[1]) - self.y[0]) / (self.y[1] - self.y[0])
        return (
            self.left + across * (self.width - self.left - self.right),
            self.height - self.bottom - up * (self.height - self.top - self.bottom),
        )

    def axes(
        self,
        x_title: str,
        y_title: str,
        xs: Sequence[float],
        ys: Sequence[float],
        number: Callable[[float], str] | None = None,
    ) -> list[str]:
        """Return grid lines, tick labels (as ``number`` writes them) and titles.

        A long title below goes over two lines.
        """
        number = number or shown
        marks = []
        for value in ys:
            left, y = self.at(self.x[0], value)
            marks.append(line(left, y, self.at(self.x[1], value)[0], y, "gl"))
            marks.append(text(left - 8, y + 5, number(value), "ts", "end"))
        for value in xs:
            x, foot = self.at(value, self.y[0])
            marks.append(line(x, foot, x, foot + 6, "tick"))
            marks.append(text(x, foot + 22, number(value), "ts", "middle"))
        return [*marks, *self._titles(x_title, y_title)]

    def _titles(self, below: str, beside: str) -> list[str]:
        middle = (self.left + self.width - self.right) / 2
        rows = wrap(below, int((self.width - self.left) / LETTER))
        foot = self.height - 6 - LINE * (len(rows) - 1)
        marks = [
            text(middle, foot + LINE * place, row, "ts", "middle") for place, row in enumerate(rows)
        ]
        if beside:
            tall = (self.top + self.height - self.bottom) / 2
            words = text(16, tall, beside, "ts", "middle")
            marks.append(f'<g transform="rotate(-90 16 {num(tall)})">{words}</g>')
        return marks

    def path(self, points: Sequence[Point], css: str) -> str:
        """Return a line through points, cut where it leaves the axes."""
        pieces = lines_within(points, *self.y)
        return "".join(f'<polyline class="{css}" points="{self._places(p)}"/>' for p in pieces)

    def band(self, xs: Sequence[float], lows: Sequence[float], highs: Sequence[float]) -> str:
        """Return the area between two lines; nothing where a line is not known throughout.

        It is cut where it crosses the edge: a corner moved to the edge would tilt its sides.
        """
        if not all(math.isfinite(value) for value in (*lows, *highs)):
            return ""
        there = list(zip(xs, highs, strict=True)) + list(zip(xs, lows, strict=True))[::-1]
        return f'<polygon class="band" points="{self._places(area_within(there, *self.y))}"/>'

    def _places(self, points: Sequence[Point]) -> str:
        return " ".join(f"{num(x)},{num(y)}" for x, y in (self.at(*p) for p in points))


def shown(value: float) -> str:
    """Return an axis value as printed.

    >>> shown(0.2), shown(-0.05), shown(20)
    ('0.2', '−0.05', '20')
    """
    return f"{value:g}".replace("-", "−")


def steps(low: float, high: float, most: int = 6) -> list[float]:
    """Return round axis values that cover a range.

    >>> steps(0, 1, 5)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    >>> steps(-0.02, 0.31)
    [0.0, 0.1, 0.2, 0.3]
    """
    span = max(high - low, 1e-9)
    sizes = [m * 10.0**e for e in range(-4, 5) for m in (1, 2, 5)]
    size = next(s for s in sizes if span / s <= most)
    first = math.ceil(low / size - 1e-9)
    values = [round(size * (first + k), 10) for k in range(most + 2)]
    return [value for value in values if low - 1e-9 <= value <= high + 1e-9]
