"""Value labels of a file check the coding that the study declares."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest

from predict.cohort.layouts import read_answers
from predict.cohort.source import ColumnNotes, Source
from predict.definitions.study import read_study
from predict.errors import TableError

WORDS = ("Not at all", "Several days", "More than half the days", "Nearly every day")
SPEC = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline"],
    "rounds": {},
    "instruments": {"phq2": {"columns": "q{item}"}},
}
TABLE = pa.table({"person": ["a", "b"], "q1": [1, 2], "q2": [1, 3]})


def read(codes: list[float], words: tuple[str, ...] = WORDS, **entry: object) -> list[str]:
    values = {f"{code:g}": word for code, word in zip(codes, words, strict=True)}
    note = ColumnNotes(values=values, missing=((-9.0, -1.0),))
    study = read_study({**SPEC, "instruments": {"phq2": {"columns": "q{item}", **entry}}})
    answers = read_answers(replace(Source(TABLE), notes={"q1": note, "q2": note}), study)
    return [problem.code for problem in answers.notes]


def test_labels_that_agree_say_nothing():
    assert read([0, 1, 2, 3]) == []
    assert read([1, 2, 3, 4], coding_low=1) == []


def test_labels_of_another_coding_stop_the_table_and_say_what_to_write():
    with pytest.raises(TableError, match=r"LABELS_CONTRADICT.*write coding_low = 1 under"):
        read([1, 2, 3, 4])


def test_labels_in_another_order_stop_the_table():
    with pytest.raises(TableError, match=r'LABELS_CONTRADICT.*"3" = 0, "2" = 1'):
        read([3, 2, 1, 0])


def test_codes_that_do_not_follow_on_one_another_are_never_shifted():
    with pytest.raises(TableError, match=r"CODES_NOT_CONSECUTIVE.*1, 2, 3, 5"):
        read([1, 2, 3, 5])
    with pytest.raises(TableError, match="CODES_NOT_CONSECUTIVE"):
        read([1, 2, 3, 5], words=("Nie", "Selten", "Oft", "Immer"))


def test_an_item_with_labels_at_its_ends_alone_is_read():
    assert read([0, 3], words=(WORDS[0], WORDS[3])) == []


def test_labels_of_missing_codes_are_no_answers():
    assert read([0, 1, 2, 3, -9], words=(*WORDS, "Refused")) == []
    assert read([-9, 1, 2, 3], words=("Not at all", *WORDS[1:])) == []


def noted(column: str, values: dict[str, str], **spec: object) -> list[str]:
    study = read_study({**SPEC, **spec})
    table = TABLE.append_column("sex", pa.array(["1", "2"])).append_column("age", pa.array([0, 1]))
    notes = {column: ColumnNotes(values=values)}
    found = read_answers(replace(Source(table), notes=notes), study).notes
    return [problem.code for problem in found if problem.code != "EXTRA_COLUMNS"]


@pytest.mark.parametrize(
    ("column", "spec"),
    [
        ("q1", {}),
        ("q1", {"instruments": {"phq2": {"total": "q1"}}}),
        ("age", {"people": {"age": {"kind": "number", "range": [0, 110]}}}),
    ],
)
def test_codes_of_categories_that_stand_for_other_numbers_stop_the_table(column, spec):
    """Another program numbers categories 0, 1, 2, whatever numbers they are."""
    with pytest.raises(TableError, match=r"LABELS_CONTRADICT.*code 0 as 2"):
        noted(column, {"0": "2", "1": "3"}, **spec)
    assert noted(column, {"2": "2", "3": "3"}, **spec) == []


def test_numerals_as_labels_of_codes_from_one_agree():
    measure = {"phq2": {"columns": "q{item}", "coding_low": 1}}
    assert noted("q1", {"1": "0", "2": "1", "3": "2", "4": "3"}, instruments=measure) == []


def test_a_choice_whose_codes_the_file_labels_the_other_way_round_stops_the_table():
    people = {"sex": {"kind": "choice", "codes": {"1": "female", "2": "male"}}}
    with pytest.raises(TableError, match=r"LABELS_CONTRADICT.*code 1 'Male'"):
        noted("sex", {"1": "Male", "2": "Female"}, people=people)
    assert noted("sex", {"1": "Female", "2": "Male"}, people=people) == []


GERMAN = ("beinahe jeden Tag", "an mehr als der Hälfte der Tage", "an einzelnen Tagen", "nie")
STATED = dict(zip(GERMAN, (3, 2, 1, 0), strict=True))


def test_labels_of_another_language_are_told_with_the_words_seen():
    values = {str(code): word for code, word in enumerate(GERMAN)}
    note = ColumnNotes(values=values)
    study = read_study(SPEC)
    source = replace(Source(TABLE), notes={"q1": note, "q2": note})
    [told] = read_answers(source, study).notes
    assert (told.code, told.level) == ("LABELS_UNKNOWN", "warning")
    assert "2 columns" in told.message
    assert "0 = 'beinahe jeden Tag'" in told.message


def test_words_that_the_study_states_are_known_and_checked():
    assert read([3, 2, 1, 0], words=GERMAN, answers=STATED) == []
    with pytest.raises(TableError, match="LABELS_CONTRADICT"):
        read([0, 1, 2, 3], words=GERMAN, answers=STATED)


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ([0, 1, 2, 3], (WORDS[0], "b", "c", "d")),
        ([0, 1, 2, 3], ("0", "1", "2", "3")),
        ([9, -9], ("Missing", "Refused")),
    ],
)
def test_a_known_word_numerals_and_labels_of_no_answer_are_not_told(codes, words):
    assert read(codes, words=words) == []


def test_a_choice_labelled_in_other_words_is_a_note():
    people = {"sex": {"kind": "choice", "codes": {"1": "female", "2": "male"}}}
    assert noted("sex", {"1": "Mann", "2": "Frau"}, people=people) == ["LABELS_UNKNOWN"]
