"""Every field that may come from outside, filled with what breaks careless pages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import reporting_fixtures as fixtures
import reporting_site as site

from predict.definitions.wording.catalogue import clean
from predict.models.reliance import Reason
from predict.reports.model_page import model_html
from predict.reports.worklist_page import worklist_html

pytestmark = pytest.mark.browser

# Markup of every kind in one text; then signs that turn, end or reckon; then sheer length.
TEXTS = ("".join(fixtures.HOSTILE[:6]), "".join(fixtures.HOSTILE[6:9]), fixtures.HOSTILE[9])


def _report(text: str) -> Any:
    """Return a report whose every text from a study, a table, a model or a site is this text."""
    people = {
        "age": {**fixtures.STUDY["people"]["age"], "label": text, "unit": text},
        "sex": {"kind": "choice", "values": [text, "male"], "known_at": "baseline", "label": text},
    }
    person = replace(
        fixtures.PEOPLE[0],
        id=text,
        sex=text,
        status="scored",
        reasons=(Reason("value_unusual", {"label": text}),),
    )
    return fixtures.make_report(
        (person,), study={"people": people, "treatment": {"name": text, "approval_note": text}},
        only="phq9-r1 v1.4.0", people_first=True, renamed=text, names={text.strip(): text},
        made=text, version=text, site_text=text,
    )  # fmt: skip


@pytest.mark.parametrize("text", TEXTS, ids=["markup", "signs", "long"])
def test_no_field_of_any_page_does_anything(browser: Any, host: Any, text: str) -> None:
    report = _report(text)
    (page,) = [page for _, page in report.pages()]
    listed = worklist_html(report.worklist({0: "patients/x.html"}, {}))
    for html, scripts in ((page.html, 0), (listed, 2), (model_html(report.model()), 0)):
        for bypass in (False, True):
            with site.opened(browser, host.put("page.html", html), bypass=bypass) as view:
                assert clean(text).strip()[:12] in view.js("() => document.body.textContent")
                assert view.dialogs == []
                assert len(view.requests) == 1
                assert view.js("() => document.scripts.length") == scripts
                assert view.js("() => document.images.length") == 0
                assert view.js("() => document.documentElement.scrollWidth") <= 1120
