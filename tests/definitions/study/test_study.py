"""A study file: every fault at once, each with its remedy; every layout key means what it says."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from predict.definitions.study import read_study
from predict.errors import StudyError

EXPERIMENTS = Path(__file__).parents[3] / "experiments"

GOOD: dict[str, Any] = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline", "round_one_end", "round_two_end"],
    "missing_codes": [99],
    "rounds": {
        "one": {"start": "baseline", "end": "round_one_end"},
        "two": {"end": "round_two_end"},
    },
    "instruments": {"phq9": {"columns": "phq9_{item}_{visit}"}},
    "people": {"age": {"kind": "number", "range": [18, 110]}},
    "treatment": {"name": "a programme"},
}

TEN_FAULTS = """
id = "person"
layout = "broad"
visits = ["baseline", "round_one_end"]
missing_codes = [2]
clutser = "site"

[rounds.one]
start = "round_one_end"
end = "round_one_end"

[instruments.phq9]
columns = "phq9_{item}"

[instruments.gad8]
columns = "gad8_{item}_{visit}"

[people.age]
kind = "number"
range = [110, 18]

[people.sex]
kind = "choice"

[people.weight]
kind = "number"
known_at = "basline"

[treatment]
comparison = true
"""


def changed(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(GOOD), **changes}


def faults(spec: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(StudyError) as caught:
        read_study(spec)
    return {p.code: p.message for p in caught.value.problems}


def test_ten_planted_faults_are_told_in_one_pass_each_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(TEN_FAULTS)
    with pytest.raises(StudyError) as caught:
        read_study(path)
    found = {(p.code, p.column) for p in caught.value.problems}
    assert found == {
        ("STUDY_WORD", "layout"),
        ("MISSING_CODE_IS_ANSWER", "missing_codes"),
        ("STUDY_KEY_UNKNOWN", "clutser"),
        ("ROUND_ORDER", "rounds.one.start"),
        ("PATTERN", "instruments.phq9.columns"),
        ("INSTRUMENT_UNKNOWN", "instruments.gad8"),
        ("PERSON_RANGE", "people.age.range"),
        ("PERSON_VALUES", "people.sex.values"),
        ("VISIT_UNKNOWN", "people.weight.known_at"),
        ("TREATMENT_ARM", "treatment.arm"),
    }
    remedies = ("correct", "swap", "add", "remove", "did you mean", "needs", "choose", "must be")
    for problem in caught.value.problems:
        assert problem.column in problem.message  # so that the line can be found
        assert any(word in problem.message.lower() for word in remedies), problem.message
    assert caught.value.exit_code == 4


def test_a_column_known_at_two_visits_is_a_leak_and_refused() -> None:
    total = {"baseline": "score", "round_one_end": "score"}
    assert set(faults(changed(instruments={"phq9": {"total": total}}))) == {"COLUMN_TWO_VISITS"}
    early = {"late": {"column": "after", "kind": "number", "known_at": "baseline"}}
    measured = {"phq9": {"total": {"baseline": "before", "round_one_end": "after"}}}
    found = faults(changed(instruments=measured, people=early))
    assert "would leak" in found["COLUMN_TWO_VISITS"]
    early["late"]["known_at"] = "round_one_end"
    assert read_study(changed(instruments=measured, people=early)).people["late"].column == "after"


def test_an_instrument_of_three_means_has_no_single_total() -> None:
    entry = {"mbi_gs": {"person_total": {"baseline": "burnout"}}}
    assert "SCALE_UNKNOWN" in faults(changed(instruments=entry))


def test_a_misspelt_key_is_told_with_the_right_one() -> None:
    assert "Did you mean 'cluster'?" in faults(changed(clutser="x"))["STUDY_KEY_UNKNOWN"]
    assert (
        "Did you mean 'gad7'?"
        in faults(changed(instruments={"gad8": {"columns": "g{item}{visit}"}}))[
            "INSTRUMENT_UNKNOWN"
        ]
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"id": 3}, "STUDY_TYPE"),
        ({"visits": "baseline"}, "STUDY_TYPE"),
        ({"visits": ["baseline", "baseline"]}, "VISIT_REPEATED"),
        ({"visit": "when"}, "STUDY_KEY_UNFIT"),
        ({"layout": "long"}, "STUDY_KEY_MISSING"),
        ({"rounds": {"two": {"end": "round_two_end"}}}, "STUDY_KEY_MISSING"),
        ({"rounds": {"three": {"start": "baseline", "end": "round_one_end"}}}, "ROUND_NAME"),
        ({"instruments": {"phq9": {}}}, "STUDY_KEY_MISSING"),
        ({"instruments": {"phq9": {"columns": "a{itm}{visit}"}}}, "PATTERN"),
        ({"instruments": {"phq9": {"items": {"10": "a{visit}"}}}}, "ITEM_UNKNOWN"),
        ({"instruments": {"phq9": {"items": {"1": "a{visit}", "2": "a{visit}"}}}}, "COLUMN_TWICE"),
        ({"instruments": {"phq9": {"totals": {"sum": "a{visit}"}}}}, "SCALE_UNKNOWN"),
        ({"instruments": {"phq9": {"total": {"week_9": "a"}}}}, "VISIT_UNKNOWN"),
        (
            {"instruments": {"phq9": {"columns": "{item}{visit}", "coding_low": "one"}}},
            "STUDY_TYPE",
        ),
        ({"people": {"person": {"kind": "number"}}}, "ID_AS_PERSON_COLUMN"),
        ({"people": {"age": {"kind": "text"}}}, "PERSON_KIND"),
        ({"people": {"age": {"kind": "number", "values": ["1"]}}}, "PERSON_VALUES"),
        ({"treatment": {"round_two": "maybe"}}, "STUDY_WORD"),
        ({"treatment": {"arm": "group"}}, "TREATMENT_ARM"),
        ({"dates": {"windows": {}}}, "STUDY_KEY_MISSING"),
        ({"dates": {"days": "d{visit}", "windows": {"baseline": [7, 1]}}}, "WINDOW"),
        ({"dates": {"days": "d{visit}", "visit_names": {"week_9": "9"}}}, "VISIT_UNKNOWN"),
        ({"dates": {"days": "d{visit}", "visit_names": ["9"]}}, "STUDY_TYPE"),
        (
            {"layout": "long", "visit": "v", "dates": {"days": "d", "visit_names": {}}},
            "STUDY_KEY_UNFIT",
        ),
        ({"encoding": "ebcdic"}, "STUDY_WORD"),
    ],
)
def test_each_fault_has_its_code(changes: dict[str, Any], code: str) -> None:
    assert code in faults(changed(**changes))


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"visit_names": {"baseline": 0}}, "visit_names.baseline' must be text, got"),
        ({"visit_names": {"baseline": 0}}, "got a number"),
        ({"answers": {"often": "2"}}, "answers.often' must be a number, got text"),
        ({"visit_names": ["0"]}, "must be a table"),
    ],
)
def test_of_a_table_the_entry_that_is_not_fit_is_named(entry: dict[str, Any], said: str) -> None:
    told = faults(changed(instruments={"phq9": {"columns": "p{item}{visit}", **entry}}))
    assert said in told["STUDY_TYPE"]


def test_a_missing_file_and_broken_toml_are_told(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="STUDY_NOT_FOUND"):
        read_study(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("id = ")
    with pytest.raises(StudyError, match="STUDY_NOT_TOML"):
        read_study(tmp_path / "bad.toml")


def test_a_study_comes_back_from_its_own_mapping() -> None:
    study = read_study(GOOD)
    assert read_study(study.to_dict()) == study
    study.to_dict()["visits"].append("never")
    assert study.to_dict()["visits"] == GOOD["visits"]


def test_round_two_starts_where_round_one_ended_unless_the_study_says_otherwise() -> None:
    two = read_study(GOOD).round("two")
    assert (two.start, two.own_start) == ("round_one_end", False)
    with pytest.raises(StudyError, match="ROUND_UNKNOWN"):
        read_study(GOOD).round("three")


def test_columns_follow_item_names_visit_names_and_own_patterns() -> None:
    entry = {
        "columns": "phq9_{item}.{visit}",
        "items": {"9": "harm_{visit}"},
        "item_names": {"1": "q1"},
        "visit_names": {"baseline": "0"},
        "visits": ["baseline", "round_one_end"],
    }
    measure = read_study(changed(instruments={"phq9": entry})).instruments["phq9"]
    assert measure.items["baseline"]["1"] == "phq9_q1.0"
    assert measure.items["baseline"]["9"] == "harm_0"
    assert measure.items["round_one_end"]["2"] == "phq9_2.round_one_end"
    assert "round_two_end" not in measure.items


def test_visits_have_an_order() -> None:
    study = read_study(GOOD)
    assert study.order("round_one_end") == 1
    assert study.by("round_one_end") == ("baseline", "round_one_end")
    with pytest.raises(StudyError, match="Did you mean 'baseline'"):
        study.order("basline")


RICH: dict[str, Any] = {
    **GOOD,
    "layout": "long",
    "visit": "when",
    "visit_values": {"0": "baseline"},
    "ignored_visits": [3],
    "dates": {"column": "day", "windows": {"baseline": [0, 3]}},
    "instruments": {
        "phq9": {
            "columns": "x{item}",
            "item_names": {"1": "q"},
            "answers": {"no": 0},
            "totals": {"total": {"baseline": "t"}},
            "person_total": {"baseline": "z"},
            "visit_names": {"baseline": "0"},
            "visits": ["baseline"],
        }
    },
    "people": {"age": {"kind": "number", "range": [1, 2], "missing_codes": [9]}},
    "treatment": {"arm": "age", "comparison": True},
}
JUNK: list[Any] = [None, 3, -1.5, "zz", "", [], [1], [None], {}, {"a": 1}, {"x": {"y": 2}}, True]


def places(spec: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = spec.items() if isinstance(spec, dict) else enumerate(spec)
    found = []
    for key, value in inner:
        found.append((*path, key))
        if isinstance(value, dict | list):
            found += places(value, (*path, key))
    return found


@pytest.mark.parametrize("path", places(RICH), ids=lambda path: ".".join(map(str, path)))
def test_whatever_stands_at_a_key_it_is_read_or_told(path: tuple[Any, ...]) -> None:
    for junk in JUNK:
        spec = copy.deepcopy(RICH)
        inner = spec
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = copy.deepcopy(junk)
        try:
            read_study(spec)
        except StudyError as error:
            assert error.problems  # noqa: PT017 - either outcome is right; a crash is not


def test_a_key_of_a_wrong_shape_is_told_once() -> None:
    with pytest.raises(StudyError) as caught:
        read_study(changed(id=3, visits="baseline", people={"age": {"kind": 4}, "sex": "text"}))
    columns = [p.column for p in caught.value.problems]
    assert columns == ["id", "visits", "people.sex", "people.age.kind"]


@pytest.mark.parametrize("path", sorted(EXPERIMENTS.glob("*_study.toml")), ids=lambda p: p.stem)
def test_every_study_that_ships_is_valid(path: Path) -> None:
    study = read_study(path)
    assert read_study(study.to_dict()) == study


@pytest.mark.parametrize(
    ("places", "refused"),
    [
        ({"start": "a", "end": "b"}, True),
        ({"end": "a"}, True),
        ({"start": "a", "end": "a"}, False),
        ("a", False),
    ],
)
def test_a_long_table_has_one_column_of_a_total_for_all_visits(places: Any, refused: bool) -> None:
    """Rows of every visit have the same columns: the first visit's was read at all of them."""
    spec = {
        "id": "person", "layout": "long", "visit": "when", "visits": ["start", "end"],
        "rounds": {"one": {"start": "start", "end": "end"}},
        "instruments": {"phq9": {"total": places}},
    }  # fmt: skip
    if not refused:
        assert read_study(spec).instruments["phq9"].totals["end"] == {"total": "a"}
        return
    with pytest.raises(StudyError) as told:
        read_study(spec)
    assert [problem.code for problem in told.value.problems] == ["TOTAL_BY_VISIT"]


def test_a_persons_total_of_a_wide_table_is_refused_with_the_lines_to_write() -> None:
    """It was left unread without a word: nobody had an answer at that visit."""
    spec = {
        "id": "person", "layout": "wide", "visits": ["start", "end"],
        "rounds": {"one": {"start": "start", "end": "end"}},
        "instruments": {"phq9": {
            "total": "t_{visit}", "person_total": {"start": "before"}, "visits": ["end"],
            "visit_names": {"end": "w8"},
        }},
    }  # fmt: skip
    with pytest.raises(StudyError) as told:
        read_study(spec)
    assert [problem.code for problem in told.value.problems] == ["PERSON_TOTAL_WIDE"]
    written = 'total = { start = "before", end = "t_w8" }'
    assert f"under [instruments.phq9] {written}." in told.value.problems[0].message
    spec["instruments"]["phq9"] = {"total": {"start": "before", "end": "t_w8"}}
    assert read_study(spec).instruments["phq9"].totals["start"] == {"total": "before"}
