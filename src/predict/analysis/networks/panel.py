"""The items of one instrument as a panel: people x visits x items, high always meaning worse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from predict.analysis.resampling import CohortPart, cluster_codes
from predict.cohort import Cohort
from predict.definitions.instruments import Instrument
from predict.errors import DesignError

Array = NDArray[np.float64]
FEWEST_PEOPLE = 50
FEWEST_ITEMS = 3


@dataclass(frozen=True)
class SymptomPanel(CohortPart):
    """Answers of people with any, with what is needed to name them.

    Parameters
    ----------
    instrument : Instrument
    visits : tuple of str
        Visits at which the items were asked of at least 50 people.
    keys, labels : tuple of str
        Item keys and their neutral labels.
    answers : array, people x visits x items
        In the instrument's coding, turned so that high is worse; NaN where missing.
    turned : tuple of str
        Keys of the items that were turned round.
    """

    instrument: Instrument
    visits: tuple[str, ...]
    keys: tuple[str, ...]
    labels: tuple[str, ...]
    answers: Array
    turned: tuple[str, ...]

    @property
    def items(self) -> int:
        """Number of items."""
        return len(self.keys)

    def label(self, key: str) -> str:
        """Return the label of an item."""
        return self.labels[self.keys.index(key)]

    def complete(self, visit: str) -> NDArray[np.bool_]:
        """Return who answered every item at a visit."""
        there = np.isfinite(self.answers[:, self.visits.index(visit)])
        return np.asarray(there.all(1))


def symptom_panel(cohort: Cohort, instrument: str | None = None) -> SymptomPanel:
    """Return the panel of an instrument's items; by default the one asked item by item most often.

    Raises
    ------
    DesignError
        When no instrument of the study has at least three items answered by 50 people at a visit.
    """
    name = instrument or _most_asked(cohort)
    measure = cohort.study.measure(name)
    visits = tuple(v for v in cohort.study.visits if _asked(cohort, name, v) >= FEWEST_PEOPLE)
    keys = _common_items(cohort, name, visits)
    if not visits or len(keys) < FEWEST_ITEMS:
        raise _no_items(name)
    columns = [measure.instrument.column(key) for key in keys]
    answers = np.stack([cohort.at(v)[columns].to_numpy(float) for v in visits], axis=1)
    some = np.isfinite(answers).any((1, 2))
    turned = _turned(measure.instrument, keys)
    answers = _turn(measure.instrument, keys, turned, answers[some])
    labels = tuple(
        # Where items run both ways, a label alone does not say what much of it is.
        measure.instrument.item(key).label + (" (high is worse)" if turned else "")
        for key in keys
    )
    ids = cohort.ids[some]
    clusters = cluster_codes(cohort, ids)
    return SymptomPanel(
        ids, clusters, some, measure.instrument, visits, keys, labels, answers, turned
    )


def _no_items(name: str) -> DesignError:
    return DesignError(
        f"Expected at least {FEWEST_ITEMS} items of an instrument answered by {FEWEST_PEOPLE} "
        f"people at a visit, got none{f' for {name}' if name else ''}. "
        "A network needs item answers; totals alone do not hold them.",
        code="NETWORK_ITEMS",
    )


def _most_asked(cohort: Cohort) -> str:
    counts = {
        name: sum(_asked(cohort, name, visit) for visit in cohort.study.visits)
        for name in cohort.study.instruments
    }
    best = max(counts, key=lambda name: counts[name], default="")
    if not best or counts[best] == 0:
        raise _no_items("")
    return best


def _item_columns(cohort: Cohort, name: str, visit: str) -> list[str]:
    measure = cohort.study.measure(name)
    asked = measure.items.get(visit, {})
    there = set(cohort.at(visit).columns)
    columns = [(i.key, measure.instrument.column(i.key)) for i in measure.instrument.items]
    return [key for key, column in columns if key in asked and column in there]


def _asked(cohort: Cohort, name: str, visit: str) -> int:
    """People who answered at least three items at the visit."""
    keys = _item_columns(cohort, name, visit)
    if len(keys) < FEWEST_ITEMS:
        return 0
    instrument = cohort.study.measure(name).instrument
    table = cohort.at(visit)[[instrument.column(key) for key in keys]]
    return int((table.notna().sum(axis=1) >= FEWEST_ITEMS).sum())


def _common_items(cohort: Cohort, name: str, visits: tuple[str, ...]) -> tuple[str, ...]:
    lists = [_item_columns(cohort, name, visit) for visit in visits]
    if not lists:
        return ()
    return tuple(key for key in lists[0] if all(key in other for other in lists))


def _turned(instrument: Instrument, keys: tuple[str, ...]) -> tuple[str, ...]:
    """Items whose high answer is good under the scale they count in."""
    return tuple(key for key in keys if instrument.better(key) == "high")


def _turn(
    instrument: Instrument, keys: tuple[str, ...], turned: tuple[str, ...], answers: Array
) -> Array:
    answers = answers.copy()
    for place, key in enumerate(keys):
        if key in turned:
            item = instrument.item(key)
            answers[..., place] = item.low + item.high - answers[..., place]
    return answers
