"""Outcome and attrition tables on six people, by hand; then on whole simulated cohorts."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from predict.analysis.attrition import comparisons, flow, flow_table
from predict.analysis.description import items_table, scores_by_visit
from predict.analysis.events import events
from predict.analysis.outcome_report import attrition_tables, outcome_tables
from predict.analysis.rates import Answers, describe, rates, readings
from predict.analysis.round_two import improvement, round_two, round_two_states
from predict.analysis.strata import interactions, strata
from predict.cohort import read_cohort
from predict.definitions.outcomes import read_outcome
from predict.simulation import simulate
from predict.simulation.examples import shipped


def row(frame: pd.DataFrame, **where: str) -> pd.Series:
    table = frame.loc[(frame[list(where)] == pd.Series(where)).all(axis=1)]
    assert len(table) == 1
    return table.iloc[0]


def test_the_three_readings_of_a_rate(six):
    table = rates(six).frame
    asked = {"outcome": "phq9_response", "round": "one"}
    completers = row(table, **asked, reading="completers")
    started = row(table, **asked, reading="all_started")
    assert (completers["yes"], completers["n"]) == (3, 5)
    assert (started["yes"], started["n"]) == (3, 6)


def test_a_definition_says_at_which_score_it_ends():
    """A remission that states no end is the scale's own; without it nobody knows which was met."""
    assert describe(read_outcome("phq9_remission")) == "remission: ends within 4, floor 10"
    assert describe(read_outcome("phq9_response")) == "response: by 0.5, floor 10"


def test_everybody_of_a_chosen_round_are_its_takers(six):
    def whole(cohort) -> dict[str, set[str]]:
        table = rates(cohort).frame
        named = table[table["reading"].str.startswith("all_")]
        return named.groupby("round")["reading"].agg(set).to_dict()

    assert whole(six) == {"one": {"all_started"}, "two": {"all_took_round"}}
    due = replace(six.study, treatment=replace(six.study.treatment, round_two="scheduled"))
    planned = {name: replace(span, taken=None) for name, span in due.rounds.items()}
    scheduled = replace(six, study=replace(due, rounds=planned))
    assert whole(scheduled) == {"one": {"all_started"}, "two": {"all_started"}}


def test_every_definition_stands_side_by_side(six):
    names = set(rates(six).frame["outcome"])
    assert {
        "response_45",
        "response_50",
        "response_55",
        "any_improvement",
        "any_worsening",
    } <= names
    assert {"phq9_response", "phq9_remission"} <= names


@pytest.mark.parametrize(
    ("state", "person"),
    [
        ("maintained", "kept"),
        ("recovered", "back"),
        ("not regained", "lost"),
        ("newly responded", "new"),
        ("persistently not", "never"),
    ],
)
def test_each_person_is_in_the_state_of_the_own_course(six, state, person):
    from predict.analysis.measures import measures

    (measure,) = measures(six)
    states = round_two_states(six, measure, improvement(measure))
    assert list(six.ids[states.states[state]]) == [person]


def test_the_two_published_rates_have_both_denominators(six):
    table = round_two(six).frame
    lasting = table[table["row"] == "maintained or recovered: rate"]
    new = table[table["row"] == "newly responded: rate"]
    assert list(zip(lasting["yes"], lasting["n"], strict=True)) == [(2, 3), (2, 3), (2, 3)]
    assert list(zip(new["yes"], new["n"], strict=True)) == [(1, 2), (1, 2), (1, 2)]


def test_states_and_their_counts_add_up(six):
    table = round_two(six).frame
    states = table[~table["row"].str.endswith("rate")]
    assert states["yes"].sum() == states["n"].iloc[0] == 5


def test_the_flow_adds_up_and_names_the_reason(six):
    steps = flow(six)
    for before, after in pairwise(steps):
        lost = sum(int(mask.sum()) for mask in after.lost.values())
        assert before.left.sum() - lost + after.returned.sum() == after.left.sum()
    table = flow_table(steps).frame
    assert row(table, step="scored at round_one_end", kind="lost")["why"] == "adverse_event"


def test_side_effects_and_leaving_are_counted_of_those_asked(six):
    table = events(six).frame
    effect = row(table, event="side effect", when="session_1")
    left = row(table, event="left", when="adverse_event")
    assert (effect["yes"], effect["n"]) == (1, 5)
    assert (left["yes"], left["n"]) == (1, 6)


def test_completers_are_compared_with_the_lost(six):
    table = comparisons(six).frame
    women = table[(table["variable"] == "sex") & (table["level"] == "female")]
    one = women[women["round"] == "one"].set_index("group")
    assert (one.loc["completers", "n"], one.loc["lost", "n"]) == (5, 1)


def test_groups_keep_their_own_denominators(six):
    table = strata(six).frame
    men = row(table, round="one", factor="sex", level="male")
    assert (men["yes"], men["n"], men["gain"]) == (1, 3, 6.0)


def test_a_true_driver_is_found_and_a_coin_is_not():
    drawn = simulate("demo", people=4000, seed=11)
    from predict.simulation.examples import shipped

    table = interactions(read_cohort(drawn.table, shipped("demo_study.toml"))).frame
    asked = {"instrument": "phq9", "round": "one", "test": "gain"}
    assert row(table, factor="age band", **asked)["p"] < 1e-6  # age is among the demo's drivers
    assert row(table, factor="route", **asked)["p"] > 1e-3  # the route is not


def test_an_arm_is_a_factor_and_meets_the_others():
    table = pd.DataFrame(
        {
            "person": [f"p{i}" for i in range(40)],
            "phq9_baseline": [15 + i % 5 for i in range(40)],
            "phq9_round_one_end": [(5 if i % 2 else 15) + i % 3 for i in range(40)],
            "arm": [i % 2 for i in range(40)],
            "sex": ["female" if i % 4 < 2 else "male" for i in range(40)],
        }
    )
    study = {
        "id": "person", "layout": "wide", "visits": ["baseline", "round_one_end"],
        "rounds": {"one": {"start": "baseline", "end": "round_one_end"}},
        "instruments": {"phq9": {"total": "phq9_{visit}"}},
        "people": {
            "arm": {"kind": "number", "range": [0, 1], "known_at": "baseline"},
            "sex": {"kind": "choice", "values": ["female", "male"], "known_at": "baseline"},
        },
        "treatment": {"comparison": True, "arm": "arm"},
    }  # fmt: skip
    interactions_table = interactions(read_cohort(table, study)).frame
    assert row(interactions_table, factor="arm", test="response")["p"] < 1e-6
    assert row(interactions_table, factor="sex", test="arm")["p"] > 0.01


def test_tables_are_written_whole(six, tmp_path):
    attrition_tables(six).write(tmp_path)
    outcome_tables(six).write(tmp_path)
    facts = json.loads((tmp_path / "flow.json").read_text())
    assert facts[0]["n"] == 6
    svg = (tmp_path / "flow.svg").read_text()
    assert "n = 6" in svg
    assert "<title" in svg
    assert {"scores.csv", "rates.csv", "round_two.csv"} <= {p.name for p in tmp_path.iterdir()}


def of_two_rounds(second: str) -> dict[str, object]:
    return {
        "id": "person", "layout": "wide", "visits": ["baseline", "round_one_end", "round_two_end"],
        "rounds": {"one": {"start": "baseline", "end": "round_one_end"},
                   "two": {"end": "round_two_end"}},
        "instruments": {"phq9": {"total": "phq9_{visit}"}},
        "treatment": {"round_two": second},
    }  # fmt: skip


def test_people_who_come_back_are_counted(six):
    late = pd.DataFrame(
        {"person": ["a", "b"], "phq9_baseline": [12, 14], "phq9_round_one_end": [None, 6],
         "phq9_round_two_end": [5, 6]}
    )  # fmt: skip
    table = flow_table(flow(read_cohort(late, of_two_rounds("scheduled")))).frame
    assert row(table, kind="returned", step="scored at round_two_end")["n"] == 1
    assert table[table["kind"] == "left"]["n"].tolist() == [2, 2, 1, 2]


@pytest.mark.parametrize("chosen", [True, False])
def test_a_box_says_who_took_a_round_only_where_it_was_theirs_to_take(chosen):
    """Of waves of a survey it said that those without a second score "came back" to take it."""
    table = pd.DataFrame(
        {"person": ["a", "b"], "phq9_baseline": [12, 14], "phq9_round_one_end": [None, 6],
         "phq9_round_two_end": [None, 6]}
    )  # fmt: skip
    steps = flow(read_cohort(table, of_two_rounds("chosen" if chosen else "scheduled")))
    assert ("took round two" in [step.name for step in steps]) == chosen
    assert not any(step.returned.any() for step in steps)


def two_scales(asked: bool) -> object:
    """Sixty people with the PHQ-9 at both ends, and the GAD-7 at the start or at both ends."""
    people = pd.DataFrame({"person": [f"p{i}" for i in range(60)]})
    people = people.assign(phq9_start=20, phq9_end=[8, 15] * 30, gad7_start=12, gad7_end=None)
    if asked:
        people = people.assign(gad7_end=[5, 10, None] * 20)
    study = {
        "id": "person", "layout": "wide", "visits": ["start", "end"],
        "rounds": {"one": {"start": "start", "end": "end"}},
        "instruments": {n: {"total": f"{n}_{{visit}}"} for n in ("phq9", "gad7")},
    }  # fmt: skip
    return read_cohort(people, study)


def test_what_was_never_asked_is_left_out_and_told():
    result = outcome_tables(two_scales(asked=False))
    names = set(result["rates"].frame["outcome"])
    assert "phq9_response" in names
    assert not {"nhs_recovery", "depression_or_anxiety_response", "gad7_response"} & names
    (note,) = result.notes
    assert note.startswith("GAD-7 total has no score at 'end': left out over round one:")
    assert "nhs_recovery" in note
    assert "gad7_response" in note
    assert attrition_tables(two_scales(asked=False)).notes == result.notes


def test_a_missing_part_is_lost_in_every_reading():
    result = outcome_tables(two_scales(asked=True))
    assert result.notes == ()
    asked = {"outcome": "nhs_recovery", "round": "one"}
    started = row(result["rates"].frame, **asked, reading="all_started")
    completers = row(result["rates"].frame, **asked, reading="completers")
    assert (completers["n"], started["n"]) == (40, 60)
    assert completers["yes"] == started["yes"] == 10


def test_a_rate_of_people_in_clusters_has_the_clusters_interval() -> None:
    owners = np.repeat(np.arange(8), 25).astype(object)
    draw = np.random.default_rng(3)
    yes = draw.random(200) < np.repeat(draw.uniform(0.2, 0.8, 8), 25)
    everybody = np.ones(200, dtype=bool)
    answers = Answers(everybody, everybody, yes)
    facts = np.zeros((200, 0))
    plain, clustered = readings(answers, facts), readings(answers, facts, owners)
    for reading in ("completers", "weighted"):
        (_, alone), (_, whole) = plain[reading], clustered[reading]
        assert whole.estimate == pytest.approx(alone.estimate)
        assert whole.high - whole.low > 1.5 * (alone.high - alone.low)
    four = readings(answers, facts, np.repeat(np.arange(4), 50).astype(object))
    assert np.isnan(four["completers"][1].low)


def test_a_change_above_0_is_for_the_better_in_every_table():
    """Items, totals and strata tell one direction."""
    cohort = read_cohort(simulate("demo", people=300, seed=5).table, shipped("demo_study.toml"))
    items = items_table(cohort).frame.query("instrument == 'phq9' and round == 'one'")
    scores = scores_by_visit(cohort).frame.query(
        "instrument == 'phq9' and statistic == 'change' and among == 'completers'"
    )
    total = scores.loc[scores["visit"] == "round_one_end", "estimate"].item()
    assert total > 0
    assert items["change"].sum() == pytest.approx(total, abs=0.6)
    assert (items["d_change"] * items["change"] >= 0).all()
    assert (strata(cohort).frame["gain"].dropna() > 0).mean() > 0.8
