"""Intervals against hand counts, printed papers and properties."""

from __future__ import annotations

import numpy as np
import pytest

from predict.statistics.intervals import (
    chi_squared_tail,
    delong,
    mean_interval,
    midranks,
    percentile_interval,
    person_weights,
    sampled,
    wilson,
)


def test_wilson_equals_newcombes_printed_example() -> None:
    # Newcombe 1998, Stat Med 17:857, table I: 81/263 gives .2553 to .3662; 0/20 gives 0 to .1611.
    assert [round(v, 4) for v in wilson(81, 263)[1:]] == [0.2553, 0.3662]
    assert round(wilson(0, 20).high, 4) == 0.1611
    assert wilson(0, 20).low == 0


@pytest.mark.parametrize("freedom", [1, 2, 3, 7, 8, 40])
def test_the_tail_of_chi_squared_is_scipys(freedom: int) -> None:
    from scipy.special import chdtrc

    for value in (0.0, 0.01, 1.0, freedom, 3.0 * freedom, 200.0, 5_000.0):
        wanted = pytest.approx(chdtrc(freedom, value), rel=1e-12, abs=1e-300)
        assert chi_squared_tail(value, freedom) == wanted


def test_a_share_of_nobody_has_no_interval() -> None:
    assert np.isnan(wilson(0, 0)).all()


def test_delong_counts_pairs() -> None:
    assert delong([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).estimate == 0.75
    assert delong([0, 1], [0.5, 0.5]).estimate == 0.5


def test_delong_with_one_class_is_not_a_number() -> None:
    assert np.isnan(delong([1, 1], [0.2, 0.3])).all()


def test_clusters_of_one_give_the_plain_interval() -> None:
    values = np.random.default_rng(2).normal(size=50)
    plain = mean_interval(values)
    assert mean_interval(values, clusters=np.arange(50)) == pytest.approx(plain)


def test_copies_of_a_person_do_not_narrow_a_clustered_interval() -> None:
    values = np.random.default_rng(3).normal(size=40)
    once = mean_interval(values, clusters=np.arange(40))
    twice = mean_interval(np.tile(values, 2), clusters=np.tile(np.arange(40), 2))
    assert twice == pytest.approx(once)


def test_resamples_keep_the_size_of_every_stratum() -> None:
    strata = np.repeat([0, 1, 2], [5, 30, 1])
    weights = person_weights(strata, resamples=20, seed=1)
    for label, size in enumerate([5, 30, 1]):
        assert (weights[:, strata == label].sum(axis=1) == size).all()


def test_the_same_seed_draws_the_same_people() -> None:
    first = person_weights(np.zeros(30), resamples=5, seed=4)
    assert np.array_equal(first, person_weights(np.zeros(30), resamples=5, seed=4))
    assert not np.array_equal(first, person_weights(np.zeros(30), resamples=5, seed=5))


def test_lost_resamples_are_left_out_of_a_percentile_interval() -> None:
    ends = percentile_interval(1.0, [np.nan, 0.0, 1.0, 2.0], level=0.5)
    assert ends[1:] == (0.5, 1.5)


def test_midranks_share_ties() -> None:
    assert midranks([3, 1, 3, 2]).tolist() == [3.5, 1.0, 3.5, 2.0]


def test_few_clusters_give_students_interval_on_cluster_sums() -> None:
    """Eight clusters of ten, by hand: t with 7 degrees of freedom, sums of deviations."""
    draw = np.random.default_rng(1)
    clusters = np.repeat(np.arange(8), 10)
    values = draw.normal(size=80) + draw.normal(size=8)[clusters]
    sums = np.bincount(clusters, values - values.mean())
    reach = 2.364624 * np.sqrt(8 / 7 * (sums**2).sum()) / 80
    interval = mean_interval(values, clusters=clusters)
    assert interval.high - interval.estimate == pytest.approx(reach, rel=1e-5)
    sampling = sampled(np.zeros(80), clusters)
    weights = sampling.weights(500, seed=1)
    without = weights @ values / weights.sum(axis=1)
    again = sampling.interval(float(values.mean()), without, level=0.95)
    assert again == pytest.approx(interval, rel=1e-5)


@pytest.mark.parametrize(
    ("count", "kind"),
    [(5, "none"), (6, "few_clusters"), (19, "few_clusters"), (20, "clusters"), (200, "people")],
)
def test_how_intervals_are_made_hangs_on_the_number_of_clusters(count: int, kind: str) -> None:
    sampling = sampled(np.zeros(200), np.arange(200) % count)
    assert sampling.kind == kind
    weights = sampling.weights(30, seed=1)
    values = np.random.default_rng(2).normal(size=200)
    ends = sampling.interval(0.0, weights @ values / weights.sum(axis=1), level=0.9)
    assert np.isnan(ends.low) == (kind == "none")


def test_clusters_are_drawn_whole() -> None:
    groups = np.arange(120) % 30
    weights = sampled(np.zeros(120), groups).weights(20, seed=1)
    for row in weights:
        assert (row == row[:30][groups]).all()


def test_of_one_clusters_people_the_cluster_is_given() -> None:
    sampling = sampled(np.zeros(120), np.arange(120) % 12)
    assert sampling.within(np.arange(0, 120, 12)).kind == "people"
    assert sampling.within(np.flatnonzero(np.arange(120) % 12 < 4)).kind == "none"
    assert sampling.within(np.flatnonzero(np.arange(120) % 12 < 8)).units == 8
