"""The random-effects summary equals metafor's (tests/golden/judgement.R)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from predict.statistics.pooling import pool

GOLDEN = Path(__file__).parents[1] / "golden"
STUDIES = pd.read_csv(GOLDEN / "metafor_studies.csv")
WANTED = pd.read_csv(GOLDEN / "metafor.csv")


@pytest.mark.parametrize(
    "row", WANTED.to_dict("records"), ids=lambda r: f"{r['method']}-{r['test']}"
)
def test_the_summary_equals_metafor(row: dict[str, float]) -> None:
    method = "dl" if row["method"] == "DL" else "reml"
    pooled = pool(
        STUDIES["effect"], STUDIES["error"], method=method, knapp_hartung=row["test"] == "knha"
    )
    assert pooled.tau2 == pytest.approx(row["tau2"], abs=1e-6)
    assert pooled.estimate == pytest.approx(row["estimate"], abs=1e-6)
    ends = (pooled.low, pooled.high, pooled.new_low, pooled.new_high)
    assert ends == pytest.approx((row["low"], row["high"], row["pi_low"], row["pi_high"]), abs=1e-4)


def test_places_that_agree_have_no_variance_between_them() -> None:
    pooled = pool([0.5, 0.5, 0.5], [0.1, 0.2, 0.1])
    assert pooled.tau2 == 0
    assert pooled.estimate == pytest.approx(0.5)


def test_one_place_cannot_be_summarised() -> None:
    with pytest.raises(ValueError, match="at least two"):
        pool([0.5], [0.1])
