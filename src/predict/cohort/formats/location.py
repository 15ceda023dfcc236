"""Where a table lies: a path, or ``FORMAT:PATH?key=value``, which also says how to read it."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

# Stands for a format where the bytes tell it, so that options may follow.
ANY = "table"
_NAMED = re.compile(r"^([a-z][a-z0-9_-]+):(.+)$", re.DOTALL)
# A path object joins the two slashes of an address.
_JOINED = re.compile(r"^(https?:/)(?=[^/])")


@dataclass(frozen=True)
class Location:
    """A table's place, the format that it is said to have, and what to read of it.

    Parameters
    ----------
    path : str
        Path, or the address of a service.
    form : str
        Key of `FORMATS`; empty where the bytes tell.
    options : tuple of (key, value)
        What stands behind the question mark, such as ``sheet`` or ``table``.
    """

    path: str
    form: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        if not self.options:
            return f"{self.form}:{self.path}" if self.form else self.path
        return f"{self.form or ANY}:{self.path}?{urlencode(self.options)}"

    def at(self, path: Path | str) -> Location:
        """Return the same with another path."""
        return replace(self, path=str(path))

    def stating(self, *, form: str = "", **options: str | int | None) -> Location:
        """Return the same with a format and options stated beside it, where they are.

        >>> str(Location("people.xlsx").stating(form="excel", sheet="Data", expect_rows=None))
        'excel:people.xlsx?sheet=Data'
        """
        stated = {key: str(value) for key, value in options.items() if value not in ("", None)}
        pairs = tuple({**dict(self.options), **stated}.items())
        return replace(self, form=form or self.form, options=pairs)


def located(table: Path | str, forms: Collection[str]) -> Location:
    """Return a table's place; a path that is there is one, whatever its name looks like.

    Examples
    --------
    >>> located("duckdb:clinic.duckdb?table=visits", ["duckdb"])
    Location(path='clinic.duckdb', form='duckdb', options=(('table', 'visits'),))
    >>> located("C:/people.csv", ["csv"]).path
    'C:/people.csv'
    """
    text = str(table)
    named = _NAMED.match(text)
    if named is None or named[1] not in {*forms, ANY} or os.path.exists(text):  # noqa: PTH110 - raises nothing
        return Location(text)
    path, _, options = named[2].partition("?")
    pairs = parse_qsl(options, keep_blank_values=True)
    form = "" if named[1] == ANY else named[1]
    return Location(_JOINED.sub(r"\1/", path), form, tuple(pairs))
