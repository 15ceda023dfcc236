"""Symptom networks: planted edges, weights, comparison, refusals, words and pictures."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from predict.analysis.networks import NetworkSettings, glasso, limits, symptom_network
from predict.analysis.networks.compare import compare_groups, compare_visits
from predict.analysis.networks.correlations import correlations, nearest_correlation
from predict.analysis.networks.counts import item_tables
from predict.analysis.networks.glasso import ebic_glasso
from predict.analysis.networks.panel import symptom_panel
from predict.analysis.networks.planted import planted_panel
from predict.analysis.networks.random_intercept import panel_products, within_network
from predict.analysis.networks.stability import case_drop
from predict.analysis.networks.temporal import lagged_network, transitions
from predict.analysis.resampling import bootstrap_weights
from predict.analysis.wording import refuse_causal_words
from predict.cohort import read_cohort
from predict.errors import DesignError, PredictError, UsageError
from predict.statistics.disclosure import opened

VISITS = ("baseline", "session_2", "round_one_end")
FEW = {"resamples": 60, "permutations": 20, "draws": 3}
FEWEST = {"resamples": 50, "permutations": 0, "draws": 2}


def cohort_of(panel, site=None):
    columns = {
        f"phq9_{item + 1}_{visit}": panel[:, v, item]
        for v, visit in enumerate(VISITS)
        for item in range(panel.shape[2])
    }
    table = pd.DataFrame(columns)
    table.insert(0, "person", [f"p{i}" for i in range(len(table))])
    items = {str(item + 1): f"phq9_{item + 1}_{{visit}}" for item in range(panel.shape[2])}
    study = {
        "id": "person",
        "layout": "wide",
        "visits": list(VISITS),
        "rounds": {"one": {"start": "baseline", "end": "round_one_end"}},
        "instruments": {"phq9": {"items": items}},
    }
    if site is not None:
        table["site"] = site
        study["cluster"] = "site"
    return read_cohort(table, study)


@pytest.fixture(scope="module")
def planted():
    return planted_panel(1500, 1, big=0.2, small=0.1)


@pytest.fixture(scope="module")
def network(planted):
    settings = NetworkSettings(outcome="phq9_response", **FEW)
    return symptom_network(cohort_of(planted.answers), settings)


def weighted(answers, weights):
    return np.repeat(answers, weights.astype(int), axis=0)


def test_weights_give_what_repeating_people_gives(planted):
    answers = planted.answers[:300]
    answers[::7, 1, 3] = np.nan
    weights = next(bootstrap_weights(np.random.default_rng(1), np.arange(300), 3))
    assert (weights.sum(1) == 300).all()
    one = correlations(item_tables(answers[:, 1]), "polychoric", weights)
    lagged = lagged_network(transitions(answers).moments(weights))
    within = within_network(panel_products(answers).covariances(weights)).effects
    for k in range(3):
        people = weighted(answers, weights[k])
        alone = correlations(item_tables(people[:, 1]), "polychoric")[0]
        np.testing.assert_allclose(one[k], alone, atol=1e-6)
        np.testing.assert_allclose(
            lagged[k], lagged_network(transitions(people).moments())[0], atol=1e-6
        )
        alone = within_network(panel_products(people).covariances()).effects[0]
        np.testing.assert_allclose(within[k], alone, atol=1e-3)


def test_spearman_is_scipys(planted):
    answers = planted.answers[:200, 0]
    expected = spearmanr(answers).statistic
    np.testing.assert_allclose(
        correlations(item_tables(answers), "spearman")[0], expected, atol=1e-12
    )


def test_a_network_does_not_depend_on_what_is_fitted_beside_it(planted, monkeypatch):
    weights = next(bootstrap_weights(np.random.default_rng(3), np.arange(1500), 5))
    matrices = correlations(item_tables(planted.answers[:, 0]), "spearman", weights)
    together = ebic_glasso(matrices, 1500)
    alone = [ebic_glasso(matrix[None], 1500).edges[0] for matrix in matrices]
    np.testing.assert_allclose(together.edges, alone, atol=1e-12)
    monkeypatch.setattr(glasso, "_CHUNK", 2 * 9**2)
    np.testing.assert_allclose(ebic_glasso(matrices, 1500).edges, alone, atol=1e-12)


def test_clusters_are_drawn_whole():
    clusters = np.repeat(np.arange(20), 5)
    weights = next(bootstrap_weights(np.random.default_rng(2), clusters, 4))
    assert (weights.reshape(4, 20, 5).std(2) == 0).all()


def test_an_impossible_matrix_becomes_a_correlation():
    bad = np.array([[[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]]])
    mended = nearest_correlation(bad)[0]
    assert np.linalg.eigvalsh(mended)[0] > 0
    np.testing.assert_allclose(np.diag(mended), 1.0)


def test_planted_edges_are_shown_and_sources_lead(planted, network):
    lagged = network.lagged[network.lagged["earlier"] != network.lagged["later"]]
    table = lagged.pivot(index="earlier", columns="later", values="status")
    keys = [str(i) for i in range(1, 10)]
    shown = (table.reindex(index=keys, columns=keys) != "").to_numpy() & ~np.eye(9, dtype=bool)
    big = planted.effects == 0.2
    none = (planted.effects == 0) & ~np.eye(9, dtype=bool)
    assert shown[big].mean() >= 0.9
    assert (~shown[none]).mean() >= 0.9
    out = network.centrality[network.centrality["measure"] == "out_strength"]
    assert set(out.loc[out["rank"] <= 2, "item"]) == {"1", "2"}
    assert (out["low"] <= out["estimate"]).all()


def test_only_large_edges_are_claimed_with_few_people(network):
    claimed = network.lagged[network.lagged["status"] == "claimed"]
    assert (claimed["estimate"].abs() >= limits.claim_beyond(1500)).all()
    assert limits.claim_beyond(1247) == pytest.approx(0.2)
    assert limits.claim_beyond(11441) == pytest.approx(0.04)


def test_every_table_is_filled(network):
    for name, table in network.tables().items():
        assert len(table), name
    assert set(network.edges["visit"]) == set(VISITS)
    assert set(network.comparisons["comparison"]) == {
        "baseline and round_one_end",
        "responders and others (phq9_response)",
    }
    assert network.comparisons["p"].between(0, 1).all()


def test_case_drop_is_high_for_a_clear_network_and_low_for_noise(planted):
    def strength(edges):
        return np.abs(edges).sum(2)

    def estimate_of(panel):
        steps = transitions(panel)
        return lambda weights: lagged_network(steps.moments(weights))

    clear = estimate_of(planted.answers)
    everyone = np.ones((1, 1500))
    drop = case_drop(clear, strength, clear(everyone)[0], 1500, 20, 1)
    shuffled = np.random.default_rng(1).permuted(planted.answers, axis=0)
    noise = estimate_of(shuffled)
    lost = case_drop(noise, strength, noise(everyone)[0], 1500, 20, 1)
    assert drop.coefficient >= 0.25 > lost.coefficient


def test_permutation_finds_a_planted_difference_and_none_without():
    plain_half = planted_panel(900, 3, big=0.0, small=0.0).answers
    strong_half = planted_panel(900, 4, big=0.25, small=0.1).answers
    steps = transitions(np.concatenate([strong_half, plain_half]))
    member = np.arange(1800) < 900
    differ = compare_groups(lambda w: lagged_network(steps.moments(w)), member, 100, 1)
    assert differ.p_largest < 0.05
    rng = np.random.default_rng(5)
    alike = compare_groups(
        lambda w: lagged_network(steps.moments(w)), rng.permutation(member), 100, 1
    )
    assert alike.p_largest > 0.05


def test_swapping_visits_keeps_pairs():
    seen = []

    def estimate(weights):
        seen.append(weights)
        return np.zeros((len(weights), 2, 2))

    compare_visits(estimate, 30, 10, 1)
    for weights in seen:
        np.testing.assert_array_equal(weights[:, :30] + weights[:, 30:], 1.0)


def test_the_same_seed_gives_the_same_tables(planted):
    cohort = cohort_of(planted.answers[:400, :, :4])
    first, second = (symptom_network(cohort, NetworkSettings(**FEWEST)) for _ in range(2))
    for name, table in first.tables().items():
        pd.testing.assert_frame_equal(table, second.tables()[name])
    assert first.figures == second.figures


def test_person_mean_centring_is_refused(planted):
    with pytest.raises(DesignError, match=r"NETWORK_PERSON_MEAN.*random_intercept"):
        symptom_network(cohort_of(planted.answers), NetworkSettings(within="person_mean", **FEW))


def test_unknown_words_are_refused(planted):
    with pytest.raises(UsageError, match="spearman"):
        symptom_network(cohort_of(planted.answers), NetworkSettings(method="spearmen", **FEW))


def test_two_visits_have_no_within_person_network():
    with pytest.raises(DesignError, match="NETWORK_VISITS"):
        panel_products(np.zeros((10, 2, 4)))


def test_totals_alone_are_refused():
    study = {
        "id": "person",
        "layout": "wide",
        "visits": ["baseline", "end"],
        "rounds": {"one": {"start": "baseline", "end": "end"}},
        "instruments": {"phq9": {"total": "phq9_{visit}"}},
    }
    table = pd.DataFrame({"person": ["a"], "phq9_baseline": [12], "phq9_end": [4]})
    with pytest.raises(DesignError, match="NETWORK_ITEMS"):
        symptom_panel(read_cohort(table, study))


def said(statements):
    return opened([]).fill(list(statements))


def test_limits_are_stated_where_they_bite():
    panel = planted_panel(600, 1).answers
    high = panel.copy()
    high[:, 0] = 3 - (panel[:, 0] > 2)
    everybody = np.ones(600, dtype=bool)
    text = " ".join(said(limits.statements(symptom_panel(cohort_of(high)), everybody)))
    assert "Restricted entry" in text
    assert "measured with error" in text
    assert "Below 1,247 people" in text
    low = panel.copy()
    low[:, 2] = 0
    low[::9, 2] = 1
    text = " ".join(said(limits.statements(symptom_panel(cohort_of(low)), everybody)))
    assert "Floor at round_one_end" in text


def test_causal_words_are_refused_and_none_is_written(network):
    for word in ("Mood causes sleep.", "Mood leads to sleep.", "Mood drives sleep."):
        with pytest.raises(PredictError, match="CAUSAL_WORD"):
            refuse_causal_words(word)
    for text in [*network.statements, *network.figures.values()]:
        assert refuse_causal_words(text) == text


def test_positive_items_are_turned_round():
    rng = np.random.default_rng(1)
    items = ("nervous", "calm", "down", "happy", "depressed")
    columns = {f"mood_{k}_{v}": rng.integers(1, 5, 80) for k in items for v in ("a", "b")}
    table = pd.DataFrame(columns)
    table.insert(0, "person", [f"p{i}" for i in range(80)])
    study = {
        "id": "person",
        "layout": "wide",
        "visits": ["a", "b"],
        "rounds": {"one": {"start": "a", "end": "b"}},
        "instruments": {"mhi5_four": {"columns": "mood_{item}_{visit}"}},
    }
    panel = symptom_panel(read_cohort(table, study))
    assert set(panel.turned) == {"nervous", "down", "depressed"}
    place = panel.keys.index("nervous")
    np.testing.assert_array_equal(panel.answers[:, 0, place], 5 - table["mood_nervous_a"])
    # Much of "calm" is little calm here, much of "nervous" is nervous: the labels say which end.
    assert all(label.endswith("(high is worse)") for label in panel.labels)


def test_whole_clusters_widen_the_bounds(planted):
    answers = planted.answers[np.repeat(np.arange(60), 10)][:, :, :4]
    sites = np.repeat(np.arange(60), 10)
    widths = []
    for site in (None, sites):
        edges = symptom_network(cohort_of(answers, site), NetworkSettings(**FEWEST)).lagged
        widths.append((edges["high"] - edges["low"]).mean())
    assert widths[1] > 1.5 * widths[0]
