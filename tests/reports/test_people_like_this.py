"""People like a patient: similar in estimate and start, one group and one count on a page."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
import reporting_fixtures as fixtures

from predict.reports.past import BAND, ENOUGH


@pytest.fixture(scope="module")
def known() -> Any:
    return fixtures.known_report()


@pytest.fixture(scope="module")
def drawn(known: Any) -> list[tuple[Any, dict[str, Any], str]]:
    return [(patient, page.facts["sections"], page.html) for patient, page in known.pages()]


def _raw(cohort: Any) -> pd.DataFrame:
    """Totals of the raw items at baseline and at the end of round one."""
    return pd.DataFrame({
        "start": cohort.total("phq9", "baseline"), "end": cohort.total("phq9", "round_one_end"),
    })  # fmt: skip


def test_most_pages_show_the_courses_of_people_like_the_patient(drawn: Any) -> None:
    shown = [facts["course"]["others_shown"] for _, facts, _ in drawn]
    assert np.mean(shown) > 0.7


def test_the_group_is_similar_in_estimate_and_start(known: Any, drawn: Any) -> None:
    """Counted anew from the raw table and the estimates."""
    raw = _raw(known.context.cohort)
    labels = fixtures.known_people()[1]
    chance = fixtures._chances(labels, labels["start"])
    for patient, facts, _ in drawn:
        others = facts["course"]["others"]
        if others is None:
            continue
        near = (chance * 100).between(*_band(facts["estimate"]["percent"]))
        first, last = float(others["first"]), float(others["last"])
        mine = near & raw["start"].between(first, last) & (raw.index != patient.id)
        ends = (raw["end"] / raw["start"])[mine & raw["end"].notna()]
        assert abs(len(ends) - others["n"]) <= 1  # a start score at a band's edge
        assert others["n"] >= ENOUGH
        assert raw.loc[patient.id, "start"] >= first
        told = [int(others[f"{key}_text"]) for key in ("low", "median", "high")]
        assert told == pytest.approx(100 * np.quantile(ends, [0.25, 0.5, 0.75]), abs=1.01)


def _band(percent: int) -> tuple[int, int]:
    return percent - BAND, percent + BAND


def test_a_page_tells_one_count_of_similar_people(drawn: Any) -> None:
    for _, facts, html in drawn:
        match = next(c for c in facts["reliance"]["checks"] if c["say"].startswith("match"))
        others = facts["course"]["others"]
        if others is not None:
            assert match["n"] == others["n"]
            assert 'began at <span data-f="reliance.checks.' in html


def test_what_similar_people_did_does_not_contradict_the_headline(drawn: Any) -> None:
    """More than ten points apart is a note; within ten the drawing and the headline agree."""
    gaps = []
    for _, facts, _ in drawn:
        match = next(c for c in facts["reliance"]["checks"] if c["say"].startswith("match"))
        gap = abs(match["observed"] - facts["estimate"]["percent"])
        gaps.append(gap)
        assert (match["state"] == "note") or gap <= 10
    assert np.mean(np.array(gaps) > 10) < 0.05


def test_the_fan_stands_at_shares_of_the_patients_own_start(drawn: Any) -> None:
    facts, html = next((f, h) for _, f, h in drawn if f["course"]["others_shown"])
    course = facts["course"]
    start = course["visits"][0]["value"]
    at = course["others"]["fan"][-1]["at"]
    told = [int(course["others"][f"{key}_text"]) for key in ("low", "median", "high")]
    assert [100 * score / start for score in at[1:4]] == pytest.approx(told, abs=0.6)
    middle = re.search(r'<polyline class="med" points="([^"]*)"', html)
    assert middle is not None
    last = middle.group(1).split()[-1]
    high = float(course["high"])
    assert float(last.split(",")[1]) == pytest.approx(34 + 300 * (high - at[2]) / high, abs=0.1)


def test_the_lost_are_told_and_few_are_not_counted(drawn: Any) -> None:
    says = {facts["course"]["others"]["lost"] for _, facts, _ in drawn if facts["course"]["others"]}
    assert says <= {"others_lost", "others_lost_few", "others_lost_none"}
    for _, facts, html in drawn:
        others = facts["course"]["others"]
        if others and others["lost"] == "others_lost":
            assert others["lost_n"] >= 11
            assert "gave no end score" in html


def test_where_nothing_is_known_of_earlier_people_nothing_is_drawn(made: Any) -> None:
    for _, page in made.pages():
        assert not page.facts["sections"]["course"].get("others_shown")
