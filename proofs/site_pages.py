"""Every page of the site of documentation can be read by everybody, and asks nothing of anybody.

After `make docs`: each page of `build/site` is opened in headless Chromium at 390 and 1,280 px,
light and dark. axe-core finds nothing, nothing leaves the site, no script fails, and no page is
wider than its window.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from _proof import Tally, leave, share_asked, some

SITE = Path(__file__).parents[1] / "build" / "site"
WIDTHS, SCHEMES = (390, 1280), ("light", "dark")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
# A step of a scroll bar.
WIDER = "() => document.documentElement.scrollWidth - window.innerWidth > 2"


def pages() -> list[Path]:
    """Return the pages that people read, by name."""
    return sorted(SITE.rglob("*.html"))


def faults(context: Any, page: Path) -> Iterator[str]:
    """Yield what is wrong with a page in one width and look."""
    asked: list[str] = []
    failed: list[str] = []
    view = context.new_page()
    view.on("request", lambda request: asked.append(request.url))
    view.on("pageerror", lambda error: failed.append(str(error)))
    view.goto(page.as_uri())
    view.evaluate(AXE)
    found = view.evaluate("t => axe.run(document, {runOnly: {type: 'tag', values: t}})", TAGS)
    for rule in found["violations"]:
        yield f"{rule['id']}: {rule['nodes'][0]['html'][:100]}"
    yield from failed
    yield from (url for url in asked if not url.startswith((SITE.as_uri(), "data:")))
    if view.evaluate(WIDER):
        yield "wider than the window"
    view.close()


def looked_at(browser: Any, width: int, scheme: str, chosen: list[Path]) -> list[str]:
    """Return the faults of every page in one width and look."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    told = [
        f"{page.relative_to(SITE)}: {fault}" for page in chosen for fault in faults(context, page)
    ]
    print(*told, sep="\n", end="\n" if told else "")
    context.close()
    return told


def main() -> int:
    """Look at every page; return 0 when nothing is wrong."""
    from playwright.sync_api import sync_playwright

    tally, share = Tally(), share_asked(__doc__)
    chosen = pages()[:: max(1, round(1 / share))] if share else []
    chosen = chosen[: some(len(pages()), share)] if pages() else []
    tally.state(f"{len(chosen)} pages of the site are there", bool(chosen))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for width in WIDTHS:
            for scheme in SCHEMES:
                told = looked_at(browser, width, scheme, chosen)
                tally.state(f"at {width} px, {scheme}: nothing is wrong with any page", not told)
        browser.close()
    return tally.end()


AXE = f"() => {{ {files('axe_core_python').joinpath('axe.min.js').read_text('utf-8')} }}"

if __name__ == "__main__":
    leave(main())
