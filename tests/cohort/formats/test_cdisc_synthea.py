"""CDISC and Synthea: derived rows, words that mean no answer, codes of another form."""

from __future__ import annotations

from itertools import product

import pandas as pd
import pyarrow.parquet as pq
import pytest
from tests.cohort.formats.damage import damaged, survives

from predict.cohort import read_cohort
from predict.cohort.formats import cdisc, open_table
from predict.cohort.formats.regrouping import TOLD
from predict.cohort.formats.translated import lay_out, rows_file
from predict.cohort.layouts import dialect_of
from predict.cohort.proposal import propose
from predict.cohort.safety_answers import safety_at
from predict.definitions.instruments import load_instrument
from predict.definitions.study import read_study
from predict.errors import TableError

VISITS = {"Baseline": "baseline", "Week 8": "week_8", "Week 24": "end"}


def study(measure, **more):
    spec = {
        "id": "USUBJID",
        "layout": "long",
        "visit": "AVISIT",
        "visit_values": VISITS,
        "visits": list(VISITS.values()),
        "rounds": {"one": {"start": "baseline", "end": "end"}},
        "instruments": {"phq9": measure},
    }
    return read_study({**spec, **more})


def adam(path, *rows):
    path.write_text("\n".join(["USUBJID,PARAMCD,AVISIT,AVAL,DTYPE,ANL01FL", *rows]) + "\n")
    return path


def told(cohort, code):
    return cohort.problems.loc[cohort.problems["code"] == code, "message"].tolist()


LOCF = ["S1,PHQ9TOT,Baseline,20,,Y", "S1,PHQ9TOT,Week 8,9,,Y", "S1,PHQ9TOT,Week 24,9,LOCF,Y"]
MEASURED = ["S0,PHQ9TOT,Baseline,20,,Y", "S0,PHQ9TOT,Week 8,9,,Y", "S0,PHQ9TOT,Week 24,12,,Y"]


@pytest.mark.parametrize("column", ["PHQ9TOT", "AVAL"])
def test_a_value_carried_forward_is_no_measurement_whatever_the_flag_says(tmp_path, column):
    path = adam(tmp_path / "adqs.csv", *MEASURED, *LOCF)
    cohort = read_cohort(path, study({"total": column}))
    end = cohort.total("phq9", "end")
    assert end["S0"] == 12
    assert end.isna()["S1"]
    assert cohort.total("phq9", "baseline").tolist() == [20, 20]
    assert told(cohort, "ROWS_DERIVED") == [
        "1 rows are derived (LOCF), no measurements; their values are blank, whatever the analysis "
        "flag says."
    ]


def test_without_its_guard_a_value_carried_forward_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(cdisc, "ADAM", cdisc.replace(cdisc.ADAM, derivation=""))
    cohort = read_cohort(adam(tmp_path / "a.csv", *LOCF), study({"total": "PHQ9TOT"}))
    assert cohort.total("phq9", "end")["S1"] == 9


def test_an_average_beside_the_measured_value_is_left_alone(tmp_path):
    rows = [*MEASURED, "S0,PHQ9TOT,Week 24,10,AVERAGE,Y"]
    cohort = read_cohort(adam(tmp_path / "a.csv", *rows), study({"total": "PHQ9TOT"}))
    assert cohort.total("phq9", "end")["S0"] == 12


def test_two_values_of_one_visit_are_refused_or_chosen_by_a_declared_flag(tmp_path):
    path = adam(tmp_path / "a.csv", *MEASURED, "S0,PHQ9TOT,Week 24,15,,")
    cohort = read_cohort(path, study({"total": "PHQ9TOT"}))
    assert cohort.rows["code"].tolist() == ["VISIT_REPEATED"]
    assert told(cohort, "ROWS_DIFFER")
    chosen = read_cohort(path, study({"total": "PHQ9TOT"}, cdisc={"flag": "ANL01FL"}))
    assert chosen.total("phq9", "end")["S0"] == 12
    assert told(chosen, "ROWS_WITHOUT_FLAG")


QS = "USUBJID,QSTESTCD,QSORRES,QSSTRESN,QSSTAT,VISIT"


def qs(path, *rows):
    path.write_text("\n".join([QS, *rows]) + "\n")
    return path


def items(person, visit, numbers):
    return [f"{person},PHQ01{i:02},word,{n},,{visit}" for i, n in enumerate(numbers, start=1)]


def qs_study():
    return study({"columns": "PHQ01{item:02}"}, visit="VISIT")


def test_qs_items_are_read_by_their_number(tmp_path):
    path = qs(tmp_path / "qs.csv", *items("S0", "Baseline", [3, 2, 2, 1, 1, 0, 0, 0, 0]))
    assert read_cohort(path, qs_study()).total("phq9", "baseline")["S0"] == 9


def test_na_with_a_number_of_its_own_is_no_answer(tmp_path):
    """In the CDISC pilot "NA" is 96 with QSSTAT blank."""
    rows = items("S0", "Baseline", [1] * 9)
    rows[3] = "S0,PHQ0104,NA,96,,Baseline"
    rows[4] = "S0,PHQ0105,,,NOT DONE,Baseline"
    cohort = read_cohort(qs(tmp_path / "qs.csv", *rows), qs_study())
    assert cohort.at("baseline").loc["S0", ["phq9_4", "phq9_5"]].isna().all()
    assert told(cohort, "ANSWER_NOT_DONE")[0].startswith("2 answers")


def test_without_its_guard_that_number_is_out_of_range(tmp_path, monkeypatch):
    monkeypatch.setattr(cdisc, "NOT_DONE", ("-",))
    rows = items("S0", "Baseline", [1] * 8 + [96])
    cohort = read_cohort(qs(tmp_path / "qs.csv", *[r.replace("word,96", "NA,96") for r in rows]),
                         qs_study())  # fmt: skip
    assert cohort.rows["code"].tolist() == ["OUT_OF_RANGE"]


def test_parquet_with_numbers_is_read_alike(tmp_path):
    rows = items("S0", "Baseline", [3, 2, 2, 1, 1, 0, 0, 0, 0])
    path = qs(tmp_path / "qs.csv", *rows)
    pd.read_csv(path).to_parquet(tmp_path / "qs.parquet")
    own = read_study({**qs_study().spec, "format": "cdisc"})
    cohort = read_cohort(tmp_path / "qs.parquet", own)
    assert cohort.total("phq9", "baseline")["S0"] == 9


def test_damaged_cdisc_is_read_or_refused(tmp_path):
    whole = adam(tmp_path / "a.csv", *MEASURED, *LOCF).read_bytes()
    for data in damaged(whole, 3, 30):
        survives(tmp_path / "d.csv", data, study({"total": "PHQ9TOT"}))


def test_init_knows_items_by_the_words_beside_their_codes(tmp_path):
    lines = ["USUBJID,PARAMCD,PARAM,AVISIT,AVISITN,AVAL,DTYPE"]
    for place, item in enumerate(load_instrument("phq9").items, start=1):
        for person, (visit, n) in product("ab", (("Baseline", 0), ("Week 8", 8))):
            lines.append(f'{person},PHQ01{place:02},"{item.label}",{visit},{n},{place % 4},')
    (tmp_path / "adqs.csv").write_text("\n".join(lines) + "\n")
    spec = propose(tmp_path / "adqs.csv").spec
    assert spec["instruments"]["phq9"]["items"]["9"] == "PHQ0109"
    assert read_cohort(tmp_path / "adqs.csv", spec).total("phq9", "week_8").tolist() == [13, 13]


def synthea(folder, code="44261-6"):
    observations = ["DATE,PATIENT,ENCOUNTER,CODE,DESCRIPTION,VALUE,UNITS,TYPE"]
    for day, value in (("2024-01-01", 14), ("2024-02-01", 6)):
        observations.append(f"{day}T10:00:00Z,p1,e,{code},PHQ-9,{value}.0,{{score}},numeric")
    observations.append("2024-01-01T10:00:00Z,p1,e,8302-2,Height,170,cm,numeric")
    patients = ["Id,BIRTHDATE,GENDER", "p1,1980-05-01,F", "p2,1990-05-01,M"]
    (folder / "observations.csv").write_text("\n".join(observations) + "\n")
    (folder / "patients.csv").write_text("\n".join(patients) + "\n")
    return folder


def synthea_study(total):
    windows = {"baseline": [0, 6], "end": [21, 60]}
    return read_study(
        {
            "id": "id",
            "layout": "long",
            "visits": ["baseline", "end"],
            "dates": {"column": "date", "windows": windows},
            "rounds": {"one": {"start": "baseline", "end": "end"}},
            "instruments": {"phq9": {"total": total}},
            "people": {"age": {"kind": "number", "range": [18, 110]}},
        }
    )


def test_synthea_totals_meet_their_patients(tmp_path):
    cohort = read_cohort(synthea(tmp_path), synthea_study("phq9_total"))
    assert cohort.total("phq9", "end").fillna(-1).to_dict() == {"p1": 6, "p2": -1}
    assert cohort.people.loc["p1", "age"] == 43
    assert told(cohort, "PATIENTS_WITHOUT")[0].startswith("1 patients")
    assert told(cohort, "OBSERVATIONS_UNREAD")[0].startswith("1 observations")


def test_synthea_under_the_teenagers_code_is_told_and_read_by_declaration(tmp_path):
    folder = synthea(tmp_path, code="89204-2")
    cohort = read_cohort(folder, synthea_study("89204-2"))
    assert cohort.total("phq9", "end")["p1"] == 6
    assert not told(cohort, "TOTAL_OF_TEENS_FORM")
    with pytest.raises(TableError, match=r"TOTAL_OF_TEENS_FORM.*declare total = '89204-2'"):
        read_cohort(folder, synthea_study("phq9_total"))


def test_a_synthea_folder_without_patients_has_observations_of_nobody(tmp_path):
    folder = synthea(tmp_path)
    (folder / "patients.csv").write_text("Id,BIRTHDATE,GENDER\n")
    cohort = read_cohort(folder, synthea_study("phq9_total"))
    assert list(cohort.ids) == ["p1"]
    assert told(cohort, "PATIENTS_UNKNOWN")


def test_text_in_parquet_that_is_no_text_is_a_damaged_file(tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"person": ["aaaa", "bbbb"], "phq9": ["1", "2"]}).to_parquet(path)
    path.write_bytes(path.read_bytes().replace(b"aaaa", b"aa\xdb\x00", 1))
    own = {"id": "person", "layout": "wide", "visits": ["baseline"], "rounds": {}}
    own["instruments"] = {"phq9": {"total": "phq9", "visits": ["baseline"]}}
    with pytest.raises(TableError) as refused:
        read_cohort(path, read_study(own))
    assert refused.value.code == "TABLE_NOT_PARQUET"


def test_a_whole_number_too_large_for_a_float_is_out_of_range(tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"person": ["a", "b"], "phq9": [9, 2**62 + 1]}).to_parquet(path)
    own = {"id": "person", "layout": "wide", "visits": ["baseline"], "rounds": {}}
    own["instruments"] = {"phq9": {"total": "phq9", "visits": ["baseline"]}}
    assert read_cohort(path, read_study(own)).rows["code"].tolist() == ["", "OUT_OF_RANGE"]


@pytest.mark.parametrize("apart", [False, True])
def test_cdisc_is_laid_out_piece_by_piece_as_it_is_read_whole(tmp_path, monkeypatch, apart):
    people = [[row.replace("S0", f"S{n}") for row in MEASURED] for n in range(5)]
    people[3] = [row.replace("S1", "S3") for row in LOCF]
    rows = [row for person in people for row in person]
    path = adam(tmp_path / "adqs.csv", *([*rows[1:], rows[0]] if apart else rows))
    own = study({"total": "PHQ9TOT"}, cdisc={"flag": "ANL01FL"})
    file = open_table(path, dialect=dialect_of(own), id_column="USUBJID")
    whole = file.read()
    monkeypatch.setattr(cdisc, "ROWS", 4)
    monkeypatch.setattr("predict.cohort.formats.regrouping.ROWS", 4)
    monkeypatch.setattr("predict.cohort.formats.translated._GROUP", 2)
    with rows_file(tmp_path).open("wb") as sink:
        lay_out([file], sink, tmp_path)
    assert pq.ParquetFile(rows_file(tmp_path)).num_row_groups > 2
    laid = open_table(rows_file(tmp_path))
    assert laid.read().table.to_pylist() == whole.table.to_pylist()
    assert list(laid.probe().notices) == [*([TOLD] if apart else []), *whole.notices]


@pytest.mark.parametrize("apart", [False, True])
def test_synthea_is_laid_out_piece_by_piece_as_it_is_read_whole(tmp_path, monkeypatch, apart):
    head, *rows = (synthea(tmp_path) / "observations.csv").read_text().splitlines()
    rows = [row.replace("p1", f"p{n}") for n in range(5) for row in rows]
    rows = [*rows[1:], rows[0]] if apart else rows
    (tmp_path / "observations.csv").write_text("\n".join([head, *rows]) + "\n")
    born = [f"p{n},198{n}-05-01,F" for n in range(7)]
    (tmp_path / "patients.csv").write_text("\n".join(["Id,BIRTHDATE,GENDER", *born]) + "\n")
    own = synthea_study("phq9_total")
    file = open_table(tmp_path, dialect=dialect_of(own), id_column="id")
    whole = file.read()
    monkeypatch.setattr("predict.cohort.formats.text_rows.ROWS", 4)
    monkeypatch.setattr("predict.cohort.formats.regrouping.ROWS", 4)
    monkeypatch.setattr("predict.cohort.formats.translated._GROUP", 2)
    with rows_file(tmp_path).open("wb") as sink:
        lay_out([file], sink, tmp_path)
    laid = open_table(rows_file(tmp_path))
    assert laid.read().table.to_pylist() == whole.table.to_pylist()
    assert laid.read().table["id"].to_pylist()[-2:] == ["p5", "p6"]
    assert list(laid.probe().notices) == [*([TOLD] if apart else []), *whole.notices]


def test_an_answer_in_words_without_a_number_is_told(tmp_path):
    head = "USUBJID,PARAMCD,AVISIT,AVAL,AVALC"
    rows = ["S1,PHQ9TOT,Baseline,,20", "S1,PHQ9TOT,Week 8,9,9", "S1,OTHER,Week 8,,x"]
    (tmp_path / "a.csv").write_text("\n".join([head, *rows]) + "\n")
    cohort = read_cohort(tmp_path / "a.csv", study({"total": "PHQ9TOT"}))
    assert cohort.total("phq9", "baseline").isna().all()
    assert told(cohort, "ANSWER_WITHOUT_NUMBER")[0].startswith("1 answers stand in words")


@pytest.mark.parametrize("born", ["1980-05-01", "1990-05-01"])
def test_a_patient_of_synthea_in_two_rows_is_one_or_stops_the_table(tmp_path, born):
    synthea(tmp_path)
    rows = ["Id,BIRTHDATE,GENDER", "p1,1980-05-01,F", f"p1,{born},F"]
    (tmp_path / "patients.csv").write_text("\n".join(rows) + "\n")
    if born == "1980-05-01":
        assert len(read_cohort(tmp_path, synthea_study("phq9_total")).rows) == 1
        return
    with pytest.raises(TableError, match="PATIENTS_DIFFER"):
        read_cohort(tmp_path, synthea_study("phq9_total"))


@pytest.mark.parametrize("numbers", ["text", "float"])
def test_an_item_in_words_alone_is_read_by_declaration_and_never_lost(tmp_path, numbers):
    items = [f"PHQ01{item:02}" for item in range(1, 10)]
    rows = {"USUBJID": "S1", "VISIT": "Baseline", "QSTESTCD": items, "QSSTRESN": [1.0] * 8 + [None]}
    frame = pd.DataFrame({**rows, "QSSTRESC": ["1"] * 8 + ["Nearly every day"], "QSORRES": ""})
    if numbers == "float":
        frame.to_parquet(tmp_path / "qs.parquet", index=False)
        place = f"cdisc:{tmp_path / 'qs.parquet'}"
    else:
        frame.to_csv(tmp_path / "qs.csv", index=False)
        place = str(tmp_path / "qs.csv")
    measure = {"columns": "PHQ01{item:02}"}
    cohort = read_cohort(place, study(measure, visit="VISIT"))
    assert cohort.rows["code"].tolist() == ["NOT_A_NUMBER"]
    assert safety_at(cohort, "baseline")["value"].tolist() == [3.0]
    read = read_cohort(place, study({**measure, "answers": "labels"}, visit="VISIT"))
    assert read.total("phq9", "baseline").tolist() == [11.0]
    unsaid = frame.assign(QSSTRESC=["1"] * 8 + ["NOT DONE"])
    unsaid.to_csv(tmp_path / "none.csv", index=False)
    blank = read_cohort(tmp_path / "none.csv", study(measure, visit="VISIT"))
    assert blank.total("phq9", "baseline").tolist() == [9.0]
    assert not told(blank, "ANSWER_WITHOUT_NUMBER")


@pytest.mark.parametrize("typed", [False, True])
def test_a_word_and_a_number_that_contradict_are_refused_and_flagged_by_the_graver(tmp_path, typed):
    """Neither is taken; as the number stands, nobody would be asked about item 9."""
    items = [f"PHQ01{item:02}" for item in range(1, 10)]
    rows = {"USUBJID": "S1", "VISIT": "Baseline", "QSTESTCD": items, "QSSTRESN": [0.0] * 9}
    frame = pd.DataFrame(
        {**rows, "QSSTRESC": "0", "QSORRES": [*["Not at all"] * 8, "several days"]}
    )
    whole = frame.assign(USUBJID="S2", QSORRES=" NOT at all")
    frame = pd.concat([whole, frame])
    frame.to_parquet(tmp_path / "qs.parquet", index=False)
    frame.to_csv(tmp_path / "qs.csv", index=False)
    place = f"cdisc:{tmp_path / 'qs.parquet'}" if typed else str(tmp_path / "qs.csv")
    cohort = read_cohort(place, study({"columns": "PHQ01{item:02}"}, visit="VISIT"))
    assert cohort.rows["code"].tolist() == ["", "ANSWER_CODES_DISAGREE"]
    assert cohort.rows["column"].tolist() == ["", "PHQ0109"]
    assert safety_at(cohort, "baseline")["flag"].tolist() == ["", "item9_reported"]
    assert safety_at(cohort, "baseline")["value"].tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("measure", "original", "text", "number", "code"),
    [
        ({}, "4", "3", "3", ""),  # an original result may be of another coding
        ({}, "x", "2", "3", "ANSWER_CODES_DISAGREE"),
        ({}, "Nearly every day", "3.0", "3", ""),
        ({"coding_low": 1}, "Nearly every day", "4", "4", ""),
        ({"coding_low": 1}, "Nearly every day", "3", "3", "ANSWER_CODES_DISAGREE"),
        ({"answers": {"3": 0, "2": 1, "1": 2, "0": 3}}, "Not at all", "3", "3", ""),
        ({"answers": {"nie": 0, "0": 0, "3": 3}}, "nie", "3", "3", "ANSWER_CODES_DISAGREE"),
    ],
)
def test_words_are_held_against_numbers_by_the_coding_declared(
    tmp_path, measure, original, text, number, code
):
    head = "USUBJID,QSTESTCD,QSORRES,QSSTRESC,QSSTRESN,VISIT"
    low = 1 if "coding_low" in measure else 0
    low = 3 if original == "Not at all" else low
    rows = [f"S1,PHQ01{n:02},,{low},{low},Baseline" for n in range(1, 9)]
    rows.append(f"S1,PHQ0109,{original},{text},{number},Baseline")
    (tmp_path / "qs.csv").write_text("\n".join([head, *rows]) + "\n")
    own = study({"columns": "PHQ01{item:02}", **measure}, visit="VISIT")
    assert read_cohort(tmp_path / "qs.csv", own).rows["code"].tolist() == [code]


def test_a_total_rounded_as_text_agrees_and_another_one_does_not(tmp_path):
    head = "USUBJID,PARAMCD,AVISIT,AVAL,AVALC"
    rows = ["S1,PHQ9TOT,Baseline,10.0,10", "S2,PHQ9TOT,Baseline,9,20"]
    (tmp_path / "a.csv").write_text("\n".join([head, *rows]) + "\n")
    cohort = read_cohort(tmp_path / "a.csv", study({"total": "PHQ9TOT"}))
    assert cohort.rows["code"].tolist() == ["", "ANSWER_CODES_DISAGREE"]
