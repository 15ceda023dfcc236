"""Bad inputs 31 to 48: columns that are absent, doubled, unread or misplaced; ids of all kinds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.scoring.conftest import with_cell
from tests.scoring.test_bad_files import refused, rejects, same_scores

from predict.definitions.study import read_study
from predict.errors import DesignError


def test_031_a_column_that_stands_twice_is_refused(end, clean):
    refused(end(pd.concat([clean, clean[["age"]]], axis=1)), "COLUMN_REPEATED", "'age'")


def test_032_all_missing_columns_are_listed_at_once(end, clean):
    found = end(clean.drop(columns=["age", "gad7_1_baseline", "phq9_9_baseline"]))
    refused(found, "COLUMN_MISSING", "'age'", "'gad7_1_baseline'", "'phq9_9_baseline'")


def test_033_an_extra_column_is_named_and_not_read(end, clean):
    plain, more = end(clean), end(clean.assign(shoe_size="44"))
    assert more.status == 0
    assert "EXTRA_COLUMNS" in more.codes
    assert "shoe_size" in more.message
    same_scores(plain, more)


def test_034_the_order_of_columns_changes_no_bit(end, clean):
    same_scores(end(clean), end(clean[list(reversed(clean.columns))]))


def test_035_a_renamed_instrument_is_refused_with_a_hint(end, clean):
    upper = clean.rename(columns=lambda c: c.replace("phq9", "PHQ9"))
    refused(end(upper), "COLUMN_MISSING", "'phq9_1_baseline'", "'PHQ9_1_baseline'")


def test_036_038_later_columns_at_scoring_are_left_unread_with_a_warning(end, clean):
    plain = end(clean)
    later = clean.assign(phq9_1_round_one_end="3", phq9_1_round_two_start="2")
    found = end(later)
    assert found.status == 0
    assert "LATER_COLUMNS" in found.codes
    same_scores(plain, found)


@pytest.fixture
def cohort(programme):
    return programme


def test_036_an_outcome_column_among_the_features_stops_training(cohort):
    from predict.features import features_as_of
    from predict.features.training_set import refuse_future

    made = features_as_of(cohort, "round_one_end", ("items",))
    with pytest.raises(DesignError, match=r"LEAK_FUTURE_VISIT.*predicts as of 'baseline'"):
        refuse_future(cohort.study, "baseline", made.columns)


def test_037_a_column_written_after_treatment_stops_training(cohort):
    from predict.features.training_set import refuse_later_columns

    spec = cohort.study.to_dict()
    spec["people"]["left"] = {
        "kind": "choice",
        "values": ["yes", "no"],
        "known_at": "round_one_end",
    }
    with pytest.raises(DesignError, match=r"LEAK_AFTER_TREATMENT.*after treatment"):
        refuse_later_columns(read_study(spec), "baseline", ["left"])


def test_038_round_two_columns_among_the_features_stop_a_round_one_model(cohort):
    from predict.features import features_as_of
    from predict.features.training_set import refuse_future

    made = features_as_of(cohort, "round_two_start", ("scales",))
    with pytest.raises(DesignError, match="round_two_start"):
        refuse_future(cohort.study, "baseline", made.columns)


def test_039_the_id_as_a_feature_is_refused(cohort):
    from predict.errors import PredictError

    spec = cohort.study.to_dict()
    spec["people"]["person"] = {"kind": "number", "known_at": "baseline"}
    with pytest.raises(PredictError, match="ID_AS_PERSON_COLUMN") as caught:
        read_study(spec)
    assert caught.value.exit_code == 4


def test_040_a_constant_column_is_told(end, clean):
    refused(end(clean.assign(age="44")), "DISTRIBUTION_OTHER", "'age'")
    found = end(clean.assign(age="44"), accept_drift="to see what else is told")
    assert found.status == 0
    assert "COLUMN_CONSTANT" in found.codes
    assert "'age'" in found.message


def test_040_an_empty_column_is_told(end, clean):
    found = end(clean.assign(age=""))
    assert found.status == 0
    assert "COLUMN_EMPTY" in found.codes


@pytest.mark.parametrize("blank", ["", "  "])
def test_041_a_blank_id_is_rejected(end, clean, blank):
    rejects(end(with_cell(clean, 7, "person", blank)), 7, "ID_BLANK")


@pytest.mark.parametrize("text", ["NA", "00123", "12345678901234567890", "1e5", "None"])
def test_042_043_044_an_id_is_kept_letter_by_letter(end, clean, text):
    found = end(with_cell(clean, 7, "person", text))
    assert found.status == 0
    assert found.row(7)["id"] == text


def test_045_a_row_that_stands_twice_is_rejected_both_times(end, clean):
    found = end(pd.concat([clean, clean.iloc[[6]]]))
    assert found.status == 7
    assert list(found.rejected["row"]) == ["7", "61"]
    assert set(found.rejected["code"]) == {"ID_REPEATED"}


def test_046_one_id_with_differing_rows_is_rejected_both_times_across_parts(end, clean):
    twice = with_cell(clean, 60, "person", clean["person"][2])
    found = end(twice, part_rows=20)
    assert list(found.rejected["row"]) == ["3", "60"]
    assert found.row(3)["status"] == found.row(60)["status"] == "rejected"
    assert np.isnan(float(found.row(3)["probability"] or "nan"))


def test_047_a_person_on_both_sides_of_a_split_is_refused(cohort):
    from predict.statistics.splits import Fold, refuse_shared_groups

    groups = np.array(["a", "b", "a", "c"])
    fold = Fold(repeat=0, number=0, train=np.array([0, 1]), test=np.array([2, 3]))
    with pytest.raises(DesignError, match="LEAK_SPLIT"):
        refuse_shared_groups([fold], groups)


@pytest.mark.parametrize("text", ["Jane Miller", "j.miller@clinic.org", "123-45-6789"])
def test_048_ids_that_name_people_are_told_and_not_repeated(end, clean, text):
    found = end(with_cell(clean, 1, "person", text))
    assert found.status == 0
    assert "ID_LOOKS_PERSONAL" in found.codes
    assert text not in found.message
