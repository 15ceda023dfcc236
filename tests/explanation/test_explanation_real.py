"""On real tables: for every patient the printed integers add up exactly."""

from __future__ import annotations

from pathlib import Path

import pytest

from predict.cohort import read_cohort
from predict.features.training_set import assemble
from predict.models.recipe import Recipe
from predict.models.training import train
from predict.pipeline import read_experiment
from predict.scoring import explain, score

ROOT = Path(__file__).parents[2]
TABLE = ROOT.parent / "shared" / "data" / "thp" / "thp_slim_903.csv"


@pytest.mark.realdata
@pytest.mark.parametrize("family", ["boosted", "linear"])
@pytest.mark.parametrize("name", ["one", "two"])
def test_printed_integers_add_up_for_every_mother(name: str, family: str) -> None:
    if not TABLE.exists():
        pytest.skip("the table of 903 mothers is not beside the project")
    spec = read_experiment(ROOT / "experiments" / f"thp_round_{name}.toml")
    cohort = read_cohort(TABLE, spec.study)
    training = assemble(cohort, **spec.question())
    model = train(training, Recipe(family=family, trials=0), refits=0)
    printed = explain(model, cohort).printed()
    # Who has no estimate has no reasons either.
    scored = (score(model, cohort)["status"] == "scored").sum()
    assert len(printed) == scored > 700
    assert (printed.drop(columns="end").sum(axis=1) == printed["end"]).all()
