"""Pictures for notebooks: axes in and out, the report's own parts, and names that are told."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

import predict as pr
from predict.drawing import notebook
from predict.drawing.progress import bar, is_watched, unasked_bars
from predict.errors import DesignError, UsageError
from predict.evaluation.figure_data import spread_parts, told_rivals
from predict.evaluation.plots import PLOTS

ROOT = Path(__file__).parents[2]
STUDY = ROOT / "experiments" / "demo_study.toml"
RECIPE = pr.Recipe("linear", trials=0, inner=2)
PLAN = pr.Plan(
    outer=3, repeats=1, families=("prior", "severity"), resamples=50, schemes=("learning",)
)


@pytest.fixture(scope="module")
def cohort():
    return pr.read_cohort(pr.simulate("demo", people=500, seed=4).table, STUDY)


@pytest.fixture(scope="module")
def training(cohort):
    return pr.assemble(cohort, "phq9_response", blocks=["items", "scales", "people"])


@pytest.fixture(scope="module")
def judged(training):
    return pr.evaluate(training, RECIPE, PLAN)


@pytest.fixture(scope="module")
def reasons(training, cohort):
    return pr.explain(pr.train(training, RECIPE, refits=0), cohort)


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


@pytest.mark.parametrize("kind", [*PLOTS, "auroc", "brier"])
def test_each_picture_takes_axes_and_gives_them_back(judged, kind, tmp_path):
    _, own = pyplot.subplots()
    axes = judged.plot(kind, ax=own)
    assert axes is own
    assert axes.get_title(loc="left")
    assert axes.get_xlabel()
    axes.figure.savefig(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 4_000


def test_a_wrong_name_lists_the_right_ones(judged, reasons):
    with pytest.raises(UsageError, match="Did you mean 'calibration'"):
        judged.plot("calibratio")
    with pytest.raises(UsageError, match="drivers, beeswarm, dependence, ledger"):
        reasons.plot("swarm")
    with pytest.raises(UsageError, match="Did you mean 'severity'"):
        judged.plot("decision", rivals=("severty",))
    with pytest.raises(UsageError, match="schemes=\\('learning',\\)"):
        replace(judged, tables={}).plot("learning")


def test_the_spread_counts_the_people_of_the_report(judged):
    parts = spread_parts(judged.tables)
    heights = [patch.get_height() for patch in judged.plot("discrimination").patches]
    assert heights[: len(parts)] == [part["with"] for part in parts]
    assert [-height for height in heights[len(parts) :]] == [part["without"] for part in parts]
    shown = [part[name] for part in parts for name in ("with", "without")]
    assert all(count == 0 or count >= 11 for count in shown)


def test_what_too_few_stand_behind_is_not_drawn(judged):
    few = pd.DataFrame(
        {"low": [0.0, 0.5], "high": [0.5, 1.0], "with_outcome": [1, 2], "without_outcome": [2, 1]}
    )
    small = replace(judged, tables={**judged.tables, "distribution": few})
    for kind in ("calibration", "decision", "roc", "discrimination"):
        with pytest.raises(DesignError, match="NOT_DRAWN"):
            small.plot(kind)
    groups = judged.tables["subgroups"].assign(n=21)
    for tables in ({"subgroups": groups}, {}):
        with pytest.raises(DesignError, match="NOT_DRAWN: No group that was looked at holds 22"):
            replace(judged, tables=tables).plot("subgroups")
    with pytest.raises(UsageError, match="No metric named 'recall'"):
        judged.plot("subgroups", metric="recall")


def test_without_a_curve_a_calibration_is_drawn_as_the_report_draws_it(judged):
    tables = {name: t for name, t in judged.tables.items() if name != "calibration_curve"}
    for left in (tables, {**tables, "calibration_curve": pd.DataFrame()}):
        axes = replace(judged, tables=left).plot("calibration")
        assert "flexible curve" not in axes.get_legend_handles_labels()[1]
        assert "people with estimates alike" in axes.get_legend_handles_labels()[1]


def test_no_refusal_of_a_picture_names_what_nobody_may_ask_for(judged):
    names = {*PLOTS, *judged.metrics["metric"]}
    inner = set(judged.tables) - names
    with pytest.raises(UsageError) as unknown:
        judged.plot("nonsense")
    told = str(unknown.value)
    assert not [name for name in names if name not in told]
    few = judged.tables["distribution"].head(0)
    bare = {"distribution": few, "subgroups": judged.tables["subgroups"].head(0)}
    for kind in PLOTS:
        with pytest.raises((UsageError, DesignError)) as refused:
            replace(judged, tables=bare).plot(kind)
        told += str(refused.value)
    assert not [name for name in inner if name in told]


def test_the_title_of_a_roc_curve_says_within_what_the_auroc_is(judged):
    title = judged.plot("roc").get_title(loc="left")
    assert f"AUROC within folds {judged.value('linear', 'auroc'):.2f}" in title


def test_net_benefit_stands_beside_that_of_severity(judged):
    drawn = {line.get_label(): line.get_ydata() for line in judged.plot("decision").lines}
    assert {"acting on the model", "acting on severity", "acting on everybody"} <= set(drawn)
    told = told_rivals(judged.tables)["severity"]
    np.testing.assert_allclose(drawn["acting on severity"], 100 * told["net_benefit"])


@pytest.mark.parametrize("kind", ["drivers", "beeswarm", "dependence", "ledger"])
def test_each_picture_of_reasons(reasons, kind, tmp_path):
    choices = {
        "dependence": {"column": "phq9_total_baseline"},
        "ledger": {"person": reasons.values.index[0]},
    }.get(kind, {})
    axes = reasons.plot(kind, **choices)
    axes.figure.savefig(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 4_000


def test_a_safety_answer_has_no_direction_in_any_picture(reasons):
    safety = [column for column in reasons.columns if column.safety]
    assert safety
    swarm = reasons.plot("beeswarm", most=100)
    labels = {text.get_text() for text in swarm.get_yticklabels()}
    assert not labels & {notebook.dots.short(column.label) for column in safety}
    with pytest.raises(UsageError, match="never as a reason"):
        reasons.plot("dependence", column=safety[0].name)


def test_a_verdict_answers_questions(judged):
    verdict = judged.verdict
    assert verdict.better_than("prior") == (verdict["comparisons"]["prior"]["state"] == "better")
    assert verdict.rivals == ("severity", "prior")
    assert verdict.sentence == verdict["sentence"] == str(verdict)
    with pytest.raises(UsageError, match="Known: prior, severity"):
        verdict.better_than("boosted")


def test_every_noun_shows_itself_short_and_escaped(judged, reasons, training, cohort):
    model = pr.train(training, RECIPE, refits=0, name="<b>mine</b>")
    nouns = [judged, reasons, training, cohort, model, RECIPE, PLAN, judged.verdict, cohort.study]
    nouns.append(pr.analysis.attrition_tables(cohort))
    for noun in nouns:
        html = noun._repr_html_()
        assert 20 < len(html) < 6_000, type(noun)
        assert "<b>mine" not in html
    # The verdict first, then one row a family.
    html = judged._repr_html_()
    assert html.index("AUROC 0") < html.index("<tbody>")
    assert html.count("<tr>") == 1 + judged.metrics["model"].nunique()


def test_no_card_names_a_person(judged, reasons, training):
    ids = set(training.X.index)
    for noun in (judged, reasons, training):
        assert not ids & set(noun._repr_html_().replace("<", " ").replace(">", " ").split())


def test_advice_on_bars_that_nobody_asked_for_is_not_shown():
    with unasked_bars():
        warnings.warn("IProgress not found. Please update jupyter", UserWarning, stacklevel=1)
    with pytest.raises(UserWarning):
        warnings.warn("something else", UserWarning, stacklevel=1)


def test_progress_is_told_and_silent_by_setting(training, monkeypatch, capsys):
    told = []
    pr.evaluate(training, RECIPE, replace(PLAN, schemes=()), progress=lambda *n: told.append(n))
    assert told == [(done, 9) for done in range(1, 10)]
    refits = []
    whole = pr.train(training, RECIPE, refits=16, progress=lambda *n: refits.append(n))
    assert refits[-1] == (16, 16)
    assert len(refits) == 8
    # However the work is told, the numbers are the same.
    silent = pr.train(training, RECIPE, refits=16, progress=False)
    assert whole.facts["drivers"] == silent.facts["drivers"]
    assert whole.interval == silent.interval
    monkeypatch.setenv("PREDICT_PROGRESS", "off")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert not is_watched()
    with bar("Counting", True) as tick:
        tick(1, 2)
    assert "Counting" in capsys.readouterr().err
