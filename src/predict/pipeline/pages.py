"""The pages of a run: a worklist of everybody, the model's page, pages of open cases."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from predict.cohort import Cohort
from predict.evaluation import Evaluation
from predict.features.training_set import TrainingSet
from predict.files import read_json
from predict.models.response_model import ResponseModel
from predict.reports import report
from predict.reports.expectations import expectations_of
from predict.reports.from_models import with_origin
from predict.reports.report import report_key
from predict.scoring import Scored, ScoringPass, passed_reasons

# Everybody stands in the worklist; pages are for those of whom nothing is known but the start.
MOST_PAGES = 500


def write_report(
    folder: Path,
    cohort: Cohort,
    training: TrainingSet,
    model: ResponseModel,
    evaluation: Evaluation,
    scores: Scored,
    *,
    language: str = "en",
) -> int:
    """Write `report/`, with the run's `tripod.json`, and return how many patient pages it holds."""
    people, today = open_people(training, cohort), datetime.now(UTC).strftime("%Y-%m-%d")
    passed = ScoringPass(model, "run").table(cohort)
    made = report(
        [with_origin(model, read_json(folder / "model" / "manifest.json"))],
        cohort,
        scores=[scores],
        explanations=[None if model.withheld else passed_reasons(passed)],
        evaluation=evaluation,
        pages=people,
        made=today,
        today=today,
        key=report_key(folder),
        expected=expectations_of(folder, report_key(folder), cohort.ids),
        tripods=[read_json(folder / "tripod.json")],
        language=language,
    )
    made.save(folder / "report")
    return len(people)


def pages_words(pages: int) -> str:
    """Return how many patient pages a run wrote, and of whom: an empty folder looks like a fault.

    Examples
    --------
    >>> pages_words(31)
    '31 patient pages, of people without an outcome who answered nothing after the model stands'
    """
    every = "`predict report MODEL TABLE -o DIR` writes one for everybody"
    if not pages:
        return (
            "No patient page: everybody has an outcome, or answers after the visit at which the "
            f"model stands; {every}"
        )
    some = f"{pages} patient page{'' if pages == 1 else 's'}"
    told = f"{some}, of people without an outcome who answered nothing after the model stands"
    return f"{told}, the most that a run writes; {every}" if pages == MOST_PAGES else told


def open_people(training: TrainingSet, cohort: Cohort) -> list[str]:
    """Return ids of the people a page is for: what they will have reached is still to be seen.

    Their outcome is unknown, and nothing was answered after the visit the model stands at.
    """
    study = cohort.study
    later = [v for v in study.visits if study.order(v) > study.order(training.as_of)]
    silent = ~pd.concat([cohort.present(visit) for visit in later], axis=1).any(axis=1)
    waiting = (training.labels["answer"] == "unknown").reindex(silent.index, fill_value=False)
    here = cohort.present(training.as_of)
    return list(silent.index[silent & waiting & here][:MOST_PAGES])
