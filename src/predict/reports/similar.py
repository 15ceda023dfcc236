"""Earlier people like a patient: how many there were, and what happened to them.

Every section of a page asks here, so that a page tells of one group and one count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from predict.reports.past import BAND, ENOUGH, Alike

if TYPE_CHECKING:
    from predict.reports.context import ModelView, PatientView

FEW = 50  # fewer than these are told of nowhere


@dataclass(frozen=True)
class Similar:
    """People given an estimate from ``low`` to ``high`` in 100 by models that never saw them.

    ``alike`` holds those of them whose start was similar too, where they are who is told of.
    """

    low: int
    high: int
    n: int
    rate: float
    rounded: bool = False
    alike: Alike | None = None

    @property
    def scarce(self) -> int:
        """People of the rarer outcome."""
        events = round(self.n * self.rate)
        return min(events, self.n - events)


def similar_people(view: ModelView, percent: int, patient: PatientView) -> Similar | None:
    """Return the earlier people like a patient, or None where no record of them came along.

    Where the table holds enough of them, they are similar in estimate and in start score. Else in
    the estimate alone: by the model's own reliance profile, because its rules decide by it; where
    that holds too few to tell of, by the out-of-fold rows of a run; then by the evaluation's counts
    in steps of five.
    """
    similar = _from_profile(view, percent)
    if similar is None or similar.n < FEW:
        similar = _from_rows(view, percent) or similar or _from_counts(view, percent)
    return _alike(view, percent, patient, similar) or similar


def _alike(
    view: ModelView, percent: int, patient: PatientView, similar: Similar | None
) -> Similar | None:
    """Those similar in start too: at least 100, or 50 where there are no 100 by the estimate."""
    start = view.starts.get(patient.id, float("nan"))
    if view.past is None or start != start:
        return None
    least = ENOUGH if similar is None or similar.n >= ENOUGH else FEW
    alike = view.past.like(percent, start, patient.id, least=least)
    if alike is None:
        return None
    low, high = max(percent - BAND, 0), min(percent + BAND, 100)
    return Similar(low, high, alike.n, alike.rate, alike=alike)


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
    if view.past is None:
        return None
    low, high = max(percent - BAND, 0), min(percent + BAND, 100)
    happened = view.past.happened[view.past.between(low, high)]
    happened = happened[happened == happened]
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
