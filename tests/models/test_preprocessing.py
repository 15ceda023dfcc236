from __future__ import annotations

import json

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from predict.features.columns import Column
from predict.models.preprocessing import Preparation, learn_again, learn_preparation
from predict.models.raw_columns import raw_columns

AGE = Column("age", "Age", "number", "person", "people", "baseline")
SEX = Column("sex", "Sex", "choice", "person", "people", "baseline", values=("f", "m", "o"))


def _people(ages: list[float], sexes: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({"age": ages, "sex": pd.Series(sexes, dtype="str")})


def test_trees_see_missing_as_missing_and_choices_as_columns():
    X = _people([30.0, np.nan], ["f", None])
    Z = learn_preparation(X, [AGE, SEX], style="raw").apply(X)
    assert list(Z.columns) == ["age", "sex=f"]
    assert Z.iloc[0].tolist() == [30.0, 1.0]
    assert Z.iloc[1].isna().all()


def test_a_linear_family_sees_the_median_a_flag_and_unit_spread():
    X = _people([20.0, 40.0, np.nan, 30.0], ["f", "m", "f", "f"])
    Z = learn_preparation(X, [AGE, SEX], style="complete").apply(X)
    assert list(Z.columns) == ["age", "age:missing", "sex=f", "sex=m"]
    # Filled: 20 40 30 30, mean 30, spread sqrt(50).
    assert np.allclose(Z["age"], np.array([-10, 10, 0, 0]) / np.sqrt(50))
    assert Z["age:missing"].tolist() == [0, 0, 1, 0]
    assert np.allclose(Z[["age", "sex=f", "sex=m"]].mean(), 0)


def test_a_level_not_seen_in_training_is_named_and_never_guessed():
    learned = learn_preparation(_people([1.0, 2.0], ["f", "m"]), [AGE, SEX], style="raw")
    new = _people([1.0, 1.0, 1.0], ["o", "f", None])
    assert learned.unseen(new)["sex"].tolist() == [True, False, False]
    assert learned.apply(new)[["sex=f", "sex=m"]].iloc[0].tolist() == [0.0, 0.0]


def test_what_is_stored_prepares_alike():
    X = _people([20.0, np.nan, 33.3], ["f", None, "m"])
    for style in ("raw", "complete"):
        learned = learn_preparation(X, [AGE, SEX], style=style)
        read = Preparation.from_dict(json.loads(json.dumps(learned.to_dict())))
        pd.testing.assert_frame_equal(read.apply(X), learned.apply(X))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(18, 90) | st.just(np.nan), min_size=3, max_size=20), st.integers(0, 19))
def test_a_row_is_prepared_the_same_alone(ages: list[float], position: int):
    X = _people(ages, [["f", "m", None][place % 3] for place in range(len(ages))])
    learned = learn_preparation(X, [AGE, SEX], style="complete")
    row = position % len(ages)
    pd.testing.assert_frame_equal(learned.apply(X).iloc[[row]], learned.apply(X.iloc[[row]]))


ROWS = st.lists(st.integers(0, 5), min_size=1, max_size=9)


@given(rows=ROWS, style=st.sampled_from(["raw", "complete", "both"]))
@settings(max_examples=60, deadline=None)
def test_a_resample_of_columns_taken_apart_is_prepared_as_the_resampled_table(rows, style):
    X = _people([20.0, np.nan, 40.0, 35.0, np.nan, 70.0], ["f", "m", None, "m", "o", None])
    apart, resampled = raw_columns(X, [AGE, SEX]), X.iloc[rows]
    by_table = learn_preparation(resampled, [AGE, SEX], style=style)
    shipped = learn_preparation(X, [AGE, SEX], style=style)
    again = learn_again(shipped, apart.take(np.array(rows)), [AGE, SEX])
    assert again.choices == by_table.choices
    for people, taken in ((X, apart), (resampled, apart.take(np.array(rows)))):
        pd.testing.assert_frame_equal(again.apply(taken), by_table.apply(people))
