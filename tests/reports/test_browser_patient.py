"""The patient page in a real headless browser, over loopback and from disk."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import reporting_fixtures as fixtures
import reporting_page_checks as checks
import reporting_site as site

pytestmark = pytest.mark.browser

NAMES = [person.id for person in fixtures.PEOPLE[:14]]
WIDE = ("MOCK-0042", "ABSTAIN-1", "ROUND-2")
PAPERS = ("A4", "Letter")
SITE_LINE = ("Crisis team 24 h: 555 0100. Stay with the patient. " * 4)[:200]


def _open(browser: Any, host: Any, page: Any, **how: Any) -> Any:
    return site.opened(browser, host.put("page.html", page.html), **how)


@pytest.fixture(scope="module")
def looked(browser: Any, host: Any, pages: Any) -> dict[str, Any]:
    """What is to be seen on every invented person's page, light and 1120 wide, and on paper."""
    found = {}
    for name, page in pages.items():
        with _open(browser, host, page) as view:
            found[name] = checks.looked_at(view, page, axe=name in NAMES, papers=PAPERS)
    return found


def test_every_check_holds_on_every_invented_person(looked: Any) -> None:
    assert {name: seen.problems for name, seen in looked.items() if seen.problems} == {}


def test_every_invented_person_fits_one_sheet(looked: Any) -> None:
    assert len(looked) == len(fixtures.PEOPLE)
    sheets = {name[:12]: seen.sheets for name, seen in looked.items()}
    assert {name: n for name, n in sheets.items() if n != {"A4": 1, "Letter": 1}} == {}


def _narrow(view: Any) -> Any:
    view.page.set_viewport_size({"width": 320, "height": 900})
    return view.js(site.LOOKS["reach"])


@pytest.mark.parametrize("windows", [True, False])
def test_pages_with_days_pass_every_check_and_fit_one_sheet(
    browser: Any, host: Any, windows: bool
) -> None:
    late = {"round_one_end": (2,) * 9, "round_two_start": (0,) * 9}
    near = replace(fixtures.PEOPLE[12], id="NEAR-1", later=late)
    people = (*fixtures.PEOPLE[: 14 if windows else 4], near)
    report = fixtures.dated_report(people, windows=windows, site_text=SITE_LINE)
    for patient, page in report.pages():
        with _open(browser, host, page) as view:
            seen = checks.looked_at(view, page, papers=PAPERS if windows else ())
            assert (patient.id, seen.problems, seen.overlaps) == (patient.id, [], [])
            assert min(seen.contrast["texts"], default=9) >= 4.5, patient.id
            assert set(seen.sheets.values()) <= {1}, (patient.id, seen.sheets)
            narrow = _narrow(view)
            assert (narrow["page"] <= 320, narrow["cut"]) == (True, []), patient.id


def test_axe_finds_nothing(looked: Any) -> None:
    for name in NAMES:
        found = looked[name].axe
        assert found["violations"] == [], name
        assert set(found["undecided"]) <= {"color-contrast"}, name
        nodes = found["undecided"].get("color-contrast", [])
        assert all(node.startswith(("<text", "<tspan")) for node in nodes), name
        assert min(looked[name].paper) >= 4.5, name


@pytest.mark.parametrize("name", WIDE)
def test_axe_finds_nothing_at_320_light_or_dark(
    browser: Any, host: Any, pages: Any, name: str
) -> None:
    with _open(browser, host, pages[name], width=320) as view:
        for scheme in ("light", "dark"):
            view.page.emulate_media(color_scheme=scheme)
            found = site.axe(view)
            assert (scheme, found["violations"]) == (scheme, [])
            # Where a strong word wraps, axe cannot see what lies behind; `paper` measures it.
            assert set(found["undecided"]) <= {"color-contrast"}, scheme
            assert min(view.js(site.LOOKS["paper"])) >= 4.5, scheme


def test_text_in_drawings_stands_out(browser: Any, host: Any, pages: Any, looked: Any) -> None:
    for name in WIDE:
        with _open(browser, host, pages[name], scheme="dark") as view:
            for found in (looked[name].contrast, view.js(site.LOOKS["contrast"])):
                assert min(found["texts"]) >= 4.5, (name, found)
                assert min(found["marks"], default=9) >= 3, (name, found)


def test_no_texts_overlap_in_any_drawing(looked: Any) -> None:
    assert {name: looked[name].overlaps for name in NAMES if looked[name].overlaps} == {}


LOOKS_ENLARGED = ((1120, 200), (320, 100), (640, 100))


@pytest.mark.parametrize("name", [*WIDE, "H9"])
def test_nothing_is_cut_off_when_enlarged(browser: Any, host: Any, pages: Any, name: str) -> None:
    page = next(p for key, p in pages.items() if key.startswith(name))
    with _open(browser, host, page) as view:
        for width, root in LOOKS_ENLARGED:
            view.page.set_viewport_size({"width": width, "height": 900})
            view.js("size => { document.documentElement.style.fontSize = size + '%'; }", root)
            found = view.js(site.LOOKS["reach"])
            assert found["page"] <= width, (width, found)
            assert found["cut"] == [], (width, found)
            assert view.js(site.LOOKS["overlaps"]) == [], width
            if root == 200:
                assert found["smallest"] >= 20, found


def test_hostile_fields_do_nothing(browser: Any, host: Any, pages: Any, looked: Any) -> None:
    hostile = [name for name in pages if name.startswith("H") and name != "HIGH-1"]
    assert len(hostile) == len(fixtures.HOSTILE)
    for name in hostile:
        with _open(browser, host, pages[name], bypass=True) as view:
            bypassed = (view.dialogs, len(view.requests), view.js("() => document.scripts.length"))
            assert bypassed == ([], 1, 0)
            assert view.js(site.LOOKS["reach"])["page"] <= 1120
        seen = looked[name]
        assert (seen.dialogs, len(seen.requests), seen.scripts) == ([], 1, 0)
        assert seen.wide["page"] <= 1120


def test_the_keyboard_reaches_everything_in_order(browser: Any, host: Any, pages: Any) -> None:
    with _open(browser, host, pages["MOCK-0042"]) as view:
        wanted = view.js("() => document.querySelectorAll('a[href],summary,button,input').length")
        seen = []
        for _ in range(wanted):
            view.page.keyboard.press("Tab")
            seen.append(view.js(site.LOOKS["focus"]))
        assert len({entry["place"] for entry in seen}) == wanted
        assert seen[0]["tag"] == "A"
        assert all(entry["outline"] >= 2 for entry in seen)
        assert [e["place"] for e in seen] == sorted(e["place"] for e in seen)


def test_bars_are_told_apart_without_colour(browser: Any, host: Any, pages: Any) -> None:
    with _open(browser, host, pages["MOCK-0042"]) as view:
        session = view.page.context.new_cdp_session(view.page)
        for sight in ("achromatopsia", "deuteranopia", "none"):
            session.send("Emulation.setEmulatedVisionDeficiency", {"type": sight})
            paper = view.page.locator(".drv h2").screenshot()
            for css in ("up", "dn"):
                bar = view.page.locator(f".dt rect.{css}").first
                light, dark = _luminances(bar.screenshot(), paper)
                assert (light + 0.05) / (dark + 0.05) >= 3, (sight, css)


def _luminances(bar: bytes, paper: bytes) -> tuple[float, float]:
    """Lightest of the paper and darkest of the bar, as relative luminance."""
    from PIL import Image

    def middle(data: bytes) -> tuple[int, int, int]:
        image = Image.open(io.BytesIO(data)).convert("RGB")
        return image.getpixel((image.width // 2, image.height // 2))  # type: ignore[return-value]

    def corner(data: bytes) -> tuple[int, int, int]:
        image = Image.open(io.BytesIO(data)).convert("RGB")
        return image.getpixel((image.width - 2, 1))  # type: ignore[return-value]

    return _luminance(corner(paper)), _luminance(middle(bar))


def _luminance(colour: tuple[int, int, int]) -> float:
    parts = [c / 255 for c in colour]
    line = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * line[0] + 0.7152 * line[1] + 0.0722 * line[2]


def test_the_page_is_small(looked: Any) -> None:
    assert {name for name in NAMES if looked[name].size > 60_000} == set()
    assert {name for name in NAMES if looked[name].nodes > 1500} == set()


def test_the_page_opens_from_disk(browser: Any, pages: Any, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(pages["MOCK-0042"].html, encoding="utf-8")
    with site.opened(browser, path.as_uri()) as view:
        assert view.js("() => document.querySelector('.big .n').textContent") == "44"
        assert view.console == []


def test_a_closed_page_keeps_number_and_reasons_closed(browser: Any, host: Any) -> None:
    report = fixtures.make_report(fixtures.PEOPLE[:2], hide_until_opened=True)
    with _open(browser, host, report.page("MOCK-0042")) as view:
        number = view.page.locator(".big .n")
        assert not number.is_visible()
        view.page.locator(".closed summary").first.click()
        assert number.is_visible()
