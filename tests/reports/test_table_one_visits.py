"""Table 1 tells of people what was known where the model stands, and at which visit."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from predict.cohort import read_cohort
from predict.definitions.study import read_study
from predict.definitions.wording import languages, load_catalogue
from predict.reports.sections.model.table_one import _facts

STUDY = read_study({
    "id": "person", "layout": "wide", "visits": ["baseline", "month_6", "year_1"],
    "rounds": {"one": {"start": "baseline", "end": "month_6"}, "two": {"end": "year_1"}},
    "instruments": {"hamd": {"total": "hamd_{visit}"}},
    "people": {
        "support": {"kind": "number", "range": [0, 9], "known_at": "baseline"},
        "support_later": {"kind": "number", "range": [0, 9], "known_at": "month_6"},
    },
})  # fmt: skip


def _told(as_of: str, language: str = "en") -> list[str]:
    table = pd.DataFrame({
        "person": list("abc"), "support": [1, 2, 3], "support_later": [4, 5, 6],
        "hamd_baseline": 17, "hamd_month_6": 9, "hamd_year_1": 8,
    })  # fmt: skip
    cohort = read_cohort(table, STUDY)
    context: Any = SimpleNamespace(cohort=cohort, study=STUDY, say=load_catalogue(language))
    view: Any = SimpleNamespace(model=SimpleNamespace(as_of=as_of))
    return [fact.label for fact in _facts(context, view)]


def test_what_was_known_later_than_the_model_stands_is_not_who_they_were() -> None:
    assert _told("baseline") == ["Support", "HAM-D-17 total, before round one"]


@pytest.mark.parametrize("language", languages())
def test_facts_of_several_visits_each_tell_theirs(language: str) -> None:
    start = load_catalogue(language)("visit.start", round=load_catalogue(language)("rounds.one"))
    end = load_catalogue(language)("visit.end", round=load_catalogue(language)("rounds.one"))
    support, later, total = _told("month_6", language)
    assert support.endswith(f", {start}")
    assert later.endswith(f", {end}")
    assert total.endswith(f", {end}")
