"""Scores worked out by hand, each table with the source of its rule."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from predict.definitions.instruments import load_instrument

NA = np.nan


def answers(instrument: str, *rows: list[float]) -> pd.DataFrame:
    """Answers in the order of the instrument's items, a list a person."""
    columns = [load_instrument(instrument).column(i.key) for i in load_instrument(instrument).items]
    return pd.DataFrame(list(rows), columns=columns, dtype=float)


def scored(instrument: str, *rows: list[float], scale: str = "total") -> list[float]:
    return load_instrument(instrument).score(answers(instrument, *rows), scale).tolist()


def test_phq9_adds_up_and_prorates_at_most_two_missing_items() -> None:
    # NHS Data Dictionary: one or two missing values take the mean of the others; more: no score.
    # 7 answered with sum 10: 10 / 7 * 9 = 12.86 -> 13 (whole scores only, Minnesota helpdesk).
    found = scored(
        "phq9",
        [3, 3, 2, 2, 1, 1, 0, 0, 0],
        [2, 2, 2, 1, 1, 1, 1, NA, NA],
        [2, 2, 2, 1, 1, 1, NA, NA, NA],
        [NA] * 9,
    )
    assert found[:2] == [12.0, 13.0]
    assert np.isnan(found[2:]).all()


def test_phq9_bands_are_those_of_kroenke_2001() -> None:
    totals = pd.Series([0, 4, 5, 9, 10, 14, 15, 19, 20, 27, np.nan])
    bands = load_instrument("phq9").band(totals)
    assert bands.tolist()[:-1] == [
        *["minimal"] * 2,
        *["mild"] * 2,
        *["moderate"] * 2,
        *["moderately severe"] * 2,
        *["severe"] * 2,
    ]
    assert pd.isna(bands.iloc[-1])


def test_gad7_is_severe_from_fifteen_not_sixteen() -> None:
    # Spitzer 2006: 5, 10, 15.
    assert load_instrument("gad7").band(pd.Series([14, 15])).tolist() == ["moderate", "severe"]
    assert scored("gad7", [3, 3, 3, 3, 3, 0, 0]) == [15.0]


def test_cesd_turns_items_4_8_12_16_round() -> None:
    # All answers 0: the four positive items count 3 each. All 3: the sixteen others do.
    assert scored("cesd", [0] * 20, [3] * 20) == [12.0, 48.0]
    four_missing, five_missing = [1.0] * 20, [1.0] * 20
    four_missing[0:3] = five_missing[0:3] = [NA] * 3
    four_missing[4] = five_missing[4] = NA
    five_missing[5] = NA
    # 16 answered: 12 ones and 4 reversed to 2 = 20; 20 / 16 * 20 = 25. Five missing: no score.
    found = scored("cesd", four_missing, five_missing)
    assert found[0] == 25.0
    assert np.isnan(found[1])


def test_qids_takes_the_highest_of_sleep_appetite_and_psychomotor_items() -> None:
    # Rule of QIDS-SR16 (Rush 2003): max(1-4) + 5 + max(6-9) + 10 + 11 + 12 + 13 + 14 + max(15, 16).
    person = [1, 3, 0, 2, 2, 0, NA, NA, 1, 1, 2, 0, 3, 1, 0, 2]
    #         sleep 3 +      2 + appetite 1    + 1 + 2 + 0 + 3 + 1 + psychomotor 2 = 15
    most = [3] * 16
    no_weight = [0, 0, 0, 0, 0, 1, NA, NA, NA, 0, 0, 0, 0, 0, 0, 0]
    no_sleep_item = [NA, *[0] * 15]
    found = scored("qids_sr16", person, most, no_weight, no_sleep_item)
    assert found[:2] == [15.0, 27.0]
    assert np.isnan(found[2:]).all()
    bands = load_instrument("qids_sr16").band(pd.Series([5, 6, 11, 16, 21]))
    assert bands.tolist() == ["none", "mild", "moderate", "severe", "very severe"]


def test_who5_is_four_times_the_sum_and_high_is_good() -> None:
    # WHO 2024: raw 0-25 times 4; all items required.
    found = scored("who5", [5] * 5, [2, 3, 2, 3, 3], [2, 3, 2, 3, NA])
    assert found[:2] == [100.0, 52.0]
    assert np.isnan(found[2])
    scale = load_instrument("who5").scale()
    assert scale.better == "high"
    assert scale.cut == 50  # raw 12 -> 48 is a case, raw 13 -> 52 is not: WHO and Topp agree


def test_pcl5_clusters_and_provisional_diagnosis() -> None:
    # National Center for PTSD: an item counts from 2; 1 of B, 1 of C, 2 of D, 2 of E.
    meets = [2, 0, 0, 0, 0, 2, 0, 2, 2, 0, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0]
    one_d_short = [2, 0, 0, 0, 0, 2, 0, 2, 1, 0, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0]
    all_moderate = [1] * 20
    rows = (meets, one_d_short, all_moderate)
    assert scored("pcl5", *rows) == [12.0, 11.0, 20.0]
    assert scored("pcl5", *rows, scale="provisional") == [1.0, 0.0, 0.0]
    assert scored("pcl5", *rows, scale="intrusion") == [2.0, 2.0, 5.0]
    assert scored("pcl5", *rows, scale="avoidance") == [2.0, 2.0, 2.0]
    assert scored("pcl5", *rows, scale="cognition_mood") == [4.0, 3.0, 7.0]
    assert scored("pcl5", *rows, scale="arousal") == [4.0, 4.0, 6.0]


def test_auditc_cut_depends_on_sex() -> None:
    # HL7 US Core, 75626-2: 4 or more for men, 3 or more for women; 0-12.
    assert scored("audit_c", [1, 1, 1], [4, 0, 0], [4, 4, 4], [4, 0, NA])[:3] == [3.0, 4.0, 12.0]
    assert np.isnan(scored("audit_c", [4, 0, NA])[0])
    assert load_instrument("audit_c").scale().cuts == {"male": 4, "female": 3}


@pytest.mark.parametrize(
    ("told", "level"),
    [
        # questions 1, 2, 3, 4, 5, 6 (ever), 6 (last 3 months); a skipped question is NaN
        ([0, 0, NA, NA, NA, 0, NA], 0),  # no to 2: go to 6; no to 6: nothing recent
        ([1, 0, NA, NA, NA, 0, NA], 1),  # a wish only: low
        ([1, 1, 0, 0, 0, 0, NA], 1),  # thoughts without method: low
        ([1, 1, 1, 0, 0, 0, NA], 2),  # method: moderate
        ([0, 0, NA, NA, NA, 1, 0], 2),  # behaviour longer ago: moderate
        ([1, 1, 0, 1, 0, 0, NA], 3),  # intention: high
        ([1, 1, 0, 0, 1, 0, NA], 3),  # plan: high
        ([0, 0, NA, NA, NA, 1, 1], 3),  # behaviour in the last 3 months: high
        ([NA, NA, NA, NA, 1, NA, NA], 3),  # high stays high whatever else is open
        ([0, 1, NA, 0, 0, 0, NA], None),  # question 3 was to be asked: open
        ([0, 0, NA, NA, NA, NA, NA], None),  # question 6 open
        ([0, 0, NA, NA, NA, 1, NA], None),  # moderate at least, perhaps high: open
    ],
)
def test_cssrs_screener_triage(told: list[float], level: float | None) -> None:
    # Columbia Lighthouse screener: low 1-2, moderate 3 or 6 ever, high 4, 5 or 6 within 3 months.
    found = scored("cssrs", told, scale="risk")[0]
    assert np.isnan(found) if level is None else found == level


def test_mhi5_is_high_where_a_person_is_well() -> None:
    # 100 (sum - 5) / 25 after turning calm and happy round (1 = all of the time).
    well, unwell = [6, 1, 6, 1, 6], [1, 6, 1, 6, 1]
    assert scored("mhi5", well, unwell, [3, 3, 4, 4, 5]) == [
        100.0,
        0.0,
        4.0 * (3 + 4 + 4 + 3 + 5 - 5),
    ]


def test_mbi_gs_gives_three_means_and_no_total() -> None:
    person = [6, 6, 6, 6, 2, 1, 2, 5, 5, 2, 2, 2, 5, 5, 0, 2]
    person[5] = 1  # item 6 is exhaustion
    assert scored("mbi_gs", person, scale="exhaustion") == [(6 + 6 + 6 + 6 + 1) / 5]
    assert scored("mbi_gs", person, scale="cynicism") == [4.0]
    assert scored("mbi_gs", person, scale="efficacy") == [2.0]
    assert [s.name for s in load_instrument("mbi_gs").scales] == [
        "exhaustion",
        "cynicism",
        "efficacy",
    ]
    one_missing = [NA, *person[1:]]
    assert scored("mbi_gs", one_missing, scale="exhaustion") == [(6 + 6 + 6 + 1) / 4]


def test_hamd_and_madrs_need_every_item() -> None:
    worst = [i.high for i in load_instrument("hamd").items]
    assert scored("hamd", worst) == [52.0]
    assert np.isnan(scored("hamd", [NA, *worst[1:]])[0])
    assert scored("madrs", [2] * 10) == [20.0]
    assert load_instrument("madrs").band(pd.Series([6, 7, 19, 20, 34, 35])).tolist() == [
        "no depression",
        "mild",
        "mild",
        "moderate",
        "moderate",
        "severe",
    ]


def test_phq_ads_joins_both_questionnaires() -> None:
    assert scored("phq_ads", [3] * 16) == [48.0]
    assert load_instrument("phq_ads").safety_items == ("phq9",)


def test_a_case_is_at_the_cut_on_the_bad_side() -> None:
    scores = pd.Series([9.0, 10.0, NA])
    assert load_instrument("phq9").case(scores).tolist()[:2] == [0.0, 1.0]
    assert load_instrument("who5").case(pd.Series([48.0, 52.0])).tolist() == [1.0, 0.0]
    sex = pd.Series(["female", "male", "male", None])
    found = load_instrument("audit_c").case(pd.Series([3.0, 3.0, 4.0, 12.0]), group=sex)
    assert found.tolist()[:3] == [1.0, 0.0, 1.0]
    assert np.isnan(found.iloc[3])
    assert load_instrument("audit_c").case(pd.Series([12.0])).isna().all()


def test_a_prorated_score_says_so() -> None:
    rows = answers("phq9", [1] * 9, [NA, *[1] * 8], [NA] * 9, [NA] * 3 + [1] * 6)
    assert load_instrument("phq9").prorated(rows).tolist() == [False, True, False, False]
