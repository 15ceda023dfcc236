"""One mixed table and one training set for all tests of the estimators."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from predict.cohort import read_cohort
from predict.features.training_set import TrainingSet, assemble
from predict.simulation import simulate

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def mixed() -> tuple[pd.DataFrame, np.ndarray]:
    """Two hundred invented people: numbers, a category, text, a flag, and missing values."""
    draw = np.random.default_rng(3)
    age = draw.normal(40, 10, 200)
    table = pd.DataFrame(
        {
            "age": np.where(draw.random(200) < 0.1, np.nan, age),
            "route": pd.Categorical(draw.choice(["by mouth", "by needle"], 200)),
            "sex": pd.Series(draw.choice(["f", "m"], 200)).mask(draw.random(200) < 0.05),
            "before": draw.random(200) < 0.5,
        }
    )
    yes = draw.random(200) < 1 / (1 + np.exp(-(age - 40) / 8))
    return table, np.where(yes, "yes", "no")


@pytest.fixture(scope="session")
def training() -> TrainingSet:
    """Four hundred simulated people of the demo programme, its clusters kept."""
    cohort = read_cohort(
        simulate("demo", people=400, seed=5).table, ROOT / "experiments" / "demo_study.toml"
    )
    return assemble(cohort, "phq9_response", blocks=["scales", "people"])
