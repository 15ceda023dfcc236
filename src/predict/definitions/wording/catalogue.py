"""Sentences by key, with places for facts: the only place where prose is written."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property, lru_cache
from html import escape
from importlib.resources import files
from typing import Any

from predict.errors import UsageError, unknown_name

ENGLISH = "en"
NAMED = "named."  # labels of data files; a language may leave them as they are
LONGEST = 2000  # of any printed fact; sections cut fields of people far shorter
_SPECIAL = re.compile("[&<>\"']")
_PIECE = re.compile(r"\{([A-Za-z0-9_.]+)\}|(\*\*)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
Sentence = tuple[tuple[str, str], ...]


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
    for step in _steps(path):
        value = value[int(step)] if isinstance(value, (list, tuple)) else value[step]
    return value


@lru_cache(4096)
def _steps(path: str) -> tuple[str, ...]:
    """Return the steps of a path; pages ask for the same ones again and again."""
    return tuple(path.split("."))


def humanize(name: str) -> str:
    """Return a name of the study as words.

    Examples
    --------
    >>> humanize("round_one_end")
    'round one end'
    """
    return name.replace("_", " ").strip()


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All sentences of one language.

    A sentence holds places such as ``{percent}`` and ``**strong**`` words. Written into a page,
    each place carries the key of the fact it shows (``data-f``), so that the page can be checked
    against its facts.
    """

    language: str
    sentences: Mapping[str, Sentence]

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

    def text(self, key: str, facts: Mapping[str, Any] | None = None) -> str:
        """Return a sentence as plain text."""
        words = [
            escape_not(piece) if kind == "text" else str(lookup(facts or {}, piece))
            for kind, piece in self.sentences[key]
            if kind != "strong"
        ]
        return "".join(words)

    def __call__(self, key: str, /, **facts: Any) -> str:
        """Return a sentence as plain text, its places filled by name."""
        return self.text(key, facts)

    def head(self, key: str, facts: Mapping[str, Any]) -> str:
        """Return the strong words that a sentence begins with; all of it where it has none."""
        kinds = [kind for kind, _ in self.sentences[key]]
        if kinds[0] != "strong":
            return self.text(key, facts)
        parts = self.sentences[key][1 : kinds.index("strong", 1)]
        words = (escape_not(p) if kind == "text" else str(lookup(facts, p)) for kind, p in parts)
        return "".join(words)

    def raw(self, key: str) -> str:
        """Return a sentence with its places left open, for a script to fill."""
        return "".join(f"{{{p}}}" if kind == "fact" else p for kind, p in self.sentences[key])

    def name(self, group: str, name: str) -> str:
        """Return a name of the study as the catalogue says it, or as words where it does not.

        Examples
        --------
        >>> load_catalogue("en").name("rounds", "maintenance_round")
        'maintenance round'
        """
        key = f"{group}.{name}"
        return self.text(key) if self.has(key) else self.named(humanize(name))

    def named(self, label: str) -> str:
        """Return a label that a data file or a stored model writes in English, in this language.

        A catalogue may hold labels under ``named``, as they are written or as a pattern with
        places; each place is said in this language too. What it does not hold stays as it is.

        Examples
        --------
        >>> load_catalogue("es").named("PHQ-9 total, gain by session 2")
        'PHQ-9, total, mejoría hasta sesión 2'
        >>> load_catalogue("en").named("PHQ-9 total, gain by session 2")
        'PHQ-9 total, gain by session 2'
        """
        key = f"{NAMED}{label}"
        if self.has(key):
            return self.text(key)
        for pattern, of in self._patterns:
            if match := pattern.fullmatch(label):
                return self.text(of, {k: self.named(v) for k, v in match.groupdict().items()})
        return label

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        """Labels with places, the longest first: it says most of a label."""
        keys = [key for key in self.sentences if key.startswith(NAMED) and _PIECE.search(key)]
        return [(_pattern(key.removeprefix(NAMED)), key) for key in sorted(keys, key=len)[::-1]]

    def listed(self, words: Sequence[str], by: str = "and") -> str:
        """Return words one after another, the last joined by ``and`` or ``or``.

        Examples
        --------
        >>> load_catalogue("en").listed(["0", "1", "2"], "or")
        '0, 1 or 2'
        """
        if len(words) < 2:
            return "".join(words)
        return self.text(f"list_of.{by}", {"first": ", ".join(words[:-1]), "last": words[-1]})

    def fixed(self, value: float, digits: int, *, sign: bool = False) -> str:
        """Return a number with so many digits behind the point, as the language writes it.

        Examples
        --------
        >>> load_catalogue("en").fixed(-0.0649, 2), load_catalogue("en").fixed(2, 1, sign=True)
        ('−0.06', '+2.0')
        >>> load_catalogue("en").fixed(-0.0001, 3)  # no nought below nought
        '0.000'
        >>> load_catalogue("en").fixed(float("nan"), 3)  # there is none
        '–'
        """
        if not math.isfinite(value):
            return "–"
        return self._written(f"{value:{'+' if sign else ''}z.{digits}f}")

    def number(self, value: float) -> str:
        """Return a score or measure as people write it: whole numbers without a point.

        Examples
        --------
        >>> say = load_catalogue("en")
        >>> say.number(19.0), say.number(2.25), say.number(-3.0), say.number(-0.0)
        ('19', '2.25', '−3', '0')
        """
        return self._written(f"{value:.2f}".rstrip("0").rstrip("."))

    def plain(self, value: float) -> str:
        """Return a number as short as it can be told: the numbers of an axis.

        Examples
        --------
        >>> load_catalogue("es").plain(0.25), load_catalogue("en").plain(-20.0)
        ('0,25', '−20')
        """
        return self._written(f"{value:g}")

    def signed(self, points: float) -> str:
        """Return a number with its sign; 0 has none.

        Examples
        --------
        >>> say = load_catalogue("en")
        >>> say.signed(3), say.signed(-2.5), say.signed(0)
        ('+3', '−2.5', '0')
        """
        return f"+{self.number(points)}" if points > 0 else self.number(points)

    def whole(self, value: float) -> str:
        """Return a count with its thousands apart.

        Examples
        --------
        >>> load_catalogue("en").whole(11441)
        '11 441'
        """
        return self.text("format.thousands").join(self._written(f"{int(value):,}").split(","))

    def _written(self, text: str) -> str:
        minus, point = self._signs
        text = "0" if text == "-0" else text  # zero, and what rounds to it, has no sign
        return text.replace("-", minus).replace(".", point)

    @cached_property
    def _signs(self) -> tuple[str, str]:
        return self.text("format.minus"), self.text("format.point")

    @cached_property
    def months(self) -> list[str]:
        """The short names of the months, January first."""
        return [self.text(f"months.{number}") for number in range(1, 13)]

    def day(self, text: str) -> str:
        """Return a date, or a date with its time, as the language writes it; else as it is.

        Examples
        --------
        >>> say = load_catalogue("en")
        >>> say.day("2026-03-21"), say.day("2026-03-21T09:14:00Z"), say.day("spring")
        ('21 Mar 2026', '21 Mar 2026 09:14 UTC', 'spring')
        """
        try:
            moment = datetime.fromisoformat(text.replace(" UTC", "Z"))
        except ValueError:
            return text
        facts = {"day": moment.day, "month": self.months[moment.month - 1], "year": moment.year}
        date = self.text("format.date", facts)
        if len(text) <= len("2026-03-21"):
            return date
        return self.text("format.moment", {"date": date, "time": f"{moment:%H:%M}"})


def keyed(value: object, path: str) -> str:
    """Return a printed fact: escaped, kept apart in reading direction, with its key."""
    text = clean(value, longest=LONGEST)
    return f'<span data-f="{path}">{escape(text) if _SPECIAL.search(text) else text}</span>'


@lru_cache(4096)
def escape_not(piece: str) -> str:
    """Return catalogue text as it was before escaping."""
    return piece.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")


def languages() -> tuple[str, ...]:
    """Return the languages for which a catalogue exists."""
    folder = files("predict.definitions.wording")
    return tuple(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".toml")))


@cache
def load_catalogue(language: str = ENGLISH) -> Catalogue:
    """Read the sentences of a language.

    Raises
    ------
    UsageError
        When there is no catalogue of that language, or it does not say what the English one says
        (``CATALOGUE_INCOMPLETE``): a sentence or a place that is missing or that nobody fills.
    """
    if language not in languages():
        raise UsageError(unknown_name("language", language, languages()))
    text = files("predict.definitions.wording").joinpath(f"{language}.toml").read_text("utf-8")
    own = read(language, text)
    if language != ENGLISH and (problems := differences(own, load_catalogue())):
        raise UsageError(
            f"The catalogue {language}.toml differs from en.toml in {len(problems)} sentences. "
            "Translate what stands right of each `=` and keep every {place}:\n  "
            + "\n  ".join(problems),
            code="CATALOGUE_INCOMPLETE",
        )
    return own


def read(language: str, text: str) -> Catalogue:
    """Return the sentences of a catalogue's text (TOML)."""
    flat = _flatten(tomllib.loads(text))
    return Catalogue(language, {key: _split(value) for key, value in flat.items()})


def differences(own: Catalogue, english: Catalogue) -> list[str]:
    """Return what keeps a translation from standing in for the English sentences."""
    gone = [f"{key}: missing" for key in english.sentences if not own.has(key)]
    own_labels = {key for key in own.sentences if key.startswith(NAMED)}
    more = [
        f"{key}: no page shows it"
        for key in own.sentences
        if not english.has(key) and key not in own_labels
    ]
    lost = [
        f"{key}: places {_named(own.sentences[key])}, not {_named(_split(key))}"
        for key in own_labels
        if _places(own.sentences[key]) != _places(_split(key))
    ]
    both = [key for key in english.sentences if own.has(key)]
    unlike = [
        f"{key}: places {_named(own.sentences[key])}, not {_named(english.sentences[key])}"
        for key in both
        if _places(own.sentences[key]) != _places(english.sentences[key])
    ]
    return [*gone, *more, *unlike, *sorted(lost)]


def _places(sentence: Sentence) -> frozenset[str]:
    return frozenset(piece for kind, piece in sentence if kind == "fact")


def _pattern(label: str) -> re.Pattern[str]:
    """Return a label with places as a pattern that finds what fills them."""
    pieces = [
        f"(?P<{piece}>.+)" if kind == "fact" else re.escape(escape_not(piece))
        for kind, piece in _split(label)
    ]
    return re.compile("".join(pieces))


def _named(sentence: Sentence) -> str:
    return " ".join(f"{{{place}}}" for place in sorted(_places(sentence))) or "none"


def _flatten(table: Mapping[str, Any], before: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        path = f"{before}{key}"
        flat |= _flatten(value, f"{path}.") if isinstance(value, dict) else {path: value}
    return flat


def _split(sentence: str) -> Sentence:
    """Cut a sentence into text, places and marks of strong words."""
    parts: list[tuple[str, str]] = []
    end = 0
    for match in _PIECE.finditer(sentence):
        parts.append(("text", escape(sentence[end : match.start()], quote=False)))
        parts.append(("strong", "") if match.group(2) else ("fact", match.group(1)))
        end = match.end()
    parts.append(("text", escape(sentence[end:], quote=False)))
    return tuple(part for part in parts if part != ("text", ""))
