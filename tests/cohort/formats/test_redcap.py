"""REDCap exports: base rows, repeats, events, forms, boxes, and what each trap would do."""

from __future__ import annotations

import pytest
from tests.cohort.formats.damage import damaged, survives

from predict.cohort import read_cohort
from predict.cohort.formats import open_table, redcap, redcap_forms
from predict.cohort.formats.regrouping import TOLD
from predict.cohort.formats.translated import lay_out, rows_file
from predict.cohort.layouts import dialect_of
from predict.definitions.study import read_study
from predict.errors import TableError

ITEMS = [f"phq9_{i}" for i in range(1, 10)]
NINE, TWO = "3,2,2,1,1,0,0,0,0", "1,1,0,0,0,0,0,0,0"
HEAD = "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,age,"
HEAD += ",".join(ITEMS) + ",phq9_complete"
BLANKS = "," * 8


def study(**more):
    spec = {
        "id": "record_id",
        "layout": "long",
        "visit": "redcap_event_name",
        "visit_values": {"start": "baseline", "start#2": "end"},
        "visits": ["baseline", "end"],
        "rounds": {"one": {"start": "baseline", "end": "end"}},
        "instruments": {"phq9": {"columns": "phq9_{item}"}},
        "people": {"age": {"kind": "number", "range": [18, 110]}},
    }
    return read_study({**spec, **more})


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n")
    return path


def codes(cohort):
    return set(cohort.problems["code"])


def told(cohort, code):
    [message] = cohort.problems.loc[cohort.problems["code"] == code, "message"]
    return message


def base(record, age):
    return f"{record},start,,,{age},{BLANKS},"


def repeat(record, instance, answers, event="start"):
    return f"{record},{event},phq9,{instance},,{answers},2"


def test_the_base_row_holds_the_facts_and_the_repeat_the_answers(tmp_path):
    table = write(tmp_path / "t.csv", HEAD, base(1, 40), repeat(1, 1, NINE), repeat(1, 2, TWO))
    cohort = read_cohort(table, study())
    assert cohort.people.loc["1", "age"] == 40
    assert cohort.total("phq9", "baseline")["1"] == 9
    assert cohort.total("phq9", "end")["1"] == 2
    assert "1 rows of repeated forms" in told(cohort, "ROWS_MERGED")


def test_two_instances_of_one_visit_refuse_it(tmp_path):
    table = write(tmp_path / "t.csv", HEAD, base(1, 40), repeat(1, 1, NINE), repeat(1, 2, TWO))
    cohort = read_cohort(table, study(visit_values={"start": "baseline"}))
    assert cohort.rows["code"].tolist() == ["VISIT_REPEATED"]
    assert told(cohort, "INSTANCES_UNNAMED").startswith("1 rows are second or later instances")


def test_a_further_instance_may_be_left_out(tmp_path):
    table = write(tmp_path / "t.csv", HEAD, base(1, 40), repeat(1, 1, NINE), repeat(1, 2, TWO))
    own = study(visit_values={"start": "baseline"}, ignored_visits=["start#2"])
    cohort = read_cohort(table, own)
    assert cohort.total("phq9", "baseline")["1"] == 9
    assert "INSTANCES_UNNAMED" not in codes(cohort)


def test_the_instance_alone_may_be_the_visit(tmp_path):
    table = write(tmp_path / "t.csv", HEAD, base(1, 40), repeat(1, 1, NINE), repeat(1, 2, TWO))
    own = study(visit="redcap_repeat_instance", visit_values={"1": "baseline", "2": "end"})
    cohort = read_cohort(table, own)
    assert cohort.people.loc["1", "age"] == 40
    assert cohort.total("phq9", "end")["1"] == 2


def test_a_base_row_with_answers_joins_the_repeat_of_its_visit(tmp_path):
    head = HEAD.replace(",phq9_complete", ",phq9_complete,gad7_total")
    base_row, more = f"{base(1, 40)},12", f"{repeat(1, 1, NINE)},"
    table = write(tmp_path / "t.csv", head, base_row, more)
    own = study(instruments={"phq9": {"columns": "phq9_{item}"}, "gad7": {"total": "gad7_total"}})
    cohort = read_cohort(table, own)
    assert cohort.total("phq9", "baseline")["1"] == 9
    assert cohort.total("gad7", "baseline")["1"] == 12


def test_a_repeating_event_has_instances_and_no_form(tmp_path):
    lines = [f"1,start,,1,40,{NINE},2", f"1,start,,2,,{TWO},2"]
    cohort = read_cohort(write(tmp_path / "t.csv", HEAD, *lines), study())
    assert cohort.total("phq9", "baseline")["1"] == 9
    assert cohort.total("phq9", "end")["1"] == 2


def test_windows_decide_which_visit_an_instance_is(tmp_path):
    head = HEAD.replace("age,", "age,day,")
    lines = [
        f"1,start,,,40,,{BLANKS},",
        f"1,start,phq9,1,,2024-01-01,{NINE},2",
        f"1,start,phq9,2,,2024-02-01,{TWO},2",
        f"2,start,,,41,,{BLANKS},",
        f"2,start,phq9,1,,2024-01-01,{NINE},2",
        f"2,start,phq9,2,,2024-02-01,{TWO},2",
        f"2,start,phq9,3,,2024-02-03,{TWO},2",
    ]
    spec = dict(study().spec)
    for key in ("visit", "visit_values"):
        spec.pop(key)
    own = read_study(
        {**spec, "dates": {"column": "day", "windows": {"baseline": [0, 6], "end": [21, 42]}}}
    )
    cohort = read_cohort(write(tmp_path / "t.csv", head, *lines), own)
    assert cohort.rows["code"].tolist() == ["", "VISIT_REPEATED"]
    assert cohort.total("phq9", "end")["1"] == 2
    assert cohort.people.loc["1", "age"] == 40


def test_two_forms_of_one_day_are_one_visit(tmp_path):
    head = HEAD.replace("age,", "age,day,") + ",gad7_total"
    lines = [
        f"1,start,,,40,,{BLANKS},,",
        f"1,start,phq9,1,,2024-01-01,{NINE},2,",
        f"1,start,gad7,1,,2024-01-01,{BLANKS},,11",
    ]
    spec = dict(study().spec) | {
        "dates": {"column": "day", "windows": {"baseline": [0, 6], "end": [21, 42]}},
        "instruments": {"phq9": {"columns": "phq9_{item}"}, "gad7": {"total": "gad7_total"}},
    }
    spec = {key: value for key, value in spec.items() if key not in ("visit", "visit_values")}
    cohort = read_cohort(write(tmp_path / "t.csv", head, *lines), read_study(spec))
    assert cohort.total("phq9", "baseline")["1"] == 9
    assert cohort.total("gad7", "baseline")["1"] == 11


BOXES = "record_id,redcap_event_name,drugs___1,drugs____99,basics_complete,phq9,phq9_complete"


def boxed(**more):
    entry = {"kind": "choice", "codes": {"0": "no", "1": "yes"}, "column": "drugs___1"}
    instruments = {"phq9": {"total": "phq9"}}
    return study(people={"drugs": entry}, instruments=instruments, **more)


def test_boxes_of_a_form_never_filled_are_blank_not_no(tmp_path):
    lines = ["1,start,0,0,0,9,2", "2,start,0,0,2,9,2", "3,start,1,0,0,9,2", "4,start,,1,2,9,2"]
    cohort = read_cohort(write(tmp_path / "t.csv", BOXES, *lines), boxed())
    assert cohort.people["drugs"].fillna("?").tolist() == ["?", "no", "yes", "?"]
    assert "1 rows have unticked boxes" in told(cohort, "CHECKBOX_NOT_FILLED")


def test_without_its_guard_an_unticked_box_reads_as_no(tmp_path, monkeypatch):
    monkeypatch.setattr(redcap_forms, "_boxes_blank", lambda table, *rest: table)
    cohort = read_cohort(write(tmp_path / "t.csv", BOXES, "1,start,0,0,0,9,2"), boxed())
    assert cohort.people["drugs"].tolist() == ["no"]


def test_incomplete_forms_are_told_and_left_out_by_declaration(tmp_path):
    table = write(tmp_path / "t.csv", HEAD, f"1,start,,,40,{NINE},0", f"2,start,,,40,{NINE},2")
    cohort = read_cohort(table, study())
    assert "1 rows have answers in the form 'phq9'" in told(cohort, "FORM_INCOMPLETE")
    assert cohort.total("phq9", "baseline").tolist() == [9, 9]
    strict = read_cohort(table, study(redcap={"complete_only": True}))
    assert strict.total("phq9", "baseline").isna().tolist() == [True, False]
    assert "FORM_LEFT_OUT" in codes(strict)


def test_forms_of_a_project_without_events_are_told_by_its_record_id(tmp_path):
    wide = {"id": "record_id", "layout": "wide", "visits": ["baseline"], "rounds": {}}
    wide |= {"instruments": {"phq9": {"columns": "phq9_{item}"}}}
    head = "record_id," + ",".join(ITEMS) + ",phq9_complete"
    table = write(tmp_path / "t.csv", head, f"1,{NINE},0", f"2,{TWO},2")
    cohort = read_cohort(table, wide)
    assert told(cohort, "FORM_INCOMPLETE").startswith("1 rows")
    left = read_cohort(table, {**wide, "redcap": {"complete_only": True}})
    assert left.total("phq9", "baseline").dropna().to_dict() == {"2": 2}


def test_a_survey_begun_and_not_sent_has_no_date(tmp_path):
    head = HEAD.replace("age,", "age,phq9_timestamp,")
    lines = [f"1,start,,,40,[not completed],{NINE},0", f"2,start,,,40,2024-01-01 10:00,{NINE},2"]
    own = study(dates={"column": "phq9_timestamp"})
    cohort = read_cohort(write(tmp_path / "t.csv", head, *lines), own)
    assert "SURVEY_BEGUN" in codes(cohort)
    assert len(cohort.ids) == 2


def test_two_forms_of_dates_in_one_column_are_refused(tmp_path):
    head = HEAD.replace("age,", "age,day,")
    lines = [f"1,start,,,40,2024-01-01,{NINE},2", f"2,start,,,40,01/02/2024,{NINE},2"]
    cohort = read_cohort(write(tmp_path / "t.csv", head, *lines), study(dates={"column": "day"}))
    assert cohort.rows["code"].tolist() == ["", "DATE_UNREADABLE"]


def test_labels_and_repeated_headers_are_read_by_their_number(tmp_path):
    items = [f"Question {i}" for i in range(1, 10)]
    head = "Record ID,Event Name,Age,Complete?," + ",".join(items) + ",Complete?"
    answers = ["Nearly every day", "More than half the days"] + ["Not at all"] * 7
    line = "1,Baseline (Arm 1: Drug),40,Complete," + ",".join(answers) + ",Complete"
    own = study(
        id="Record ID",
        visit="Event Name",
        visit_values={"Baseline (Arm 1: Drug)": "baseline"},
        instruments={"phq9": {"columns": "Question {item}", "answers": "labels"}},
        people={"age": {"column": "Age", "kind": "number"}},
    )
    cohort = read_cohort(write(tmp_path / "t.csv", head, line), own)
    assert cohort.total("phq9", "baseline").tolist() == [5]
    assert "Complete? (2)" in told(cohort, "LABELS_REPEATED")


def test_people_whose_rows_stand_apart_are_read_alike(tmp_path, monkeypatch):
    """All base rows first, then all repeats: the same people, in memory and laid out to a file."""
    monkeypatch.setattr("predict.cohort.formats.regrouping.ROWS", 3)
    bases = [base(n, 30 + n) for n in range(1, 6)]
    repeats = [repeat(n, 1, NINE) for n in range(1, 6)]
    own = study()
    together = [line for pair in zip(bases, repeats, strict=True) for line in pair]
    tables = {
        "apart": write(tmp_path / "apart.csv", HEAD, *bases, *repeats),
        "together": write(tmp_path / "together.csv", HEAD, *together),
    }
    found = {}
    for name, path in tables.items():
        file = open_table(path, dialect=dialect_of(own), id_column=own.id)
        rows = rows_file(tmp_path)
        with rows.open("wb") as sink:
            lay_out([file], sink, tmp_path)
        laid = open_table(rows, id_column=own.id)
        found[name] = laid.read().table.to_pylist()
        assert found[name] == file.read().table.to_pylist()
        assert (TOLD in laid.probe().notices) == (name == "apart")
    assert found["apart"] == found["together"]


def test_a_row_cut_short_refuses_its_person_and_loses_nobody(tmp_path):
    lines = [base(1, 40), repeat(1, 1, NINE), "2,start,,,4", base(3, 40), repeat(3, 1, NINE)]
    cohort = read_cohort(write(tmp_path / "t.csv", HEAD, *lines), study())
    assert cohort.rows.set_index("id")["code"].to_dict() == {"1": "", "2": "ROW_TOO_SHORT", "3": ""}


def test_a_base_row_and_a_repeat_that_differ_are_kept_apart(tmp_path):
    lines = [f"1,start,,,40,{NINE},2", repeat(1, 1, TWO)]
    cohort = read_cohort(write(tmp_path / "t.csv", HEAD, *lines), study())
    assert cohort.rows["code"].tolist() == ["VISIT_REPEATED"]


def test_the_safety_answer_of_a_repeat_stands(tmp_path):
    lines = [base(1, 40), repeat(1, 1, "0,0,0,0,0,0,0,0,3"), repeat(1, 3, "0,0,0,0,0,0,0,0,x")]
    cohort = read_cohort(write(tmp_path / "t.csv", HEAD, *lines), study())
    assert cohort.safety["phq9_9_baseline"].tolist() == [3]
    assert cohort.rows["status"].tolist() == ["rejected"]


@pytest.mark.parametrize("seed", range(2))
def test_a_damaged_file_is_read_or_refused(tmp_path, seed):
    """Files, each cut or with a byte changed: no crash, nobody lost without a word."""
    lines = [line for n in range(1, 12) for line in (base(n, 40), repeat(n, 1, NINE))]
    whole = "\n".join([HEAD, *lines]).encode() + b"\n"
    for data in damaged(whole, seed, 25):
        survives(tmp_path / "t.csv", data, study())


def test_sniffing_leaves_plain_tables_alone():
    assert redcap.Redcap().sniff("t.csv", b"record_id,redcap_event_name,age\n")
    assert redcap.Redcap().sniff("t.csv", b"record_id,drugs___1,basics_complete\n")
    assert not redcap.Redcap().sniff("t.csv", b"person,visit,phq9_1,treatment_complete\n")


def test_an_export_of_a_row_a_field_is_refused_with_what_to_export(tmp_path):
    path = tmp_path / "eav.csv"
    path.write_text("record,redcap_event_name,field_name,value\n1,start_arm_1,phq9_1,2\n")
    with pytest.raises(TableError, match=r"REDCAP_EAV.*type flat"):
        open_table(path).probe()
