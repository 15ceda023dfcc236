"""Signs that a table is not what it seems: counted a part at a time, judged over the whole.

Each part counts some of its rows, evenly spaced; counts add up, so nothing but numbers is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from predict.cohort import Cohort
from predict.cohort.directions import direction_problems, direction_sums
from predict.errors import Problem
from predict.models.reliance.profile import QUANTILES, NumberProfile
from predict.models.response_model import ResponseModel

LOOKED_AT = 2_000
FEWEST = 50
FEWEST_FOR_DRIFT = 20
DRIFT_NOTE, DRIFT_STOP = 0.25, 0.5
_STRAIGHT_SHARE = 0.2
_UNITS = 20.0
Signs = Mapping[str, float]


def signs_of(model: ResponseModel, X: pd.DataFrame) -> dict[str, float]:
    """Return counts of one part: values present, their sums, bins and straight lines of answers.

    Parameters
    ----------
    model : ResponseModel
    X : DataFrame, shape (people, columns)
        Raw features of the valid rows.
    """
    some = X.iloc[:: max(1, -(-len(X) // LOOKED_AT))]
    signs: dict[str, float] = {"rows": len(some)}
    for name, profile in _profiled(model, some):
        values = some[name].to_numpy("float64")
        values = values[~np.isnan(values)]
        signs[f"n:{name}"] = len(values)
        signs[f"sum:{name}"] = float(values.sum())
        signs[f"squares:{name}"] = float((values**2).sum())
        signs[f"beyond:{name}"] = int((values > _UNITS * max(profile.high, 1e-9)).sum())
        for place, edge in enumerate(_edges(profile)):
            signs[f"upto{place}:{name}"] = int((values <= edge).sum())
    for place, items in enumerate(model.reliance.item_sets):
        answers = some[[name for name in items.columns if name in some]].to_numpy("float64")
        if answers.shape[1] >= 3:
            signs[f"straight:{place}"] = int((np.ptp(answers, axis=1) == 0).sum())
    return signs


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
    totals = direction_sums(study, visits, every=every)
    return {f"way{i}:{key}": float(v) for key, sums in totals.items() for i, v in enumerate(sums)}


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

    Most are warnings. Of level ``file`` is ``DISTRIBUTION_OTHER``: a column is so differently
    distributed from what the model learned from (population stability index above 0.5 even after
    what chance adds at so few people) that its estimates mean nothing.

    References
    ----------
    Siddiqi 2006, "Credit Risk Scorecards": the index and its customary limits .1 and .25.
    """
    drift = [_drift_problem(name, found) for name, found in _drifts(model, signs).items()]
    far = [problem for problem in drift if problem.level == "file"]
    near = [problem for problem in drift if problem.level == "warning"]
    if signs.get("rows", 0) < FEWEST:
        return [*far, *near]
    turned = [*_reversed(model, signs), *direction_problems(model.study, _directions(signs))]
    problems = [*_flat_columns(model, signs), *_straight(model, signs), *turned]
    return [*far, *problems, *_other_units(model, signs), *near]


def _flat_columns(model: ResponseModel, signs: Signs) -> Iterator[Problem]:
    for name in model.reliance.numbers:
        n, total = signs.get(f"n:{name}"), signs.get(f"sum:{name}", 0.0)
        if n == 0:
            yield _warning("COLUMN_EMPTY", f"Column '{name}' holds nothing.", name)
        elif n and n >= FEWEST and n * signs[f"squares:{name}"] == total * total:
            yield _warning("COLUMN_CONSTANT", f"Column '{name}' has one value only.", name)


def _straight(model: ResponseModel, signs: Signs) -> Iterator[Problem]:
    for place, items in enumerate(model.reliance.item_sets):
        if signs.get(f"straight:{place}", 0) > _STRAIGHT_SHARE * signs["rows"]:
            message = (
                f"{items.title}: more than one row in five has the same answer to every question."
            )
            yield _warning("ANSWERS_STRAIGHT", message, "")


def _reversed(model: ResponseModel, signs: Signs) -> Iterator[Problem]:
    """An instrument whose mean answer fits training far better upside down."""
    columns = {column.name: column for column in model.columns}
    for items in model.reliance.item_sets:
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
            yield _warning("CODING_REVERSED", f"{message} whether 3 means 0 in this table.", "")


def _means(model: ResponseModel, signs: Signs, name: str) -> tuple[float, float]:
    """The table's mean, and training's as far as its quantiles tell."""
    n = signs.get(f"n:{name}", 0)
    mean = signs.get(f"sum:{name}", 0.0) / n if n else np.nan
    profile = model.reliance.numbers.get(name)
    marks = profile.quantiles if profile else (np.nan,) * 7
    return mean, float(np.mean(marks[2:5]))


def _other_units(model: ResponseModel, signs: Signs) -> Iterator[Problem]:
    for name in model.reliance.numbers:
        if signs.get(f"beyond:{name}", 0) > 0.5 * max(signs.get(f"n:{name}", 0), 1):
            message = f"Column '{name}' seems to be in other units (a percentage for a share?)."
            yield _warning("UNITS_OTHER", message, name)


@dataclass(frozen=True)
class Drift:
    """How far a column of a table lies from training's.

    Parameters
    ----------
    index : float
        Population stability index, 0 and above.
    chance : float
        What the index of as many training people stays below in 99 of 100 tables.
    people : float
        How many were looked at. Below 50 drift is told and stops nothing: a few people who came
        on one day may well be of one kind.
    """

    index: float
    chance: float
    people: float

    @property
    def level(self) -> str:
        """``file`` where drift beyond the limit is shown, ``warning`` where any is; else ``note``.

        The limits hold for what is left of the index without chance, so that they mean the same
        of 30 people and of 30,000.
        """
        if self.index - self.chance > DRIFT_STOP and self.people >= FEWEST:
            return "file"
        return "warning" if self.index > max(DRIFT_NOTE, self.chance) else "note"


def _drifts(model: ResponseModel, signs: Signs) -> dict[str, Drift]:
    """Return the smallest stability index of each column that its stored quantiles allow."""
    drifts = {}
    for name, profile in model.reliance.numbers.items():
        n, edges = signs.get(f"n:{name}", 0), _edges(profile)
        if n >= FEWEST_FOR_DRIFT and f"upto0:{name}" in signs:
            seen = [signs[f"upto{k}:{name}"] / n for k in range(len(edges))]
            chance = index_by_chance(len(edges) + 1, n, model.reliance.n)
            drifts[name] = Drift(stability_index(seen, profile.quantiles), chance, n)
    return drifts


def index_by_chance(bins: int, n: float, learned: int) -> float:
    """Return the index that n of the training people themselves exceed once in a hundred tables.

    References
    ----------
    Yurdakul 2018, "Statistical properties of the population stability index": without drift it is
    (1/n + 1/N) times a chi-squared variable of one degree less than bins.

    Examples
    --------
    >>> round(index_by_chance(8, 50, 1500), 2), round(index_by_chance(8, 2000, 1500), 2)
    (0.38, 0.02)
    """
    from scipy.special import chdtri

    return float(chdtri(bins - 1, 0.01)) * (1 / n + 1 / max(learned, 1))


def stability_index(seen: list[float], quantiles: tuple[float, ...]) -> float:
    """Return the population stability index of a table against stored quantiles.

    Quantiles of answers with few values are ties: they bound the training distribution without
    fixing it. Within the bounds the distribution nearest to the table's is taken, so the index is
    never too large.

    Parameters
    ----------
    seen : list of float
        Share of the table's values up to each distinct quantile, ascending.
    quantiles : tuple of float
        Training values at `QUANTILES`.

    Examples
    --------
    >>> stability_index([0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99], (1, 2, 3, 4, 5, 6, 7))
    0.0
    >>> stability_index([0.9, 0.95, 0.97, 0.98, 0.99, 0.99, 1.0], (1, 2, 3, 4, 5, 6, 7)) > 2
    True
    """
    edges = sorted(set(quantiles))
    low = [max(q for q, v in zip(QUANTILES, quantiles, strict=True) if v <= e) for e in edges]
    high = [
        min([q for q, v in zip(QUANTILES, quantiles, strict=True) if v > e], default=1.0)
        for e in edges
    ]
    # A continuous column has no ties: its shares are the quantiles themselves.
    exact = len(edges) == len(quantiles)
    expected = np.array(low) if exact else np.clip(seen, low, high)
    a = np.clip(np.diff([0.0, *seen, 1.0]), 1e-4, None)
    b = np.clip(np.diff([0.0, *expected, 1.0]), 1e-4, None)
    return float(np.sum((a - b) * np.log(a / b)))


def _drift_problem(name: str, drift: Drift) -> Problem:
    code = "DISTRIBUTION_OTHER" if drift.level == "file" else "DISTRIBUTION_DRIFT"
    message = f"Column '{name}' is distributed otherwise than in training (index "
    message = f"{message}{drift.index:.2f}, {drift.chance:.2f} by chance); "
    remedy = "judge the model on such people first (`predict validate`)."
    return Problem(code, message + remedy, None, name, drift.level)


def _warning(code: str, message: str, column: str) -> Problem:
    return Problem(code, message, column=column, level="warning")
