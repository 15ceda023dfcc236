"""The few marks every drawing is made of; numbers with one decimal, text always escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


def num(value: float) -> str:
    """Return a coordinate with at most one decimal.

    >>> num(12.04), num(3.25)
    ('12', '3.2')
    """
    return f"{value:.1f}".removesuffix(".0")


def text(x: float, y: float, words: str, css: str = "ts", anchor: str = "", key: str = "") -> str:
    """Return a text mark; ``key`` is the fact it prints."""
    side = f' text-anchor="{anchor}"' if anchor else ""
    fact = f' data-f="{key}"' if key else ""
    return f'<text class="{css}" x="{num(x)}" y="{num(y)}"{side}{fact}>{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    """Return a straight line."""
    ends = f'x1="{num(x1)}" y1="{num(y1)}" x2="{num(x2)}" y2="{num(y2)}"'
    return f'<line class="{css}" {ends}/>'


def rect(x: float, y: float, width: float, height: float, css: str, round_: float = 0) -> str:
    """Return a box, with rounded corners where asked."""
    corner = f' rx="{num(round_)}"' if round_ else ""
    place = f'x="{num(x)}" y="{num(y)}" width="{num(max(width, 0))}" height="{num(max(height, 0))}"'
    return f'<rect class="{css}" {place}{corner}/>'


def circle(x: float, y: float, radius: float, css: str) -> str:
    """Return a dot."""
    return f'<circle class="{css}" cx="{num(x)}" cy="{num(y)}" r="{num(radius)}"/>'


def picture(
    css: str, width: float, height: float, name: str, title: str, desc: str, marks: Iterable[str]
) -> str:
    """Return a drawing with its title (the number) and description (a full reading).

    Without a title it is decoration and hidden from readers of text.
    """
    box = f'viewBox="0 0 {num(width)} {num(height)}"'
    if not title:
        inside = "".join(marks)
        return f'<svg class="{css}" {box} aria-hidden="true" focusable="false">{inside}</svg>'
    named = f'role="img" aria-labelledby="{name}-t {name}-d"'
    texts = f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(desc)}</desc>'
    return f'<svg class="{css}" {box} {named}>{texts}{"".join(marks)}</svg>'
