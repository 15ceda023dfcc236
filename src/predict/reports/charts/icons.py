"""A hundred people, filled from the top left in rows; one drawn figure, placed a hundred times."""

from __future__ import annotations

from functools import cache

from predict.drawing.svg import picture

STEP_X, STEP_Y = 24, 23
_FIGURE = (
    '<defs><g id="p"><circle cx="13" cy="8" r="3.6"/>'
    '<path d="M7.8 22v-4.6a5.2 5.2 0 0 1 10.4 0v4.6z"/></g></defs>'
)


def icon_array(filled: int, title: str, desc: str) -> str:
    """Return ten rows of ten figures with the first ``filled`` of them solid."""
    groups = [("f", 0, filled), ("o", filled, 100)]
    marks = [f'<g class="{css}">{_figures(a, b)}</g>' for css, a, b in groups if b > a]
    return picture("icons", 242, 232, "ia", title, desc, [_FIGURE, *marks])


@cache
def _figures(first: int, last: int) -> str:
    return "".join(
        f'<use href="#p" x="{STEP_X * (place % 10)}" y="{STEP_Y * (place // 10)}"/>'
        for place in range(first, last)
    )
