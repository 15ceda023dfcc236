"""Somebody's own scikit-learn classifier as a family beside the others, judged as they are."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from predict.errors import UsageError
from predict.features.columns import Style
from predict.features.training_set import TrainingSet
from predict.models.calibration import log_odds
from predict.models.families import FAMILIES, Family, Fitted, Params
from predict.models.preprocessing import learn_preparation
from predict.models.recipe import BEST, Recipe

# Tried in this order; the numbers that a family reads serve whoever takes no text or no gaps.
STYLES: tuple[Style, ...] = ("as_is", "raw", "complete")
TRIED_ON = 200


@dataclass(frozen=True)
class OwnRecipe(Recipe):
    """A recipe for classifiers of one's own, and for the families beside them.

    Parameters
    ----------
    own : mapping of str to Family
        The classifiers by the names that their owner gave; the first is whom the verdict is about.

    See Also
    --------
    own_recipe : Makes one.
    """

    own: Mapping[str, Family] = field(default_factory=dict)

    @property
    def families(self) -> Mapping[str, Family]:
        """Every family that may be named: those that ship, and these."""
        return {**FAMILIES, **self.own}

    @property
    def judged(self) -> tuple[str, ...]:
        """The names of all classifiers of one's own."""
        return tuple(self.own)

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe by name only: classifiers of one's own are not stored."""
        names = [name for name in Recipe.__dataclass_fields__ if name != "threads"]
        return {**{name: getattr(self, name) for name in names}, "own": list(self.own)}


def own_recipe(
    classifiers: Mapping[str, Any], training: TrainingSet, beside: Recipe | None = None
) -> OwnRecipe:
    """Return the recipe that judges these classifiers beside the families.

    Parameters
    ----------
    classifiers : mapping of str to classifier
        Unfitted scikit-learn classifiers, or whatever has their `fit` and `predict_proba` (or
        `decision_function`), by the names they are to go by.
    training : TrainingSet
        Tells whether each takes the columns as they are, or needs them as numbers.
    beside : Recipe, optional
        How the families beside them are learned, and inner folds, calibration and seed of all.

    Raises
    ------
    UsageError
        With what was expected, what came and what to do: no classifier, a name that is taken.
    """
    if not classifiers:
        raise UsageError(
            "No classifier was given. Give one by name: {'mine': LogisticRegression()}."
        )
    beside = beside or Recipe()
    families: dict[str, Family] = {
        name: _own_family(name, classifier, training) for name, classifier in classifiers.items()
    }
    settings = {name: getattr(beside, name) for name in beside.__dataclass_fields__}
    return OwnRecipe(**{**settings, "family": next(iter(families)), "params": {}}, own=families)


def _own_family(name: str, classifier: Any, training: TrainingSet) -> OwnFamily:
    if name in FAMILIES or name == BEST or not str(name).strip():
        taken = ", ".join([*FAMILIES, BEST])
        raise UsageError(
            f"'{name}' is no name for your classifier: it is taken ({taken}). Try 'mine'."
        )
    if isinstance(classifier, type):
        raise UsageError(f"'{name}' is a class; give an estimator: {classifier.__name__}().")
    if not hasattr(classifier, "fit") or not _answers(classifier):
        raise UsageError(
            f"Expected '{name}' to be a scikit-learn classifier with fit and predict_proba (or "
            f"decision_function), got {type(classifier).__name__}. A recipe is judged by "
            "predict.evaluate(training, recipe), a learned model by predict.validate(model, table)."
        )
    return OwnFamily(str(name), classifier, _style_for(classifier, training))


def _answers(classifier: Any) -> bool:
    return hasattr(classifier, "predict_proba") or hasattr(classifier, "decision_function")


def _style_for(classifier: Any, training: TrainingSet) -> Style:
    """Return how a classifier takes the columns, by trying it on some people.

    Most take no text and many no gaps: they get the numbers that trees or linear families read.
    """
    some = _both_kinds(training)
    columns = [training.column(name) for name in training.chosen]
    X, y = some.X[list(training.chosen)], some.y.to_numpy()
    for style in STYLES[:-1]:
        Z = learn_preparation(X, columns, style=style).apply(X)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                _copy(classifier, 1).fit(Z, y)
        except (ValueError, TypeError):  # how scikit-learn refuses what an estimator does not take
            continue
        return style
    return STYLES[-1]


def _both_kinds(training: TrainingSet) -> TrainingSet:
    """Return some people, with either outcome, whose columns have gaps where anybody's have."""
    y = training.y.to_numpy()
    gaps = np.argsort(-training.X.isna().sum(axis=1).to_numpy(), kind="stable")
    chosen = [gaps[y[gaps] == value][: TRIED_ON // 2] for value in (0, 1)]
    return training.take(np.sort(np.concatenate(chosen)))


class OwnFamily(Family):
    """A classifier of one's own among the families: learned anew in every fold, calibrated alike.

    Parameters
    ----------
    name : str
    classifier : estimator
        Unfitted; it is copied before each fit.
    style : str
        How it takes its columns.
    """

    def __init__(self, name: str, classifier: Any, style: Style) -> None:
        self.name = name  # type: ignore[misc]
        self.label = f"'{name}'"  # type: ignore[misc]
        self.style = style  # type: ignore[misc]
        self.classifier = classifier

    def fit(
        self, Z: pd.DataFrame, y: np.ndarray, params: Params, *, seed: int, threads: int
    ) -> OwnFitted:
        """Return a copy of the classifier, fitted."""
        try:
            return OwnFitted(_copy(self.classifier, seed).fit(Z, y))
        except (ValueError, TypeError) as error:
            # Not its words: they may hold a person's answer.
            raise UsageError(
                f"{self.label} ({type(self.classifier).__name__}) refused {Z.shape[1]} columns of "
                f"{len(Z)} people with {type(error).__name__}. Fit it to `training.X` first, or "
                "put predict.Preprocessor() before it in a pipeline."
            ) from error

    def from_bytes(self, data: bytes) -> NoReturn:
        """Refuse: a classifier of one's own is not stored."""
        raise UsageError(f"{self.label} cannot be read from a model folder: it was never stored.")


@dataclass(frozen=True)
class OwnFitted(Fitted):
    """A fitted classifier of one's own."""

    classifier: Any

    def margin(self, Z: pd.DataFrame) -> np.ndarray:
        """Return log-odds, shape (people,): of its probabilities, or its decision function."""
        if hasattr(self.classifier, "predict_proba"):
            return log_odds(np.asarray(self.classifier.predict_proba(Z))[:, 1].astype("float64"))
        return np.asarray(self.classifier.decision_function(Z), dtype="float64")

    def contributions(self, Z: pd.DataFrame) -> NoReturn:
        """Refuse: its reasons come through shap."""
        raise UsageError(
            "A classifier of one's own has no exact reasons here; predict.explain(classifier, "
            "training) gives Shapley values through shap."
        )

    def to_bytes(self) -> NoReturn:
        """Refuse: it would take a pickle."""
        raise UsageError(
            "A classifier of one's own is judged, not stored: a model folder holds no pickle. Keep "
            "it by skops or joblib; predict.train stores a family that ships."
        )


def _copy(classifier: Any, seed: int) -> Any:
    """Return an unfitted copy whose every unset `random_state` is the seed."""
    from sklearn.base import clone

    fresh = clone(classifier)
    settings = fresh.get_params(deep=True) if hasattr(fresh, "get_params") else {}
    unset = {name: seed for name in _states(settings) if settings[name] is None}
    return fresh.set_params(**unset) if unset else fresh


def _states(names: Iterable[str]) -> list[str]:
    return [name for name in names if name == "random_state" or name.endswith("__random_state")]
