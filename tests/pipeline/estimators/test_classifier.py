"""The classifier on mixed tables, in the hands of scikit-learn and of what is built on it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.calibration import CalibrationDisplay
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_predict, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import predict as pr
from predict.errors import ExperimentError, UsageError
from predict.models.fitting import fit_recipe
from predict.pipeline.estimators.classifier import FewPeopleWarning


def quick(**settings):
    return pr.ResponseClassifier(family="linear", trials=0, **settings)


def test_it_learns_what_the_line_learns(training):
    chosen = training.X[list(training.chosen)]
    for family in ("linear", "boosted"):
        model = pr.ResponseClassifier(family=family, trials=2)
        model.fit(chosen, training.y, groups=training.groups)
        line = fit_recipe(training, pr.Recipe(family=family, trials=2))
        np.testing.assert_array_equal(model.decision_function(chosen), line.log_odds(chosen))


def test_estimates_are_of_the_second_class_and_add_up(mixed):
    X, y = mixed
    model = quick().fit(X, y)
    p = model.predict_proba(X)
    assert model.classes_.tolist() == ["no", "yes"]
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_array_equal(model.predict(X) == "yes", p[:, 1] > 0.5)
    assert p[y == "yes", 1].mean() > p[y == "no", 1].mean() + 0.1


@pytest.mark.parametrize("family", ["linear", "boosted"])
def test_reasons_are_exact(mixed, family):
    X, y = mixed
    model = pr.ResponseClassifier(family=family, trials=0).fit(X, y)
    reasons = model.explain(X)
    total = reasons.start + reasons.contributions.sum(axis=1)
    np.testing.assert_allclose(total, model.decision_function(X), atol=1e-5)
    assert reasons.overall()["column"].iloc[0] == "age"
    assert reasons.shap().values.shape == X.shape


def test_a_level_never_seen_and_a_missing_value_are_estimated(mixed):
    X, y = mixed
    model = quick().fit(X, y)
    new = pd.DataFrame({"age": [np.nan], "route": ["by nose"], "sex": [None], "before": [True]})
    assert 0 < model.predict_proba(new)[0, 1] < 1


def test_calibration_is_nested(mixed):
    """Noise is ranked well by trees that saw it; honest calibration shrinks it to the rate."""
    draw = np.random.default_rng(0)
    X, y = pd.DataFrame(draw.normal(size=(150, 20))), draw.integers(0, 2, 150)
    deep = {"max_depth": 6, "rounds": 100, "min_child_weight": 1.0}
    spread = {
        kind: pr.ResponseClassifier(params=deep, calibration=kind).fit(X, y).predict_proba(X)[:, 1]
        for kind in ("none", "platt")
    }
    assert spread["none"].std() > 0.3
    assert spread["platt"].std() < 0.1


def test_groups_come_through_metadata_routing(training):
    X, y = training.X[list(training.chosen)], training.y
    with sklearn.config_context(enable_metadata_routing=True):
        judged = cross_validate(
            quick().set_fit_request(groups=True),
            X,
            y,
            cv=GroupKFold(3),
            scoring=["roc_auc", "neg_brier_score"],
            params={"groups": training.groups.to_numpy()},
            return_estimator=True,
            return_indices=True,
        )
    first = judged["indices"]["train"][0]
    alone = quick().fit(X.iloc[first], y.iloc[first], training.groups.iloc[first])
    parted = quick().fit(X.iloc[first], y.iloc[first])
    by_routing = judged["estimator"][0].decision_function(X)
    np.testing.assert_array_equal(by_routing, alone.decision_function(X))
    assert not np.array_equal(by_routing, parted.decision_function(X))


def test_it_works_in_a_pipeline_a_grid_and_displays(mixed):
    X, y = mixed
    pipe = make_pipeline(FunctionTransformer(), pr.ResponseClassifier(trials=0))
    grid = GridSearchCV(
        pipe, {"responseclassifier__family": ["linear", "prior"]}, cv=3, scoring="neg_log_loss"
    ).fit(X, y)
    assert grid.best_params_ == {"responseclassifier__family": "linear"}
    best = grid.best_estimator_
    drawn = CalibrationDisplay.from_estimator(best, X, y, n_bins=5, pos_label="yes")
    assert len(drawn.prob_true) == 5
    drop = permutation_importance(best, X, y, n_repeats=2, random_state=0, scoring="roc_auc")
    assert X.columns[int(np.argmax(drop.importances_mean))] == "age"
    p = cross_val_predict(pipe, X, y, cv=3, method="predict_proba")
    assert p.shape == (200, 2)


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_an_array_is_read_by_the_names_learned_from(mixed):
    X, y = mixed
    numbers = X[["age", "before"]].astype("float64")
    model = quick().fit(numbers, y)
    np.testing.assert_array_equal(
        model.decision_function(numbers.to_numpy()), model.decision_function(numbers)
    )


def test_prepared_numbers_serve_another_learner(mixed):
    from sklearn.linear_model import LogisticRegression

    X, y = mixed
    pipe = make_pipeline(pr.Preprocessor().set_output(transform="pandas"), LogisticRegression())
    pipe.fit(X, y)
    assert pipe[-1].feature_names_in_.tolist() == pipe[0].get_feature_names_out().tolist()
    assert "route=by needle" in pipe[-1].feature_names_in_


@pytest.mark.filterwarnings("ignore:.*minimal prediction test", "ignore:X does not have valid")
def test_mapies_wrapper_takes_it(mixed):
    from mapie.classification import SplitConformalClassifier

    X, y = mixed
    wrapped = SplitConformalClassifier(quick().fit(X, y), confidence_level=0.8, prefit=True)
    _, sets = wrapped.conformalize(X, y).predict_set(X)
    assert 0.7 < sets[np.arange(200), (y == "yes").astype(int), 0].mean() <= 1


@pytest.mark.filterwarnings("ignore")  # its own, of libraries it imports
def test_skores_report_takes_it(mixed):
    skore = pytest.importorskip("skore", exc_type=ImportError)
    X, y = mixed
    report = skore.EstimatorReport(
        quick(), X_train=X, y_train=y, X_test=X, y_test=y, pos_label="yes"
    )
    assert report.metrics.roc_auc() > 0.6


def test_a_learned_model_is_taken_by_scorers_and_displays(training):
    model = pr.train(training, pr.Recipe(family="linear", trials=0), refits=0)
    area = sklearn.metrics.get_scorer("roc_auc")(model, training.X, training.y)
    drawn = sklearn.metrics.RocCurveDisplay.from_estimator(model, training.X, training.y)
    assert drawn.roc_auc == pytest.approx(area)
    CalibrationDisplay.from_estimator(FrozenEstimator(model), training.X, training.y)
    assert permutation_importance(model, training.X, training.y, n_repeats=1)["importances"].any()
    assert sklearn.base.is_classifier(model)
    with pytest.raises(UsageError, match="ResponseClassifier"):
        model.fit(training.X, training.y)


def test_wrong_settings_and_tables_are_refused_with_the_remedy(mixed):
    X, y = mixed
    with pytest.raises(ExperimentError, match="Did you mean 'boosted'"):
        pr.ResponseClassifier(family="boostd").fit(X, y)
    with pytest.raises(UsageError, match="read_cohort"):
        pr.ResponseClassifier(family="severity").fit(X, y)
    with pytest.raises(ValueError, match="such as days since"):
        quick().fit(X.assign(when=pd.Timestamp("2024-01-01")), y)
    with pytest.raises(ValueError, match="3 classes"):
        quick().fit(X, np.arange(200) % 3)
    with pytest.raises(UsageError, match="Did you mean 'linear'"):
        pr.Preprocessor(family="linea").fit(X)


def test_few_people_are_said_to_be_few(mixed):
    X, y = mixed
    few = np.r_[np.flatnonzero(y == "yes")[:5], np.flatnonzero(y == "no")[:20]]
    with pytest.warns(FewPeopleWarning, match="5 people of the smaller class"):
        quick().fit(X.iloc[few], y[few])
