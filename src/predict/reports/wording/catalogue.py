"""Sentences by key, with places for facts: the only place where a page's prose is written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from predict.errors import UsageError, unknown_name

LONGEST = 2000  # of any printed fact; sections cut fields of people far shorter
_PIECE = re.compile(r"\{([A-Za-z0-9_.]+)\}|(\*\*)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def clean(value: object, *, longest: int = 200) -> str:
    """Return a field as text without control or direction marks, cut to a length.

    Examples
    --------
    >>> clean("A\\x00B\\u202eC", longest=3)
    'ABC'
    """
    text = str(value)
    if not text.isprintable():
        text = _CONTROL.sub("", text.replace("\t", " ").replace("\n", " "))
    return text if len(text) <= longest else text[: longest - 1] + "…"


def lookup(facts: Mapping[str, Any], path: str) -> Any:
    """Return the fact under a dotted path; list entries are counted from 0."""
    value: Any = facts
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, (list, tuple)) else value[step]
    return value


@dataclass(frozen=True)
class Catalogue:
    """All sentences of one language.

    A sentence holds places such as ``{percent}`` and ``**strong**`` words. Written into a page,
    each place carries the key of the fact it shows (``data-f``), so that the page can be checked
    against its facts.
    """

    language: str
    sentences: Mapping[str, tuple[tuple[str, str], ...]]

    def has(self, key: str) -> bool:
        """Return whether a sentence of this key exists."""
        return key in self.sentences

    def html(self, key: str, facts: Mapping[str, Any], at: str) -> str:
        """Return a sentence as HTML, its facts escaped and keyed under the path ``at``."""
        parts: list[str] = []
        strong = False
        for kind, piece in self.sentences[key]:
            if kind == "text":
                parts.append(piece)
            elif kind == "strong":
                parts.append("</b>" if strong else "<b>")
                strong = not strong
            else:
                parts.append(keyed(lookup(facts, piece), f"{at}.{piece}" if at else piece))
        return "".join(parts)

    def text(self, key: str, facts: Mapping[str, Any]) -> str:
        """Return a sentence as plain text."""
        words = (
            escape_not(piece) if kind == "text" else str(lookup(facts, piece))
            for kind, piece in self.sentences[key]
            if kind != "strong"
        )
        return "".join(words)


def keyed(value: object, path: str) -> str:
    """Return a printed fact: escaped, kept apart in reading direction, with its key."""
    return f'<span data-f="{path}">{escape(clean(value, longest=LONGEST))}</span>'


def escape_not(piece: str) -> str:
    """Return catalogue text as it was before escaping."""
    return piece.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")


def languages() -> tuple[str, ...]:
    """Return the languages for which a catalogue exists."""
    folder = files("predict.reports.wording")
    return tuple(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".toml")))


@cache
def load_catalogue(language: str = "en") -> Catalogue:
    """Read the sentences of a language.

    Raises
    ------
    UsageError
        When there is no catalogue of that language.
    """
    if language not in languages():
        raise UsageError(unknown_name("language", language, languages()))
    text = files("predict.reports.wording").joinpath(f"{language}.toml").read_text("utf-8")
    flat = _flatten(tomllib.loads(text))
    return Catalogue(language, {key: _split(value) for key, value in flat.items()})


def _flatten(table: Mapping[str, Any], before: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        path = f"{before}{key}"
        flat |= _flatten(value, f"{path}.") if isinstance(value, dict) else {path: value}
    return flat


def _split(sentence: str) -> tuple[tuple[str, str], ...]:
    """Cut a sentence into text, places and marks of strong words."""
    parts: list[tuple[str, str]] = []
    end = 0
    for match in _PIECE.finditer(sentence):
        parts.append(("text", escape(sentence[end : match.start()], quote=False)))
        parts.append(("strong", "") if match.group(2) else ("fact", match.group(1)))
        end = match.end()
    parts.append(("text", escape(sentence[end:], quote=False)))
    return tuple(part for part in parts if part != ("text", ""))
