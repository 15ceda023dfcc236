"""Columns that a proposal leaves out, told in few lines: by reason, and like names together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

# A row of names that differ in their numbers only is told by its ends from so many on.
FEWEST_ALIKE = 5
WIDTH = 90


def left_out_lines(left_out: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of a study's end: the columns of each reason, and the reason once.

    Parameters
    ----------
    left_out : mapping of column -> reason

    Examples
    --------
    >>> items = {f"ahi{n:02}": "an own form?" for n in range(1, 25)}
    >>> for line in left_out_lines(items | {"note": "text of many values"}):
    ...     print(line)
    #   ahi01 ... ahi24 (24): an own form?
    #   note: text of many values
    """
    columns: dict[str, list[str]] = {}
    for column, reason in left_out.items():
        columns.setdefault(reason, []).append(column)
    for reason, names in columns.items():
        *first, last = _lines(_like_names(names))
        yield from (f"#   {line}" for line in first)
        yield f"#   {last}: {reason}"


def _lines(names: Iterator[str]) -> Iterator[str]:
    """Names one after another, none cut, in lines that are read without scrolling."""
    line = ""
    for name in names:
        if line and len(line) + len(name) > WIDTH:
            yield f"{line},"
            line = ""
        line += f", {name}" if line else name
    yield line


def _like_names(names: Sequence[str]) -> Iterator[str]:
    """Names, those alike but for their numbers by the first and the last, and how many."""
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(re.sub(r"\d+", "#", name), []).append(name)
    for some in alike.values():
        if len(some) < FEWEST_ALIKE:
            yield from some
        else:
            yield f"{some[0]} ... {some[-1]} ({len(some)})"
