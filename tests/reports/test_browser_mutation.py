"""A suite that cannot fail proves nothing: each page broken on purpose must be caught."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
import reporting_fixtures as fixtures
import reporting_page_checks as checks
import reporting_site as site

from predict.reports.page import patient_html

pytestmark = pytest.mark.browser


def _without_banner(html: str) -> str:
    return re.sub(r'<section class="safety".*?</section>', "", html, flags=re.S)


def _hidden_banner(html: str) -> str:
    return html.replace('<section class="safety"', '<section style="display:none" class="safety"')


def _banner_below(html: str) -> str:
    banner = re.search(r'<section class="safety".*?</section>', html, re.S)
    assert banner is not None
    return html.replace(banner.group(0), "").replace("</main>", banner.group(0) + "</main>")


def _other_number(html: str) -> str:
    return html.replace(
        'data-f="estimate.percent_text">44<', 'data-f="estimate.percent_text">54<', 1
    )


def _other_dot(html: str) -> str:
    return re.sub(r'(<circle class="dot" cx=")[\d.]+', r"\g<1>300", html, count=1)


def _one_icon_less(html: str) -> str:
    return html.replace('<use href="#p" x="0" y="0"/>', "", 1)


def _unescaped(html: str) -> str:
    return html.replace("MOCK-0042</span>", "<script>alert(1)</script></span>", 1)


def _loose_policy(html: str) -> str:
    return html.replace("default-src 'none'", "default-src *")


def _no_policy(html: str) -> str:
    return re.sub(r"<meta http-equiv=.*?>", "", html, count=1)


def _no_alternative(html: str) -> str:
    return re.sub(r'<title id="sc-t">.*?</title>', "", html)


def _fetches(html: str) -> str:
    return html.replace("</main>", '<img src="https://example.org/x.png" alt=""></main>')


def _wrong_points(html: str) -> str:
    return re.sub(r'(data-f="drivers.lowered.rows.0.text">)[^<]+', r"\g<1>−1", html)


def _advice(html: str) -> str:
    return html.replace("</main>", "<p>A likely responder; we recommend to start.</p></main>")


def _no_limits(html: str) -> str:
    return re.sub(r'<section class="limits".*?</section>', "", html, flags=re.S)


def _no_scope(html: str) -> str:
    return html.replace('<th scope="col">', "<th>")


def _other_band(html: str) -> str:
    return re.sub(r'(<line class="edge" x1="[\d.]+" y1=")[\d.]+', r"\g<1>100", html, count=1)


def _other_day(html: str) -> str:
    return re.sub(r'(data-f="header.when">)\d+ ', r"\g<1>31 ", html, count=1)


def _other_week(html: str) -> str:
    return re.sub(r'(<circle class="pt" cx=")[\d.]+', r"\g<1>200", html, count=1)


def _script_added(html: str) -> str:
    return html.replace("</main>", "<script>let a = 1;</script></main>")


def _icon_named_wrongly(html: str) -> str:
    return re.sub(r"(<svg[^>]*) aria-hidden=\"true\"", r"\1", html, count=1)


MUTATIONS = {
    "banner removed": _without_banner,
    "banner hidden": _hidden_banner,
    "banner below the estimate": _banner_below,
    "headline number changed": _other_number,
    "dot moved": _other_dot,
    "icon lost": _one_icon_less,
    "field unescaped": _unescaped,
    "policy loosened": _loose_policy,
    "policy removed": _no_policy,
    "alternative text removed": _no_alternative,
    "something fetched": _fetches,
    "points changed": _wrong_points,
    "advice given": _advice,
    "limits removed": _no_limits,
    "table heads unscoped": _no_scope,
    "band moved": _other_band,
    "score moved to another week": _other_week,
    "day of the answers changed": _other_day,
    "script added": _script_added,
    "drawing neither named nor hidden": _icon_named_wrongly,
}


@pytest.fixture(scope="module")
def dated() -> Any:
    """A page that dates its answers and draws its scores by week."""
    return fixtures.dated_report(fixtures.PEOPLE[:1]).page("MOCK-0042")


def test_the_page_to_be_broken_is_sound(browser: Any, host: Any, dated: Any) -> None:
    with site.opened(browser, host.put("whole.html", dated.html)) as view:
        assert checks.problems(view, dated.html, dated.facts) == []


@pytest.mark.parametrize("name", list(MUTATIONS))
def test_a_page_broken_on_purpose_is_caught(browser: Any, host: Any, dated: Any, name: str) -> None:
    page = dated
    broken = MUTATIONS[name](page.html)
    assert broken != page.html
    with site.opened(browser, host.put("broken.html", broken)) as view:
        assert checks.problems(view, broken, page.facts) != []


def test_a_changed_contribution_is_caught(browser: Any, host: Any, pages: Any) -> None:
    facts = copy.deepcopy(pages["MOCK-0042"].facts)
    facts["sections"]["drivers"]["lowered"]["rows"][0]["points"] -= 3
    html = patient_html(facts)
    with site.opened(browser, host.put("broken.html", html)) as view:
        assert any("ledger" in found for found in checks.problems(view, html, facts))


def test_an_estimate_left_in_an_abstained_page_is_caught(
    browser: Any, host: Any, pages: Any
) -> None:
    facts = copy.deepcopy(pages["ABSTAIN-1"].facts)
    facts["sections"]["estimate"]["percent"] = 44
    html = patient_html(facts)
    with site.opened(browser, host.put("broken.html", html)) as view:
        assert any("keep percent" in found for found in checks.problems(view, html, facts))
