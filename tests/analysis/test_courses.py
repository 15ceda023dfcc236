"""Courses: planted classes, own courses, predictors, times, relapse, doubts and refusals."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from predict.analysis.resampling import bootstrap_weights
from predict.analysis.trajectories import CourseSettings, trajectories
from predict.analysis.trajectories.figures import own_figures
from predict.analysis.trajectories.limits import doubts
from predict.analysis.trajectories.planted import planted_courses
from predict.analysis.trajectories.scores import course_scores
from predict.analysis.trajectories.select import (
    adjusted_rand,
    bootstrap_likelihood_ratio,
    select_classes,
)
from predict.analysis.trajectories.stability import Stability, class_stability
from predict.analysis.trajectories.three_step import three_step
from predict.analysis.trajectories.times import relapse, response_times
from predict.analysis.wording import refuse_causal_words
from predict.cohort import read_cohort
from predict.errors import DesignError, UsageError
from predict.models.growth_mixture import MixtureSettings, course_model
from predict.models.growth_mixture.course_model import restarted
from predict.models.growth_mixture.mixture import climb_from
from predict.models.growth_mixture.rows import course_rows

VISITS = ("baseline", "session_2", "round_one_end")
QUICK = CourseSettings(most=3, mixture=MixtureSettings(starts=6), resamples=10)
QUICKEST = CourseSettings(
    most=2, mixture=MixtureSettings(starts=4), alternatives=False, resamples=10
)
NONE = pd.DataFrame({"bic": [], "entropy": [], "agreement": []})


def cohort_of(scores, extra=None):
    table = pd.DataFrame({"person": [f"p{i}" for i in range(len(scores))]})
    for q, name in enumerate(("phq9", "gad7")[: scores.shape[1]]):
        for v, visit in enumerate(VISITS):
            table[f"{name}_{visit}"] = scores[:, q, v]
    study = {
        "id": "person",
        "layout": "wide",
        "visits": list(VISITS),
        "rounds": {"one": {"start": "baseline", "end": "round_one_end"}},
        "instruments": {n: {"total": n + "_{visit}"} for n in ("phq9", "gad7")[: scores.shape[1]]},
        "people": {},
    }
    if extra is not None:
        table["age"] = extra
        study["people"]["age"] = {"kind": "number", "range": [0, 120], "known_at": "baseline"}
    return read_cohort(table, study)


@pytest.fixture(scope="module")
def planted():
    return planted_courses(700, 1, residual=1.0)


@pytest.fixture(scope="module")
def courses(planted):
    rng = np.random.default_rng(1)
    age = 40.0 + 10.0 * (planted.classes == 1) + rng.normal(0, 8, len(planted.classes))
    settings = CourseSettings(
        most=4, mixture=MixtureSettings(starts=6), alternatives=False, resamples=10
    )
    return trajectories(cohort_of(planted.scores, age.round()), settings)


def test_planted_classes_come_back(planted, courses):
    assert courses.names == ("improving", "little change", "improving late")
    assert courses.reliable
    np.testing.assert_allclose(courses.model.shares, (0.793, 0.114, 0.093), atol=0.04)
    classes = courses.model.posterior(planted.scores).argmax(1)
    bayes = adjusted_rand(planted.classes, planted.posterior.argmax(1))
    assert adjusted_rand(planted.classes, classes) >= bayes - 0.03
    assert int(courses.selection.loc[courses.selection["chosen"], "classes"].item()) == 3


def test_every_table_has_its_rows(planted, courses):
    people = int(np.isfinite(planted.scores).any((1, 2)).sum())
    assert len(courses.people) == people * 2 * 3
    assert len(courses.classes) == 3 * 2 * 3
    assert courses.class_sizes.groupby("classes")["n_assigned"].sum().eq(people).all()
    assert (courses.people["low"] <= courses.people["expected"]).all()
    assert set(courses.grolts["status"]) <= {"reported", "partly", "for the author", "not done"}
    assert len(courses.grolts) == 21


def test_predictors_are_adjusted_for_assignment_errors(courses):
    row = courses.predictors.set_index(["class", "predictor"]).loc[("little change", "age")]
    assert row["low"] > 0
    other = courses.predictors.set_index(["class", "predictor"]).loc[("improving late", "age")]
    assert other["low"] < 0 < other["high"]


def test_three_steps_undo_the_bias_of_assigned_classes():
    rng = np.random.default_rng(3)
    n, slope = 20_000, 1.0
    x = rng.normal(size=n)
    member = rng.random(n) < 1 / (1 + np.exp(-slope * x))
    signal = rng.normal(size=n) + 1.5 * member
    odds = np.exp(1.5 * signal - 1.5**2 / 2)
    posterior = np.column_stack([1 / (1 + odds), odds / (1 + odds)])
    fitted = three_step(posterior, pd.DataFrame({"x": x}))
    assert fitted.coefficients[1, 1] == pytest.approx(slope, abs=3 * fitted.errors[1, 1])
    assert fitted.errors[1, 1] < 0.06
    exact = three_step(np.eye(2)[member.astype(int)], pd.DataFrame({"x": x}))
    import statsmodels.api as sm

    logit = sm.Logit(member.astype(float), sm.add_constant(x)).fit(disp=0)
    np.testing.assert_allclose(exact.coefficients[1], logit.params, atol=1e-6)
    np.testing.assert_allclose(exact.errors[1], logit.bse, rtol=1e-4)


def test_own_courses_lie_between_the_class_and_the_scores(planted, courses):
    expected, error = courses.model.courses(planted.scores)
    there = np.isfinite(planted.scores)
    assert np.abs(expected - planted.scores)[there].mean() < 1.5
    assert (error[~there] > np.median(error[there])).mean() > 0.9


def test_one_course_is_not_split():
    rng = np.random.default_rng(2)
    level = rng.normal(14, 3, (400, 1))
    scores = (level + np.array([0.0, -3, -5]) + rng.normal(0, 1.5, (400, 3)))[:, None, :]
    chosen = select_classes(scores, MixtureSettings(starts=10), most=3)
    assert chosen.classes == 1
    assert "one course" in doubts(chosen, None, NONE)[0]


def lasting(same=1.0, low=0.9):
    return Stability(pd.DataFrame({"classes": [3] * 40}), same, low, 0.95)


def test_low_entropy_here_or_in_resamples_is_said_first(planted):
    three = select_classes(planted.scores, MixtureSettings(starts=6), most=4)
    low = type(three)(three.models, three.table.assign(entropy=0.7), 3)
    doubt = doubts(low, lasting(), NONE)
    assert doubt[0].startswith("Classes are not reliably found: entropy is 0.70")
    doubt = doubts(three, lasting(low=0.71), NONE)
    assert "0.71 or less in one of ten resamples" in doubt[0]
    assert doubts(three, lasting(), NONE) == ()
    most = type(three)(three.models[:3], three.table[:3], 3)
    assert "the largest number tried (3)" in doubts(most, lasting(), NONE)[0]


def test_a_number_that_resamples_do_not_keep_is_doubted(planted):
    three = select_classes(planted.scores, MixtureSettings(starts=6), most=4)
    doubt = doubts(three, lasting(same=0.6), NONE)
    assert "BIC chooses 3 in 60% of 40 resamples" in doubt[0]
    assert "not tried on resamples" in doubts(three, None, NONE)[0]


def test_resamples_are_fitted_as_their_people_would_be_alone(planted):
    scores = planted.scores[:250, :1]
    model = course_model(scores, MixtureSettings(starts=4))
    rows = course_rows(scores)
    weights = next(bootstrap_weights(np.random.default_rng(1), np.arange(250), 3))
    counts = np.zeros((len(rows.scores), 3))
    np.add.at(counts, rows.where, weights.T)
    sets = replace(rows, counts=counts)
    together = climb_from(sets, model.settings, restarted(sets, model, 3), 40)
    for k in range(3):
        alone = course_rows(np.repeat(scores, weights[k].astype(int), axis=0))
        one = climb_from(alone, model.settings, restarted(alone, model, 1), 40)
        # Both climbs stop by the same tolerance; sums in another order stop a step apart.
        assert together.loglik[k] == pytest.approx(one.loglik[0], abs=1e-5)
        np.testing.assert_allclose(together.shares[k], one.shares[0], atol=1e-4)


def test_blurred_classes_do_not_last():
    blurred = planted_courses(700, 3, residual=2.5, between=2.5, processes=1)
    assert blurred.entropy < 0.75
    chosen = select_classes(blurred.scores, MixtureSettings(starts=4), most=3)
    assert chosen.classes > 1
    assert not class_stability(blurred.scores, chosen, resamples=10).holds


def test_resamples_take_clusters_whole(planted):
    scores = planted.scores[:300]
    chosen = select_classes(scores, MixtureSettings(starts=4), most=3)
    alike = class_stability(scores, chosen, clusters=np.zeros(300, dtype=int), resamples=3)
    np.testing.assert_allclose(alike.table["entropy"], chosen.entropy, atol=1e-3)
    assert alike.same_number == 1.0


def test_a_skewed_score_without_classes_is_doubted():
    rng = np.random.default_rng(5)
    level = rng.gamma(1.2, 3.0, (1500, 1))
    scores = np.round(np.clip(level * rng.gamma(6, 1 / 6, (1500, 3)), 0, 27))[:, None, :]
    courses = trajectories(cohort_of(scores), QUICK)
    assert not courses.reliable
    assert any(line.startswith("Classes are not reliably found") for line in courses.statements)


def test_bootstrapped_test_keeps_two_classes_and_refuses_a_third():
    scores = planted_courses(100, 4, residual=1.0, processes=1).scores
    one, two = (course_model(scores, MixtureSettings(classes=k, starts=3)) for k in (1, 2))
    ratio, p = bootstrap_likelihood_ratio(scores, one, two, 9, 1)
    assert ratio > 0
    assert p == pytest.approx(0.1)


def test_response_times_are_a_life_table():
    scores = np.array([[[20.0, 8, 8]], [[20, 20, 9]], [[20, 20, np.nan]], [[20, 20, 20]]])
    table = response_times(course_scores(cohort_of(np.repeat(scores, 20, axis=0)))).frame
    assert table["at_risk"].tolist() == [80, 40]
    assert table["responded"].tolist() == [20, 20]
    np.testing.assert_allclose(table["by_then"], [0.25, 1 - 0.75 * 0.5])
    assert table["median"].iloc[0] == "round_one_end"


def test_relapse_counts_responders_who_lost_it():
    table = pd.DataFrame({"person": [f"p{i}" for i in range(60)]})
    scores = {"baseline": 20, "session_2": 15, "round_one_end": 8, "round_two_start": 8}
    for visit, value in {**scores, "round_two_end": 6}.items():
        table[f"phq9_{visit}"] = value
    table.loc[:14, "phq9_round_two_start"] = 18
    study = {
        "id": "person",
        "layout": "wide",
        "visits": [*scores, "round_two_end"],
        "rounds": {
            "one": {"start": "baseline", "end": "round_one_end"},
            "two": {"start": "round_two_start", "end": "round_two_end"},
        },
        "instruments": {"phq9": {"total": "phq9_{visit}"}},
    }
    cohort = read_cohort(table, study)
    row = relapse(cohort, course_scores(cohort)).frame.iloc[0]
    assert (row["responders"], row["known"], row["lost"]) == (60, 60, 15)
    assert row["low"] < 0.25 < row["high"]


def test_a_persons_own_course_is_drawn_with_its_band_and_answers(planted):
    scores = course_scores(cohort_of(planted.scores))
    missing = int(np.argmax(np.isnan(planted.scores[:, 0]).sum(1) == 1))
    model = course_model(scores.scores, MixtureSettings(starts=3))
    drawn = own_figures(scores, model, [scores.ids[missing]])
    assert set(drawn) == {"courses_phq9_people_own_1.svg", "courses_gad7_people_own_1.svg"}
    own = drawn["courses_phq9_people_own_1.svg"]
    assert (own.count("<circle"), own.count("<polygon"), own.count("<polyline")) == (2, 1, 1)
    assert "Rings are answers (2 of 3 visits); higher is worse." in own
    with pytest.raises(UsageError, match="1 of 2 that have none"):
        own_figures(scores, model, [scores.ids[0], "nobody"])


def test_two_visits_are_refused():
    scores = planted_courses(100, 1).scores[:, :1].copy()
    scores[:, :, 1] = np.nan
    with pytest.raises(DesignError, match="COURSE_VISITS"):
        trajectories(cohort_of(scores))


def test_no_causal_word_is_written_and_figures_are_well_formed(courses):
    for text in [*courses.statements, *courses.figures.values()]:
        assert refuse_causal_words(text) == text
    for text in courses.figures.values():
        ET.fromstring(text)
    assert {"courses_phq9", "courses_gad7", "courses_phq9_people"} <= set(courses.figures)


def test_the_same_seed_gives_the_same_tables(planted):
    first, second = (trajectories(cohort_of(planted.scores[:300]), QUICKEST) for _ in range(2))
    for name, table in first.tables().items():
        pd.testing.assert_frame_equal(table, second.tables()[name])
