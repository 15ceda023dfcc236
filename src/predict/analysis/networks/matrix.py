"""A network from visit to visit as a matrix: rows are what comes first, columns what follows."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MORE, LESS = "#1f5fa8", "#b2182b"
LEFT, ACROSS, ROOM = 74.0, 392.0, 106.0
# Every cell has room for its number, so that nothing hangs on a pointer: many symptoms widen it.
LARGEST, SMALLEST = 34.0, 26.0
# The strongest colour still bears dark figures (a contrast of 5 and more).
FULL, SHOWN, GREY = 0.6, "#111111", "#6b717a"
HEADING = (
    "Every estimate of lagged.csv; empty: 0. Diagonal, uncoloured: the symptom itself.",
    "Coloured: may be shown as an arrow. Grey number: too small, of a sign that does",
    "not last, or not the same way within persons.",
)


def _cell_size(items: int) -> float:
    return max(min(LARGEST, ACROSS / max(items, 1)), SMALLEST)


def matrix_height(items: int) -> float:
    """Return how tall the matrix of so many symptoms is, heading included."""
    return ROOM + _cell_size(items) * items + 14.0


def matrix_width(items: int) -> float:
    """Return how wide the matrix of so many symptoms is, margins included."""
    return LEFT + _cell_size(items) * items + 14.0


def other_edges(edges: Array) -> Array:
    """Return the edges between different symptoms; the diagonal is 0."""
    other: Array = np.where(np.eye(len(edges), dtype=bool), 0.0, edges)
    return other


def matrix(
    keys: Sequence[str],
    labels: Sequence[str],
    edges: Array,
    shown: NDArray[np.bool_],
    *,
    top: float,
) -> list[str]:
    """Return the matrix as SVG: coloured where an edge is shown, a grey number where it is not.

    Colour tells the size against the largest shown edge between two symptoms; a scale says which
    that is. A symptom's own carry-over is larger than any of them and has none.

    Parameters
    ----------
    edges : array, items x items
        ``edges[i, j]`` from i to j one visit later; on the diagonal a symptom's own carry-over.
    shown : array of bool, items x items
        Edges that may be shown.
    top : float
        Where it begins.

    Examples
    --------
    >>> edges = np.array([[0.3, 0.2], [0.0, 0.4]])
    >>> drawn = "".join(matrix("ab", ("Mood", "Sleep"), edges, edges > 0.1, top=0))
    >>> drawn.count("<title>"), "Mood, then Sleep: 0.20" in drawn
    (4, True)
    """
    size, items = _cell_size(len(keys)), range(len(keys))
    start = top + ROOM
    shades = np.abs(other_edges(edges)) * shown
    largest = float(shades.max(initial=0.0))
    parts = [*_heading(top), *_colours(largest, top + 66.0)]
    for i in items:
        parts += _names(keys[i], i, start, size)
        for j in items:
            words = f"{labels[i]}, then {labels[j]}: {edges[i, j]:.2f}"
            tail = "" if shown[i, j] else " (not shown)"
            shade = shades[i, j] / largest if largest else 0.0
            place = (LEFT + size * j, start + size * i)
            ink = SHOWN if shown[i, j] else GREY
            parts.append(_cell(place, size, edges[i, j], shade, ink, words + tail))
    return parts


def _heading(top: float) -> list[str]:
    first = (
        f'<text x="24" y="{top + 14:.0f}" font-size="12" font-weight="bold">'
        "Row: at one visit. Column: at the next.</text>"
    )
    rest = [
        f'<text x="24" y="{top + 29 + 14 * row:.0f}" font-size="11" fill="#444444">'
        f"{escape(words)}</text>"
        for row, words in enumerate(HEADING)
    ]
    return [first, *rest]


def _colours(largest: float, y: float) -> list[str]:
    """Draw which colour is which size, from the most of less to the most of more."""
    parts = []
    for place, share in enumerate((-1.0, -0.5, 0.5, 1.0) if largest else ()):
        x = LEFT + 86.0 * place
        parts.append(
            f'<rect x="{x:.0f}" y="{y:.0f}" width="28" height="14" stroke="#d5dae1" '
            f'fill="{MORE if share > 0 else LESS}" fill-opacity="{FULL * abs(share):.2f}"/>'
            f'<text x="{x + 34:.0f}" y="{y + 11:.0f}" font-size="11">'
            f"{signed(share * largest)}</text>"
        )
    return parts


def signed(value: float) -> str:
    """Return an edge with two decimals and a true minus.

    >>> signed(-0.114), signed(0.4)
    ('\u22120.11', '0.40')
    """
    return f"{value:.2f}".replace("-", "\u2212")


def _names(key: str, place: int, start: float, size: float) -> list[str]:
    middle, text = size * (place + 0.5), escape(key[:4])
    return [
        f'<text x="{LEFT - 8:.1f}" y="{start + middle + 4:.1f}" font-size="11" '
        f'text-anchor="end">{text}</text>',
        f'<text x="{LEFT + middle:.1f}" y="{start - 5:.1f}" font-size="11" '
        f'text-anchor="middle">{text}</text>',
    ]


def _cell(
    place: tuple[float, float], size: float, value: float, shade: float, ink: str, words: str
) -> str:
    x, y = place
    box = (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{size:.1f}" height="{size:.1f}" '
        f'fill="{MORE if value > 0 else LESS}" fill-opacity="{FULL * shade:.2f}" '
        f'stroke="#d5dae1"><title>{escape(words)}</title></rect>'
    )
    if not value:
        return box
    number, letters = signed(value).replace("0.", "."), 11 if size >= 30.0 else 10
    return (
        f'{box}<text x="{x + size / 2:.1f}" y="{y + size / 2 + 4:.1f}" font-size="{letters}" '
        f'fill="{ink}" text-anchor="middle">{number}</text>'
    )
