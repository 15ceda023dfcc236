"""Experiments: every fault at once, and the ones that ship are sound."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from predict.definitions.study import read_study
from predict.errors import ExperimentError, StudyError
from predict.pipeline import read_experiment
from predict.pipeline.lists import LISTS

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(p for p in (ROOT / "experiments").glob("*.toml") if "_study" not in p.stem)
STUDY = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline", "end"],
    "rounds": {"one": {"start": "baseline", "end": "end"}},
    "instruments": {"phq9": {"totals": {"total": "phq9_{visit}"}}},
    "people": {"town": {"kind": "choice", "values": ["x", "y"], "known_at": "baseline"}},
}


def test_every_fault_is_named_at_once_with_a_suggestion():
    with pytest.raises(ExperimentError) as caught:
        read_experiment(
            {
                "study": STUDY,
                "outcom": "phq9_response",
                "blocks": ["itms"],
                "seed": "one",
                "recipe": {"family": "boosting", "trails": 3},
                "evaluation": {"outer": True},
            }
        )
    said = str(caught.value)
    for part in (
        "'outcome' is missing",
        "Did you mean 'outcome'?",
        "Did you mean 'items'?",
        "'seed' should be int, got str",
        "Did you mean 'boosted'?",
        "Did you mean 'trials'?",
        "'evaluation.outer' should be int, got bool",
    ):
        assert part in said
    assert len(caught.value.problems) == 7


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"refits": 0}, "'refits' is not a key here. It belongs under [evaluation]."),
        ({"recipe": {"refits": 0}}, "'recipe.refits' is not a key here. It belongs under [eval"),
        ({"trials": 2}, "'trials' is not a key here. It belongs under [recipe]."),
        ({"evaluation": {"seed": 2}}, "'evaluation.seed' is not a key here. It belongs above all"),
        ({"recipe": {"trails": 2}}, "Did you mean 'trials'?"),
    ],
)
def test_a_key_in_the_wrong_table_is_told_its_own(wrong: dict, said: str):
    with pytest.raises(ExperimentError) as caught:
        read_experiment({"study": STUDY, "outcome": "phq9_response", **wrong})
    assert said in str(caught.value)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_an_experiment_that_ships_can_be_read(path: Path):
    experiment = read_experiment(path)
    assert experiment.name == path.stem
    assert experiment.study.order(experiment.as_of) >= 0
    assert experiment.flat()["outcome"] == experiment.outcome.name


def test_a_group_makes_whole_clusters_of_it():
    spec = {"study": STUDY, "outcome": "phq9_response", "evaluation": {"group": "town"}}
    assert read_experiment(spec).study.cluster == "town"


def test_a_group_that_is_no_column_is_refused():
    spec = {"study": STUDY, "outcome": "phq9_response", "evaluation": {"group": "city"}}
    with pytest.raises(ExperimentError, match="GROUP_UNKNOWN"):
        read_experiment(spec)


ASKED = {"study": STUDY, "outcome": "phq9_response"}


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("evaluation.thresholds", [50], "numbers between 0 and 1 in rising order"),
        ("evaluation.thresholds", [0.7, 0.3], "rising order, such as [0.3, 0.7]"),
        ("evaluation.thresholds", ["0.5"], "numbers between 0 and 1"),
        ("evaluation.thresholds", [], "numbers between 0 and 1"),
        ("evaluation.clinical_range", [0.3], "two numbers between 0 and 1"),
        ("evaluation.clinical_range", [0.7, 0.3], "two numbers between 0 and 1"),
        ("evaluation.clinical_range", [0, 1], "two numbers between 0 and 1"),
        ("evaluation.refits", 1, "give 2 or more (200 are usual), or 0"),
        ("evaluation.outer", 1, "a whole number, 2 or more"),
        ("evaluation.inner", 1, "a whole number, 2 or more"),
        ("evaluation.repeats", 0, "a whole number, 1 or more"),
        ("evaluation.resamples", -1, "a whole number, 1 or more"),
        ("evaluation.families", [], "one at least"),
        ("evaluation.schemes", ["place"], "Did you mean 'places'?"),
        ("evaluation.subgroups", ["twon"], "Did you mean 'town'?"),
        ("evaluation.gate", "refused", '"warn" or "refuse"'),
        ("seed", -1, "a whole number, 0 to 2147483647"),
        ("round", "three", "'round' names 'three'. Known: one."),
        ("round", "two", "'round' names 'two'. Known: one."),
        ("as_of", "baselin", "Did you mean 'baseline'?"),
        ("columns", ["twon"], "Did you mean 'town'?"),
        ("accept", ["twon"], "Did you mean 'town'?"),
        ("blocks", [], "one at least"),
        ("blocks", ["people", "people"], "each once"),
        ("recipe.trials", -5, "a whole number, 0 or more"),
        ("recipe.params", {"etta": 0.1}, "Did you mean 'eta'?"),
        ("recipe.params", {"eta": "slow"}, "eta = 'slow'; give a number from 0.0001 to 1"),
        ("mute", {"REPEAT_ONE": "a pilot"}, "Did you mean 'REPEATS_ONE'?"),
        ("mute", {"REPEATS_ONE": ""}, "must be a sentence"),
        ("statements", {"99": "approved"}, "'statements' names '99'"),
        ("statements", {"17": 3}, "'statements.17' must be a sentence"),
        ("reliance", {"missing_stp": 4}, "Did you mean 'missing_stop'?"),
        ("reliance", {"missing_stop": "four"}, "must be a whole number"),
        ("reliance", {"missing_stop": float("nan")}, "must be a whole number"),
        ("reliance", {"match_note": 5}, "a number from 0 to 1"),
        ("reliance", {"match_note": 0.3, "match_stop": 0.2}, "a note comes first"),
        ("reliance", {"calibrated_on": "20 March"}, "must be a day such as 2026-03-20"),
        ("outcome", {"instrument": "phq9", "rule": "respons"}, "Did you mean 'response'?"),
        ("outcome", {"instrument": "gad7", "rule": "response"}, "holds no instrument 'gad7'"),
        ("outcome", "gad7_response", "holds no instrument 'gad7'"),
    ],
)
def test_every_value_is_checked_when_it_is_read(path: str, value: object, said: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        read_experiment(changed(path, value))
    assert len(caught.value.problems) == 1, caught.value
    assert said in str(caught.value)


def changed(path: str, value: object) -> dict[str, object]:
    section, _, key = path.rpartition(".")
    if not section:
        return {**ASKED, key: value}
    fixed = {"family": "boosted"} if section == "recipe" else {}
    return {**ASKED, section: {**fixed, key: value}}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("evaluation.thresholds", [0.5]),
        ("evaluation.thresholds", [0.2, 0.5, 0.8]),
        ("evaluation.clinical_range", [0.05, 0.2]),
        ("evaluation.refits", 20),
        ("evaluation.refits", 0),
        ("evaluation.subgroups", ["town", "age"]),
        ("evaluation.gate", "refuse"),
        ("seed", 0),
        ("accept", ["phq9_total_baseline"]),
        ("recipe.params", {"eta": 0.1, "rounds": 40}),
        ("recipe.trials", 0),
        ("mute", {"REPEATS_ONE": "a pilot"}),
        ("statements", {"17": "Approved by the board."}),
        ("reliance", {"age_stop": 6}),  # a note never comes: silence alone is asked for
        ("reliance", {"calibrated_on": "2026-03-20", "missing_stop": 2, "match_note": 0.08}),
        ("outcome", {"instrument": "phq9", "rule": "response", "floor": 8}),
    ],
)
def test_values_that_make_sense_stay_accepted(path: str, value: object) -> None:
    assert read_experiment(changed(path, value)).name == "experiment"


def test_faults_of_keys_values_and_study_are_told_together() -> None:
    with pytest.raises(ExperimentError) as caught:
        read_experiment(
            {
                "study": {**STUDY, "layot": "wide"},
                "outcome": "phq9_response",
                "seed": -1,
                "evaluation": {"thresholds": [50], "gat": "warn"},
            }
        )
    told = {problem.column for problem in caught.value.problems}
    assert told == {"layot", "seed", "evaluation.thresholds", "evaluation.gat"}


def test_a_missing_file_is_named_without_its_path(tmp_path: Path):
    with pytest.raises(ExperimentError) as caught:
        read_experiment(tmp_path / "nothing.toml")
    assert str(tmp_path) not in str(caught.value)


def test_threads_change_no_tracked_parameter():
    one, two = (read_experiment(SHIPPED[0], threads=threads).flat() for threads in (1, 2))
    assert one == two


@pytest.mark.parametrize("kind", LISTS)
def test_each_list_names_its_entries(kind: str):
    done = subprocess.run(
        [sys.executable, "-m", "predict", "list", kind], capture_output=True, text=True, check=True
    )
    lines = done.stdout.strip().splitlines()
    assert len(lines) >= 2
    assert all(len(line.split(maxsplit=1)) == 2 for line in lines), lines


def test_an_unknown_list_ends_as_a_usage_error():
    done = subprocess.run(
        [sys.executable, "-m", "predict", "list", "outcome"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "Did you mean 'outcomes'?" in done.stderr


def test_a_study_where_an_experiment_is_due_is_told_so_and_the_reverse():
    with pytest.raises(ExperimentError, match=r"demo_study\.toml is a study, and an experiment is"):
        read_experiment(ROOT / "experiments" / "demo_study.toml")
    with pytest.raises(StudyError, match=r"demo_round_one\.toml is an experiment, and a study is"):
        read_study(ROOT / "experiments" / "demo_round_one.toml")
