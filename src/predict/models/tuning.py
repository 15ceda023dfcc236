"""The search for settings, inside the training people only. The one door to Optuna."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np

from predict.drawing.progress import unasked_bars
from predict.features.training_set import TrainingSet
from predict.models.families import Bench, Family, FoldData, Range, Trial
from predict.models.preprocessing import learn_preparation
from predict.models.raw_columns import raw_columns
from predict.models.recipe import Recipe
from predict.statistics.splits import Fold, folds

# Asked together and told together: the same trials, however many threads run them.
_BATCH = 4


def inner_folds(training: TrainingSet, recipe: Recipe) -> tuple[Fold, ...]:
    """Return the folds of the training people, grouped as the outer ones are."""
    return folds(training.y, training.groups, outer=recipe.inner, seed=recipe.seed)


def prepared_folds(
    training: TrainingSet, names: Sequence[str], family: Family, divided: Sequence[Fold]
) -> tuple[FoldData, ...]:
    """Return each inner fold's numbers, prepared by what its own training people teach."""
    columns = [training.column(name) for name in names]
    X, y = raw_columns(training.X, columns), training.y.to_numpy()
    made = []
    for fold in divided:
        learned_from = X.take(fold.train)
        prepare = learn_preparation(learned_from, columns, style=family.style)
        train, test = prepare.apply(learned_from), prepare.apply(X.take(fold.test))
        made.append(FoldData(train, y[fold.train], test, y[fold.test], fold.test))
    return tuple(made)


Watch = Callable[[Trial], object]


def search(family: Family, bench: Bench, recipe: Recipe, watch: Watch | None = None) -> Trial:
    """Return the best trial: fixed settings, or the defaults and then a seeded search.

    Parameters
    ----------
    family : Family
        Says what is searched and the settings tried first.
    bench : Bench
        Inner folds made ready.
    recipe : Recipe
        Budget, seed and fixed settings.
    watch : callable, optional
        Told of each trial of the search, in the order in which they were asked for.

    References
    ----------
    Bergstra and others 2011, "Algorithms for hyper-parameter optimization" (TPE).
    """
    if recipe.params:
        return bench.attempt({**family.defaults, **recipe.params})
    if not family.space or recipe.trials == 0:
        return bench.attempt(family.defaults)
    tried = _tpe(family, bench, recipe)
    if watch is not None:
        for trial in tried:
            watch(trial)
    return tried[int(np.argmin([trial.loss for trial in tried]))]


def _tpe(family: Family, bench: Bench, recipe: Recipe) -> list[Trial]:
    with unasked_bars():
        import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=recipe.seed, n_startup_trials=6, constant_liar=True)
    study = optuna.create_study(sampler=sampler, direction="minimize")
    study.enqueue_trial(dict(family.defaults))
    tried: list[Trial] = []
    with ThreadPoolExecutor(recipe.threads) as pool:
        while len(tried) < recipe.trials:
            # The defaults run alone first: all others race against somebody.
            count = min(_BATCH, recipe.trials - len(tried)) if tried else 1
            asked = [study.ask() for _ in range(count)]
            settings = [_suggest(trial, family.space) for trial in asked]
            # The best of earlier batches only, so that results do not hang on who finishes first.
            best = min(tried, key=lambda trial: trial.loss) if tried else None
            done = list(pool.map(partial(bench.attempt, against=best), settings))
            for trial, result in zip(asked, done, strict=True):
                study.tell(trial, result.loss)
            tried += done
    return tried


def _suggest(trial: Any, space: Mapping[str, Range]) -> dict[str, float]:
    return {
        name: trial.suggest_int(name, int(r.low), int(r.high))
        if r.whole
        else trial.suggest_float(name, r.low, r.high, log=r.log)
        for name, r in space.items()
    }
