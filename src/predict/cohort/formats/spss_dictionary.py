"""What an SPSS file says of itself: its columns, their labels, codes and missing values.

Read here and not by a library: damaged headers end the process inside pyreadstat 1.3.7, and a
process of its own to try each file first costs more than reading it. Source: the PSPP developers'
guide, "System File Format"; https://www.gnu.org/software/pspp/pspp-dev/.
"""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from predict.cohort.formats.spss_records import (
    LETTERS,
    DamagedHeader,
    Fields,
    Raw,
    Records,
    exactly,
)

HEADER = 176
WORD = 8
# A segment of a longer text: 255 letters in 32 words; a text has one for every 252 letters.
_SEGMENT = 252
_COMPRESSIONS = (0, 1, 2)
# Files that say ASCII hold the letters of Windows all the same.
_WINDOWS = "cp1252"
_CODE_PAGES = {1: "cp037", 2: _WINDOWS, 3: _WINDOWS, 65001: "utf-8", 10000: "mac-roman"}


@dataclass(frozen=True)
class Variable:
    """A column: where it stands in a row of words of eight bytes.

    Parameters
    ----------
    short : str
        Its name of eight letters, by which the header's records know it.
    name, label : str
    width : int
        Letters of a text; 0 for a number.
    place, words : int
        The first word of a row, and how many.
    form : int
        SPSS' number of the format it is shown in.
    missing : tuple
        ``{"lo": ..., "hi": ...}`` of each code or range that means no answer.
    labels : mapping of code -> words
    """

    short: str
    name: str
    label: str
    width: int
    place: int
    words: int
    form: int
    missing: tuple[dict[str, Any], ...] = ()
    labels: Mapping[Any, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Dictionary:
    """An SPSS file's header, under the names that pyreadstat gives its parts.

    Parameters
    ----------
    variables : tuple of Variable
    order : str
        ``<`` or ``>``: the order of bytes.
    compression : int
        0 none, 1 by bytes, 2 by zlib.
    bias, blank : float
        What a byte's number is raised by; the number that stands for no answer.
    data : int
        Where the rows begin.
    words : int
        Words of a row.
    number_rows : int or None
        As the file states.
    encoding : str
    """

    variables: tuple[Variable, ...]
    order: str
    compression: int
    bias: float
    blank: float
    data: int
    words: int
    number_rows: int | None
    encoding: str

    @property
    def column_names(self) -> list[str]:
        """Names of the columns."""
        return [variable.name for variable in self.variables]

    @property
    def readstat_variable_types(self) -> dict[str, str]:
        """Whether each column is text."""
        return {v.name: "string" if v.width else "double" for v in self.variables}

    @property
    def column_names_to_labels(self) -> dict[str, str]:
        """The question of each column."""
        return {v.name: v.label for v in self.variables}

    @property
    def variable_value_labels(self) -> dict[str, Mapping[Any, str]]:
        """The meaning of each column's codes, where there is any."""
        return {v.name: v.labels for v in self.variables if v.labels}

    @property
    def missing_ranges(self) -> dict[str, list[dict[str, Any]]]:
        """The codes and ranges of each column that mean no answer."""
        return {v.name: list(v.missing) for v in self.variables if v.missing}


def read_dictionary(opened: BinaryIO, encoding: str = "") -> Dictionary:
    """Return what a file says of itself; ``encoding`` overrides what it says of its text.

    Raises
    ------
    DamagedHeader
    UnicodeDecodeError, LookupError
        When text is in another encoding, or in one that is not known.
    """
    header = exactly(opened, HEADER)
    order = next((o for o in "<>" if struct.unpack(f"{o}i", header[64:68])[0] in (2, 3)), "")
    if not order:
        raise DamagedHeader
    compression, _, rows = struct.unpack(f"{order}3i", header[72:84])
    (bias,) = struct.unpack(f"{order}d", header[84:92])
    if compression not in _COMPRESSIONS or not rows >= -1:
        raise DamagedHeader
    found = Records(opened, order).read()
    letters = codecs.lookup(encoding or _encoding_of(found)).name
    variables = _Naming(found, letters).variables()
    words = sum(max(1, -(-raw.width // WORD)) for raw in found.variables if raw.width >= 0)
    if not variables or words != len(found.variables):
        raise DamagedHeader
    stated = {count for count in (rows, found.rows) if count is not None and count >= 0}
    if len(stated) > 1 and max(stated) < 1 << 31:
        raise DamagedHeader
    return Dictionary(variables, order, compression, bias, found.blank, opened.tell(), words,
                      max(stated, default=None), letters)  # fmt: skip


def _encoding_of(found: Records) -> str:
    """What the file says of its text: by name, else by the number of a code page."""
    named = found.extensions.get(20, b"").strip(b"\x00 ").decode("ascii", "replace")
    if named:
        return named
    numbers = found.extensions.get(3, b"")
    page = int(struct.unpack(f"{found.order}i", numbers[28:32])[0]) if len(numbers) >= 32 else 2
    if 28591 <= page <= 28606:
        return f"iso8859-{page - 28590}"
    return _CODE_PAGES.get(page, f"cp{page}")


def _key(name: bytes) -> str:
    return name.decode("latin-1").strip("\x00 ").upper()


def text_of(data: bytes, letters: str) -> str:
    """Return text without what fills it up; SPSS may have cut it inside its last letter.

    >>> text_of("tä".encode()[:2] + b"  ", "utf-8")
    't'
    """
    return codecs.getincrementaldecoder(letters)().decode(data.rstrip(b" \x00"))


@dataclass(frozen=True)
class _Naming:
    """Makes columns of the records: long names, long texts, labels."""

    found: Records
    letters: str

    def variables(self) -> tuple[Variable, ...]:
        """Return the columns, a long text as one."""
        longer = {name: int(width) for name, width in self._pairs(14) if width.isdigit()}
        names = {name: self._text(long) for name, long in self._pairs(13)}
        columns, skip = list[Variable](), 0
        for place, raw in enumerate(self.found.variables):
            if raw.width < 0:
                continue
            if skip:
                skip -= 1
                continue
            column = self._column(raw, place)
            width = int(longer.get(column.short, 0))
            if width > LETTERS:
                skip = -(-width // _SEGMENT) - 1
                column = replace(column, width=width, words=self._span(place, skip + 1))
            named = names.get(column.short) or self._text(raw.name)
            columns.append(replace(column, name=named))
        return tuple(self._labelled(columns))

    def _span(self, place: int, segments: int) -> int:
        """Words of so many segments from a place on."""
        ends = place
        for _ in range(segments):
            if ends >= len(self.found.variables):
                raise DamagedHeader
            ends += max(1, -(-self.found.variables[ends].width // WORD))
        return ends - place

    def _column(self, raw: Raw, place: int) -> Variable:
        # Its eight bytes may end inside a letter: it is a key, whatever it spells.
        short, label = _key(raw.name), self._text(raw.label)
        words = max(1, -(-raw.width // WORD))
        return Variable(short, "", label, raw.width, place, words, raw.form,
                        tuple(self._missing(raw)))  # fmt: skip

    def _missing(self, raw: Raw) -> Iterator[dict[str, Any]]:
        values = [self._value(value, raw.width) for value in raw.missing]
        if raw.is_range:
            low, high, *values = values
            yield {"lo": low, "hi": high}
        yield from ({"lo": value, "hi": value} for value in values)

    def _value(self, data: bytes, width: int) -> Any:
        return self._text(data[:width]) if width else self.found.number(data)

    def _text(self, data: bytes) -> str:
        return text_of(data, self.letters)

    def _pairs(self, kind: int) -> Iterator[tuple[str, bytes]]:
        """Pairs of short name and what is stated of it, of a record of text."""
        for part in re.split(rb"[\t\x00]+", self.found.extensions.get(kind, b"")):
            name, mark, value = part.partition(b"=")
            if mark:
                yield _key(name), value.strip(b"\x00 ")

    def _labelled(self, columns: list[Variable]) -> Iterator[Variable]:
        """The columns with their codes' words, and what the file says of long texts."""
        of_word: dict[int, list[tuple[bytes, bytes]]] = {}
        for pairs, words in self.found.labels:
            for word in words:
                of_word.setdefault(word - 1, []).extend(pairs)
        texts, missing = self._long_labels(), self._long_missing()
        for column in columns:
            own = {
                self._value(value, column.width): self._text(label)
                for value, label in of_word.get(column.place, ())
            }
            more = missing.get(column.name, ())
            yield replace(
                column,
                labels={**own, **texts.get(column.name, {})},
                missing=(*column.missing, *({"lo": word, "hi": word} for word in more)),
            )

    def _long_labels(self) -> dict[str, dict[str, str]]:
        """The meaning of texts of more than eight letters, by column."""
        fields = Fields(self.found.extensions.get(21, b""), self.found.order)
        meant: dict[str, dict[str, str]] = {}
        while fields.left:
            name = self._text(fields.sized())
            fields.number()
            pairs = [(fields.sized(), fields.sized()) for _ in range(fields.number())]
            meant[name] = {self._text(value): self._text(label) for value, label in pairs}
        return meant

    def _long_missing(self) -> dict[str, list[str]]:
        """The texts of more than eight letters that mean no answer, by column."""
        fields = Fields(self.found.extensions.get(22, b""), self.found.order)
        meant: dict[str, list[str]] = {}
        while fields.left:
            name, count, length = self._text(fields.sized()), fields.take(1)[0], fields.number()
            meant[name] = [self._text(fields.take(length)) for _ in range(count)]
        return meant
