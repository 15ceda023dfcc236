"""On paper no card is split between sheets, whatever the labels; one sheet is asked elsewhere."""

from __future__ import annotations

import io
import re
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
