"""A calibration slope that cannot be told is said to be so, wherever one is told otherwise."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import reporting_fixtures as fixtures

from predict.appraisal.tripod_words import number, part_words
from predict.definitions.outcomes import read_outcome
from predict.definitions.study import read_study
from predict.definitions.wording import languages, load_catalogue
from predict.evaluation.validation import slope_words
from predict.pipeline.tracking.records import lacking
from predict.reports.content import Content
from predict.reports.sections.model.calibration import calibration
from predict.reports.sections.model.summary import _performance

STUDY = fixtures.ONE_TOTAL
UNTOLD, TOLD = np.nan, 0.91


def view_of(slope: float) -> Any:
    metrics = pd.DataFrame({"model": "linear", "metric": ["calibration_slope", "o_e"], "n": 230})
    judged = SimpleNamespace(
        tables={"spread": pd.DataFrame({"low": [0.0], "high": [0.35], "with_outcome": [75],
                                        "without_outcome": [155]})},
        metrics=metrics.assign(estimate=[slope, 1.02], low=[slope, 0.9], high=[slope, 1.1]),
        verdict={"model": "linear"},
    )  # fmt: skip
    model = SimpleNamespace(
        family="linear", outcome=read_outcome("hamd_response"), round="one", study=read_study(STUDY)
    )
    return SimpleNamespace(evaluation=judged, verdict=judged.verdict, model=model)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("slope", [UNTOLD, TOLD])
def test_the_page_says_that_no_slope_can_be_told(language: str, slope: float) -> None:
    view, content = view_of(slope), Content(load_catalogue(language))
    context: Any = SimpleNamespace(content=content)
    untold = bool(np.isnan(slope))
    said = [block["say"] for block in calibration(context, view)["blocks"] if "say" in block]
    assert ("model.calibration.no_slope" in said) == untold
    (agreement,) = _performance(content, view)
    assert (agreement["say"] == "model.summary.calibration_untold") == untold
    words = content.say.text(agreement["say"], agreement)
    assert "nan" not in words
    assert content.say.fixed(1.02, 2) in words
    assert (content.say.fixed(TOLD, 2) in words) != untold


@pytest.mark.parametrize("language", languages())
def test_validation_and_checklist_say_that_no_slope_can_be_told(language: str) -> None:
    say = load_catalogue(language)
    assert slope_words(UNTOLD, say) == say("validation.no_slope")
    assert slope_words(TOLD, say).endswith(f" {TOLD}")
    assert part_words(number(UNTOLD, ".3f"), say) == "–"


@pytest.mark.parametrize(
    ("widths", "why"),
    [
        ((0.0, 0.0, 0.0), "estimates are all alike"),
        ((0.0, 0.01, 0.2), "in too many folds estimates lie within a point in 100 of each other"),
        ((0.2, 0.2, 0.2), "in no fold do estimates and outcomes give a finite slope"),
    ],
)
def test_a_run_says_why_it_holds_no_slope(widths: tuple[float, ...], why: str) -> None:
    rows = pd.DataFrame({"fold": np.repeat([1, 2, 3], 4), "repeat": 1, "model": "linear"})
    rows["probability"] = np.concatenate([0.3 + width * np.array([0, 0, 1, 1]) for width in widths])
    values = {"auroc": 0.5, "brier": 0.2, "net_benefit": 0.1, "calibration_slope": UNTOLD}
    judged: Any = SimpleNamespace(predictions=rows)
    told = lacking(judged, "linear", values)
    assert list(told) == ["calibration_slope"]
    assert told["calibration_slope"].startswith(why)
