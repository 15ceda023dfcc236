"""Simulated cohorts: their truth is true, items add up, the same seed gives the same table."""

import numpy as np
import pandas as pd
import pytest

from predict.errors import UsageError
from predict.simulation import simulate
from predict.simulation.items import draw_items, load_bank, split_totals


def total(table: pd.DataFrame, instrument: str, visit: str) -> pd.Series:
    items = table.filter(regex=rf"^{instrument}_\d+_{visit}$")
    return (items.mean(axis=1) * items.shape[1]).round().where(items.isna().sum(axis=1) <= 2)


@pytest.fixture(scope="module")
def demo():
    return simulate("demo", people=20_000, seed=3)


def test_same_seed_same_table():
    pd.testing.assert_frame_equal(
        simulate("demo", people=80, seed=5).table, simulate("demo", people=80, seed=5).table
    )
    assert not simulate("demo", people=80, seed=6).table.equals(
        simulate("demo", people=80, seed=5).table
    )


def test_items_are_whole_answers_within_range(demo):
    answers = demo.table.filter(regex=r"^(phq9|gad7)_\d").to_numpy()
    assert set(np.unique(answers[~np.isnan(answers)])) == {0.0, 1.0, 2.0, 3.0}


def test_everybody_meets_the_entry_rule_or_left_an_answer_blank(demo):
    items = demo.table.filter(regex=r"^phq9_\d_baseline$")
    complete = items.notna().all(axis=1)
    assert (items[complete].sum(axis=1) >= 10).all()


@pytest.mark.parametrize(("round_", "visit"), [("one", "round_one_end"), ("two", "round_two_end")])
def test_the_truth_is_the_frequency_in_every_tenth(demo, round_, visit):
    start, end = total(demo.table, "phq9", "baseline"), total(demo.table, "phq9", visit)
    chance = demo.truth[f"round_{round_}"].reset_index(drop=True)
    seen = end.notna() & chance.notna()
    answer, chance = (end <= start / 2)[seen].astype(float), chance[seen]
    tenth = pd.qcut(chance, 10, labels=False)
    error = (answer - chance).groupby(tenth).mean()
    allowed = 4 * np.sqrt(0.25 / tenth.value_counts().min()) + 0.01  # .01: leavers are not a draw
    assert error.abs().max() < allowed


def test_baseline_tells_something_but_not_much(demo):
    """An oracle reaches .65, as honest models of this field do; severity alone far less."""
    from predict.statistics.metrics import METRICS

    start, end = total(demo.table, "phq9", "baseline"), total(demo.table, "phq9", "round_one_end")
    seen = end.notna().to_numpy()
    answer = (end <= start / 2).to_numpy()[seen].astype(float)
    auroc = METRICS["auroc"]
    assert 0.63 < auroc(answer, demo.truth["round_one"].to_numpy()[seen]) < 0.67
    assert 0.50 < auroc(answer, 1 - start.to_numpy()[seen] / 28) < 0.59


def test_one_person_in_ten_has_no_outcome_yet(demo):
    later = demo.table.filter(regex=r"_(session_2|round_one_end|round_two_\w+)$")
    only_baseline = later.drop(columns=later.filter(like="side_effect")).isna().all(axis=1).mean()
    assert 0.10 < only_baseline < 0.16  # and a few who left before session 2


def test_scales_correlate_as_in_entry_selected_samples(demo):
    both = pd.concat([total(demo.table, s, "baseline") for s in ("phq9", "gad7")], axis=1)
    assert 0.30 < both.corr().iloc[0, 1] < 0.55


def test_items_add_up_to_the_totals_given():
    rng, bank = np.random.default_rng(1), load_bank("phq9")
    totals = np.arange(28)
    assert (split_totals(rng, bank, totals).sum(axis=1) == totals).all()


def test_splitting_totals_gives_back_the_models_own_items():
    """Items drawn freely, and drawn again given their totals, have the same means."""
    rng, bank = np.random.default_rng(2), load_bank("gad7")
    free = draw_items(rng, bank, np.full(40_000, 1.0))
    again = split_totals(rng, bank, free.sum(axis=1))
    assert np.abs(free.mean(axis=0) - again.mean(axis=0)).max() < 0.05


def test_unknown_programmes_are_refused_with_a_suggestion():
    with pytest.raises(UsageError, match="Did you mean 'demo'"):
        simulate("dmo", people=10, seed=1)
    with pytest.raises(UsageError, match="at least 1"):
        simulate("demo", people=0, seed=1)


def test_the_separable_variant_keeps_shares_and_entry_and_narrows_the_rest():
    plain, apart = (
        simulate("hull-2022", people=3000, seed=4, separable=which) for which in (False, True)
    )
    for drawn in (plain, apart):
        shares = drawn.truth["course"].value_counts(normalize=True)
        assert shares["improvement"] == pytest.approx(0.793, abs=0.02)
    starts = [total(drawn.table, "phq9", "baseline") for drawn in (plain, apart)]
    assert starts[1].std() < 0.7 * starts[0].std()
    both = pd.concat([total(apart.table, s, "baseline") for s in ("phq9", "gad7")], axis=1)
    assert (both.max(axis=1) >= 10).all()


def test_courses_of_the_separable_variant_run_in_points_around_the_persons_level():
    drawn = simulate("hull-2022", people=6000, seed=5, separable=True)
    start, middle, end = (
        total(drawn.table, "phq9", v) for v in ("baseline", "session_2", "round_one_end")
    )
    chronic = (drawn.truth["course"] == "chronic").to_numpy() & end.notna().to_numpy()
    assert end[chronic].mean() == pytest.approx(start.mean(), abs=0.3)
    pairs = [start[chronic].corr(later[chronic]) for later in (middle, end)]
    np.testing.assert_allclose([*pairs, middle[chronic].corr(end[chronic])], 0.8, atol=0.06)
    assert end[chronic].std() == pytest.approx(start[chronic].std(), rel=0.12)


def test_the_truth_of_the_separable_variant_is_the_frequency():
    drawn = simulate("hull-2022", people=9000, seed=6, separable=True)
    start, end = (total(drawn.table, "phq9", v) for v in ("baseline", "round_one_end"))
    seen = end.notna() & (start > 0)
    answer = (end <= start / 2)[seen]
    chance = drawn.truth["round_one"].reset_index(drop=True)[seen]
    # Little change makes leaving likelier, so completers respond a little more often.
    assert -0.01 < answer.mean() - chance.mean() < 0.05
    assert np.corrcoef(answer, chance)[0, 1] > 0.05


def test_a_programme_without_a_separable_variant_is_refused():
    with pytest.raises(UsageError, match="hull-2022"):
        simulate("demo", people=10, seed=1, separable=True)
