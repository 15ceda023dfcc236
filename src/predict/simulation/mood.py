"""The generator of PHQ-9 and GAD-7 programmes: totals follow a course, items add up to them.

Last, who is there at each visit, and what they reported of side effects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from predict.definitions.programmes import Programme
from predict.simulation.changes import (
    Totals,
    course_shares,
    draw_totals,
    log_ratio,
    round_one_truth,
    round_two_truth,
)
from predict.simulation.items import Floats, Ints, draw_items, load_bank, split_totals
from predict.simulation.levels import draw_level_totals, level_truth, runs_in_points
from predict.simulation.people import draw_people

INSTRUMENTS = ("phq9", "gad7")
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Start:
    """What is observed at baseline, and the shift of the log change that follows from it."""

    items: Mapping[str, Ints]
    totals: Mapping[str, Ints]
    people: pd.DataFrame
    drive: Floats


def draw(
    programme: Programme, count: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return table and truth of a mood programme; see `predict.simulate`."""
    shape, analysed = programme.simulation, programme.counts == "analysed"
    entrants = int(np.ceil(count / (1.0 - shape["dropout"]["rate"]))) if analysed else count
    start = _draw_start(entrants, shape, rng)
    courses = rng.choice(len(shape["courses"]), size=entrants, p=course_shares(shape))
    totals = _totals(start, courses, shape, rng)
    present = draw_presence(totals, count if analysed else None, shape, rng)
    effects = draw_side_effects(courses, present, shape, rng)
    table = _mood_table(start, totals, present, effects, shape, rng)
    return table, _truth(table["person"], start, courses, totals, present, shape)


def _totals(
    start: Start, courses: Ints, shape: Mapping[str, Any], rng: np.random.Generator
) -> Totals:
    if runs_in_points(shape):
        return draw_level_totals(start.totals, courses, shape, rng)
    return draw_totals(start.totals, start.drive, courses, shape, rng)


def _draw_start(count: int, shape: Mapping[str, Any], rng: np.random.Generator) -> Start:
    items = _draw_entrants(count, shape["baseline"], rng)
    totals = {name: answers.sum(axis=1) for name, answers in items.items()}
    people, site_effect = draw_people(count, shape["people"], rng)
    drive = _drive(items, totals, people, shape.get("drivers", {})) + site_effect
    return Start(items=items, totals=totals, people=people, drive=drive)


def _draw_entrants(
    count: int, baseline: Mapping[str, Any], rng: np.random.Generator
) -> dict[str, Ints]:
    """Draw people until enough meet the entry rule; nobody is moved across it."""
    entrants: dict[str, list[Ints]] = {name: [] for name in INSTRUMENTS}
    entered = 0
    while entered < count:
        drawn = _draw_unselected(max(2 * (count - entered), 64), baseline, rng)
        enters = np.zeros(len(drawn["phq9"]), dtype=bool)
        for name, cut in baseline["entry"].items():
            enters |= drawn[name].sum(axis=1) >= cut
        for name in INSTRUMENTS:
            entrants[name].append(drawn[name][enters])
        entered += int(enters.sum())
    return {name: np.concatenate(parts)[:count] for name, parts in entrants.items()}


def _draw_unselected(
    count: int, baseline: Mapping[str, Any], rng: np.random.Generator
) -> dict[str, Ints]:
    sd, r = np.array(baseline["sd"]), baseline["correlation"]
    z = rng.normal(size=(count, 2))
    z[:, 1] = r * z[:, 0] + np.sqrt(1.0 - r * r) * z[:, 1]
    severity = np.array(baseline["mean"]) + sd * z
    return {
        name: draw_items(rng, load_bank(name), severity[:, i]) for i, name in enumerate(INSTRUMENTS)
    }


def _drive(
    items: Mapping[str, Ints],
    totals: Mapping[str, Ints],
    people: pd.DataFrame,
    drivers: Mapping[str, float],
) -> Floats:
    """Return the shift of the log change by what baseline shows; positive = less improvement."""
    years = people["age"].to_numpy(dtype=float)
    severity, age = (totals["phq9"] - 15.0) / 5.0, (years - 42.0) / 12.0
    mood = (items["phq9"][:, :2].sum(axis=1) - 4.0) / 1.6
    anxiety = (totals["gad7"] - 11.0) / 4.5
    terms = {
        "constant": np.ones(len(years)),
        "severity": severity,
        "mood": mood,
        "anxiety": anxiety,
        "age": age,
        "late": np.maximum(years - 55.0, 0.0) / 10.0,
        "female": (people["sex"] == "female").to_numpy(dtype=float),
        "severity_age": severity * age,
        "mood_anxiety": mood * anxiety,
    }
    return np.asarray(sum((w * terms[name] for name, w in drivers.items()), 0.0 * years))


def _mood_table(
    start: Start,
    totals: Totals,
    present: Mapping[str, Flags],
    effects: pd.DataFrame,
    shape: Mapping[str, Any],
    rng: np.random.Generator,
) -> pd.DataFrame:
    people = len(start.people)
    width = max(len(str(people)), 5)
    ids = pd.Series([f"P{number + 1:0{width}d}" for number in range(people)], name="person")
    blocks = [ids.to_frame(), start.people]
    for visit, there in present.items():
        for name in INSTRUMENTS:
            answers = _answers(start, totals, visit, name, shape, rng)
            blocks.append(_block(answers, there, name, visit, shape, rng))
    return pd.concat([*blocks, effects], axis=1)


def _answers(
    start: Start,
    totals: Totals,
    visit: str,
    name: str,
    shape: Mapping[str, Any],
    rng: np.random.Generator,
) -> Ints:
    """Return item answers that add up to the visit's totals and keep the person's own profile."""
    if visit == "baseline":
        return start.items[name]
    bank, weights = load_bank(name), np.full(start.items[name].shape[1], 1.0)
    weights *= shape["course"]["item_profile"]
    if name == "phq9":
        weights[8] = shape["course"]["item9_profile"]
    severity = bank.severity_of(start.totals[name].astype(float))
    own = start.items[name] - bank.expected(severity)
    return split_totals(rng, bank, totals[visit][name], own * weights)


def _block(
    answers: Ints,
    there: Flags,
    name: str,
    visit: str,
    shape: Mapping[str, Any],
    rng: np.random.Generator,
) -> pd.DataFrame:
    blank = rng.random(answers.shape) < shape.get("missing_items", 0.0)
    values = np.where(there[:, None] & ~blank, answers.astype(float), np.nan)
    columns = [f"{name}_{item + 1}_{visit}" for item in range(answers.shape[1])]
    return pd.DataFrame(values, columns=columns)


def _truth(
    ids: pd.Series,
    start: Start,
    courses: Ints,
    totals: Totals,
    present: Mapping[str, Flags],
    shape: Mapping[str, Any],
) -> pd.DataFrame:
    names = np.array([course["name"] for course in shape["courses"]])
    baseline = start.totals["phq9"]
    if runs_in_points(shape):
        columns = {"round_one": level_truth(baseline, shape)}
    else:
        columns = {"round_one": round_one_truth(baseline, start.drive, shape)}
    if "round_two" in shape:
        chance = round_two_truth(totals, start.drive, shape)
        columns["round_two"] = np.where(present["round_two_start"], chance, np.nan)
    return pd.DataFrame({**columns, "course": names[courses]}, index=pd.Index(ids, name="person"))


def draw_presence(
    totals: Totals, completers: int | None, shape: Mapping[str, Any], rng: np.random.Generator
) -> dict[str, Flags]:
    """Return who answers at each visit.

    Parameters
    ----------
    completers : int or None
        Exactly so many finish round one; None lets everyone leave by their own chance.
    """
    people = len(totals["baseline"]["phq9"])
    finished = _finishers(log_ratio(totals, "session_2"), completers, shape["dropout"], rng)
    begun = finished | (rng.random(people) >= shape["dropout"]["early_rate"])
    ahead = rng.random(people) < shape.get("recent", 0.0)
    present = {
        "baseline": np.ones(people, dtype=bool),
        "session_2": begun & ~ahead,
        "round_one_end": finished & ~ahead,
    }
    if "round_two" in shape:
        took = present["round_one_end"] & _takers(totals, shape["round_two"], rng)
        present["round_two_start"] = took
        present["round_two_end"] = took & (rng.random(people) >= shape["round_two"]["left"])
    return present


def _finishers(
    change: Floats, completers: int | None, drop: Mapping[str, float], rng: np.random.Generator
) -> Flags:
    """Return who finishes round one; little change by session 2 makes leaving likelier."""
    centred = drop["little_change"] * (change - change.mean())
    if completers is None:
        odds = drop["rate"] / (1.0 - drop["rate"]) * np.exp(centred)
        return np.asarray(rng.random(len(change)) >= odds / (1.0 + odds))
    # Gumbel noise on the log weights draws exactly so many without replacement.
    order = np.argsort(centred + rng.gumbel(size=len(change)), kind="stable")
    finished = np.zeros(len(change), dtype=bool)
    finished[order[:completers]] = True
    return finished


def _takers(totals: Totals, two: Mapping[str, float], rng: np.random.Generator) -> Flags:
    end = totals["round_one_end"]["phq9"]
    log_odds = two["take"] + two["take_per_point"] * (end - 8.0)
    return np.asarray(rng.random(len(end)) < 1.0 / (1.0 + np.exp(-log_odds)))


def draw_side_effects(
    courses: Ints, present: Mapping[str, Flags], shape: Mapping[str, Any], rng: np.random.Generator
) -> pd.DataFrame:
    """Return ``side_effect_session_1`` .. (no, yes, or None when absent) and ``left_for``.

    The session-2 rate is raised in the delayed course and lowered in the others so that the whole
    keeps the programme's rate.
    """
    facts, people = shape["side_effects"], len(courses)
    attended = {s: present["session_2" if s > 1 else "baseline"] for s in (1, 2)}
    columns = {}
    for session, rate in enumerate(facts["rates"], start=1):
        there = attended.get(session, present["round_one_end"])
        rates = _session_rates(rate, courses, shape, session)
        yes = rng.random(people) < rates
        reported = pd.Series(np.where(yes, "yes", "no"), dtype="str")
        columns[f"side_effect_session_{session}"] = reported.where(there)
    left = ~present["round_one_end"] & present["session_2"]
    return pd.DataFrame({**columns, "left_for": _reasons(left, facts["left_for"], rng)})


def _reasons(left: Flags, shares: Mapping[str, float], rng: np.random.Generator) -> pd.Series:
    """Return why people left (shares of everybody who entered; ``other`` for the rest)."""
    per_leaver = np.array(list(shares.values())) * len(left) / max(int(left.sum()), 1)
    steps = np.cumsum(per_leaver)
    words = np.array([*shares, "other"], dtype=object)
    drawn = words[np.searchsorted(steps, rng.random(len(left)), side="right")]
    return pd.Series(drawn, dtype="str").where(left)


def _session_rates(rate: float, courses: Ints, shape: Mapping[str, Any], session: int) -> Floats:
    names = [course["name"] for course in shape["courses"]]
    if session != 2 or "delayed" not in names:
        return np.full(len(courses), rate)
    delayed = courses == names.index("delayed")
    weights = np.where(delayed, shape["side_effects"].get("delayed_odds", 1.0), 1.0)
    return np.asarray(rate * weights / weights.mean())
