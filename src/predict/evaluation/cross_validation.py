"""Out-of-fold estimates of every rival on the same folds, the whole recipe refitted each time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.errors import DesignError
from predict.evaluation.comparators import START, STATE, in_order
from predict.evaluation.plan import Plan
from predict.evaluation.recalibration import MAPS, recalibrated
from predict.features.earlier import stand_earlier
from predict.features.training_set import START_SCORE, TrainingSet
from predict.models.calibration import probability as to_probability
from predict.models.fitting import (
    LEAST_EVENTS,
    fit_recipe,
    rarer_outcome,
    refuse_few_events,
    refuse_small,
)
from predict.models.recipe import Recipe
from predict.models.response_model import FittedRecipe
from predict.statistics.intervals import Sampling, sampled
from predict.statistics.metrics.agreement import from_log_odds, log_odds, logistic_fit
from predict.statistics.splits import Fold, fold_table, folds

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class OutOfFold:
    """Estimates of people by models that never saw them.

    Parameters
    ----------
    ids : Index of n ids
    y : array (n,)
        1 where the outcome was reached.
    groups : array (n,)
        Cluster of each person; people of one cluster are always in the same fold.
    folds : array (repeats, n)
        In which fold each person was judged.
    probability : mapping of model to array (repeats, n)
        Estimates, 0-1.
    calibrated : mapping of calibration to array (repeats, n)
        The recipe's own family under each map from margin to probability.
    margin : mapping of model to array (repeats, n)
        Log-odds before calibration, which rank people even where a calibration has flattened them;
        comparable within a fold only.
    """

    ids: pd.Index[str]
    y: NDArray[np.int8]
    groups: NDArray[np.object_]
    folds: NDArray[np.int64]
    probability: Mapping[str, NDArray[np.float64]]
    calibrated: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    margin: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """How many people were judged."""
        return len(self.y)

    @property
    def events(self) -> int:
        """How many of them reached the outcome."""
        return int(self.y.sum())

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the rivals, simplest first."""
        return in_order(self.probability)

    def mean(self, model: str) -> NDArray[np.float64]:
        """Return each person's estimate averaged over repeats."""
        return np.asarray(self.probability[model].mean(axis=0), dtype=np.float64)

    def cells(self) -> list[tuple[int, NDArray[np.int64]]]:
        """Return (repeat, positions of its people) for every fold of every repeat."""
        return [
            (repeat, np.flatnonzero(row == fold))
            for repeat, row in enumerate(self.folds)
            for fold in np.unique(row)
        ]

    def ranking(self, model: str) -> NDArray[np.float64]:
        """Return what ranks people within a fold, array (repeats, n): uncalibrated where known."""
        return self.margin.get(model, self.probability[model])

    @cached_property
    def sampling(self) -> Sampling:
        """How people were drawn, whole clusters where there are any, and so how sure we are."""
        return sampled(self.folds[0], self.groups)

    def frame(self) -> pd.DataFrame:
        """Return model, repeat, fold, id, y, probability: one row an estimate."""
        parts = [
            pd.DataFrame(
                {
                    "model": model,
                    "repeat": repeat + 1,
                    "fold": self.folds[repeat] + 1,
                    "id": self.ids,
                    "y": self.y,
                    "probability": self.probability[model][repeat],
                }
            )
            for model in self.models
            for repeat in range(len(self.folds))
        ]
        return pd.concat(parts, ignore_index=True)


def cross_fit(
    training: TrainingSet, recipe: Recipe, plan: Plan, *, progress: Progress | None = None
) -> OutOfFold:
    """Refit every rival on every training part and estimate the people left out.

    Parameters
    ----------
    progress : callable (done, all), optional
        Told after each fit.

    Raises
    ------
    DesignError
        From the splits, when a fold would hold no event: use fewer folds. From `outer_folds`, when
        a fold's training people are too few.
    """
    refuse_small(training, recipe)
    models = rivals(recipe, plan, training.n)
    y = training.y.to_numpy(dtype=np.int8)
    groups = training.groups.to_numpy(dtype=object)
    made = outer_folds(training, recipe, plan)
    numbers = fold_table(made, len(y))
    probability, margin = (
        {model: np.full(numbers.shape, np.nan) for model in models} for _ in range(2)
    )
    calibrated = {name: np.full(numbers.shape, np.nan) for name in MAPS}
    own = recipe.family if recipe.family in models else models[-1]
    judged = _each_judged(training, recipe, own, models, made)
    for done, (model, fold, one) in enumerate(judged, 1):
        margin[model][fold.repeat, fold.test] = one.margin
        probability[model][fold.repeat, fold.test] = one.probability
        for name, p in one.calibrated.items():
            calibrated[name][fold.repeat, fold.test] = p
        if progress:
            progress(done, len(models) * len(made))
    probability |= _plain_rules(training, y, made)
    return OutOfFold(training.X.index, y, groups, numbers, probability, calibrated, margin)


def outer_folds(training: TrainingSet, recipe: Recipe, plan: Plan) -> tuple[Fold, ...]:
    """Return the folds on which every rival is judged; nothing is learned to make them.

    Raises
    ------
    DesignError
        With code ``TOO_FEW_EVENTS``, when the people who teach in some fold hold fewer of the rarer
        outcome than learning wants; ``TOO_FEW_FOR_FOLDS`` as `folds`.
    """
    refuse_few_events(training)
    y, groups = training.y.to_numpy(dtype=np.int8), training.groups.to_numpy(dtype=object)
    made = folds(y, groups, outer=plan.outer, repeats=plan.repeats, seed=recipe.seed)
    fewest = min(int(np.bincount(y[fold.train], minlength=2).min()) for fold in made)
    if fewest < LEAST_EVENTS:
        scarce = min(training.events, training.n - training.events)
        # A fold takes its share of them away from those who teach.
        wanted = math.ceil(LEAST_EVENTS * plan.outer / (plan.outer - 1))
        raise DesignError(
            f"{rarer_outcome(scarce)} too few to judge a model by: each fold is left out in turn, "
            f"and the people who then teach hold as few as {fewest} of them (at least "
            f"{LEAST_EVENTS} are wanted). Use more people, or another outcome."
            f"{stand_earlier(training.earlier, wanted)}",
            code="TOO_FEW_EVENTS",
        )
    return made


def _each_judged(
    training: TrainingSet, recipe: Recipe, own: str, models: Sequence[str], made: Sequence[Fold]
) -> Iterator[tuple[str, Fold, _Judged]]:
    """Judge every rival on every fold: those made of others last, by what these learned there.

    Whole fits side by side, the longest first, keep every thread busy; none hangs on another.
    """
    composed = [model for model in models if recipe.families[model].parts]
    alone = [model for model in models if model not in composed]
    wanted = {part for model in composed for part in recipe.families[model].parts}
    fits: dict[tuple[int, int], list[FittedRecipe]] = {}
    with ThreadPoolExecutor(recipe.threads) as pool:
        for stage in (alone, composed):
            jobs = [
                _Job(model, fold, fits.get((fold.repeat, fold.number), ()))
                for model in reversed(stage)
                for fold in made
            ]
            judged = pool.map(partial(_judge, training, recipe, own), jobs)
            for job, one in zip(jobs, judged, strict=True):
                if job.model in wanted:
                    fits.setdefault((job.fold.repeat, job.fold.number), []).append(one.fitted)
                yield job.model, job.fold, one


def judged_once(training: TrainingSet, recipe: Recipe, made: Sequence[Fold]) -> OutOfFold:
    """Return the estimates of one family for everybody whom some fold leaves out, of one repeat."""
    numbers = fold_table(made, training.n)
    probability, margin = (np.full(numbers.shape, np.nan) for _ in range(2))
    with ThreadPoolExecutor(recipe.threads) as pool:
        judged = pool.map(partial(_of_family, training, replace(recipe, threads=1)), made)
        for fold, (line, fitted) in zip(made, judged, strict=True):
            margin[0, fold.test] = line
            probability[0, fold.test] = to_probability(fitted.calibration.apply(line))
    rows, name = np.flatnonzero(numbers[0] >= 0), recipe.family
    y, groups = training.y.to_numpy(dtype=np.int8), training.groups.to_numpy(dtype=object)
    return OutOfFold(
        training.X.index[rows],
        y[rows],
        groups[rows],
        numbers[:, rows],
        {name: probability[:, rows]},
        margin={name: margin[:, rows]},
    )


def _of_family(
    training: TrainingSet, recipe: Recipe, fold: Fold, parts: Sequence[FittedRecipe] = ()
) -> tuple[NDArray[np.float64], FittedRecipe]:
    """Return the margins of a fold's people, and what was learned from the others."""
    fitted = fit_recipe(training.take(fold.train), recipe, parts=parts)
    return fitted.margin(training.X.iloc[fold.test]), fitted


class _Job(NamedTuple):
    """A rival to be judged on a fold, and what its parts learned for that fold already."""

    model: str
    fold: Fold
    parts: Sequence[FittedRecipe]


class _Judged(NamedTuple):
    """A fold's people, who were not learned from; of the recipe's own family, other maps too."""

    fitted: FittedRecipe
    margin: NDArray[np.float64]
    probability: NDArray[np.float64]
    calibrated: Mapping[str, NDArray[np.float64]]


def _judge(training: TrainingSet, recipe: Recipe, own: str, job: _Job) -> _Judged:
    fold = job.fold
    part = for_fold(recipe, job.model, repeat=fold.repeat, fold=fold.number)
    margin, fitted = _of_family(training, replace(part, threads=1), fold, job.parts)
    line = fitted.calibration.apply(margin)
    outcomes = training.y.to_numpy(dtype=np.int8)[fold.train]
    maps = recalibrated(fitted, outcomes, line) if job.model == own else {}
    return _Judged(fitted, margin, from_log_odds(line), maps)


def _plain_rules(
    training: TrainingSet, y: NDArray[np.int8], made: Sequence[Fold]
) -> dict[str, NDArray[np.float64]]:
    """Return what a model after the first visit must beat: the start alone, the state alone."""
    rules = {}
    start = training.extras[START_SCORE].to_numpy(dtype=np.float64)
    if training.as_of != training.study.rounds["one"].start and np.isfinite(start).all():
        rules[START] = _by_start(start, y, made)
    state = round_one_state(training) if training.round != "one" else None
    if state is not None:
        rules[STATE] = _rates_by(state.to_numpy(dtype=object), y, made)
    return rules


def _by_start(
    start: NDArray[np.float64], y: NDArray[np.int8], made: Sequence[Fold]
) -> NDArray[np.float64]:
    line = np.column_stack([np.ones_like(start), (start - start.mean()) / (start.std() or 1.0)])
    table = np.full(fold_table(made, len(y)).shape, np.nan)
    for fold in made:
        beta, _ = logistic_fit(y[fold.train], line[fold.train])
        if not np.isfinite(beta).all():
            beta = np.array([log_odds(y[fold.train].mean()).item(), 0.0])
        table[fold.repeat, fold.test] = from_log_odds(line[fold.test] @ beta)
    return table


def _rates_by(
    state: NDArray[np.object_], y: NDArray[np.int8], made: Sequence[Fold]
) -> NDArray[np.float64]:
    """Return each person's estimate by the rate of their state among the fold's training people."""
    table = np.full(fold_table(made, len(y)).shape, np.nan)
    for fold in made:
        rates = dict.fromkeys(set(state), float(y[fold.train].mean()))
        for value in ("reached", "not_reached"):
            inside = fold.train[state[fold.train] == value]
            if len(inside):
                rates[value] = float((y[inside].sum() + 0.5) / (len(inside) + 1))
        table[fold.repeat, fold.test] = [rates[value] for value in state[fold.test]]
    return table


def rivals(recipe: Recipe, plan: Plan, n: int) -> tuple[str, ...]:
    """Return the families to judge: the plan's, and the recipe's own, simplest first.

    Those that want more than these n people are left out.
    """
    names = sorted({*plan.families, *recipe.judged})
    return in_order(name for name in names if recipe.families[name].fewest <= n)


def judging_words(recipe: Recipe, plan: Plan, n: int) -> str:
    """Return who is about to be judged: how many families of these, and their names.

    Examples
    --------
    >>> judging_words(Recipe("linear"), Plan(families=("prior", "averaged")), 200)
    'Judging 2 families (prior, linear)'
    """
    names = rivals(recipe, plan, n)
    return f"Judging {len(names)} famil{'y' if len(names) == 1 else 'ies'} ({', '.join(names)})"


def for_fold(recipe: Recipe, model: str, *, repeat: int, fold: int) -> Recipe:
    """Return the recipe of one rival in one fold, with a seed of its own.

    Parameters fixed in the experiment belong to the experiment's family only.
    """
    seed = int(np.random.SeedSequence([recipe.seed, repeat, fold]).generate_state(1)[0] >> 1)
    params = recipe.params if model == recipe.family else {}
    return replace(recipe.with_family(model), seed=seed, params=params)


def round_one_state(training: TrainingSet) -> pd.Series | None:
    """Return who had already reached the outcome's mark at the as-of visit, where a score tells."""
    column = severity_column(training, training.as_of)
    if column is None:
        return None
    start, then = training.extras[START_SCORE], training.X[column]
    reached = training.outcome.responds(start, then).astype(bool)
    words = pd.Series(np.where(reached, "reached", "not_reached"), index=reached.index)
    return words.where(then.notna() & start.notna())


def severity_column(training: TrainingSet, visit: str) -> str | None:
    """Return the feature that holds the outcome scale's total at a visit."""
    for column in training.columns:
        same = column.source == training.outcome.instrument and column.item in (
            training.outcome.scale,
            "",
        )
        if same and column.role == "total" and column.visit == visit:
            return column.name
    return None
