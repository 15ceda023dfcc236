"""A trial whose arm is all that tells: scores, explanations and pages say the same of it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import predict as pr
from predict.simulation import simulate

STUDY = Path(__file__).parents[2] / "experiments" / "demo_study.toml"


@pytest.fixture(scope="module")
def told() -> tuple[pd.DataFrame, pr.Explanation, list[dict[str, Any]]]:
    """Scores, explanation and pages of people who respond by their arm and nothing else."""
    table = simulate("demo", people=200, seed=1).table
    ends = [f"phq9_{item}_round_one_end" for item in range(1, 10)]
    halved = (
        table[ends].sum(axis=1)
        <= table[[c.replace("round_one_end", "baseline") for c in ends]].sum(axis=1) / 2
    )
    swapped = np.random.default_rng(4).random(len(table)) < 0.25
    table["given"] = np.where(halved.to_numpy() ^ swapped, "programme", "usual care")
    study = tomllib.loads(STUDY.read_text())
    values = ["programme", "usual care"]
    study["people"]["given"] = {"kind": "choice", "values": values, "known_at": "baseline"}
    study["treatment"] |= {"comparison": True, "arm": "given"}
    cohort = pr.read_cohort(table, study)
    training = pr.assemble(cohort, "phq9_response", blocks=("scales", "people"))
    model = pr.train(training, pr.Recipe(family="linear", params={"strength": 0.01}), refits=0)
    made = pr.report(model, cohort, made="2026-03-21", key=b"k" * 16, pages=list(cohort.ids[:20]))
    pages = [made.page(person).facts["sections"] for person in cohort.ids[:20]]
    return pr.score(model, cohort), pr.explain(model, cohort), pages


def test_scores_never_name_the_arm(told: Any) -> None:
    scores, _, _ = told
    reasons = scores["lowered_by"] + scores["raised_by"]
    assert (reasons != "").any()
    assert not reasons.str.contains("given=").any()


def test_a_page_tells_the_arm_apart_and_the_rest_as_scores_do(told: Any) -> None:
    _, _, pages = told
    ledgers = [page["drivers"] for page in pages if "start" in page["drivers"]]
    assert max(abs(ledger["arm"]["points"]) for ledger in ledgers) > 10
    rows = [row for one in ledgers for way in ("lowered", "raised") for row in one[way]["rows"]]
    assert rows
    assert not any("given" in row["label"].lower() for row in rows)


def test_a_ledger_in_python_counts_the_arm_among_the_other_answers(told: Any) -> None:
    _, reasons, _ = told
    for person in reasons.values.index[:20]:
        ledger = reasons.person(person).set_index("step")["points"]
        assert "given" not in ledger.index
        assert ledger.drop("end").sum() == ledger["end"]
