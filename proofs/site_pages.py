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
LOOKS = [(width, scheme) for width in (390, 1280) for scheme in ("light", "dark")]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
RUN = """async tags => (await axe.run(document, {
    runOnly: {type: 'tag', values: tags}, resultTypes: ['violations'],
})).violations"""
# A step of a scroll bar.
WIDER = "() => document.documentElement.scrollWidth - window.innerWidth > 2"


def pages() -> list[Path]:
    """Return the pages that people read, by name."""
    return sorted(SITE.rglob("*.html"))


def faults(view: Any, page: Path) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a page: in which width and look, and what."""
    asked: list[str] = []
    view.on("request", lambda request: asked.append(request.url))
    failed: list[str] = []
    view.on("pageerror", lambda error: failed.append(str(error)))
    view.goto(page.as_uri())
    view.evaluate(AXE)
    for width, scheme in LOOKS:
        view.set_viewport_size({"width": width, "height": 900})
        view.emulate_media(color_scheme=scheme)
        look = f"{width} px, {scheme}"
        for rule in view.evaluate(RUN, TAGS):
            yield look, f"{rule['id']}: {rule['nodes'][0]['html'][:100]}"
        if view.evaluate(WIDER):
            yield look, "wider than the window"
    yield from (("any", words) for words in failed)
    outside = [url for url in asked if not url.startswith((SITE.as_uri(), "data:"))]
    yield from (("any", f"asks for {url}") for url in outside)


def main() -> int:
    """Look at every page; return 0 when nothing is wrong."""
    from playwright.sync_api import sync_playwright

    tally, share = Tally(), share_asked(__doc__)
    chosen = pages()[: some(len(pages()), share)] if pages() else []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for page in chosen:
            view = browser.new_page()
            told = list(faults(view, page))
            view.close()
            tally.state(f"{page.relative_to(SITE)} {told or ''}", not told)
        browser.close()
    tally.state(f"{len(chosen)} pages, each at 390 and 1,280 px, light and dark", bool(chosen))
    return tally.end()


AXE = f"() => {{ {files('axe_core_python').joinpath('axe.min.js').read_text('utf-8')} }}"

if __name__ == "__main__":
    leave(main())
