"""A network as a still picture: SVG text, the same bytes each time, symptoms always in one place.

Symptoms stand on a circle in the questionnaire's order, so pictures of several visits or groups can
be laid side by side. Blue lines go with more, red dashed lines with less; edges that are not stable
are grey and thin, and never named. From visit to visit the strongest edges that may be shown are
drawn, with an arrow head; a matrix beneath holds every estimate. A scale tells how wide a line is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray

from predict.analysis.networks.matrix import (
    matrix,
    matrix_height,
    matrix_width,
    other_edges,
    signed,
)
from predict.analysis.wording import refuse_causal_words

Array = NDArray[np.float64]
_SIZE, _WIDTH, _RING, _NODE = 480.0, 540.0, 165.0, 17.0
_MORE, _LESS, _GREY = "#1f5fa8", "#b2182b", "#b9bec6"
_WIDEST, _WIDEST_ARROW, _THIN = 7.0, 4.5, 0.8
_LIST = _SIZE + 114.0
# With more symptoms than these, straight lines run behind those they pass: they bend to the middle.
_STRAIGHT, _BEND = 11, 0.35
# More arrows than these cross one another until none can be followed; the matrix holds them all.
MOST_ARROWS = 20


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
    >>> svg.startswith("<svg"), svg.count("</path>")
    (True, 1)
    """
    items, drawn = len(drawing.keys), drawn_edges(drawing)
    places, foot = layout(items), _LIST + 17.0 * items
    size = (_WIDTH, foot)
    if drawing.directed:
        size = (max(_WIDTH, matrix_width(items)), foot + matrix_height(items))
    parts = [_head(drawing, *size), _arrows() if drawing.directed else ""]
    parts += [] if drawing.directed else _lines(drawing, places, _unsure(drawing))
    parts += _lines(drawing, places, drawn)
    parts += [_node(place, key) for place, key in zip(places, drawing.keys, strict=True)]
    parts += [*_scale(drawing, drawn), *_convention(drawing, drawn), *_legend(drawing)]
    if drawing.directed:
        parts += matrix(drawing.keys, drawing.labels, drawing.edges, drawing.stable, top=foot)
    return "\n".join(part for part in parts if part) + "\n</svg>\n"


def drawn_edges(drawing: Drawing) -> Array:
    """Return the edges drawn in colour, others 0: of arrows the strongest, :data:`MOST_ARROWS`.

    Examples
    --------
    >>> edges = np.array([[0.5, 0.4], [0.1, 0.5]])
    >>> picture = Drawing("", "", "ab", "ab", edges, edges > 0.2, directed=True)
    >>> drawn_edges(picture).tolist()
    [[0.0, 0.4], [0.0, 0.0]]
    """
    shown = _shown(drawing)
    if not drawing.directed:
        return shown
    order = np.argsort(-np.abs(shown), axis=None, kind="stable")
    chosen: Array = np.zeros(shown.size)
    chosen[order[:MOST_ARROWS]] = shown.ravel()[order[:MOST_ARROWS]]
    return chosen.reshape(shown.shape)


def _shown(drawing: Drawing) -> Array:
    shown: Array = np.where(drawing.stable, other_edges(drawing.edges), 0.0)
    return shown


def _unsure(drawing: Drawing) -> Array:
    grey: Array = np.where(drawing.stable, 0.0, other_edges(drawing.edges))
    return grey


def layout(items: int) -> Array:
    """Return the place of each item: a circle from the top, clockwise, in the list's order."""
    angle = 2.0 * np.pi * np.arange(items) / items - np.pi / 2.0
    middle = np.array([_SIZE / 2.0, _SIZE / 2.0 + 20.0])
    places: Array = middle + _RING * np.column_stack([np.cos(angle), np.sin(angle)])
    return places


def _head(drawing: Drawing, width: float, height: float) -> str:
    title, note = (
        escape(refuse_causal_words(drawing.title)),
        escape(refuse_causal_words(drawing.note)),
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" font-family="sans-serif">\n'
        f"<title>{title}</title>\n<desc>{note}</desc>\n"
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n'
        f'<text x="12" y="22" font-size="15" font-weight="bold">{title}</text>\n'
        f'<text x="12" y="40" font-size="11" fill="#444444">{note}</text>'
    )


def _arrows() -> str:
    marks = [
        f'<marker id="{name}" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="13" '
        f'markerHeight="13" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="{colour}"/></marker>'
        for name, colour in (("more", _MORE), ("less", _LESS))
    ]
    return f"<defs>{''.join(marks)}</defs>"


def _lines(drawing: Drawing, places: Array, edges: Array) -> list[str]:
    """Draw edges of one kind; grey ones come first, so that they lie underneath."""
    out, largest = [], float(np.abs(edges).max(initial=0.0))
    for i, j in zip(*np.nonzero(edges), strict=True):
        if not drawing.directed and j < i:
            continue
        stable = bool(drawing.stable[i, j])
        width = _width(drawing, abs(edges[i, j]) / largest) if stable else _THIN
        words = _edge_words(drawing, int(i), int(j), stable)
        ends = places[i], places[j], _BEND if len(places) > _STRAIGHT else 0.0
        out.append(_line(ends, edges[i, j], width, drawing.directed, stable, words))
    return out


def _width(drawing: Drawing, share: float) -> float:
    """Return how wide a line is by its share of the strongest one drawn."""
    return _THIN + ((_WIDEST_ARROW if drawing.directed else _WIDEST) - _THIN) * share


def _scale(drawing: Drawing, drawn: Array) -> list[str]:
    """Draw what the width and the kind of a line mean: a third of the strongest, and the strongest.

    Red is there only where a red line is.
    """
    largest, y = float(np.abs(drawn).max(initial=0.0)), _SIZE + 30.0
    kinds = [(1 / 3, _MORE, ""), (1.0, _MORE, "")] if largest else []
    kinds += [(-1.0, _LESS, "5 4")] if (drawn < 0).any() else []
    parts = []
    for place, (share, colour, dash) in enumerate(kinds):
        x = 24.0 + 104.0 * place
        style = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(
            f'<path d="M{x:.0f} {y:.0f}h40" stroke="{colour}" '
            f'stroke-width="{_width(drawing, abs(share)):.2f}"{style}/>'
            f'<text x="{x + 46:.0f}" y="{y + 4:.0f}" font-size="11">'
            f"{signed(share * largest)}</text>"
        )
    if not drawing.directed:
        parts.append(
            f'<path d="M336 {y:.0f}h40" stroke="{_GREY}" stroke-width="{_THIN}"/>'
            f'<text x="382" y="{y + 4:.0f}" font-size="11">not stable</text>'
        )
    return parts


def _convention(drawing: Drawing, drawn: Array) -> list[str]:
    """Say what a sign means, and how many arrows are not drawn."""
    when = " one visit later" if drawing.directed else ""
    lines = [
        f"Blue: more of one goes with more of the other{when}. Red, dashed: with less.",
        "High is worse in every symptom. A line's width is its size.",
    ]
    shown, few = int(np.count_nonzero(_shown(drawing))), int(np.count_nonzero(drawn))
    if drawing.directed and few < shown:
        lines.append(f"Drawn: the {few} strongest of {shown} arrows; the matrix holds all.")
    if drawing.directed and not shown:
        lines.append("No arrow may be shown.")
    return [
        f'<text x="24" y="{_SIZE + 54 + 15 * row:.0f}" font-size="11" fill="#444444">'
        f"{escape(refuse_causal_words(line))}</text>"
        for row, line in enumerate(lines)
    ]


def _edge_words(drawing: Drawing, i: int, j: int, stable: bool) -> str:
    joint = "comes before" if drawing.directed else "goes with"
    tail = "" if stable else " (not stable)"
    first, second = drawing.labels[i], drawing.labels[j]
    return f"{first} {refuse_causal_words(joint)} {second}: {drawing.edges[i, j]:.2f}{tail}"


def _line(
    ends: tuple[Array, Array, float],
    value: float,
    width: float,
    directed: bool,
    stable: bool,
    words: str,
) -> str:
    a, bend, b = _bent(*ends, 6.0 if directed else 0.0)
    kind = "grey" if not stable else ("more" if value > 0 else "less")
    colour = {"grey": _GREY, "more": _MORE, "less": _LESS}[kind]
    dash = ' stroke-dasharray="5 4"' if kind == "less" else ""
    head = f' marker-end="url(#{kind})"' if directed else ""
    return (
        f'<path d="M{a[0]:.1f} {a[1]:.1f}Q{bend[0]:.1f} {bend[1]:.1f} {b[0]:.1f} {b[1]:.1f}" '
        f'fill="none" stroke="{colour}" stroke-width="{width:.2f}"{dash}{head}>'
        f"<title>{escape(words)}</title></path>"
    )


def _bent(start: Array, end: Array, much: float, aside: float) -> tuple[Array, Array, Array]:
    """Return where a line begins, what it bends to and where it ends; ``aside`` of its return."""
    middle = (start + end) / 2.0
    centre = np.array([_SIZE / 2.0, _SIZE / 2.0 + 20.0])
    along = (end - start) / np.linalg.norm(end - start)
    side = np.array([-along[1], along[0]]) * aside
    bend = middle + much * (centre - middle)
    first, last = (towards / np.linalg.norm(towards) for towards in (bend - start, bend - end))
    return start + first * _NODE + side, bend + side, end + last * _NODE + side


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
    top = _LIST
    return [
        f'<text x="24" y="{top + 17 * row:.0f}" font-size="11">{escape(line)}</text>'
        for row, line in enumerate(lines)
    ]
