"""One thousand patient ledgers: what is printed adds up, and is the model's own number.

Five models of three families, three outcomes and both rounds learn from simulated people; each
explains people in turn. A ledger is kept when

- start plus contributions is the calibrated log-odds, computed without the contributions, to 1e-4;
- on the page, start, subtotals and the rest give the printed estimate, row by row, and the printed
  texts are these numbers;
- the first line is named the starting estimate, and its gap to the rate of all patients is told
  when it is above half a point, and only then;
- one changed contribution, and one changed point, are each found.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from _proof import leave, share_asked, some
from predict.cohort import Cohort, read_cohort
from predict.definitions.wording import load_catalogue
from predict.explanation import TOLERANCE, Explanation
from predict.features.training_set import assemble
from predict.models.recipe import Recipe
from predict.models.response_model import ResponseModel
from predict.models.training import train
from predict.reports import report
from predict.reports.verify import adds_up
from predict.scoring import explain, score
from predict.simulation import simulate

LEDGERS, PEOPLE = 1000, 900
STUDY = Path(__file__).parents[1] / "experiments" / "demo_study.toml"
START = "Starting estimate"
HALF_A_POINT = 0.5


@dataclass(frozen=True)
class Question:
    """One model to be: family, outcome and round."""

    family: str
    outcome: str
    round: str = "one"


QUESTIONS = (
    Question("boosted", "phq9_response"),
    Question("boosted", "phq9_response", "two"),
    Question("boosted", "gad7_minimal_difference"),
    Question("linear", "phq9_response"),
    Question("totals", "phq9_remission"),
)


def main(share: float = 1.0) -> int:
    """Check a share of the thousand ledgers and return how many were not kept."""
    wanted = some(LEDGERS // len(QUESTIONS), share)
    asked = kept = 0
    for seed, question in enumerate(QUESTIONS, start=1):
        fates = [fate for _, fate in zip(range(wanted), ledgers(question, seed), strict=False)]
        asked, kept = asked + len(fates), kept + fates.count("")
        lost = sorted({fate for fate in fates if fate})
        print(f"{question.family}, {question.outcome}, round {question.round}: {len(fates)}", *lost)
    print(f"proof: {kept}/{asked}")
    return int(asked < wanted * len(QUESTIONS)) + asked - kept


def ledgers(question: Question, seed: int) -> Iterator[str]:
    """Yield what became of one ledger after another; empty when it was kept."""
    cohort = read_cohort(simulate("demo", people=PEOPLE, seed=seed).table, STUDY)
    model = trained(question, cohort)
    scores, explanation = score(model, cohort), explain(model, cohort)
    log_odds = dict(zip(cohort.ids, model.log_odds(model.features(cohort)), strict=True))
    key, told = b"k" * 16, scores.loc[scores["status"] == "scored", "id"]
    made = report(
        model,
        cohort,
        scores=scores,
        explanations=explanation,
        made="2026-03-21",
        key=key,
        pages=told,
    )
    for patient, page in made.pages():
        if isinstance(page, Exception):
            yield f"no page: {type(page).__name__}"
            continue
        yield judged(page, model, explanation, patient.id, float(log_odds[patient.id]))


def trained(question: Question, cohort: Cohort) -> ResponseModel:
    """Return a model of the question, learned from the cohort without a search."""
    blocks = ("items", "scales", "people", *(("course",) if question.round == "two" else ()))
    training = assemble(cohort, question.outcome, round=question.round, blocks=blocks)
    return train(training, Recipe(family=question.family, trials=0), refits=0, name="ledgers")


def judged(
    page: Any, model: ResponseModel, explanation: Explanation, person: str, log_odds: float
) -> str:
    """Return what is wrong with one person's ledger."""
    sections = page.facts["sections"]
    shares = explanation.contributions.loc[person].to_numpy()
    if not additive(explanation.start, shares, log_odds):
        return "contributions miss the log-odds"
    if not printed_right(sections, page.html):
        return "the printed ledger does not add up"
    if not gap_told(sections, page.html, model, explanation.start):
        return "the gap of the start is not told as it should be"
    return changes_found(sections, explanation.start, shares, log_odds)


def additive(start: float, shares: np.ndarray, log_odds: float) -> bool:
    """Return whether start plus contributions is the calibrated log-odds."""
    return abs(start + float(shares.sum()) - log_odds) <= TOLERANCE


def printed_right(sections: Mapping[str, Any], html: str) -> bool:
    """Return whether the ledger adds up, and each row's text is its number."""
    drivers = sections["drivers"]
    groups = [drivers["lowered"], drivers["raised"]]
    lines = [*groups, *(row for group in groups for row in group["rows"]), drivers["others"]]
    ends = all(f'data-f="drivers.{at}">{drivers[at]}<' in html for at in ("start", "end"))
    texts = all(line["text"] == load_catalogue().signed(line["points"]) for line in lines)
    return adds_up(drivers, sections["estimate"]) and texts and ends


def gap_told(sections: Mapping[str, Any], html: str, model: ResponseModel, start: float) -> bool:
    """Return whether the start has its name, and its gap is told when above half a point."""
    gap = abs(100 / (1 + math.exp(-start)) - 100 * float(model.facts["rate"]))
    said = "The starting estimate is the model's own" in html
    return START in html and said == (gap > HALF_A_POINT) == sections["drivers"]["gap"]


def changes_found(
    sections: Mapping[str, Any], start: float, shares: np.ndarray, log_odds: float
) -> str:
    """Return which planted fault went unseen."""
    bent = shares.copy()
    bent[np.abs(bent).argmax()] += 2 * TOLERANCE
    if additive(start, bent, log_odds):
        return "a changed contribution was not found"
    drivers = copy.deepcopy(sections["drivers"])
    rows = drivers["lowered"]["rows"] or drivers["raised"]["rows"] or [drivers["others"]]
    rows[0]["points"] += 1
    return "a changed point was not found" if adds_up(drivers, sections["estimate"]) else ""


if __name__ == "__main__":
    leave(int(main(share_asked(__doc__)) > 0))
