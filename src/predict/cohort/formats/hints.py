"""What a format, a data dictionary or a Questionnaire says of a table's columns, for a proposal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Hints:
    """Whose rows these are, which visit, and what each column asks.

    Parameters
    ----------
    id, visit, date : str
        Columns; empty where nothing says so.
    visit_values : mapping of value -> visit
        In the order of time as far as it is told.
    labels : mapping of column -> text
        The question asked.
    loinc : mapping of column -> code
    choices : mapping of column -> code -> words
    weights : mapping of column -> code -> number
        Where the source itself gives answers their numbers.
    ranges : mapping of column -> (lowest, highest)
    own : frozenset of str
        Columns of the format itself, which tell nothing of a person.
    words : mapping
        Study words to write, such as ``missing_codes``.
    """

    id: str = ""
    visit: str = ""
    date: str = ""
    visit_values: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    loinc: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    weights: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    words: Mapping[str, object] = field(default_factory=dict)

    def joined(self, other: Hints) -> Hints:
        """Return these with what another source says of the columns."""
        return replace(
            self,
            labels={**self.labels, **other.labels},
            loinc={**self.loinc, **other.loinc},
            choices={**self.choices, **other.choices},
            weights={**self.weights, **other.weights},
            ranges={**self.ranges, **other.ranges},
        )
