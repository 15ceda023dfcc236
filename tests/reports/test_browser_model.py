"""The model report, made from a real small evaluation, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import reporting_page_checks as checks
import reporting_site as site

from predict.cohort import read_cohort
from predict.evaluation import Plan, evaluate
from predict.features.training_set import assemble
from predict.models.recipe import Recipe
from predict.models.training import train
from predict.reports import report
from predict.reports.model_page import model_html
from predict.reports.sections import MODEL
from predict.scoring import explain, score
from predict.simulation.examples import demo

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The facts of the model report on a small simulated programme."""
    example = demo(tmp_path_factory.mktemp("demo"), people=300, seed=3)
    cohort = read_cohort(example.table, example.study)
    training = assemble(cohort, "phq9_response")
    recipe = Recipe(family="totals", trials=0, inner=2)
    plan = Plan(outer=3, repeats=1, families=("prior", "severity", "totals"), resamples=50)
    judged = evaluate(training, recipe, plan, cohort=cohort)
    # Too few people to be shown better than the rate: its sections speak because somebody says so.
    shown = {"show_unproven": "Every section is read here."}
    model = train(training, recipe, refits=0, name="small", thresholds=shown)
    scores, reasons = score(model, cohort), explain(model, cohort)
    made = report(
        model, cohort, scores=scores, explanations=reasons, evaluation=judged, made="2026-03-21"
    )
    return made.model()


def test_all_sixteen_sections_speak_or_say_why_not(facts: dict[str, Any]) -> None:
    (model,) = facts["models"]
    assert list(model["sections"]) == list(MODEL)
    assert len(MODEL) == 16
    silent = {k: v["not_applicable"] for k, v in model["sections"].items() if "blocks" not in v}
    assert set(silent) <= {"tripod", "subgroups", "clinicians"}
    assert all(silent.values())


def test_the_model_report_is_small_and_runs_nothing(facts: dict[str, Any]) -> None:
    html = model_html(facts)
    assert len(html.encode()) <= 1_500_000
    assert "<script" not in html
    assert "http" not in html.split("</style>")[1]


def test_axe_finds_nothing_in_the_model_report(
    browser: Any, host: Any, facts: dict[str, Any]
) -> None:
    with site.opened(browser, host.put("model.html", model_html(facts))) as view:
        for scheme, width in (("light", 1120), ("dark", 320)):
            view.page.set_viewport_size({"width": width, "height": 900})
            view.page.emulate_media(color_scheme=scheme)
            assert (scheme, site.axe(view)["violations"]) == (scheme, [])
            assert min(view.js(site.LOOKS["paper"])) >= 4.5, scheme
            assert view.js("() => document.documentElement.scrollWidth") <= width
        assert view.console == []


def test_every_figure_has_a_name_a_reading_and_no_overlap(
    browser: Any, host: Any, facts: dict[str, Any]
) -> None:
    with site.opened(browser, host.put("model.html", model_html(facts))) as view:
        figures = view.js(
            "() => [...document.querySelectorAll('figure svg.fig')].map(s => "
            "[s.querySelector('title').textContent, s.querySelector('desc').textContent])"
        )
        assert len(figures) >= 5
        assert all(title and reading for title, reading in figures)
        assert view.js(site.LOOKS["overlaps"]) == []
        assert min(view.js(site.LOOKS["contrast"])["texts"]) >= 4.5


def test_every_figure_has_a_legend_and_letters_that_a_telephone_shows(
    browser: Any, host: Any, facts: dict[str, Any]
) -> None:
    with site.opened(browser, host.put("model.html", model_html(facts)), width=390) as view:
        view.js("() => document.querySelectorAll('details').forEach(d => { d.open = true; })")
        figures = "() => [...document.querySelectorAll('figure')]"
        assert view.js(f"{figures}.filter(f => !f.querySelector('.keys li')).length") == 0
        assert view.js(site.LOOKS["reach"])["smallest"] >= 10
        assert view.js(site.LOOKS["overlaps"]) == []
        assert view.js("() => document.documentElement.scrollWidth") <= 390


def test_the_front_page_fits_one_screen(browser: Any, host: Any, facts: dict[str, Any]) -> None:
    address = host.put("model.html", model_html(facts))
    with site.opened(browser, address, width=1280) as view:
        front = view.page.locator(".front").first.bounding_box()
        assert front["y"] + front["height"] <= 900
        assert view.page.locator(".front svg.fig").count() == 3


def test_on_paper_nothing_passes_the_edge_of_its_card_and_no_word_is_broken(
    browser: Any, host: Any, facts: dict[str, Any]
) -> None:
    with site.opened(browser, host.put("model.html", model_html(facts))) as view:
        view.page.emulate_media(media="print")
        for paper in (725, 748):
            view.page.set_viewport_size({"width": paper, "height": 900})
            assert (paper, view.js(site.LOOKS["edges"])) == (paper, [])
            assert (paper, view.js(site.LOOKS["broken"])) == (paper, [])


def test_the_model_report_is_well_built(browser: Any, host: Any, facts: dict[str, Any]) -> None:
    html = model_html(facts)
    with site.opened(browser, host.put("model.html", html)) as view:
        assert checks.structure_is_sound(view, html, {}) == []
        assert len(view.requests) == 1
    assert not re.search(r"https?:|//|@import|url\(", html)


def test_the_roc_curve_is_there_and_closed(browser: Any, host: Any, facts: dict[str, Any]) -> None:
    with site.opened(browser, host.put("model.html", model_html(facts))) as view:
        section = view.page.locator('[id$="-discrimination"]')
        closed = section.locator("details", has=view.page.locator("figure svg.fig")).first
        assert closed.locator("summary").first.inner_text() == "ROC curve"
        assert not closed.locator("svg.fig").is_visible()
        closed.locator("summary").first.click()
        assert closed.locator("svg.fig").is_visible()
        assert closed.locator("svg.fig title").text_content() == "ROC curve"


def test_no_count_of_one_to_ten_people_is_printed(facts: dict[str, Any]) -> None:
    for name, section in facts["models"][0]["sections"].items():
        for block in section.get("blocks", []):
            table = block if block["block"] == "table" else block.get("table")
            for place, column in enumerate(table["columns"] if table else []):
                if column["title"] in ("People", "Missing", "Unknown"):
                    counts = [row[place] for row in table["rows"]]
                    small = [c for c in counts if c.isdigit() and 0 < int(c) < 11]
                    assert small == [], (name, table["caption"])


def test_the_page_is_made_from_its_stored_facts(facts: dict[str, Any], tmp_path: Path) -> None:
    from predict.files import canonical_json, read_json

    stored = read_json(canonical_json(facts).encode())
    assert model_html(stored) == model_html(facts)
