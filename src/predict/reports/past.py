"""Earlier people with the estimates of models that never saw them: who was like this patient?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from predict.reports.outcome_terms import Asked, asked

if TYPE_CHECKING:
    import pandas as pd

    from predict.cohort import Cohort
    from predict.models.response_model import ResponseModel

Floats = NDArray[np.float64]
BAND = 5  # points of the estimate either side
WIDTHS = (0.1, 0.2)  # of the scale's range, either side of the start score
ENOUGH = 100
FAN = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True)
class Alike:
    """People similar in estimate and in start score.

    Parameters
    ----------
    n, rate : int, float
        How many gave an end score, and the share of them who reached the outcome.
    lost : int
        How many more gave none.
    first, last : float
        Between which start scores.
    who : array (n + lost,)
        Their places among the past people.
    """

    n: int
    rate: float
    lost: int
    first: float
    last: float
    who: NDArray[np.int64]


@dataclass(frozen=True)
class Past:
    """Everybody with an estimate of a model that never saw them, lowest estimate first.

    Those without an end score were learned from by no model. ``happened`` is 1, 0 or, for them,
    NaN; ``shares`` holds scores as shares of the own start, one column a visit. ``begun`` holds
    the start scores between which anybody is asked: a floor of the outcome leaves others out.
    """

    ids: NDArray[Any]
    chances: Floats
    starts: Floats
    happened: Floats
    shares: Floats
    visits: tuple[str, ...]
    span: tuple[float, float]
    whole: bool = True
    begun: tuple[float, float] = (-np.inf, np.inf)

    @cached_property
    def places(self) -> dict[Any, int]:
        """Where each id stands."""
        return {name: place for place, name in enumerate(self.ids)}

    def between(self, low: int, high: int) -> slice:
        """Return the places of estimates between two in 100."""
        first, last = np.searchsorted(self.chances, [low / 100, high / 100])
        return slice(int(first), int(last))

    def like(self, percent: int, start: float, besides: str, *, least: int) -> Alike | None:
        """Return those similar to a person, or None where fewer than `least` gave an end score.

        The start may lie a tenth of the scale away; where these are too few, a fifth.
        """
        own = self.places.get(besides, -1)
        for width in WIDTHS:
            reach = width * (self.span[1] - self.span[0])
            reach = float(int(reach)) if self.whole and reach >= 1 else reach
            around, known, reached = self._around(percent, start, reach)
            mine = around[around != own]
            if len(mine) < len(around) and self.happened[own] == self.happened[own]:
                known, reached = known - 1, reached - self.happened[own]
            if known >= least:
                ends = self._ends(start, reach)
                return Alike(known, reached / known, len(mine) - known, *ends, mine)
        return None

    def _ends(self, start: float, reach: float) -> tuple[float, float]:
        """Return between which start scores others can have begun."""
        low, high = max(self.span[0], self.begun[0]), min(self.span[1], self.begun[1])
        return max(start - reach, low), min(start + reach, high)

    def _around(
        self, percent: int, start: float, reach: float
    ) -> tuple[NDArray[np.int64], int, float]:
        """Return who stands around an estimate and a start: places, end scores, reached ones."""
        asked = percent, start, reach
        if asked not in self.found:
            near = self.between(max(percent - BAND, 0), min(percent + BAND, 100))
            mine = np.flatnonzero(np.abs(self.starts[near] - start) <= reach) + near.start
            happened = self.happened[mine]
            known = int(np.count_nonzero(happened == happened))
            self.found[asked] = mine, known, float(np.nansum(happened))
        return self.found[asked]

    @cached_property
    def found(self) -> dict[tuple[int, float, float], tuple[NDArray[np.int64], int, float]]:
        """Groups asked for before: many people share an estimate in 100 and a start score."""
        return {}

    def fan(self, who: NDArray[np.int64]) -> dict[str, tuple[float, ...]]:
        """Return of each visit the tenth, quarter, half, ... of people's shares of their own start.

        A visit is left out where fewer than half of these people gave a score.
        """
        fan = {}
        for visit, column in zip(self.visits, np.sort(self.shares[who], axis=0).T, strict=True):
            there = int((column == column).sum())
            if there >= ENOUGH // 2 and 2 * there >= len(column):
                fan[visit] = tuple(_quantile(column, there, q) for q in FAN)
        return fan


def _quantile(ordered: Floats, n: int, q: float) -> float:
    place = q * (n - 1)
    low = int(place)
    high = min(low + 1, n - 1)
    return float(ordered[low] + (place - low) * (ordered[high] - ordered[low]))


def past_people(
    cohort: Cohort, model: ResponseModel, seen: pd.DataFrame | None, rows: pd.DataFrame
) -> Past | None:
    """Return those seen by models that did not learn from them, and those who gave no end score.

    Parameters
    ----------
    seen : DataFrame or None
        Out-of-fold estimates by id: ``probability`` and ``y``.
    rows : DataFrame
        Scores by id, for people who gave no end score: no model learned from them.
    """
    import pandas as pd

    if seen is None:
        return None
    question, study = asked(model.outcome), cohort.study
    begin = study.rounds["one"].start if "one" in study.rounds else model.as_of
    visits = _visits(cohort, question.instrument, begin, study.rounds[model.round].end)
    if len(visits) < 2 or visits[0] != begin:
        return None
    totals = {v: cohort.total(question.instrument, v, question.scale) for v in visits}
    silent = totals[visits[-1]].isna() & totals[begin].notna()
    there = rows.index.isin(silent.index[silent]) & ~rows.index.isin(seen.index)
    lost = rows.loc[there & rows["status"].eq("scored").to_numpy(), ["probability"]].assign(
        y=np.nan
    )
    people = pd.concat([seen[["probability", "y"]], lost.astype("float64")])
    people = people.sort_values("probability", kind="stable")
    starts = totals[begin].reindex(people.index).to_numpy(dtype=np.float64)
    scores = np.column_stack(
        [totals[v].reindex(people.index).to_numpy(dtype=np.float64) for v in visits[1:]]
    )
    share = question.measured.low == 0 and question.measured.better == "low"
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(starts > 0, scores.T / starts, np.nan).T if share else scores * np.nan
    return Past(
        people.index.to_numpy(dtype=object),
        people["probability"].to_numpy(dtype=np.float64),
        starts,
        people["y"].to_numpy(dtype=np.float64),
        shares,
        visits[1:],
        (question.measured.low, question.measured.high),
        question.measured.whole,
        _begun(question),
    )


def _begun(question: Asked) -> tuple[float, float]:
    """Between which start scores the outcome is asked, where one floor of its own scale says so."""
    floor = question.outcome.floor
    if not isinstance(floor, int | float):
        return -np.inf, np.inf
    return (floor, np.inf) if question.measured.better == "low" else (-np.inf, floor)


def _visits(cohort: Cohort, instrument: str, begin: str, end: str) -> tuple[str, ...]:
    """The visits of a questionnaire from the start to the end of what is asked."""
    study = cohort.study
    there = [v for v in study.visits if v in study.instruments[instrument].visits]
    first, last = study.order(begin), study.order(end)
    return tuple(v for v in there if first <= study.order(v) <= last)
