"""A network from visit to visit as a matrix: rows are what comes first, columns what follows."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MORE, LESS = "#1f5fa8", "#b2182b"
LEFT, ACROSS, ROOM = 74.0, 392.0, 64.0
# Below this a cell shows its colour alone; its number is told where the pointer rests.
NUMBERED = 26.0


def _cell_size(items: int) -> float:
    return min(34.0, ACROSS / max(items, 1))


def matrix_height(items: int) -> float:
    """Return how tall the matrix of so many symptoms is, heading included."""
    return ROOM + _cell_size(items) * items


def matrix(
    keys: Sequence[str],
    labels: Sequence[str],
    edges: Array,
    stable: NDArray[np.bool_],
    *,
    top: float,
) -> list[str]:
    """Return the matrix as SVG: coloured where an edge is stable, a grey number where it is not.

    Parameters
    ----------
    edges : array, items x items
        ``edges[i, j]`` from i to j one visit later; on the diagonal a symptom's own carry-over.
    top : float
        Where it begins.

    Examples
    --------
    >>> edges = np.array([[0.3, 0.2], [0.0, 0.4]])
    >>> "".join(matrix("ab", ("Mood", "Sleep"), edges, edges > 0.1, top=0)).count("<rect")
    4
    """
    size, items = _cell_size(len(keys)), range(len(keys))
    start = top + ROOM - 8.0
    largest = max(float(np.abs(edges).max()), 1e-9)
    parts = [
        f'<text x="24" y="{top + 14:.0f}" font-size="12" font-weight="bold">'
        "Row: at one visit. Column: at the next.</text>",
        f'<text x="24" y="{top + 31:.0f}" font-size="11" fill="#444444">'
        "Coloured: stable. Grey: not stable. Diagonal: the symptom itself.</text>",
    ]
    for i in items:
        parts += _names(keys[i], i, start, size)
        for j in items:
            words = f"{labels[i]}, then {labels[j]}: {edges[i, j]:.2f}"
            tail = "" if stable[i, j] else " (not stable)"
            shade = abs(edges[i, j]) / largest if stable[i, j] else 0.0
            place = (LEFT + size * j, start + size * i)
            parts.append(_cell(place, size, edges[i, j], shade, words + tail))
    return parts


def _names(key: str, place: int, start: float, size: float) -> list[str]:
    middle, text = size * (place + 0.5), escape(key[:4])
    return [
        f'<text x="{LEFT - 8:.1f}" y="{start + middle + 4:.1f}" font-size="11" '
        f'text-anchor="end">{text}</text>',
        f'<text x="{LEFT + middle:.1f}" y="{start - 5:.1f}" font-size="11" '
        f'text-anchor="middle">{text}</text>',
    ]


def _cell(place: tuple[float, float], size: float, value: float, shade: float, words: str) -> str:
    x, y = place
    colour = MORE if value > 0 else LESS
    ink = "#ffffff" if shade > 0.55 else "#333333" if shade else "#767c85"
    box = (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{size:.1f}" height="{size:.1f}" fill="{colour}" '
        f'fill-opacity="{0.85 * shade:.2f}" stroke="#d5dae1"><title>{escape(words)}</title></rect>'
    )
    if size < NUMBERED or not value:
        return box
    shown = f"{value:.2f}".replace("0.", ".").replace("-", "\u2212")
    return (
        f'{box}<text x="{x + size / 2:.1f}" y="{y + size / 2 + 4:.1f}" font-size="11" '
        f'fill="{ink}" text-anchor="middle">{shown}</text>'
    )
