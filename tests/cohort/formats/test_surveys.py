"""Qualtrics, LimeSurvey and Google Forms: header rows, responses that do not count, codes."""

from __future__ import annotations

import pandas as pd
import pytest
from tests.cohort.formats.damage import damaged, survives

from predict.cohort import read_cohort
from predict.cohort.formats import FORMATS, format_of, limesurvey, open_table
from predict.cohort.proposal import propose
from predict.definitions.study import read_study
from predict.errors import TableError

NAMES = [f"phq9_{i}" for i in range(1, 10)]
NINE = "3,2,2,1,1,0,0,0,0"
BASE = {
    "layout": "wide",
    "visits": ["baseline", "end"],
    "rounds": {"one": {"start": "baseline", "end": "end"}},
}


def study(person, measure, **more):
    phq9 = {"visits": ["baseline"], **measure}
    return read_study({**BASE, "id": person, "instruments": {"phq9": phq9}, **more})


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def told(cohort, code):
    return cohort.problems.loc[cohort.problems["code"] == code, "message"].tolist()


HEAD = "StartDate,Status,Finished,ResponseId," + ",".join(NAMES)
TEXT = 'Anfangsdatum,Antworttyp,Beendet,Antwort-ID,"Wenig Interesse,\noder Freude",b,c,d,e,f,g,h,i'
IMPORT = ",".join(f'"{{""ImportId"":""QID{n}""}}"' for n in range(13))


def qualtrics(path, *responses):
    return write(path, HEAD, TEXT, IMPORT, *responses)


def test_qualtrics_header_rows_are_no_people(tmp_path):
    own = study("ResponseId", {"columns": "phq9_{item}"})
    cohort = read_cohort(qualtrics(tmp_path / "q.csv", f"2024-01-01,0,1,R_1,{NINE}"), own)
    assert cohort.total("phq9", "baseline").to_dict() == {"R_1": 9}
    assert told(cohort, "HEADER_ROWS")[0].startswith("3 header rows")


def test_qualtrics_previews_are_left_out_and_unfinished_told(tmp_path):
    own = study("ResponseId", {"columns": "phq9_{item}"})
    lines = [f"2024-01-01,1,1,R_1,{NINE}", f"2024-01-01,0,0,R_2,{NINE}"]
    path = qualtrics(tmp_path / "q.csv", *lines)
    cohort = read_cohort(path, own)
    assert list(cohort.ids) == ["R_2"]
    assert told(cohort, "PREVIEWS_LEFT_OUT")[0].startswith("1 responses")
    assert told(cohort, "RESPONSE_UNFINISHED")[0].startswith("1 responses")
    both = study("ResponseId", {"columns": "phq9_{item}"}, qualtrics={"previews": True})
    assert list(read_cohort(path, both).ids) == ["R_1", "R_2"]
    strict = study("ResponseId", {"columns": "phq9_{item}"}, qualtrics={"finished_only": True})
    assert list(read_cohort(path, strict).ids) == []


@pytest.mark.parametrize("header", [[HEAD], [HEAD, TEXT]], ids=["names alone", "with the text"])
def test_qualtrics_is_known_without_its_import_ids_and_no_response_is_a_header(tmp_path, header):
    own = study("ResponseId", {"columns": "phq9_{item}"})
    lines = [
        f"2024-01-01,0,1,R_1,{NINE}",
        f"2024-01-01,1,1,R_2,{NINE}",
        f"2024-01-01,0,1,FS_3,{NINE}",
    ]
    cohort = read_cohort(write(tmp_path / "q.csv", *header, *lines), own)
    assert list(cohort.ids) == ["R_1", "FS_3"]
    assert len(told(cohort, "PREVIEWS_LEFT_OUT")) == 1
    assert len(told(cohort, "HEADER_ROWS")) == len(header) - 1


def test_a_form_that_cannot_tell_previews_says_so(tmp_path):
    own = study("ResponseId", {"columns": "phq9_{item}"}, qualtrics={"finished_only": True})
    names = HEAD.split(",")
    frame = pd.DataFrame([["2024-01-01", 1, 1, "R_1", *NINE.split(",")]], columns=names)
    cohort = read_cohort(frame, own)
    assert "previews" in told(cohort, "RESPONSES_UNTOLD")[0]
    assert "finished_only under [qualtrics]" in told(cohort, "FORMAT_WORDS_UNUSED")[0]
    plain = read_cohort(
        frame.drop(columns="Finished"), study("ResponseId", {"columns": "phq9_{item}"})
    )
    assert not told(plain, "RESPONSES_UNTOLD") + told(plain, "FORMAT_WORDS_UNUSED")


def test_qualtrics_seen_and_not_answered_is_told(tmp_path):
    own = study("ResponseId", {"columns": "phq9_{item}"})
    path = qualtrics(tmp_path / "q.csv", f"2024-01-01,0,1,R_1,-99{NINE[1:]}")
    cohort = read_cohort(path, own)
    assert cohort.rows["code"].tolist() == ["OUT_OF_RANGE"]
    assert told(cohort, "SEEN_NOT_ANSWERED")
    stated = study("ResponseId", {"columns": "phq9_{item}"}, missing_codes=[-99])
    assert read_cohort(path, stated).rows["code"].tolist() == [""]


def test_recodes_that_are_not_consecutive_are_read_by_declaration_alone(tmp_path):
    """Codes 1, 2, 3, 5: a shift would make 2 of what means 2 by chance, and refuse the rest."""
    path = qualtrics(tmp_path / "q.csv", "2024-01-01,0,1,R_1,5,3,3,2,2,1,1,1,1")
    shifted = study("ResponseId", {"columns": "phq9_{item}", "coding_low": 1})
    assert read_cohort(path, shifted).rows["code"].tolist() == ["OUT_OF_RANGE"]
    codes = {"1": 0, "2": 1, "3": 2, "5": 3}
    stated = study("ResponseId", {"columns": "phq9_{item}", "answers": codes})
    cohort = read_cohort(path, stated)
    assert cohort.total("phq9", "baseline").to_dict() == {"R_1": 9}
    path = qualtrics(tmp_path / "q.csv", "2024-01-01,0,1,R_1,4,3,3,2,2,1,1,1,1")
    assert read_cohort(path, stated).rows["code"].tolist() == ["NOT_A_NUMBER"]  # 4 is no code


def test_many_codes_with_a_gap_between_stop_the_table(tmp_path):
    """Where 1, 2, 3, 5 are shifted, rows with a 5 were refused and the others read all the same."""
    codes = (1, 2, 3, 5)
    rows = [
        f"2024-01-01,0,1,R_{n}," + ",".join(str(codes[(n + i) % 4]) for i in range(9))
        for n in range(12)
    ]
    path = qualtrics(tmp_path / "q.csv", *rows)
    shifted = study("ResponseId", {"columns": "phq9_{item}", "coding_low": 1})
    with pytest.raises(TableError) as refused:
        read_cohort(path, shifted)
    assert "CODES_NOT_CONSECUTIVE" in {problem.code for problem in refused.value.problems}
    numbers = {"1": 0, "2": 1, "3": 2, "5": 3}
    stated = study("ResponseId", {"columns": "phq9_{item}", "answers": numbers})
    assert len(read_cohort(path, stated).ids) == 12


def test_a_legacy_export_goes_by_its_second_row(tmp_path):
    head = "V1,V2,V7,V8,V10," + ",".join(NAMES) + ","
    text = "ResponseID,ResponseSet,Status,StartDate,Finished,a,b,c,d,e,f,g,h,i,"
    path = write(tmp_path / "q.csv", head, text, f"R_1,Set,0,2024-01-01,1,{NINE},")
    cohort = read_cohort(path, study("ResponseID", {"columns": "phq9_{item}"}))
    assert cohort.total("phq9", "baseline").to_dict() == {"R_1": 9}


LIME = "id,submitdate,lastpage," + ",".join(f'"phq9[SQ{i:03}]"' for i in range(1, 10))


def test_limesurvey_codes_need_a_declared_number(tmp_path):
    line = '1,"2024-01-01 10:00:00",3,A4,A3,A3,A2,A2,A1,A1,A1,A1'
    path = write(tmp_path / "l.csv", LIME, line)
    bare = study("id", {"columns": "phq9[SQ{item:03}]"})
    with pytest.raises(TableError) as refused:
        read_cohort(path, bare)
    assert refused.value.code == "ANSWER_CODES_UNMAPPED"
    codes = {"A1": 0, "A2": 1, "A3": 2, "A4": 3}
    cohort = read_cohort(path, study("id", {"columns": "phq9[SQ{item:03}]", "answers": codes}))
    assert cohort.total("phq9", "baseline").to_dict() == {"1": 9}


def test_without_its_guard_limesurvey_codes_are_refused_row_by_row(tmp_path, monkeypatch):
    monkeypatch.setattr(limesurvey, "_refuse_bare_codes", lambda table, reads: None)
    path = write(tmp_path / "l.csv", LIME, "1,2024-01-01,3,A4,A3,A3,A2,A2,A1,A1,A1,A1")
    cohort = read_cohort(path, study("id", {"columns": "phq9[SQ{item:03}]"}))
    assert cohort.rows["code"].tolist() == ["NOT_A_NUMBER"]


def test_limesurvey_not_shown_is_blank_and_no_is_an_answer(tmp_path):
    words = "Nearly every day,N/A,N/A" + ",Not at all" * 6
    path = write(tmp_path / "l.csv", LIME + ",drugs[1]", f"1,2024-01-01,3,{words},No",
                 f"2,,1,{words},N/A")  # fmt: skip
    drugs = {"kind": "choice", "values": ["Yes", "No"], "column": "drugs[1]"}
    own = study(
        "id", {"columns": "phq9[SQ{item:03}]", "answers": "labels"}, people={"drugs": drugs}
    )
    cohort = read_cohort(path, own)
    assert cohort.people["drugs"].fillna("?").tolist() == ["No", "?"]
    assert cohort.total("phq9", "baseline").tolist() == [4, 4]  # 3 of 7 answered, prorated
    assert sum(int(m.split()[0]) for m in told(cohort, "NOT_SHOWN")) == 5
    assert told(cohort, "RESPONSE_UNFINISHED")[0].startswith("1 responses")


GRID = "Timestamp,Code," + ",".join(f'"How often? [Row {i}]"' for i in range(1, 10))
WORDS = "Nearly every day,More than half the days,More than half the days,Several days"
WORDS += ",Several days" + ",Not at all" * 4


def test_google_forms_rows_of_a_grid_are_items(tmp_path):
    path = write(tmp_path / "g.csv", GRID, f"2024/01/15 9:41:12 AM GMT+1,p1,{WORDS}")
    own = study(
        "Code",
        {"columns": "How often? [Row {item}]", "answers": "labels"},
        dates={"column": "Timestamp", "format": "%Y/%m/%d"},
    )
    own = read_study({**own.spec, "dates": {"column": "Timestamp", "format": "%Y/%m/%d"}})
    cohort = read_cohort(path, own)
    assert cohort.total("phq9", "baseline").to_dict() == {"p1": 9}
    assert told(cohort, "TIME_OF_DAY")


def test_two_grids_with_one_row_name_collide(tmp_path):
    head = "Timestamp,Code,[Row 1],[Row 1]"
    path = write(tmp_path / "g.csv", head, "2024/01/15,p1,Not at all,Several days")
    own = study("Code", {"items": {"1": "[Row 1]"}, "answers": "labels"})
    with pytest.raises(TableError) as refused:
        read_cohort(path, own)
    assert refused.value.code == "GRID_ROWS_COLLIDE"


@pytest.mark.parametrize("name", ["qualtrics", "limesurvey", "google_forms"])
def test_damaged_files_are_read_or_refused(tmp_path, name):
    own, whole = {
        "qualtrics": (
            study("ResponseId", {"columns": "phq9_{item}"}),
            "\n".join([HEAD, TEXT, IMPORT, *(f"2024-01-01,0,1,R_{n},{NINE}" for n in range(9))]),
        ),
        "limesurvey": (
            study("id", {"columns": "phq9[SQ{item:03}]"}),
            "\n".join([LIME, *(f"{n},2024-01-01,3,{NINE}" for n in range(9))]),
        ),
        "google_forms": (
            study("Code", {"columns": "How often? [Row {item}]", "answers": "labels"}),
            "\n".join([GRID, *(f"2024/01/15,p{n},{WORDS}" for n in range(9))]),
        ),
    }[name]
    for data in damaged(whole.encode(), 1, 30):
        survives(tmp_path / "t.csv", data, own)


def test_each_tool_is_told_by_its_header():
    found = {text.split(",")[0]: format_of("t.csv", f"{text}\n{more}".encode()).title
             for text, more in ((HEAD, f"{TEXT}\n{IMPORT}"), (LIME, ""), (GRID, ""),
                                ("person,phq9_1", "a,1"))}  # fmt: skip
    assert [title.split()[0] for title in found.values()] == ["Qualtrics", "LimeSurvey", "Google",
                                                              "CSV"]  # fmt: skip


def test_castors_year_2995_is_no_date(tmp_path):
    lines = ["person,day,phq9", "a,2024-01-01,9", "b,2995-01-01,9", "c,2999-01-01,9"]
    path = write(tmp_path / "c.csv", *lines)
    own = read_study(
        {**BASE, "id": "person", "instruments": {"phq9": {"total": "phq9", "visits": ["baseline"]}},
         "visits": ["baseline"], "rounds": {}, "dates": {"column": "day"}}
    )  # fmt: skip
    cohort = read_cohort(path, own)
    assert cohort.rows["code"].tolist() == ["", "", ""]
    assert told(cohort, "DATE_MEANS_MISSING")[0].startswith("2 dates")
    path.write_text(path.read_text().replace("2995-01-01", "2994-01-01"))
    assert read_cohort(path, own).rows["code"].tolist() == ["", "DATE_IN_FUTURE", ""]


def test_a_lone_carriage_return_in_the_header_ends_it_and_crashes_nothing(tmp_path):
    """Found by a damaged file: the csv module stops at it where lines are cut at line feeds."""
    path = tmp_path / "t.csv"
    path.write_bytes(b"person,phq9_1\rphq9_2\na,1,2\n")
    for name in ("csv", "redcap", "cdisc"):
        with pytest.raises(TableError) as refused:
            read_cohort(f"{name}:{path}", study("person", {"columns": "phq9_{item}"}))
        assert refused.value.problems


SECOND = ["2", "2024-01-16", "9", "t2", "Several days", "Not at all"]


@pytest.mark.parametrize(
    "own",
    [
        ["id", "submitdate", "lastpage", "token"],
        ["Response ID", "Date submitted", "Last page", "Access code"],
        ["Antwort ID", "Datum Abgeschickt", "Letzte Seite", "Zugangscode"],
        ["id. Response ID", "submitdate. Date submitted", "lastpage. Last page",
         "token. Access code"],
    ],
)  # fmt: skip
def test_limesurvey_is_known_by_any_of_its_headings(tmp_path, own):
    asked = ["phq2[1]. [Little interest or pleasure in doing things]",
             "phq2[2]. [Feeling down, depressed, or hopeless]"]  # fmt: skip
    rows = [[*own, *asked], ["1", "", "2", "t1", "N/A", "N/A"], SECOND]
    table = tmp_path / "results.csv"
    table.write_text("\n".join(",".join(f'"{cell}"' for cell in row) for row in rows) + "\n")
    assert FORMATS["limesurvey"].sniff(table.name, table.read_bytes())
    spec = propose(table).spec
    assert spec["id"] == own[3]
    assert spec["instruments"]["phq2"]["answers"] == "labels"
    cohort = read_cohort(table, spec)
    assert cohort.total("phq2", "baseline").tolist()[1] == 1
    assert {"NOT_SHOWN", "RESPONSE_UNFINISHED"} <= set(cohort.problems["code"])


@pytest.mark.parametrize("name", ["Zeitstempel", "Marca temporal", "Horodateur"])
def test_the_time_of_a_form_is_known_in_other_languages(tmp_path, name):
    table = tmp_path / "form.csv"
    table.write_text(
        f"{name},Code,Wie oft? [Little interest or pleasure in doing things],"
        '"Wie oft? [Feeling down, depressed, or hopeless]"\n'
        "15.01.2024 09:41:12,a,Several days,Not at all\n"
    )
    asked = open_table(table).probe().names[2:]
    phq2 = {"items": {"1": asked[0], "2": asked[1]}, "answers": "labels"}
    study = {
        "id": "Code", "layout": "long", "visits": ["baseline"], "rounds": {},
        "dates": {"column": name, "format": "%d.%m.%Y", "windows": {"baseline": [0, 6]}},
        "instruments": {"phq2": phq2},
    }  # fmt: skip
    assert read_cohort(table, study).total("phq2", "baseline").tolist() == [1]


def test_a_status_in_another_language_is_told(tmp_path):
    own = study("ResponseId", {"columns": "phq9_{item}"})
    path = qualtrics(tmp_path / "q.csv", f"2024-01-01,Umfragevorschau,Wahr,R_1,{NINE}")
    cohort = read_cohort(path, own)
    assert len(told(cohort, "STATUS_UNKNOWN")) == 2
    assert "numeric values" in told(cohort, "STATUS_UNKNOWN")[0]


def test_limesurveys_first_of_january_1980_is_no_date(tmp_path):
    head = ",".join(["id", "submitdate", "lastpage", *(f'"phq9[SQ{n:03}]"' for n in range(1, 10))])
    own = study("id", {"columns": "phq9[SQ{item:03}]"}, dates={"column": "submitdate"})
    rows = [f"1,1980-01-01 00:00:00,3,{NINE}", f"2,2024-01-31 10:00:00,3,{NINE}"]
    cohort = read_cohort(write(tmp_path / "l.csv", head, *rows), own)
    assert cohort.date("baseline").isna().tolist() == [True, False]
    assert told(cohort, "DATE_NOT_KEPT")
