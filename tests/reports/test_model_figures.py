"""What the figures of the model report hold: every group, every rival, and no small group."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from predict.definitions.outcomes import read_outcome
from predict.definitions.study import read_study
from predict.definitions.wording import load_catalogue
from predict.evaluation.figure_data import calibration_bins, told_rivals
from predict.reports.charts.legends import LEGENDS
from predict.reports.charts.plots import PLOTS
from predict.reports.content import Content
from predict.reports.sections.model.calibration import calibration
from predict.reports.sections.model.discrimination import _middle, discrimination
from predict.reports.sections.model.front import _calibration
from predict.reports.sections.model.judged import Judged
from predict.reports.sections.model.subgroups import _forest, _label
from predict.statistics.disclosure import opened

SAY = load_catalogue("en")
STUDY: dict[str, Any] = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline", "end"],
    "rounds": {"one": {"start": "baseline", "end": "end"}},
    "instruments": {"hamd": {"total": "hamd_{visit}"}},
}


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
    study = SimpleNamespace(people={}, treatment=SimpleNamespace(arm=None))
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


def test_a_median_in_a_wide_part_is_told_by_the_end_that_holds() -> None:
    wide = [{"low": 0.0, "high": 0.35, "with": 75, "without": 155}]
    assert _middle(SAY, wide, "with", "low") == "0"
    assert _middle(SAY, wide, "without", "high") == "35"
    narrow = [{"low": 0.35, "high": 0.4, "with": 75, "without": 155}]
    assert _middle(SAY, narrow, "with", "low") == "about 38"


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
