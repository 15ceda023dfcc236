"""One reason to rely less on some people's estimates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

# Every code with the places of its sentence, in the catalogue under ``reason``.
REASONS: Mapping[str, frozenset[str]] = {
    code: frozenset(places.split())
    for code, places in {
        "no_better_than_rate": "",
        "DISTRIBUTION_OTHER": "",
        "round_not_begun": "round",
        "as_of_visit_absent": "visit",
        "missing_too_many": "instrument size allowed",
        "missing_some": "instrument size",
        "missing_most": "",
        "below_floor": "",
        "answer_absent_needed": "label",
        "answer_absent": "label",
        "category_unseen": "label",
        "value_outside": "label",
        "value_unusual": "label",
        "model_expired": "months",
        "model_old": "months",
        "unlike_training": "",
        "rather_unlike_training": "",
        "does_not_match": "",
        "too_few_alike": "",
        "few_alike": "",
        "matches_roughly": "",
        "group_off": "label",
        "group_small": "label",
    }.items()
}


@dataclass(frozen=True)
class Reason:
    """Why an estimate carries a note, or is not shown: a code and what its sentence names.

    Parameters
    ----------
    code : str
        One of `REASONS`.
    arguments : mapping of place to text or number
        What the sentence's places are filled with, the same for everybody concerned: no one's
        answer is among them.

    Raises
    ------
    ValueError
        When the code is unknown, or its places are not the ones that are filled.

    Examples
    --------
    >>> Reason("value_unusual", {"label": "Route; as given"}).code
    'value_unusual'
    """

    code: str
    arguments: Mapping[str, str | int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if REASONS.get(self.code) != frozenset(self.arguments):
            raise ValueError(f"no reason '{self.code}' with {sorted(self.arguments)}")


Reasons = tuple[Reason, ...]


@dataclass(frozen=True)
class Finding:
    """One reason to rely less on some people's estimates.

    Parameters
    ----------
    level : str
        ``note`` or ``stop``.
    reason : Reason
    whom : array (people,) of bool
    """

    level: str
    reason: Reason
    whom: NDArray[np.bool_]
