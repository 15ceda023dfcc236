"""Signs that a table is not what it seems: counted a part at a time, judged over the whole.

Each part counts some of its rows, evenly spaced; counts add up, so nothing but numbers is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.cohort import Cohort
from predict.cohort.directions import direction_problems, direction_sums
from predict.errors import Problem
from predict.models.reliance import Finding
from predict.models.reliance.profile import NumberProfile, RelianceProfile
from predict.models.reliance.together import even
from predict.models.response_model import ResponseModel
from predict.scoring.answer_signs import (
    FLOOR,
    judge_answers,
    judge_together,
    repeat_signs,
    silence_signs,
    warning,
)
from predict.scoring.drift import (
    DRIFT_NOTE,
    FEWEST,
    FEWEST_TO_STOP,
    Drift,
    choice_index,
    lowest_index,
    stability_index,
)
from predict.statistics.intervals import wilson

LOOKED_AT = 2_000
_STRAIGHT_SHARE = 0.2
# Where at most so many start above the floor, the answers themselves may be turned round.
HARDLY_ASKED = 0.1
# Before the counts of those who start below the outcome's floor.
_BELOW = "below:"
_UNITS = 20.0
Signs = Mapping[str, float]
Floats = NDArray[np.float64]


def signs_of(model: ResponseModel, X: pd.DataFrame, found: Sequence[Finding]) -> dict[str, float]:
    """Return counts of one part: values present, their sums, bins and straight lines of answers.

    Parameters
    ----------
    model : ResponseModel
    X : DataFrame, shape (people, columns)
        Raw features of the valid rows.
    found : sequence of Finding
        What speaks against their estimates before there are any: `ResponseModel.findings`.
    """
    every = max(1, -(-len(X) // LOOKED_AT))
    some, against = X.iloc[::every], [replace(f, whom=f.whom[::every]) for f in found]
    apart = some[np.any([f.whom for f in against if f.reason.code == FLOOR], axis=0)]
    below = {f"{_BELOW}{k}": n for k, n in _counts(model, apart).items()} if len(apart) else {}
    silence = silence_signs(model, some, against)
    return _counts(model, some) | below | silence | repeat_signs(model.reliance, X)


def _counts(model: ResponseModel, some: pd.DataFrame) -> dict[str, float]:
    signs: dict[str, float] = {"rows": len(some)}
    numbers = dict(_profiled(model, some))
    for name, column in zip(numbers, some[[*numbers]].to_numpy("float64").T, strict=True):
        signs |= _number_counts(name, numbers[name], column[~np.isnan(column)])
    for name, levels in model.reliance.levels.items():
        if name in some:
            signs[f"n:{name}"] = int(some[name].notna().sum())
            for place, level in enumerate(levels):
                signs[f"level{place}:{name}"] = int((some[name] == level).sum())
    for place, items in enumerate(model.reliance.item_sets):
        answers = some[[name for name in items.columns if name in some]].to_numpy("float64")
        if answers.shape[1] >= 3:
            signs[f"straight:{place}"] = int(even(answers).sum())
    return signs


def _number_counts(name: str, profile: NumberProfile, values: Floats) -> dict[str, float]:
    """How many values a column of numbers has, their sums, and how many lie up to each edge."""
    upto = np.searchsorted(np.sort(values), _edges(profile), side="right")
    return {
        f"n:{name}": len(values),
        f"sum:{name}": float(values.sum()),
        f"squares:{name}": float((values**2).sum()),
        f"beyond:{name}": int((values > _UNITS * max(profile.high, 1e-9)).sum()),
        **{f"upto{place}:{name}": int(count) for place, count in enumerate(upto)},
    }


def _asked(signs: Signs) -> dict[str, float]:
    """The counts of those who are asked: the model learned from nobody below the floor."""
    plain = {name: n for name, n in signs.items() if not name.startswith(_BELOW)}
    return {name: n - signs.get(f"{_BELOW}{name}", 0) for name, n in plain.items()}


def direction_signs(cohort: Cohort, *, as_of: str) -> dict[str, float]:
    """Return the sums that tell whether answers run the way their instrument says, for one part.

    Visits after the model's own are left out: a model is not judged by what it does not read.
    """
    study, every = cohort.study, max(1, -(-len(cohort.ids) // LOOKED_AT))
    visits = {
        visit: {str(name): column.to_numpy() for name, column in answers.items()}
        for visit, answers in cohort.visits.items()
        if study.order(visit) <= study.order(as_of)
    }
    return sign_names(direction_sums(study, visits, every=every))


def sign_names(sums: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Return the sums of `direction_sums`, each number under a name of its own."""
    return {f"way{i}:{key}": float(v) for key, each in sums.items() for i, v in enumerate(each)}


def _directions(signs: Signs) -> dict[str, np.ndarray]:
    """The sums of `direction_signs` again, added up over the parts."""
    totals: dict[str, list[tuple[int, float]]] = {}
    for name, value in signs.items():
        if name.startswith("way"):
            place, key = name[len("way") :].split(":", 1)
            totals.setdefault(key, []).append((int(place), value))
    return {key: np.array([v for _, v in sorted(sums)]) for key, sums in totals.items()}


def _profiled(model: ResponseModel, X: pd.DataFrame) -> Iterator[tuple[str, NumberProfile]]:
    return ((name, profile) for name, profile in model.reliance.numbers.items() if name in X)


def _edges(profile: NumberProfile) -> list[float]:
    return sorted(set(profile.quantiles))


def judge_signs(model: ResponseModel, signs: Signs) -> list[Problem]:
    """Return what the table as a whole gives to think about.

    Most are warnings. Of level ``file`` is ``DISTRIBUTION_OTHER``: a column of numbers is so
    differently distributed from what the model learned from (lower limit of the population
    stability index above 0.5) that its estimates mean nothing. Other shares of a choice are told
    only: each of its levels was learned from.

    References
    ----------
    Siddiqi 2006, "Credit Risk Scorecards": the index and its customary limits .1 and .25.
    """
    sums = _directions(signs)
    upside_down, against = [*_reversed(model, signs)], [*direction_problems(model.study, sums)]
    turned, asked = [*upside_down, *against], _asked(signs)
    # Whose answers are turned round may be below the floor for that alone; a clinic of mild cases
    # looks turned round too, but for those who are asked.
    hardly = asked.get("rows", 0) <= HARDLY_ASKED * signs.get("rows", 0)
    seen = signs if against or (upside_down and hardly) else asked
    drift = [_drift_problem(name, found) for name, found in _drifts(model.reliance, seen).items()]
    far = [problem for problem in drift if problem.level == "file"]
    near = [problem for problem in drift if problem.level == "warning"]
    problems = [*_flat_columns(model, signs), *_straight(model, signs), *turned]
    apart = judge_together(model.study, model.reliance.together, sums)
    answers = [*apart, *judge_answers(model, signs)]
    return [*far, *problems, *_other_units(model, signs), *near, *answers]


def _flat_columns(model: ResponseModel, signs: Signs) -> Iterator[Problem]:
    for name in (*model.reliance.numbers, *model.reliance.levels):
        n, total = signs.get(f"n:{name}"), signs.get(f"sum:{name}", 0.0)
        if n == 0 and signs["rows"] >= FEWEST:
            yield warning("COLUMN_EMPTY", f"Column '{name}' holds nothing.", name)
        elif (
            n
            and n >= FEWEST
            and name in model.reliance.numbers
            and n * signs[f"squares:{name}"] == total * total
        ):
            yield warning("COLUMN_CONSTANT", f"Column '{name}' has one value only.", name)


def _straight(model: ResponseModel, signs: Signs) -> Iterator[Problem]:
    for place, items in enumerate(model.reliance.item_sets):
        straight = int(signs.get(f"straight:{place}", 0))
        if straight and wilson(straight, int(signs["rows"])).low > _STRAIGHT_SHARE:
            message = (
                f"{items.title}: more than one row in five has the same answer to every question."
            )
            yield warning("ANSWERS_STRAIGHT", message, "")


def _reversed(model: ResponseModel, signs: Signs) -> Iterator[Problem]:
    """An instrument whose mean answer fits training far better upside down."""
    columns = {column.name: column for column in model.columns}
    for items in model.reliance.item_sets if signs.get("rows", 0) >= FEWEST else ():
        gaps = [
            (abs(mean - middle), abs(column.low + column.high - mean - middle), column.high)
            for name in items.columns
            if (column := columns.get(name)) and column.low is not None and column.high is not None
            for mean, middle in [_means(model, signs, name)]
        ]
        now, turned, width = (sum(gap[k] for gap in gaps) for k in range(3))
        # Far off as it stands, and clearly nearer when turned.
        if len(gaps) >= 3 and now > width / 4 and now > 1.5 * turned:
            message = f"{items.title}: answers fit the model's people better upside down; see"
            yield warning("CODING_REVERSED", f"{message} whether 3 means 0 in this table.", "")


def _means(model: ResponseModel, signs: Signs, name: str) -> tuple[float, float]:
    """The table's mean, and training's as far as its quantiles tell."""
    n = signs.get(f"n:{name}", 0)
    mean = signs.get(f"sum:{name}", 0.0) / n if n else np.nan
    profile = model.reliance.numbers.get(name)
    marks = profile.quantiles if profile else (np.nan,) * 7
    return mean, float(np.mean(marks[2:5]))


def _other_units(model: ResponseModel, signs: Signs) -> Iterator[Problem]:
    for name in model.reliance.numbers:
        n = signs.get(f"n:{name}", 0)
        if n >= FEWEST and signs.get(f"beyond:{name}", 0) > 0.5 * n:
            message = f"Column '{name}' seems to be in other units (a percentage for a share?)."
            yield warning("UNITS_OTHER", message, name)


def _drifts(profile: RelianceProfile, signs: Signs) -> dict[str, Drift]:
    """Return the smallest stability index of each column that its stored counts allow."""
    columns = len(profile.numbers) + len(profile.levels)
    drifts = {}
    for name, n, bins, index in (*_numbers(profile, signs), *_choices(profile, signs)):
        # What is too small to matter need not be shown.
        matters = index > DRIFT_NOTE
        low = lowest_index(index, bins, n, profile.n, columns=columns) if matters else 0.0
        stops = name in profile.numbers and n >= FEWEST_TO_STOP
        drifts[name] = Drift(index, low, stops)
    return drifts


def _numbers(profile: RelianceProfile, signs: Signs) -> Iterator[tuple[str, float, int, float]]:
    for name, number in profile.numbers.items():
        n, edges = signs.get(f"n:{name}", 0), _edges(number)
        if n >= FEWEST and f"upto0:{name}" in signs:
            seen = [signs[f"upto{k}:{name}"] / n for k in range(len(edges))]
            yield name, n, len(edges) + 1, stability_index(seen, number.quantiles, n)


def _choices(profile: RelianceProfile, signs: Signs) -> Iterator[tuple[str, float, int, float]]:
    for name, levels in profile.levels.items():
        seen = [signs.get(f"level{k}:{name}", 0) for k in range(len(levels))]
        n, told = sum(seen), [count for count in levels.values() if count is not None]
        if n >= FEWEST and len(levels) > 1 and told:
            yield name, n, len(levels), choice_index(seen, list(levels.values()), profile.n)


def _drift_problem(name: str, drift: Drift) -> Problem:
    code = "DISTRIBUTION_OTHER" if drift.level == "file" else "DISTRIBUTION_DRIFT"
    message = f"Column '{name}' is distributed otherwise than in training (index "
    message = f"{message}{drift.index:.2f}, at least {drift.low:.2f}); "
    remedy = "judge the model on such people first (`predict validate`)."
    return Problem(code, message + remedy, None, name, drift.level)
