"""A small card for a notebook: a heading and a few facts, or a small table. HTML, escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

_CELL = "text-align:left;padding:.15rem .8rem .15rem 0"


def card(heading: str, facts: Mapping[str, object], *after: str) -> str:
    """Return a heading over a line a fact; what comes after is HTML already.

    Examples
    --------
    >>> card("A <table>", {})
    '<div><strong>A &lt;table&gt;</strong></div>'
    """
    lines = "".join(
        f'<tr><th scope="row" style="{_CELL};font-weight:normal">{escape(str(name))}</th>'
        f'<td style="{_CELL}">{escape(str(value))}</td></tr>'
        for name, value in facts.items()
    )
    table = f"<table>{lines}</table>" if lines else ""
    return f"<div><strong>{escape(heading)}</strong>{table}{''.join(after)}</div>"


def grid(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a small table.

    Examples
    --------
    >>> grid(["family", "AUROC"], [["linear", ".70"]]).count("<td")
    2
    """
    head = "".join(f'<th scope="col" style="{_CELL}">{escape(name)}</th>' for name in columns)
    body = "".join(
        "<tr>" + "".join(f'<td style="{_CELL}">{escape(str(v))}</td>' for v in row) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
