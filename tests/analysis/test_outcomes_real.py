"""Outcome and attrition tables of the real public tables: complete, and n never shrinks unsaid."""

from pathlib import Path

import pytest

from predict.analysis.outcome_report import attrition_tables, outcome_tables
from predict.cohort import read_cohort
from predict.simulation.examples import write_example

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
TABLES = {
    "thp": "thp/thp_slim_903.csv",
    "pospsy": "pospsy/posPsy_wide.csv",
    "hamd17": "hamd17/antidepressant_data.csv",
    "help": "",
}
pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module", params=TABLES)
def cohort(request, tmp_path_factory):
    if request.param == "help":
        example = write_example("help", tmp_path_factory.mktemp("help"))
        return read_cohort(example.table, example.study)
    if not DATA.exists():
        pytest.skip("the real tables are not beside the project")
    study = ROOT / "experiments" / f"{request.param}_study.toml"
    return read_cohort(DATA / TABLES[request.param], study)


def test_every_rate_has_three_readings_with_their_denominators(cohort):
    table = outcome_tables(cohort)["rates"].frame
    keys = ["instrument", "scale", "round", "outcome"]
    readings = table.pivot_table(index=keys, columns="reading", values="n")
    assert readings.notna().all().all()
    assert (readings["completers"] == readings["weighted"]).all()
    assert (readings["completers"] <= readings["all_started"]).all()


def test_the_readings_differ_as_the_missingness_implies(cohort):
    """Lost counted as no: the rate falls by exactly the share that was lost."""
    table = attrition_tables(cohort)["rates"].frame
    keys = ["instrument", "scale", "round", "outcome"]
    wide = table.pivot_table(index=keys, columns="reading", values=["rate", "n"])
    stayed = wide["n"]["completers"] / wide["n"]["all_started"]
    assert (wide["rate"]["all_started"] - wide["rate"]["completers"] * stayed).abs().max() < 1e-12
    assert (stayed < 1).any()
    # Weighting moves a rate, yet not far: people who left were much like the others they are given.
    assert (wide["rate"]["weighted"] - wide["rate"]["completers"]).abs().max() < 0.10


def test_the_flow_adds_up(cohort):
    table = attrition_tables(cohort)["flow"].frame
    left = 0
    for place, (_, rows) in enumerate(table.groupby("step", sort=False)):
        counts = rows.groupby("kind")["n"].sum()
        if place:
            assert left - counts.get("lost", 0) + counts.get("returned", 0) == counts["left"]
        left = counts["left"]
    assert table["n"].iloc[0] == len(cohort.ids)


def test_the_tables_are_complete(cohort):
    names = {"scores", "rates", "strata", "interactions", "round_two"}
    assert names <= set(outcome_tables(cohort).names())
    assert set(attrition_tables(cohort).names()) == {"flow", "completers", "rates"}


def test_the_arm_is_among_the_groups(cohort):
    table = outcome_tables(cohort)["interactions"].frame
    arm = cohort.study.treatment.arm
    assert arm in set(table["factor"])
