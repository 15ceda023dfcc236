"""`predict init` on other formats: a dictionary or a Questionnaire says what columns ask."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from predict.cohort import read_cohort
from predict.cohort.formats.hints import Hints
from predict.cohort.formats.questionnaire_file import questionnaire_hints, read_questionnaire
from predict.cohort.formats.redcap_dictionary import read_dictionary
from predict.cohort.proposal import propose
from predict.definitions.instruments import load_instrument
from predict.errors import TableError

FIELDS = ["ph9interst", "ph9feel", "ph9sleep", "ph9energy", "ph9appetite", "ph9bad", "ph9conc"]
FIELDS += ["ph9move", "ph9dead"]
ASKED = [f"<b>{item.label}</b>, or so?" for item in load_instrument("phq9").items]
DAYS = "Not at all | {}, Several days | {}, More than half the days | {}, Nearly every day"
HEADS = "Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"
HEADS += '"Choices, Calculations, OR Slider Labels",Field Note,'
HEADS += "Text Validation Type OR Show Slider Number,Text Validation Min,Text Validation Max"


def dictionary(path, codes=(0, 1, 2, 3)):
    lines = [HEADS, "record_id,basics,,text,Study ID,,,,,", "age,basics,,text,Age,,,integer,18,90"]
    lines.append('sex,basics,,radio,Sex,"0, female | 1, male",,,,')
    lines.append('drugs,basics,,checkbox,Drugs,"1, cannabis | -99, unknown",,,,')
    choices = f"{codes[0]}, {DAYS}".format(*codes[1:])
    lines += [f'{f},phq,,radio,"{a}","{choices}",,,,' for f, a in zip(FIELDS, ASKED, strict=True)]
    path.write_text("\n".join(lines) + "\n")
    return path


def export(path, codes=(0, 1, 2, 3)):
    head = "record_id,redcap_event_name,age,sex,drugs___1,drugs____99,basics_complete,"
    lines = [head + ",".join(FIELDS) + ",phq_complete"]
    for n in range(8):
        answers = ",".join(str(codes[(n + i) % 4]) for i in range(9))
        lines.append(f"{n},start_arm_1,{40 + n},{n % 2},{n % 2},0,2,{answers},2")
        lines.append(f"{n},end_arm_1,,,,,,{answers},2")
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_redcap_dictionary_gives_items_choices_and_ranges(tmp_path):
    table = export(tmp_path / "t.csv")
    spec = propose(table, read_dictionary(dictionary(tmp_path / "d.csv"))).spec
    assert spec["visit_values"] == {"start_arm_1": "start", "end_arm_1": "end"}
    assert list(spec["instruments"]["phq9"]["items"].values()) == FIELDS
    assert spec["people"]["age"] == {"kind": "number", "range": [18.0, 90.0]}
    assert spec["people"]["sex"]["codes"] == {"0": "female", "1": "male"}
    cohort = read_cohort(table, spec)
    assert len(cohort.ids) == 8
    assert cohort.total("phq9", "start")["0"] == 12


@pytest.mark.parametrize(
    ("codes", "entry"),
    [
        ((0, 1, 2, 3), {}),
        ((1, 2, 3, 4), {"coding_low": 1}),
        ((1, 2, 3, 5), {"answers": {"1": 0, "2": 1, "3": 2, "5": 3}}),
        ((4, 1, 2, 3), {"answers": {"4": 0, "1": 1, "2": 2, "3": 3}}),
    ],
)
def test_codes_are_read_by_their_words_never_by_their_order(tmp_path, codes, entry):
    table = export(tmp_path / "t.csv", codes)
    proposed = propose(table, read_dictionary(dictionary(tmp_path / "d.csv", codes)))
    stated = proposed.spec["instruments"]["phq9"]
    assert {key: stated[key] for key in stated if key != "items"} == entry
    assert read_cohort(table, proposed.spec).total("phq9", "start")["0"] == 12
    assert "# guess: the words of their questions" in proposed.text


def test_a_file_that_is_no_dictionary_is_told(tmp_path):
    with pytest.raises(TableError) as refused:
        read_dictionary(export(tmp_path / "t.csv"))
    assert refused.value.code == "DICTIONARY_UNREADABLE"


def test_a_questionnaire_maps_links_to_items_and_weights(tmp_path):
    items = load_instrument("gad7").items
    ordinal = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
    options = [
        {"valueCoding": {"code": f"c{k}", "extension": [{"url": ordinal, "valueDecimal": k}]}}
        for k in range(4)
    ]
    questions = [
        {
            "linkId": f"q{i.key}",
            "text": i.label,
            "code": [{"code": i.loinc}],
            "answerOption": options,
        }
        for i in items
    ]
    asked = tmp_path / "q.json"
    asked.write_text(json.dumps({"resourceType": "Questionnaire", "item": questions}))
    answers = [{"linkId": f"q{n}", "answer": [{"valueCoding": {"code": f"c{n % 4}"}}]}
               for n in range(1, 8)]  # fmt: skip
    responses = [
        {
            "resourceType": "QuestionnaireResponse",
            "status": "completed",
            "subject": {"reference": f"Patient/{person}"},
            "authored": day,
            "item": answers,
        }
        for person in "abc"
        for day in ("2024-01-01", "2024-02-01")
    ]
    table = tmp_path / "r.ndjson"
    table.write_text("".join(json.dumps(resource) + "\n" for resource in responses))
    spec = propose(table, questionnaire_hints(read_questionnaire(asked))).spec
    assert spec["instruments"]["gad7"]["items"]["7"] == "q7"
    assert spec["dates"]["windows"] == {"baseline": [0, 6], "end": [7, 31]}
    cohort = read_cohort(table, spec)
    assert cohort.total("gad7", "end").to_dict() == dict.fromkeys("abc", 12)


def test_what_is_no_questionnaire_is_told(tmp_path):
    (tmp_path / "q.json").write_text("{}")
    with pytest.raises(TableError) as refused:
        read_questionnaire(tmp_path / "q.json")
    assert refused.value.code == "QUESTIONNAIRE_UNREADABLE"


def test_qualtrics_header_rows_say_what_columns_ask(tmp_path):
    names = ["StartDate", "Status", "Finished", "ResponseId", *(f"Q4_{i}" for i in range(1, 10))]
    texts = ["Start", "Type", "Finished", "Id", *(f"How often - {text}" for text in ASKED)]
    quoted = ",".join(f'"{text}"' for text in texts)
    imports = ",".join('"{""ImportId"":""x""}"' for _ in names)
    rows = [f"2024-01-01,0,1,R_{n}," + ",".join(str(1 + (n + i) % 4) for i in range(9))
            for n in range(6)]  # fmt: skip
    table = tmp_path / "q.csv"
    table.write_text("\n".join([",".join(names), quoted, imports, *rows]) + "\n")
    proposed = propose(table)
    assert proposed.spec["id"] == "ResponseId"
    assert proposed.spec["instruments"]["phq9"]["items"]["9"] == "Q4_9"
    assert "StartDate" not in proposed.text


def test_labels_of_two_visits_leave_the_names_their_visits(tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat")
    names = [f"phq9_{i}_{v}" for v in ("baseline", "end") for i in range(1, 10)]
    table = pd.DataFrame({n: [1.0, 2.0, 3.0, 4.0] for n in names}, index=pd.Index(list("abcd")))
    asked = [item.label for item in load_instrument("phq9").items]
    words = dict(enumerate(load_instrument("phq9").items[0].answers, start=1))
    pyreadstat.write_sav(table.rename_axis("person").reset_index(), tmp_path / "t.sav",
                         column_labels=["", *asked, *asked],
                         variable_value_labels=dict.fromkeys(names, words))  # fmt: skip
    spec = propose(tmp_path / "t.sav").spec
    assert set(spec["instruments"]) == {"phq9"}
    cohort = read_cohort(tmp_path / "t.sav", spec)
    assert cohort.total("phq9", "end").tolist() == [0, 9, 18, 27]


def test_semicolons_are_found_where_names_hold_commas(tmp_path):
    asked = [item.label for item in load_instrument("phq2").items]
    head = ";".join(f'"{name}"' for name in ("Record ID", *asked, "Complete?"))
    rows = [f'{n};"Several days";"Not at all";Complete' for n in range(4)]
    (tmp_path / "t.csv").write_text("\n".join([head, *rows]) + "\n")
    spec = propose(tmp_path / "t.csv", Hints(labels=dict(zip(asked, asked, strict=True)))).spec
    assert spec["delimiter"] == ";"
    assert read_cohort(tmp_path / "t.csv", spec).total("phq2", "baseline").tolist() == [1] * 4
