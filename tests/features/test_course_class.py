"""The class of a course in the round-two model: learned in each resample, never in the features."""

import numpy as np
import pandas as pd
import pytest

import predict as pr
from predict.errors import DesignError
from predict.features import features_as_of
from predict.model_folder import load_model, save_model
from predict.models.preprocessing import Preparation, learn_preparation
from predict.simulation.examples import demo

BLOCKS = ("scales", "people", "course_class")


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    example = demo(tmp_path_factory.mktemp("demo"), people=500, seed=3)
    return pr.read_cohort(example.table, example.study)


@pytest.fixture(scope="module")
def block(cohort):
    return features_as_of(cohort, "round_two_start", ("course_class",))


def test_the_block_holds_scores_of_round_one_only(cohort, block):
    assert {c.visit for c in block.columns} == {"baseline", "session_2", "round_one_end"}
    assert {c.role for c in block.columns} == {"course_score"}
    name = "phq9_total_course_session_2"
    pd.testing.assert_series_equal(
        block.frame[name], cohort.total("phq9", "session_2"), check_names=False
    )


def test_a_baseline_model_refuses_it(cohort):
    with pytest.raises(DesignError, match="session_2"):
        pr.assemble(cohort, "phq9_response", round="one", as_of="baseline", blocks=BLOCKS)


@pytest.mark.parametrize("style", ["raw", "complete"])
def test_classes_are_learned_from_the_training_people_alone(block, style):
    first = block.frame.iloc[:300]
    learned = learn_preparation(first, block.columns, style=style)
    assert learned.names == ("course_class_2", "course_class_3")
    assert set(learned.origin) == {block.columns[-1].name}
    together = learned.apply(block.frame)
    for people in ([400], [3, 401, 7], list(range(350, 420))):
        alone = learned.apply(block.frame.iloc[people])
        pd.testing.assert_frame_equal(alone, together.iloc[people], check_exact=True)
    changed = block.frame.copy()
    changed.iloc[300:] = 0.0
    again = learn_preparation(changed.iloc[:300], block.columns, style=style)
    assert again == learned
    other = learn_preparation(block.frame.iloc[200:], block.columns, style=style)
    assert other.courses != learned.courses


def test_probabilities_are_probabilities_and_bear_missing_scores(block):
    learned = learn_preparation(block.frame, block.columns, style="raw")
    blank = block.frame.copy()
    blank.iloc[0] = np.nan
    prepared = learned.apply(blank)
    assert prepared.notna().all(axis=None)
    assert prepared.to_numpy().min() >= 0
    assert prepared.sum(axis=1).max() <= 1 + 1e-12
    shares = learned.courses.model["shares"]
    np.testing.assert_allclose(prepared.iloc[0], shares[1:], rtol=1e-9)


def test_a_preparation_survives_being_written(block):
    learned = learn_preparation(block.frame, block.columns, style="complete")
    again = Preparation.from_dict(learned.to_dict())
    pd.testing.assert_frame_equal(again.apply(block.frame), learned.apply(block.frame))


def test_a_round_two_model_is_trained_stored_and_loaded_with_it(cohort, tmp_path):
    training = pr.assemble(cohort, "phq9_response", round="two", blocks=BLOCKS)
    model = pr.train(training, pr.Recipe(family="linear", trials=1), refits=0)
    folder = tmp_path / "model"
    save_model(model, folder)
    again = load_model(folder)
    np.testing.assert_allclose(
        again.probability(training.X), model.probability(training.X), atol=1e-9
    )
    parts, start = again.contributions(training.X)
    np.testing.assert_allclose(parts.sum(axis=1) + start, again.log_odds(training.X), atol=1e-9)
