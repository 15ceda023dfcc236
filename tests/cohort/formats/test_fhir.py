"""FHIR resources as rows: codes by item, totals that must agree, faults seen in public files."""

from __future__ import annotations

import json
import sys

import pandas as pd
import pytest
from tests.cohort.formats.damage import damaged, survives

from predict.cli import main
from predict.cohort import read_cohort
from predict.cohort.formats import fhir_codes, fhir_shapes, open_table
from predict.cohort.formats.translated import lay_out, rows_file
from predict.cohort.layouts import dialect_of
from predict.cohort.safety_answers import safety_at
from predict.definitions.study import read_study
from predict.errors import TableError

PHQ9 = ["44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3"]
PHQ9 += ["44260-8"]
GAD7 = ["69725-0", "68509-9", "69733-4", "69734-2", "69735-9", "69689-8", "69736-7"]
DAYS = ["LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9"]
ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"


def study(**more):
    spec = {
        "id": "id",
        "layout": "long",
        "visits": ["baseline", "end"],
        "dates": {"column": "date", "windows": {"baseline": [0, 6], "end": [21, 60]}},
        "rounds": {"one": {"start": "baseline", "end": "end"}},
        "instruments": {"phq9": {"columns": "phq9_{item}"}},
    }
    return read_study({**spec, **more})


def coded(code, *, number=None, **more):
    coding = {"system": "http://loinc.org", "code": code, **more}
    if number is not None:
        coding["extension"] = [{"url": ORDINAL, "valueDecimal": number}]
    return {"valueCoding": coding}


def item(code, answer):
    return {"linkId": f"/{code}", "answer": [answer]}


def response(person, answers, *, day="2024-01-01", items=(), codes=PHQ9, **more):
    asked = [item(code, coded(DAYS[n])) for code, n in zip(codes, answers, strict=False)]
    return {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "subject": {"reference": f"Patient/{person}"},
        "authored": day,
        "item": [{"linkId": "group", "item": [*asked, *items]}],
        **more,
    }


def observation(person, code, value, day="2024-01-01", **more):
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": f"Patient/{person}"},
        "effectiveDateTime": f"{day}T09:00:00Z",
        **value,
        **more,
    }


def lines(path, *resources):
    path.write_text("\n".join(json.dumps(resource) for resource in resources) + "\n")
    return path


@pytest.fixture
def read(tmp_path):
    def reading(*resources, own=None):
        return read_cohort(lines(tmp_path / "r.ndjson", *resources), own or study())

    return reading


NINE = [3, 2, 2, 1, 1, 0, 0, 0, 0]


def code_of(cohort):
    [code] = cohort.rows["code"]
    return code


def told(cohort, code):
    return cohort.problems.loc[cohort.problems["code"] == code, "message"].tolist()


def test_answers_inside_groups_are_read_by_item_and_code(read):
    cohort = read(response("a", NINE), response("a", [1] * 9, day="2024-02-01"))
    assert cohort.total("phq9", "baseline").to_dict() == {"a": 9}
    assert cohort.total("phq9", "end").to_dict() == {"a": 9}


def test_gad7s_second_item_has_a_code_of_its_own(read):
    own = study(instruments={"gad7": {"columns": "gad7_{item}"}})
    answers = [item(c, coded("LA18938-3" if c == "68509-9" else "LA6569-3")) for c in GAD7]
    cohort = read(response("a", [], items=answers), own=own)
    assert cohort.total("gad7", "baseline").to_dict() == {"a": 8}


def test_without_the_map_by_item_that_code_is_unknown(read, monkeypatch):
    monkeypatch.setattr(fhir_codes, "_OWN", {})
    own = study(instruments={"gad7": {"columns": "gad7_{item}"}})
    assert code_of(read(response("a", [], items=[item("68509-9", coded("LA18938-3"))]), own=own)) \
        == "ANSWER_CODE_UNKNOWN"  # fmt: skip


def test_an_unknown_code_refuses_the_person_and_keeps_the_flag(read):
    answers = [item("44250-9", coded("LA0000-0")), item("44260-8", coded("LA6571-9"))]
    cohort = read(response("a", [], items=answers))
    assert code_of(cohort) == "ANSWER_CODE_UNKNOWN"
    assert cohort.safety["phq9_9_baseline"].tolist() == [3]


def test_a_code_that_the_study_states_is_read(read):
    measure = {"columns": "phq9_{item}", "item_answers": {"1": {"LA0000-0": 2}}}
    answers = [item("44250-9", coded("LA0000-0"))]
    rest = [item(code, coded("LA6568-5")) for code in PHQ9[1:]]
    cohort = read(response("a", [], items=answers + rest), own=study(instruments={"phq9": measure}))
    assert cohort.total("phq9", "baseline").to_dict() == {"a": 2}


def test_one_code_for_all_answers_with_the_number_beside_it_is_refused(read):
    answers = [item(code, coded("LA6568-5", number=3)) for code in PHQ9]
    cohort = read(response("a", [], items=answers))
    assert code_of(cohort) == "ANSWER_CODES_DISAGREE"
    assert cohort.safety["phq9_9_baseline"].tolist() == [3]  # the graver of both


def test_a_number_beside_an_unknown_code_is_read(read):
    answers = [item(code, coded("mine", number=1)) for code in PHQ9]
    assert read(response("a", [], items=answers)).total("phq9", "baseline").to_dict() == {"a": 9}


@pytest.mark.parametrize(
    ("total", "code"),
    [
        ({"valueDecimal": 9}, ""),
        ({"valueInteger": 9}, ""),
        ({"valueQuantity": {"value": 9.0}}, ""),
        ({"valueDecimal": 13}, "TOTAL_DISAGREES"),
        ({"valueDecimal": 28}, "TOTAL_OUTSIDE"),
        ({"valueString": "9"}, "TOTAL_AS_TEXT"),
        ({"valueInteger": True}, "ANSWER_NOT_CODED"),
    ],
)
def test_a_total_beside_its_answers_must_be_theirs(read, total, code):
    """The official SDC example of the PHQ-9 states 13 where its answers sum to 10."""
    more = [{"linkId": "/44261-6", "answer": [total]}]
    for instruments in ({"phq9": {"columns": "phq9_{item}"}},
                        {"phq9": {"columns": "phq9_{item}", "total": "phq9_total"}}):  # fmt: skip
        own = study(instruments=instruments)
        assert code_of(read(response("a", NINE, items=more), own=own)) == code


def test_a_total_that_skips_blank_items_is_left_to_the_rule(read):
    own = study(instruments={"phq9": {"columns": "phq9_{item}", "total": "phq9_total"}})
    more = [{"linkId": "/44261-6", "answer": [{"valueDecimal": 24}]}]
    cohort = read(response("a", [3] * 8, items=more), own=own)
    assert cohort.total("phq9", "baseline").to_dict() == {"a": 27}
    assert told(cohort, "TOTAL_SKIPS_ITEMS")


def test_the_difficulty_item_stays_out_of_the_sum(read):
    more = [item("69722-7", coded("LA6574-3"))]
    assert read(response("a", NINE, items=more)).total("phq9", "baseline").to_dict() == {"a": 9}


def test_an_item_answered_twice_is_refused(read):
    twice = {"linkId": "/44250-9", "answer": [coded("LA6571-9"), coded("LA6569-3")]}
    assert code_of(read(response("a", [], items=[twice]))) == "ITEM_TWICE"


def test_an_answer_that_refers_elsewhere_is_refused(read):
    answer = item("44250-9", {"valueReference": {"reference": "Observation/1"}})
    assert code_of(read(response("a", [], items=[answer]))) == "ANSWER_NOT_CODED"


def test_codes_without_a_system_are_counted(read):
    answers = [item(code, {"valueCoding": {"code": "LA6569-3"}}) for code in PHQ9]
    cohort = read(response("a", [], items=answers))
    assert cohort.total("phq9", "baseline").to_dict() == {"a": 9}
    assert told(cohort, "CODING_NO_SYSTEM")[0].startswith("9 answer codes")


WORDS = ["Not at all", "Several days", "More than half the days", "Nearly every day"]


def worded(person, answers, **more):
    """A response whose answers carry their words, and the first item its own."""
    asked = response(person, answers, **more)
    for part, n in zip(asked["item"][0]["item"], answers, strict=True):
        part["answer"][0]["valueCoding"]["display"] = WORDS[n]
    asked["item"][0]["item"][0]["text"] = "1. Little interest or pleasure in doing things"
    return asked


def test_words_of_another_answer_or_item_are_told_and_the_code_counts(read):
    people = [worded(f"p{n}", NINE) for n in range(6)]
    assert told(read(*people), "DISPLAY_CONTRADICTS") == []
    # Behind lines of the same shape, which are not parsed one by one.
    odd_answer, odd_item = worded("x", NINE), worded("y", NINE)
    odd_answer["item"][0]["item"][3]["answer"][0]["valueCoding"]["display"] = WORDS[3]
    odd_item["item"][0]["item"][0]["text"] = "2. Feeling down, depressed, or hopeless"
    cohort = read(
        *people, odd_answer, worded("z", NINE), odd_item, odd_item | {"authored": "2024-02-01"}
    )
    assert [message.split(" carry")[0] for message in told(cohort, "DISPLAY_CONTRADICTS")] == [
        "2 answers to phq9_1", "1 answers to phq9_4",
    ]  # fmt: skip
    assert set(cohort.total("phq9", "baseline")) == {sum(NINE)}


@pytest.mark.parametrize(
    ("display", "contradicts"),
    [
        ("Feeling down, depressed, or hopeless in last 2 weeks", True),
        ("Little interest or pleasure in doing things in last 2 weeks", False),
        ("Poco interés o placer en hacer cosas", False),
        (None, False),
    ],
)
def test_an_observations_words_are_held_against_its_code(read, display, contradicts):
    answer = {"valueCodeableConcept": {"coding": [coded("LA6569-3")["valueCoding"]]}}
    shown = observation("a", "44250-9", answer)
    shown["code"]["coding"][0]["display"] = display
    whole = observation("a", "44250-9", {"valueInteger": 2}, day="2024-02-01")
    whole["code"]["coding"][0]["display"] = display
    found = told(read(shown, whole), "DISPLAY_CONTRADICTS")
    assert bool(found) is contradicts
    assert all(message.startswith("2 answers to phq9_1 carry") for message in found)


def test_a_response_without_a_date_is_refused(read):
    resource = response("a", NINE)
    del resource["authored"]
    assert code_of(read(resource)) == "DATE_ABSENT"


def test_drafts_are_not_used_and_counted(read):
    cohort = read(response("a", NINE), response("a", [0] * 9, status="in-progress"))
    assert cohort.total("phq9", "baseline").to_dict() == {"a": 9}
    assert "1 resources have the status 'in-progress'" in told(cohort, "STATUS_NOT_FINAL")[0]


def test_two_different_answers_of_one_day_are_two_rows_and_refused(read):
    assert code_of(read(response("a", NINE), response("a", [0] * 9))) == "VISIT_REPEATED"


def test_the_same_resource_twice_counts_once_and_reused_ids_are_told(read):
    cohort = read(response("a", NINE, id="1"), response("a", NINE, id="2"),
                  response("b", NINE, id="1"))  # fmt: skip
    assert cohort.total("phq9", "baseline").to_dict() == {"a": 9, "b": 9}
    assert told(cohort, "RESOURCE_TWICE")[0].startswith("1 resources")
    assert told(cohort, "RESOURCE_ID_REUSED")[0].startswith("2 resources")


def test_observations_of_items_and_totals_of_one_day_are_one_row(read):
    own = study(instruments={"phq9": {"total": "phq9_total"}, "gad7": {"total": "gad7_total"}})
    cohort = read(
        observation("a", "44261-6", {"valueQuantity": {"value": 14}}),
        observation("a", "70274-6", {"valueInteger": 11}),
        own=own,
    )
    assert cohort.total("phq9", "baseline").to_dict() == {"a": 14}
    assert cohort.total("gad7", "baseline").to_dict() == {"a": 11}


def test_components_of_an_observation_are_answers(read):
    parts = [
        {"code": {"coding": [{"code": c}]}, "valueCodeableConcept": {"coding": [{"code": DAYS[1]}]}}
        for c in PHQ9
    ]
    cohort = read(observation("a", "44249-1", {"component": parts}))
    assert cohort.total("phq9", "baseline").to_dict() == {"a": 9}


@pytest.mark.parametrize(
    ("code", "problem"),
    [("44249-1", "TOTAL_UNDER_PANEL"), ("89204-2", "TOTAL_OF_TEENS_FORM")],
)
def test_a_total_under_another_code_is_told_and_read_by_declaration(read, code, problem):
    value = observation("a", code, {"valueInteger": 14})
    own = study(instruments={"phq9": {"total": "phq9_total"}})
    with pytest.raises(TableError) as refused:
        read(value, own=own)
    assert refused.value.code == "ITEMS_NOT_MET"
    other = observation("a", "44261-6", {"valueInteger": 9}, day="2024-02-01")
    cohort = read(value, other, own=own)
    assert told(cohort, problem)
    declared = study(instruments={"phq9": {"total": code}})
    assert read(value, own=declared).total("phq9", "baseline").to_dict() == {"a": 14}


def bundle(*entries):
    return {"resourceType": "Bundle", "type": "collection", "entry": list(entries)}


def test_a_subject_by_address_is_found_by_its_full_url(tmp_path):
    patient = {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1980-05-01"}
    resource = response("x", NINE, subject={"reference": "urn:uuid:1-2"})
    path = tmp_path / "b.json"
    entries = [{"resource": resource}, {"fullUrl": "urn:uuid:1-2", "resource": patient}]
    path.write_text(json.dumps(bundle(*entries), indent=1))
    people = {
        "age": {"kind": "number", "range": [18, 110]},
        "gender": {"kind": "choice", "values": ["female", "male"]},
    }
    cohort = read_cohort(path, study(people=people))
    assert cohort.total("phq9", "baseline").to_dict() == {"p1": 9}
    assert cohort.people.loc["p1"].to_dict() == {"age": 43, "gender": "female"}


def test_links_of_another_family_are_read_by_declaration(read):
    answers = [{"linkId": f"H1/T1/Q{i}", "answer": [coded("L1", system="x")]} for i in range(1, 10)]
    measure = {"columns": "H1/T1/Q{item}", "answers": {"L0": 0, "L1": 1, "L2": 2, "L3": 3}}
    cohort = read(response("a", [], items=answers), own=study(instruments={"phq9": measure}))
    assert cohort.total("phq9", "baseline").to_dict() == {"a": 9}


def test_a_questionnaire_may_be_named_beside_the_table(tmp_path, monkeypatch, capsys):
    questions = [
        {
            "linkId": f"q{n}",
            "code": [{"code": code}],
            "answerOption": [coded(f"x{k}", number=k) for k in range(4)],
        }
        for n, code in enumerate(PHQ9)
    ]
    asked = tmp_path / "q.json"
    asked.write_text(json.dumps({"resourceType": "Questionnaire", "item": questions}))
    answers = [{"linkId": f"q{n}", "answer": [coded(f"x{k}")]} for n, k in enumerate(NINE)]
    table = lines(tmp_path / "r.ndjson", response("a", [], items=answers))
    (tmp_path / "study.toml").write_text(
        'id = "id"\nlayout = "long"\nvisits = ["baseline", "end"]\n'
        'dates = { column = "date", windows = { baseline = [0, 6], end = [21, 60] } }\n'
        'rounds.one = { start = "baseline", end = "end" }\n'
        'instruments.phq9.columns = "phq9_{item}"\n'
    )
    words = ["predict", "check", str(table), "--study", str(tmp_path / "study.toml")]
    monkeypatch.setattr(sys, "argv", [*words, "--questionnaire", str(asked)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert "answered at baseline 1" in " ".join(capsys.readouterr().out.split())


def test_a_questionnaire_in_the_file_says_what_its_links_mean(read):
    questions = [
        {
            "linkId": f"q{n}",
            "code": [{"system": "http://loinc.org", "code": code}],
            "answerOption": [coded(f"x{k}", number=k) for k in range(4)],
        }
        for n, code in enumerate(PHQ9)
    ]
    questionnaire = {"resourceType": "Questionnaire", "item": questions}
    answers = [{"linkId": f"q{n}", "answer": [coded(f"x{k}")]} for n, k in enumerate(NINE)]
    cohort = read(questionnaire, response("a", [], items=answers))
    assert cohort.total("phq9", "baseline").to_dict() == {"a": 9}


def test_links_other_than_the_questionnaires_meet_nothing_and_stop(read):
    """Seen in a public guide: its response answers PHQ.1, its Questionnaire asks PHQ-9.1."""
    questions = [{"linkId": f"PHQ-9.{n}", "code": [{"code": c}]} for n, c in enumerate(PHQ9)]
    answers = [{"linkId": f"PHQ.{n}", "answer": [coded("LA6569-3")]} for n in range(9)]
    questionnaire = {"resourceType": "Questionnaire", "item": questions}
    with pytest.raises(TableError, match=r"'PHQ\.0', 'PHQ\.1'"):
        read(questionnaire, response("a", [], items=answers))


def test_a_bundle_cut_off_is_refused_as_a_whole(tmp_path):
    path = tmp_path / "b.json"
    path.write_text(json.dumps(bundle({"resource": response("a", NINE)}), indent=1)[:-40])
    with pytest.raises(TableError) as refused:
        read_cohort(path, study())
    assert refused.value.code == "TABLE_NOT_JSON"


def test_a_folder_of_a_bulk_export_is_one_table(tmp_path):
    folder = tmp_path / "bulk"
    folder.mkdir()
    patients = [{"resourceType": "Patient", "id": p, "gender": "male"} for p in "ab"]
    lines(folder / "Patient.ndjson", *patients)
    lines(folder / "QuestionnaireResponse.000.ndjson", response("a", NINE), response("b", NINE))
    lines(folder / "QuestionnaireResponse.001.ndjson", response("a", NINE))
    people = {"gender": {"kind": "choice", "values": ["female", "male"]}}
    cohort = read_cohort(folder, study(people=people))
    assert cohort.total("phq9", "baseline").to_dict() == {"a": 9, "b": 9}
    assert cohort.people["gender"].tolist() == ["male", "male"]
    assert told(cohort, "RESOURCE_TWICE")[0].startswith("1 resources")


def test_a_line_cut_off_is_a_refused_row_and_loses_nobody(tmp_path):
    path = lines(tmp_path / "r.ndjson", response("a", NINE), response("b", NINE))
    path.write_bytes(path.read_bytes()[:-100])
    cohort = read_cohort(path, study())
    assert cohort.rows["code"].tolist() == ["", "RECORD_UNREADABLE"]


def test_people_whose_resources_stand_apart_are_laid_out_alike(tmp_path, monkeypatch):
    monkeypatch.setattr("predict.cohort.formats.regrouping.ROWS", 2)
    visits = [response(p, NINE, day=d) for d in ("2024-01-01", "2024-02-01") for p in "abc"]
    path, own = lines(tmp_path / "r.ndjson", *visits), study()
    file = open_table(path, dialect=dialect_of(own), id_column=own.id)
    rows = rows_file(tmp_path)
    with rows.open("wb") as sink:
        lay_out([file], sink, tmp_path)
    laid = open_table(rows, id_column=own.id).read().table.to_pylist()
    assert laid == file.read().table.to_pylist()
    assert [row["id"] for row in laid] == ["a", "a", "b", "b", "c", "c"]


@pytest.mark.parametrize("seed", range(2))
def test_a_damaged_file_is_read_or_refused(tmp_path, seed):
    visits = [response(p, NINE, day=d) for p in "abcdef" for d in ("2024-01-01", "2024-02-01")]
    whole = lines(tmp_path / "r.ndjson", *visits).read_bytes()
    for data in damaged(whole, seed, 25):
        survives(tmp_path / "d.ndjson", data, study())


def odd_responses():
    """Responses alike in most, each of which differs in something that decides how it is read."""
    plain = [response(f"p{n}", [(n + k) % 4 for k in range(9)], id=f"r{n}") for n in range(6)]
    odd = [response(f"o{n}", NINE, id=f"o{n}") for n in range(9)]
    odd[0]["status"] = "in-progress"
    odd[1]["item"][0]["item"][2]["answer"][0]["valueCoding"]["code"] = "LA0000-0"
    odd[2]["item"][0]["item"][2]["linkId"] = "/44260-8"
    odd[3]["authored"] = ""
    odd[4]["subject"]["reference"] = "urn:uuid:4"
    odd[5]["item"][0]["item"][0]["answer"][0]["valueCoding"]["extension"] = [
        {"url": ORDINAL, "valueDecimal": 1}
    ]
    odd[6]["item"][0]["item"][0]["answer"].append(coded("LA6568-5"))
    odd[7]["id"] = 'a "quoted" id'
    odd[8] = {key: odd[8][key] for key in ("authored", "item", "subject", "resourceType", "status")}
    return [one for pair in zip(plain * 2, odd, strict=False) for one in pair]


def test_lines_of_one_shape_are_read_as_parsing_reads_them(tmp_path, monkeypatch):
    path = lines(tmp_path / "r.ndjson", *odd_responses())
    damage = [data for data in damaged(path.read_bytes(), 5, 40) if b"\n" in data]
    for number, data in enumerate([path.read_bytes(), *damage]):
        path = tmp_path / f"{number}.ndjson"
        path.write_bytes(data)
        read = read_cohort(path, study())
        monkeypatch.setattr(fhir_shapes, "MOST_SHAPES", 0)
        path.touch()
        parsed = read_cohort(path, study())
        monkeypatch.undo()
        pd.testing.assert_frame_equal(read.rows, parsed.rows)
        pd.testing.assert_frame_equal(read.problems, parsed.problems)
        pd.testing.assert_frame_equal(read.at("baseline"), parsed.at("baseline"))


def test_a_shape_is_made_and_used(tmp_path, monkeypatch):
    used = []
    taken = fhir_shapes.Shapes._record
    monkeypatch.setattr(fhir_shapes.Shapes, "_record", lambda *a: used.append(1) or taken(*a))
    resources = [response(f"p{n}", NINE, id=f"r{n}") for n in range(9)]
    cohort = read_cohort(lines(tmp_path / "r.ndjson", *resources), study())
    assert cohort.total("phq9", "baseline").tolist() == [9] * 9
    assert len(used) == 8  # the second line makes the shape, and holds it against itself


def test_a_questionnaire_inside_a_response_says_what_its_links_mean(read):
    weights = {"a": 0, "b": 1, "c": 2, "d": 3}
    inside = [
        {
            "linkId": f"Q{place}",
            "code": [{"system": "http://loinc.org", "code": code}],
            "answerOption": [
                {"valueCoding": {"code": word, "extension": [{"url": ORDINAL, "valueDecimal": n}]}}
                for word, n in turned.items()
            ],
        }
        for turned in (weights, dict(zip(weights, (3, 2, 1, 0), strict=True)))
        for place, code in enumerate(PHQ9, start=1)
    ]
    responses = []
    for name, questions in (("x", inside[:9]), ("y", inside[9:])):
        one = response(name, NINE)
        one["contained"] = [{"resourceType": "Questionnaire", "item": questions}]
        one["item"] = [
            {"linkId": f"Q{n}", "answer": [{"valueCoding": {"code": "b"}}]} for n in range(1, 10)
        ]
        responses.append(one)
    assert read(*responses).total("phq9", "baseline").to_dict() == {"x": 9, "y": 18}


def test_patients_of_one_server_go_by_their_ids_those_of_another_by_their_address(read):
    subjects = ["https://a.example/fhir/Patient/x/_history/2", "https://b.example/Patient/x"]
    responses = [response("x", NINE) for _ in (*subjects, "")]
    for one, address in zip(responses, subjects, strict=False):
        one["subject"] = {"reference": address}
    responses[2]["subject"] = {"identifier": {"system": "urn:mrn", "value": "7"}}
    assert list(read(*responses).ids) == ["x", "https://b.example/Patient/x", "7"]


def inside(name, *, system="MRN", value=""):
    identifiers = [{"system": system, "value": value}] if value else []
    return {"resourceType": "Patient", "id": name, "identifier": identifiers}


def test_a_patient_inside_a_response_goes_by_its_identifier_never_by_the_id_there(read):
    people = [("x1", "2024-01-01"), ("x2", "2024-02-01"), ("", "2024-01-01")]
    cohort = read(
        *(
            response("", NINE, day=day, subject={"reference": "#p"},
                     contained=[inside("p", value=value)])
            for value, day in people
        )
    )  # fmt: skip
    assert cohort.rows.set_index("id")["code"].to_dict() == {"x1": "", "x2": "", "": "ID_BLANK"}


@pytest.mark.parametrize("kind", ["Group", "Device", "Location"])
def test_a_subject_that_is_no_person_is_nobody(read, kind):
    assert code_of(read(response("", NINE, subject={"reference": f"{kind}/1"}))) == "ID_BLANK"


def test_a_record_whose_meaning_is_modified_is_refused(read):
    odd = [{"url": "http://example.org/not-done", "valueBoolean": True}]
    assert code_of(read(response("a", NINE, modifierExtension=odd))) == "MODIFIER_UNKNOWN"


@pytest.mark.parametrize("quantity", [{"value": 12, "comparator": ">"}, {"value": 12, "unit": "%"}])
def test_more_than_twelve_and_twelve_per_cent_are_no_scores(read, quantity):
    total = observation("a", "44261-6", {"valueQuantity": quantity})
    own = study(instruments={"phq9": {"total": "phq9_total"}})
    assert code_of(read(total, own=own)) == "ANSWER_NOT_CODED"


def test_a_code_of_another_system_is_none_of_loincs(read):
    total = observation("a", "44261-6", {"valueInteger": 12})
    total["code"]["coding"][0]["system"] = "http://snomed.info/sct"
    own = study(instruments={"phq9": {"total": "phq9_total"}})
    with pytest.raises(TableError, match="ITEMS_NOT_MET"):
        read(total, own=own)


def test_a_history_of_versions_is_refused(tmp_path):
    path = tmp_path / "b.json"
    path.write_text(json.dumps({**bundle({"resource": response("a", NINE)}), "type": "history"}))
    with pytest.raises(TableError, match="BUNDLE_HISTORY"):
        read_cohort(path, study())


@pytest.mark.parametrize(("total", "link", "there"), [(2, "next", 1), (None, "next", 1),
                                                      (2, "self", 1), (2, "next", 2)])  # fmt: skip
def test_pages_of_a_search_that_are_not_there_stop_the_table(tmp_path, total, link, there):
    pages = [("a", link), ("b", "self")][:there]
    for person, relation in pages:
        page = bundle({"resource": response(person, NINE), "search": {"mode": "match"}})
        page |= {"type": "searchset", "link": [{"relation": relation, "url": "https://x"}]}
        page |= {"total": total} if total else {}
        (tmp_path / f"{person}.json").write_text(json.dumps(page))
    if there == 2:
        assert list(read_cohort(tmp_path, study()).ids) == ["a", "b"]
        return
    with pytest.raises(TableError, match="BUNDLE_PAGES_MISSING"):
        read_cohort(tmp_path / "a.json", study())


@pytest.mark.parametrize(("born", "code"), [("1980-05-01", ""), ("1990-05-01", "PATIENTS_DIFFER")])
def test_two_patients_of_one_id_with_different_facts_refuse_the_person(read, born, code):
    patients = [
        {"resourceType": "Patient", "id": "a", "birthDate": d} for d in ("1980-05-01", born)
    ]
    own = study(people={"age": {"kind": "number", "range": [18, 110]}})
    cohort = read(*patients, response("a", NINE), response("b", NINE), own=own)
    assert cohort.rows.set_index("id")["code"].to_dict() == {"a": code, "b": ""}


def test_the_same_resource_in_two_folders_counts_once(tmp_path):
    for name, people in (("monday", "ab"), ("friday", "bc")):
        (tmp_path / name).mkdir()
        resources = [response(p, NINE, id=f"r-{p}") for p in people]
        lines(tmp_path / name / "QuestionnaireResponse.ndjson", *resources)
    cohort = read_cohort(tmp_path, study())
    assert sorted(cohort.ids) == ["a", "b", "c"]
    assert told(cohort, "RESOURCE_TWICE")[0].startswith("1 resources")
    own = study()
    files = [
        open_table(path, dialect=dialect_of(own), id_column=own.id)
        for path in sorted(tmp_path.glob("*/*.ndjson"))
    ]
    with rows_file(tmp_path).open("wb") as sink:
        lay_out(files, sink, tmp_path)
    laid = open_table(rows_file(tmp_path), id_column=own.id)
    assert laid.read().table["id"].to_pylist() == ["b", "c", "a"]
    assert "RESOURCE_TWICE" in {notice.code for notice in laid.probe().notices}


def version(number, answers, *, status="completed", day="2024-01-01", **meta):
    meta = {**({"versionId": str(number)} if number else {}), **meta}
    return response("a", answers, id="r1", status=status, day=day, meta=meta)


ZERO, ONES = [0] * 9, [1] * 8 + [3]


@pytest.mark.parametrize("order", [1, -1], ids=["in order", "the other way"])
@pytest.mark.parametrize(
    ("versions", "total", "code"),
    [
        # The tenth is later than the ninth, and its day is another.
        ([version(9, NINE), version(10, ZERO, day="2024-01-02")], 0, ""),
        ([version(1, NINE, status="in-progress"), version(2, ZERO)], 0, ""),
        ([version(1, ONES), version(2, ZERO, status="amended")], None, "VERSION_OUTDATED"),
        ([version(1, NINE), version(2, ONES), version(3, ZERO, status="in-progress")], None,
         "VERSION_OUTDATED"),
        ([version(0, ONES), version(0, ZERO, status="amended")], None, "VERSION_OUTDATED"),
        ([version(0, NINE, lastUpdated="2024-01-01T10:00:00Z"),
          version(0, ZERO, lastUpdated="2024-01-03T10:00:00Z")], 0, ""),
    ],
)  # fmt: skip
def test_of_several_versions_the_latest_counts(read, versions, total, code, order):
    cohort = read(*versions[::order])
    assert code_of(cohort) == code
    assert cohort.total("phq9", "baseline").tolist() == ([] if total is None else [total])
    flag = "" if total == 0 else "item9_reported"  # a row that is refused keeps its flag
    assert safety_at(cohort, "baseline")["flag"].tolist() == [flag]
    assert told(cohort, "RESOURCE_ID_REUSED") == []


@pytest.mark.parametrize("number", [2, 0], ids=["a later version", "of unknown order"])
def test_a_response_entered_in_error_is_not_used_under_any_version(read, number):
    back = version(number, ONES, status="entered-in-error")
    cohort = read(version(1 if number else 0, ONES), back, response("a", NINE, day="2024-02-01"))
    assert cohort.total("phq9", "baseline").to_dict() == {"a": 9}  # of the other response
    assert told(cohort, "RESOURCE_SUPERSEDED")[0].startswith("1 resources")


def test_lines_of_one_shape_keep_their_versions(read, monkeypatch):
    people = [response(f"p{n}", NINE, id=f"r{n}", meta={"versionId": "1"}) for n in range(5)]
    later = [response(f"p{n}", ZERO, id=f"r{n}", meta={"versionId": "2"}) for n in range(5)]
    taken = []
    plain = fhir_shapes.Shapes.taken
    monkeypatch.setattr(fhir_shapes.Shapes, "taken", lambda self, line: taken.append(
        plain(self, line)) or taken[-1])  # fmt: skip
    cohort = read(*people, *later)
    assert sum(found is not None for found in taken) >= 7
    assert cohort.total("phq9", "baseline").tolist() == [0] * 5
    assert told(cohort, "RESOURCE_SUPERSEDED")[0].startswith("5 resources")


OWN = "http://clinic.example/x"


def moved(resource, system):
    text = json.dumps(resource).replace("http://loinc.org", system)
    return json.loads(text)


@pytest.mark.parametrize("kind", ["lines", "bundle"])
def test_an_answer_code_of_another_system_is_refused_also_after_its_likes(tmp_path, kind):
    """Lines of one shape and codings met before are read by a shorter way."""
    people = [response("a", NINE), response("b", NINE), moved(response("c", NINE), OWN)]
    path = lines(tmp_path / "r.ndjson", *people)
    if kind == "bundle":
        path.write_text(json.dumps(bundle(*[{"resource": one} for one in people]), indent=1))
    cohort = read_cohort(path, study())
    assert cohort.total("phq9", "baseline").to_dict() == {"a": 9, "b": 9}
    assert cohort.rows["code"].tolist() == ["", "", "ANSWER_CODE_UNKNOWN"]


def test_an_answer_code_of_another_system_keeps_its_safety_flag(read):
    odd = response("c", [*NINE[:8], 3])
    odd["item"][0]["item"][8]["answer"][0]["valueCoding"]["system"] = OWN
    cohort = read(response("a", NINE), odd)
    assert safety_at(cohort, "baseline")["flag"].tolist() == ["", "item9_unreadable"]


def test_a_code_of_another_system_counts_as_the_questionnaires_own_option(read):
    """LA6570-1 weighs 1 in this clinic's own system, 2 in LOINC's."""
    questions = [
        {
            "linkId": f"/{code}",
            "code": [{"system": "http://loinc.org", "code": code}],
            "answerOption": [coded("LA6570-1", number=1, system=OWN)],
        }
        for code in PHQ9
    ]
    questionnaire = {"resourceType": "Questionnaire", "item": questions}
    cohort = read(questionnaire, response("a", [2] * 9), moved(response("b", [2] * 9), OWN))
    assert cohort.total("phq9", "baseline").to_dict() == {"a": 18, "b": 9}


def test_an_items_code_of_another_system_is_none_of_loincs(read):
    questions = [{"linkId": "q1", "code": [{"system": OWN, "code": "44250-9"}]}]
    questionnaire = {"resourceType": "Questionnaire", "item": questions}
    answers = [{"linkId": "q1", "answer": [coded("LA6569-3")]}]
    with pytest.raises(TableError, match="ITEMS_NOT_MET"):
        read(questionnaire, response("a", [], items=answers))
