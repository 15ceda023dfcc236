"""The scores of a cohort, ready for tables: one measure a scale, one column a visit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from predict.cohort import Cohort
from predict.cohort.labelling import took_round
from predict.definitions.instruments import Instrument, Scale

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Measure:
    """One scale of one instrument at all its visits.

    Parameters
    ----------
    scores : DataFrame
        People (the cohort's ids, in order) x visits; NaN = no score.
    """

    name: str
    instrument: Instrument
    scale: Scale
    scores: pd.DataFrame

    @property
    def better(self) -> str:
        return self.scale.better

    def at(self, visit: str) -> pd.Series:
        """Return the scores of a visit, all missing where it was not asked."""
        if visit in self.scores:
            return self.scores[visit]
        return pd.Series(np.nan, index=self.scores.index)

    def gain(self, start: str, end: str) -> pd.Series:
        """Return the improvement between two visits in points; positive is better."""
        fall = self.at(start) - self.at(end)
        return fall if self.better == "low" else -fall


@dataclass(frozen=True)
class Span:
    """A round as outcomes see it: from the start of round one to the round's own end.

    Parameters
    ----------
    took : boolean array
        Who was in the round, over the cohort's people.
    """

    name: str
    start: str
    end: str
    took: Mask


def measures(cohort: Cohort) -> tuple[Measure, ...]:
    """Return every scale that the study can score at one visit or more."""
    by_visit = {visit: cohort.totals(visit) for visit in cohort.study.visits}
    every = []
    for name, columns in cohort.study.instruments.items():
        for scale in columns.instrument.scales:
            column = columns.instrument.total_column(scale.name)
            scored = {v: table[column] for v, table in by_visit.items() if column in table}
            if scored:
                scores = pd.DataFrame(scored, index=cohort.ids)
                every.append(Measure(name, columns.instrument, scale, scores))
    return tuple(every)


def measure(cohort: Cohort, instrument: str, scale: str = "total") -> Measure | None:
    """Return one scale's measure, or None where the study does not hold it."""
    for each in measures(cohort):
        if each.name == instrument and each.scale.name == scale:
            return each
    return None


def spans(cohort: Cohort) -> Iterator[Span]:
    """Yield the study's rounds as outcomes see them; round two counts who took it."""
    if "one" not in cohort.study.rounds:
        return
    start = cohort.study.round("one").start
    started = cohort.totals(start).notna().any(axis=1).to_numpy()
    for name, planned in cohort.study.rounds.items():
        yield Span(name, start, planned.end, started & took_round(cohort, planned))


def clusters_of(cohort: Cohort) -> pd.Series | None:
    """Return the cluster of each person, where the study names clusters."""
    name = cohort.study.cluster
    if name is None or name not in cohort.people:
        return None
    return cohort.people[name].astype("str")
