"""What an outcome is: a rule on a scale, or several outcomes joined."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import Any, Literal

import pandas as pd

from predict.definitions.instruments import (
    Instrument,
    Scale,
    instrument_of,
)
from predict.definitions.outcomes.rules import RULES, cut_of
from predict.errors import UsageError


@dataclass(frozen=True, repr=False)
class Outcome:
    """A question to be answered of each person between a start and an end visit.

    Parameters
    ----------
    name, title : str
    instrument, scale : str
        Whose score is judged; empty for a combination.
    rule : str
        One of `RULES`; empty for a combination.
    amount : float or None
        Share of the start score (below 1) or points, as the rule says.
    floor : float, mapping or None
        Only people whose start score is at or beyond it are asked; a mapping of instrument ->
        score asks for any one of them. Inclusive.
    entry : mapping
        A floor of several scales: ``{all_of = [{instrument, scale, at_least}, ...]}``.
    end : float or None
        Worst end score that counts, inclusive; where absent, the scale's own remission.
    sd, reliability : float or None
        Of the reference sample, for reliable change after Jacobson and Truax.
    combine : {"", "any_of", "all_of"}
    parts : tuple of Outcome
        The outcomes that a combination joins.
    source : tuple of str
        Where the rule's numbers come from.
    defined : tuple of Instrument
        Instruments that do not ship, so that the outcome is whole wherever it is stored.

    Examples
    --------
    >>> from predict.definitions.outcomes import read_outcome
    >>> outcome = read_outcome("phq9_response")
    >>> outcome
    Outcome(phq9_response: response, floor 10)
    >>> outcome.cut(15.0)
    7.5
    >>> outcome.responds(pd.Series([15.0, 15.0]), pd.Series([7.0, 8.0])).tolist()
    [True, False]
    """

    name: str
    title: str = ""
    instrument: str = ""
    scale: str = "total"
    rule: str = ""
    amount: float | None = None
    floor: float | Mapping[str, float] | None = None
    entry: Mapping[str, Any] = field(default_factory=dict)
    end: float | None = None
    sd: float | None = None
    reliability: float | None = None
    combine: Literal["", "any_of", "all_of"] = ""
    parts: tuple[Outcome, ...] = ()
    source: tuple[str, ...] = ()
    defined: tuple[Instrument, ...] = ()

    def __repr__(self) -> str:
        asked = f"{self.combine} of {len(self.parts)}" if self.combine else self.rule
        floor = "" if self.floor is None else f", floor {self.floor}"
        return f"Outcome({self.name}: {asked}{floor})"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.title or self.name)}</p>"

    @property
    def good(self) -> bool:
        """Whether "yes" is what one hopes for; a worsening is not."""
        if self.combine:
            return all(part.good for part in self.parts)
        return RULES[self.rule].good

    @property
    def measured(self) -> Scale:
        """The scale whose score is judged; of a combination, its first part's."""
        if self.combine:
            return self.parts[0].measured
        return instrument_of(self.instrument, self.own).scale(self.scale)

    @property
    def own(self) -> dict[str, Instrument]:
        """Instruments of this outcome that do not ship, by name."""
        return {tool.id: tool for tool in self.defined}

    @property
    def instruments(self) -> tuple[str, ...]:
        """Every instrument the outcome reads, the first part's first."""
        own = [self.instrument] if self.instrument else []
        return tuple(dict.fromkeys([*own, *(i for part in self.parts for i in part.instruments)]))

    @property
    def measures(self) -> tuple[tuple[str, str], ...]:
        """Every (instrument, scale) whose score decides the answer."""
        own = [(self.instrument, self.scale)] if self.instrument else []
        parts = [pair for part in self.parts for pair in part.measures]
        return tuple(dict.fromkeys([*own, *parts, *self.entry_measures]))

    @property
    def entry_measures(self) -> tuple[tuple[str, str], ...]:
        """Every (instrument, scale) that the entry rule reads."""
        return tuple(_measures_of(self.entry))

    @property
    def rule_words(self) -> str:
        """The rule with its numbers, of a combination that of each part.

        Examples
        --------
        >>> from predict.definitions.outcomes import read_outcome
        >>> read_outcome("phq9_response").rule_words, read_outcome("phq9_remission").rule_words
        ('response 0.5', 'remission')
        """
        if self.combine:
            parts = "; ".join(f"{part.instrument} {part.rule_words}" for part in self.parts)
            return f"{self.combine}({parts})"
        numbers = {"": self.amount, "end ": self.end, "sd ": self.sd}
        numbers["reliability "] = self.reliability
        stated = [f"{what}{number:g}" for what, number in numbers.items() if number is not None]
        return " ".join([self.rule, *stated])

    def cut(self, start: float) -> float:
        """Return the end score at which this person's answer turns to yes, itself included.

        Raises
        ------
        UsageError
            For a combination or an entry rule, which no single score decides.
        """
        self._require_single()
        return cut_of(self, start)

    def responds(self, start: pd.Series, end: pd.Series) -> pd.Series:
        """Return whether each end score answers yes, given the start score.

        Raises
        ------
        UsageError
            As `cut`.
        """
        self._require_single()
        return RULES[self.rule].yes(self, start, end)

    def _require_single(self) -> None:
        if self.combine or not RULES[self.rule].single:
            raise UsageError(
                f"'{self.name}' is decided by several scores; ask its parts for their cut.",
                code="NO_SINGLE_CUT",
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome as plain values that TOML and JSON can hold."""
        spec = {f.name: getattr(self, f.name) for f in fields(self)}
        plain = {key: value for key, value in spec.items() if value not in (None, "", (), {})}
        plain.pop("parts", None), plain.pop("combine", None), plain.pop("defined", None)
        if self.defined:
            plain["define"] = {tool.id: tool.to_dict() for tool in self.defined}
        if self.combine:
            plain.pop("scale")
            plain[self.combine] = [part.to_dict() for part in self.parts]
        return {k: list(v) if isinstance(v, tuple) else v for k, v in plain.items()}


def _measures_of(rule: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The scores that an entry rule reads."""
    if "instrument" in rule:
        return [(rule["instrument"], rule.get("scale", "total"))]
    parts = [*rule.get("any_of", ()), *rule.get("all_of", ())]
    return [pair for part in parts for pair in _measures_of(part)]


@lru_cache(maxsize=1)
def shipped_outcomes() -> dict[str, dict[str, Any]]:
    text = (files("predict") / "data" / "outcomes.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def outcome_names() -> tuple[str, ...]:
    """Return the names of all outcomes that ship, sorted."""
    return tuple(sorted(shipped_outcomes()))
