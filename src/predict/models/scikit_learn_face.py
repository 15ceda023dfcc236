"""What scikit-learn's scorers and displays ask of a model that was learned elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pandas as pd

from predict.errors import UsageError
from predict.features.columns import Column

if TYPE_CHECKING:
    from sklearn.utils import Tags


class ScikitLearnFace(ABC):
    """A fitted classifier of no (0) and yes (1), in scikit-learn's eyes.

    Scorers, displays and `permutation_importance` take it; what learns anew does not, since a
    model belongs to the people it was learned from.

    Examples
    --------
    >>> from sklearn.metrics import RocCurveDisplay
    >>> RocCurveDisplay.from_estimator(model, training.X, training.y)  # doctest: +SKIP
    """

    columns: tuple[Column, ...]

    @abstractmethod
    def log_odds(self, X: pd.DataFrame) -> np.ndarray:
        """Return calibrated log-odds, shape (people,)."""

    @abstractmethod
    def probability(self, X: pd.DataFrame) -> np.ndarray:
        """Return probabilities of response, 0 to 1, shape (people,)."""

    @property
    def classes_(self) -> np.ndarray:
        """No and yes, as a training set's `y` writes them."""
        return np.array([0, 1])

    @property
    def n_features_in_(self) -> int:
        """Number of raw columns used."""
        return len(self.columns)

    @property
    def feature_names_in_(self) -> np.ndarray:
        """Names of the raw columns used."""
        return np.array([column.name for column in self.columns], dtype=object)

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Return probabilities of no and yes, shape (people, 2)."""
        yes = self.probability(X)
        return np.column_stack([1 - yes, yes])

    def decision_function(self, X: pd.DataFrame) -> np.ndarray:
        """Return calibrated log-odds of yes, shape (people,)."""
        return self.log_odds(X)

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Return 1 where yes is likelier than no, shape (people,)."""
        likely: np.ndarray = (self.log_odds(X) > 0).astype(int)
        return likely

    def score(self, X: pd.DataFrame, y: pd.Series) -> float:
        """Return the accuracy, as scikit-learn's classifiers do; `predict.validate` judges."""
        return float(np.mean(self.predict(X) == np.asarray(y)))

    def fit(self, X: Any, y: Any = None) -> NoReturn:
        """Refuse: a model is learned from a training set.

        Raises
        ------
        UsageError
            Always, with what to do.
        """
        raise UsageError(
            "A learned model is not fitted again. Learn anew by predict.train(training, recipe), "
            "or give scikit-learn predict.ResponseClassifier, which it may clone and fit; "
            "FrozenEstimator(model) wraps this one.",
            code="MODEL_LEARNED",
        )

    def __sklearn_is_fitted__(self) -> bool:
        """Return True: scikit-learn asks before it uses a model."""
        return True

    def __sklearn_tags__(self) -> Tags:
        """Say that this is a classifier of two classes which takes missing values and choices."""
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags(multi_class=False),
            input_tags=InputTags(allow_nan=True, categorical=True, string=True),
        )
