"""A given total is a claim: its items and the questionnaire's rule for missing ones decide."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from predict.cohort import Cohort, read_cohort
from predict.cohort.formats import open_table, scan
from predict.cohort.layouts import read_answers
from predict.definitions.study import read_study
from predict.errors import StudyError
from predict.scoring.plan import _answered

Row = tuple[list[object], object]
BLANK: list[object] = [None] * 9


def study(**entry: Any) -> dict[str, Any]:
    return {
        "id": "person", "layout": "wide", "visits": ["start", "end"],
        "rounds": {"one": {"start": "start", "end": "end"}},
        "instruments": {"phq9": {"columns": "q{item}_{visit}", "total": "t_{visit}", **entry}},
    }  # fmt: skip


def table(*rows: Row, others: int = 3) -> pd.DataFrame:
    """People with items and a total at the start, among others whose items are complete."""
    every = [*rows, *[([1, 2, 0, 1, 1, 1, 1, 1, 1], 9)] * others]
    columns = [f"q{k}_start" for k in range(1, 10)]
    found = pd.DataFrame([items for items, _ in every], columns=columns, dtype=object)
    found["t_start"] = [total for _, total in every]
    ends = {f"q{k}_end": 0 for k in range(1, 10)} | {"t_end": 0}
    return found.assign(person=[f"p{i}" for i in range(len(every))], **ends).astype("string")


def read(*rows: Row, others: int = 3, **entry: Any) -> Cohort:
    return read_cohort(table(*rows, others=others), study(**entry))


def start(cohort: Cohort) -> list[float | None]:
    """The scores of the first people, by id; None for who is refused."""
    scores = cohort.total("phq9", "start").round(6)
    return [None if pd.isna(v) else float(v) for v in scores.reindex([f"p{i}" for i in range(1)])]


def told(cohort: Cohort, code: str) -> list[str]:
    return cohort.problems.loc[cohort.problems["code"] == code, "message"].tolist()


@pytest.mark.parametrize(
    ("items", "total", "score"),
    [
        ([3] * 8 + [None], 24, 27.0),  # the sum of those answered: the rule gives 27
        ([3] * 4 + [None] * 5, 12, None),  # too few answered for any score
        (BLANK, 0, None),  # an empty form adds up to nothing
        ([1] * 8 + [None], 8, 9.0),
    ],
)
def test_a_total_that_skips_items_gives_way_to_the_rule(
    items: list[object], total: int, score: float | None
) -> None:
    cohort = read((items, total))
    assert start(cohort) == [score]
    assert (cohort.rows["status"] == "valid").all()
    (message,) = told(cohort, "TOTAL_SKIPS_ITEMS")
    assert message.startswith("1 given totals leave out unanswered items")


@pytest.mark.parametrize(
    ("items", "total", "score"),
    [
        ([3] * 8 + [None], 27, 27.0),  # the rule's own score
        ([3] * 9, 27, 27.0),
        ([3] * 8 + [None], None, 27.0),  # no total
        ([0] * 8 + [None], 0, 0.0),  # the rule's score and the sum alike
    ],
)
def test_totals_that_agree_raise_no_word(items: list[object], total: object, score: float) -> None:
    cohort = read((items, total))
    assert start(cohort) == [score]
    assert not set(cohort.problems["code"]) & {"TOTAL_SKIPS_ITEMS", "TOTAL_NOT_SUM", "TOTAL_ALONE"}


@pytest.mark.parametrize(
    ("items", "total", "code"),
    [
        ([3] * 9, 26, "TOTAL_NOT_SUM"),
        ([3] * 8 + [None], 25, "TOTAL_NOT_SUM"),  # neither the rule's 27 nor 24
        ([3] * 4 + [None] * 5, 27, "TOTAL_NOT_SUM"),
        (BLANK, 14, "TOTAL_ALONE"),
    ],
)
def test_a_total_that_is_neither_refuses_the_row(
    items: list[object], total: int, code: str
) -> None:
    cohort = read((items, total))
    assert cohort.rows["code"].tolist() == [code, "", "", ""]
    assert len(cohort.people) == 3


def test_totals_alone_count_where_nobody_has_items_at_that_visit() -> None:
    cohort = read((BLANK, 14), (BLANK, 0), others=0)
    assert cohort.total("phq9", "start").tolist() == [14.0, 0.0]
    assert not told(cohort, "TOTAL_SKIPS_ITEMS")


@pytest.mark.parametrize("alone", [True, {"start": True}])
def test_totals_from_paper_are_taken_by_declaration_and_told(alone: object) -> None:
    cohort = read((BLANK, 14), total_alone=alone)
    assert start(cohort) == [14.0]
    assert told(cohort, "TOTAL_ALONE")[0].startswith("1 given totals stand without their items")
    # Never 0 over blanks: that is what a program writes for an empty form.
    empty = read((BLANK, 0), total_alone=alone)
    assert start(empty) == [None]
    assert told(empty, "TOTAL_SKIPS_ITEMS")


def test_a_declaration_for_another_visit_does_not_count() -> None:
    assert read((BLANK, 14), total_alone={"end": True}).rows["code"].iloc[0] == "TOTAL_ALONE"


def test_turned_items_and_scaled_scores_are_added_up_as_the_scale_says() -> None:
    items = {f"w{k}": ["5", "5"] for k in range(1, 6)}
    frame = pd.DataFrame({"person": ["a", "b"], **items, "sum": ["100", "60"]})
    spec = study() | {"visits": ["start", "end"]}
    spec["instruments"] = {
        "who5": {"columns": "w{item}", "total": {"start": "sum"}, "visits": ["start"]}
    }
    cohort = read_cohort(frame, spec)
    assert cohort.rows["code"].tolist() == ["", "TOTAL_NOT_SUM"]
    cesd = {f"c{k}": ["0"] for k in range(1, 21)} | {"c5": [""], "person": ["a"], "sum": ["12"]}
    spec["instruments"] = {
        "cesd": {"columns": "c{item}", "total": {"start": "sum"}, "visits": ["start"]}
    }
    # Items 4, 8, 12, 16 run the other way: all 0 adds up to 12, prorated over 19 items 13.
    cohort = read_cohort(pd.DataFrame(cesd), spec)
    assert cohort.total("cesd", "start").tolist() == [13.0]
    assert told(cohort, "TOTAL_SKIPS_ITEMS")


def test_a_long_table_is_held_to_the_same_rule() -> None:
    items = {f"q{k}": ["3", "1", "", "1"] for k in range(1, 10)}
    items["q9"] = ["", "1", "", "1"]
    frame = pd.DataFrame(
        {"person": ["a", "a", "b", "b"], "visit": ["start", "end"] * 2, **items}
    ).assign(t=["24", "9", "0", "9"])
    spec = study() | {"layout": "long", "visit": "visit"}
    spec["instruments"] = {"phq9": {"columns": "q{item}", "total": "t"}}
    cohort = read_cohort(frame, spec)
    assert cohort.total("phq9", "start").tolist()[0] == 27.0
    assert cohort.total("phq9", "start").isna().tolist() == [False, True]
    spec["instruments"] = {"phq9": {"columns": "q{item}", "person_total": {"start": "t0"}}}
    cohort = read_cohort(frame.assign(t0=["24", "24", "0", "0"]), spec)
    assert cohort.total("phq9", "start").isna().tolist() == [False, True]
    assert cohort.total("phq9", "start")["a"] == 27.0
    wrong = read_cohort(frame.assign(t0=["20", "20", "", ""]), spec)
    assert wrong.rows["code"].tolist() == ["TOTAL_NOT_SUM", ""]


def gated(*rows: list[object], **entry: Any) -> Cohort:
    """People with items at the end, among ten well and ten ill ones of a gated form."""
    well, ill = [0, 1, *[None] * 7], [2, 1, 1, 1, 1, 1, 1, 1, 1]
    every = [*rows, *[well] * 10, *[ill] * 10]
    found = pd.DataFrame(every, columns=[f"q{k}_end" for k in range(1, 10)], dtype=object)
    starts = {f"q{k}_start": 2 for k in range(1, 10)}
    found = found.assign(person=[f"p{i}" for i in range(len(every))], **starts).astype("string")
    spec = study()
    spec["instruments"] = {"phq9": {"columns": "q{item}_{visit}", **entry}}
    return read_cohort(found, spec)


GATE = {"items": ["1", "2"], "at_least": 3}


def test_the_pattern_of_a_gate_is_told_with_what_to_write() -> None:
    (message,) = told(gated(), "GATE_SEEN")
    assert message.startswith("phq9 at 'end': 10 people answered only item 1, 2, all of them below")
    assert 'write gate = { items = ["1", "2"], at_least = 3 }' in message
    assert not told(gated(gate=GATE), "GATE_SEEN")


@pytest.mark.parametrize(
    "row",
    [
        [1, 2, *[None] * 7],  # as high as those who were asked on: missing answers
        [0, 0, 0, *[None] * 6],  # one more item answered: no gate
    ],
)
def test_blanks_that_no_gate_explains_raise_no_word_of_one(row: list[object]) -> None:
    rows = [row] * 12
    cohort = gated(*rows)
    assert not [m for m in told(cohort, "GATE_SEEN") if "22 people" in m]
    scores = gated(*rows, gate=GATE).total("phq9", "end")
    assert pd.isna(scores["p0"]) == (row[:2] == [1, 2])


def test_a_declared_gate_makes_blanks_structural_and_seen_in_the_flow() -> None:
    cohort = gated(gate=GATE)
    assert cohort.total("phq9", "end").tolist() == [1.0] * 10 + [10.0] * 10
    step = cohort.flow.set_index("step").loc["phq9: gate closed at end"]
    assert step["n"] == 10
    assert "not asked" in step["why"]
    # The safety reading is the form's own: nobody answered what was not asked.
    assert cohort.safety["phq9_9_end"].isna().tolist() == [True] * 10 + [False] * 10


def test_a_gate_is_stated_in_answers_counted_from_their_lowest() -> None:
    plain = gated(gate=GATE)
    shifted = pd.DataFrame(
        {"person": ["a"], **{f"q{k}_{v}": ["1"] for k in range(1, 10) for v in ("start", "end")}}
    )
    shifted.loc[0, [f"q{k}_end" for k in range(3, 10)]] = ""
    spec = study()
    entry = {"columns": "q{item}_{visit}", "gate": GATE, "coding_low": 1}
    spec["instruments"] = {"phq9": entry}
    assert read_cohort(shifted, spec).total("phq9", "end").tolist() == [0.0]
    assert plain.total("phq9", "end").iloc[0] == 1.0


def test_a_total_of_a_closed_gate_agrees_with_what_was_answered() -> None:
    cohort = read(([1, 1, *[None] * 7], 2), gate=GATE)
    assert start(cohort) == [2.0]
    assert not told(cohort, "TOTAL_SKIPS_ITEMS")


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"gate": {"items": ["1", "12"], "at_least": 3}}, "ITEM_UNKNOWN"),
        ({"gate": {"items": [], "at_least": 3}}, "STUDY_TYPE"),
        ({"gate": {"items": ["1"]}}, "STUDY_TYPE"),
        ({"total_alone": "yes"}, "STUDY_TYPE"),
        ({"total_alone": {"strat": True}}, "VISIT_UNKNOWN"),
    ],
)
def test_a_form_that_cannot_be_read_is_told(entry: dict[str, Any], code: str) -> None:
    with pytest.raises(StudyError) as caught:
        read(([3] * 9, 27), **entry)
    assert code in {p.code for p in caught.value.problems}


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_whether_others_have_items_is_known_of_the_whole_table_in_any_part(
    tmp_path: Path, rows: int
) -> None:
    spec = read_study(study())
    for name, frame, asked in (
        ("some", table((BLANK, 14), (BLANK, 0), others=2), {("phq9", "start"), ("phq9", "end")}),
        ("none", table((BLANK, 14), (BLANK, 9), others=0), {("phq9", "end")}),
    ):
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
        file = open_table(tmp_path / f"{name}.csv", dialect=spec.dialect, id_column="person")
        ids: list[object] = []
        chunks = scan(file, rows, first_row=1, number=0, ids=ids.append, persons=None).chunks
        known = _answered([file], chunks, spec, "end")
        assert known == asked
        parts = [replace(file.read(chunk), answered=known) for chunk in chunks]
        codes = [f.code for part in parts for f in read_answers(part, spec).faults]
        assert codes == (["TOTAL_ALONE"] if name == "some" else [])


def test_a_page_says_that_an_item_behind_a_closed_gate_was_not_asked() -> None:
    from predict.definitions.wording import load_catalogue
    from predict.reports.sections.patient.answers import _item

    measure = gated(gate=GATE).study.instruments["phq9"]
    tool = measure.instrument
    well = {"phq9_1": 0.0, "phq9_2": 1.0} | {f"phq9_{k}": 0.0 for k in range(3, 10)}
    say = load_catalogue()
    assert _item(measure, tool.item("9"), well, say)["unasked"]
    assert _item(measure, tool.item("2"), well, say)["score"] == "1"
    ill = well | {"phq9_1": 2.0}
    assert _item(measure, tool.item("9"), ill, say)["score"] == "0"
