"""The blocks beyond items, totals and people, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from predict.cohort import Cohort, read_cohort
from predict.errors import DesignError
from predict.features import features_as_of
from predict.features.training_set import assemble

VISITS = ["baseline", "session_2", "round_one_end", "round_two_start"]
STUDY: dict[str, Any] = {
    "id": "person",
    "layout": "wide",
    "visits": [*VISITS, "round_two_end"],
    "rounds": {
        "one": {"start": "baseline", "end": "round_one_end"},
        "two": {"start": "round_two_start", "end": "round_two_end"},
    },
    "instruments": {
        "phq9": {"columns": "p{item}_{visit}"},
        "gad7": {"total": "g_{visit}"},
        "who5": {"total": "w_{visit}"},
        "cssrs": {"columns": "c{item}_{visit}", "visits": ["baseline"]},
    },
}
SCREEN = ["1", "2", "3", "4", "5", "6", "6_recent"]


def people(*levels: int) -> Cohort:
    """One person a list of equal PHQ-9 answers by visit, with GAD-7 7 and WHO-5 40 then 60."""
    row: dict[str, object] = {"person": "a", "g_round_two_end": "", "w_round_two_end": ""}
    for visit, level in zip([*VISITS, "round_two_end"], (*levels, *[0] * 5), strict=False):
        row |= {f"p{i}_{visit}": str(level) for i in range(1, 10)}
        row |= {f"g_{visit}": "7", f"w_{visit}": "40" if visit == "baseline" else "60"}
    row |= {f"c{key}_baseline": "" for key in SCREEN} | {"c1_baseline": "1", "c2_baseline": "0"}
    return read_cohort(pd.DataFrame([row]).astype("str"), STUDY)


def values(cohort: Cohort, block: str, as_of: str) -> dict[str, float]:
    return features_as_of(cohort, as_of, [block]).frame.iloc[0].to_dict()


def test_domains_add_up_to_the_total() -> None:
    columns = values(people(2, 1, 1, 1), "domains", "baseline")
    assert columns == {
        "phq9_domain_affective_baseline": 8.0,
        "phq9_domain_somatic_baseline": 8.0,
        "phq9_domain_cognitive_baseline": 2.0,
    }


def test_domains_turn_positive_items_round() -> None:
    study = {
        **STUDY,
        "instruments": {"cesd": {"columns": "c{item}_{visit}", "visits": ["baseline"]}},
    }
    table = pd.DataFrame(
        [["a", *["0"] * 20]], columns=["person", *[f"c{i}_baseline" for i in range(1, 21)]]
    )
    columns = values(read_cohort(table, study), "domains", "baseline")
    assert columns["cesd_domain_positive_baseline"] == 12.0
    assert sum(columns.values()) == 12.0


def test_missing_counts_questions_that_were_asked() -> None:
    columns = values(people(2, 1, 1, 1), "missing", "baseline")
    # The screener: 3, 4, 5 were skipped after a no to 2; question 6 and its follow-up are open.
    assert columns == {"phq9_missing_baseline": 0.0, "cssrs_missing_baseline": 2.0}


def test_the_ratio_is_missing_where_there_is_no_depression() -> None:
    assert values(people(1, 1, 1, 1), "ratio", "baseline") == {"gad7_phq9_ratio_baseline": 7 / 9}
    assert np.isnan(values(people(0, 1, 1, 1), "ratio", "baseline")["gad7_phq9_ratio_baseline"])


def test_early_change_is_what_session_two_shows() -> None:
    changes = values(people(2, 1, 3, 3), "early_change", "session_2")
    assert changes["phq9_total_gain_session_2"] == 9.0
    assert changes["phq9_total_share_session_2"] == 0.5
    assert changes["gad7_total_gain_session_2"] == 0.0
    assert changes["who5_total_gain_session_2"] == 20.0  # high is good: a rise is a gain
    assert changes["who5_total_share_session_2"] == pytest.approx(1 / 3)
    columns = features_as_of(people(2, 1, 3, 3), "session_2", ["early_change"]).columns
    assert {c.visit for c in columns} == {"session_2"}


@pytest.mark.parametrize("block", ["early_change", "course_full", "course"])
def test_a_baseline_model_refuses_what_is_known_later(block: str) -> None:
    with pytest.raises(DesignError, match="LEAK_FUTURE_VISIT"):
        assemble(people(2, 1, 1, 1), "phq9_response", blocks=[block])


def test_the_full_course_goes_visit_by_visit_and_beyond() -> None:
    columns = values(people(2, 1, 0, 1), "course_full", "round_two_start")
    assert columns["phq9_total_session_2"] == 9.0
    assert columns["phq9_total_gain_session_2"] == 9.0
    assert columns["phq9_total_gain_round_one_end"] == 18.0
    assert columns["phq9_total_gain_since_round_one_end_round_two_start"] == -9.0


def test_the_response_state_counts_from_the_best_score_of_the_scale() -> None:
    columns = values(people(2, 1, 1, 1), "course", "round_two_start")
    assert columns["phq9_total_halved_round_one"] == 1.0
    assert columns["who5_total_halved_round_one"] == 0.0  # 60 from the best, 20 gained
