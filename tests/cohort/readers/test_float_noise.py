"""Numbers that went through another program's floats count as what they stand for, and are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from predict.cohort import Cohort, read_cohort
from predict.cohort.float_noise import settled
from predict.cohort.labelling import label
from predict.cohort.safety_answers import safety_at
from predict.errors import StudyError

ITEMS = [f"q{item}" for item in range(1, 10)]
STUDY: dict[str, Any] = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline"],
    "rounds": {},
    "instruments": {"phq9": {"columns": "q{item}"}},
}
SAS_ZERO = 5.397605346934028e-79
STATA_3_8 = float(np.float32(3.8))


def people(**columns: Any) -> pd.DataFrame:
    frame = pd.DataFrame({"person": ["a", "b", "c"], **dict.fromkeys(ITEMS, 1.0)})
    return frame.assign(**columns)


def every_door(tmp_path: Path, frame: pd.DataFrame, study: dict[str, Any]) -> list[Cohort]:
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet", index=False)
    tables = (frame, tmp_path / "t.csv", tmp_path / "t.parquet")
    return [read_cohort(table, study) for table in tables]


def told(cohort: Cohort, code: str) -> str:
    found = cohort.problems.loc[cohort.problems["code"] == code, "message"]
    return str(found.iloc[0]) if len(found) else ""


def test_sas_zero_is_not_at_all_and_no_safety_report(tmp_path):
    frame = people(q9=[SAS_ZERO, 2.9999999, 2.7])
    for cohort in every_door(tmp_path, frame, STUDY):
        assert cohort.rows["code"].tolist() == ["", "", "NOT_WHOLE"]
        assert cohort.at("baseline")["phq9_9"].tolist() == [0.0, 3.0]
        assert safety_at(cohort, "baseline")["flag"].tolist() == ["", *["item9_reported"] * 2]
        assert told(cohort, "FLOAT_NOISE").startswith("2 numbers")


def test_cells_that_are_no_numbers_carry_no_floats(tmp_path):
    frame = people(q9=["2.5", "often", "-"])
    frame.to_csv(tmp_path / "t.csv", index=False)
    cohort = read_cohort(tmp_path / "t.csv", STUDY)
    assert cohort.rows["code"].tolist() == ["NOT_WHOLE", "NOT_A_NUMBER", "NOT_A_NUMBER"]
    assert told(cohort, "FLOAT_NOISE") == ""


def test_a_single_that_stata_wrote_reaches_the_cut_it_stands_for(tmp_path):
    entry = {"mbi_gs": {"totals": {"exhaustion": "ex"}}}
    frame = people(ex=[STATA_3_8, 3.8, 3.79])
    for cohort in every_door(tmp_path, frame, {**STUDY, "instruments": entry}):
        assert cohort.at("baseline")["mbi_gs_exhaustion"].tolist() == [3.8, 3.8, 3.79]
        assert told(cohort, "FLOAT_NOISE").startswith("1 numbers")


def test_a_column_of_singles_is_read_as_its_decimals(tmp_path):
    entry = {"mbi_gs": {"totals": {"exhaustion": "ex"}}}
    values = np.round(np.arange(0, 6.05, 0.1), 1)
    frame = pd.DataFrame({"person": np.arange(len(values)).astype(str), "ex": values})
    frame["ex"] = frame["ex"].astype("float32")
    cohort = read_cohort(frame, {**STUDY, "instruments": entry})
    assert cohort.at("baseline")["mbi_gs_exhaustion"].tolist() == values.tolist()


def test_the_end_of_a_range_holds_in_single_precision():
    study = {**STUDY, "people": {"level": {"kind": "number", "range": [0, 0.3]}}}
    cohort = read_cohort(people(level=np.float32([0.3, 0.1, 0.31])), study)
    assert cohort.rows["code"].tolist() == ["", "", "OUT_OF_RANGE"]
    assert cohort.people["level"].tolist() == [0.3, 0.1]


def test_codes_of_a_choice_and_of_a_visit_pass_through_floats_too():
    study = {**STUDY, "people": {"sex": {"kind": "choice", "codes": {"0": "f", "1": "m"}}}}
    cohort = read_cohort(people(sex=[SAS_ZERO, 1.0, 0.9999999999]), study)
    assert cohort.people["sex"].tolist() == ["f", "m", "m"]


@pytest.mark.parametrize("value", [1e-5, 1e-7, 2.7, 1234567.05, 999999.95, 1 / 3, 0.1 + 0.2])
def test_a_measurement_stays_what_it_is(value):
    meant, changed = settled(np.array([value]), whole=False, score=False)
    assert abs(meant[0] - value) <= 1e-15 * abs(value)
    assert changed.sum() == (meant[0] != value)


def test_an_exponent_is_still_no_way_to_write_an_answer():
    cohort = read_cohort(people(q1=["1e0", "5.4e-79", "2e-1"]), STUDY)
    assert cohort.rows["code"].tolist() == ["NOT_A_NUMBER", "", "NOT_A_NUMBER"]


def test_prorated_totals_are_rounded_by_declaration_only(tmp_path):
    frame = people(total=[12.6, 12.5, 12.4])
    entry = {"phq9": {"total": "total"}}
    for cohort in every_door(tmp_path, frame, {**STUDY, "instruments": entry}):
        assert cohort.rows["code"].eq("NOT_WHOLE").all()
        assert 'round = "half_up"' in told(cohort, "NOT_WHOLE")
    declared = {**STUDY, "instruments": {"phq9": {"total": "total", "round": "half_up"}}}
    for cohort in every_door(tmp_path, frame, declared):
        assert cohort.at("baseline")["phq9_total"].tolist() == [13.0, 13.0, 12.0]
        assert told(cohort, "ROUNDED_HALF_UP").startswith("3 given totals")


def test_another_way_of_rounding_is_refused():
    with pytest.raises(StudyError, match="half_up"):
        read_cohort(people(), {**STUDY, "instruments": {"phq9": {"total": "t", "round": "up"}}})


def test_items_are_never_rounded():
    entry = {"phq9": {"columns": "q{item}", "round": "half_up"}}
    cohort = read_cohort(people(q1=[2.7, 1.0, 1.0]), {**STUDY, "instruments": entry})
    assert cohort.rows["code"].tolist() == ["NOT_WHOLE", "", ""]


def test_halving_a_noisy_total_answers_as_the_clean_one_does():
    study = {
        **STUDY,
        "visits": ["start", "end"],
        "rounds": {"one": {"start": "start", "end": "end"}},
        "instruments": {"phq9": {"total": "t_{visit}"}},
    }
    frame = pd.DataFrame({"person": ["a"], "t_start": [12.0], "t_end": [6.0000000001]})
    assert label(read_cohort(frame, study), "phq9_response")["answer"].tolist() == ["yes"]


def test_whole_columns_of_integers_cost_no_second_look(tmp_path):
    table = pa.table({"person": ["a"], **{item: [2] for item in ITEMS}})
    pq.write_table(table, tmp_path / "t.parquet")
    cohort = read_cohort(tmp_path / "t.parquet", STUDY)
    assert cohort.problems.empty


def test_decimals_of_many_digits_are_what_they_are_though_a_shorter_one_is_near():
    """Days with nine or ten digits, none of them single precision; then those that are, as %.9g."""
    days = np.array([9.696840278, 98.9212037, 31.14469907, 45.70890046, 91.37670139])
    meant, changed = settled(days, whole=False, score=False)
    assert not changed.any()
    assert meant.tolist() == days.tolist()
    single = np.array([98.9212, 9.69684, 0.1]).astype(np.float32).astype(np.float64)
    written = np.array([float(f"{value:.9g}") for value in single])
    for values in (single, written):
        assert settled(values, whole=False, score=False)[0].tolist() == [98.9212, 9.69684, 0.1]
