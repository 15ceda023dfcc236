"""Lines of one shape: once a response was parsed, its likes are read by a pattern made of it.

A line that the pattern matches as a whole differs from the parsed one in the contents of strings
alone, so that parsing it would give the same structure. Strings that decide how it is read (type,
status, linkIds, systems of codes) and the words of items must be equal; those that are read
(subject, day, answer codes and their words) are taken; the others may be anything. What does not
match is parsed, and so is a line in which the words of an answer contradict its code.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from predict.cohort.formats.fhir_codes import system_of
from predict.cohort.formats.fhir_displays import answer_contradicts
from predict.cohort.formats.fhir_records import Extraction, Record
from predict.cohort.formats.fhir_versions import version_text
from predict.cohort.formats.translated import Tally

# A string in JSON text, and whether it is a key.
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?')
_ANY = r'[^"\\\x00-\x1f]*'
_VERSIONED = {("version", "v"), ("version", "t")}
MOST_SHAPES, MOST_MISSES, MOST_PAIRS = 8, 200, 1_000


@dataclass(frozen=True)
class Shape:
    """A pattern of lines, and what each string that it takes is.

    ``roles`` are ``id``, ``subject``, ``day``, ``version`` (v, a number, or t, a time), or
    ``read``, ``said`` (the words of one) and ``unread`` with an answer's column. ``systems`` are
    those of the codes read, by column.
    """

    pattern: re.Pattern[str]
    roles: tuple[tuple[str, str], ...]
    systems: Mapping[str, str]

    @cached_property
    def worded(self) -> tuple[tuple[int, int], ...]:
        """The places of each code that is read and of the words beside it."""
        said = {column: place for place, (role, column) in enumerate(self.roles) if role == "said"}
        places = enumerate(self.roles)
        return tuple((n, said[c]) for n, (role, c) in places if role == "read" and c in said)


class Shapes:
    """The shapes met so far in one file."""

    def __init__(self, task: Extraction) -> None:
        self.task = task
        self._shapes: list[Shape] = []
        self._texts: dict[tuple[str, str, str], str] = {}
        self._misses = 0
        self._agreed: set[tuple[str, str]] = set()

    def taken(self, line: str) -> tuple[Record, str] | None:
        """Return a line's record and the resource's id; None where it must be parsed."""
        for shape in self._shapes:
            match = shape.pattern.fullmatch(line)
            if match:
                strings = match.groups()
                return self._record(shape, strings) if self._agree(shape, strings) else None
        self._misses += 1
        return None

    def _agree(self, shape: Shape, strings: tuple[str, ...]) -> bool:
        """Whether no words beside a code of a line are those of another answer."""
        pairs = [(strings[code], strings[said]) for code, said in shape.worded]
        if self._agreed.issuperset(pairs):  # as nearly always: pairs are few
            return True
        if any(answer_contradicts(code, said) for code, said in pairs):
            return False
        if len(self._agreed) < MOST_PAIRS:
            self._agreed.update(pairs)
        return True

    def learn(self, line: str, resource: Any) -> None:
        """Make a shape of a parsed line, if it gives the record that parsing gives."""
        room = len(self._shapes) < MOST_SHAPES and self._misses < MOST_MISSES
        if not room or "\\" in line or resource.get("resourceType") != "QuestionnaireResponse":
            return
        task = replace(self.task, tally=Tally(), unread=Counter(), quick={})
        self._texts = {key: task.number(number) for key, number in task.codes.numbers.items()}
        shape, record = shape_of(line, task), task.record(resource)
        match = shape.pattern.fullmatch(line) if shape else None
        if shape and match and record and not task.tally.counts:
            mine = Shapes(replace(task, unread=Counter()))
            mine._texts = self._texts
            if mine._record(shape, match.groups()) == (record, str(resource.get("id", ""))):
                self._shapes.append(shape)

    def _record(self, shape: Shape, strings: tuple[str, ...]) -> tuple[Record, str] | None:
        record, name, unread = Record("", ""), "", []
        for (role, column), text in zip(shape.roles, strings, strict=True):
            if role == "read":
                cell = self._texts.get((column, shape.systems[column], text))
                if cell is None:
                    return None
                record.cells[column] = cell
            elif role == "unread":
                unread.append(column)
            elif role == "subject":
                record.person = self.task.subject({"subject": {"reference": text}})
            elif role == "day":
                record.day = text[:10]
            elif role == "version":
                record.version = version_text(column, text)
            elif role == "id":
                name = record.name = text
        if not record.day or (not record.version and _VERSIONED & set(shape.roles)):
            return None
        self.task.unread.update(unread)
        self.task.read += bool(record.cells)
        return record, name


def shape_of(line: str, task: Extraction) -> Shape | None:
    """Return the shape of a line; None where more than plain codings is read of it."""
    marks = iter(range(1 << 30))
    marked = _STRING.sub(lambda m: m[0] if m[2] else f'"{next(marks)}"', line)
    values = [match[1] for match in _STRING.finditer(line) if not match[2]]
    try:
        resource = json.loads(marked)
        if "contained" in resource:
            return None
        fixed = {int(resource["resourceType"]), int(resource["status"])}
        versions: dict[int, tuple[str, str]] = {}
        roles = {int(resource["subject"]["reference"]): ("subject", "")}
        roles[int(resource["authored"])] = ("day", "")
        if "id" in resource:
            roles[int(resource["id"])] = ("id", "")
        for key, kind in (("lastUpdated", "t"), ("versionId", "v")):
            if key in resource.get("meta", {}):
                versions[int(resource["meta"][key])] = ("version", kind)
        roles |= dict([*versions.items()][-1:])
        systems: dict[str, str] = {}
        for link, coding in _codings(resource["item"]):
            column, system = task.codes.column(values[int(link)]), coding["system"]
            roles[int(coding["code"])] = ("read" if task.reads(column) else "unread", column)
            if task.reads(column) and "display" in coding:
                roles[int(coding["display"])] = ("said", column)
            systems[column] = system_of({"system": values[int(system)]})
            fixed.add(int(system))
        fixed |= set(_links(resource["item"]))
    except (KeyError, TypeError, ValueError):
        return None
    columns = [column for role, column in roles.values() if role == "read"]
    if len(set(columns)) < len(columns):
        return None
    ordered = tuple(roles[place] for place in sorted(roles))
    return Shape(re.compile(_pattern(line, fixed, set(roles))), ordered, systems)


def _codings(items: Any) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The link and the coding of each answer; a ValueError where one is no plain coding."""
    for item in items:
        for answer in item.get("answer", ()):
            coding = answer.get("valueCoding", {})
            plain = len(item["answer"]) == 1 and set(answer) == {"valueCoding"}
            if not plain or "system" not in coding or "extension" in coding:
                raise ValueError("more than a plain coding")
            yield item["linkId"], coding
        yield from _codings(item.get("item", ()))


def _links(items: Any) -> Iterator[int]:
    """The links of items, and their words."""
    for item in items:
        yield int(item["linkId"])
        if "text" in item:
            yield int(item["text"])
        yield from _links(item.get("item", ()))


def _pattern(line: str, fixed: set[int], groups: set[int]) -> str:
    """The line as a pattern: keys and what lies between strings as they are."""
    parts, end, place = [], 0, 0
    for match in _STRING.finditer(line):
        parts.append(re.escape(line[end : match.start()]))
        end = match.end()
        if match[2] or place in fixed:
            parts.append(re.escape(match[0]))
        else:
            parts.append(f'"({_ANY})"' if place in groups else f'"{_ANY}"')
        place += not match[2]
    return "".join(parts) + re.escape(line[end:])
