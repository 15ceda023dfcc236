"""Who is there at each visit, and what they reported of side effects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from predict.simulation.changes import Totals, log_ratio
from predict.simulation.items import Floats, Ints

Flags = npt.NDArray[np.bool_]


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
