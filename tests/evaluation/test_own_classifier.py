"""A classifier of one's own: the same folds, calibration and verdict as everybody."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

import predict as pr
from predict.errors import UsageError
from predict.evaluation import Plan, evaluate
from predict.features.training_set import TrainingSet
from predict.models.own_classifier import own_recipe

PLAN = Plan(outer=3, repeats=1, families=("prior", "linear"), resamples=20)
BESIDE = pr.Recipe(trials=0, inner=2)


class Parrot(ClassifierMixin, BaseEstimator):
    """Knows by heart everybody whom it was shown, and nobody else."""

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        self.heard_ = dict(zip(X.index, y, strict=True))
        return self

    def predict_proba(self, X):
        yes = np.array([float(self.heard_.get(key, 0.5)) for key in X.index])
        return np.column_stack([1 - yes, yes])


@pytest.fixture(scope="module")
def judged(training: TrainingSet):
    own = {
        "mine": pr.ResponseClassifier("linear", trials=0, inner=2),
        "trees": HistGradientBoostingClassifier(max_depth=1, max_iter=5),
        "margin": SVC(),
        "parrot": Parrot(),
    }
    return evaluate(training, own, PLAN, beside=BESIDE)


def test_all_of_them_stand_beside_the_ladder_and_the_first_leads(judged) -> None:
    models = set(judged.metrics["model"])
    assert models == {"prior", "linear", "mine", "trees", "margin", "parrot"}
    assert judged.verdict["model"] == "mine"
    assert set(judged.verdict["comparisons"]) == models - {"mine"}
    assert "mine as of baseline" in judged.verdict["sentence"].casefold()


def test_the_same_procedure_by_another_door_ranks_the_same(judged) -> None:
    assert judged.value("mine", "auroc") == judged.value("linear", "auroc")
    gap = judged.verdict["comparisons"]["linear"]
    assert gap["state"] != "better"
    assert abs(gap["difference"]) < 0.005


def test_nobody_is_judged_by_a_copy_that_was_shown_them(judged) -> None:
    assert judged.value("parrot", "auroc") == 0.5
    rows = judged.predictions.query("model == 'parrot'")
    assert rows.groupby("fold")["probability"].nunique().max() == 1


def test_calibration_is_learned_out_of_fold(judged) -> None:
    """The parrot is certain of whom it knows; out of fold it knows nobody, and says the rate."""
    rate = judged.verdict["rate"]
    said = judged.predictions.query("model == 'parrot'")["probability"]
    assert said.between(rate - 0.05, rate + 0.05).all()


def test_each_gets_its_columns_as_it_can_read_them(training: TrainingSet) -> None:
    own = {
        "mine": pr.ResponseClassifier("linear"),
        "gaps": HistGradientBoostingClassifier(max_iter=1),
        "plain": LogisticRegression(max_iter=500),
    }
    gapped = training.X.copy()
    gapped.iloc[0, gapped.columns.get_loc(training.chosen[0])] = np.nan
    assert "str" in set(map(str, gapped[list(training.chosen)].dtypes))
    recipe = own_recipe(own, replace(training, X=gapped))
    styles = {name: family.style for name, family in recipe.own.items()}
    assert styles == {"mine": "as_is", "gaps": "raw", "plain": "complete"}


def test_the_same_seed_gives_the_same_numbers(training: TrainingSet) -> None:
    own = {"mine": HistGradientBoostingClassifier(max_iter=5, max_features=0.3)}
    plan = Plan(outer=2, repeats=1, families=("prior",), resamples=2)
    first, second = (evaluate(training, own, plan, beside=BESIDE) for _ in range(2))
    assert first.predictions.equals(second.predictions)


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({}, "No classifier was given"),
        ({"boosted": LogisticRegression()}, "it is taken"),
        ({"mine": LogisticRegression}, r"give an estimator: LogisticRegression\(\)"),
        ({"mine": pr.Recipe()}, "got Recipe"),
    ],
    ids=["none", "a taken name", "a class", "a recipe"],
)
def test_what_is_no_classifier_is_refused_with_the_remedy(training, own, said) -> None:
    with pytest.raises(UsageError, match=said):
        evaluate(training, own, PLAN)


def test_reasons_through_shap_add_up(training: TrainingSet) -> None:
    some = training.take(np.arange(60))
    Z = some.numeric()
    mine = HistGradientBoostingClassifier(max_iter=5).fit(Z, some.y)
    asked = Z.index[:5]
    reasons = pr.explain(mine, some, people=asked)
    p = mine.predict_proba(Z.loc[asked])
    np.testing.assert_allclose(reasons.log_odds, np.log(p[:, 1] / p[:, 0]), atol=1e-6)
    assert list(reasons.contributions.index) == list(asked)
    labels = {column.name: column.label for column in reasons.columns}
    assert labels["phq9_total_baseline"] == some.column("phq9_total_baseline").label
    assert labels["sex=female"] == "sex: female"
    mixed = pr.ResponseClassifier("linear", trials=0).fit(some.X[list(some.chosen)], some.y)
    reasons = pr.explain(mixed, some, people=asked)
    wanted = mixed.decision_function(some.X.loc[asked, list(some.chosen)])
    np.testing.assert_allclose(reasons.log_odds, wanted, atol=1e-6)


def test_numbers_of_a_training_set_learn_nothing_from_its_people(training: TrainingSet) -> None:
    whole = training.numeric()
    alone = training.take(np.array([7])).numeric()
    assert whole.iloc[[7]].equals(alone)
    assert set(map(str, whole.dtypes)) == {"float64"}
