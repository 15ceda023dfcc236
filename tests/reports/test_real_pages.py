"""Real trials run as their experiments ship, with a shorter search: what their pages say first."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import reporting_cohorts as cohorts

from predict.files import read_json
from predict.pipeline.run import Run
from predict.reports.verify import adds_up

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def help_trial(help_cohort: Any) -> Run:
    done: Run = help_cohort.done
    return done


@pytest.fixture(scope="module")
def thp(thp_cohort: Any) -> Run:
    done: Run = thp_cohort.done
    return done


def facts_of(done: Run) -> list[dict[str, Any]]:
    """Return the sections of every patient's page."""
    files = (done.folder / "report" / "patients").glob("*.json")
    return [read_json(file)["sections"] for file in sorted(files)]


def test_help_is_not_shown_to_beat_the_rate(help_trial: Run) -> None:
    assert help_trial.evaluation.verdict["comparisons"]["prior"]["state"] != "better"
    assert set(help_trial.scores["status"]) == {"no_estimate"}
    shares = ["probability", "low", "high"]
    assert help_trial.scores[shares].isna().all(axis=None)


def test_every_page_of_help_gives_the_rate_and_no_reasons(help_trial: Run) -> None:
    pages = facts_of(help_trial)
    assert len(pages) > 50
    rate = f"{100 * help_trial.training.events / help_trial.training.n:.0f}"
    for page in pages:
        assert page["estimate"]["state"] == "none"
        assert page["estimate"]["base_text"] == rate
        assert page["drivers"] == {"not_applicable": "no_estimate"}
    unproven = [page for page in pages if page["estimate"]["because"] == "unproven"]
    assert len(unproven) == len(pages)


def test_the_verdict_of_thp_begins_with_the_arm(thp: Run) -> None:
    assert thp.evaluation.verdict["sentence"].startswith("Within each arm the AUROC is")
    page = (thp.folder / "report" / "model.html").read_text()
    assert page.index("Within each arm the AUROC is") < page.index("This model estimates")


def test_every_page_of_thp_leads_its_checks_with_the_arm(thp: Run) -> None:
    shown = [page for page in facts_of(thp) if page["estimate"]["state"] == "shown"]
    assert len(shown) > 50
    whole = thp.evaluation.value("boosted", "auroc")
    for page in shown:
        first = page["reliance"]["checks"][0]
        assert first["say"] == "first_arm"
        assert first["whole"] == round(100 * whole)
        assert first["inside"] < first["whole"] - 5
    html = next((thp.folder / "report" / "patients").glob("*.html")).read_text()
    assert "Mostly about the treatment arm" in html


def test_thp_pages_name_the_arm_and_give_it_a_line_without_a_sign(thp: Run) -> None:
    shown = [page for page in facts_of(thp) if "start" in page["drivers"]]
    assert len(shown) > 50
    for page in shown:
        assert page["header"]["arm"] in ("programme arm", "usual visits")
        assert page["drivers"]["arm"]["text"] == str(abs(page["drivers"]["arm"]["points"]))
        assert adds_up(page["drivers"], page["estimate"])
    assert max(abs(page["drivers"]["arm"]["points"]) for page in shown) > 3


def test_the_scores_of_thp_leave_the_arm_to_the_pages_too(thp: Run) -> None:
    arm = thp.model.study.treatment.arm
    assert arm in {column.name for column in thp.model.columns}
    reasons = thp.scores["lowered_by"] + thp.scores["raised_by"]
    assert not reasons.str.contains(f"{arm}=").any()


def test_thp_pages_say_that_only_totals_came_and_tell_one_count_of_similar_people(
    thp: Run,
) -> None:
    for page in facts_of(thp):
        assert (page["safety"]["instrument"], page["safety"]["number"]) == ("HAM-D-17", "3")
        for check in page.get("reliance", {}).get("checks", ()):
            others = page["course"].get("others")
            if check["say"].startswith("match") and "n" in check and others:
                assert check["n"] == others["n"]
                gap = abs(check["observed"] - page["estimate"]["percent"])
                assert gap <= 10 or check["state"] == "note"


def rows_of(done: Run) -> list[dict[str, Any]]:
    """Return the rows of the worklist."""
    rows: list[dict[str, Any]] = read_json(done.folder / "report" / "report.json")["worklist"][
        "rows"
    ]
    return rows


def test_thp_courses_stand_as_the_raw_table_says(thp: Run) -> None:
    raw = pd.read_csv(cohorts.THP).set_index("row_id")
    raw.index = raw.index.astype(str)
    stands = {"reached": True, "did_not": False}
    told = {row["id"]: stands[row["course"]] for row in rows_of(thp) if row["course"] in stands}
    known = raw[raw["hamd_6m"].notna() & raw["hamd_baseline"].notna()]
    halved = known["hamd_6m"] <= known["hamd_baseline"] / 2
    assert len(told) > 600
    assert {person: bool(halved[person]) for person in told} == told
    starts = {row["id"]: row["start"] for row in rows_of(thp)}
    assert all(starts[person] == raw.loc[person, "hamd_baseline"] for person in told)


def test_nobody_is_due_in_help_whose_days_have_no_calendar(help_trial: Run) -> None:
    rows = rows_of(help_trial)
    assert len(rows) > 400
    assert {row["course"] for row in rows} <= {
        "reached", "did_not", "last_seen", "no_end_score", "not_due", "ended", "",
    }  # fmt: skip
    assert {row["state"] for row in rows} <= {"none", "unread"}
