"""TRIPOD+AI and PROBAST+AI: every sub-item answered, from artifacts where a machine can."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from predict.appraisal import AUTOMATABLE, ITEMS, Evidence, probast, tripod
from predict.appraisal.checks import CHECKS, Design, examine
from predict.appraisal.probast import QUESTIONS
from predict.appraisal.sample_size import candidate_parameters
from predict.appraisal.tripod_words import part_words
from predict.cohort import read_cohort
from predict.definitions.study.study import Treatment
from predict.definitions.wording import languages, load_catalogue
from predict.evaluation import Plan, evaluate
from predict.features.training_set import assemble
from predict.files import read_json, to_json_value
from predict.model_folder.card import card
from predict.models.recipe import Recipe
from predict.models.training import train
from predict.pipeline.run import write_standards
from predict.simulation.examples import demo

PLAN = Plan(outer=3, repeats=1, families=("prior", "severity"), resamples=50)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    made = demo(tmp_path_factory.mktemp("demo"), people=260, seed=3)
    cohort = read_cohort(made.table, made.study)
    training = assemble(cohort, "phq9_response", blocks=("scales", "people"))
    recipe = Recipe(family="severity", trials=0, inner=2)
    evaluation = evaluate(training, recipe, PLAN, cohort=cohort)
    model = train(
        training, recipe, refits=0, facts={"evaluation": to_json_value(evaluation.to_dict())}
    )
    checks = examine(Design(training, recipe, PLAN, cohort, evaluation))
    return Evidence(training, model, evaluation, PLAN, cohort, checks)


def test_there_are_52_sub_items_and_none_is_blank(evidence: Evidence) -> None:
    rows = tripod(evidence)
    assert [row["item"] for row in rows] == list(ITEMS)
    assert len(rows) == 52
    assert all(len(row["text"]) > 20 for row in rows)


def test_what_a_machine_can_answer_is_answered_from_artifacts(evidence: Evidence) -> None:
    rows = {row["item"]: row for row in tripod(evidence)}
    for item in AUTOMATABLE:
        assert rows[item]["status"] in {"reported", "partial"}, item
        assert not rows[item]["text"].startswith("Not reported"), item


def test_the_checklist_counts_parameters_as_the_checks_do(evidence: Evidence) -> None:
    """Five numbers, two further sexes and a further route: one parameter each."""
    size = next(row["text"] for row in tripod(evidence) if row["item"] == "10")
    features = evidence.training.X[list(evidence.training.chosen)]
    count = candidate_parameters(features)
    assert count == features.shape[1] + 1 == 6
    told = evidence.checks.set_index("code").loc["SAMPLE_SIZE", "text"]
    assert f"{count} parameters" in size
    assert f"{count} parameters" in told
    # Baseline severity is a regression.
    assert "boosted" not in size + told


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(
    ("declared", "starts"),
    [
        ({}, ("The study does not declare whether", "El estudio no declara si")),
        ({"comparison": False}, ("All under a programme.", "Todas con a programme.")),
        (
            {"comparison": True, "arm": "sex"},
            ("Some under a programme, the others in", "Unas con a programme, las demás en"),
        ),
    ],
)
def test_of_the_treatment_6c_says_what_the_study_declares(
    evidence: Evidence, language: str, declared: dict[str, Any], starts: tuple[str, str]
) -> None:
    treatment = Treatment(name="a programme", **declared)
    study = replace(evidence.training.study, treatment=treatment)
    changed = replace(evidence, training=replace(evidence.training, study=study))
    row = next(row for row in tripod(changed) if row["item"] == "6c")
    told = part_words(row["said"], load_catalogue(language))
    assert told.startswith(dict(zip(("en", "es"), starts, strict=True))[language])
    assert ("'sex'" in told or "«sex»" in told) == ("arm" in declared)


def test_what_only_people_know_says_why_it_is_missing(evidence: Evidence) -> None:
    rows = {row["item"]: row for row in tripod(evidence)}
    assert rows["17"]["text"].startswith("Not reported: ")
    assert rows["17"]["status"] == "not_reported"


def test_a_statement_of_the_experiment_answers_its_item(evidence: Evidence) -> None:
    said = replace(evidence, statements={"17": "Board 7 approved it."})
    row = next(row for row in tripod(said) if row["item"] == "17")
    assert (row["status"], row["text"]) == ("reported", "Board 7 approved it.")


def test_probast_has_sixteen_and_eighteen_questions_from_known_checks(evidence: Evidence) -> None:
    parts = [part for part, *_ in QUESTIONS]
    assert (parts.count("development"), parts.count("evaluation")) == (16, 18)
    assert all(code in CHECKS for *_, code in QUESTIONS if code)
    appraisal = probast(evidence)
    assert {row["answer"] for row in appraisal["questions"]} <= {"Y", "PY", "PN", "N", "NI"}
    assert set(appraisal["overall"]) == {"development", "evaluation"}


def test_an_objection_that_stands_makes_its_domain_high(evidence: Evidence) -> None:
    checks = evidence.checks.copy()
    checks.loc[checks["code"] == "CLASS_WEIGHTS", "state"] = "issue"
    appraisal = probast(replace(evidence, checks=checks))
    assert appraisal["domains"]["development"]["analysis"] == "high"
    assert appraisal["overall"]["development"] == "high"


def test_both_are_written_beside_the_run(evidence: Evidence, tmp_path: Path) -> None:
    write_standards(evidence, tmp_path)
    assert len(read_json(tmp_path / "tripod.json")) == 52
    assert len(read_json(tmp_path / "probast.json")["questions"]) == 34


def test_the_card_has_the_applied_model_cards_headings(evidence: Evidence) -> None:
    text = card(evidence.model)
    for heading in ("Basic information", "Uses and directions", "Warnings", "Key metrics"):
        assert f"## {heading}" in text
    assert "| auroc |" in text
    assert str(evidence.evaluation.verdict["sentence"]) in text


@pytest.mark.parametrize("language", languages())
def test_the_output_is_told_by_what_the_model_has(evidence: Evidence, language: str) -> None:
    """No interval where none was learned, no estimate or reason where they are withheld."""
    say = load_catalogue(language)
    shown = replace(evidence.model, show_unproven="a test")
    verdict = {"model": "severity", "comparisons": {"prior": {"state": "not_shown"}}}
    facts = {**shown.facts, "evaluation": {"verdict": verdict}}
    cases = {
        "output": replace(shown, interval={"between": 0.1}),
        "output_no_interval": shown,
        "output_withheld": replace(shown, show_unproven="", facts=facts),
    }
    for key, model in cases.items():
        row = next(r for r in tripod(replace(evidence, model=model)) if r["item"] == "15")
        assert row["said"][0]["say"] == f"tripod.{key}"
        whole = part_words(row["said"], say)
        assert whole.startswith(say.text(f"tripod.{key}", {"marks": "@"}).split("@")[0])
        assert ("90 %" in whole.split(";")[0]) == (key == "output")
