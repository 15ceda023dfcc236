"""scikit-learn's own checks of estimators, all of them, and why the one that is skipped is."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

import predict as pr

# Tiny tables are what the checks are made of: the estimator says so each time.
pytestmark = pytest.mark.filterwarnings(
    "ignore::predict.pipeline.estimators.classifier.FewPeopleWarning",
    "ignore:SCIPY_ARRAY_API:sklearn.exceptions.SkipTestWarning",
)
# For estimators that take arrays of other libraries, such as torch's; none here says it does.
SKIPPED = {"check_array_api_input"}


@parametrize_with_checks(
    [
        pr.ResponseClassifier(family="linear", trials=0),
        pr.ResponseClassifier(),
        pr.Preprocessor(),
        pr.Preprocessor(family="boosted"),
    ]
)
def test_scikit_learn_finds_nothing_to_object_to(estimator, check):
    check(estimator)


def test_nothing_is_skipped_for_any_other_reason():
    found = check_estimator(pr.ResponseClassifier(family="linear", trials=0), on_skip=None)
    assert {one["check_name"] for one in found if one["status"] != "passed"} == SKIPPED
