"""Families that add up weighted columns: prior, severity, totals, linear; one fitted form."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from predict.features.columns import Style
from predict.features.training_set import TrainingSet
from predict.files import read_json
from predict.models.families.base import Bench, FoldData, Params, PlainBench, Range
from predict.models.families.elastic_net import elastic_net

_SMALLEST_RATE = 1e-4


@dataclass(frozen=True)
class Additive:
    """A logistic model: intercept plus weights times prepared columns, on log-odds.

    Parameters
    ----------
    family : str
    intercept : float
        Log-odds of a person whose prepared columns are all 0: the middle of the training people.
    weights : tuple of float
        One a prepared column.
    """

    family: str
    intercept: float
    weights: tuple[float, ...]

    def margin(self, Z: pd.DataFrame) -> np.ndarray:
        """Return log-odds, shape (people,)."""
        margins: np.ndarray = self.intercept + self._products(Z).sum(axis=1)
        return margins

    def contributions(self, Z: pd.DataFrame) -> tuple[np.ndarray, float]:
        """Return weight times value for each column, and the intercept."""
        return self._products(Z), self.intercept

    def explained(self, Z: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, float]:
        """Return margin, contributions and intercept from one look at the rows."""
        products = self._products(Z)
        return self.intercept + products.sum(axis=1), products, self.intercept

    def _products(self, Z: pd.DataFrame) -> np.ndarray:
        products: np.ndarray = Z.to_numpy("float64") * np.asarray(self.weights)
        return products

    def to_bytes(self) -> bytes:
        """Return family, intercept and weights as JSON, every digit kept."""
        stored = {"family": self.family, "intercept": self.intercept, "weights": self.weights}
        return (json.dumps(stored, indent=1) + "\n").encode()


@dataclass(frozen=True)
class _Logistic:
    """What the logistic families share: completed columns and one fitted form."""

    name: ClassVar[str]
    file: ClassVar[str] = "family.json"
    style: ClassVar[Style] = "complete"
    space: ClassVar[Mapping[str, Range]] = {}
    defaults: ClassVar[Params] = {}

    def bench(self, folds: Sequence[FoldData], *, seed: int, threads: int) -> Bench:
        return PlainBench(self, folds, seed, threads)

    def choose(self, training: TrainingSet) -> tuple[str, ...]:
        return training.chosen

    def fit(
        self, Z: pd.DataFrame, y: np.ndarray, params: Params, *, seed: int, threads: int
    ) -> Additive:
        from sklearn.linear_model import LogisticRegression

        # A whisper of ridge: without it a separable resample sends weights to infinity.
        return additive(self.name, Z, y, LogisticRegression(C=1e4, max_iter=2000, tol=1e-8))

    def from_bytes(self, data: bytes) -> Additive:
        stored = read_json(data)
        return Additive(stored["family"], stored["intercept"], tuple(stored["weights"]))


def additive(name: str, Z: pd.DataFrame, y: np.ndarray, estimator: Any) -> Additive:
    """Return a scikit-learn logistic regression, fitted, as plain numbers."""
    if Z.shape[1] == 0 or len(np.unique(y)) < 2:
        return _flat(name, Z, y)
    fitted = estimator.fit(Z.to_numpy("float64"), y)
    weights = tuple(float(weight) for weight in fitted.coef_[0])
    return Additive(name, float(fitted.intercept_[0]), weights)


def _flat(name: str, Z: pd.DataFrame, y: np.ndarray) -> Additive:
    """Return the rate for everybody: nothing to weigh, or nobody of the other outcome."""
    return Additive(name, rate_log_odds(y), (0.0,) * Z.shape[1])


def rate_log_odds(y: np.ndarray) -> float:
    """Return the log-odds of the share of yes."""
    rate = float(np.clip(np.mean(y), _SMALLEST_RATE, 1 - _SMALLEST_RATE))
    return float(np.log(rate / (1 - rate)))


class Prior(_Logistic):
    """The share of yes among the training people, for everybody: knows nothing of the person."""

    name = "prior"

    def choose(self, training: TrainingSet) -> tuple[str, ...]:
        """Return no columns."""
        return ()


class Severity(_Logistic):
    """Logistic on the outcome scale's baseline total, and later its total as of the visit."""

    name = "severity"

    def choose(self, training: TrainingSet) -> tuple[str, ...]:
        """Return the totals at the anchor visits of every scale that decides the outcome."""
        measures = training.outcome.measures
        return tuple(
            column.name
            for column in training.columns
            if column.role == "total" and (column.source, column.item) in measures
        )


class Totals(_Logistic):
    """Logistic on every scale's totals with age and sex."""

    name = "totals"

    def choose(self, training: TrainingSet) -> tuple[str, ...]:
        """Return totals at the anchor visits, age and sex."""
        return tuple(
            column.name
            for column in training.columns
            if column.role == "total"
            or (column.role, column.name) in {("person", "age"), ("person", "sex")}
        )


class Linear(_Logistic):
    """Elastic net: logistic on every chosen column, its weights shrunk and selected."""

    name = "linear"
    space: ClassVar[Mapping[str, Range]] = {
        "strength": Range(1e-3, 1.0, log=True),
        "l1_ratio": Range(0.05, 0.95),
    }
    defaults: ClassVar[Params] = {"strength": 0.05, "l1_ratio": 0.5}

    def fit(
        self, Z: pd.DataFrame, y: np.ndarray, params: Params, *, seed: int, threads: int
    ) -> Additive:
        """Return the weights that minimise mean log loss plus ``strength`` times the penalty."""
        if Z.shape[1] == 0 or len(np.unique(y)) < 2:
            return _flat(self.name, Z, y)
        start, weights = elastic_net(
            Z.to_numpy("float64"), y, strength=params["strength"], l1_ratio=params["l1_ratio"]
        )
        return Additive(self.name, start, tuple(map(float, weights)))
