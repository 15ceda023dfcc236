"""What sections of the model report are made of: sentences, tables and figures, as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from predict.definitions.wording import Catalogue, digits_that_show
from predict.statistics.disclosure import SMALLEST_CELL, Mask, Told

Block = dict[str, Any]
DASH = "–"


def sentence(key: str, **facts: Any) -> Block:
    """Return a sentence of the catalogue with its facts."""
    return {"say": key, **facts}


def section(*parts: Block) -> dict[str, Any]:
    """Return a section's blocks in order, each under its kind."""
    return {"blocks": [dict(part, block=_kind(part)) for part in parts if part]}


def _kind(part: Block) -> str:
    if "say" in part:
        return "say"
    return "figure" if "kind" in part else "table"


@dataclass(frozen=True)
class Content:
    """Tables, figures and cells in the words and numbers of one language.

    Examples
    --------
    >>> from predict.definitions.wording import load_catalogue
    >>> content = Content(load_catalogue("en"))
    >>> [content.cell(value) for value in (0.6666, 12, None, "a")]
    ['0.667', '12', '–', 'a']
    """

    say: Catalogue

    def table(
        self, caption: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], **facts: Any
    ) -> Block:
        """Return a table whose cells are texts; the first column names the row.

        Parameters
        ----------
        caption : str
            Key of its sentence.
        columns : sequence of str
            Keys of their titles, under ``column``.
        facts
            What the places of caption and titles are filled with.
        """
        titles = [self.say(f"column.{key}", **facts) for key in columns]
        return self.titled(self.say(caption, **facts), titles, rows)

    def titled(self, caption: str, titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> Block:
        """Return a table whose caption and titles are words already."""
        body = [[self.cell(cell) for cell in row] for row in rows]
        right = [all(self._is_number(r[i]) for r in body if r[i]) for i in range(len(titles))]
        columns = [
            {"title": title, "right": numbers and place > 0}
            for place, (title, numbers) in enumerate(zip(titles, right, strict=True))
        ]
        return {"caption": caption, "columns": columns, "rows": body, "note": ""}

    def _is_number(self, cell: str | Told) -> bool:
        text = str(cell.value) if isinstance(cell, Told) else cell
        return text[:1].isdigit() or text[:1] in "−–+<." or text in (self.few, DASH)

    def figure(
        self,
        kind: str,
        title: str,
        reading: str | Told,
        data: Mapping[str, Any],
        of: Block | None = None,
    ) -> Block:
        """Return a figure: what to draw, the key of its title, what it shows in words, its data."""
        said = {"title": self.say(title), "reading": reading}
        return {"kind": kind, **said, "data": dict(data), "table": of}

    @property
    def few(self) -> str:
        """What stands in place of a count that could point at somebody."""
        return self.say("cell.few")

    def people(self, group: Mask) -> Told:
        """Return a count of people as printed, decided together with all counts of the report."""
        return Told(self.say.number(int(group.sum())), (group,), self.few)

    def resting(self, value: Any, *groups: Mask, instead: str = "cell.few") -> Told:
        """Return what follows from counts of these groups, and goes when one of them goes."""
        return Told(value, groups, self.say(instead))

    def cell(self, value: Any) -> str | Told:
        """Return a cell as printed: numbers short, missing as a dash."""
        if isinstance(value, Told):
            return value
        if value is None or value != value:
            return DASH
        if isinstance(value, bool):
            return self.say("answers.yes" if value else "answers.no")
        if isinstance(value, int) or (
            isinstance(value, float) and value.is_integer() and abs(value) >= 10
        ):
            return self.say.whole(value)
        return self.say.fixed(value, 3) if isinstance(value, float) else str(value)

    def span_in_100(self, row: Mapping[str, Any]) -> str:
        """Return the ends of an interval of a share, in 100 and in brackets; nothing without one.

        Examples
        --------
        >>> from predict.definitions.wording import load_catalogue
        >>> content = Content(load_catalogue("en"))
        >>> content.span_in_100({"low": 0.6, "high": 0.7}), content.span_in_100({"low": None})
        (' (60 to 70)', '')
        """
        low, high = row.get("low"), row.get("high")
        if low is None or high is None or low != low or high != high:
            return ""
        return f" ({self.span(100 * low, 100 * high, 0)})"

    def span(self, low: float, high: float, digits: int) -> str:
        """Return two ends as printed: ``60 to 70``."""
        ends = {"low": self.say.fixed(low, digits), "high": self.say.fixed(high, digits)}
        return self.say("format.span", **ends)

    def ranged(self, row: Mapping[str, Any], digits: int = 3) -> str:
        """Return an estimate with its interval.

        Examples
        --------
        >>> from predict.definitions.wording import load_catalogue
        >>> content = Content(load_catalogue("en"))
        >>> content.ranged({"estimate": 0.6512, "low": 0.6, "high": 0.7}, digits=2)
        '0.65 (0.60 to 0.70)'
        """
        value, low, high = (row.get(key) for key in ("estimate", "low", "high"))
        if value is None or value != value:
            return DASH
        shown = self.say.fixed(value, digits)
        if low is None or low != low or high is None or high != high:
            return shown
        return f"{shown} ({self.span(low, high, digits)})"

    def gap(self, row: Mapping[str, Any], digits: int = 3) -> str:
        """Return a difference with its interval, in as many digits as show its sign.

        Examples
        --------
        >>> from predict.definitions.wording import load_catalogue
        >>> content = Content(load_catalogue("en"))
        >>> content.gap({"estimate": -0.0004, "low": -0.0009, "high": -0.0001})
        '−0.0004 (−0.0009 to −0.0001)'
        """
        ends = [row.get(key) for key in ("estimate", "low", "high")]
        return self.ranged(row, digits_that_show(*ends, least=digits))

    def counted(self, n: float) -> str:
        """Return a count of people, or that it is not shown where it could point at somebody.

        Examples
        --------
        >>> from predict.definitions.wording import load_catalogue
        >>> content = Content(load_catalogue("en"))
        >>> content.counted(412), content.counted(7), content.counted(0)
        ('412', 'not shown', '0')
        """
        if n != n:
            return DASH
        return self.few if 0 < n < SMALLEST_CELL else self.say.number(n)

    def few_in_100(self, share: float, people: int) -> str:
        """Return a share in 100 of so many people; not shown where it counts 1 to 10 of them.

        Examples
        --------
        >>> from predict.definitions.wording import load_catalogue
        >>> content = Content(load_catalogue("en"))
        >>> [content.few_in_100(share, 295) for share in (0.02, 0.2, 0.0)]
        ['not shown', '20', '0']
        """
        if 0 < round(share * people) < SMALLEST_CELL:
            return self.few
        return self.say.fixed(100 * share, 0)
