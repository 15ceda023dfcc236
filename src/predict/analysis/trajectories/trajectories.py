"""The courses of a cohort: how many, what they look like, who follows which, when they respond."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.analysis.trajectories import limits
from predict.analysis.trajectories.figures import course_figures, own_figures
from predict.analysis.trajectories.grolts import grolts
from predict.analysis.trajectories.naming import class_names
from predict.analysis.trajectories.scores import CourseScores, course_scores
from predict.analysis.trajectories.select import (
    MOST_CLASSES,
    Selection,
    adjusted_rand,
    bootstrap_likelihood_ratio,
    select_classes,
)
from predict.analysis.trajectories.stability import COLUMNS, RESAMPLES, Stability, class_stability
from predict.analysis.trajectories.three_step import three_step
from predict.analysis.trajectories.times import relapse, response_times
from predict.cohort import Cohort
from predict.models.growth_mixture.course_model import CourseModel, entropy, fit_rows
from predict.models.growth_mixture.mixture import ENOUGH, Settings
from predict.models.growth_mixture.rows import course_rows

Array = NDArray[np.float64]
BAND = 1.645
FEWEST_PER_PREDICTOR = 20


@dataclass(frozen=True)
class CourseSettings:
    """How courses are looked for.

    Parameters
    ----------
    instruments, visits : tuple of str
        Empty: the first two instruments with three visits, at the visits of round one.
    scale : str
    most : int
        Largest number of classes tried.
    mixture : Settings
        Structure, shape of the means, starts and seed; its ``classes`` is not used.
    alternatives : bool
        Also fit other structures at the number chosen (GRoLTS items 6 and 7).
    resamples : int
        Resamples of the people in which the number of classes is chosen again; with 0 no classes
        are called reliable.
    persons : tuple of str
        Ids of people whose own course is drawn, for their clinician.
    test_draws : int
        Draws of the bootstrapped likelihood-ratio test against one class fewer; 0: not done.
    """

    instruments: tuple[str, ...] = ()
    visits: tuple[str, ...] = ()
    scale: str = "total"
    most: int = MOST_CLASSES
    mixture: Settings = field(default_factory=Settings)
    alternatives: bool = True
    resamples: int = RESAMPLES
    persons: tuple[str, ...] = ()
    test_draws: int = 0


@dataclass(frozen=True)
class Trajectories:
    """Tables first; figures and sentences follow from them.

    Parameters
    ----------
    selection, stability, classes, class_sizes, people, predictors, alternatives, observed,
    response_times, relapse, grolts : DataFrame
        See ``docs/networks_and_courses.md`` for their columns. ``people`` holds one row a person,
        instrument and visit and never leaves the clinic.
    model : CourseModel
        The model BIC chooses.
    names : tuple of str
        Plain names of its classes.
    reliable : bool
        Whether nothing speaks against the classes: see :func:`limits.doubts`.
    """

    selection: pd.DataFrame
    stability: pd.DataFrame
    classes: pd.DataFrame
    class_sizes: pd.DataFrame
    people: pd.DataFrame
    predictors: pd.DataFrame
    alternatives: pd.DataFrame
    observed: pd.DataFrame
    response_times: pd.DataFrame
    relapse: pd.DataFrame
    grolts: pd.DataFrame
    model: CourseModel
    names: tuple[str, ...]
    reliable: bool
    figures: Mapping[str, str]
    statements: tuple[str, ...]
    facts: Mapping[str, object]

    def __repr__(self) -> str:
        classes = ", ".join(
            f"{n} {s:.1%}" for n, s in zip(self.names, self.model.shares, strict=True)
        )
        return f"Trajectories({classes}; {'reliable' if self.reliable else 'not reliable'})"

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every table by the name of its file."""
        names = ("selection", "stability", "classes", "class_sizes", "people", "predictors",
                 "alternatives", "observed", "response_times", "relapse", "grolts")  # fmt: skip
        return {name: getattr(self, name) for name in names}


def trajectories(cohort: Cohort, settings: CourseSettings | None = None) -> Trajectories:
    """Find the courses of a cohort by growth mixture models of one to five classes.

    Parameters
    ----------
    cohort : Cohort
    settings : CourseSettings, optional

    Raises
    ------
    DesignError
        With fewer than three visits at which 50 people have a score.

    References
    ----------
    Muthen and Muthen 2000, Alcoholism 24:882; Hull et al. 2022, J Affect Disord 314:59 (the
    published three classes, PHQ-9 and GAD-7 in parallel).
    """
    settings = settings or CourseSettings()
    scores = course_scores(cohort, settings.instruments, settings.visits, settings.scale)
    selection = select_classes(scores.scores, settings.mixture, settings.most)
    selection = _tested(scores, selection, settings)
    model = selection.best
    posterior = model.posterior(scores.scores)
    names = class_names(model.means, scores.scales[0])
    alternatives = _alternatives(scores, model, settings)
    stability = _stability(scores, selection, settings)
    doubts = limits.doubts(selection, stability, alternatives)
    return Trajectories(
        selection=selection.table,
        stability=pd.DataFrame(columns=COLUMNS) if stability is None else stability.table,
        classes=_classes(scores, model, posterior, names),
        class_sizes=_sizes(scores, selection),
        people=_people(scores, model, posterior, names),
        predictors=_predictors(cohort, scores, posterior, names),
        alternatives=alternatives,
        observed=_observed(scores),
        response_times=response_times(scores),
        relapse=relapse(cohort, scores),
        grolts=grolts(selection, scores.visits, settings.alternatives),
        model=model,
        names=names,
        reliable=not doubts,
        figures=course_figures(scores, selection, posterior, reliable=not doubts)
        | own_figures(scores, model, settings.persons),
        statements=limits.statements(scores, selection, doubts),
        facts=_facts(scores, selection, settings) | _lasting(stability) | {"reliable": not doubts},
    )


def _tested(scores: CourseScores, selection: Selection, settings: CourseSettings) -> Selection:
    """Add the bootstrapped likelihood-ratio test of the number chosen, when it is asked for."""
    if not settings.test_draws or selection.classes < 2:
        return selection
    smaller, larger = selection.models[selection.classes - 2], selection.best
    ratio, p = bootstrap_likelihood_ratio(
        scores.scores, smaller, larger, settings.test_draws, settings.mixture.seed
    )
    table = selection.table.copy()
    chosen = table["classes"] == selection.classes
    table["likelihood_ratio"] = np.where(chosen, ratio, np.nan)
    table["bootstrap_p"] = np.where(chosen, p, np.nan)
    return replace(selection, table=table)


def _stability(
    scores: CourseScores, selection: Selection, settings: CourseSettings
) -> Stability | None:
    """Try the choice on resamples of the people, when there is one to try."""
    if selection.classes == 1 or not settings.resamples:
        return None
    return class_stability(
        scores.scores, selection, clusters=scores.clusters, resamples=settings.resamples,
        seed=settings.mixture.seed,
    )  # fmt: skip


def _lasting(stability: Stability | None) -> dict[str, object]:
    if stability is None:
        return {"resamples": 0}
    return {
        "resamples": stability.resamples,
        "resamples_same_number": stability.same_number,
        "resamples_low_entropy": stability.low_entropy,
        "resamples_agreement": stability.agreement,
    }


def _classes(
    scores: CourseScores, model: CourseModel, posterior: Array, names: tuple[str, ...]
) -> pd.DataFrame:
    """Mean course of each class, with the spread of its people and the standard error of a mean."""
    spread = np.sqrt(np.einsum("kdd->kd", model.covariance)).reshape(model.means.shape)
    modal = np.bincount(posterior.argmax(1), minlength=len(names))
    rows = [
        (k + 1, name, model.shares[k], modal[k], instrument, visit,
         model.means[k, q, t], spread[k, q, t], _mean_error(scores, posterior, k, q, t))
        for k, name in enumerate(names)
        for q, instrument in enumerate(scores.instruments)
        for t, visit in enumerate(scores.visits)
    ]  # fmt: skip
    columns = ["class", "name", "share", "n_assigned", "instrument", "visit", "mean", "sd",
               "error"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _mean_error(scores: CourseScores, posterior: Array, k: int, q: int, t: int) -> float:
    """Weighted standard error of a class mean, membership taken as given."""
    values = scores.scores[:, q, t]
    there = np.isfinite(values)
    weight, values = posterior[there, k], values[there]
    n = weight.sum() ** 2 / max((weight**2).sum(), 1e-12)
    mean = (weight * values).sum() / max(weight.sum(), 1e-12)
    variance = (weight * (values - mean) ** 2).sum() / max(weight.sum(), 1e-12)
    return float(np.sqrt(variance / max(n, 1.0)))


def _sizes(scores: CourseScores, selection: Selection) -> pd.DataFrame:
    """People in each class of each model (GRoLTS item 12)."""
    rows = []
    for model in selection.models:
        modal = model.posterior(scores.scores).argmax(1)
        counts = np.bincount(modal, minlength=len(model.shares))
        for k, (share, n) in enumerate(zip(model.shares, counts, strict=True)):
            rows.append((model.settings.classes, k + 1, share, n))
    return pd.DataFrame(rows, columns=["classes", "class", "share", "n_assigned"])


def _people(
    scores: CourseScores, model: CourseModel, posterior: Array, names: tuple[str, ...]
) -> pd.DataFrame:
    """Each person's class probabilities and own course with a 90 % band."""
    expected, error = model.courses(scores.scores)
    people, processes, visits = scores.scores.shape
    modal = posterior.argmax(1)
    each = processes * visits
    table = pd.DataFrame(
        {
            "id": np.repeat(scores.ids.to_numpy(), each),
            "class": np.repeat(np.array(names)[modal], each),
            "probability": np.repeat(posterior.max(1), each),
            "instrument": np.tile(np.repeat(scores.instruments, visits), people),
            "visit": np.tile(scores.visits, people * processes),
            "score": scores.scores.ravel(),
            "expected": _inside(scores, expected),
            "low": _inside(scores, expected - BAND * error),
            "high": _inside(scores, expected + BAND * error),
        }
    )
    for k in range(len(names)):
        table[f"p_class_{k + 1}"] = np.repeat(posterior[:, k], each)
    return table


def _inside(scores: CourseScores, values: Array) -> Array:
    """Keep scores within their scale, flat."""
    low = np.array([scale.low for scale in scores.scales])[:, None]
    high = np.array([scale.high for scale in scores.scales])[:, None]
    return np.asarray(np.clip(values, low, high)).ravel()


def _predictors(
    cohort: Cohort, scores: CourseScores, posterior: Array, names: tuple[str, ...]
) -> pd.DataFrame:
    """Who follows which course, by the bias-adjusted three-step method, all predictors together."""
    table = _known_at_start(cohort, scores)
    complete = table.notna().all(axis=1).to_numpy()
    table = table[complete]
    table = table.loc[:, table.std() > 0]
    smallest = posterior[complete].sum(0).min() if complete.any() else 0.0
    if posterior.shape[1] < 2 or not len(table.columns) or smallest < FEWEST_PER_PREDICTOR:
        return pd.DataFrame(columns=["class", "against", "predictor", "log_odds"])
    fitted = three_step(posterior[complete], (table - table.mean()) / table.std())
    out = fitted.table(names)
    out["n"] = int(complete.sum())
    return out


def _known_at_start(cohort: Cohort, scores: CourseScores) -> pd.DataFrame:
    """People columns known at the first visit, choices as indicators against the commonest."""
    predictors = {}
    for name, column in cohort.study.people.items():
        if name not in cohort.people or cohort.study.order(column.known_at) > 0:
            continue
        values = cohort.people.loc[scores.ids, name]
        if column.kind == "number":
            predictors[name] = values.astype(float)
            continue
        counts = values.value_counts()
        for choice in counts.index[1:]:
            if counts[choice] >= FEWEST_PER_PREDICTOR:
                flag = (values == choice).astype(float).where(values.notna())
                predictors[f"{name}: {choice}"] = flag
    return pd.DataFrame(predictors, index=scores.ids)


_OTHERS = (
    ("random intercept, one covariance", {"structure": "random_intercept", "shared": True}),
    ("random intercept, a covariance for each class", {"shared": False}),
    ("random intercept and slope, one covariance", {"structure": "growth"}),
    ("latent profiles, a variance for each class and visit",
     {"structure": "diagonal", "shared": False}),
    ("straight-line means, random intercept", {"means": "linear"}),
)  # fmt: skip


def _alternatives(
    scores: CourseScores, model: CourseModel, settings: CourseSettings
) -> pd.DataFrame:
    """The same number of classes under other structures (GRoLTS items 6 and 7).

    ``agreement`` is the adjusted Rand index with the classes of the chosen model.
    """
    columns = ["model", "loglik", "parameters", "bic", "abic", "entropy", "smallest_share",
               "agreement"]  # fmt: skip
    if not settings.alternatives:
        return pd.DataFrame(columns=columns)
    rows, prepared = [], course_rows(scores.scores)
    assigned = model.posterior(scores.scores).argmax(1)
    base = replace(model.settings, starts=min(model.settings.starts, 20), tolerance=ENOUGH)
    for name, change in _OTHERS:
        other = fit_rows(prepared, replace(base, **change))  # type: ignore[arg-type]  # by name
        posterior = other.posterior(scores.scores)
        rows.append((name, other.loglik, other.parameters, other.bic, other.abic,
                     entropy(posterior), other.shares.min(),
                     adjusted_rand(assigned, posterior.argmax(1))))  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _observed(scores: CourseScores) -> pd.DataFrame:
    """Distribution of the observed scores at each visit (GRoLTS item 4)."""
    rows = []
    for q, name in enumerate(scores.instruments):
        for t, visit in enumerate(scores.visits):
            values = pd.Series(scores.scores[:, q, t]).dropna()
            rows.append((name, visit, len(values), scores.people - len(values), values.mean(),
                         values.std(), values.skew(), values.min(), values.max()))  # fmt: skip
    columns = ["instrument", "visit", "n", "missing", "mean", "sd", "skewness", "lowest", "highest"]
    return pd.DataFrame(rows, columns=columns)


def _facts(
    scores: CourseScores, selection: Selection, settings: CourseSettings
) -> dict[str, object]:
    mixture = selection.best.settings
    return {
        "instruments": list(scores.instruments),
        "visits": list(scores.visits),
        "people": scores.people,
        "classes": selection.classes,
        "entropy": selection.entropy,
        "structure": mixture.structure,
        "means": mixture.means,
        "shared": mixture.shared,
        "starts": mixture.starts,
        "most_classes": settings.most,
        "seed": mixture.seed,
    }
