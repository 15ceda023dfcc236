"""Networks and correlations against R: qgraph, glasso and polycor (see tests/golden/networks.R)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from predict.analysis.networks.correlations import correlations
from predict.analysis.networks.counts import item_tables
from predict.analysis.networks.glasso import _descend, _State, ebic_glasso

GOLDEN = Path(__file__).parents[1] / "golden"
NAMES = ("phq9", "chain", "sample", "polychoric")


@pytest.fixture(scope="module")
def golden():
    return pd.read_csv(GOLDEN / "networks.csv")


def matrix(rows):
    return rows.pivot(index="row", columns="column", values="value").to_numpy()


def part(golden, name, kind):
    return golden[(golden["matrix"] == name) & (golden["kind"] == kind)]


@pytest.mark.parametrize("name", NAMES)
def test_ebic_network_equals_qgraph_to_a_thousandth(golden, name):
    correlation = matrix(part(golden, name, "correlation"))
    rows = part(golden, name, "ebic_edges")
    for gamma, settings in rows.groupby("gamma"):
        sizes = sorted(settings["n"].unique())
        assert len(sizes) == 3
        network = ebic_glasso(np.repeat(correlation[None], 3, axis=0), np.array(sizes), gamma=gamma)
        for n, edges in zip(sizes, network.edges, strict=True):
            expected = matrix(settings[settings["n"] == n])
            np.testing.assert_allclose(edges, expected, atol=1e-3)
            assert ((edges != 0) == (expected != 0)).all()


@pytest.mark.parametrize("name", NAMES)
def test_precision_equals_glasso(golden, name):
    correlation = matrix(part(golden, name, "correlation"))
    for penalty, rows in part(golden, name, "precision").groupby("n"):
        state = _State.of(correlation[None])
        _descend(correlation[None], np.array([penalty]), state, 1e-7)
        np.testing.assert_allclose(state.precision()[0], matrix(rows), atol=1e-5)


@pytest.mark.parametrize(("method", "name"), [("spearman", "sample"), ("polychoric", "polychoric")])
def test_correlations_equal_r(golden, method, name):
    answers = pd.read_csv(GOLDEN / "networks_answers.csv").to_numpy(float)
    estimated = correlations(item_tables(answers), method)[0]
    tolerance = 1e-12 if method == "spearman" else 1e-4
    np.testing.assert_allclose(estimated, matrix(part(golden, name, "correlation")), atol=tolerance)
