"""The drivers of a model, studied once after training and stored with it in `drivers.json`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from predict.features.training_set import TrainingSet
from predict.files import round10
from predict.models.bootstrap import RefitResults
from predict.models.driver_stability import drivers_facts
from predict.models.families import FAMILIES
from predict.models.response_model import ResponseModel
from predict.models.second_opinions import interventional_gap, permutation_importance

PEOPLE = 2000  # permuted at most, an even sample of them
COMPARED = 200  # people whose points are set beside interventional values


def with_drivers(
    model: ResponseModel, training: TrainingSet, refits: RefitResults, *, seed: int
) -> ResponseModel:
    """Return the model with its drivers' stability and second opinions among its facts.

    ``facts["drivers"]`` becomes `drivers.json`; ``facts["unstable_drivers"]`` names the columns
    that are not told apart from chance: no page and no score names them as a reason. ``carried``
    in the drivers says which of them count under their total.

    Parameters
    ----------
    model : ResponseModel
        Just trained.
    training : TrainingSet
        The people it was trained on.
    refits : RefitResults
        Of `model.fitted`, asked about the training people, with reasons.
    seed : int
        Seed of the shuffles.
    """
    X = training.X[[column.name for column in model.columns]]
    drivers = drivers_facts(model, X, refits)
    drivers["permutation"] = _permutation(model, X, training.y, seed)
    drivers["interventional"] = _interventional(model, X)
    facts = {**model.facts, "drivers": drivers, "unstable_drivers": drivers["unstable"]}
    return replace(model, facts=facts)


def _permutation(
    model: ResponseModel, X: pd.DataFrame, y: pd.Series, seed: int
) -> list[dict[str, Any]]:
    step = -(-len(X) // PEOPLE) or 1
    table = permutation_importance(model, X.iloc[::step], y.iloc[::step], seed=seed)
    return [
        {"column": str(row["column"]), "brier_rise": round10(row["brier_rise"])}
        for row in table.to_dict("records")
    ]


def _interventional(model: ResponseModel, X: pd.DataFrame) -> dict[str, Any] | None:
    """The gap to interventional values; None where columns only add up: reasons are exact.

    Empty where the trees are too deep for tables to tell.
    """
    if not FAMILIES[model.family].interventional:
        return None
    if not model.fitted.estimator.tells_marginal:
        return {}
    gap = interventional_gap(model, X, sample=COMPARED)
    return {k: v if isinstance(v, int) else round10(v) for k, v in gap.items()}
