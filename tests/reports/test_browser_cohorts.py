"""Worklist, model report and pages of three cohorts in a real browser: seen, printed, linked."""

from __future__ import annotations

from typing import Any

import pytest
import reporting_site as site

pytestmark = pytest.mark.browser

CUT = """() => [...document.querySelectorAll('.wl th, .wl td')].filter(
  e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent.slice(0, 30))"""
PAPER = """() => { dispatchEvent(new Event('beforeprint'));
  const ids = [...document.querySelectorAll('#rows th')].map(e => e.textContent.trim());
  dispatchEvent(new Event('afterprint')); return ids; }"""


@pytest.fixture(
    params=[
        "demo",
        pytest.param("thp", marks=pytest.mark.realdata),
        pytest.param("help", marks=pytest.mark.realdata),
    ]
)
def seen(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(f"{request.param}_cohort")


def test_paper_holds_everybody_the_filters_let_through(browser: Any, seen: Any) -> None:
    with site.opened(browser, (seen.report / "index.html").as_uri(), width=1280) as view:
        assert set(view.js(PAPER)) == set(seen.rows)
        view.page.locator("#f-page").check()
        assert set(view.js(PAPER)) == set(seen.pages)


def test_nothing_is_cut_at_1280_and_the_id_stays_at_390(browser: Any, seen: Any) -> None:
    address = (seen.report / "index.html").as_uri()
    with site.opened(browser, address, width=1280) as view:
        wide = """() => { const w = document.querySelector('.wrap');
            return w.scrollWidth - w.clientWidth; }"""
        assert view.js(wide) <= 0
        assert view.js(CUT) == []
    with site.opened(browser, address, width=390) as view:
        view.js("() => { document.querySelector('.wrap').scrollLeft = 600; }")
        inside = view.js(
            """() => [...document.querySelectorAll('#rows th')].map(e => {
            const b = e.getBoundingClientRect(); return b.left >= 0 && b.right <= innerWidth; })"""
        )
        assert inside
        assert all(inside)


def test_figures_of_the_model_report_have_legends_and_letters_to_read(
    browser: Any, seen: Any
) -> None:
    with site.opened(browser, (seen.report / "model.html").as_uri(), width=390) as view:
        view.js("() => document.querySelectorAll('details').forEach(d => { d.open = true; })")
        figures = "() => [...document.querySelectorAll('figure')]"
        assert view.js(f"{figures}.filter(f => !f.querySelector('.keys li')).length") == 0
        assert view.js(site.LOOKS["reach"])["smallest"] >= 10
        assert view.js(site.LOOKS["overlaps"]) == []
        assert view.js("() => document.documentElement.scrollWidth") <= 390
        view.page.emulate_media(media="print")
        for paper in (725, 748):
            view.page.set_viewport_size({"width": paper, "height": 900})
            assert (paper, view.js(site.LOOKS["edges"])) == (paper, [])
            assert (paper, view.js(site.LOOKS["broken"])) == (paper, [])


def test_the_front_page_fits_one_screen_and_no_name_touches_its_number(
    browser: Any, seen: Any
) -> None:
    with site.opened(browser, (seen.report / "model.html").as_uri(), width=1280) as view:
        front = view.page.locator(".front").first.bounding_box()
        assert front["y"] + front["height"] <= 900
        touching = view.js(
            """() => [...document.querySelectorAll('svg.small')].flatMap(svg => {
            const all = [...svg.querySelectorAll('text')].map(
              t => [t.textContent, t.getBoundingClientRect()]);
            return all.flatMap(([a, p], i) => all.slice(i + 1).filter(([b, q]) =>
              Math.abs(p.top - q.top) < 3 && p.width && Math.max(p.left, q.left)
              - Math.min(p.right, q.right) < 4).map(([b]) => [a, b])); })"""
        )
        assert touching == []


def test_each_kind_of_page_fits_one_sheet_and_is_linked_by_name(browser: Any, seen: Any) -> None:
    kinds: dict[str, str] = {}
    for person, page in seen.pages.items():
        kinds.setdefault(page["estimate"].get("because", page["estimate"]["state"]), person)
    for person in kinds.values():
        place = seen.report / seen.rows[person]["href"]
        with site.opened(browser, place.as_uri()) as view:
            assert [site.sheets(view, paper) for paper in ("A4", "Letter")] == [1, 1]
    with site.opened(browser, (seen.report / "index.html").as_uri(), width=1280) as view:
        view.page.locator("#q").fill(person)
        view.page.get_by_role("link", name=f"report of {person}", exact=True).click()
        view.page.get_by_role("link", name="Back to the worklist").click()
        view.page.wait_for_selector("tr.here")
        assert person in view.page.locator("tr.here").inner_text()
