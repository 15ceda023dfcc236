"""Bad inputs 70 to 79: dates of another format, impossible dates, dates that go backwards."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import pandas as pd
import pytest

from predict.cohort import read_cohort
from predict.cohort.dates import latest_today
from predict.errors import TableError

STUDY = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline", "round_one_end"],
    "rounds": {"one": {"start": "baseline", "end": "round_one_end"}},
    "instruments": {"phq9": {"total": "phq9_{visit}"}},
    "dates": {"column": "seen_{visit}", "windows": {"baseline": [0, 0], "round_one_end": [7, 60]}},
}


def table(first: str = "2024-01-10", second: str = "2024-02-10", rows: int = 6) -> pd.DataFrame:
    made = pd.DataFrame({"person": [f"P{n}" for n in range(rows)]})
    made["phq9_baseline"], made["phq9_round_one_end"] = "12", "5"
    made["seen_baseline"], made["seen_round_one_end"] = "2024-01-10", "2024-02-10"
    made.loc[0, ["seen_baseline", "seen_round_one_end"]] = [first, second]
    return made


def code_of_the_first(made: pd.DataFrame, study: dict[str, object] = STUDY) -> str:
    return str(read_cohort(made, study).rows.loc[0, "code"])


def test_iso_dates_within_their_windows_are_read():
    cohort = read_cohort(table(), STUDY)
    assert len(cohort.people) == 6
    assert cohort.at("round_one_end")["phq9_total"].notna().all()


@pytest.mark.parametrize(
    "text",
    [
        "13/01/2024",  # 70: another format among ISO dates
        "02/01/2024",  # 71: could be January or February: never guessed
        "2023-02-29",  # 72
        "24-01-10",  # 74
        "45292",  # 75: a spreadsheet's serial number
    ],
)
def test_070_to_075_a_date_that_is_not_of_the_stated_format_rejects_its_row(text):
    assert code_of_the_first(table(first=text)) == "DATE_UNREADABLE"


def test_070_071_a_whole_column_of_another_format_is_refused_with_the_key_to_state():
    made = table().assign(seen_baseline="02/01/2024")
    with pytest.raises(TableError, match=r"DATE_FORMAT.*\[dates\]") as caught:
        read_cohort(made, STUDY)
    assert caught.value.exit_code == 4


def test_070_a_stated_format_is_read():
    stated = {**STUDY, "dates": {**STUDY["dates"], "format": "%d/%m/%Y"}}
    made = table().assign(seen_baseline="10/01/2024", seen_round_one_end="10/02/2024")
    assert len(read_cohort(made, stated).people) == 6


def test_073_a_leap_day_is_read():
    assert code_of_the_first(table(first="2024-02-29", second="2024-03-20")) == ""


def test_076_a_later_visit_before_the_first_rejects_the_row():
    assert code_of_the_first(table(first="2024-03-10", second="2024-02-10")) == "DATE_BEFORE_START"


def test_077_a_date_in_the_future_rejects_the_row():
    assert code_of_the_first(table(second="2094-02-10")) == "DATE_IN_FUTURE"
    today = latest_today()
    month_before = str(today - timedelta(days=30))
    assert code_of_the_first(table(first=month_before, second=str(today))) == ""
    tomorrow = str(today + timedelta(days=1))
    assert code_of_the_first(table(first=month_before, second=tomorrow)) == "DATE_IN_FUTURE"


def test_a_date_outside_its_window_is_told_and_its_answers_are_not_used():
    cohort = read_cohort(table(second="2024-09-10"), STUDY)
    assert cohort.at("round_one_end")["phq9_total"].isna().tolist() == [True] + [False] * 5
    assert "OUTSIDE_WINDOW" in set(cohort.problems["code"])


def test_078_079_hours_and_zones_move_no_date(monkeypatch):
    plain = read_cohort(table(), STUDY)
    stamped = table(first="2024-01-10T23:30:00+09:00", second="2024-02-10 02:30")
    for zone in ("Asia/Tokyo", "America/St_Johns", "Europe/Berlin"):
        monkeypatch.setitem(os.environ, "TZ", zone)
        time.tzset()
        found = read_cohort(stamped, STUDY)
        pd.testing.assert_frame_equal(found.at("round_one_end"), plain.at("round_one_end"))
    monkeypatch.delenv("TZ")
    time.tzset()
