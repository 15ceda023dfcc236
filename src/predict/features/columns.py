"""What a feature column is: where it comes from and at which visit it is known."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import pandas as pd

from predict.definitions.study import Study

# How a family wants its columns prepared: missing kept (trees), or filled, centred and scaled.
Style = Literal["raw", "complete", "both", "as_is"]
# Behind the name of a prepared column that was completed and scaled, where the raw one stands too.
SCALED = ":scaled"


@dataclass(frozen=True)
class Column:
    """The facts of one feature column.

    Parameters
    ----------
    name : str
        Name in the training set, such as ``phq9_1_baseline``.
    label : str
        Plain words for a page, such as ``Little interest or pleasure``.
    kind : str
        ``number`` or ``choice``.
    role : str
        ``item``, ``total``, ``domain``, ``band``, ``ratio``, ``person``, ``course``,
        ``course_score`` or ``count``.
    source : str
        Instrument id, or ``people``.
    visit : str
        The visit at which the value is known; a model as of an earlier visit refuses it.
    item : str
        Item key or scale name within the instrument; column of the table for people.
    domain : str
        Symptom domain used to group reasons: affective, somatic, anxiety, person, course ...
    unit : str
        Unit of the numbers, empty where there is none.
    low, high : float or None
        Range the value may take.
    values : tuple of str
        Allowed values of a choice.
    safety : bool
        True for an item about death or self-harm: never printed with a sign.
    """

    name: str
    label: str
    kind: str
    role: str
    source: str
    visit: str
    item: str = ""
    domain: str = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()
    safety: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the column as plain values."""
        return {**asdict(self), "values": list(self.values)}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Column:
        """Return the column that `to_dict` described."""
        return cls(**{**stored, "values": tuple(stored["values"])})

    def at(self, visit: str) -> Column:
        """Return the same column known at another visit."""
        return replace(self, visit=visit)


@dataclass(frozen=True)
class Features:
    """Feature values of people and the facts of their columns.

    Parameters
    ----------
    frame : DataFrame, shape (people, columns)
        Index is the person's id; numbers are float64 with NaN for missing, choices are text.
    columns : tuple of Column
        One for each column of `frame`, in its order.
    """

    frame: pd.DataFrame
    columns: tuple[Column, ...]

    def dictionary(self) -> pd.DataFrame:
        """Return one row a column: name, label, kind, role, source, visit known, unit, range."""
        return pd.DataFrame([column.to_dict() for column in self.columns])


def join(parts: list[Features], people: pd.Index) -> Features:
    """Return the parts side by side, in their order.

    Parameters
    ----------
    parts : list of Features
        All on the same people.
    people : Index
        Ids, used when there is no part at all.
    """
    if not parts:
        return Features(pd.DataFrame(index=people), ())
    frame = pd.concat([part.frame for part in parts], axis=1)
    columns = tuple(column for part in parts for column in part.columns)
    return Features(frame, columns)


def anchor_visits(study: Study, as_of: str) -> tuple[str, ...]:
    """Return the start of round one and the as-of visit, each once, in order of time.

    Examples
    --------
    As of the baseline there is one anchor; as of the start of round two there are two: the baseline
    and that visit.
    """
    start = study.rounds["one"].start
    return (start,) if start == as_of else (start, as_of)
