"""A scikit-learn transformer: from a mixed table to the numbers that a family reads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from predict.errors import UsageError, unknown_name
from predict.features.plain_table import plain_columns
from predict.models.families import FAMILIES
from predict.models.preprocessing import learn_preparation
from predict.pipeline.estimators.tables import as_table


class Preprocessor(TransformerMixin, BaseEstimator):
    """From numbers, categories, text and missing values to the numbers that a family reads.

    A choice becomes a column of 0 and 1 for each level seen in `fit`; a level that was not seen
    is 0 in all of them. For boosted trees numbers stay as they are and missing stays missing; for
    linear families the median is filled in, what was missing is flagged, and columns are centred
    and scaled.

    Parameters
    ----------
    family : str, default="linear"
        Whose numbers: see `predict list families`.

    Attributes
    ----------
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Where a frame was given.
    preparation_ : Preparation
        What was learned of each column.

    See Also
    --------
    ResponseClassifier : Prepares its table itself.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [30.0, None, 50.0], "sex": ["f", "m", "f"]})
    >>> Preprocessor().set_output(transform="pandas").fit_transform(X).columns.tolist()
    ['age', 'age:missing', 'sex=f', 'sex=m']
    """

    def __init__(self, family: str = "linear") -> None:
        self.family = family

    def fit(self, X: Any, y: Any = None) -> Preprocessor:
        """Learn the middle and spread of numbers and the levels of choices; `y` has no part in it.

        Parameters
        ----------
        X : DataFrame or array, shape (people, columns)
        y : ignored
        """
        if self.family not in FAMILIES:
            raise UsageError(unknown_name("family", str(self.family), FAMILIES))
        table = as_table(self, X, reset=True)
        style = FAMILIES[self.family].style
        self.preparation_ = learn_preparation(table, plain_columns(table), style=style)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the prepared numbers, shape (people, prepared columns), float64.

        A frame where `set_output(transform="pandas")` asked for one.

        Parameters
        ----------
        X : DataFrame or array, shape (people, columns)
        """
        check_is_fitted(self)
        table: pd.DataFrame = as_table(self, X, reset=False)
        return self.preparation_.apply(table).to_numpy()

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the prepared columns.

        Parameters
        ----------
        input_features : sequence of str, optional
            Must be the names learned from; scikit-learn hands them on.
        """
        check_is_fitted(self)
        _check_feature_names_in(self, input_features)
        return np.asarray(self.preparation_.names, dtype=object)

    def __sklearn_tags__(self) -> Tags:
        """Say what scikit-learn may hand over: missing values, categories, text."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags
