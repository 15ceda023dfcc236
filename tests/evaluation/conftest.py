"""Out-of-fold estimates from a known truth, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from predict.cohort import Cohort, read_cohort
from predict.evaluation.cross_validation import OutOfFold
from predict.features.training_set import TrainingSet, assemble
from predict.simulation.examples import demo


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def make_out_of_fold(
    n: int = 200,
    *,
    outer: int = 4,
    repeats: int = 2,
    seed: int = 1,
    signal: float = 1.0,
    noise: float = 1.0,
) -> OutOfFold:
    """A constant prior, a weak rival and the truth itself, on n simulated people."""
    draw = np.random.default_rng(seed)
    line = draw.normal(size=n) * signal
    y = (draw.random(n) < sigmoid(line)).astype(np.int8)
    folds = np.array([draw.permutation(np.arange(n) % outer) for _ in range(repeats)])
    weak = sigmoid(0.5 * line + noise * draw.normal(size=(repeats, n)))
    strong = np.tile(sigmoid(line), (repeats, 1))
    prior = np.empty((repeats, n))
    for repeat in range(repeats):
        for fold in range(outer):
            prior[repeat, folds[repeat] == fold] = y[folds[repeat] != fold].mean()
    ids = pd.Index([f"p{i:04d}" for i in range(n)], name="id")
    return OutOfFold(
        ids,
        y,
        ids.to_numpy(dtype=object),
        folds,
        {"prior": prior, "severity": weak, "boosted": strong},
    )


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    """Return 260 people of the simulated programme."""
    made = demo(tmp_path_factory.mktemp("demo"), people=260, seed=3)
    return read_cohort(made.table, made.study)


@pytest.fixture(scope="session")
def training(cohort: Cohort) -> TrainingSet:
    """Return the round-one question about them, on scales and people only."""
    return assemble(cohort, "phq9_response", blocks=("scales", "people"))


@pytest.fixture
def out_of_fold() -> Callable[..., OutOfFold]:
    """Return the maker, so that each test chooses its own size."""
    return make_out_of_fold
