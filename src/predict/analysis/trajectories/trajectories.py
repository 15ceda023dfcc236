"""The courses of a cohort: how many, what they look like, who follows which, when they respond."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.analysis.trajectories import limits
from predict.analysis.trajectories.figures import course_figures, own_figures, people_figures
from predict.analysis.trajectories.limits import grolts
from predict.analysis.trajectories.naming import class_names
from predict.analysis.trajectories.scores import CourseScores, course_scores
from predict.analysis.trajectories.select import (
    MOST_CLASSES,
    Selection,
    adjusted_rand,
    bootstrap_likelihood_ratio,
    select_classes,
)
from predict.analysis.trajectories.stability import RESAMPLES, Stability, class_stability
from predict.analysis.trajectories.tables import (
    class_groups,
    classes_table,
    observed_table,
    predictors_table,
    selection_table,
    sizes_table,
    stability_table,
)
from predict.analysis.trajectories.three_step import three_step
from predict.analysis.trajectories.times import relapse, response_times
from predict.analysis.write_results import Opened, Result
from predict.cohort import Cohort, CohortLike, StudyLike, as_cohort
from predict.drawing.notebook import courses
from predict.errors import UsageError, unknown_name
from predict.models.growth_mixture.course_model import CourseModel, entropy, fit_rows
from predict.models.growth_mixture.mixture import ENOUGH, MixtureSettings
from predict.models.growth_mixture.rows import course_rows
from predict.statistics.disclosure import Mask, Table, count

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
        Scale of each instrument whose scores are followed.
    most : int
        Largest number of classes tried.
    mixture : MixtureSettings
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

    See Also
    --------
    predict.analysis.trajectories : Takes them.

    Examples
    --------
    >>> CourseSettings(most=2, resamples=0).most
    2
    """

    instruments: tuple[str, ...] = ()
    visits: tuple[str, ...] = ()
    scale: str = "total"
    most: int = MOST_CLASSES
    mixture: MixtureSettings = field(default_factory=MixtureSettings)
    alternatives: bool = True
    resamples: int = RESAMPLES
    persons: tuple[str, ...] = ()
    test_draws: int = 0


@dataclass(frozen=True)
class Trajectories(Opened):
    """Tables first; figures and sentences follow from them.

    Parameters
    ----------
    selection, stability, classes, class_sizes : DataFrame
        See ``docs/networks_and_courses.md`` for their columns, as for those below.
    people : DataFrame
        One row a person, instrument and visit; never leaves the clinic.
    predictors, alternatives, observed, response_times, relapse, grolts : DataFrame
        Who follows which course, other structures, and the checklist.
    model : CourseModel
        The model BIC chooses.
    names : tuple of str
        Plain names of its classes.
    reliable : bool
        Whether nothing speaks against the classes: see :func:`limits.doubts`.
    result : Result
        All of it with whom each count counts, as it is written.

    See Also
    --------
    predict.analysis.trajectories : Makes one.

    Examples
    --------
    >>> import predict as pr
    >>> from predict.simulation.examples import shipped
    >>> table = pr.simulate("demo", people=200, seed=1).table
    >>> study = shipped("demo_study.toml")
    >>> settings = pr.analysis.CourseSettings(
    ...     most=2, resamples=0, test_draws=0, alternatives=False
    ... )
    >>> pr.analysis.trajectories(table, settings, study=study).reliable
    False
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
    result: Result

    def __repr__(self) -> str:
        classes = ", ".join(
            f"{n} {s:.1%}" for n, s in zip(self.names, self.model.shares, strict=True)
        )
        return f"Trajectories({classes}; {'reliable' if self.reliable else 'not reliable'})"

    def plot(self, instrument: str | None = None, *, ax: Any = None) -> Any:
        """Draw the mean course of each class on one instrument; return matplotlib's axes.

        Raises
        ------
        UsageError
            For an instrument without courses, with those that have some.
        """
        instruments = tuple(dict.fromkeys(self.classes["instrument"]))
        chosen = instrument or next(iter(instruments), "")
        if chosen not in instruments:
            raise UsageError(unknown_name("instrument with courses", chosen, instruments))
        rows = self.classes[self.classes["instrument"] == chosen]
        words = rows["name"].astype("str") + rows["share"].map(lambda share: f" ({share:.0%})")
        doubt = "" if self.reliable else " (these classes are not reliable)"
        title = f"How do scores run?{doubt}"
        return courses(rows.assign(**{"class": words}), title=title, unit=chosen, ax=ax)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every table by the name of its file."""
        names = ("selection", "stability", "classes", "class_sizes", "people", "predictors",
                 "alternatives", "observed", "response_times", "relapse", "grolts")  # fmt: skip
        return {name: getattr(self, name) for name in names}


def trajectories(
    cohort: CohortLike, settings: CourseSettings | None = None, *, study: StudyLike | None = None
) -> Trajectories:
    """Find the courses of a cohort by growth mixture models of one to five classes.

    Parameters
    ----------
    cohort : Cohort, DataFrame or path
        What is no cohort is read under `study`.
    settings : CourseSettings, optional
        What is estimated, and how often it is tried anew.
    study : Study, path or mapping, optional
        How a table that is no cohort yet is read.

    Returns
    -------
    Trajectories
        Classes, their sizes and what speaks against them.

    Raises
    ------
    DesignError
        With fewer than three visits at which 50 people have a score.

    See Also
    --------
    predict.analysis.CourseSettings : What is estimated, and how.

    References
    ----------
    Muthen and Muthen 2000, Alcoholism 24:882; Hull et al. 2022, J Affect Disord 314:59 (the
    published three classes, PHQ-9 and GAD-7 in parallel).

    Examples
    --------
    >>> import predict as pr
    >>> from predict.simulation.examples import shipped
    >>> table = pr.simulate("demo", people=200, seed=1).table
    >>> study = shipped("demo_study.toml")
    >>> settings = pr.analysis.CourseSettings(
    ...     most=2, resamples=0, test_draws=0, alternatives=False
    ... )
    >>> pr.analysis.trajectories(table, settings, study=study).reliable
    False
    """
    cohort = as_cohort(cohort, study)
    settings = settings or CourseSettings()
    scores = course_scores(cohort, settings.instruments, settings.visits, settings.scale)
    selection = select_classes(scores.scores, settings.mixture, settings.most)
    selection = _tested(scores, selection, settings)
    model = selection.best
    posterior = model.posterior(scores.scores)
    names = class_names(model.means, scores.scales)
    alternatives = _alternatives(scores, model, settings)
    stability = _stability(scores, selection, settings)
    doubts = limits.doubts(selection, stability, alternatives.frame)
    people = _people(scores, model, posterior, names)
    result = Result(
        (
            selection_table(scores, selection), stability_table(scores, selection, stability),
            classes_table(scores, model, posterior, names), sizes_table(scores, selection),
            _predictors(cohort, scores, posterior, names), alternatives, observed_table(scores),
            response_times(scores), relapse(cohort, scores),
            grolts(selection, scores.visits, settings.alternatives),
        ),
        partial(course_figures, scores=scores, selection=selection, reliable=not doubts),
        limits.statements(scores, selection, doubts),
        _facts(scores, selection, settings) | _lasting(stability) | {"reliable": not doubts},
        {"people": people},
        people_figures(scores, selection, posterior, reliable=not doubts)
        | own_figures(scores, model, settings.persons),
        "Courses",
    )  # fmt: skip
    frames = {table.name: table.frame for table in result.tables}
    return Trajectories(**frames, people=people, model=model, names=names, reliable=not doubts,
                        result=result)  # fmt: skip


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
) -> Table:
    """Who follows which course, by the bias-adjusted three-step method, all predictors together."""
    predictors = _known_at_start(cohort, scores)
    complete = predictors.notna().all(axis=1).to_numpy()
    table = predictors[complete]
    table = table.loc[:, table.std() > 0]
    smallest = posterior[complete].sum(0).min() if complete.any() else 0.0
    if posterior.shape[1] < 2 or not len(table.columns) or smallest < FEWEST_PER_PREDICTOR:
        columns = ("class", "against", "predictor", "log_odds")
        return Table("predictors", pd.DataFrame(columns=list(columns)), labels=columns)
    effects = three_step(posterior[complete], (table - table.mean()) / table.std())
    frame = effects.table(names).assign(n=int(complete.sum()))
    groups = [scores.group(posterior.argmax(1) == k) for k in range(len(names))]
    return predictors_table(frame, predictors.reindex(cohort.ids), scores.group(complete), groups)


def _known_at_start(cohort: Cohort, scores: CourseScores) -> pd.DataFrame:
    """People columns known at the first visit, choices as indicators against the commonest."""
    columns = {}
    for name, column in cohort.study.people.items():
        if name not in cohort.people or cohort.study.order(column.known_at) > 0:
            continue
        values = cohort.people.loc[scores.ids, name]
        if column.kind == "number":
            columns[name] = values.astype(float)
            continue
        counts = values.value_counts()
        for choice in counts.index[1:]:
            if counts[choice] >= FEWEST_PER_PREDICTOR:
                flag = (values == choice).astype(float).where(values.notna())
                columns[f"{name}: {choice}"] = flag
    return pd.DataFrame(columns, index=scores.ids)


_OTHERS = (
    ("random intercept, one covariance", {"structure": "random_intercept", "shared": True}),
    ("random intercept, a covariance for each class", {"shared": False}),
    ("random intercept and slope, one covariance", {"structure": "growth"}),
    ("latent profiles, a variance for each class and visit",
     {"structure": "diagonal", "shared": False}),
    ("straight-line means, random intercept", {"means": "linear"}),
)  # fmt: skip


def _alternatives(scores: CourseScores, model: CourseModel, settings: CourseSettings) -> Table:
    """The same number of classes under other structures (GRoLTS items 6 and 7).

    ``agreement`` is the adjusted Rand index with the classes of the chosen model.
    """
    numbers = ("loglik", "parameters", "bic", "abic", "entropy", "smallest_share", "agreement")
    columns, rows = ("model", *numbers), []
    rests: dict[tuple[int, str], tuple[Mask, ...]] = {}
    prepared = course_rows(scores.scores)
    assigned = model.posterior(scores.scores).argmax(1)
    base = replace(model.settings, starts=min(model.settings.starts, 20), tolerance=ENOUGH)
    for row, (name, change) in enumerate(_OTHERS if settings.alternatives else ()):
        other = fit_rows(prepared, replace(base, **change))  # type: ignore[arg-type]  # by name
        posterior = other.posterior(scores.scores)
        rows.append((name, other.loglik, other.parameters, other.bic, other.abic,
                     entropy(posterior), other.shares.min(),
                     adjusted_rand(assigned, posterior.argmax(1))))  # fmt: skip
        rests |= {(row, column): (scores.everybody,) for column in ("bic", "abic")}
        rests[row, "smallest_share"] = (scores.everybody, *class_groups(scores, other))
    frame = pd.DataFrame(rows, columns=list(columns))
    return Table("alternatives", frame, labels=columns, rests=rests)


def _facts(
    scores: CourseScores, selection: Selection, settings: CourseSettings
) -> dict[str, object]:
    mixture = selection.best.settings
    return {
        "instruments": list(scores.instruments),
        "visits": list(scores.visits),
        "people": count(scores.everybody),
        "classes": selection.classes,
        "entropy": selection.entropy,
        "structure": mixture.structure,
        "means": mixture.means,
        "shared": mixture.shared,
        "starts": mixture.starts,
        "most_classes": settings.most,
        "seed": mixture.seed,
    }
