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


def _open(browser: Any, host: Any, page: Any, **how: Any) -> Any:
    return site.opened(browser, host.put("page.html", page.html), **how)


def test_every_check_holds_on_every_invented_person(browser: Any, host: Any, pages: Any) -> None:
    found = {}
    for name, page in pages.items():
        with _open(browser, host, page) as view:
            found[name] = checks.problems(view, page.html, page.facts)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_pages_with_days_and_weeks_pass_every_check(browser: Any, host: Any) -> None:
    late = {"round_one_end": (2,) * 9, "round_two_start": (0,) * 9}
    near = replace(fixtures.PEOPLE[12], id="NEAR-1", later=late)
    people = (*fixtures.PEOPLE[:4], *fixtures.PEOPLE[12:14], near)
    for windows in (True, False):
        for _, page in fixtures.dated_report(people, windows=windows).pages():
            with _open(browser, host, page) as view:
                assert checks.problems(view, page.html, page.facts) == []
                assert view.js(site.LOOKS["overlaps"]) == []
                assert min(view.js(site.LOOKS["contrast"])["texts"]) >= 4.5
            with _open(browser, host, page, width=320) as view:
                found = view.js(site.LOOKS["reach"])
                assert (found["page"] <= 320, found["cut"]) == (True, [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1120, 640, 320])
def test_axe_finds_nothing(browser: Any, host: Any, pages: Any, scheme: str, width: int) -> None:
    names = NAMES if (scheme, width) == ("light", 1120) else WIDE
    for name in names:
        with _open(browser, host, pages[name], width=width, scheme=scheme) as view:
            found = site.axe(view)
            assert found["violations"] == [], name
            assert set(found["undecided"]) <= {"color-contrast"}, name
            nodes = found["undecided"].get("color-contrast", [])
            # Where a strong word wraps, axe cannot see what lies behind; `paper` measures it below.
            drawn = [node for node in nodes if node.startswith(("<text", "<tspan"))]
            assert drawn == nodes or width < 1120, name
            assert min(view.js(site.LOOKS["paper"])) >= 4.5, name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_in_drawings_stands_out(browser: Any, host: Any, pages: Any, scheme: str) -> None:
    for name in WIDE:
        with _open(browser, host, pages[name], scheme=scheme) as view:
            found = view.js(site.LOOKS["contrast"])
            assert min(found["texts"]) >= 4.5, (name, found)
            assert min(found["marks"], default=9) >= 3, (name, found)


def test_no_texts_overlap_in_any_drawing(browser: Any, host: Any, pages: Any) -> None:
    for name in NAMES:
        with _open(browser, host, pages[name]) as view:
            assert view.js(site.LOOKS["overlaps"]) == [], name


@pytest.mark.parametrize(("width", "root"), [(1120, 200), (320, 100), (640, 100)])
def test_nothing_is_cut_off_when_enlarged(
    browser: Any, host: Any, pages: Any, width: int, root: int
) -> None:
    for name in (*WIDE, "H9" + fixtures.HOSTILE[9]):
        page = pages.get(name) or next(p for key, p in pages.items() if key.startswith("H9"))
        with _open(browser, host, page, width=width) as view:
            view.js("size => { document.documentElement.style.fontSize = size + '%'; }", root)
            found = view.js(site.LOOKS["reach"])
            assert found["page"] <= width, (name, found)
            assert found["cut"] == [], (name, found)
            assert view.js(site.LOOKS["overlaps"]) == [], name
            if root == 200:
                assert found["smallest"] >= 20, (name, found)


def test_hostile_fields_do_nothing(browser: Any, host: Any, pages: Any) -> None:
    for name, page in pages.items():
        if not name.startswith("H"):
            continue
        for bypass in (False, True):
            with _open(browser, host, page, bypass=bypass) as view:
                assert view.dialogs == []
                assert len(view.requests) == 1
                assert view.js("() => document.scripts.length") == 0
                assert view.js(site.LOOKS["reach"])["page"] <= 1120


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


@pytest.mark.parametrize("sight", ["achromatopsia", "deuteranopia"])
def test_bars_are_told_apart_without_colour(
    browser: Any, host: Any, pages: Any, sight: str
) -> None:
    with _open(browser, host, pages["MOCK-0042"]) as view:
        session = view.page.context.new_cdp_session(view.page)
        session.send("Emulation.setEmulatedVisionDeficiency", {"type": sight})
        for css in ("up", "dn"):
            bar = view.page.locator(f".dt rect.{css}").first
            light, dark = _luminances(bar.screenshot(), view.page.locator(".drv h2").screenshot())
            assert (light + 0.05) / (dark + 0.05) >= 3


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


def test_the_page_is_small(browser: Any, host: Any, pages: Any) -> None:
    for name in NAMES:
        with _open(browser, host, pages[name]) as view:
            assert len(pages[name].html.encode()) <= 60_000, name
            assert view.js("() => document.querySelectorAll('*').length") <= 1500, name


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
