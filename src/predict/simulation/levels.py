"""Courses in points: each class has its mean course, everyone keeps an own level around it.

The separable variant of a programme. Scores are what a growth mixture with a random intercept
assumes: class mean of the visit + the person's lasting level + what is of that visit alone. The
baseline that was drawn is taken as such a score; ``reliability`` is the share of its variance that
lasts, so later levels regress to the mean by as much as they should.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from predict.simulation.changes import HIGHEST, Totals, course_shares
from predict.simulation.items import Floats, Ints

VISITS = ("session_2", "round_one_end")


def separable_shape(shape: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shape of a programme whose classes can be told apart.

    Shares, mean courses, entry, drop-out and side effects stay. Baselines are drawn from
    ``baseline_spread`` of the spread, courses run in points (see the module), and nothing else at
    baseline goes with the course: drivers and sites are left out.
    """
    narrow = shape["separable"]
    baseline = dict(shape["baseline"])
    baseline["sd"] = [sd * narrow["baseline_spread"] for sd in baseline["sd"]]
    course = {**shape["course"], "reliability": narrow["reliability"]}
    people = {**shape["people"], "site_sd": 0.0}
    return {**shape, "baseline": baseline, "course": course, "people": people, "drivers": {}}


def runs_in_points(shape: Mapping[str, Any]) -> bool:
    """Return whether courses are drawn here and not as shares of the baseline."""
    return "reliability" in shape["course"]


def draw_level_totals(
    baseline: Mapping[str, Ints], courses: Ints, shape: Mapping[str, Any], rng: np.random.Generator
) -> Totals:
    """Return totals by visit and instrument for everyone, as if nobody left."""
    totals: Totals = {"baseline": dict(baseline), **{visit: {} for visit in VISITS}}
    lasting = shape["course"]["reliability"]
    scores = np.stack([baseline[name] for name in HIGHEST]).astype(float)
    root = np.linalg.cholesky(np.cov(scores))
    centre = scores.mean(axis=1, keepdims=True)
    drawn = root @ rng.normal(size=scores.shape)
    level = lasting * (scores - centre) + np.sqrt(lasting * (1.0 - lasting)) * drawn
    for visit in VISITS:
        noise = np.sqrt(1.0 - lasting) * (root @ rng.normal(size=scores.shape))
        for place, name in enumerate(HIGHEST):
            mean = course_means(float(centre[place, 0]), visit, name, shape)[courses]
            score = np.rint(mean + level[place] + noise[place])
            totals[visit][name] = np.clip(score, 0, HIGHEST[name]).astype(np.int64)
    return totals


def course_means(start: float, visit: str, name: str, shape: Mapping[str, Any]) -> Floats:
    """Return each class's mean total at a visit, from the programme's own mean log ratios."""
    shift = shape["course"]["gad7_shift"] if name == "gad7" else 0.0
    logs = np.array([course["mean"] + shift for course in shape["courses"]])
    if visit == "session_2":
        logs = logs * np.array([course["early"] for course in shape["courses"]])
    return np.asarray(start * np.exp(logs))


def level_truth(baseline: Ints, shape: Mapping[str, Any]) -> Floats:
    """Return each person's probability of a halved PHQ-9 at the end of round one."""
    from scipy.special import ndtr

    start, lasting = float(baseline.mean()), shape["course"]["reliability"]
    spread = np.sqrt((1.0 - lasting**2) * baseline.var(ddof=1))
    means = course_means(start, "round_one_end", "phq9", shape)
    gap = baseline // 2 + 0.5 - lasting * (baseline - start)
    chance = ndtr((gap[:, None] - means) / spread) @ course_shares(shape)
    return np.where(baseline > 0, chance, np.nan)
