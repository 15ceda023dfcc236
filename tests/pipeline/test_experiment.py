"""Experiments: every fault at once, and the ones that ship are sound."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from predict.cli.list import LISTS
from predict.errors import ExperimentError
from predict.pipeline import read_experiment

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
    assert len(lines) >= 3
    assert all(len(line.split(maxsplit=1)) == 2 for line in lines), lines


def test_an_unknown_list_ends_as_a_usage_error():
    done = subprocess.run(
        [sys.executable, "-m", "predict", "list", "outcome"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "Did you mean 'outcomes'?" in done.stderr
