"""Pages of a study that dates its answers: when, how old, and in which week."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import reporting_fixtures as fixtures

from predict.errors import UsageError
from predict.reports.page import patient_html
from predict.reports.visit_dates import days_old


@pytest.fixture(scope="module")
def dated() -> Any:
    return fixtures.dated_report(fixtures.PEOPLE[:14])


def _plain(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html.split("</style>")[-1])


def test_the_header_says_the_day_of_the_answers_and_the_time_point(dated: Any) -> None:
    header = dated.page("MOCK-0042").facts["sections"]["header"]
    assert header["when"] == "3 Feb 2026, before round one"


def test_the_banner_says_the_day(dated: Any) -> None:
    text = _plain(dated.page("THREE-1").html)
    assert "answered “nearly every day” (3 of 3) on 3 Feb 2026." in text
    assert "PHQ-9 item 9 on 3 Feb 2026: not at all (0 of 3)." in _plain(dated.page("ZERO-1").html)
    assert "item 9 has no answer on 3 Feb 2026." in _plain(dated.page("UNANSWERED-1").html)


def test_a_rise_is_told_with_both_days(dated: Any) -> None:
    person = replace(
        fixtures.PEOPLE[12], later={**fixtures.PEOPLE[12].later, "round_two_start": (2,) * 9}
    )
    text = _plain(fixtures.dated_report((person, *fixtures.PEOPLE[:1])).page("ROUND-2").html)
    assert "(2 of 3) on 18 Mar 2026" in text
    assert "Was 0 of 3 on 4 Mar 2026." in text


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({}, "These answers are 46 days old; ask again."),
        ({"old_after": 46}, None),
        ({"today": ""}, None),
        ({"today": "2026-02-17"}, None),  # fourteen days: not yet old
        ({"today": "2026-02-18"}, "These answers are 15 days old; ask again."),
        ({"today": "2026-01-01"}, None),  # answered after today: no age
    ],
)
@pytest.mark.parametrize("name", ["THREE-1", "ZERO-1", "UNANSWERED-1"])
def test_old_answers_ask_to_be_asked_again(choices: Any, words: str | None, name: str) -> None:
    one = {"only": "phq9-r1 v1.4.0", **choices}
    person = tuple(person for person in fixtures.PEOPLE if person.id == name)
    text = _plain(fixtures.dated_report(person, **one).page(name).html)
    assert ("days old" in text) == (words is not None)
    assert words is None or words in text


def test_no_clock_is_read_by_the_library(dated: Any) -> None:
    again = fixtures.dated_report(fixtures.PEOPLE[:14])
    assert again.page("THREE-1").html == dated.page("THREE-1").html
    assert days_old("2026-03-21", "") is None


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="Write it as 2026-03-21"):
        fixtures.dated_report(fixtures.PEOPLE[:1], today="21/03/2026")


def test_a_refused_row_keeps_the_day_of_its_answer() -> None:
    table = fixtures.dated_table(fixtures.PEOPLE[:4])
    table.loc[3, "age"] = "900"
    made = fixtures.dated_report(fixtures.PEOPLE[:4], table=table)
    pages = {patient.id: page for patient, page in made.pages()}
    assert "could not be read" in pages["THREE-1"].html
    assert "(3 of 3) on 3 Feb 2026" in _plain(pages["THREE-1"].html)


def test_scores_recorded_since_are_named_by_the_day(dated: Any) -> None:
    checks = dated.page("MISSED-1").facts["sections"]["reliance"]["checks"]
    later = next(check for check in checks if check["say"].startswith("later"))
    assert later == {"state": "fact", "say": "later_since", "date": "3 Feb 2026"}


def test_the_course_runs_in_weeks_where_all_are_known(dated: Any) -> None:
    course = dated.page("ROUND-2").facts["sections"]["course"]
    assert course["weeks"]
    assert [visit["week"] for visit in course["visits"]] == [0, 1.29, 4.14, 6.14, 12.07]
    assert "week_text" not in course["visits"][-1]  # due, not dated
    assert [(s["round"], s["first"], s["last"]) for s in course["spans"]] == [
        ("one", 0, 2),
        ("two", 3, 4),
    ]
    assert "weeks since the first answers" in dated.page("ROUND-2").html


def test_scores_stand_at_their_weeks(dated: Any) -> None:
    html = dated.page("ROUND-2").html
    drawing = re.search(r'<svg class="course".*?</svg>', html, re.S)
    assert drawing is not None
    across = [float(x) for x in re.findall(r'<circle class="pt" cx="([\d.]+)"', drawing.group(0))]
    wanted = [62 + 256 * week / 12.07 for week in (0, 1.29, 4.14, 6.14)]
    assert across == pytest.approx(wanted, abs=0.1)


def test_without_windows_due_visits_keep_the_order_and_known_weeks_are_written() -> None:
    course = fixtures.dated_report(windows=False).page("ROUND-2").facts["sections"]["course"]
    assert not course["weeks"]
    assert [visit.get("week_text") for visit in course["visits"]] == ["0", "1", "4", "6", None]


def test_the_worklist_names_the_day_and_puts_the_oldest_first() -> None:
    people = tuple(replace(fixtures.PEOPLE[2], id=f"P{n}") for n in range(4))
    table = fixtures.dated_table(people)
    table["seen_baseline"] = ["2026-03-03", "2026-02-03", "", "2026-03-01"]
    made = fixtures.dated_report(people, table=table)
    rows = made.worklist({}, {})["rows"]
    assert [row["id"] for row in rows] == ["P1", "P3", "P0", "P2"]
    assert [row["date"] for row in rows] == ["2026-02-03", "2026-03-01", "2026-03-03", ""]


def test_facts_written_before_there_were_dates_still_make_a_page(made: Any) -> None:
    facts = json.loads(json.dumps(made.page("ROUND-2").facts))
    for key in ("weeks", "spans"):
        facts["sections"]["course"].pop(key)
    assert patient_html(facts) == made.page("ROUND-2").html


def test_a_saved_dated_report_is_its_facts(tmp_path: Path) -> None:
    from predict.reports.verify import verify_report

    folder = fixtures.dated_report(fixtures.PEOPLE[10:13]).save(tmp_path / "report").folder
    assert verify_report(folder).facts["pages"] == 3
