"""Published figures beside computed ones: the rule of agreement, the page, every programme."""

import dataclasses
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from predict.analysis.outcome_report import outcome_tables
from predict.analysis.published import agrees, compare, published_page, published_table
from predict.analysis.published_measures import MEASURES, RULES, Found
from predict.cohort import read_cohort
from predict.definitions.programmes import GRADES, load_programme, programme_ids
from predict.simulation import simulate
from predict.simulation.examples import shipped

FIGURES = [f for name in programme_ids() for f in load_programme(name).figures]
EVERYBODY = np.ones(10, dtype=bool)


def comparison(name: str, seed: int):
    drawn = simulate(name, seed=seed)
    cohort = read_cohort(drawn.table, shipped(f"{name}_study.toml"))
    return compare(cohort, load_programme(name))


def test_published_figures_come_out_of_the_simulated_tables(monkeypatch, capsys):
    """One seed of each programme at its published size; `make proofs` runs five."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "proofs"))
    assert import_module("published_figures").main(share=0.01) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "proof: 3/3"
    for name in ("published_figures", "_proof"):
        sys.modules.pop(name, None)


def test_each_figure_stands_once_and_says_where_it_was_read():
    for name in programme_ids():
        ids = [figure.id for figure in load_programme(name).figures]
        assert len(ids) == len(set(ids))
    for figure in FIGURES:
        assert figure.source
        assert figure.definition
        assert figure.grade[0] in GRADES


def test_no_unchecked_figure_is_used():
    assert not [figure.id for figure in FIGURES if figure.grade.startswith(("K", "U"))]


def test_each_figure_has_a_measure_or_says_why_not():
    for figure in FIGURES:
        assert bool(figure.measure) != bool(figure.not_computable), figure.id
        if figure.measure:
            assert figure.measure["name"] in MEASURES
        if figure.measure.get("name") == "rate":
            assert figure.measure["rule"] in RULES


def test_a_tolerance_has_its_reason():
    assert all(bool(f.tolerance) == bool(f.reason) for f in FIGURES)


@pytest.mark.parametrize(
    ("value", "error", "tolerance", "expected"),
    [(56.4, 0, 0, True), (56.6, 0, 0, False), (57.7, 0.5, 0, True), (57.9, 0.5, 0, False),
     (59.4, 0, 3.0, True)],
)  # fmt: skip
def test_the_rule_of_agreement(value, error, tolerance, expected):
    figure = load_programme("mathai-2024").figure("response")
    figure = dataclasses.replace(figure, tolerance=tolerance)
    assert agrees(figure, Found(value, error, value, value, EVERYBODY)) is expected


def test_a_bound_agrees_when_the_interval_reaches_below_it():
    figure = load_programme("mathai-2024").figure("worsened")
    assert figure.printed == "<1%"
    assert agrees(figure, Found(1.2, 0.2, 0.9, 1.6, EVERYBODY))
    assert not agrees(figure, Found(1.5, 0.2, 1.1, 1.9, EVERYBODY))


def test_analysed_programmes_get_their_number_and_drop_outs_on_top():
    assert load_programme("hull-2022").counts == "analysed"
    assert load_programme("burnout-2026").counts == "entered"
    hull = simulate("hull-2022", people=500, seed=2)
    ends = hull.table.filter(regex=r"^phq9_\d_round_one_end$").notna().all(axis=1)
    assert ends.sum() == 500
    assert len(hull.table) > 1000
    assert len(simulate("burnout-2026", people=500, seed=2).table) == 500


def test_the_page_shows_both_sides_and_nothing_that_runs():
    figures = comparison("hull-2022", 3)
    page = published_page(load_programme("hull-2022"), published_table(figures).frame, hidden=False)
    assert "62.8%" in page
    assert "How the source was read" in page
    assert "<script" not in page
    assert "http" not in page


def test_a_table_without_the_instrument_says_so():
    drawn = simulate("hull-2022", people=300, seed=1)
    cohort = read_cohort(drawn.table, shipped("hull-2022_study.toml"))
    figures = {e.figure.id: e.agrees for e in compare(cohort, load_programme("burnout-2026"))}
    wanted = "not computable: the study does not hold the three burnout subscales"
    assert figures["response_exhaustion"] == wanted


def test_burnout_truth_is_the_frequency():
    drawn = simulate("burnout-2026", people=12_000, seed=4)
    start, end = (
        drawn.table[[f"mbi_gs_{i}_{v}" for i in (1, 2, 3, 4, 6)]].mean(axis=1)
        for v in ("baseline", "session_6")
    )
    chance = drawn.truth["round_one_exhaustion"].reset_index(drop=True)
    seen = end.notna()
    # Who has more relief stays likelier, so completers respond a little more than all who entered.
    gap = (start - end >= 1 - 1e-9)[seen].mean() - chance[seen].mean()
    assert -0.02 < gap < 0.06


def test_outcome_tables_of_a_programme_without_figures():
    drawn = simulate("demo", people=150, seed=1)
    cohort = read_cohort(drawn.table, shipped("demo_study.toml"))
    assert "published" not in outcome_tables(cohort, programme="demo").names()
    assert "published" in outcome_tables(cohort, programme="mathai-2024").names()
