"""A classifier of a plain table in a folder: the same estimates, the same proofs, no pickle."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

import predict as pr
from predict.errors import ModelError, UsageError


@pytest.fixture(scope="module")
def table():
    draw = np.random.default_rng(1)
    frame = pd.DataFrame({"age": draw.normal(40, 10, 120), "sex": draw.choice(["f", "m"], 120)})
    frame.loc[3, "age"] = np.nan
    return frame, np.where(frame["age"].fillna(40) + draw.normal(0, 5, 120) > 40, "yes", "no")


@pytest.mark.parametrize("family", ["linear", "boosted", "prior"])
def test_what_is_loaded_is_what_was_saved(table, tmp_path, family):
    X, y = table
    mine = pr.ResponseClassifier(family, trials=0).fit(X, y)
    again = pr.ResponseClassifier.load(mine.save(tmp_path / "mine"))
    assert again.get_params() == mine.get_params()
    assert again.classes_.tolist() == ["no", "yes"]
    assert np.array_equal(again.predict_proba(X), mine.predict_proba(X))
    assert again.explain(X).values.equals(mine.explain(X).values)
    assert {file.suffix for file in (tmp_path / "mine").iterdir()} == {".json", ".toml"}
    with pytest.raises(ValueError, match="feature names"):
        again.predict(X.rename(columns={"age": "years"}))


@pytest.mark.parametrize("classes", [[0, 1], [False, True], [1.0, 2.0]])
def test_classes_come_back_as_they_were(table, tmp_path, classes):
    X, y = table
    numbers = X[["age"]].to_numpy()
    mine = pr.ResponseClassifier("linear", trials=0).fit(numbers, np.take(classes, y == "yes"))
    again = pr.ResponseClassifier.load(mine.save(tmp_path / "mine"))
    assert again.predict(numbers).dtype == mine.predict(numbers).dtype
    assert again.predict(numbers).tolist() == mine.predict(numbers).tolist()
    assert not hasattr(again, "feature_names_in_")


def test_a_changed_byte_is_found_and_each_folder_has_its_reader(table, tmp_path):
    mine = pr.ResponseClassifier("linear", trials=0)
    with pytest.raises(NotFittedError):
        mine.save(tmp_path / "mine")
    folder = mine.fit(*table).save(tmp_path / "mine")
    with pytest.raises(ModelError, match=r"MODEL_IS_CLASSIFIER.*ResponseClassifier\.load"):
        pr.load_model(folder)
    with pytest.raises(UsageError, match=r"\.save\(folder\)"):
        pr.save_model(mine, tmp_path / "other")
    with pytest.raises(ModelError, match=r"predict\.load_model"):
        pr.ResponseClassifier.load("models/example")
    facts = folder / "classifier.json"
    facts.write_text(facts.read_text().replace("yes", "yet"))
    with pytest.raises(ModelError, match="MODEL_CHANGED"):
        pr.ResponseClassifier.load(folder)
