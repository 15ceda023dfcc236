"""Facts: what a page says, as plain values, before anything is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from predict.definitions.wording import Catalogue

FORMAT = 1
NO_EVALUATION = "no_evaluation"  # why sections of a model that nobody judged are empty


@dataclass(frozen=True)
class NotApplicable:
    """A section that has nothing to say here, and why."""

    why: str


def whole(probability: float) -> int:
    """Return a probability as a whole number in 100, never 0 and never 100.

    Examples
    --------
    >>> whole(0.4372), whole(0.0004), whole(0.999)
    (44, 1, 99)
    """
    return min(99, max(1, int(100 * probability + 0.5)))


def in_100(probability: float, say: Catalogue) -> str:
    """Return the printed form of a probability: 0 and 100 are never shown.

    Examples
    --------
    >>> from predict.definitions.wording import load_catalogue
    >>> [in_100(chance, load_catalogue()) for chance in (0.4372, 0.004, 0.996)]
    ['44', 'fewer than 1', 'more than 99']
    """
    if probability < 0.005:
        return say("format.fewer_than_1")
    return say("format.more_than_99") if probability >= 0.995 else str(whole(probability))


def filled(section: Mapping[str, Any] | NotApplicable) -> dict[str, Any]:
    """Return a section as it is stored: its facts, or the reason why there are none."""
    if isinstance(section, NotApplicable):
        return {"not_applicable": section.why}
    return dict(section)
