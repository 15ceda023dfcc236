"""What an outcome is told to ask is what labelling does: floors and marks, both ways."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pandas as pd
import pytest

import predict as pr
from predict.definitions.outcomes import RULES, outcome_names, read_outcome
from predict.pipeline.outcome_page import outcome_lines, start_words

SINGLE = [n for n in outcome_names() if (o := read_outcome(n)).rule and RULES[o.rule].single]


def listed(*words: str) -> str:
    command = [sys.executable, "-m", "predict", "list", "outcomes", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", SINGLE)
def test_told_floor_and_marks_are_those_that_count(name: str) -> None:
    outcome = read_outcome(name)
    told, (marks,) = start_words(outcome), [
        line for line in outcome_lines(outcome) if line.startswith("Yes at an end score of: ")
    ]  # fmt: skip
    assert told == "any" if outcome.floor is None else told.startswith(f"{outcome.floor:g} or ")
    found = re.findall(r"(\d+) or (below|above)(?:, whatever| from (\d+))", marks)
    assert found
    for mark, way, start in found:
        starts = pd.Series([float(start or outcome.floor)] * 2)
        step = 1 if way == "below" else -1
        ends = pd.Series([float(mark), float(mark) + step])
        assert outcome.responds(starts, ends).tolist() == [True, False], (name, start)


@pytest.mark.parametrize("name", outcome_names())
def test_every_floor_and_source_is_told(name: str) -> None:
    outcome, text = read_outcome(name), "\n".join(outcome_lines(read_outcome(name)))
    floors = outcome.floor.values() if isinstance(outcome.floor, dict) else [outcome.floor]
    assert all(f"{floor:g} or " in start_words(outcome) for floor in floors if floor is not None)
    assert all(place in text for place in outcome.source)
    assert text.count("Yes when: ") == max(1, len(outcome.parts))


def test_floors_stand_in_the_list_and_an_entry_rule_is_said_whole() -> None:
    lines = {line.split()[0]: line for line in listed().splitlines()}
    assert set(lines) == set(outcome_names())
    assert lines["cesd_response"].endswith("total halved or better [start: 16 or above]")
    assert lines["who5_improvement"].endswith("[start: 50 or below]")
    assert lines["gad7_worsening"].endswith("[start: any]")
    assert lines["mbi_not_burned_out"].endswith(
        "[start: MBI-GS exhaustion 4.8 or above and (MBI-GS cynicism 3.8 or above or MBI-GS "
        "professional efficacy 4.3 or below)]"
    )
    assert {row["start"] for row in json.loads(listed("--json"))} == set(pr.list_outcomes().start)


def test_one_outcome_is_told_whole_and_a_wrong_name_is_sent_to_the_list() -> None:
    assert listed("hamd_response").splitlines()[1].startswith("Asked of a start score of: 8 or ab")
    assert json.loads(listed("hamd_response", "--json"))["floor"] == 8
    wrong = [sys.executable, "-m", "predict", "list", "outcomes", "hamd_respons"]
    done = subprocess.run(wrong, capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "hamd_response" in done.stderr
