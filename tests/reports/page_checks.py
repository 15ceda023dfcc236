"""What must hold on any patient page, as functions that return the problems they find.

Each takes an open view, the page's source and its facts; a sound page gives an empty list. The
mutation tests run them on pages broken on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import reporting_site as site

from predict.definitions.wording import load_catalogue
from predict.definitions.wording.catalogue import clean, lookup
from predict.reports.forbidden import forbidden_in

Facts = Mapping[str, Any]
Problems = list[str]
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
LIMITS = (
    "What would change the outcome.",
    "do not cause it",
    "What happens to people who stop.",
    "Safety or suitability.",
    "A low number is not a reason to withhold treatment, and a high number is not a reason to "
    "start it.",
)


def every_number_is_a_fact(view: Any, html: str, facts: Facts) -> Problems:
    """A5, verify: each keyed element prints its fact; no other visible text holds a number."""
    printed = view.js(
        "() => [...document.querySelectorAll('[data-f]')].map(e => [e.dataset.f, e.textContent])"
    )
    wrong = []
    for key, text in printed:
        try:
            fact = clean(lookup(facts["sections"], key))
        except (KeyError, IndexError, TypeError):
            wrong.append(f"{key} is not a fact")
            continue
        if fact not in text:
            wrong.append(f"{key} prints something else than its fact")
    loose = view.js(
        """() => { const copy = document.body.cloneNode(true);
        copy.querySelectorAll('[data-f], svg, style, script').forEach(e => e.remove());
        const walk = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT), texts = [];
        while (walk.nextNode()) texts.push(walk.currentNode.nodeValue);
        return texts.join(' '); }"""
    )
    allowed = re.sub(r"\b(?:in|of|of every) 100?\b|0 to 100|100 patients", " ", loose, flags=re.I)
    wrong += [f"a number without a key: {found}" for found in re.findall(r"\d+", allowed)]
    return wrong


def same_number_everywhere(view: Any, html: str, facts: Facts) -> Problems:
    """A5: headline, sentence, title, dot, icons and ledger say one number."""
    estimate = facts["sections"]["estimate"]
    if estimate["state"] != "shown":
        return []
    percent, text = estimate["percent"], estimate["percent_text"]
    said = view.js(
        """() => { const t = s => (document.querySelector(s) || {textContent: ''}).textContent;
        const dot = document.querySelector('.scale .dot');
        const rows = [...document.querySelectorAll('.dt .tot .num')];
        return {head: t('.big .n'), lead: t('.lead'), title: t('.scale title'),
                icons: document.querySelectorAll('.icons .f use').length,
                empty: document.querySelectorAll('.icons .o use').length,
                x: dot ? Number(dot.getAttribute('cx')) : -1,
                end: rows.length ? rows[rows.length - 1].textContent : ''}; }"""
    )
    wrong = [f"{name} differs" for name in ("head",) if said[name] != text]
    wrong += [f"{name} lacks it" for name in ("lead", "title") if text not in said[name]]
    if abs(said["x"] - (16 + 5.28 * percent)) > 0.5:
        wrong.append("the dot stands elsewhere")
    if (said["icons"], said["empty"]) != (percent, 100 - percent):
        wrong.append("the icons count otherwise")
    if said["end"] and said["end"] != str(percent):
        wrong.append("the ledger ends elsewhere")
    return wrong


def ledger_adds_up(view: Any, html: str, facts: Facts) -> Problems:
    """A6: start + subtotals + remainder = end; bars are as long as their points."""
    drivers = facts["sections"]["drivers"]
    if "start" not in drivers:
        return []
    groups = [drivers["lowered"], drivers["raised"]]
    wrong = [
        "a subtotal differs from its rows"
        for group in groups
        if group["points"] != sum(row["points"] for row in group["rows"])
    ]
    apart = drivers["others"]["points"] + drivers.get("arm", {}).get("points", 0)
    total = drivers["start"] + sum(g["points"] for g in groups) + apart
    if total != drivers["end"]:
        wrong.append("the ledger does not add up")
    cells = view.js(
        """() => [...document.querySelectorAll('.dt tr')].filter(r => r.querySelector('.bar'))
        .map(r => { const b = r.querySelector('.bar rect');
          return [r.querySelector('.num').textContent, b ? Number(b.getAttribute('width')) : 0,
                  b ? b.getAttribute('class') : '', b ? Number(b.getAttribute('x')) : 95]; })"""
    )
    for text, width, css, x in cells:
        points = int(text.replace("−", "-"))
        if abs(width - 90 * abs(points) / drivers["widest"]) > 1:
            wrong.append("a bar is not as long as its points")
        if points and (css != ("dn" if points < 0 else "up") or (x < 94.9) != (points < 0)):
            wrong.append("a bar points to the wrong side")
    return wrong


def banner_is_right(view: Any, html: str, facts: Facts) -> Problems:
    """A8: the banner says what was answered, and stands above the estimate."""
    safety = facts["sections"]["safety"]
    grave = [entry for entry in safety["entries"] if entry["state"] != "zero"]
    box = view.js(
        """() => { const b = document.querySelector('.safety'), e = document.getElementById('est');
        const q = document.querySelector('#saf0');
        return {there: Boolean(b), text: b ? b.textContent : '', quiet: q ? q.textContent : '',
          above: b ? b.getBoundingClientRect().bottom <= e.getBoundingClientRect().top + 1 : null,
          before: b ? Boolean(b.compareDocumentPosition(e) & 4) : null,
          hidden: b ? getComputedStyle(b).display === 'none' : null}; }"""
    )
    if not grave:
        quiet = "This does not rule out suicide risk." if safety["entries"] else "ask."
        return [] if not box["there"] and quiet in box["quiet"] else ["the quiet line is missing"]
    wrong = [] if box["there"] and not box["hidden"] else ["the banner is missing"]
    if not (box["above"] and box["before"]):
        wrong.append("the banner does not stand above the estimate")
    head = "thoughts of death or self-harm reported" if grave[0]["state"] == "reported" else (
        "was not answered"
    )  # fmt: skip
    if head not in box["text"] or "Safety first" not in box["text"]:
        wrong.append("the banner has the wrong heading")
    if grave[0]["state"] == "reported" and f"({grave[0]['value']} of 3)" not in box["text"]:
        wrong.append("the banner does not say the answer")
    return wrong


def abstained_page_has_no_estimate(view: Any, html: str, facts: Facts) -> Problems:
    """A9: without an estimate neither page nor facts hold one, nor anything drawn from one."""
    estimate = facts["sections"]["estimate"]
    if estimate["state"] == "shown":
        return []
    kept = {key for key in estimate if "percent" in key or key in ("low", "high", "rest")}
    wrong = [f"the facts keep {key}" for key in sorted(kept)]
    wrong += [
        f"the page draws {css}"
        for css in ('class="dot"', 'class="icons"', 'class="dt"', 'class="iqr"', 'class="big n"')
        if css in html.split("</style>")[-1] and css not in ('class="dot"',)
    ]
    if "not_applicable" not in facts["sections"]["drivers"]:
        wrong.append("the facts keep reasons")
    if "would be expected to" in html:
        wrong.append("the page says an estimate")
    return wrong


def words_are_allowed(view: Any, html: str, facts: Facts) -> Problems:
    """A10: no forbidden word in the text, the alternative texts or the titles."""
    text = view.js(
        """() => { document.querySelectorAll('details').forEach(d => { d.open = true; });
        const copy = document.body.cloneNode(true);
        return copy.textContent + ' ' + document.title; }"""
    )
    return [f"{word!r} {why}" for word, why in forbidden_in(text, quoted=quoted(facts))]


def quoted(facts: Facts) -> list[str]:
    """The texts on a page that are not ours: questions, answers, bands, ids, the site's line."""
    sections = facts["sections"]
    words = [sections["header"]["id"], sections["safety"]["site"], sections["header"]["treatment"]]
    for table in sections["answers"].get("tables", []):
        for row in table["rows"]:
            words += [row["label"], row.get("answer", "")]
        words += [total["band"] for total in table["totals"]]
    for name in ("lowered", "raised"):
        for row in sections["drivers"].get(name, {}).get("rows", []):
            words += [row["label"], row["answer"]]
    for reason in sections["estimate"].get("reasons", []):
        words += [str(value) for key, value in reason.items() if key != "code"]
    return [word for word in words if word]


def required_texts_are_there(view: Any, html: str, facts: Facts) -> Problems:
    """A11: limits, definition, range, base rate, attrition, model, time of the answers."""
    text = view.js("() => document.body.textContent")
    wanted = [*LIMITS, "Contains health information", "report format"]
    sections = facts["sections"]
    if sections["estimate"]["state"] == "shown":
        wanted += ["Across all patients", "not causes", " means the "]
        wanted += ["a clinic unlike those the model learned from"]
        wanted += [sections["header"]["model"], sections["header"]["when"]]
    return [f"the page lacks {words!r}" for words in wanted if words not in text]


def policy_holds(view: Any, html: str, facts: Facts) -> Problems:
    """A3, A16: the policy stands first, nothing runs, nothing is fetched."""
    head = html.split("</head>")[0]
    wrong = []
    first = re.search(r"<meta (?!charset)[^>]*>", head)
    if first is None or POLICY not in first.group(0).replace("&#39;", "'"):
        wrong.append("the policy is not the first meta of the head")
    body = html.split("</style>")[-1]
    for pattern in (r"<script", r"<[^>]+\son\w+=", r"<iframe", r"<form", r"<object", r"<embed"):
        if re.search(pattern, body, re.IGNORECASE):
            wrong.append(f"the page holds {pattern}")
    if re.search(r"https?:|//|@import|url\(", _markup(html)):
        wrong.append("the source refers to something outside")
    if len(view.requests) > 1:
        wrong.append("the page asked for something")
    return wrong + [f"console: {text}" for text in view.console]


def _markup(html: str) -> str:
    """The source without the texts of fields, which may hold anything that is escaped."""
    return re.sub(r">[^<]*<", "><", html.split("</style>")[-1]) + html.split("</style>")[0]


def structure_is_sound(view: Any, html: str, facts: Facts) -> Problems:
    """A19: one h1, headings in order, landmarks, language, scoped heads, drawings named."""
    found = view.js(
        """() => ({heads: [...document.querySelectorAll('h1,h2,h3')].map(h => Number(h.tagName[1])),
        lang: document.documentElement.lang, marks: ['header','main','footer'].every(
          n => document.querySelector(n)),
        heads_scoped: [...document.querySelectorAll('th')].every(t => t.scope),
        drawings: [...document.querySelectorAll('svg')].every(s =>
          s.getAttribute('aria-hidden') === 'true' || (s.getAttribute('role') === 'img' &&
          s.getAttribute('aria-labelledby').split(' ').every(
            id => (document.getElementById(id) || {textContent: ''}).textContent.trim())))})"""
    )
    heads = found["heads"]
    wrong = [] if heads.count(1) == 1 and heads[0] == 1 else ["there is not one h1, first"]
    if any(after - before > 1 for before, after in pairwise(heads)):
        wrong.append("headings skip a level")
    for name in ("lang", "marks", "heads_scoped", "drawings"):
        if not found[name]:
            wrong.append(f"{name} is missing")
    return wrong


def cut_is_the_outcomes(view: Any, html: str, facts: Facts) -> Problems:
    """A7: half the start, rounded down; the band ends at the cut, marks stand at their scores."""
    course, estimate = facts["sections"]["course"], facts["sections"]["estimate"]
    if "visits" not in course:
        return []
    wrong = []
    start = course["visits"][0].get("value")
    marks = {mark["name"]: mark["cut"] for mark in course["marks"]}
    if start is not None and marks.get("response") != start // 2:
        wrong.append("the response mark is not half the start")
    if estimate.get("define", {}).get("cut") not in (None, str(int(start // 2))):
        wrong.append("the definition says another mark")
    top, height, high = 34.0, 300.0, float(course["high"])
    drawn = view.js(
        """() => ({edges: [...document.querySelectorAll('.course .edge')].map(
          e => Number(e.getAttribute('y1'))),
        points: [...document.querySelectorAll('.course .pt')].map(
          e => Number(e.getAttribute('cy'))),
        across: [...document.querySelectorAll('.course .pt')].map(
          e => Number(e.getAttribute('cx')))})"""
    )

    def y(score: float) -> float:
        return top + height * (high - score) / high

    for cut, edge in zip(sorted(marks.values(), reverse=True), drawn["edges"], strict=True):
        if abs(y(cut) - edge) > 0.5:
            wrong.append("a band does not end at its mark")
    values = [visit["value"] for visit in course["visits"] if "value" in visit]
    for value, point in zip(values, drawn["points"], strict=True):
        if abs(y(value) - point) > 0.5:
            wrong.append("a score is drawn elsewhere")
    return wrong + _weeks_are_right(course, drawn["across"])


def _weeks_are_right(course: Facts, across: list[float]) -> Problems:
    """On an axis of weeks each score stands at its week."""
    if not course["weeks"]:
        return []
    last = course["visits"][-1]["week"]
    weeks = [visit["week"] for visit in course["visits"] if "value" in visit]
    places = [62 + 256 * week / last for week in weeks]
    off = [abs(a - b) > 0.5 for a, b in zip(places, across, strict=True)]
    return ["a score stands in another week"] if any(off) else []


CHECKS: dict[str, Callable[[Any, str, Facts], Problems]] = {
    "every_number_is_a_fact": every_number_is_a_fact,
    "same_number_everywhere": same_number_everywhere,
    "ledger_adds_up": ledger_adds_up,
    "cut_is_the_outcomes": cut_is_the_outcomes,
    "banner_is_right": banner_is_right,
    "abstained_page_has_no_estimate": abstained_page_has_no_estimate,
    "words_are_allowed": words_are_allowed,
    "required_texts_are_there": required_texts_are_there,
    "policy_holds": policy_holds,
    "structure_is_sound": structure_is_sound,
}


def problems(view: Any, html: str, facts: Facts) -> Problems:
    """Return everything wrong with a page."""
    return [
        f"{name}: {problem}"
        for name, check in CHECKS.items()
        for problem in check(view, html, facts)
    ]


def looked_at(view: Any, page: Any, *, axe: bool = False, papers: tuple[str, ...] = ()) -> Any:
    """Return what is to be seen on an open page, in the order in which no look changes the next.

    A page is opened once for all tests that read from this: to open it costs more than to look.
    """
    found = SimpleNamespace(
        overlaps=view.js(site.LOOKS["overlaps"]),
        contrast=view.js(site.LOOKS["contrast"]),
        wide=view.js(site.LOOKS["reach"]),
        nodes=view.js("() => document.querySelectorAll('*').length"),
        scripts=view.js("() => document.scripts.length"),
        size=len(page.html.encode()),
        sheets={paper: site.sheets(view, paper) for paper in papers},
        problems=problems(view, page.html, page.facts),
        axe=site.axe(view) if axe else None,
        paper=view.js(site.LOOKS["paper"]),
    )
    return SimpleNamespace(**vars(found), dialogs=view.dialogs, requests=view.requests)


def narrative(facts: Facts, html: str) -> list[str]:
    """Return the sentences of a page's running text, without tables and labels."""
    text = re.sub(
        r"<(style|title|desc|svg|table|details|dl|footer)\b.*?</\1>", " ", html, flags=re.S
    )
    parts = re.findall(r"<(?:p|li|div)[^>]*>(.*?)</(?:p|li|div)>", text, flags=re.S)
    plain = [re.sub(r"<[^>]+>", "", part) for part in parts]
    joined = ". ".join(re.sub(r"\s+", " ", part).strip().rstrip(".") for part in plain)
    return [s.strip() for s in re.split(r"(?<=[.!?:;])\s+", joined + ".") if len(s.split()) > 3]


def say(key: str) -> str:
    """Return a fixed text of the catalogue."""
    return load_catalogue().text(key, {})
