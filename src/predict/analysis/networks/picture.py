"""A network as a still picture: SVG text, the same bytes each time, symptoms always in one place.

Symptoms stand on a circle in the questionnaire's order, so pictures of several visits or groups can
be laid side by side. Blue lines go with more, red dashed lines with less; edges that are not stable
are grey and thin, and never named. From visit to visit only stable edges are drawn, with an arrow
head; a matrix beneath holds all of them. A scale tells how wide a line is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray

from predict.analysis.networks.matrix import matrix, matrix_height
from predict.analysis.wording import refuse_causal_words

Array = NDArray[np.float64]
_SIZE, _RING, _NODE = 480.0, 165.0, 17.0
_MORE, _LESS, _GREY = "#1f5fa8", "#b2182b", "#b9bec6"
_WIDEST = 7.0


@dataclass(frozen=True)
class Drawing:
    """What a picture shows.

    Parameters
    ----------
    title, note : str
        Heading, and one line beneath it.
    keys, labels : sequence of str
        Short names inside the circles and what they mean.
    edges : array, items x items
        ``edges[i, j]`` from i to j; only the upper half is drawn when not ``directed``.
    stable : array of bool, items x items
        Edges that may be shown in colour.
    own : array of bool or None
        Items whose carry-over to the next visit is drawn as a ring.
    """

    title: str
    note: str
    keys: Sequence[str]
    labels: Sequence[str]
    edges: Array
    stable: NDArray[np.bool_]
    directed: bool = False


def draw(drawing: Drawing) -> str:
    """Return the network as SVG text.

    Examples
    --------
    >>> import numpy as np
    >>> edges = np.array([[0, 0.4], [0.4, 0]])
    >>> svg = draw(Drawing("Baseline", "", "ab", ("Mood", "Sleep"), edges, edges > 0))
    >>> svg.startswith("<svg"), svg.count("<line")
    (True, 1)
    """
    places = layout(len(drawing.keys))
    foot = _SIZE + 66.0 + 17.0 * len(drawing.keys)
    height = foot + (matrix_height(len(drawing.keys)) if drawing.directed else 0.0)
    parts = [_head(drawing, height), _arrows() if drawing.directed else ""]
    parts += [] if drawing.directed else _lines(drawing, places, stable=False)
    parts += _lines(drawing, places, stable=True)
    parts += [_node(place, key) for place, key in zip(places, drawing.keys, strict=True)]
    parts += [*_scale(drawing), *_legend(drawing)]
    if drawing.directed:
        parts += matrix(drawing.keys, drawing.labels, drawing.edges, drawing.stable, top=foot)
    return "\n".join(part for part in parts if part) + "\n</svg>\n"


def layout(items: int) -> Array:
    """Return the place of each item: a circle from the top, clockwise, in the list's order."""
    angle = 2.0 * np.pi * np.arange(items) / items - np.pi / 2.0
    middle = np.array([_SIZE / 2.0, _SIZE / 2.0 + 20.0])
    places: Array = middle + _RING * np.column_stack([np.cos(angle), np.sin(angle)])
    return places


def _head(drawing: Drawing, height: float) -> str:
    title, note = (
        escape(refuse_causal_words(drawing.title)),
        escape(refuse_causal_words(drawing.note)),
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE:.0f} {height:.0f}" '
        f'width="{_SIZE:.0f}" height="{height:.0f}" role="img" font-family="sans-serif">\n'
        f"<title>{title}</title>\n<desc>{note}</desc>\n"
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n'
        f'<text x="12" y="22" font-size="15" font-weight="bold">{title}</text>\n'
        f'<text x="12" y="40" font-size="11" fill="#444444">{note}</text>'
    )


def _arrows() -> str:
    marks = [
        f'<marker id="{name}" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="15" '
        f'markerHeight="15" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="{colour}"/></marker>'
        for name, colour in (("more", _MORE), ("less", _LESS), ("grey", _GREY))
    ]
    return f"<defs>{''.join(marks)}</defs>"


def _lines(drawing: Drawing, places: Array, *, stable: bool) -> list[str]:
    """Draw edges of one kind; grey ones first, so that they lie underneath."""
    edges, out = drawing.edges, []
    for i, j in zip(*np.nonzero(_without_own(edges)), strict=True):
        if bool(drawing.stable[i, j]) != stable or (not drawing.directed and j < i):
            continue
        width = _width(drawing, abs(edges[i, j])) if stable else 0.8
        words = _edge_words(drawing, int(i), int(j), stable)
        out.append(_line(places[i], places[j], edges[i, j], width, drawing.directed, stable, words))
    return out


def _largest(drawing: Drawing) -> float:
    return max(float(np.abs(_without_own(drawing.edges)).max()), 1e-9)


def _width(drawing: Drawing, size: float) -> float:
    """Return how wide a line of this size is, up to the widest of the picture."""
    return 0.8 + (_WIDEST - 0.8) * size / _largest(drawing)


def _scale(drawing: Drawing) -> list[str]:
    """Draw what the width and the kind of a line mean."""
    largest, y = _largest(drawing), _SIZE + 30.0
    if largest <= 1e-9:
        return []
    sizes = [(largest / 3, _MORE, ""), (largest, _MORE, ""), (-largest, _LESS, "5 4")]
    parts = []
    for place, (value, colour, dash) in enumerate(sizes):
        x = 24.0 + 104.0 * place
        style = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(
            f'<path d="M{x:.0f} {y:.0f}h40" stroke="{colour}" '
            f'stroke-width="{_width(drawing, abs(value)):.2f}"{style}/>'
            f'<text x="{x + 46:.0f}" y="{y + 4:.0f}" font-size="11">{value:.2f}</text>'
        )
    if not drawing.directed:
        parts.append(
            f'<path d="M336 {y:.0f}h40" stroke="{_GREY}" stroke-width="0.8"/>'
            f'<text x="382" y="{y + 4:.0f}" font-size="11">not stable</text>'
        )
    return parts


def _edge_words(drawing: Drawing, i: int, j: int, stable: bool) -> str:
    joint = "comes before" if drawing.directed else "goes with"
    tail = "" if stable else " (not stable)"
    first, second = drawing.labels[i], drawing.labels[j]
    return f"{first} {refuse_causal_words(joint)} {second}: {drawing.edges[i, j]:.2f}{tail}"


def _line(
    start: Array, end: Array, value: float, width: float, directed: bool, stable: bool, words: str
) -> str:
    along = (end - start) / np.linalg.norm(end - start)
    side = np.array([-along[1], along[0]]) * (6.0 if directed else 0.0)
    a, b = start + along * _NODE + side, end - along * _NODE + side
    kind = "grey" if not stable else ("more" if value > 0 else "less")
    colour = {"grey": _GREY, "more": _MORE, "less": _LESS}[kind]
    dash = ' stroke-dasharray="5 4"' if kind == "less" else ""
    head = f' marker-end="url(#{kind})"' if directed else ""
    return (
        f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" '
        f'stroke="{colour}" stroke-width="{width:.2f}"{dash}{head}>'
        f"<title>{escape(words)}</title></line>"
    )


def _node(place: Array, key: str) -> str:
    text = escape(key if len(key) <= 4 else key[:4])
    return (
        f'<circle cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="{_NODE:.0f}" fill="#f4f6f8" '
        f'stroke="#333333" data-item={quoteattr(key)}/>'
        f'<text x="{place[0]:.1f}" y="{place[1] + 4:.1f}" font-size="11" '
        f'text-anchor="middle">{text}</text>'
    )


def _legend(drawing: Drawing) -> list[str]:
    lines = [f"{key[:4]}  {label}" for key, label in zip(drawing.keys, drawing.labels, strict=True)]
    top = _SIZE + 66.0
    return [
        f'<text x="24" y="{top + 17 * row:.0f}" font-size="11">{escape(line)}</text>'
        for row, line in enumerate(lines)
    ]


def _without_own(edges: Array) -> Array:
    other: Array = np.where(np.eye(len(edges), dtype=bool), 0.0, edges)
    return other
