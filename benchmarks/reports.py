"""Patient pages a second on one core, and the worklist of 10,000 in a browser.

Prints sizes, how fast the worklist sorts, and last the pages a second over the wanted hundred.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
WANTED = 100.0
PAGES, ROWS = 600, 10_000


def _load(name: str) -> Any:
    path = ROOT / "tests" / "reporting" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"reporting_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[f"reporting_{name}"] = module
    spec.loader.exec_module(module)
    return module


def pages_a_second(fixtures: Any) -> float:
    """Make every invented person's page again and again: facts and HTML."""
    made = fixtures.make_report(fixtures.PEOPLE[:14])
    sizes = sorted(len(page.html.encode()) for _, page in made.pages())
    rounds = PAGES // len(sizes)
    times = []
    for _ in range(rounds):
        began = time.process_time()
        count = sum(1 for _ in made.pages())
        times.append((time.process_time() - began) / count)
    middle, slow = sorted(times)[len(times) // 2], max(times)
    print(f"a page: {1000 * middle:.1f} ms (slowest round {1000 * slow:.1f} ms)")
    print(f"size: {sizes[len(sizes) // 2] / 1000:.1f} kB, largest {sizes[-1] / 1000:.1f} kB")
    return 1 / middle


def worklist(fixtures: Any) -> None:
    """Draw, sort and filter 10,000 rows in a headless browser, opened from disk."""
    from predict.reporting.worklist_page import worklist_html

    html = worklist_html(_many(fixtures.make_report(fixtures.PEOPLE[:14])))
    print(f"worklist of {ROWS}: {len(html.encode()) / 1e6:.2f} MB")
    browser = shutil.which("chromium")
    if browser is None:
        print("no chromium here: sorting was not timed")
        return
    site = _load("site")
    with tempfile.TemporaryDirectory() as folder, site.launched(browser) as running:
        path = Path(folder) / "index.html"
        path.write_text(html, encoding="utf-8")
        with site.opened(running, path.as_uri()) as view:
            clicks = sorted(view.js(_CLICK, place % 7) for place in range(21))
            print(f"sort: {clicks[10]:.0f} ms in the middle, {clicks[-1]:.0f} ms at most")


_CLICK = """k => { const b = document.querySelectorAll('#list th button')[k];
const t = performance.now(); b.click(); return performance.now() - t; }"""


def _many(made: Any) -> dict[str, Any]:
    links = {case.entry: f"patients/{made.name(case)}.html" for case in made.cases}
    facts = made.worklist(links, {})
    rows = [
        {**facts["rows"][place % 14], "id": f"P{place:06d}", "entry": place}
        for place in range(ROWS)
    ]
    return {**facts, "rows": sorted(rows, key=lambda row: (-row["rank"], row["entry"]))}


def main() -> None:
    """Print the figures; the last line is pages a second over the wanted 100."""
    fixtures = _load("fixtures")
    worklist(fixtures)
    rate = pages_a_second(fixtures)
    print(f"pages a second on one core: {rate:.0f} (wanted: {WANTED:.0f})")
    print(f"ratio: {rate / WANTED:.2f}")


if __name__ == "__main__":
    main()
