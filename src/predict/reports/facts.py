"""Facts: what a page says, as plain values, before anything is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FORMAT = 1


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


def in_100(probability: float) -> str:
    """Return the printed form of a probability: 0 and 100 are never shown.

    Examples
    --------
    >>> in_100(0.4372), in_100(0.004), in_100(0.996)
    ('44', 'fewer than 1', 'more than 99')
    """
    if probability < 0.005:
        return "fewer than 1"
    return "more than 99" if probability >= 0.995 else str(whole(probability))


def number(value: float) -> str:
    """Return a score or measure as people write it: whole numbers without a point.

    Examples
    --------
    >>> number(19.0), number(2.25), number(-3.0)
    ('19', '2.25', '−3')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def signed(points: int) -> str:
    """Return points with their sign.

    Examples
    --------
    >>> signed(3), signed(-2), signed(0)
    ('+3', '−2', '0')
    """
    return f"{points:+d}".replace("-", "−") if points else "0"


def filled(section: Mapping[str, Any] | NotApplicable) -> dict[str, Any]:
    """Return a section as it is stored: its facts, or the reason why there are none."""
    if isinstance(section, NotApplicable):
        return {"not_applicable": section.why}
    return dict(section)
