"""Known truths to hold an interval against, and what the recipe makes of outcomes drawn from them.

A model's own estimates cannot show what it misses: a recipe run on outcomes drawn from them finds
them again. So truths come from three places: the model, slightly sharpened; refits of it on other
samples of the people, with structure that its settings do not find again; and a rival family, whose
misfit is of another kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.features.training_set import TrainingSet
from predict.models.bootstrap import RefitResults
from predict.models.calibration import probability
from predict.models.families import FAMILIES, simplest_first
from predict.models.fitting import LEAST_EVENTS, fit_recipe
from predict.models.recipe import Recipe
from predict.models.response_model import FittedRecipe

Floats = NDArray[np.float64]

OWN, DRAWN, RIVAL = 2, 3, 2
SHARPENING = 2
SHARPEST = 2.0
DRAWS = 50


@dataclass(frozen=True)
class Truth:
    """True log-odds of the training people, and what reruns of the recipe estimated instead.

    Parameters
    ----------
    kind : str
        ``own``, ``drawn`` or ``rival``.
    log_odds : array (people,)
    estimates : array (reruns, people)
        Log-odds estimated by the recipe, each learned from other outcomes drawn from the truth.
    """

    kind: str
    log_odds: Floats
    estimates: Floats


def known_truths(
    training: TrainingSet,
    fitted: FittedRecipe,
    refits: RefitResults,
    *,
    between: float = 0.0,
    seed: int,
) -> tuple[float, tuple[Truth, ...]]:
    """Return how far the model was sharpened, and the truths with their reruns.

    Parameters
    ----------
    refits : RefitResults
        Asked about the training people.
    between : float
        Standard deviation between clusters, log-odds: drawn anew for each rerun.
    """
    draw = np.random.default_rng([seed, 7])
    rerun = _Rerun(training, fitted, between, draw)
    own = rerun.estimates(fitted)
    scale = _sharpening(rerun, own)
    places = np.linspace(0, refits.succeeded - 1, min(DRAWN, refits.succeeded)).astype(int)
    drawn = refits.log_odds.to_numpy(dtype=np.float64)[places]
    return scale, (
        rerun.truth("own", _sharpened(own, scale), OWN),
        *(rerun.truth("drawn", _sharpened(line, scale), 1) for line in drawn),
        rerun.truth("rival", _rival(training, fitted), RIVAL),
    )


def _sharpened(log_odds: Floats, scale: float) -> Floats:
    return np.asarray(log_odds.mean() + scale * (log_odds - log_odds.mean()), dtype=np.float64)


def _sharpening(rerun: _Rerun, own: Floats) -> float:
    """Return by how much shrinkage makes a model's own copies narrower than the model."""
    seen = float(np.std(rerun.fitted.out_of_fold)) if len(rerun.fitted.out_of_fold) else 0.0
    spreads = [float(np.std(rerun.run(own).out_of_fold)) for _ in range(SHARPENING)]
    usual = float(np.mean(spreads))
    return float(np.clip(seen / usual, 1.0, SHARPEST)) if usual > 0 else 1.0


def _rival(training: TrainingSet, fitted: FittedRecipe) -> Floats:
    """Return what the most flexible other family, made of no others, estimates by its defaults."""
    own = fitted.recipe
    alone = [name for name in simplest_first() if not FAMILIES[name].parts]
    name = next(rival for rival in reversed(alone) if rival != own.family)
    plain = Recipe(trials=0, inner=own.inner, seed=own.seed)
    rival = fit_recipe(training, plain.with_family(name))
    return rival.log_odds(training.X[[column.name for column in rival.columns]])


@dataclass(frozen=True)
class _Rerun:
    """The recipe, settings fixed, to be run on outcomes drawn from a truth."""

    training: TrainingSet
    fitted: FittedRecipe
    between: float
    draw: np.random.Generator

    def estimates(self, fitted: FittedRecipe) -> Floats:
        """Return what a recipe, shipped or rerun, says of the training people, log-odds."""
        return fitted.log_odds(self.training.X[[column.name for column in fitted.columns]])

    def truth(self, kind: str, log_odds: Floats, times: int) -> Truth:
        """Return a truth with so many reruns."""
        estimates = [self.estimates(self.run(log_odds)) for _ in range(times)]
        return Truth(kind, log_odds, np.array(estimates))

    def run(self, truth: Floats) -> FittedRecipe:
        """Learn the recipe from outcomes drawn once from a truth."""
        outcome = self._outcome(truth)
        learned = FAMILIES[self.fitted.recipe.family].learned
        params = {name: v for name, v in self.fitted.params.items() if name not in learned}
        recipe = replace(self.fitted.recipe, params=params, trials=0)
        simulated = replace(self.training, y=pd.Series(outcome, index=self.training.y.index))
        return fit_recipe(simulated, recipe)

    def _outcome(self, truth: Floats) -> NDArray[np.int8]:
        """Draw outcomes with as many of either kind as it takes to learn; more than once if few."""
        for _ in range(DRAWS):
            chance = probability(truth + self._places())
            outcome = (self.draw.random(len(truth)) < chance).astype(np.int8)
            if min(outcome.sum(), len(outcome) - outcome.sum()) >= LEAST_EVENTS:
                break
        return outcome

    def _places(self) -> Floats | float:
        """Return each person's cluster's shift, drawn anew."""
        if not self.between:
            return 0.0
        codes, names = pd.factorize(self.training.groups, sort=True)
        shifts = self.draw.normal(0.0, self.between, len(names))
        return np.asarray(shifts[codes], dtype=np.float64)


def kinds(truths: Sequence[Truth]) -> dict[str, list[Truth]]:
    """Return the truths by kind."""
    grouped: dict[str, list[Truth]] = {}
    for truth in truths:
        grouped.setdefault(truth.kind, []).append(truth)
    return grouped
