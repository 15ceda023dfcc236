"""The check of the trees lets XGBoost's own files through and nothing that would harm."""

import copy
import json

import numpy as np
import pytest
from tests.models.hostile_boosters import HARMS

from predict.errors import ModelError
from predict.models.families.booster_file import base_score, check_booster

FEATURES = ("a", "b", "c")


@pytest.fixture(scope="module")
def document():
    import xgboost as xgb

    random = np.random.default_rng(0)
    X = random.integers(0, 4, (400, 3)).astype("float64")
    X[random.uniform(size=X.shape) < 0.1] = np.nan
    y = (np.nan_to_num(X[:, 0]) + random.normal(size=400) > 1.5).astype(int)
    settings = {"objective": "binary:logistic", "max_depth": 3, "gamma": 1.0, "seed": 1}
    return json.loads(xgb.train(settings, xgb.DMatrix(X, y), 20).save_raw("json"))


def check(document):
    return check_booster(document, features=FEATURES, objective="binary:logistic")


def test_what_xgboost_writes_is_accepted_and_its_trees_are_counted(document):
    assert check(document) == 20


def test_there_are_29_hostile_boosters():
    assert len(HARMS) == 29


@pytest.mark.parametrize("name", HARMS)
def test_a_hostile_booster_is_refused_before_xgboost_sees_it(document, name):
    harmed = copy.deepcopy(document)
    HARMS[name](harmed)
    with pytest.raises(ModelError, match="BOOSTER_INVALID") as caught:
        check(harmed)
    assert caught.value.exit_code == 5


@pytest.mark.parametrize("part", [None, [], {}, {"learner": {}}, {"learner": None, "version": 1}])
def test_a_file_of_another_shape_is_refused(part):
    with pytest.raises(ModelError):
        check(part)


@pytest.mark.parametrize("text", ["", "[]", "[1,2]", "nan", None, 0.5, "[1e999]"])
def test_a_start_that_is_not_one_finite_number_is_refused(text):
    with pytest.raises(ModelError):
        base_score(text)
