"""How answers went together among the people a model learned from, in sums of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from predict.cohort.directions import direction_sums, item_rest, pair_correlation
from predict.features.training_set import TrainingSet
from predict.statistics.disclosure import SMALLEST_CELL

FEWEST = 50
# A correlation and a mean to so many places: nobody's answer follows from them.
PLACES = 2
# Counts of people who answered all are rounded down to tens: who did not are not told one by one.
TENS = 10


@dataclass(frozen=True)
class Together:
    """How the items of a scale went together, or two scales.

    Parameters
    ----------
    n : int
        People who had answered everything, rounded down to tens.
    correlations : tuple of float or None
        Each item with the sum of the others; of two scales one number. None where one is constant.
    means : tuple of float
        Mean answer to each item, turned items turned; empty for two scales.
    """

    n: int
    correlations: tuple[float | None, ...]
    means: tuple[float, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Together:
        """Return what `to_dict` described."""
        return cls(stored["n"], tuple(stored["correlations"]), tuple(stored["means"]))


def learn_together(training: TrainingSet) -> dict[str, Together]:
    """Return it for every scale whose items the model reads, and every pair of such scales.

    Keys are those of `predict.cohort.directions.direction_sums`. Below 50 people nothing is kept.
    """
    sums = direction_sums(training.study, _answers(training))
    return {key: together(key, numbers) for key, numbers in sums.items() if numbers[0] >= FEWEST}


def together(key: str, sums: np.ndarray) -> Together:
    """Return how answers go together by their sums."""
    n = int(sums[0])
    people = n // TENS * TENS
    if "/" in key:
        return Together(people, (_rounded(pair_correlation(sums)),))
    means = sums[3:].reshape(3, -1)[0] / n
    each = tuple(_rounded(r) for r in item_rest(sums))
    return Together(people, each, tuple(round(float(m), PLACES) for m in means))


def _rounded(correlation: float) -> float | None:
    return None if np.isnan(correlation) else round(float(correlation), PLACES)


def _answers(training: TrainingSet) -> dict[str, dict[str, np.ndarray]]:
    """The items among the features, visit by visit, under the names they have in a cohort."""
    visits: dict[str, dict[str, np.ndarray]] = {}
    for column in training.columns:
        if column.role == "item":
            name = training.study.instruments[column.source].instrument.column(column.item)
            answers = training.X[column.name].to_numpy("float64")
            visits.setdefault(column.visit, {})[name] = answers
    return visits


def repeats(answers: np.ndarray) -> tuple[int, int]:
    """Return how many people have all answers, not all the same, and how many repeat another's.

    Parameters
    ----------
    answers : array, shape (people, items)
        Whole or decimal numbers; NaN where one is missing.

    Examples
    --------
    >>> repeats(np.array([[0, 1, 2], [0, 1, 2], [3, 3, 3], [3, 3, 3], [2, 1, np.nan]]))
    (2, 1)
    """
    marks = _marks(answers)
    uneven = marks[~even(answers) & ~np.isnan(marks)]
    return len(uneven), len(uneven) - len(pd.unique(uneven))


def even(answers: np.ndarray) -> np.ndarray:
    """Whether a person gives every question the same answer, and leaves none out.

    >>> even(np.array([[3, 3, 3], [3, 3, np.nan], [2, 3, 3]])).tolist()
    [True, False, False]
    """
    return np.asarray((answers.T == answers[:, :1].T).all(axis=0))


def _marks(answers: np.ndarray) -> np.ndarray:
    """One number a row, the same for the same answers, NaN where one is missing.

    Exact for whole numbers below 2,000.
    """
    weights = np.random.default_rng(20).integers(1, 2**37, answers.shape[1])
    return np.asarray(answers @ weights.astype("float64"))


@dataclass(frozen=True)
class Usual:
    """What is usual among the people learned from, beside their answers.

    Parameters
    ----------
    silent : int or None
        How many of them would have no estimate; None when that is 1 to 10 people.
    answered : int
    repeated : int or None
        How many gave all answers, not all the same, rounded down to tens; how many of these repeat
        another's.
    """

    silent: int | None = 0
    answered: int = 0
    repeated: int | None = 0

    @property
    def most_silent(self) -> int:
        """The most people without an estimate that is compatible with what is told."""
        return SMALLEST_CELL - 1 if self.silent is None else self.silent

    @property
    def pairs(self) -> float:
        """The chance that two people give the same answers, at most."""
        most = SMALLEST_CELL - 1 if self.repeated is None else self.repeated
        return 2 * (most + 1) / max(self.answered, 1) ** 2
