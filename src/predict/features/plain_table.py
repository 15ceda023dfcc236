"""A training set from a plain table: one row a person, one column a fact, no study."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from predict.definitions.outcomes import Outcome
from predict.definitions.study import Round, Study
from predict.errors import Problem, TableError
from predict.features.columns import Column
from predict.features.left_out import NOBODY
from predict.features.training_set import END_SCORE, START_SCORE, TrainingSet

# A plain table knows one moment, at which everything in it is taken to be known.
MOMENT = "baseline"


def plain_features(X: pd.DataFrame) -> pd.DataFrame:
    """Return a plain table as features: numbers as float64, everything else as text.

    Parameters
    ----------
    X : DataFrame, shape (people, columns)
        Numbers, booleans, categories, text; missing values may stand anywhere.

    Raises
    ------
    TableError
        With every column at fault: infinite numbers, dates, a name that comes twice.

    Examples
    --------
    >>> plain_features(pd.DataFrame({"age": [30, 40], "sex": ["f", None]})).dtypes.map(str).tolist()
    ['float64', 'str']
    """
    names = [str(name) for name in X.columns]
    plain = {name: _plain(X.iloc[:, place]) for place, name in enumerate(names)}
    problems = [*_name_faults(names), *(p for name in plain for p in _faults(name, plain[name]))]
    if problems:
        raise TableError(
            "The table cannot be read as numbers and choices.",
            code="TABLE_NOT_PLAIN",
            problems=problems,
        )
    return pd.DataFrame(plain, index=X.index)


def _plain(values: pd.Series) -> pd.Series:
    if is_bool_dtype(values.dtype) or is_numeric_dtype(values.dtype):
        return values.astype("float64")
    if values.dtype.kind in "Mm":
        return values
    if values.dtype == object and values.dropna().map(_is_number).all():
        return values.astype("float64")
    return values.astype("str").where(values.notna())


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number | np.bool_)


def _name_faults(names: list[str]) -> list[Problem]:
    twice = sorted({name for name in names if names.count(name) > 1})
    said = "comes more than once; give each column a name of its own."
    return [Problem("COLUMN_TWICE", f"'{name}' {said}", column=name) for name in twice]


def _faults(name: str, values: pd.Series) -> list[Problem]:
    if values.dtype.kind in "Mm":
        said = f"'{name}' holds dates; give a number instead, such as days since a first visit."
        return [Problem("COLUMN_IS_DATE", said, column=name)]
    if values.dtype.kind == "f" and np.isinf(values.to_numpy()).any():
        said = f"'{name}' holds infinity; leave such values empty (NaN)."
        return [Problem("NUMBER_INFINITE", said, column=name)]
    return []


def plain_columns(X: pd.DataFrame) -> tuple[Column, ...]:
    """Return the facts of a plain table's columns, as far as the table tells them."""
    return tuple(_column(str(name), X.iloc[:, place]) for place, name in enumerate(X.columns))


def _column(name: str, values: pd.Series) -> Column:
    is_number = is_numeric_dtype(values.dtype)
    levels = () if is_number else tuple(sorted(values.dropna().unique()))
    kind = "number" if is_number else "choice"
    return Column(name, name, kind, "person", "people", MOMENT, item=name, values=levels)


def plain_training_set(
    X: pd.DataFrame, y: np.ndarray | pd.Series, groups: np.ndarray | pd.Series | None = None
) -> TrainingSet:
    """Return a training set of a plain table, as every function that learns or judges takes it.

    Parameters
    ----------
    X : DataFrame, shape (people, columns)
        As `plain_features` takes it; all of it known when the model is asked.
    y : array of 0 and 1, shape (people,)
    groups : array, shape (people,), optional
        Cluster of each person, never divided between folds; each row alone where none are given.

    Examples
    --------
    >>> table = pd.DataFrame({"age": [30.0, 40.0, 50.0]})
    >>> plain_training_set(table, [0, 1, 1])
    TrainingSet(outcome, round one, as of baseline: 3 people, 2 yes, 1 columns)
    """
    features = plain_features(X)
    ids = pd.RangeIndex(len(X)) if not X.index.is_unique else X.index
    owners = np.arange(len(X)) if groups is None else np.asarray(groups)
    columns = plain_columns(features)
    nothing = pd.DataFrame(np.nan, index=ids, columns=[START_SCORE, END_SCORE])
    return TrainingSet(
        X=features.set_axis(ids),
        y=pd.Series(np.asarray(y), index=ids, dtype="int8"),
        groups=pd.Series(owners, index=ids),
        columns=columns,
        chosen=tuple(column.name for column in columns),
        labels=pd.DataFrame(index=ids),
        left_out=NOBODY,
        study=_STUDY,
        outcome=Outcome("outcome", title="the outcome"),
        round="one",
        as_of=MOMENT,
        blocks=(),
        extras=nothing,
    )


_STUDY = Study(
    id="row",
    layout="wide",
    visits=(MOMENT,),
    rounds={"one": Round("one", MOMENT, MOMENT)},
    instruments={},
    people={},
)
