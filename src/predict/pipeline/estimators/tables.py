"""What scikit-learn hands over, as a plain table: frames as they are, arrays with names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import _check_feature_names, _check_n_features, validate_data

from predict.errors import TableError
from predict.features.plain_table import plain_features


def as_table(estimator: Any, X: Any, *, reset: bool) -> pd.DataFrame:
    """Return features as a frame of numbers and text, checked against what was learned from.

    Parameters
    ----------
    estimator : estimator
        Takes `n_features_in_` and, of a frame, `feature_names_in_` where `reset` says so.
    X : DataFrame or array, shape (people, columns)
        A mixed frame stays mixed; an array must be numbers, and gets the names x0, x1 ...
    reset : bool
        Whether this is the table learned from.

    Raises
    ------
    ValueError, TypeError
        From scikit-learn's own checks; in its words, which other tools look for.
    """
    if isinstance(X, pd.DataFrame) and len(X) and X.shape[1]:
        _check_feature_names(estimator, X, reset=reset)
        _check_n_features(estimator, X, reset=reset)
        return _plain(X)
    numbers = validate_data(
        estimator, X, reset=reset, dtype="float64", ensure_all_finite="allow-nan"
    )
    return pd.DataFrame(numbers, columns=names_of(estimator))


def _plain(X: pd.DataFrame) -> pd.DataFrame:
    try:
        return plain_features(X)
    except TableError as error:
        # scikit-learn and what is built on it look for a ValueError.
        raise ValueError(str(error)) from error


def names_of(estimator: Any) -> np.ndarray:
    """Return the names of the columns learned from."""
    unnamed = [f"x{place}" for place in range(estimator.n_features_in_)]
    return np.asarray(getattr(estimator, "feature_names_in_", unnamed), dtype=object)
