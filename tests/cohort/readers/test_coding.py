"""How answers are coded is judged by itself wherever it can differ, and may be declared there."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from predict.cohort import Cohort, read_cohort
from predict.cohort.cells import whole_problems
from predict.errors import StudyError, TableError

STUDY: dict[str, Any] = {
    "id": "person",
    "layout": "wide",
    "visits": ["start", "end"],
    "rounds": {"one": {"start": "start", "end": "end"}},
    "instruments": {"isi": {"columns": "i{item}_{visit}"}},
}


def table(people: int = 40, *, start: int = 0, end: int = 0, seed: int = 1) -> pd.DataFrame:
    """Seven items, 0-4, at two visits, written from these codes."""
    draw = np.random.default_rng(seed)
    answers = {
        f"i{item}_{visit}": draw.integers(0, 5, people) + low
        for visit, low in (("start", start), ("end", end))
        for item in range(1, 8)
    }
    return pd.DataFrame({"person": [f"p{seed}_{i}" for i in range(people)], **answers})


def severe(people: int = 40) -> pd.DataFrame:
    """Coded from 1 at the start, where nobody ticks the ends: codes 2 to 4."""
    found = table(people)
    for column in [c for c in found if c.endswith("_start")]:
        found[column] = found[column].clip(1, 3) + 1
    return found


def study(**entry: Any) -> dict[str, Any]:
    instruments = {"isi": {"columns": "i{item}_{visit}", **entry}}
    return {**STUDY, "instruments": instruments, "site": "site"} if "sites" in entry else {
        **STUDY, "instruments": instruments,
    }  # fmt: skip


def two_sites(start: int) -> pd.DataFrame:
    own = table(seed=1).assign(site="A")
    other = table(seed=2, start=start, end=start).assign(site="B")
    return pd.concat([own, other], ignore_index=True)


def stopped(frame: pd.DataFrame, spec: dict[str, Any]) -> list[str]:
    with pytest.raises(TableError) as caught:
        read_cohort(frame, spec)
    return [p.message for p in caught.value.problems if p.code == "CODING_SHIFT"]


def warned(cohort: Cohort) -> list[str]:
    return cohort.problems.loc[cohort.problems["code"] == "CODING_LOWEST", "message"].tolist()


def test_one_visit_coded_from_one_is_told_with_the_visit() -> None:
    (told,) = stopped(table(start=1), STUDY)
    assert told.startswith("isi items at 'start' are declared as 0 to 4, but look coded from 1.")
    assert "write coding_low = { start = 1 } under [instruments.isi]" in told


def test_a_whole_table_coded_from_one_is_told_once() -> None:
    (told,) = stopped(table(start=1, end=1), STUDY)
    assert told.startswith("isi items are declared as 0 to 4, but look coded from 1.")
    assert "write coding_low = 1 under [instruments.isi]" in told


def test_one_site_is_told_with_its_name() -> None:
    (told,) = stopped(two_sites(1), {**STUDY, "site": "site"})
    assert "items of site 'B' are declared as 0 to 4, but look coded from 1" in told
    assert 'write coding_low = 1 under [instruments.isi.sites."B"]' in told


def test_one_visit_of_one_site_is_told_with_both() -> None:
    mixed = pd.concat([table(seed=1).assign(site="A"), table(seed=2, end=1).assign(site="B")])
    (told,) = stopped(mixed, {**STUDY, "site": "site"})
    assert "items at 'end' of site 'B'" in told
    assert 'coding_low = { end = 1 } under [instruments.isi.sites."B"]' in told


@pytest.mark.parametrize("low", [1, 4, -2])
def test_the_remedy_names_the_code_that_was_seen(low: int) -> None:
    (told,) = stopped(table(start=low, end=low), STUDY)
    assert f"look coded from {low}." in told
    assert read_cohort(table(start=low, end=low), study(coding_low=low)).problems.empty


def test_the_highest_answer_missing_above_a_lower_coding_is_told_too() -> None:
    (told,) = stopped(table(start=0, end=0), study(coding_low=1))
    assert "declared as 1 to 5, but look coded from 0" in told


def test_nobody_at_the_lowest_answer_is_a_warning_even_when_nothing_lies_above() -> None:
    (told,) = warned(read_cohort(severe(), STUDY))
    assert told.startswith("isi items at 'start': nobody gave the lowest answer (0) among 280")
    assert "codes 2 to 4 were seen" in told
    assert "write coding_low = { start = 1 }" in told


def test_few_answers_and_ordinary_ones_raise_no_word() -> None:
    assert not warned(read_cohort(severe(7)[["person", *severe(7).columns[1:]]], STUDY))
    assert read_cohort(table(), STUDY).problems.empty
    assert read_cohort(two_sites(0), {**STUDY, "site": "site"}).problems.empty


def test_a_stray_code_above_the_range_refuses_its_row_only() -> None:
    frame = table()
    frame.loc[3, "i2_start"] = 5
    cohort = read_cohort(frame, STUDY)
    assert cohort.rows["code"].tolist().count("OUT_OF_RANGE") == 1
    assert len(cohort.people) == 39


def test_a_stray_lowest_code_does_not_hide_a_coding_from_one() -> None:
    frame = table(200, start=1, end=1)
    frame.loc[3, "i2_start"] = 0
    assert "look coded from 1" in stopped(frame, STUDY)[0]


def test_codings_are_declared_by_visit() -> None:
    plain = read_cohort(table(), STUDY)
    declared = read_cohort(table(start=1), study(coding_low={"start": 1}))
    for visit in ("start", "end"):
        pd.testing.assert_frame_equal(declared.at(visit), plain.at(visit))


def test_codings_and_words_are_declared_by_site() -> None:
    plain = read_cohort(two_sites(0), {**STUDY, "site": "site"})
    shifted = read_cohort(two_sites(1), study(sites={"B": {"coding_low": 1}}))
    words = two_sites(0).astype(object)
    at_b = words["site"] == "B"
    items = [c for c in words if c.startswith("i")]
    names = ["none", "mild", "moderate", "severe", "worst"]
    words.loc[at_b, items] = words.loc[at_b, items].map(lambda v: names[v])
    answers = {name: place for place, name in enumerate(names)}
    told = read_cohort(words, study(sites={"B": {"answers": answers}}))
    for visit in ("start", "end"):
        pd.testing.assert_frame_equal(shifted.at(visit), plain.at(visit))
        pd.testing.assert_frame_equal(told.at(visit), plain.at(visit))
    # What one site writes as words is no answer of the other.
    words.loc[~at_b, "i1_start"] = "mild"
    assert (
        read_cohort(words, study(sites={"B": {"answers": answers}})).rows["code"] != ""
    ).sum() == 40


def test_what_is_said_of_site_and_visit_holds_before_either() -> None:
    frame = pd.concat(
        [table(seed=1, start=2).assign(site="A"), table(seed=2, start=1, end=3).assign(site="B")],
        ignore_index=True,
    )
    spec = study(coding_low={"start": 2}, sites={"B": {"coding_low": {"start": 1, "end": 3}}})
    assert read_cohort(frame, spec).problems.empty


def test_a_long_table_is_judged_and_declared_by_visit_too() -> None:
    wide = table(start=1)
    long = pd.concat(
        [
            wide[["person", *[c for c in wide if c.endswith(f"_{visit}")]]]
            .rename(columns=lambda name, v=visit: name.removesuffix(f"_{v}"))
            .assign(visit=visit)
            for visit in ("start", "end")
        ]
    )
    spec = {**study(), "layout": "long", "visit": "visit"}
    spec["instruments"] = {"isi": {"columns": "i{item}"}}
    assert "items at 'start'" in stopped(long, spec)[0]
    spec["instruments"] = {"isi": {"columns": "i{item}", "coding_low": {"start": 1}}}
    plain = read_cohort(table(), STUDY)
    pd.testing.assert_frame_equal(read_cohort(long, spec).at("start"), plain.at("start"))


def test_one_scale_written_otherwise_is_told_by_its_name() -> None:
    draw = np.random.default_rng(1)
    items = {f"m{k}_{v}": draw.integers(0, 7, 40) for k in range(1, 17) for v in ("start", "end")}
    frame = pd.DataFrame({"person": [f"p{i}" for i in range(40)], **items})
    spec = {**STUDY, "instruments": {"mbi_gs": {"columns": "m{item}_{visit}"}}}
    cohort = read_cohort(frame, spec)
    assert cohort.problems.empty
    keys = cohort.study.instruments["mbi_gs"].instrument.scale("efficacy").items
    for key in keys:
        for visit in ("start", "end"):
            frame[f"m{key}_{visit}"] += 1
    (told,) = stopped(frame, spec)
    assert told.startswith("mbi_gs efficacy items are declared as 0 to 6, but look coded from 1")


def test_counts_of_parts_add_up_and_name_no_site() -> None:
    from predict.cohort.layouts import open_source, read_answers
    from predict.definitions.study import read_study

    spec = read_study({**STUDY, "site": "site"})
    frame = two_sites(1).replace({"site": {"B": "Harley Street"}})
    facts: dict[str, int] = {}
    for part in (frame[:30], frame[30:]):
        source = open_source(part.reset_index(drop=True), spec)
        from dataclasses import replace

        found = read_answers(replace(source, piece=True), spec).facts
        facts = {k: facts.get(k, 0) + found.get(k, 0) for k in {*facts, *found}}
    assert "Harley" not in json.dumps(facts)
    (problem,) = whole_problems(spec, facts)
    assert problem.code == "CODING_SHIFT"


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"coding_low": {"strat": 1}}, "VISIT_UNKNOWN"),
        ({"coding_low": {"start": "one"}}, "STUDY_TYPE"),
        ({"answers": {"strat": {"never": 0}}}, "VISIT_UNKNOWN"),
        ({"sites": {"B": {"codinglow": 1}}}, "STUDY_KEY_UNKNOWN"),
        ({"sites": {"B": 1}}, "STUDY_TYPE"),
    ],
)
def test_a_coding_that_cannot_be_read_is_told(entry: dict[str, Any], code: str) -> None:
    with pytest.raises(StudyError) as caught:
        read_cohort(table(), study(**entry))
    assert code in {p.code for p in caught.value.problems}


def test_codings_by_site_need_the_site() -> None:
    spec = study(sites={"B": {"coding_low": 1}})
    del spec["site"]
    with pytest.raises(StudyError, match="Codings by site need site"):
        read_cohort(two_sites(1), spec)


def test_a_missing_code_that_is_an_answer_at_one_visit_is_told() -> None:
    with pytest.raises(StudyError, match="Missing code 5 is also an answer of isi"):
        read_cohort(table(), {**study(coding_low={"start": 1}), "missing_codes": [5]})


PHQ2 = {**STUDY, "instruments": {"phq2": {"columns": "q{item}_{visit}"}}}


def answered(codes: dict[str, int], visit: str = "start") -> pd.DataFrame:
    """Two items answered with each code by so many people at one visit, all 0 at the other."""
    given = [code for code, count in codes.items() for _ in range(count)]
    columns = {f"q{i}_{v}": given if v == visit else ["0"] * len(given)
               for i in (1, 2) for v in STUDY["visits"]}  # fmt: skip
    return pd.DataFrame({"person": [f"p{n}" for n in range(len(given))], **columns})


def topless(cohort: Cohort) -> list[str]:
    return cohort.problems.loc[cohort.problems["code"] == "CODING_HIGHEST", "message"].tolist()


def test_highest_answers_that_nobody_gave_are_told_with_count_and_remedy() -> None:
    # 40 gave 2 and 60 gave 1: of the two items' 80, two thirds or 53 more were to be met at 3.
    (told,) = topless(read_cohort(answered({"0": 30, "1": 60, "2": 40}), PHQ2))
    assert told.startswith(
        "phq2 items: nobody gave an answer above 2 among 520 answers, where 0 to"
    )
    assert "codes are mapped to the right answers (answers, coding_low)" in told
    assert "another instrument: define it, or every score is wrong" in told


def test_answers_that_thin_out_quickly_are_no_sign() -> None:
    # 20 of 150 gave 2: a seventh of 40 is five, and nobody may be chance.
    assert topless(read_cohort(answered({"0": 30, "1": 150, "2": 20}), PHQ2)) == []
    assert topless(read_cohort(answered({"0": 30, "1": 60, "2": 40, "3": 1}), PHQ2)) == []


def test_a_map_that_never_reaches_the_highest_answer_is_told() -> None:
    spec = {"columns": "q{item}_{visit}", "answers": {"0": 0, "1": 1, "2": 2, "3": 2}}
    wrong = {**STUDY, "instruments": {"phq2": spec}}
    frame = answered({"0": 30, "1": 60, "2": 40, "3": 30})
    assert len(topless(read_cohort(frame, wrong))) == 1
    assert topless(read_cohort(frame, PHQ2)) == []


def test_one_visit_mapped_wrongly_is_told_with_the_visit() -> None:
    late = answered({"0": 30, "1": 60, "2": 40, "3": 30}, "end")
    frame = answered({"0": 30, "1": 60, "2": 70}).drop(columns=["q1_end", "q2_end"])
    (told,) = topless(read_cohort(frame.join(late[["q1_end", "q2_end"]]), PHQ2))
    assert told.startswith("phq2 items at 'start': nobody gave an answer above 2")


def test_the_shipped_form_with_fewer_answers_is_named() -> None:
    moods = ("nervous", "calm", "down", "happy", "depressed")
    spec = {"items": {mood: f"{mood}_{{visit}}" for mood in moods}}
    codes = np.tile([1, 2, 3, 4], 25)
    frame = pd.DataFrame({f"{m}_{v}": np.roll(codes, n) for n, m in enumerate(moods)
                          for v in STUDY["visits"]})  # fmt: skip
    frame.insert(0, "person", [f"p{n}" for n in range(len(frame))])
    (told,) = topless(read_cohort(frame, {**STUDY, "instruments": {"mhi5": spec}}))
    assert "nobody gave an answer above 4 among 1000 answers, where 1 to 6 can be given" in told
    assert "name mhi5_four, or every score is wrong" in told
    assert topless(read_cohort(frame, {**STUDY, "instruments": {"mhi5_four": spec}})) == []
