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
from predict.reports.page import environment, style, template_words
from predict.reports.words import upper_first
from predict.reports.worklist import STATES

PLAIN_ROWS = 500
EPOCH = date(1970, 1, 1).toordinal()
LINK = 2  # place of the column that leads to a page
FILTERS = ("safety", "before", "unanswered", "none", "note", "page")
SAFETY = ("safety", "before", "unanswered")  # where the study asks
# Widths in rem: columns of fixed width are laid out at once, and stand still while sorting.
WIDE = {
    "safety": 8, "id": 8.5, "link": 4, "date": 7.2, "word": 7.5, "number": 5, "estimate": 12.5,
    "state": 8, "change": 5.4, "why": 12.5,
}  # fmt: skip
_KIND_OF_STATE = {"ok": "ok", "note": "note", "none": "stop"}
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
    return [key for key in FILTERS if facts["asks"] or key not in SAFETY]


def _columns(facts: Mapping[str, Any], say: Catalogue) -> list[dict[str, Any]]:
    """Title, kind and key of each column, in order."""

    def column(key: str, kind: str, **more: Any) -> dict[str, Any]:
        title = more.pop("title", None) or say.text(f"list.col_{key}", more)
        css = "n" if kind in ("number", "change", "estimate") else ""
        return {"key": key, "kind": kind, "title": title, "css": css, "wide": WIDE[kind], **more}

    estimates = [
        column(f"estimate{i}", "estimate", title=_estimate_title(m, say), base=m.get("base"))
        for i, m in enumerate(facts["models"])
    ]
    scores = [
        column(f"score{i}", "number", title=score["title"])
        for i, score in enumerate(facts["scores"])
    ]
    return [
        column("safety", "safety"),
        column("id", "id"),
        column("link", "link", word=say("list.link")),
        *([column("date", "date")] if facts.get("dated") else []),
        column("when", "word"),
        *scores,
        *estimates,
        column("state", "state"),
        column("missing", "number"),
        column("change", "change"),
        column("why", "why"),
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
        "link": LINK,
        **{key: keys.index(key) for key in ("date", "when", "state") if key in keys},
        "months": say.months,
        "as_day": say.raw("format.date"),
        "point": say("format.point"),
        "states": [
            [say(f"list.state_{name}"), _KIND_OF_STATE.get(name, "stop"), _filter_of(name)]
            for name in STATES
        ],
        "say": {key: say.raw(f"list.{key}") for key in ("span", "status")},
    }


def _filter_of(state: str) -> str:
    return state if state in ("ok", "note") else "none"


def _packed(row: Mapping[str, Any], coded: Any, *, dated: bool) -> list[Any]:
    return [
        [row["rank"], coded(row["safety"])],
        row["id"],
        row["href"].removeprefix("patients/").removesuffix(".html"),
        *([_day_number(row["date"])] if dated else []),
        coded(row["when"]),
        *[_short(score) for score in row["scores"]],
        *[_estimate(estimate) for estimate in row["estimates"]],
        STATES.index(row["state"]),
        row["missing"],
        _short(row["change"]),
        coded(row["why"]),
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
    texts = [
        row["safety"],
        row["id"],
        columns[LINK]["word"] if row["href"] else "–",
        *([say.day(row["date"]) or "–"] if facts.get("dated") else []),
        row["when"],
        *["–" if score is None else say.number(score) for score in row["scores"]],
        *[_estimate_text(estimate) for estimate in row["estimates"]],
        say(f"list.state_{row['state']}"),
        "–" if row["missing"] is None else str(row["missing"]),
        "–" if row["change"] is None else say.signed(row["change"]),
        row["why"],
    ]
    cells = [
        {"text": text, "css": column["css"], "href": ""}
        for text, column in zip(texts, columns, strict=True)
    ]
    cells[LINK]["href"] = row["href"]
    return {"cells": cells}


def _estimate_text(estimate: Sequence[Any] | None) -> str:
    if estimate is None:
        return "–"
    ranged = "" if estimate[1] is None else f" ({estimate[1]}–{estimate[2]})"
    return f"{estimate[3]}{ranged}"
