"""Three small judged models of one question, and people with outcomes whom none learned from."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import predict as pr
from predict.evaluation import Plan
from predict.files import to_json_value
from predict.simulation import simulate

ROOT = Path(__file__).parents[2]
STUDY = ROOT / "experiments" / "demo_study.toml"


def _model(folder: Path, name: str, *, seed: int, people: int, judged: bool = True) -> Path:
    cohort = pr.read_cohort(simulate("demo", people=people, seed=seed).table, pr.read_study(STUDY))
    training = pr.assemble(cohort, "phq9_response", round="one", as_of="baseline", blocks=["items"])
    recipe = pr.Recipe(family="linear", trials=0, inner=2)
    plan = Plan(outer=3, repeats=1, resamples=20, families=("prior", "severity"))
    facts = (
        {"evaluation": to_json_value(pr.evaluate(training, recipe, plan).to_dict())}
        if judged
        else {}
    )
    model = pr.train(training, recipe, name=name, facts=facts, refits=0)
    return Path(pr.save_model(model, folder / name, made="2026-11-22T00:00:00Z"))


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """``first`` and ``second`` learned from 1,800 people each, ``unjudged`` was never judged."""
    folder = tmp_path_factory.mktemp("models")
    return {
        "first": _model(folder, "first", seed=4, people=1800),
        "second": _model(folder, "second", seed=1, people=1800),
        "unjudged": _model(folder, "unjudged", seed=3, people=300, judged=False),
    }


@pytest.fixture(scope="session")
def new_people() -> pd.DataFrame:
    """600 simulated people with outcomes."""
    return simulate("demo", people=600, seed=9).table
