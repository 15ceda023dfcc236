"""The cards say from which visit a model speaks, in the clinic's words and in the folder's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import reporting_fixtures as fixtures

from predict.definitions.study import read_study
from predict.definitions.wording import load_catalogue
from predict.model_folder.card import _uses
from predict.reports.words import when


@pytest.mark.parametrize(
    ("language", "visit", "told"),
    [
        ("en", "baseline", "from what is known before round one;"),
        ("en", "session_2", "from what is known after session 2;"),
        ("es", "session_2", "a partir de lo que se sabe después de la sesión 2;"),
    ],
)
def test_the_reports_card_names_the_visit(language: str, visit: str, told: str) -> None:
    say, study = load_catalogue(language), read_study(fixtures.STUDY)
    facts = {"noun": "x", "round": "one", "treatment": "y", "when": when(study, visit, say)}
    use = say.text("model.card.use", facts)
    assert told in use
    assert "before it begins" not in use


def test_the_folders_card_names_the_visit_of_the_model() -> None:
    study = SimpleNamespace(treatment=SimpleNamespace(name="y"))
    later: Any = SimpleNamespace(study=study, as_of="session_2")
    assert "once answers of `session_2` are known" in _uses(later)[0]
