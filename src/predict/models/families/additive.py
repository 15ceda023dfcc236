"""Families that add up weighted columns: prior, severity, totals, linear; one fitted form."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from predict.features.training_set import TrainingSet
from predict.files import read_json
from predict.models.families.base import Family, Fitted, Params, Range, Resample
from predict.models.families.elastic_net import elastic_net

_SMALLEST_RATE = 1e-4


@dataclass(frozen=True)
class Additive(Fitted):
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


class AdditiveFamily(Family):
    """What families that add up weighted columns share: completed columns and one fitted form.

    As it stands it fits a plain logistic regression; a subclass chooses columns, or fits otherwise.
    """

    def fit(
        self, Z: pd.DataFrame, y: np.ndarray, params: Params, *, seed: int, threads: int
    ) -> Additive:
        """Return a logistic regression with hardly any ridge."""
        from sklearn.linear_model import LogisticRegression

        # A whisper of ridge: without it a separable resample sends weights to infinity.
        return additive(self.name, Z, y, LogisticRegression(C=1e4, max_iter=2000, tol=1e-8))

    def from_bytes(self, data: bytes) -> Additive:
        """Return the weights that `Additive.to_bytes` wrote."""
        stored = read_json(data)
        return Additive(stored["family"], stored["intercept"], tuple(stored["weights"]))

    def check(self, document: Any, *, names: Sequence[str], objective: str) -> None:
        """Prove that there is one finite weight a prepared column."""
        super().check(document, names=names, objective=objective)
        weights = document.get("weights")
        self.require(isinstance(weights, list) and len(weights) == len(names))
        self.require(all(_is_number(value) for value in [*weights, document.get("intercept")]))


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and bool(np.isfinite(value))


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


class Prior(AdditiveFamily):
    """The share of yes among the training people, for everybody: knows nothing of the person."""

    name = "prior"
    label = "the prior"
    rank = 0

    def choose(self, training: TrainingSet) -> tuple[str, ...]:
        """Return no columns."""
        return ()


class Severity(AdditiveFamily):
    """Logistic on the outcome scale's baseline total, and later its total as of the visit."""

    name = "severity"
    label = "baseline severity"
    rank = 10

    def label_in(self, round: str) -> str:
        """Return what it is called; after round one it looks at both totals."""
        return self.label if round == "one" else "severity so far"

    def choose(self, training: TrainingSet) -> tuple[str, ...]:
        """Return the totals at the anchor visits of every scale that decides the outcome."""
        measures = training.outcome.measures
        return tuple(
            column.name
            for column in training.columns
            if column.role == "total" and (column.source, column.item) in measures
        )


class Totals(AdditiveFamily):
    """Logistic on every scale's totals, with age and sex where the table has them."""

    name = "totals"
    label = "totals, age and sex"
    rank = 20

    def choose(self, training: TrainingSet) -> tuple[str, ...]:
        """Return totals at the anchor visits, and of age and sex what the table has."""
        return tuple(
            column.name
            for column in training.columns
            if column.role == "total"
            or (column.role, column.name) in {("person", "age"), ("person", "sex")}
        )


class Linear(AdditiveFamily):
    """Elastic net: logistic on every chosen column, its weights shrunk and selected."""

    name = "linear"
    label = "the penalised logistic model"
    rank = 30
    space: ClassVar[Mapping[str, Range]] = {
        "strength": Range(1e-3, 1.0, log=True),
        "l1_ratio": Range(0.05, 0.95),
    }
    defaults: ClassVar[Params] = {"strength": 0.05, "l1_ratio": 0.5}
    settings: ClassVar[Mapping[str, Range]] = {
        "strength": Range(1e-6, 1e3),
        "l1_ratio": Range(0.0, 1.0),
    }

    def fit(
        self, Z: pd.DataFrame, y: np.ndarray, params: Params, *, seed: int, threads: int
    ) -> Additive:
        """Return the weights that minimise mean log loss plus ``strength`` times the penalty."""
        return self._minimise(Z, y, params, start=None)

    def refit(self, sample: Resample, params: Params, *, shipped: Fitted, seed: int) -> Additive:
        """Return the same minimum, looked for from the shipped weights on."""
        Z, y = sample.rows()
        if isinstance(shipped, Additive) and len(shipped.weights) == Z.shape[1]:
            return self._minimise(Z, y, params, start=shipped)
        return self._minimise(Z, y, params, start=None)

    def _minimise(
        self, Z: pd.DataFrame, y: np.ndarray, params: Params, start: Additive | None
    ) -> Additive:
        if Z.shape[1] == 0 or len(np.unique(y)) < 2:
            return _flat(self.name, Z, y)
        intercept, weights = elastic_net(
            Z.to_numpy("float64"),
            y,
            strength=params["strength"],
            l1_ratio=params["l1_ratio"],
            start=None if start is None else (start.intercept, np.array(start.weights)),
        )
        return Additive(self.name, intercept, tuple(map(float, weights)))
