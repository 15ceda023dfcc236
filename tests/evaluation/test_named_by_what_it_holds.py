"""The rival `totals` is named by what the table gave it, wherever it is named."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

import predict as pr
from predict.definitions.wording import languages, load_catalogue
from predict.evaluation.comparators import AGE_SEX, TOTALS_LABELS, label_of
from predict.evaluation.verdict_words import rival_words, said_facts, verdict_words
from predict.reports.content import Content
from predict.reports.sections.model.front import _differences, _headline
from predict.reports.sections.model.judged import named_rivals
from predict.simulation.examples import shipped

HOLDINGS = [list(some) for size in range(3) for some in combinations(AGE_SEX, size)]
WORDS = {"age": ("age", "edad"), "sex": ("sex", "sexo")}
PLAN = pr.Plan(outer=3, repeats=1, families=("severity", "totals"), resamples=20)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pr.simulate("demo", people=240, seed=3).table


def judged(table: pd.DataFrame, has: list[str]) -> pr.Evaluation:
    study = pr.read_study(Path(shipped("demo_study.toml"))).to_dict()
    study["people"] = {k: v for k, v in study["people"].items() if k not in AGE_SEX or k in has}
    training = pr.assemble(table, "phq9_response", study=pr.read_study(study), blocks=["scales"])
    return pr.evaluate(training, pr.Recipe("linear", trials=1), PLAN, progress=False)


@pytest.mark.parametrize("has", HOLDINGS, ids="-".join)
def test_the_verdict_and_the_report_say_what_was_really_in_it(
    table: pd.DataFrame, has: list[str]
) -> None:
    evaluation = judged(table, has)
    assert evaluation.verdict["totals_with"] == has
    view: Any = SimpleNamespace(verdict=evaluation.verdict, evaluation=evaluation)
    for place, language in enumerate(("en", "es")):
        say = load_catalogue(language)
        told = verdict_words(evaluation.verdict, say)
        labels = {names: say.named(label) for names, label in TOTALS_LABELS.items()}
        assert [names for names, label in labels.items() if f" {label} (" in told] == [tuple(has)]
        short = rival_words("totals", evaluation.verdict, say)
        assert [fact for fact in AGE_SEX if WORDS[fact][place] in short] == has
        figure: Any = _differences(Content(say), view)
        assert short in [name for name, *_ in figure["data"]["rows"]]
        (headed,) = [b for b in _headline(Content(say), view) if "tot" in str(b["rivals"])]
        assert short in headed["rivals"]
        assert short in named_rivals(Content(say), view)


def test_a_verdict_stored_before_it_was_kept_says_both_as_it_did() -> None:
    for language in languages():
        say = load_catalogue(language)
        assert rival_words("totals", {}, say) == say("rival.totals_age_sex")
    assert label_of("totals", "one") == "totals, age and sex"
    assert said_facts({"totals_with": ["age"], "other": 1}) == {"totals_with": ["age"]}


def test_spanish_has_a_word_for_every_holding() -> None:
    english, spanish = load_catalogue("en"), load_catalogue("es")
    for names, label in TOTALS_LABELS.items():
        assert spanish.named(label) != label
        key = f"rival.totals_{'_'.join(names) or 'alone'}"
        assert english(key) != spanish(key)
