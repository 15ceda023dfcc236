"""A scikit-learn classifier of a recipe: searched, calibrated and explained inside one `fit`."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import (
    _check_y,
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
)

from predict.errors import UsageError
from predict.explanation.reasons import Explanation, explained_by
from predict.features.plain_table import plain_training_set
from predict.features.training_set import TrainingSet
from predict.model_folder import load_fitted, save_fitted
from predict.models.calibration import probability
from predict.models.families import PRIOR
from predict.models.fitting import LEAST_EVENTS, fit_recipe, refuse_small
from predict.models.recipe import CalibrationName, Recipe
from predict.pipeline.estimators.tables import as_table
from predict.pipeline.tracking.store import undisturbed

FEWEST_OF_A_CLASS = 2  # one to learn from, one to calibrate by


class FewPeopleWarning(UserWarning):
    """So few people of one class that hardly anything can be learned."""


class ResponseClassifier(ClassifierMixin, BaseEstimator):
    """Two classes told apart by a recipe: prepared, searched and calibrated inside one `fit`.

    Any plain table will do, of numbers, categories, text and missing values; no study is needed.
    What `fit` learns is what `predict.train` learns of the same columns, by the same code. The
    map from margin to probability is learned from folds within the people of `fit`, so that
    nobody's own outcome has a part in how their estimate is calibrated.

    Parameters
    ----------
    family : str, default="boosted"
        A model family that looks at every column: boosted, linear, prior; ``predict list families``
        shows all.
    trials : int, default=20
        Settings tried by the search; 0 keeps the family's defaults.
    calibration : str, default="platt"
        ``platt`` or ``none``.
    seed : int, default=1
        The same seed and table give the same numbers.
    inner : int, default=3
        Folds within the people of `fit`, for search and calibration; fewer where a class is so
        small.
    params : mapping of str to float, optional
        Settings of the family that are fixed; with any given the search is skipped.
    threads : int, default=1
        Fits of the search side by side; no number depends on it.

    Attributes
    ----------
    classes_ : ndarray, shape (2,)
        Sorted; estimates are of the second.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Where a frame was given.
    recipe_ : FittedRecipe
        What was learned: settings, preparation, family, calibration.

    See Also
    --------
    Preprocessor : The numbers that a family reads.
    predict.train : A model of a study's question, with intervals, reliance and a folder.
    predict.evaluate : Judges a recipe, or any classifier, beside plain rules.

    Notes
    -----
    `fit` takes `groups`: people of one group are never on both sides of an inner fold. Hand them
    through `cross_validate` and the like by metadata routing:
    ``ResponseClassifier().set_fit_request(groups=True)``.

    References
    ----------
    Platt 1999, "Probabilistic outputs for support vector machines".

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> draw = np.random.default_rng(1)
    >>> X = pd.DataFrame({"age": draw.normal(40, 10, 80), "sex": draw.choice(["f", "m"], 80)})
    >>> y = np.where(X["age"] + draw.normal(0, 5, 80) > 40, "yes", "no")
    >>> model = ResponseClassifier(family="linear", trials=0).fit(X, y)
    >>> model.classes_.tolist(), model.predict_proba(X).shape
    (['no', 'yes'], (80, 2))
    >>> model.explain(X)
    Explanation(80 people, 2 columns)
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     again = ResponseClassifier.load(model.save(f"{folder}/model"))
    >>> bool((again.predict_proba(X) == model.predict_proba(X)).all())
    True
    """

    def __init__(
        self,
        family: str = "boosted",
        *,
        trials: int = 20,
        calibration: CalibrationName = "platt",
        seed: int = 1,
        inner: int = 3,
        params: Mapping[str, float] | None = None,
        threads: int = 1,
    ) -> None:
        self.family = family
        self.trials = trials
        self.calibration = calibration
        self.seed = seed
        self.inner = inner
        self.params = params
        self.threads = threads

    @undisturbed()
    def fit(self, X: Any, y: Any, groups: Any = None) -> ResponseClassifier:
        """Learn the whole recipe on these people and nobody else.

        Parameters
        ----------
        X : DataFrame or array, shape (people, columns)
        y : array, shape (people,)
            Two classes, of any kind.
        groups : array, shape (people,), optional
            Cluster of each person.

        Raises
        ------
        ValueError
            Where there are not two classes, or fewer than two people of one.
        ExperimentError
            With every fault of the settings.
        """
        recipe = self._recipe()
        table = as_table(self, X, reset=True)
        self.classes_, codes = _classes(y)
        check_consistent_length(table, codes, groups)
        training = plain_training_set(table.reset_index(drop=True), codes, groups)
        refuse_small(training, recipe)
        self.recipe_ = fit_recipe(training, _within_reach(recipe, training, self), least=0)
        _refuse_blind(recipe, self.recipe_.columns)
        return self

    def _recipe(self) -> Recipe:
        return Recipe(
            family=self.family,  # type: ignore[arg-type]
            trials=self.trials,
            calibration=self.calibration,
            seed=self.seed,
            inner=self.inner,
            params=dict(self.params or {}),
            threads=self.threads,
        )

    def decision_function(self, X: Any) -> np.ndarray:
        """Return calibrated log-odds of the second class, shape (people,).

        Parameters
        ----------
        X : DataFrame or array, shape (people, columns)
        """
        check_is_fitted(self)
        return self.recipe_.log_odds(self._table(X))

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return calibrated probabilities of both classes, shape (people, 2).

        Parameters
        ----------
        X : DataFrame or array, shape (people, columns)
        """
        second = probability(self.decision_function(X))
        return np.column_stack([1 - second, second])

    def predict(self, X: Any) -> np.ndarray:
        """Return the likelier class of each person, shape (people,).

        Parameters
        ----------
        X : DataFrame or array, shape (people, columns)
        """
        second = self.decision_function(X) > 0
        return np.asarray(self.classes_[second.astype(int)])

    def explain(self, X: Any) -> Explanation:
        """Return the reasons behind each estimate of the second class.

        They are exact: start plus a row's contributions is that row's `decision_function`. Patterns
        in the people learned from, never causes.

        Parameters
        ----------
        X : DataFrame or array, shape (people, columns)
        """
        check_is_fitted(self)
        return explained_by(self.recipe_, self._table(X))

    def save(self, folder: Path | str) -> Path:
        """Write what was learned as a folder, whole or not at all; no code and no pickle in it.

        Parameters
        ----------
        folder : path
            Where; an older model there is replaced, anything else is left alone.
        """
        check_is_fitted(self)
        facts = {
            "settings": {**self.get_params(), "params": dict(self.params) if self.params else None},
            "classes": self.classes_.tolist(),
            "kind": self.classes_.dtype.kind,
            "n_features": int(self.n_features_in_),
            "names": list(getattr(self, "feature_names_in_", ())),
        }
        return save_fitted(self.recipe_, facts, folder)

    @classmethod
    def load(cls, folder: Path | str) -> ResponseClassifier:
        """Return the classifier of a folder, after proving that it is the one that was written.

        Parameters
        ----------
        folder : path
            A folder written by `save`.

        Raises
        ------
        ModelError
            Naming the file and what is wrong with it.
        """
        fitted, facts = load_fitted(folder)
        model = cls(**facts["settings"])
        model.recipe_ = fitted
        dtype = object if facts["kind"] == "O" else None
        model.classes_ = np.array(facts["classes"], dtype=dtype)
        model.n_features_in_ = facts["n_features"]
        if facts["names"]:
            model.feature_names_in_ = np.array(facts["names"], dtype=object)
        return model

    def _table(self, X: Any) -> pd.DataFrame:
        return as_table(self, X, reset=False)

    def __sklearn_tags__(self) -> Tags:
        """Say what scikit-learn may hand over: two classes; missing values, categories, text."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags


def _classes(y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the two classes, sorted, and each person's, as 0 or 1."""
    labels = column_or_1d(_check_y(y, multi_output=False), warn=True)
    check_classification_targets(labels)
    classes, codes = np.unique(labels, return_inverse=True)
    if len(classes) > 2:
        raise ValueError(
            f"Only binary classification is supported. The type of the target is "
            f"{type_of_target(labels)}: {len(classes)} classes. Give two, such as yes and no."
        )
    if len(classes) < 2:
        raise ValueError("1 class only: give people of two classes, such as yes and no.")
    return classes, codes


def _within_reach(recipe: Recipe, training: TrainingSet, estimator: Any) -> Recipe:
    """Return the recipe with no more inner folds than the smaller class has people."""
    scarce = min(training.events, training.n - training.events)
    if scarce < FEWEST_OF_A_CLASS:
        raise ValueError(
            f"{scarce} person of the smaller class: at least {FEWEST_OF_A_CLASS} of each class are "
            "wanted, one to learn from and one to calibrate by. Give more people."
        )
    if scarce < LEAST_EVENTS:
        warnings.warn(
            f"{scarce} people of the smaller class are too few to learn from (at least "
            f"{LEAST_EVENTS} are wanted): {type(estimator).__name__} gives hardly more than the "
            "rate.",
            FewPeopleWarning,
            stacklevel=3,
        )
    return replace(recipe, inner=min(recipe.inner, scarce))


def _refuse_blind(recipe: Recipe, columns: tuple[Any, ...]) -> None:
    """Stop where a family found nothing to look at, as severity does without a study."""
    if not columns and recipe.family != PRIOR.name:
        raise UsageError(
            f"Family '{recipe.family}' looks at a study's scales, and a plain table has none. Use "
            "'linear' or 'boosted'; or read the table under a study: predict.read_cohort.",
            code="FAMILY_NEEDS_STUDY",
        )
