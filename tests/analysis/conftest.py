"""Small tables that several tests of the analyses share."""

import pandas as pd
import pytest

from predict.cohort import Cohort, read_cohort

STUDY = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline", "round_one_end", "round_two_start", "round_two_end"],
    "rounds": {
        "one": {"start": "baseline", "end": "round_one_end"},
        "two": {"start": "round_two_start", "end": "round_two_end"},
    },
    "instruments": {"phq9": {"total": "phq9_{visit}"}},
    "people": {
        "sex": {"kind": "choice", "values": ["female", "male"], "known_at": "baseline"},
        "side_effect_session_1": {
            "kind": "choice",
            "values": ["no", "yes"],
            "known_at": "round_one_end",
        },
        "left_for": {
            "kind": "choice",
            "values": ["adverse_event", "other"],
            "known_at": "round_one_end",
        },
    },
}


@pytest.fixture
def six() -> Cohort:
    """Six people, one of each fate; a dash is no answer.

    kept     20 -> 6 -> 7 -> 5      maintained
    back     20 -> 6 -> 15 -> 6     recovered
    lost     20 -> 6 -> 7 -> 18     not regained
    new      20 -> 18 -> 18 -> 6    newly responded
    never    20 -> 18 -> 18 -> 19   persistently not
    gone     20 -> -                left for an adverse event
    """
    rows = [
        ("kept", 20, 6, 7, 5, "female", "no", None),
        ("back", 20, 6, 15, 6, "female", "yes", None),
        ("lost", 20, 6, 7, 18, "male", "no", None),
        ("new", 20, 18, 18, 6, "male", "no", None),
        ("never", 20, 18, 18, 19, "male", "no", None),
        ("gone", 20, None, None, None, "female", None, "adverse_event"),
    ]
    visits = [f"phq9_{visit}" for visit in STUDY["visits"]]
    columns = ["person", *visits, "sex", "side_effect_session_1", "left_for"]
    return read_cohort(pd.DataFrame(rows, columns=columns), STUDY)
