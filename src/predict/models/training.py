"""Training: the whole model, with its estimates' interval and its drivers' stability."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from predict.cohort.follow_up import follow_up
from predict.drawing.progress import Tick, bar
from predict.errors import UsageError
from predict.features.follow_up import follow_up_as_of
from predict.features.nouns import require_training_set
from predict.features.training_set import TrainingSet
from predict.files import round10
from predict.models.bootstrap import refit_many, times_fault
from predict.models.drivers import with_drivers
from predict.models.fitting import fit_recipe, refuse_small
from predict.models.interval_calibration import learn_interval
from predict.models.marginal_reasons import protection_change, with_background
from predict.models.nouns import require_recipe
from predict.models.recipe import Recipe
from predict.models.reliance import profile, with_usual
from predict.models.reliance.thresholds import SHOWN
from predict.models.response_model import FittedRecipe, ResponseModel
from predict.models.tuning import Watch

REFITS = 200

Say = Callable[[str], object]


def train(
    training: TrainingSet,
    recipe: Recipe | None = None,
    *,
    refits: int = REFITS,
    workers: int = 1,
    name: str = "model",
    facts: Mapping[str, Any] | None = None,
    thresholds: Mapping[str, Any] | None = None,
    say: Say = lambda _: None,
    progress: Tick | bool | None = None,
    watch: Watch | None = None,
) -> ResponseModel:
    """Learn a whole model, its interval and its drivers: what `predict.train` does, untracked.

    Parameters
    ----------
    training, recipe
        As `predict.train`.
    refits : int
        Resamples of the people on which the shipped settings are learned again. The interval of an
        estimate and the stability of the drivers come from them: 200 do for ranks, 50 for an
        interval, and 0 leaves both out, for a quick look.
    workers : int
        Processes for the refits; no number depends on it. With more than one, a script must guard
        its own start by ``if __name__ == "__main__":``.
    name : str
        Name of the model, and of its folder.
    facts : mapping, optional
        Aggregates kept with the model beside its own counts, such as its evaluation.
    thresholds : mapping, optional
        Where an estimate gets a note, or must not be shown; see `reliance.Thresholds`. With
        `show_unproven`, the reason why estimates are shown of a model that is not shown to be
        better than giving everybody the rate.
    say : callable
        Told one sentence before each step.
    progress : callable (done, all) or bool, optional
        Told after each refit; as `predict.evaluate`.
    watch : callable, optional
        Told of each trial of the search.

    Returns
    -------
    ResponseModel
        Its repr says where interval and drivers were left out.

    Raises
    ------
    UsageError
        When `refits` is 1 or below 0.
    DesignError
        When there are too few people to learn from (``TOO_FEW_EVENTS``) or to learn from again
        (``REFITS_LOST``; use ``refits=0``).

    References
    ----------
    Riley & Collins 2023, Biom J 65:2200302 (stability over bootstrap models).
    """
    if fault := times_fault(refits):
        raise UsageError(fault, code="REFITS_WRONG")
    require_training_set(training)
    recipe = Recipe() if recipe is None else recipe
    require_recipe(recipe)
    say(f"Learning the {recipe.family} model")
    model = _learned(training, recipe, name, facts or {}, thresholds, watch)
    if refits == 0:
        return model
    say(f"Learning again on {refits} resamples, for intervals and stable drivers")
    with bar("Learning again", progress) as tick:
        return completed(model, training, refits, workers=workers, progress=tick)


def completed(
    model: ResponseModel,
    training: TrainingSet,
    times: int,
    *,
    workers: int = 1,
    progress: Tick | None = None,
) -> ResponseModel:
    """Return the model with its interval and drivers; both come from the same refits."""
    seed = model.fitted.recipe.seed
    refits = refit_many(
        training, model.fitted, times, seed=seed, workers=workers, progress=progress
    )
    interval = learn_interval(training, model.fitted, refits=refits, seed=seed)
    return with_drivers(replace(model, interval=interval), training, refits, seed=seed)


def _learned(
    training: TrainingSet,
    recipe: Recipe,
    name: str,
    facts: Mapping[str, Any],
    thresholds: Mapping[str, Any] | None,
    watch: Watch | None,
) -> ResponseModel:
    refuse_small(training, recipe)
    fitted = with_background(fit_recipe(training, recipe, watch=watch), training)
    chosen = dict(thresholds or {})
    learned = profile(training, chosen, columns=fitted.columns, out_of_fold=fitted.out_of_fold)
    return ResponseModel(
        name=name,
        study=training.study,
        outcome=training.outcome,
        round=training.round,
        as_of=training.as_of,
        blocks=training.blocks,
        columns=fitted.columns,
        fitted=fitted,
        reliance=with_usual(learned, training.X[[column.name for column in fitted.columns]]),
        interval=None,
        facts={**describe(training), **_marginal_facts(fitted, training), **facts},
        show_unproven=str(chosen.get(SHOWN, "")).strip(),
    )


def _marginal_facts(fitted: FittedRecipe, training: TrainingSet) -> dict[str, Any]:
    """What protecting the people behind marginal reasons costs, where there are any."""
    change = protection_change(fitted, training.X[[column.name for column in fitted.columns]])
    if change is None:
        return {}
    return {"marginal": {k: v if isinstance(v, int) else round10(v) for k, v in change.items()}}


def describe(training: TrainingSet) -> dict[str, Any]:
    """Return counts of a training set: people, events, rate, the lost, why others are left out."""
    why = training.left_out["why"].value_counts().sort_index()
    return {
        "n": training.n,
        "events": training.events,
        "rate": float(np.mean(training.y)),
        "clusters": int(training.groups.nunique()),
        "left_out": {str(key): int(count) for key, count in why.items()},
        "follow_up": _follow_up(training),
    }


def _follow_up(training: TrainingSet) -> dict[str, int]:
    """Return how many started and were lost, and how many of these came to the as-of visit."""
    if training.left_out.empty:
        return {"started": training.n, "lost": 0, "lost_as_of": 0}
    seen, here = follow_up(training.labels), follow_up_as_of(training)
    counts = {"started": seen.started, "lost": seen.lost, "lost_as_of": here.lost}
    return {name: int(group.sum()) for name, group in counts.items()}
