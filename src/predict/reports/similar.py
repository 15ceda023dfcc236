"""Earlier people with a similar estimate: how many there were, and what happened to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from predict.reports.context import ModelView

BAND = 5


@dataclass(frozen=True)
class Similar:
    """People given an estimate from ``low`` to ``high`` in 100 by models that never saw them."""

    low: int
    high: int
    n: int
    rate: float
    rounded: bool = False

    @property
    def scarce(self) -> int:
        """People of the rarer outcome."""
        events = round(self.n * self.rate)
        return min(events, self.n - events)


def similar_people(view: ModelView, percent: int) -> Similar | None:
    """Return the earlier people around an estimate, or None where no record of them came along.

    The model's own reliance profile leads, because its rules decide by it; then the out-of-fold
    rows of a run; then the evaluation's counts in steps of five.
    """
    similar = _from_profile(view, percent)
    if similar is None and view.seen is not None:
        similar = _from_rows(view, percent)
    return similar if similar is not None else _from_counts(view, percent)


def _from_profile(view: ModelView, percent: int) -> Similar | None:
    learned = view.model.reliance.estimates
    if learned is None:
        return None
    low, high = max(percent - BAND, 0), min(percent + BAND, 100)
    people, rate = learned.people[percent], learned.rates[percent]
    if rate is None:
        return Similar(low, high, 0, 0.0)
    return Similar(low, high, int(people), float(rate), rounded=True)


def _from_rows(view: ModelView, percent: int) -> Similar | None:
    if view.seen is None:
        return None
    low, high = max(percent - BAND, 0), min(percent + BAND, 100)
    chances = view.seen["probability"].to_numpy()
    first, last = np.searchsorted(chances, [low / 100, high / 100])
    happened = view.seen["y"].to_numpy()[first:last]
    rate = float(happened.mean()) if len(happened) else 0.0
    return Similar(low, high, len(happened), rate)


def _from_counts(view: ModelView, percent: int) -> Similar | None:
    """Add up the two five-point steps whose middle lies nearest to the estimate."""
    table = None if view.evaluation is None else view.evaluation.tables.get("distribution")
    if table is None or table.empty or view.evaluation is None:
        return None
    middle = min(max(round(percent / BAND) * BAND, BAND), 100 - BAND)
    low, high = middle - BAND, middle + BAND
    mine = (table["low"] * 100 > low - 1) & (table["high"] * 100 < high + 1)
    counts = table.loc[mine, ["with_outcome", "without_outcome"]].astype("float64")
    if counts.isna().to_numpy().any():
        return Similar(low, high, 0, 0.0)
    events, n = float(counts["with_outcome"].sum()), float(counts.to_numpy().sum())
    return Similar(low, high, int(n), events / n if n else 0.0)
