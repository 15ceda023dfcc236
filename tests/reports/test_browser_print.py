"""On paper: every invented person's page on one sheet of A4 and of Letter, no card split."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
import reporting_fixtures as fixtures
import reporting_site as site

pytestmark = pytest.mark.browser

# Of every card: its heading and its last line.
CARDS = """() => [...document.querySelectorAll('main > section, .card')].map(card => {
const told = [...card.querySelectorAll('h2, p, th, td, li')].filter(e => e.offsetParent &&
  !e.querySelector('p, li') && e.textContent.trim().length > 3 && !e.closest('thead'));
return [told[0], told[told.length - 1]].map(e => e.textContent)})"""
PAPERS = ("A4", "Letter")
SITE_LINE = ("Crisis team 24 h: 555 0100. Stay with the patient. " * 4)[:200]


def _sheets(view: Any, paper: str) -> list[str]:
    """The text of each printed sheet."""
    from pypdf import PdfReader

    return [
        sheet.extract_text() for sheet in PdfReader(io.BytesIO(view.page.pdf(format=paper))).pages
    ]


def _letters(text: str) -> str:
    """Letters and figures that no typeface joins into one sign, for finding a text on paper."""
    return re.sub(r"[^a-z0-9]|[fijlt]", "", text.lower())


def _printed(browser: Any, host: Any, report: Any) -> Iterator[tuple[str, str, list[str]]]:
    for patient, page in report.pages():
        with site.opened(browser, host.put("page.html", page.html)) as view:
            for paper in PAPERS:
                yield patient.id, paper, _sheets(view, paper)


@pytest.mark.parametrize("part", [slice(0, 7), slice(7, 14), slice(14, None)])
def test_every_invented_person_fits_one_sheet(browser: Any, host: Any, part: slice) -> None:
    report = fixtures.make_report(fixtures.PEOPLE[part])
    many = {(name[:12], paper): len(s) for name, paper, s in _printed(browser, host, report)}
    assert {key: n for key, n in many.items() if n != 1} == {}


@pytest.mark.parametrize("part", [slice(0, 7), slice(7, 14)])
def test_dated_pages_with_a_long_site_line_fit_one_sheet(
    browser: Any, host: Any, part: slice
) -> None:
    report = fixtures.dated_report(fixtures.PEOPLE[part], site_text=SITE_LINE)
    many = {(name, paper): len(s) for name, paper, s in _printed(browser, host, report)}
    assert {key: n for key, n in many.items() if n != 1} == {}


def test_the_longest_labels_never_split_a_card(browser: Any, host: Any) -> None:
    report = fixtures.longest_report(site_text=SITE_LINE)
    (page,) = [page for _, page in report.pages()]
    drivers = page.facts["sections"]["drivers"]
    assert len(drivers["lowered"]["rows"] + drivers["raised"]["rows"]) == 6
    with site.opened(browser, host.put("page.html", page.html)) as view:
        wanted = view.js(CARDS)
        assert len(wanted) >= 5
        for paper in PAPERS:
            sheets = [_letters(sheet) for sheet in _sheets(view, paper)]
            assert len(sheets) <= 2, paper
            assert all(len(sheet) > 40 for sheet in sheets), paper
            for card in wanted:
                assert any(all(_letters(line) in sheet for line in card) for sheet in sheets), (
                    paper,
                    card,
                )
