"""The worklist on paper, at every width, as a file, and its links to the pages and back."""

from __future__ import annotations

import csv
import io
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import reporting_fixtures as fixtures
import reporting_site as site

from predict.reports.worklist_page import worklist_html

pytestmark = pytest.mark.browser

CUT = """() => [...document.querySelectorAll('.wl th, .wl td')].filter(
  e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent.slice(0, 30))"""


@pytest.fixture(scope="module")
def report_of_900() -> Any:
    """The report of 900 simulated people."""
    return fixtures.known_report()


@pytest.fixture(scope="module")
def known(report_of_900: Any) -> str:
    """A page that tells how past people like this one fared."""
    return str(next(page for _, page in report_of_900.pages()).html)


@pytest.fixture(scope="module")
def many(report_of_900: Any) -> dict[str, Any]:
    """Their worklist; some have a page."""
    made = report_of_900
    links = {
        p.entry: f"patients/{made.name(p)}.html" for p in made.patients if p.entry in made.chosen
    }
    return made.worklist(links, {})


def _sheets(view: Any) -> list[Any]:
    from pypdf import PdfReader

    data = view.page.pdf(format="A4", prefer_css_page_size=True)
    return list(PdfReader(io.BytesIO(data)).pages)


def test_paper_holds_every_row_that_the_filters_let_through(
    browser: Any, host: Any, many: dict[str, Any]
) -> None:
    rows = many["rows"][:330]
    listed = worklist_html({**many, "rows": rows})
    with site.opened(browser, host.put("index.html", listed)) as view:
        view.page.locator("#f-worse").check()
        wanted = [row["id"] for row in rows if row["worse"]]
        view.page.locator("#f-safety").check()
        wanted = [row["id"] for row in rows if row["worse"] and row["rank"] >= 10]
        assert len(wanted) > 2
        sheets = _sheets(view)
        text = "\n".join(sheet.extract_text() for sheet in sheets)
        assert [row["id"] for row in rows if row["id"] in text] == wanted
        view.page.locator("#clear").click()
        sheets = _sheets(view)
        texts = [sheet.extract_text() for sheet in sheets]
        assert all(row["id"] in "\n".join(texts) for row in rows)
        assert len(view.js(site.LOOKS["cells"])) == 100  # the screen is as it was
        box = sheets[0].mediabox
        assert box.width > box.height
        heads = ("Patient", "Course", "Reliability", "Missing")
        assert all(all(head in text for head in heads) for text in texts)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_at_1280_and_the_id_stays_at_390(
    browser: Any, host: Any, many: dict[str, Any], made: Any, scheme: str
) -> None:
    for listed in (many, made.worklist({}, {})):
        address = host.put("index.html", worklist_html(listed))
        with site.opened(browser, address, width=1280, scheme=scheme) as view:
            wide = """() => { const w = document.querySelector('.wrap');
                return w.scrollWidth - w.clientWidth; }"""
            assert view.js(wide) <= 0
            assert view.js(CUT) == []
        with site.opened(browser, address, width=390, scheme=scheme) as view:
            view.js("() => { document.querySelector('.wrap').scrollLeft = 600; }")
            seen = view.js(
                """() => [...document.querySelectorAll('#rows th')].map(e => {
                const b = e.getBoundingClientRect();
                return b.left >= 0 && b.right <= innerWidth; })"""
            )
            assert seen
            assert all(seen)


@pytest.mark.parametrize("which", ["list", "two rounds", "past people", "no estimate"])
def test_axe_finds_nothing_in_list_and_page_at_any_width_in_any_look(
    browser: Any, host: Any, many: dict[str, Any], known: str, made: Any, which: str
) -> None:
    pages = {
        "list": lambda: worklist_html({**many, "rows": many["rows"][:30]}),
        "two rounds": lambda: made.page("ROUND-2").html,
        "past people": lambda: known,
        "no estimate": lambda: made.page("ABSTAIN-1").html,
    }
    # Opened once: what costs time is a page's start, not its looks.
    with site.opened(browser, host.put("p.html", pages[which]())) as view:
        for width, look in product((390, 768, 1280), ("light", "dark", "forced")):
            view.page.set_viewport_size({"width": width, "height": 900})
            view.page.emulate_media(
                color_scheme="dark" if look == "dark" else "light",
                forced_colors="active" if look == "forced" else "none",
            )
            assert (width, look, site.axe(view)["violations"]) == (width, look, [])


def test_the_list_is_saved_as_a_table_without_a_network(
    browser: Any, host: Any, made: Any, tmp_path: Path
) -> None:
    listed = made.worklist({}, {})
    with site.opened(browser, host.put("index.html", worklist_html(listed))) as view:
        view.page.locator("#f-note").check()
        with view.page.expect_download() as told:
            view.page.locator("#save").click()
        told.value.save_as(tmp_path / "list.csv")
        assert told.value.suggested_filename == "worklist.csv"
        assert [url for url in view.requests if not url.startswith(("http://127", "blob:"))] == []
        heads = view.js(site.LOOKS["heads"])
    with (tmp_path / "list.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    wanted = [row["id"] for row in listed["rows"] if row["state"] == "note"]
    assert rows[0] == heads
    assert [row[1] for row in rows[1:]] == wanted
    assert all(row[3] for row in rows[1:])
    assert not [c for row in rows for c in row if c[:1] in "=+@" and c[:1] and not _number(c)]


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_links_lead_to_the_page_and_back_to_its_row(browser: Any, tmp_path: Path) -> None:
    made = fixtures.known_report(pages=40)
    made.save(tmp_path / "report")
    rows = made.worklist({}, {})["rows"]
    place, last = [(n, r["id"]) for n, r in enumerate(rows) if r["entry"] in made.chosen][-1]
    assert place > 100  # behind the first hundred, which are drawn at once
    with site.opened(browser, (tmp_path / "report" / "index.html").as_uri()) as view:
        view.page.locator("#q").fill(last)
        link = view.page.get_by_role("link", name=f"report of {last}", exact=True)
        link.click()
        assert view.page.locator("h1").inner_text() == "Treatment-response report"
        view.page.get_by_role("link", name="Back to the worklist").click()
        view.page.wait_for_selector("tr.here")
        assert last in view.page.locator("tr.here").inner_text()
        view.page.wait_for_function("id => document.activeElement.textContent === id", arg=last)
        assert last not in view.page.url
        assert view.page.locator("a[href='model.html']").count() == 1
        assert view.page.locator("#rows th[scope=row]").count() > 0
