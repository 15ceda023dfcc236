"""What a model remembers of its training people in order to know whom it must not judge.

Only counts of 11 or more and quantiles are kept: no row, no background sample, nobody's value. The
ends of a column's range are rounded outwards to a grid, so that they are nobody's age either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.definitions.study import Study
from predict.errors import ExperimentError
from predict.features.columns import Column
from predict.features.training_set import TrainingSet
from predict.models.reliance.estimates import EstimateProfile, learn_estimates
from predict.models.reliance.thresholds import CHECKED_ON, Thresholds, checked_thresholds
from predict.models.reliance.together import Together, Usual, learn_together
from predict.statistics.disclosure import SMALLEST_CELL, count, protect

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
# An instrument that so many training people lack altogether may be lacking in a new person too.
OFTEN_ABSENT = 0.05
GRID_STEPS = 20


@dataclass(frozen=True)
class NumberProfile:
    """A number column among the training people.

    Parameters
    ----------
    low, high : float
        Range, rounded outwards.
    quantiles : tuple of float
        At 1, 5, 25, 50, 75, 95 and 99 in 100.
    missing : int or None
        How many lacked it; None when that is 1 to 10 people.
    """

    low: float
    high: float
    quantiles: tuple[float, ...]
    missing: int | None


@dataclass(frozen=True)
class ItemSet:
    """The items of an instrument at a visit, and how many may be missing.

    Parameters
    ----------
    title : str
        Plain name of the instrument.
    columns : tuple of str
        Feature columns of its items, or its total where no items are given.
    allowed : int
        Missing answers the instrument's own rule allows.
    may_be_absent : bool
        Whether training had people without any of them.
    """

    title: str
    columns: tuple[str, ...]
    allowed: int
    may_be_absent: bool


@dataclass(frozen=True)
class RelianceProfile:
    """The training people in aggregate.

    Parameters
    ----------
    round, as_of : str
        The question's round and visit.
    n : int
        People learned from.
    numbers : mapping of column to NumberProfile
    levels : mapping of column to (mapping of level to count or None)
        Levels seen; the count is None below 11.
    item_sets : tuple of ItemSet
    labels : mapping of column to str
        Plain words for reasons.
    thresholds : Thresholds
    estimates : EstimateProfile or None
        How out-of-fold estimates turned out; None for a model without them.
    calibrated_on : str
        Day (ISO) on which calibration was last checked on recent patients; empty where the
        experiment states none, and then the model's age is not judged.
    together : mapping of str to Together
        How answers went together, by scale and by pair of scales; empty in older models.
    usual : Usual or None
        How many would have no estimate, or repeat another's answers; None in older models.
    """

    round: str
    as_of: str
    n: int
    numbers: Mapping[str, NumberProfile]
    levels: Mapping[str, Mapping[str, int | None]]
    item_sets: tuple[ItemSet, ...]
    labels: Mapping[str, str]
    thresholds: Thresholds = field(default_factory=Thresholds)
    estimates: EstimateProfile | None = None
    calibrated_on: str = ""
    together: Mapping[str, Together] = field(default_factory=dict)
    usual: Usual | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the profile as plain values."""
        return {
            "round": self.round,
            "as_of": self.as_of,
            "n": self.n,
            "numbers": {name: asdict(number) for name, number in self.numbers.items()},
            "levels": {name: dict(levels) for name, levels in self.levels.items()},
            "item_sets": [asdict(items) for items in self.item_sets],
            "labels": dict(self.labels),
            "thresholds": asdict(self.thresholds),
            "estimates": self.estimates.to_dict() if self.estimates else None,
            "calibrated_on": self.calibrated_on,
            "together": {key: each.to_dict() for key, each in self.together.items()},
            "usual": asdict(self.usual) if self.usual else None,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> RelianceProfile:
        """Return the profile that `to_dict` described."""
        return cls(
            round=stored["round"],
            as_of=stored["as_of"],
            n=stored["n"],
            numbers={
                name: NumberProfile(**{**number, "quantiles": tuple(number["quantiles"])})
                for name, number in stored["numbers"].items()
            },
            levels={name: dict(levels) for name, levels in stored["levels"].items()},
            item_sets=tuple(
                ItemSet(**{**items, "columns": tuple(items["columns"])})
                for items in stored["item_sets"]
            ),
            labels=dict(stored["labels"]),
            thresholds=_stored_thresholds(stored["thresholds"]),
            estimates=EstimateProfile.from_dict(stored["estimates"])
            if stored.get("estimates")
            else None,
            calibrated_on=stored.get("calibrated_on", ""),
            together={
                key: Together.from_dict(each) for key, each in stored.get("together", {}).items()
            },
            usual=Usual(**stored["usual"]) if stored.get("usual") else None,
        )

    def answers(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Return the answers to items among some features, shape (people, items)."""
        names = [name for items in self.item_sets for name in items.columns if name in X]
        return X[names].to_numpy("float64")


def _stored_thresholds(stored: Mapping[str, Any]) -> Thresholds:
    """Return a stored model's thresholds; those of rules that are no more are left out."""
    names = Thresholds.__dataclass_fields__
    return Thresholds(**{name: value for name, value in stored.items() if name in names})


def profile(
    training: TrainingSet,
    thresholds: Thresholds | Mapping[str, Any] | None = None,
    *,
    columns: tuple[Column, ...] = (),
    out_of_fold: NDArray[np.float64] | None = None,
) -> RelianceProfile:
    """Return what is remembered of a training set.

    Parameters
    ----------
    training : TrainingSet
        From `assemble`.
    thresholds : Thresholds or mapping, optional
        ``[reliance]`` of the experiment, with `calibrated_on` where it states one; the defaults are
        those of the report's specification.
    columns : tuple of Column
        The columns the model reads.
    out_of_fold : array (people,), optional
        Calibrated log-odds of the training people, each by a model that never saw them.

    Raises
    ------
    ExperimentError
        When a threshold has a name that does not exist.
    """
    learned = None
    if out_of_fold is not None and len(out_of_fold) and columns:
        learned = learn_estimates(training, columns, out_of_fold)
    given = {} if isinstance(thresholds, Thresholds) else dict(thresholds or {})
    checked_on = _day(given.pop(CHECKED_ON, ""))
    limits = thresholds if isinstance(thresholds, Thresholds) else checked_thresholds(given)
    columns_profile = _of_columns(training, limits)
    return replace(columns_profile, estimates=learned, calibrated_on=checked_on)


def _day(given: object) -> str:
    """Return a day of the experiment, a TOML date or text, as ISO text."""
    try:
        return date.fromisoformat(str(given)).isoformat() if given else ""
    except ValueError as error:
        raise ExperimentError(
            "'reliance.calibrated_on' must be a day such as 2026-03-20.", code="DATE_UNREADABLE"
        ) from error


def _of_columns(training: TrainingSet, thresholds: Thresholds) -> RelianceProfile:
    columns = training.columns
    numbers = {c.name: _number(training.X[c.name], c) for c in columns if c.kind == "number"}
    return RelianceProfile(
        round=training.round,
        as_of=training.as_of,
        n=training.n,
        numbers={name: number for name, number in numbers.items() if number is not None},
        levels={c.name: _levels(training.X[c.name]) for c in columns if c.kind == "choice"},
        item_sets=_item_sets(training),
        labels={c.name: c.label for c in columns},
        thresholds=thresholds,
        together=learn_together(training),
    )


def _number(values: pd.Series, column: Column) -> NumberProfile | None:
    numbers = values.dropna().to_numpy(dtype=np.float64)
    if len(numbers) < SMALLEST_CELL:
        return None
    low, high = _outwards(numbers, column)
    marks = tuple(float(v) for v in np.quantile(numbers, QUANTILES))
    return NumberProfile(low, high, marks, protected(int(values.isna().sum())))


def protected(count: int) -> int | None:
    return None if 0 < count < SMALLEST_CELL else count


def _outwards(numbers: np.ndarray, column: Column) -> tuple[float, float]:
    """Return the range, each end moved out to a grid of a twentieth of what is possible."""
    bounded = column.low is not None and column.high is not None
    width = (column.high - column.low) if bounded else float(np.ptp(numbers))  # type: ignore[operator]  # bounded
    step = max(width / GRID_STEPS, 1e-9)
    low, high = np.floor(numbers.min() / step) * step, np.ceil(numbers.max() / step) * step
    if column.low is not None:
        low = max(low, column.low)
    if column.high is not None:
        high = min(high, column.high)
    return float(low), float(high)


def _levels(values: pd.Series) -> dict[str, int | None]:
    """Return how many gave each level, where neither that nor the others' sum tells of a few."""
    levels = sorted(values.dropna().unique())
    groups = [(values == level).to_numpy() for level in levels]
    everyone = protect([], values=[count(np.ones(len(values), dtype=bool))])
    parts = np.array([*groups, values.isna().to_numpy()])
    sizes = [count(group) for group in groups]
    counts = protect([], values=sizes, families=[parts], given=everyone).fill(sizes)
    return {str(level): number for level, number in zip(levels, counts, strict=True)}


def _item_sets(training: TrainingSet) -> tuple[ItemSet, ...]:
    """Return the instruments' items, visit by visit; a total stands in where no items are given."""
    sets = []
    for source, measure in training.study.instruments.items():
        for visit in dict.fromkeys(c.visit for c in training.columns if c.source == source):
            columns = _answers(training.columns, source, visit)
            if columns:
                sets.append(_item_set(training, source, columns, measure.instrument.title))
    return tuple(sets)


def _answers(columns: Sequence[Column], source: str, visit: str) -> tuple[str, ...]:
    here = [c for c in columns if c.source == source and c.visit == visit]
    items = tuple(c.name for c in here if c.role == "item")
    return items or tuple(c.name for c in here if c.role == "total")


def _item_set(training: TrainingSet, source: str, columns: tuple[str, ...], title: str) -> ItemSet:
    absent = int(training.X[list(columns)].isna().all(axis=1).sum())
    often = absent >= max(SMALLEST_CELL, OFTEN_ABSENT * training.n)
    return ItemSet(
        title=title,
        columns=columns,
        allowed=_allowed(training.study, source, columns),
        may_be_absent=often and source != training.outcome.instrument,
    )


def _allowed(study: Study, source: str, columns: Sequence[str]) -> int:
    """Return how many missing answers the widest scale of an instrument forgives."""
    scales = study.instruments[source].instrument.scales
    widest = max(scales, key=lambda scale: len(scale.items))
    return min(widest.allowed_missing, len(columns) - 1)
