"""What a sentence says of one, of none and of all: a range needs two ends, a plural needs two."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import reporting_fixtures as fixtures

from predict.definitions.outcomes import read_outcome
from predict.definitions.study import read_study
from predict.definitions.wording import languages, load_catalogue
from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.curves import usefulness_table
from predict.evaluation.figure_data import roc_points
from predict.evaluation.measures import within_fold_auroc
from predict.evaluation.verdict_words import usefulness_words
from predict.models.reliance import Reason
from predict.reports.content import Content
from predict.reports.sections.model.calibration import calibration
from predict.reports.sections.model.discrimination import discrimination
from predict.reports.sections.model.front import _limits, _too_few
from predict.reports.sections.model.sensitivity import places_words
from predict.reports.sections.model.subgroups import subgroups
from predict.reports.sections.patient.estimate import reason_words
from predict.scoring.reason_words import written
from predict.statistics.disclosure import opened
from predict.statistics.metrics.decisions import usefulness
from predict.statistics.metrics.ranking import auroc

STUDY = fixtures.ONE_TOTAL
EVERY = pytest.mark.parametrize("language", languages())


@EVERY
@pytest.mark.parametrize(
    ("useful", "numbers"),
    [(0, "30 70"), (1, "1 41 30 70 30"), (2, "2 41 30 70 30 35"), (41, "41 30 70")],
)
def test_one_useful_threshold_is_no_range_and_all_are_each(
    language: str, useful: int, numbers: str
) -> None:
    ends = {"first": 0.3, "last": 0.3 if useful == 1 else 0.35} if useful else {}
    row = {"low": 0.3, "high": 0.7, "useful": useful, "of": 41, **ends}
    said = usefulness_words(row, load_catalogue(language))
    told = re.sub("100", "", said)
    assert re.findall(r"\d+", told) == numbers.split()


@EVERY
@pytest.mark.parametrize(
    ("shown", "numbers"),
    [
        ([30, 31, 44], "3 41 30 70 30 31 44"),
        ([30, 31, 32, 44], "4 41 30 70 30 32 44"),
        ([30, 32], "2 41 30 70 30 32"),
        ([30, 31, 32], "3 41 30 70 30 32"),  # one run: from the first to the last
        ([30, 33, 36, 39, 42], "5 41 30 70 30 42"),
    ],
)
def test_thresholds_with_gaps_between_them_are_no_range(
    language: str, shown: list[int], numbers: str
) -> None:
    marks, say = np.arange(5, 96), load_catalogue(language)
    gain = np.where(np.isin(marks, shown), 0.01, -0.01)
    curve = pd.DataFrame({"threshold": marks / 100, "gain_low": gain})
    (row,) = usefulness_table(usefulness(curve, clinical_range=(0.3, 0.7))).to_dict("records")
    said = usefulness_words(row, say)  # type: ignore[arg-type]  # text keys
    assert re.findall(r"\d+", re.sub("100", "", said)) == numbers.split()
    if shown == [30, 31, 32, 44]:
        assert say("format.span", low=30, high=32) in said
    together = max(shown) - min(shown) == len(shown) - 1
    some = {**row, "runs": ""}
    assert (said == usefulness_words(some, say)) == together


@EVERY
@pytest.mark.parametrize(
    ("areas", "judged", "numbers"),
    [([0.5], 1, "11 0 50"), ([0.5], 4, "11 0 50"), ([0.4, 0.6], 2, "0 40 0 60 2"),
     ([0.4, 0.6], 4, "0 40 0 60 2 4 11")],
)  # fmt: skip
def test_one_place_has_no_range_and_of_all_places_none_is_left_out(
    language: str, areas: list[float], judged: int, numbers: str
) -> None:
    said = places_words(Content(load_catalogue(language)), areas, judged)
    assert re.findall(r"\d+", said) == numbers.split()


def test_places_are_counted_where_too_few_were_judged_for_a_summary() -> None:
    """With one place and no summary the page told of "1 of 0 places"."""
    said = places_words(Content(load_catalogue()), [0.497], 1)
    assert said == (
        "One place has 11 people or more of the rarer outcome, enough to be drawn; its AUROC "
        "is 0.50."
    )


@EVERY
def test_the_bar_to_judge_a_place_is_told_apart_from_the_bar_to_draw_it(language: str) -> None:
    """Two bars were told as one: no place could be judged, yet one could be drawn."""
    say, named = load_catalogue(language), pd.DataFrame({"note": ["too few to judge"] * 2 + [""]})
    for kind in ("groups", "places"):
        for some, few in ((named, "2"), (named[1:], "1"), (named[2:], "")):
            (block,) = _too_few(kind, some)
            facts = {key: value for key, value in block.items() if key != "say"}
            said = say.text(block["say"], facts)
            assert few in said
    # The front page has no room for bars: the sections name them, each its own.
    assert "11" in places_words(Content(say), [0.4, 0.6], 4)


def _groups(apart: int, few: int = 0) -> tuple[Any, Any]:
    """Six groups of 40 people, some apart from everybody's AUROC, some too few to judge."""
    table = pd.DataFrame({
        "subgroup": "site", "value": list("abcdef"), "metric": "auroc", "estimate": 0.6,
        "low": [0.61] * apart + [0.5] * (6 - apart), "high": 0.7, "n": 40, "events": 20,
        "note": ["few_events"] * few + [""] * (6 - few),
    })  # fmt: skip
    metrics = pd.DataFrame({"model": ["x"], "metric": ["auroc"], "estimate": [0.6]})
    judged = SimpleNamespace(
        tables={"subgroups": table}, metrics=metrics, strata=pd.DataFrame(), verdict={}
    )
    everyone = np.arange(240) < 240
    events = np.arange(240) % 2 == 0
    people = SimpleNamespace(everyone=everyone, events=events, lost=~everyone, here=False)
    model = SimpleNamespace(family="x", facts={})
    view: Any = SimpleNamespace(evaluation=judged, verdict={}, model=model)
    return people, view


def _context(language: str, people: Any) -> Any:
    say = load_catalogue(language)
    return SimpleNamespace(
        content=Content(say), say=say, study=read_study(STUDY), learned=lambda _: people,
        cohort=SimpleNamespace(people=pd.DataFrame()),
    )  # fmt: skip


@EVERY
@pytest.mark.parametrize("apart", [0, 1, 2])
def test_groups_apart_are_none_one_or_several(language: str, apart: int) -> None:
    people, view = _groups(apart)
    context = _context(language, people)
    told = opened([]).fill(subgroups(context, view))["blocks"]
    (figure,) = [block for block in told if "kind" in block]
    key = {0: "reading_none", 1: "reading_one", 2: "reading"}[apart]
    facts = {"apart": apart, "all": 6, "whole": context.say.fixed(0.6, 2)}
    assert figure["reading"] == context.say.text(f"model.subgroups.{key}", facts)
    assert (told[0]["say"], told[0]["least"]) == ("model.subgroups.how_all", 100)


@EVERY
@pytest.mark.parametrize("few", [0, 1, 3])
def test_groups_too_few_to_judge_are_none_one_or_several(
    language: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("predict.reports.sections.model.front.lost_share", lambda _: None)
    people, view = _groups(0, few)
    said = _limits(_context(language, people), view)[0]
    told = load_catalogue(language).text(said["say"], said)
    # The bar of 100 people stands in the section of groups: the front page is one screen.
    assert re.findall(r"\d+", told) == {0: ["6"], 1: ["1", "6"], 3: ["3", "6"]}[few]


@EVERY
def test_an_instrument_that_is_one_total_is_missing_and_not_some_answers_of_it(
    language: str,
) -> None:
    say = load_catalogue(language)
    one = {"instrument": "HAM-D-17", "size": 1}
    for reason in (Reason("missing_too_many", {**one, "allowed": 0}), Reason("missing_some", one)):
        assert reason_words(reason, say) == say("reason_missing.whole", instrument="HAM-D-17")
    five = Reason("missing_too_many", {"instrument": "MHI-5", "size": 5, "allowed": 0})
    assert re.findall(r"\b\d\b", reason_words(five, say).replace("MHI-5", "")) == ["5"]
    nine = Reason("missing_too_many", {"instrument": "PHQ-9", "size": 9, "allowed": 2})
    assert re.findall(r"\b\d\b", reason_words(nine, say).replace("PHQ-9", "")) == ["2", "9"]


def test_scores_say_what_pages_say_of_a_total_that_is_missing() -> None:
    """The code stays, which other software may read."""
    total = Reason("missing_too_many", {"instrument": "HAM-D-17", "size": 1, "allowed": 0})
    assert written((total,)) == "missing_too_many; HAM-D-17 is missing."


def test_the_page_of_a_person_says_it_in_the_same_words() -> None:
    total = Reason("missing_too_many", {"instrument": "HAM-D-17", "size": 1, "allowed": 0})
    low = fixtures.replace(fixtures.PEOPLE[5], reasons=(total,))
    html = fixtures.make_report((low,), only="phq9-r1 v1.4.0").page(low.id).html
    assert "HAM-D-17 is missing." in re.sub("<[^>]+>", "", html)


def _model(calibrated: str = "platt") -> Any:
    recipe = SimpleNamespace(calibration=calibrated)
    return SimpleNamespace(
        family="linear", outcome=read_outcome("hamd_response"), round="one",
        study=read_study(STUDY), fitted=SimpleNamespace(recipe=recipe),
    )  # fmt: skip


def _judged(metrics: pd.DataFrame, **tables: pd.DataFrame) -> Any:
    spread = {"low": [0.0, 0.35, 0.6], "high": [0.35, 0.6, 1.0], "with_outcome": [20, 30, 40]}
    parts = pd.DataFrame({**spread, "without_outcome": [40, 30, 20]})
    return SimpleNamespace(
        tables={"spread": parts, **tables}, metrics=metrics, verdict={"model": "linear"}
    )


@EVERY
@pytest.mark.parametrize("used", ["platt", "none"])
@pytest.mark.parametrize("chosen", ["platt", "none", "beta"])
def test_the_calibration_that_the_model_has_is_told_apart_from_the_rules(
    language: str, used: str, chosen: str
) -> None:
    """Beta was "chosen" on the page of a model that Platt's map had calibrated."""
    say, names = load_catalogue(language), ["platt", "none", "beta"]
    maps = pd.DataFrame({
        "calibration": names, "brier": 0.2, "log_loss": 0.6, "calibration_slope": 1.0,
        "chosen": [name == chosen for name in names],
    })  # fmt: skip
    judged = _judged(pd.DataFrame({"model": [], "metric": []}), calibrations=maps)
    view: Any = SimpleNamespace(evaluation=judged, verdict=judged.verdict, model=_model(used))
    context: Any = SimpleNamespace(content=Content(say))
    *_, table, rule = calibration(context, view)["blocks"]
    told = {row[0]: row[-1] for row in table["rows"] if row[-1]}
    wanted = {say(f"calibration_map.{used}"): say("model.calibration.used")}
    wanted |= {say(f"calibration_map.{chosen}"): say("model.calibration.chosen")}
    if used == chosen:
        wanted = {say(f"calibration_map.{used}"): say("model.calibration.used_and_chosen")}
    assert told == wanted
    assert rule["say"] == "model.calibration.rule"


@EVERY
@pytest.mark.parametrize("beside", [True, False])
def test_the_roc_curve_pools_folds_and_says_so_beside_an_auroc_within_them(
    language: str, beside: bool
) -> None:
    say = load_catalogue(language)
    metrics = pd.DataFrame({"model": "linear", "metric": ["auroc"], "estimate": 0.7, "n": 180})
    metrics = metrics.assign(low=0.6, high=0.8)[: int(beside)]
    judged = _judged(metrics)
    view: Any = SimpleNamespace(evaluation=judged, verdict=judged.verdict, model=_model())
    context: Any = SimpleNamespace(content=Content(say))
    blocks = discrimination(context, view)["blocks"]
    folds = say("model.discrimination.roc_folds")
    saying = [b["kind"] for b in blocks if folds in str(b.get("reading", ""))]
    assert saying == (["roc"] if beside else [])


def test_the_area_under_a_curve_of_pooled_folds_is_not_the_mean_within_them() -> None:
    """Two folds that rank their own people without a fault, at different levels."""
    y = np.array([0, 1, 0, 1])
    p = np.array([[0.1, 0.2, 0.3, 0.4]])
    estimates = OutOfFold(
        pd.Index(list("abcd")), y, np.arange(4), np.array([[0, 0, 1, 1]]), {"x": p}
    )
    parts = [{"low": at, "with": int(yes), "without": int(not yes)}
             for at, yes in zip(p[0], y, strict=True)]  # fmt: skip
    x, up = np.array(roc_points(parts)).T
    assert within_fold_auroc(estimates, "x") == 1.0
    assert np.trapezoid(up, x) == pytest.approx(auroc(y, p[0])) == pytest.approx(0.75)


@EVERY
def test_a_model_of_one_column_reads_no_plural_of_it(language: str) -> None:
    """A number of columns stands behind a colon, which one column fills as well as twenty."""
    say, word = load_catalogue(language), {"en": "columns", "es": "columnas"}[language]
    counting = [key for key in say.sentences if re.search(rf"\{{\w+\}} {word}\b", say.raw(key))]
    assert counting == []
