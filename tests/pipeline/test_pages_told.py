"""A run says how many patient pages it wrote, and why there is none where nobody gets one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import predict as pr
from predict.cohort import read_cohort
from predict.pipeline import read_experiment
from predict.pipeline.pages import MOST_PAGES, pages_words
from predict.simulation.examples import shipped

QUESTION: dict[str, Any] = {
    "study": str(shipped("demo_study.toml")),
    "outcome": "phq9_response",
    "blocks": ["scales"],
    "recipe": {"family": "severity", "trials": 0},
    "evaluation": {"outer": 3, "repeats": 1, "families": ["prior"], "resamples": 9, "refits": 0},
}
WHOSE = "of people without an outcome who answered nothing after the model stands"


@pytest.mark.parametrize("open_courses", [True, False], ids=["some open", "all closed"])
def test_the_number_of_pages_and_an_empty_folder_are_told(
    open_courses: bool, tmp_path: Path
) -> None:
    table, told = pr.simulate("demo", people=160, seed=1).table, list[str]()
    study = read_experiment(QUESTION).study
    if not open_courses:
        answers = pr.label(read_cohort(table, study), "phq9_response", round="one")["answer"]
        ended = answers.index[answers.isin(["yes", "no"])]
        table = table[table[study.id].astype("str").isin(ended)]
    done = pr.run(QUESTION, table, tmp_path / "out", track=False, say=told.append)
    (said,) = [sentence for sentence in told if "atient page" in sentence]
    pages = list((done.folder / "report" / "patients").glob("*.html"))
    assert len(pages) == done.counts["patient_pages"]
    assert bool(pages) == open_courses
    if pages:
        assert said == f"{len(pages)} patient pages, {WHOSE}."
    else:
        assert said.startswith("No patient page: everybody has an outcome, or answers after")
        assert "predict report MODEL TABLE" in said


def test_a_cut_is_told() -> None:
    assert pages_words(1) == f"1 patient page, {WHOSE}"
    assert "the most that a run writes" in pages_words(MOST_PAGES)
