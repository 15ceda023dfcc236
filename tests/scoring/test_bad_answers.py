"""Bad inputs 49 to 69: answers outside their range or grammar, codings, and odd whole tables."""

from __future__ import annotations

import numpy as np
import pytest
from tests.scoring.conftest import STUDY, with_cell
from tests.scoring.test_bad_files import ITEM, refused, rejects, same_scores

PHQ9 = [f"phq9_{i}_baseline" for i in range(1, 10)]
GAD7 = [f"gad7_{i}_baseline" for i in range(1, 8)]


@pytest.mark.parametrize("text", ["4", "7", "-1"])
def test_049_an_answer_outside_the_range_is_rejected(end, clean, text):
    rejects(end(with_cell(clean, 7, ITEM, text)), 7, "OUT_OF_RANGE")


def test_050_a_whole_number_with_a_point_is_read_and_counted(end, clean):
    plain = end(clean)
    pointed = clean.assign(**{ITEM: clean[ITEM].map(lambda t: f"{t}.0" if t else t)})
    found = end(pointed)
    assert found.status == 0
    assert "whole_as_decimal" in found.codes
    same_scores(plain, found)


def test_051_a_fraction_is_rejected(end, clean):
    rejects(end(with_cell(clean, 7, ITEM, "2.7")), 7, "NOT_WHOLE")


@pytest.mark.parametrize("text", ["２", "٢", "Several days", "TRUE", "inf", "nan"])
def test_052_053_056_057_058_what_is_no_plain_number_is_rejected(end, clean, text):
    rejects(end(with_cell(clean, 7, ITEM, text)), 7, "NOT_A_NUMBER")


@pytest.mark.parametrize("text", ["NA", "", "."])
def test_054_a_blank_is_a_missing_answer(end, clean, text):
    found = end(with_cell(clean, 7, ITEM, text))
    assert found.status == 0
    assert found.row(7)["status"] == "scored"
    assert "missing_some" in found.row(7)["reason"]


def test_055_a_declared_missing_code_is_missing(end, clean):
    same_scores(end(with_cell(clean, 7, ITEM, "")), end(with_cell(clean, 7, ITEM, "99")))


@pytest.mark.parametrize("text", ["-9", "-99", "999"])
def test_055_an_undeclared_missing_code_is_rejected(end, clean, text):
    rejects(end(with_cell(clean, 7, ITEM, text)), 7, "OUT_OF_RANGE")


@pytest.mark.parametrize("text", ["1e0", "0x2", "1_0", "1,000"])
def test_059_other_ways_to_write_a_number_are_rejected(end, clean, text):
    rejects(end(with_cell(clean, 7, ITEM, text)), 7, "NOT_A_NUMBER")


def test_060_blanks_around_a_number_are_read(end, clean):
    same_scores(end(with_cell(clean, 7, ITEM, "2")), end(with_cell(clean, 7, ITEM, " 2 ")))


def test_061_more_missing_than_the_instrument_forgives_gives_no_estimate(end, clean):
    table = clean.copy()
    table.loc[6, PHQ9[:5]] = ""
    found = end(table)
    assert found.status == 0
    assert found.row(7)["status"] == "no_estimate"
    assert "missing_too_many" in found.row(7)["reason"]
    assert np.isnan(float(found.row(7)["probability"] or "nan"))


def test_062_no_answer_at_all_gives_no_estimate(end, clean):
    table = clean.copy()
    table.loc[6, PHQ9 + GAD7] = ""
    found = end(table)
    assert found.status == 0
    assert found.row(7)["status"] == "no_estimate"
    assert "as_of_visit_absent" in found.row(7)["reason"]
    assert found.row(7)["flags"] == "item9_missing"


@pytest.fixture(scope="module")
def with_totals():
    """A study that gives items and a total, to be contradicted."""
    from predict.definitions.study import read_study

    spec = read_study(STUDY).to_dict()
    spec["instruments"]["phq9"] = {
        "columns": "phq9_{item}_{visit}",
        "total": {"baseline": "phq9_sum"},
    }
    return read_study(spec)


@pytest.mark.parametrize(("total", "code"), [("1", "TOTAL_NOT_SUM"), ("28", "OUT_OF_RANGE")])
def test_063_a_total_that_is_not_the_sum_is_rejected(clean, with_totals, total, code):
    from predict.cohort import read_cohort

    sums = clean[PHQ9].apply(lambda row: sum(map(int, row)) if all(row) else "", axis=1)
    table = with_cell(clean.assign(phq9_sum=sums.astype("str")), 7, "phq9_sum", total)
    rows = read_cohort(table, with_totals, as_of="baseline").rows
    assert rows.loc[rows["row"] == 7, "code"].item() == code
    assert (rows["status"] == "rejected").sum() == 1


def test_064_a_total_without_items_is_refused_by_a_model_of_items(end, clean):
    refused(end(clean.drop(columns=PHQ9).assign(phq9_total="12")), "COLUMN_MISSING", PHQ9[0])


def test_065_a_coding_of_1_to_4_stops_the_run(end, clean):
    shifted = clean.copy()
    shifted[PHQ9] = clean[PHQ9].map(lambda t: str(int(t) + 1) if t else t)
    refused(end(shifted, part_rows=7), "CODING_SHIFT", "coding_low = 1")


def test_065_fewer_than_50_answers_tell_nothing_and_their_rows_are_rejected(end, clean):
    few = clean.iloc[:5].copy()
    few[PHQ9] = [["1", "2", "3", "4", "4", "4", "1", "2", "1"]] * 5
    found = end(few)
    assert found.status == 7
    assert set(found.rejected["code"]) == {"OUT_OF_RANGE"}


ACCEPTED = {"accept_drift": "to see what else is told"}


def test_066_answers_upside_down_are_told(end, clean):
    # People who mostly answer high, written low.
    severe = clean.copy()
    severe[PHQ9] = np.random.default_rng(1).choice(["2", "3"], (60, 9), p=[0.3, 0.7])
    flipped = severe.copy()
    flipped[PHQ9] = severe[PHQ9].map(lambda t: str(3 - int(t)))
    assert "CODING_REVERSED" not in end(severe, **ACCEPTED).codes
    refused(end(flipped), "DISTRIBUTION_OTHER", "upside down")
    found = end(flipped, **ACCEPTED)
    assert found.status == 0
    assert "CODING_REVERSED" in found.codes


def turned(table, columns):
    return table.assign(**{c: table[c].map(lambda t: str(3 - int(t)) if t else t) for c in columns})


def test_066_one_item_upside_down_is_told_by_its_correlation(end, many):
    assert "CODING_REVERSED" not in end(many, part_rows=60).codes
    found = end(turned(many.head(180), [PHQ9[2]]), part_rows=50, **ACCEPTED)
    assert found.status == 0
    assert "phq9 at 'baseline': item 3 runs against the others" in found.message


def test_066_one_instrument_upside_down_runs_against_the_other(end, many):
    found = end(turned(many.head(180), GAD7), part_rows=50, **ACCEPTED)
    assert found.status == 0
    assert "phq9 and gad7 at 'baseline' run against each other" in found.message


def test_066_where_it_looks_like_other_people_the_refusal_says_why(end, many):
    found = end(turned(many, [PHQ9[2]]))
    refused(found, "CODING_REVERSED", "DISTRIBUTION_OTHER", "item 3 runs against the others")


def test_066_the_same_is_told_when_a_table_is_checked(many):
    from predict.cohort import read_cohort

    def told(table):
        problems = read_cohort(table, STUDY, as_of="baseline").problems
        return problems.loc[problems["code"] == "CODING_REVERSED", "level"].tolist()

    assert told(many) == []
    assert told(turned(many, [PHQ9[2]])) == ["warning"]
    assert told(turned(many.head(40), [PHQ9[2]])) == []


@pytest.mark.parametrize("answer", ["0", "2"])
def test_067_straight_lines_of_answers_are_told(end, clean, answer):
    straight = clean.copy()
    straight.loc[:29, PHQ9] = answer
    found = end(straight, **ACCEPTED)
    assert found.status == 0
    assert "ANSWERS_STRAIGHT" in found.codes


def test_068_other_units_are_told(stored):
    from dataclasses import replace

    from predict.model_folder import load_model
    from predict.models.reliance.profile import NumberProfile
    from predict.scoring.table_profile import judge_signs

    model = load_model(stored)
    share = NumberProfile(0.0, 1.0, (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0), 0)
    profile = replace(model.reliance, numbers={"age": share}, item_sets=())
    signs = {"rows": 100, "n:age": 100, "sum:age": 5e3, "squares:age": 3e5, "beyond:age": 90}
    found = judge_signs(replace(model, reliance=profile), signs)
    assert [problem.code for problem in found] == ["UNITS_OTHER"]


def test_069_a_drift_is_told_and_the_same_people_are_not(end, many):
    assert not {"DISTRIBUTION_DRIFT", "DISTRIBUTION_OTHER"} & end(many).codes
    older = many.assign(age=many["age"].astype(int).add(7).clip(18, 90).astype("str"))
    found = end(older)
    assert found.status == 0
    assert "DISTRIBUTION_DRIFT" in found.codes


def test_069_quite_other_people_stop_the_run(end, many):
    refused(end(many.assign(age="19")), "DISTRIBUTION_OTHER", "'age'", "judge the model")
