"""Growth mixtures against R's flexmix, stepmix and brute force (see tests/golden/courses.R)."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal

from predict.analysis.trajectories.planted import planted_courses
from predict.models.growth_mixture.course_model import CourseModel, course_model
from predict.models.growth_mixture.mixture import MixtureSettings

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(scope="module")
def scores():
    return pd.read_csv(GOLDEN / "courses_scores.csv").to_numpy()[:, None, :]


@pytest.mark.parametrize("shared", [True, False])
def test_estimates_equal_flexmix(scores, shared):
    golden = pd.read_csv(GOLDEN / "courses.csv")
    golden = golden[golden["shared"] == shared]
    model = course_model(
        scores, MixtureSettings(classes=2, means="linear", shared=shared, starts=20)
    )
    loglik = golden.loc[golden["name"] == "loglik", "value"].item()
    assert model.loglik == pytest.approx(loglik, abs=1e-5)
    classes = golden[golden["class"] > 0].pivot(index="class", columns="name", values="value")
    classes = classes.sort_values("share", ascending=False)
    table = pd.DataFrame(
        {
            "share": model.shares,
            "intercept": model.means[:, 0, 0],
            "slope": model.means[:, 0, -1] - model.means[:, 0, 0],
            "between": model.between[:, 0, 0],
            "within": model.within[:, 0, 0],
        }
    )
    for name in table:
        np.testing.assert_allclose(table[name], classes[name], atol=1e-2)


def brute_force(model, scores):
    """Sum the log of each person's density, one person and one class at a time."""
    total = 0.0
    for person in scores.reshape(len(scores), -1):
        seen = np.isfinite(person)
        density = sum(
            share
            * multivariate_normal.pdf(person[seen], mean.ravel()[seen], cov[np.ix_(seen, seen)])
            for share, mean, cov in zip(model.shares, model.means, model.covariance, strict=True)
        )
        total += np.log(density)
    return total


@pytest.mark.parametrize("structure", ["random_intercept", "growth", "diagonal"])
@pytest.mark.parametrize("shared", [True, False])
def test_likelihood_with_missing_visits_equals_brute_force(structure, shared):
    scores = planted_courses(70, 3).scores
    settings = MixtureSettings(classes=2, structure=structure, shared=shared, starts=4)
    model = course_model(scores, settings)
    assert model.loglik == pytest.approx(brute_force(model, scores), abs=1e-6)


def test_likelihood_equals_integral_over_the_random_intercept():
    scores = planted_courses(60, 5, processes=1).scores
    model = course_model(scores, MixtureSettings(classes=2, starts=4))
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    total = 0.0
    for person in scores[:, 0]:
        seen = np.isfinite(person)
        density = 0.0
        for share, mean, tau, sigma in zip(
            model.shares,
            model.means[:, 0],
            model.between[:, 0, 0],
            model.within[:, 0, 0],
            strict=True,
        ):
            level = mean[seen] + np.sqrt(tau) * nodes[:, None]
            apart = (person[seen] - level) / np.sqrt(sigma)
            given = np.exp(-0.5 * apart**2) / np.sqrt(2 * np.pi * sigma)
            density += share * (weights * given.prod(1)).sum() / np.sqrt(2 * np.pi)
        total += np.log(density)
    assert model.loglik == pytest.approx(total, abs=1e-6)


def test_latent_profiles_equal_stepmix():
    with warnings.catch_warnings():
        # stepmix 3.0.0 has a docstring with an invalid escape, told when it is first compiled.
        warnings.simplefilter("ignore")
        from stepmix.stepmix import StepMix

    scores = planted_courses(500, 2, residual=1.0).scores
    model = course_model(
        scores, MixtureSettings(classes=3, structure="diagonal", shared=False, starts=20)
    )
    flat = pd.DataFrame(scores.reshape(len(scores), -1))
    peer = StepMix(
        n_components=3, measurement="gaussian_diag_nan", n_init=5, max_iter=3000, abs_tol=1e-10,
        rel_tol=1e-10, random_state=1, progress_bar=0,
    )  # fmt: skip
    peer.fit(flat)
    assert model.loglik == pytest.approx(peer.score(flat) * len(flat), abs=0.05)
    np.testing.assert_allclose(model.shares, np.sort(peer.weights_)[::-1], atol=5e-3)


def test_a_model_survives_being_written(scores):
    model = course_model(scores, MixtureSettings(classes=2, starts=4))
    again = CourseModel.from_dict(model.to_dict())
    np.testing.assert_array_equal(again.posterior(scores), model.posterior(scores))
