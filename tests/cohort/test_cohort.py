"""What a cohort holds and how its totals come about."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from predict.cohort import read_cohort
from predict.errors import StudyError

STUDY: dict[str, Any] = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline", "round_one_end"],
    "cluster": "site",
    "rounds": {"one": {"start": "baseline", "end": "round_one_end", "taken": "began"}},
    "instruments": {
        "phq2": {
            "columns": "q{item}_{visit}",
            "total": {"baseline": "sum"},
            "total_alone": {"baseline": True},
        },
        "gad7": {"total": "gad_{visit}"},
    },
    "people": {"age": {"kind": "number"}, "sex": {"kind": "choice", "values": ["f", "m"]}},
}


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "person": ["00123", "NA", "x"],
            "age": ["30", "", "200"],
            "sex": ["f", "m", ""],
            "site": ["s1", "s2", ""],
            "began": ["1.0", "0", ""],
            "q1_baseline": ["1", "", "3"],
            "q2_baseline": ["2", "", "3"],
            "sum": ["", "4", "6"],
            "q1_round_one_end": ["0", "1", "9"],
            "q2_round_one_end": ["0", "", "0"],
            "gad_baseline": ["10", "7", ""],
            "gad_round_one_end": ["5", "", "21"],
        }
    )


def test_people_and_visits_share_the_index_of_valid_ids() -> None:
    cohort = read_cohort(table(), STUDY)
    assert cohort.ids.tolist() == ["00123", "NA"]
    assert list(cohort.people) == ["age", "sex", "site", "began"]
    assert cohort.people["began"].tolist() == [1.0, 0.0]
    assert all(at.index.equals(cohort.ids) for at in cohort.visits.values())
    assert all((at.dtypes == "float64").all() for at in cohort.visits.values())
    assert cohort.rows["status"].tolist() == ["valid", "valid", "rejected"]
    assert cohort.rows["row"].tolist() == [1, 2, 3]
    assert repr(cohort) == "Cohort(2 people, 2 visits, 1 rejected)"
    assert "<table" in cohort._repr_html_()


def test_a_given_total_wins_and_a_missing_one_is_scored_from_items() -> None:
    cohort = read_cohort(table(), STUDY)
    assert cohort.total("phq2", "baseline").tolist() == [3.0, 4.0]
    assert cohort.totals("baseline").columns.tolist() == ["phq2_total", "gad7_total"]
    end = cohort.total("phq2", "round_one_end")
    assert end.iloc[0] == 0.0
    assert np.isnan(end.iloc[1])


def test_an_unknown_visit_or_instrument_is_told() -> None:
    cohort = read_cohort(table(), STUDY)
    with pytest.raises(StudyError, match="VISIT_UNKNOWN"):
        cohort.at("week_9")
    with pytest.raises(StudyError, match="INSTRUMENT_NOT_IN_STUDY"):
        cohort.total("phq9", "baseline")


def test_answers_are_one_tidy_table_and_take_keeps_chosen_people() -> None:
    cohort = read_cohort(table(), STUDY)
    tidy = cohort.answers
    assert tidy[["id", "visit"]].values.tolist() == [
        ["00123", "baseline"], ["NA", "baseline"],
        ["00123", "round_one_end"], ["NA", "round_one_end"],
    ]  # fmt: skip
    one = cohort.take(["NA"])
    assert one.ids.tolist() == ["NA"]
    assert one.rows["id"].tolist() == ["NA"]
    assert one.at("baseline").shape == (1, 4)


def test_the_flow_adds_up() -> None:
    flow = read_cohort(table(), STUDY).flow.set_index("step")["n"]
    assert flow["rows of the table"] == flow["valid people"] + flow["rejected"]


def test_the_given_frame_is_left_as_it_was() -> None:
    given = table()
    read_cohort(given, STUDY)
    pd.testing.assert_frame_equal(given, table())
