"""The worklist of 10,000 people in a headless browser: how long a click on a column head takes.

Every column is sorted up and down on a page opened from disk, each time from the click until the
new rows are laid out; no figure is an average. Time by the clock is told, and the browser's own
time for the page, which other work on the machine lengthens less. The last line is the slowest
click of the quietest round by the clock; below 100 ms is wanted.
"""

from __future__ import annotations

import shutil
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

from _pages import load

ROWS, ROUNDS = 10_000, 5
CLICK = """k => { const b = document.querySelectorAll('#list th button')[k];
const t = performance.now(); b.click(); document.body.offsetHeight;
return performance.now() - t; }"""
FILTER = """text => { const q = document.getElementById('q'); q.value = text;
const t = performance.now(); q.dispatchEvent(new Event('input')); document.body.offsetHeight;
return performance.now() - t; }"""


def listed(fixtures: Any) -> str:
    """Return the worklist of 10,000 dated people, no two with one score, day and estimate."""
    from predict.reports.worklist_page import worklist_html

    made = fixtures.dated_report(fixtures.PEOPLE[:14])
    facts = made.worklist({}, {})
    rows = [_row(facts["rows"][place % 14], place) for place in range(ROWS)]
    order = sorted(rows, key=lambda row: (-row["rank"], row["date"], row["entry"]))
    return str(worklist_html({**facts, "rows": order}))


def _row(row: dict[str, Any], place: int) -> dict[str, Any]:
    month, day = 1 + place % 12, 1 + (place * 7) % 28
    percent = 1 + (place * 104729) % 98
    own = [[percent, max(percent - 8, 0), min(percent + 8, 100), str(percent)]] * 3
    return {
        **row,
        "id": f"P{place * 7919 % ROWS:06d}",
        "entry": place,
        "date": f"2026-{month:02d}-{day:02d}",
        "scores": [float(place * 7919 % 28)],
        "at": [row["at"][0]],
        "start": float(place * 31 % 22),
        "change": float(place * 7919 % 28) - 20,
        "estimates": own if row["estimates"][0] is not None else [None] * 3,
        "href": f"patients/{place % 256:02x}/{place:024x}.html",
    }


def one_round(site: Any, running: Any, address: str) -> tuple[float, float, float]:
    """Open the page afresh; return its slowest sort, that in own time, and search (ms)."""
    with site.opened(running, address) as view:
        session = view.page.context.new_cdp_session(view.page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        heads = view.page.locator("#list thead th").count()
        sorts, own = [], [_busy(session)]
        for place in [place for place in range(heads) for _ in ("up", "down")]:
            sorts.append(view.js(CLICK, place))
            own.append(_busy(session))
        finds = [view.js(FILTER, text) for text in ("P00", "9", "")]
        assert view.page.locator("#rows tr").count() == 100
    return max(sorts), max(after - before for before, after in pairwise(own)), max(finds)


def _busy(session: Any) -> float:
    """Milliseconds the page's thread has worked on script, style and layout."""
    told = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    parts = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
    return 1000 * sum(float(told[part]) for part in parts)


def main() -> None:
    """Print size and times; the last line is the slowest sort of the quietest round, in ms."""
    fixtures, site = load("fixtures"), load("site")
    html = listed(fixtures)
    print(f"worklist of {ROWS}: {len(html.encode()) / 1e6:.2f} MB (wanted: at most 1.5)")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index.html"
        path.write_text(html, encoding="utf-8")
        with site.launched(shutil.which("chromium") or "chromium") as running:
            told = [one_round(site, running, path.as_uri()) for _ in range(ROUNDS)]
    sorts, own, finds = (sorted(column) for column in zip(*told, strict=True))
    for name, times in (("sort", sorts), ("sort, the page's own time", own), ("search", finds)):
        print(f"slowest {name} of each round: {', '.join(f'{ms:.0f}' for ms in times)} ms")
    print(f"figure: {sorts[0]:.0f}")


if __name__ == "__main__":
    main()
