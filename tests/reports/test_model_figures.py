"""What the figures of the model report hold: every group, every rival, and no small group."""

from __future__ import annotations

import re
from html import unescape
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import reporting_fixtures as fixtures

from predict.definitions.outcomes import read_outcome
from predict.definitions.study import read_study
from predict.definitions.wording import languages, load_catalogue
from predict.drawing.frame import Frame
from predict.evaluation.curves import medians
from predict.evaluation.figure_data import (
    acting_on_everybody,
    calibration_bins,
    median_estimates,
    told_rivals,
)
from predict.reports.charts.legends import LEGENDS, keys
from predict.reports.charts.plots import PLOTS
from predict.reports.content import Content
from predict.reports.pictures import standing_alone
from predict.reports.sections.model.calibration import calibration
from predict.reports.sections.model.discrimination import _medians, discrimination
from predict.reports.sections.model.front import _calibration
from predict.reports.sections.model.judged import Judged
from predict.reports.sections.model.subgroups import _forest, _label
from predict.reports.sections.model.usefulness import decision_figure
from predict.statistics.disclosure import opened

SAY = load_catalogue("en")
STUDY = fixtures.ONE_TOTAL


def test_every_kind_of_figure_has_a_legend() -> None:
    assert set(LEGENDS) == set(PLOTS)


@pytest.mark.parametrize("count", [3, 33])
def test_the_forest_draws_every_group_or_says_how_many_it_leaves_out(count: int) -> None:
    names = [f"g{i}" for i in range(count)]
    every = pd.DataFrame({
        "subgroup": "site", "value": names, "metric": "auroc", "estimate": 0.6, "low": 0.5,
        "high": 0.7, "note": "",
    })  # fmt: skip
    sizes = [21] + [30] * (count - 1)
    groups = {("site", n): _judged(size) for n, size in zip(names, sizes, strict=True)}
    view: Any = SimpleNamespace(evaluation=None, verdict={}, model=SimpleNamespace(family="x"))
    study = SimpleNamespace(people={}, site=None, cluster=None, treatment=SimpleNamespace(arm=None))
    context: Any = SimpleNamespace(content=Content(SAY), say=SAY, study=study)
    figure, said = opened([]).fill(_forest(context, view, every, groups))
    assert [row[0] for row in figure["data"]["rows"]] == [f"site: {n}" for n in names[1:]]
    assert said == {"say": "model.subgroups.not_drawn", "n": 1}
    drawn = PLOTS["forest"](figure, "f", SAY)
    assert drawn.count("<circle") == count - 1


def test_a_group_that_may_not_be_counted_keeps_its_name_and_loses_its_numbers() -> None:
    row = {
        "rows": [["sex: male", None, None, None]],
        "reference": 0.5,
        "axis": "AUROC",
        "means": "",
    }
    drawn = PLOTS["forest"]({"data": row, "title": "t", "reading": "r"}, "f", SAY)
    assert "sex: male" in drawn
    assert SAY("cell.few") in drawn
    assert "<circle" not in drawn


def _judged(size: int) -> Judged:
    everyone = np.arange(40) < size
    return Judged(everyone, everyone & (np.arange(40) % 2 == 0))


def _tables(told: list[bool]) -> dict[str, pd.DataFrame]:
    marks = [0.4, 0.45, 0.5]
    return {
        "decision_rivals": pd.DataFrame({
            "rival": "severity", "threshold": marks, "net_benefit": [0.2, 0.1, 0.0],
            "difference": 0.01, "low": -0.01, "high": 0.03, "told": told,
        }),
        "decision_curve": pd.DataFrame({
            "threshold": marks, "model": 0.2, "low": 0.1, "high": 0.3, "treat_all": 0.1,
        }),
        "spread": pd.DataFrame({
            "low": [0.0, 0.4, 0.5], "high": [0.4, 0.5, 1.0], "with_outcome": 20,
            "without_outcome": 20,
        }),
    }  # fmt: skip


def test_a_rival_is_told_where_its_own_parts_meet_and_the_lead_where_both_do() -> None:
    told = told_rivals(_tables([True, True, False]))["severity"]
    assert told["threshold"].tolist() == [0.4, 0.45]
    assert told["difference"].notna().tolist() == [True, False]
    assert told_rivals({}) == {}


def test_a_dot_of_the_calibration_says_for_which_estimates_it_stands() -> None:
    part = {"low": 0.0, "high": 0.55, "with": 20, "without": 20}
    (dot,) = calibration_bins([part])
    assert (dot["from"], dot["to"], dot["observed"]) == (0.0, 0.55, 0.5)


@pytest.mark.parametrize(("low", "high"), [(-0.038, 0.005), (0.31, 0.99), (-0.4, 0.4)])
def test_no_number_of_an_axis_is_cut_at_the_edge_of_a_forest(low: float, high: float) -> None:
    data = {
        "rows": [["a", low / 2 + high / 2, low, high]],
        "reference": low,
        "axis": "",
        "means": "",
    }
    drawn = PLOTS["forest"]({"data": data, "title": "t", "reading": "r"}, "f", SAY)
    ticks = re.findall(r'class="ts" x="([\d.]+)" y="[\d.]+" text-anchor="middle"', drawn)
    assert ticks
    assert all(20 < float(x) < 380 for x in ticks)


def test_one_part_of_everybody_is_no_calibration() -> None:
    """Estimates all alike, as a dot at the middle would tell a gap that is none."""
    tables = {
        "spread": pd.DataFrame({
            "low": [0.0], "high": [0.35], "with_outcome": [75], "without_outcome": [155],
        }),
        "calibration_curve": pd.DataFrame({
            "estimate": [0.32, 0.33], "observed": 0.32, "low": 0.2, "high": 0.4,
        }),
    }  # fmt: skip
    judged = SimpleNamespace(
        tables=tables, metrics=pd.DataFrame({"model": [], "metric": []}), verdict={}
    )
    model = SimpleNamespace(family="linear")
    view: Any = SimpleNamespace(evaluation=judged, verdict={"model": "linear"}, model=model)
    told = calibration(SimpleNamespace(content=Content(SAY)), view)  # type: ignore[arg-type]
    assert [block["block"] for block in told["blocks"]] == ["say", "table"]
    assert _calibration(Content(SAY), view) == {"say": "model.front.no_calibration"}


def test_medians_are_those_of_the_estimates_where_many_stand_on_either_side() -> None:
    """Read from parts put together, 34.7 was told as "0 or more" and 42.9 as "45 or less"."""
    told = medians([1] * 23 + [0] * 21, [0.347] * 12 + [0.9] * 11 + [0.429] * 21)
    wide = {"low": [0.0], "high": [0.45], "with_outcome": [23], "without_outcome": [21]}
    tables = {"medians": told, "spread": pd.DataFrame(wide)}
    assert median_estimates(tables) == {"with": 0.35, "without": None}


def test_without_stored_medians_only_a_fine_part_tells_where_one_lies() -> None:
    spread = {"low": [0.0, 0.35, 0.4], "high": [0.35, 0.4, 1.0]}
    counts = {"with_outcome": [15, 20, 15], "without_outcome": [60, 20, 15]}
    tables = {"spread": pd.DataFrame({**spread, **counts})}
    assert median_estimates(tables) == {"with": pytest.approx(0.375), "without": None}
    assert median_estimates({}) == {"with": None, "without": None}


@pytest.mark.parametrize("language", languages())
def test_only_a_median_that_is_known_is_said(language: str) -> None:
    content = Content(load_catalogue(language))
    words = {"verb": "VERB", "verbed": "VERBED"}
    for yes, no in ((0.347, 0.429), (0.347, None), (None, 0.429), (None, None)):
        said = _medians(content, words, {"with": yes, "without": no})
        numbers = [number for number, end in (("35", yes), ("43", no)) if end is not None]
        assert re.findall(r"\d+", said) == numbers
        assert "VERB" in said


def _decisions(marks: list[float], low: float) -> dict[str, Any]:
    told = pd.DataFrame({"threshold": marks, "model": -0.02, "low": low, "high": 0.01})
    told["treat_all"] = [_all(mark)[1] for mark in marks]
    rival = pd.DataFrame({"threshold": marks, "net_benefit": -0.03})
    return decision_figure(Content(SAY), told, {"severity": rival}, "")


def _all(mark: float) -> list[float]:
    return [mark, 0.4 - 0.6 * mark / (1 - mark)]


def test_told_thresholds_that_are_no_neighbours_are_not_joined() -> None:
    """A line from 35 to 45 showed -2.5 at 40, where acting on the model brings -10.6."""
    figure = _decisions([0.3, 0.35, 0.45], -0.1)
    drawn = PLOTS["decisions"](figure, "f", SAY)
    for css, dot in (("curve", "pt"), ("other one", "lone one")):
        (points,) = re.findall(rf'<polyline class="{css}" points="([^"]+)"', drawn)
        assert len(points.split()) == 2
        assert drawn.count(f'<circle class="{dot}"') == 1
    (dot,) = re.findall(r'<circle class="pt" cx="([\d.]+)"', drawn)
    assert float(dot) < 400 - 14 - 5  # not on the end of the axes
    assert drawn.count('class="whisker"') == drawn.count('class="band"') == 1
    assert [mark for mark, _ in keys(figure, SAY)][:2] == ["banded", "alone"]
    apart = [mark for mark, _ in keys(_decisions([0.35, 0.45], -0.1), SAY)]
    assert apart[:2] == ["alone", "lone one"]
    whole = _decisions([0.3, 0.35, 0.4, 0.45], -0.1)
    assert "<circle" not in PLOTS["decisions"](whole, "f", SAY)
    assert "alone" not in [mark for mark, _ in keys(whole, SAY)]


def test_the_axis_of_net_benefit_holds_the_band_whole() -> None:
    """At -15.7 and cut at -5 a band looked as if the model could only be better than drawn."""
    drawn = PLOTS["decisions"](_decisions([0.35, 0.4], -0.157), "f", SAY)
    (points,) = re.findall(r'class="band" points="([^"]+)"', drawn)
    down = [float(place.split(",")[1]) for place in points.split()]
    (middle,) = re.findall(r'class="curve" points="[\d.]+,([\d.]+)', drawn)
    high, low = min(down), max(down)
    assert (low - float(middle)) / (float(middle) - high) == pytest.approx(13.7 / 3, abs=0.05)


def test_acting_on_everybody_bends_between_told_thresholds_and_ends_at_the_floor() -> None:
    told = pd.DataFrame({"threshold": [0.3, 0.6], "treat_all": [_all(0.3)[1], _all(0.6)[1]]})
    assert np.allclose(acting_on_everybody(told), [_all(k / 100) for k in range(30, 61)])
    drawn = PLOTS["decisions"](_decisions([0.3, 0.6], -0.01), "f", SAY)
    (points,) = re.findall(r'class="rival" points="([^"]+)"', drawn)
    x, y = map(float, points.split()[-1].split(","))
    # .4 - .6 t / (1 - t) is -.05, the axis's end, at t = 3/7.
    assert (x, y) == (pytest.approx(58 + 328 * (300 / 7 - 29.1) / 31.8, abs=0.2), 240)


def test_what_leaves_the_axes_is_cut_where_it_crosses_and_not_moved() -> None:
    frame = Frame((0, 10), (0, 10), width=100, height=100, left=0, right=0, top=0, bottom=0)
    assert frame.band([0, 10], [5, -5], [10, 10]) == (
        '<polygon class="band" points="0,0 100,0 100,100 50,100 0,50"/>'
    )
    assert frame.path([(0, 5), (4, -5), (8, 5), (10, 15)], "c") == (
        '<polyline class="c" points="0,50 20,100"/><polyline class="c" points="60,100 80,50 90,0"/>'
    )


def test_the_roc_curve_marks_the_points_that_are_told() -> None:
    block = {"title": "t", "reading": "r"}
    data = {"points": [[0, 0], [0.3, 0.6], [1, 1]], "verb": "respond", "verbed": "responded"}
    assert PLOTS["roc"]({**block, "data": data}, "f", SAY).count('class="pt"') == 3


def test_estimates_all_alike_draw_neither_spread_nor_distances() -> None:
    spread = {"low": [0.0, 0.35], "high": [0.35, 1.0], "with_outcome": [75, 0]}
    tables = {"spread": pd.DataFrame({**spread, "without_outcome": [155, 0]})}
    names = ["auroc", "o_e", "ici", "emax"]
    metrics = pd.DataFrame({"model": "linear", "metric": names, "estimate": 0.5, "n": 230})
    judged = SimpleNamespace(
        tables=tables, metrics=metrics.assign(low=0.4, high=0.6), verdict={"model": "linear"}
    )
    model = SimpleNamespace(
        family="linear", outcome=read_outcome("hamd_response"), round="one", study=read_study(STUDY)
    )
    view: Any = SimpleNamespace(evaluation=judged, verdict=judged.verdict, model=model)
    context: Any = SimpleNamespace(content=Content(SAY))
    told = discrimination(context, view)["blocks"]
    assert [block["say"] for block in told] == [
        "model.discrimination.area", "model.discrimination.one_part",
    ]  # fmt: skip
    assert (told[1]["low"], told[1]["high"]) == ("0", "35")
    (table,) = [block for block in calibration(context, view)["blocks"] if "rows" in block]
    assert [row[0] for row in table["rows"]] == [SAY("model.calibration.o_e")]


def test_the_arms_of_a_trial_are_told_apart_in_the_forest() -> None:
    label = "programme arm (1) or usual visits (0)"
    treat = {"kind": "number", "range": [0, 1], "label": label, "known_at": "baseline"}
    treatment = {"name": "visits", "comparison": True, "arm": "treat"}
    study = read_study({**STUDY, "treatment": treatment, "people": {"treat": treat}})
    context: Any = SimpleNamespace(study=study, say=SAY)
    rows = [{"subgroup": name, "value": "1"} for name in ("treat", "arm")]
    assert {_label(context, row) for row in rows} == {"arm: programme arm"}


@pytest.mark.parametrize("kind", ["forest", "bars"])
def test_a_long_name_is_wrapped_and_leaves_its_number_room(kind: str) -> None:
    """A comparator of thirty letters ran into the difference beside it."""
    name = "the mean of linear and boosted"
    rows = [[name, 0.00072, -0.00012, 0.00163], ["Age", 0.0, -0.001, 0.001]]
    data: dict[str, Any] = {"rows": rows, "reference": 0.0, "axis": "Brier", "digits": 4}
    data |= {"labels": [f"{name} of the two models", "Age"], "values": [12.0, 3.0]}
    drawn = PLOTS[kind]({"data": data, "title": "t", "reading": "r"}, "f", SAY)
    lines: dict[str, list[str]] = {}
    for y, words in re.findall(r'<text class="tn"[^>]* y="([\d.]+)"[^>]*>([^<]+)</text>', drawn):
        lines.setdefault(y, []).append(words)
    assert sum(map(len, lines.values())) == 5
    assert all(sum(map(len, words)) <= 52 for words in lines.values())


@pytest.mark.parametrize("language", languages())
def test_no_word_of_a_legend_is_cut_where_a_drawing_stands_alone(language: str) -> None:
    say = load_catalogue(language)
    words = [say.raw(key) for key in say.sentences if key.startswith("legend.")]
    alone = standing_alone('<svg viewBox="0 0 400 9"></svg>', "", [("dot", text) for text in words])
    lines = [unescape(text) for text in re.findall(r'class="tn"[^>]*>([^<]+)<', alone)]
    assert " ".join(lines) == " ".join(words)
    assert max(map(len, lines)) <= 46
    (tall,) = re.findall(r'<rect|viewBox="0 0 400 (\d+)"', alone)[:1]
    assert int(tall) == 9 + 40 + 20 * len(lines)
