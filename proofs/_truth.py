"""Cohorts whose true probabilities are known, for the proofs of the judging.

Sixteen items of two scales, age, sex and ten columns that mean nothing; the truth is logistic in
totals, mood, anhedonia, age and sex, with mild interactions and one bend, scaled so that the truth
itself has the asked AUROC.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from predict.definitions.outcomes import read_outcome
from predict.definitions.study import read_study
from predict.features.columns import Column
from predict.features.left_out import NOBODY
from predict.features.training_set import END_SCORE, START_SCORE, TrainingSet
from predict.statistics.metrics import auroc

STUDY = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline", "round_one_end"],
    "rounds": {"one": {"start": "baseline", "end": "round_one_end"}},
    "instruments": {
        "phq9": {"columns": "phq9_{item}_{visit}"},
        "gad7": {"columns": "gad7_{item}_{visit}"},
    },
    "people": {"age": {"kind": "number", "range": [18, 110], "known_at": "baseline"}},
}
PHQ = [f"phq9_{k}_baseline" for k in range(1, 10)]
GAD = [f"gad7_{k}_baseline" for k in range(1, 8)]
RATE = 0.55


@dataclass(frozen=True)
class Known:
    """People whose probabilities are known: features X, outcomes y, true probabilities."""

    X: pd.DataFrame
    y: np.ndarray
    truth: np.ndarray

    def training(self) -> TrainingSet:
        """Return the people as a training set of a PHQ-9 question."""
        return _training(self.X, self.y)


def people(n: int, *, oracle: float, seed: int) -> Known:
    """Draw n people whose true probabilities have this AUROC; .5 is pure noise."""
    draw = np.random.default_rng([seed, n])
    X = _answers(n, draw)
    line = _line(X)
    width = _width(oracle)
    truth = 1 / (1 + np.exp(-(_shift(width) + width * line)))
    y = (draw.random(n) < truth).astype(np.int8)
    return Known(X, y, truth)


def _answers(n: int, draw: np.random.Generator) -> pd.DataFrame:
    mood = draw.normal(size=n)
    worry = 0.65 * mood + np.sqrt(1 - 0.65**2) * draw.normal(size=n)
    found = {}
    for names, latent, cuts in ((PHQ, mood, (-0.75, 0.45, 1.25)), (GAD, worry, (-0.75, 0.45, 1.2))):
        for place, name in enumerate(names):
            own = 0.75 * latent + np.sqrt(1 - 0.75**2) * draw.normal(size=n)
            shift = 0.1 * (place - len(names) / 2)
            found[name] = np.searchsorted(np.array(cuts) + shift, own).astype(float)
    X = pd.DataFrame(found)
    X["phq9_total_baseline"], X["gad7_total_baseline"] = X[PHQ].sum(axis=1), X[GAD].sum(axis=1)
    X["age"] = np.clip(np.round(draw.normal(40, 13, n)), 18, 90)
    X["sex"] = (draw.random(n) < 0.65).astype(float)
    for k in range(10):
        X[f"other_{k}"] = draw.normal(size=n).round(2)
    X.index = pd.Index([f"p{i:06d}" for i in range(n)], name="id")
    return X


def _line(X: pd.DataFrame) -> np.ndarray:
    total = (X["phq9_total_baseline"] - 10) / 5.5
    worry = (X["gad7_total_baseline"] - 7.5) / 4.8
    low, joyless = X[PHQ[1]] - 1.2, X[PHQ[0]] - 1.2
    age, sex = (X["age"] - 40) / 13, X["sex"] - 0.65
    bend = np.maximum(age - 0.8, 0)
    line = (
        -0.5 * total - 0.3 * worry - 0.25 * low - 0.3 * joyless - 0.2 * age + 0.25 * sex
        + 0.15 * total * age + 0.2 * low * sex - 0.15 * joyless * worry + 0.6 * bend
    )  # fmt: skip
    return np.asarray(line, dtype=float)


def _reference() -> np.ndarray:
    return _line(_answers(40_000, np.random.default_rng(20261122)))


_LINES: list[np.ndarray] = []


def _sample() -> np.ndarray:
    if not _LINES:
        _LINES.append(_reference())
    return _LINES[0]


@cache
def _shift(width: float) -> float:
    """Return the intercept that gives the rate."""
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        rate = (1 / (1 + np.exp(-(middle + width * _sample())))).mean()
        low, high = (middle, high) if rate < RATE else (low, middle)
    return low


@cache
def _width(oracle: float) -> float:
    """Return the scale of the line at which the truth has the asked AUROC."""
    if oracle <= 0.5:
        return 0.0
    low, high = 0.0, 10.0
    for _ in range(30):
        middle = (low + high) / 2
        truth = 1 / (1 + np.exp(-(_shift(middle) + middle * _sample())))
        low, high = (middle, high) if expected_auroc(truth) < oracle else (low, middle)
    return low


def expected_auroc(truth: np.ndarray, estimate: np.ndarray | None = None) -> float:
    """Return an estimate's AUROC over all outcomes that true probabilities may give.

    Without an estimate, that of the truth itself. Ties count half.
    """
    _, place = np.unique(truth if estimate is None else estimate, return_inverse=True)
    yes, no = np.bincount(place, truth), np.bincount(place, 1 - truth)
    pairs = truth.sum() * (1 - truth).sum() - (truth * (1 - truth)).sum()
    met = (yes * (np.cumsum(no) - no / 2)).sum() - (truth * (1 - truth)).sum() / 2
    return float(met / pairs)


def fresh(n: int, *, oracle: float, seed: int) -> Known:
    """Return new people, never seen by any model."""
    return people(n, oracle=oracle, seed=seed + 1_000_000)


def measured_auroc(truth: np.ndarray, estimate: np.ndarray, seed: int = 0) -> float:
    """Return an estimate's AUROC on outcomes drawn from the truth."""
    y = np.random.default_rng(seed).random(len(truth)) < truth
    return auroc(y, estimate)


def _training(X: pd.DataFrame, y: np.ndarray) -> TrainingSet:
    columns = tuple(_column(name) for name in X)
    outcome = pd.Series(y, index=X.index, dtype="int8")
    start = X["phq9_total_baseline"]
    labels = pd.DataFrame(
        {"answer": np.where(y == 1, "yes", "no"), "why": "", "start": start, "end": np.nan}
    )
    return TrainingSet(
        X=X,
        y=outcome,
        groups=pd.Series(X.index, index=X.index, dtype="str"),
        columns=columns,
        chosen=tuple(X.columns),
        labels=labels,
        left_out=NOBODY,
        study=read_study(STUDY),
        outcome=read_outcome("phq9_response"),
        round="one",
        as_of="baseline",
        blocks=("items", "scales", "people"),
        extras=labels[["start", "end"]].set_axis([START_SCORE, END_SCORE], axis=1),
    )


def _column(name: str) -> Column:
    source = name.split("_")[0] if name.startswith(("phq9", "gad7")) else "people"
    role = "total" if "total" in name else "person" if source == "people" else "item"
    item = "total" if role == "total" else name.split("_")[1] if role == "item" else name
    return Column(name, name, "number", role, source, "baseline", item, role)
