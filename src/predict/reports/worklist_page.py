"""The worklist as one file that opens from disk: data as JSON, one small script of ours."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from predict.definitions.wording import Catalogue, load_catalogue
from predict.reports.course_states import COURSES, ENDED
from predict.reports.page import environment, style, template_words
from predict.reports.words import upper_first
from predict.reports.worklist import STATES

PLAIN_ROWS = 500
EPOCH = date(1970, 1, 1).toordinal()
ID = 1  # place of the column that leads to a page
FILTERS = (
    "safety", "before", "unanswered", "overdue", "due", "worse", "new", "none", "note", "page",
)  # fmt: skip
SAFETY = ("safety", "before", "unanswered")  # where the study asks
# Filters that stand only where a fact of the list says so.
ONLY_WHERE = {**dict.fromkeys(SAFETY, "asks"), "overdue": "due", "due": "due", "worse": "worse",
              "new": "since"}  # fmt: skip
# Widths in rem: columns of fixed width are laid out at once, and stand still while sorting.
WIDE = {
    "safety": 6, "id": 6.8, "course": 6.8, "date": 5.6, "word": 5.6, "number": 4.1, "latest": 5,
    "estimate": 5.6, "state": 11.5, "change": 4.6, "missing": 4.4,
}  # fmt: skip
WIDE_ALONE = 7.5  # of one estimate, with its small scale
_KIND_OF_STATE = {"ok": "ok", "note": "note", "none": "stop", "not_due": "all"}
# What may end a script block or a line of script inside JSON text.
_ESCAPES = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}


def worklist_html(facts: Mapping[str, Any]) -> str:
    """Return the worklist from its facts alone."""
    from markupsafe import Markup

    say = load_catalogue(facts["language"])
    columns = _columns(facts, say)
    data, script = script_json(_data(facts, columns, say)), _script()
    return (
        environment()
        .get_template("index.html.j2")
        .render(
            x=facts,
            lang=facts["language"],
            columns=columns,
            filters=_filters(facts),
            plain=_plain(facts, columns, say),
            data=Markup(data),  # noqa: S704 - script_json leaves no character that could end the block
            script=Markup(script),  # noqa: S704 - our own script
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            css=style("index"),
            words={"report_of": lambda id_: say("list.report_of", id=id_)},
            **template_words(facts, say),
        )
    )


def script_json(value: Any) -> str:
    """Return JSON that may stand inside a script block, whatever its texts hold.

    Examples
    --------
    >>> script_json("</script><b>")
    '"\\\\u003c/script\\\\u003e\\\\u003cb\\\\u003e"'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character, escaped in _ESCAPES.items():
        text = text.replace(character, escaped)
    return text


@cache
def _script() -> str:
    """Our script with its indentation and comments taken out."""
    folder = files("predict.reports.templates")
    lines = folder.joinpath("index.js").read_text("utf-8").splitlines()
    bare = (line.strip() for line in lines)
    return "\n".join(line for line in bare if line and not line.startswith("//"))


def _filters(facts: Mapping[str, Any]) -> list[str]:
    return [key for key in FILTERS if facts.get(ONLY_WHERE.get(key, "rows"), False) is not False]


def _columns(facts: Mapping[str, Any], say: Catalogue) -> list[dict[str, Any]]:
    """Title, kind and key of each column, in order."""

    def column(key: str, kind: str, **more: Any) -> dict[str, Any]:
        title = more.pop("title", None) or say.text(f"list.col_{key}", more)
        css = "n" if kind in ("number", "latest", "change", "estimate", "missing") else ""
        return {"key": key, "kind": kind, "title": title, "css": css, "wide": WIDE[kind], **more}

    alone = len(facts["models"]) == 1
    estimates = [
        column(f"estimate{i}", "estimate", title=_estimate_title(m, say), base=m.get("base"))
        for i, m in enumerate(facts["models"])
    ]
    for estimate in estimates:
        estimate |= {"wide": WIDE_ALONE if alone else WIDE["estimate"], "alone": alone}
    latest = [
        column(f"score{i}", "latest", title=say("list.col_latest", title=score["title"]))
        for i, score in enumerate(facts["scores"])
    ]
    first = facts["scores"][0]["title"] if latest else ""
    start = say("list.col_start", title=first, visit=facts["start"])
    return [
        column("safety", "safety"),
        column("id", "id"),
        column("course", "course"),
        *([column("date", "date")] if facts.get("dated") else []),
        column("when", "word"),
        *([column("start", "number", title=start)] if latest else []),
        *latest[:1],
        column("change", "change"),
        *latest[1:],
        *estimates,
        column("state", "state"),
        column("missing", "missing"),
    ]


def _estimate_title(model: Mapping[str, Any], say: Catalogue) -> str:
    return upper_first(say.text("list.col_estimate", model))


def _data(
    facts: Mapping[str, Any], columns: Sequence[Mapping[str, Any]], say: Catalogue
) -> dict[str, Any]:
    """The rows as short lists; texts that repeat are written once and counted."""
    words: dict[str, int] = {}

    def coded(text: str) -> int:
        return words.setdefault(text, len(words))

    dated, keys = bool(facts.get("dated")), [column["key"] for column in columns]
    rows = [_packed(row, coded, dated=dated) for row in facts["rows"]]
    return {
        "rows": rows,
        "words": list(words),
        "columns": columns,
        "filters": _filters(facts),
        "page": len(columns),
        "marks": len(columns) + 1,
        **{k: keys.index(k) for k in ("date", "when", "state", "course", "change") if k in keys},
        "courses": [name in ENDED for name in COURSES],
        "months": say.months,
        "as_day": say.raw("format.date"),
        "point": say("format.point"),
        "states": [
            [say(f"list.state_{name}"), _KIND_OF_STATE.get(name, "stop"), _filter_of(name)]
            for name in STATES
        ],
        "say": {
            key: say.raw(f"list.{key}")
            for key in ("span", "status", "report_of", "then", "worse", "file")
        },
    }


def _filter_of(state: str) -> str:
    return state if state in ("ok", "note") else "none"


def _packed(row: Mapping[str, Any], coded: Any, *, dated: bool) -> list[Any]:
    latest = [
        None if score is None else [_short(score), coded(at)]
        for score, at in zip(row["scores"], row["at"], strict=True)
    ]
    return [
        [row["rank"], coded(row["safety"])],
        row["id"],
        [COURSES.index(row["course"]), coded(row["stands"])],
        *([_day_number(row["date"])] if dated else []),
        coded(row["when"]),
        *([_short(row["start"])] if latest else []),
        *latest[:1],
        _short(row["change"]),
        *latest[1:],
        *[_estimate(estimate) for estimate in row["estimates"]],
        [STATES.index(row["state"]), coded(row["told"])],
        row["missing"],
        row["href"].removeprefix("patients/").removesuffix(".html"),
        int(row["worse"]) + 2 * int(row["new"]),
    ]


def _day_number(text: str) -> int | None:
    """Days since 1970 of an ISO day, as the script counts them."""
    return date.fromisoformat(text).toordinal() - EPOCH if text else None


def _short(value: float | None) -> float | int | None:
    if value is None:
        return None
    return int(value) if float(value).is_integer() else round(value, 2)


def _estimate(estimate: Sequence[Any] | None) -> list[Any] | None:
    """The printed text is kept only where it is not the number itself."""
    if estimate is None:
        return None
    percent, low, high, text = estimate
    return [percent, low, high] if text == str(percent) else [percent, low, high, text]


def _plain(
    facts: Mapping[str, Any], columns: Sequence[Mapping[str, Any]], say: Catalogue
) -> list[dict[str, Any]]:
    """The first rows as a table for readers without scripts."""
    return [_plain_row(row, facts, columns, say) for row in facts["rows"][:PLAIN_ROWS]]


def _plain_row(
    row: Mapping[str, Any],
    facts: Mapping[str, Any],
    columns: Sequence[Mapping[str, Any]],
    say: Catalogue,
) -> dict[str, Any]:
    latest = [
        "–" if score is None else f"{say.number(score)} {at}".strip()
        for score, at in zip(row["scores"], row["at"], strict=True)
    ]
    then = say("list.then") if row["course"] in ENDED else ""
    change = "–" if row["change"] is None else say.signed(row["change"])
    texts = [
        row["safety"],
        row["id"],
        row["stands"],
        *([say.day(row["date"]) or "–"] if facts.get("dated") else []),
        row["when"],
        *(["–" if row["start"] is None else say.number(row["start"])] if latest else []),
        *latest[:1],
        f"{change} {say('list.worse')}" if row["worse"] else change,
        *latest[1:],
        *[_estimate_text(estimate, then) for estimate in row["estimates"]],
        f"{say('list.state_' + row['state'])} {row['told']}".strip(),
        "–" if row["missing"] is None else str(row["missing"]),
    ]
    cells = [
        {"text": text, "css": column["css"], "href": ""}
        for text, column in zip(texts, columns, strict=True)
    ]
    cells[ID] |= {"href": row["href"], "head": True}
    return {"cells": cells, "at": _anchor(row["href"])}


def _anchor(href: str) -> str:
    """The name that a page's link back to its row carries: the page's own, which tells nothing."""
    return href.rpartition("/")[2].removesuffix(".html")


def _estimate_text(estimate: Sequence[Any] | None, then: str) -> str:
    if estimate is None:
        return "–"
    ranged = "" if estimate[1] is None else f" ({estimate[1]}–{estimate[2]})"
    return f"{then} {estimate[3]}{ranged}".strip()
