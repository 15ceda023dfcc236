"""How totals change: courses, rounds and the exact probability of a response.

``change`` is log(later total / baseline total) before rounding: normal within a course, cut at the
worst ratio. Its mean depends on observed values only, so nothing hidden carries over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from predict.simulation.items import Floats, Ints

HIGHEST = {"phq9": 27, "gad7": 21}
Totals = dict[str, dict[str, Ints]]


def course_shares(shape: Mapping[str, Any]) -> Floats:
    """Return the courses' shares, adding up to one."""
    shares = np.array([course["share"] for course in shape["courses"]])
    return np.asarray(shares / shares.sum())


def draw_totals(
    baseline: Mapping[str, Ints],
    drive: Floats,
    courses: Ints,
    shape: Mapping[str, Any],
    rng: np.random.Generator,
) -> Totals:
    """Return totals by visit and instrument for everyone, as if nobody left."""
    totals: Totals = {"baseline": dict(baseline), "session_2": {}, "round_one_end": {}}
    early = _of_course(shape, "early", courses)
    noise_sd, limit = shape["course"]["session_2_noise"], np.log(shape["course"]["worst"])
    for name, change in _round_one_changes(drive, courses, shape, rng).items():
        noise = rng.normal(0.0, noise_sd, len(early))
        first = np.minimum(early * change + noise, limit)
        totals["session_2"][name] = _apply(baseline[name], first, name)
        totals["round_one_end"][name] = _apply(baseline[name], change, name)
    if "round_two" in shape:
        _add_round_two(totals, drive, shape, rng)
    return totals


def log_ratio(totals: Mapping[str, Mapping[str, Ints]], visit: str, name: str = "phq9") -> Floats:
    """Return log(total / baseline), half a point added to both so that a zero has one."""
    return np.log((totals[visit][name] + 0.5) / (totals["baseline"][name] + 0.5))


def round_one_truth(baseline: Ints, drive: Floats, shape: Mapping[str, Any]) -> Floats:
    """Return each person's probability of a halved total at the end of round one."""
    chance = np.zeros(len(baseline))
    for share, course in zip(course_shares(shape), shape["courses"], strict=True):
        mean = course["mean"] + drive * course.get("driven", 1.0)
        chance += share * _halved(baseline, mean, course["sd"], shape["course"]["worst"])
    return chance


def round_two_truth(totals: Totals, drive: Floats, shape: Mapping[str, Any]) -> Floats:
    """Return the probability of a halved total at the end of round two, given the past."""
    two = shape["round_two"]
    mean = _round_two_mean(totals, drive, two, "phq9")
    return _halved(totals["baseline"]["phq9"], mean, two["sd"], shape["course"]["worst"])


def _halved(baseline: Ints, mean: Floats, sd: float, worst: float) -> Floats:
    """Return P(round(baseline e^change) <= baseline / 2 | change <= log worst)."""
    from scipy.special import ndtr

    cut = np.log((baseline // 2 + 0.5) / np.maximum(baseline, 1))
    below = ndtr((cut - mean) / sd) / ndtr((np.log(worst) - mean) / sd)
    return np.where(baseline > 0, np.minimum(below, 1.0), np.nan)


def _of_course(shape: Mapping[str, Any], key: str, courses: Ints, default: float = 1.0) -> Floats:
    return np.array([float(course.get(key, default)) for course in shape["courses"]])[courses]


def _round_one_changes(
    drive: Floats, courses: Ints, shape: Mapping[str, Any], rng: np.random.Generator
) -> dict[str, Floats]:
    """Draw the two scales' changes, correlated within a course."""
    from scipy.special import ndtr

    course, limit = shape["course"], np.log(shape["course"]["worst"])
    mean = _of_course(shape, "mean", courses) + drive * _of_course(shape, "driven", courses)
    sd, r = _of_course(shape, "sd", courses), course["gad7_coupling"]
    z = rng.normal(size=(2, len(drive)))
    ranks = {"phq9": ndtr(z[0]), "gad7": ndtr(r * z[0] + np.sqrt(1.0 - r * r) * z[1])}
    shifts = {"phq9": 0.0, "gad7": course["gad7_shift"]}
    spreads = {"phq9": 1.0, "gad7": course["gad7_spread"]}
    return {
        name: _cut_normal(rank, mean + shifts[name], sd * spreads[name], limit)
        for name, rank in ranks.items()
    }


def _cut_normal(rank: Floats, mean: Floats, sd: Floats | float, limit: float) -> Floats:
    """Return the normal's quantile at a rank, the normal being cut above ``limit``."""
    from scipy.special import ndtr, ndtri

    top = ndtr((limit - mean) / sd)
    return np.asarray(mean + sd * ndtri(np.clip(rank * top, 1e-12, 1.0 - 1e-12)))


def _apply(baseline: Ints, change: Floats, name: str) -> Ints:
    return np.minimum(np.rint(baseline * np.exp(change)), HIGHEST[name]).astype(np.int64)


def _add_round_two(
    totals: Totals, drive: Floats, shape: Mapping[str, Any], rng: np.random.Generator
) -> None:
    two, limit = shape["round_two"], np.log(shape["course"]["worst"])
    lost = rng.beta(1.2, 1.2 * (1.0 - two["lost"]) / two["lost"], len(drive))
    totals["round_two_start"], totals["round_two_end"] = {}, {}
    for name, baseline in totals["baseline"].items():
        remaining = log_ratio(totals, "round_one_end", name) * (1.0 - lost)
        begun = np.minimum(remaining + rng.normal(0.0, two["start_noise"], len(lost)), limit)
        totals["round_two_start"][name] = _apply(baseline, begun, name)
        mean = _round_two_mean(totals, drive, two, name)
        ended = _cut_normal(rng.random(len(lost)), mean, two["sd"], limit)
        totals["round_two_end"][name] = _apply(baseline, ended, name)


def _round_two_mean(totals: Totals, drive: Floats, two: Mapping[str, Any], name: str) -> Floats:
    """Return the mean change by the end of round two given all that was observed before."""
    end, start = (log_ratio(totals, v, name) for v in ("round_one_end", "round_two_start"))
    observed = two["from_end"] * end + two["from_start"] * start
    return np.asarray(two["mean"] + observed + two["drivers"] * drive)
