"""A rate, or a group's AUROC, has one interval wherever it is told; clusters are heeded in all."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from predict.analysis.rates import rate_of, rates
from predict.cohort import as_cohort
from predict.cohort.follow_up import follow_up
from predict.cohort.labelling import label
from predict.definitions.outcomes import read_outcome
from predict.definitions.wording import load_catalogue
from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.plan import Plan
from predict.evaluation.strata import strata_table
from predict.evaluation.subgroups import subgroups_table
from predict.reports.content import Content
from predict.reports.sections.model.outcomes import _shares
from predict.reports.sections.model.sensitivity import _definitions

STUDY: dict[str, Any] = {
    "id": "person", "layout": "wide", "visits": ["baseline", "end"], "cluster": "ward",
    "rounds": {"one": {"start": "baseline", "end": "end"}},
    "instruments": {"phq9": {"total": "phq9_{visit}"}},
    "people": {"ward": {"kind": "choice", "values": [f"w{n}" for n in range(12)]}},
}  # fmt: skip
RESPONSE = read_outcome("phq9_response")


def wards(count: int) -> Any:
    """Of each ward of twenty almost everybody responds, or almost nobody."""
    number = np.arange(20 * count)
    ward, place = number // 20, number % 20
    yes = np.where(ward % 2 == 0, place < 17, place < 3)
    table = pd.DataFrame({
        "person": [f"p{n}" for n in number], "ward": [f"w{n}" for n in ward],
        "phq9_baseline": "16", "phq9_end": np.where(yes, "5", "15"),
    })  # fmt: skip
    return as_cohort(table, STUDY)


@pytest.mark.parametrize("count", [4, 12])
def test_the_report_tells_the_interval_of_analyse_which_is_of_wards(count: int) -> None:
    cohort, content = wards(count), Content(load_catalogue())
    counted: Any = SimpleNamespace(of=lambda mask: np.asarray(mask, dtype=bool))
    context: Any = SimpleNamespace(
        cohort=cohort, content=content, counted=counted, say=content.say, study=cohort.study
    )
    labels = label(cohort, RESPONSE, round="one").reindex(cohort.ids)
    told = _shares(context, follow_up(labels))[1].value
    frame = rates(cohort).frame.query("outcome == 'phq9_response' and reading == 'completers'")
    row = {name: 100 * float(frame.iloc[0][name]) for name in ("rate", "low", "high")}
    assert told == content.ranged({"estimate": row["rate"], **row}, 1)
    view: Any = SimpleNamespace(model=SimpleNamespace(outcome=RESPONSE, round="one"))
    (table,) = _definitions(context, view)
    assert table["rows"][1][2].value == told
    # Two kinds of ward, half of each: of people alone it would reach some 6 points.
    assert np.isnan(row["low"]) if count == 4 else row["high"] - row["low"] > 40


def test_a_rate_of_nought_in_every_cluster_is_not_known_for_certain() -> None:
    yes, owners = np.zeros(240, dtype=bool), np.arange(240) // 20
    for those, ends in ((yes, (0.0, 0.0, 0.243)), (~yes, (1.0, 0.757, 1.0))):  # Wilson, 0 of 12
        assert rate_of(those, ~yes, owners) == pytest.approx(ends, abs=1e-3)
    assert np.isnan(rate_of(yes, ~yes, owners // 3).high)


def test_a_groups_auroc_has_one_interval_in_both_tables_of_groups() -> None:
    draw = np.random.default_rng(1)
    n = 480
    ids, line = pd.Index([f"p{i}" for i in range(n)]), draw.normal(size=n)
    y = (draw.random(n) < 1 / (1 + np.exp(-line))).astype(np.int8)
    groups = np.array([f"c{i % 24}" for i in range(n)], dtype=object)
    p = 1 / (1 + np.exp(-line + draw.normal(size=(1, n))))
    one = OutOfFold(ids, y, groups, (np.arange(n) % 24 // 6)[None, :], {"linear": p})
    arm, plan = {"arm": pd.Series(draw.choice(["a", "b"], n), index=ids)}, Plan()
    ends = [
        table.query("value == 'a' and metric == 'auroc'")[["estimate", "low", "high"]].iloc[0]
        for table in (
            strata_table(one, arm, plan, seed=3),
            subgroups_table(one, "linear", arm, plan, seed=3),
        )
    ]
    assert ends[0].astype(float).to_numpy() == pytest.approx(ends[1].astype(float).to_numpy())
