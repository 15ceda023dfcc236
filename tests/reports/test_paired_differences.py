"""Where repeats differ, the page says why two of its scores are not the paired difference apart."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from predict.definitions.wording import languages, load_catalogue
from predict.evaluation.differences import COLUMNS
from predict.evaluation.measures import COLUMNS as MEASURED
from predict.reports.content import Content
from predict.reports.sections.model.overall import overall


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("made", [1, 2])
def test_differences_of_averaged_estimates_are_told_as_such(language: str, made: int) -> None:
    content = Content(load_catalogue(language))
    verdict = {"model": "linear", "repeats": {"asked": made, "made": made}}
    judged = SimpleNamespace(
        metrics=pd.DataFrame(columns=MEASURED), differences=pd.DataFrame(columns=COLUMNS)
    )
    view: Any = SimpleNamespace(evaluation=judged, verdict=verdict)
    context: Any = SimpleNamespace(content=content)
    said = [block["say"] for block in overall(context, view)["blocks"] if "say" in block]
    assert ("model.overall.averaged" in said) == (made > 1)
    assert content.say("model.overall.averaged")
