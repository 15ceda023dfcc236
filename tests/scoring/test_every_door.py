"""Parity: whatever is wrong with a table, every door does what one table of data says it does."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.scoring.conftest import STUDY
from tests.scoring.door_inputs import LARGER, SHIFTS, bad_table, faulty_rows, given, odd_widths
from tests.scoring.door_table import (
    ALL,
    CANNOT,
    CIRCUMSTANCES,
    PHQ9,
    ROWS,
    SHIFTED,
    TABLES,
    WIDTHS,
)
from tests.scoring.doors import DOORS, Came, Given, Room, through

import predict as pr
from predict.definitions.study import read_study
from predict.model_folder import save_model
from predict.simulation import simulate

HERE = Path(__file__).parent
MANY, FEW = 240, 60


@pytest.fixture(scope="module")
def study():
    """The demo's round one with dates, birth dates, a given total and a weight without a range."""
    spec = read_study(STUDY).to_dict()
    spec["visits"] = ["baseline", "round_one_end"]
    del spec["rounds"]["two"]
    spec["instruments"]["phq9"]["total"] = {"baseline": "phq9_sum"}
    spec["people"]["age"]["born"] = "birth_date"
    spec["people"]["weight"] = {"kind": "number", "unit": "kg", "known_at": "baseline"}
    spec["dates"] = {"column": "seen_{visit}"}
    return read_study(spec)


@pytest.fixture(scope="module")
def everybody(study) -> pd.DataFrame:
    """Five hundred people as an export writes them, every other one a responder first."""
    table = simulate("demo", people=700, seed=5).table
    kept = [c for c in table if "_round_two" not in c and "session_2" not in c]
    table = table.loc[table["sex"] != "other", kept].reset_index(drop=True)
    text = table.astype("str").where(table.notna(), "").map(lambda t: t.removesuffix(".0"))
    whole = table[list(PHQ9)].notna().all(axis=1)
    text["phq9_sum"] = table[list(PHQ9)].sum(axis=1).astype(int).astype("str").where(whole, "")
    text["birth_date"] = [f"{2023 - int(age)}-11-05" for age in table["age"]]
    text["weight"] = [f"{50 + (7 * n) % 60}" for n in range(len(text))]
    for visit in study.visits:
        there = table.filter(like=f"_{visit}").notna().any(axis=1)
        day = "2024-04-02" if visit == "baseline" else "2024-05-02"
        text[f"seen_{visit}"] = [day if here else "" for here in there]
    answers = pr.label(text, "phq9_response", study=study)["answer"]
    full = (table.filter(like="_baseline").notna().all(axis=1)).to_numpy()
    known = answers.isin(["yes", "no"]).to_numpy() & full
    turn = text[known].groupby(answers.to_numpy()[known]).cumcount()
    return text[known].loc[turn.sort_values(kind="stable").index].reset_index(drop=True)


@pytest.fixture(scope="module")
def many(everybody) -> pd.DataFrame:
    return everybody.head(MANY)


@pytest.fixture(scope="module")
def clean(everybody) -> pd.DataFrame:
    return everybody.head(FEW)


@pytest.fixture(scope="module")
def room(everybody, study, tmp_path_factory) -> Room:
    """One small model: in memory, stored, and behind MLflow."""
    import mlflow.pyfunc

    from predict.pipeline import tracking

    training = pr.assemble(pr.read_cohort(everybody, study), "phq9_response")
    place = tmp_path_factory.mktemp("doors")
    folder = save_model(
        pr.train(training, pr.Recipe(family="linear", params={"strength": 0.05}), refits=0),
        place / "model",
    )
    mlflow.pyfunc.save_model(
        path=str(place / "flavoured"),
        python_model=str(Path(tracking.__file__).parent / "served.py"),
        artifacts={"model": str(folder)},
        pip_requirements=["predict-response"],
    )
    served = mlflow.pyfunc.load_model(str(place / "flavoured"))
    return Room(folder, pr.load_model(folder), served, place)


@pytest.fixture(scope="module")
def plain(room, clean, tmp_path_factory) -> dict[str, Came]:
    """What the clean table gives at each door."""
    place = tmp_path_factory.mktemp("plain")
    return {door: through(door, room, given(clean, place)) for door in DOORS}


def test_every_number_has_an_action_at_every_door():
    named: dict[int, list] = {fault.number: [dict.fromkeys(ALL, fault.action)] for fault in ROWS}
    named |= {number: [dict.fromkeys(ALL, action)] for number, (_, action) in WIDTHS.items()}
    for number, actions in TABLES.values():
        named.setdefault(number, []).append(actions)
    named |= {number: [actions] for number, (actions, _) in CIRCUMSTANCES.items()}
    # A drift is a matter of 200 rows: among the shifted tables.
    named[69] = [SHIFTED["age_constant"], SHIFTED["older_by_a_few_years"]]
    assert sorted(named) == list(range(1, 150))
    assert all(set(actions) == set(ALL) for each in named.values() for actions in each)
    assert set(DOORS) == set(ALL)
    assert len(SHIFTED) == 16


def test_every_circumstance_names_a_test_that_is_there():
    trees = [ast.parse(path.read_text()) for path in HERE.glob("test_bad_*.py")]
    names = [n.name for tree in trees for n in tree.body if isinstance(n, ast.FunctionDef)]
    lost = [start for _, start in CIRCUMSTANCES.values() if not any(start in n for n in names)]
    assert lost == []


def row_action(came: Came, row: int, person: str) -> str:
    """What became of a row, in the words of the data."""
    if came.ids is not None:
        return "scores" if person in came.ids else "explains not"
    status, code = came.rows[row]
    words = {"scored": "scores", "rejected": f"rejects {code}", "no_estimate": f"silent {code}"}
    return words[status]


def same(door: str, wanted: str, found: str) -> bool:
    if door == "explain":
        return found == ("scores" if wanted == "scores" else "explains not")
    return wanted == found


@pytest.mark.parametrize("door", [door for door in ALL if door != "validate"])
def test_a_faulty_row_ends_alike_at_every_door(room, everybody, door, tmp_path):
    table = faulty_rows(everybody.head(len(ROWS) + 20))
    came = through(door, room, given(table, tmp_path))
    assert came.stopped == frozenset()
    odd = [
        (fault.number, fault.at(door), found)
        for row, fault in enumerate(ROWS, start=1)
        for found in [row_action(came, row, table["person"].iloc[row - 1].strip("'"))]
        if not same(door, fault.at(door), found)
    ]
    assert odd == []


def test_a_faulty_row_is_counted_by_a_validation_as_by_a_score(room, everybody, tmp_path):
    table = given(faulty_rows(everybody.head(len(ROWS) + 60)), tmp_path)
    counts = through("validate", room, table).counts
    scored = [status for status, _ in through("frame", room, table).rows.values()]
    # The one row that only a later visit speaks against.
    later = sum(fault.at("validate") != fault.action for fault in ROWS)
    assert counts["people"] == len(scored) - scored.count("rejected") - later
    # Who gave no answer has no start score either, and so no known outcome.
    unjudged = ("no_estimate", "outcome_unknown", "not_applicable")
    assert sum(counts[name] for name in unjudged) == scored.count("no_estimate")


@pytest.mark.parametrize("door", [door for door in ALL if door not in ("frame", "served")])
def test_a_row_of_another_width_ends_alike_at_every_door(room, clean, door, tmp_path):
    came = through(door, room, given(odd_widths(clean), tmp_path))
    if door == "validate":
        assert came.counts["people"] == FEW - len(WIDTHS)
        return
    for row, action in WIDTHS.values():
        assert same(door, action, row_action(came, row, clean["person"][row - 1]))


def alike(came: Came, plain: Came) -> bool:
    """Whether two tables came to the same, whatever the order of their rows."""
    if came.scores is None or plain.scores is None:
        return (came.ids, came.counts, came.people) == (plain.ids, plain.counts, plain.people)
    one, other = (
        pd.to_numeric(found.scores.set_index("id")["probability"]).sort_index()
        for found in (came, plain)
    )
    # A CSV holds ten digits.
    return list(one.index) == list(other.index) and np.allclose(one, other, 1e-9, equal_nan=True)


def disagrees(door: str, wanted: str, came: Came, plain: Came) -> str:
    """Return what is not as wanted; empty where all is."""
    word, _, code = wanted.partition(" ")
    if word == "stops":
        return "" if code in came.stopped and came.status == 4 else f"{door}: {came}"
    if word == "reads":
        return "" if not came.stopped and alike(came, plain) else f"{door}: {came}"
    if word == "withholds":
        codes = set(came.rows.values()) == {("no_estimate", code)}
        return "" if codes and came.status == 4 and code in came.told else f"{door}: {came}"
    if word == "leads":
        return "" if came.lead.startswith(f"{code}: ") else f"{door}: {came.lead}"
    return "" if not came.stopped and code in came.told else f"{door}: {came}"


@pytest.mark.parametrize("name", [n for n, (_, a) in TABLES.items() if set(a.values()) != {CANNOT}])
def test_a_bad_table_ends_alike_at_every_door(room, everybody, plain, name, tmp_path, monkeypatch):
    table = bad_table(name, everybody.head(LARGER.get(name, FEW)), tmp_path)
    if name == "very_many_files":
        monkeypatch.setattr("predict.scoring.plan.MANY_FILES", 3)
    if name == "changes_under_the_run":
        change_while_planned(table, monkeypatch)
    wanted = {door: a for door, a in TABLES[name][1].items() if a != CANNOT}
    odd = [disagrees(d, a, through(d, room, table), plain[d]) for d, a in wanted.items()]
    assert [text for text in odd if text] == []


def change_while_planned(table: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    from predict.scoring import plan as plans

    whole = plans.make_plan

    def slow(*words, **more):
        made = whole(*words, **more)
        table.path.write_bytes(table.path.read_bytes() + b"\n")
        return made

    monkeypatch.setattr(plans, "make_plan", slow)


@pytest.fixture(scope="module")
def plain_many(room, many, tmp_path_factory) -> dict[str, Came]:
    place = tmp_path_factory.mktemp("plain_many")
    return {door: through(door, room, given(many, place)) for door in DOORS}


@pytest.mark.parametrize("name", SHIFTED)
def test_a_shifted_table_ends_alike_at_every_door(room, many, plain_many, name, tmp_path):
    table = given(SHIFTS[name](many).reset_index(drop=True), tmp_path)
    odd = []
    for door, action in SHIFTED[name].items():
        came = through(door, room, table)
        odd.append(disagrees(door, action, came, plain_many[door]))
    assert [text for text in odd if text] == []
