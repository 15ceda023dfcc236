"""Equal to R: rms::val.prob, pROC, and a flexible curve by rms::lrm (tests/golden/judgement.R)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from predict.statistics.intervals import delong
from predict.statistics.metrics import METRICS
from predict.statistics.metrics.agreement import log_odds, logistic_fit, recalibration
from predict.statistics.metrics.curves import KNOTS, restricted_cubic

GOLDEN = Path(__file__).parents[2] / "golden"


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(GOLDEN / f"{name}.csv")


def values(name: str) -> dict[str, float]:
    return {str(k): float(v) for k, v in table(name).set_index("name")["value"].items()}


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    return table("judgement_people")


@pytest.mark.parametrize(
    "name", [n for n in METRICS if n not in {"calibration_slope", "calibration_in_the_large"}]
)
def test_metric_equals_val_prob(people: pd.DataFrame, name: str) -> None:
    assert METRICS[name](people["y"], people["p"]) == pytest.approx(
        values("val_prob")[name], abs=1e-6
    )


def test_recalibration_equals_val_prob(people: pd.DataFrame) -> None:
    wanted = values("val_prob")
    line = recalibration(people["y"], people["p"])
    assert line == pytest.approx((wanted["intercept"], wanted["slope"]), abs=1e-6)
    assert METRICS["calibration_slope"](people["y"], people["p"]) == pytest.approx(
        wanted["slope"], abs=1e-6
    )


def test_delong_equals_proc(people: pd.DataFrame) -> None:
    wanted = values("proc")
    interval = delong(people["y"], people["p"])
    assert interval == pytest.approx((wanted["auc"], wanted["low"], wanted["high"]), abs=1e-6)


def test_the_flexible_curve_equals_lrm_on_a_spline(people: pd.DataFrame) -> None:
    wanted = table("calibration_curve")
    line = log_odds(people["p"])
    knots = np.quantile(line, KNOTS)
    design = np.column_stack([np.ones(len(line)), restricted_cubic(line, knots)])
    beta, covariance = logistic_fit(people["y"], design)
    at = np.column_stack([np.ones(9), restricted_cubic(log_odds(wanted["estimate"]), knots)])
    middle, error = at @ beta, np.sqrt(np.einsum("ij,jk,ik->i", at, covariance, at))
    for name, z in (("observed", 0.0), ("low", -1.959963984540054), ("high", 1.959963984540054)):
        assert 1 / (1 + np.exp(-(middle + z * error))) == pytest.approx(wanted[name], abs=1e-6)
