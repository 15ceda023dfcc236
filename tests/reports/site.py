"""A loopback server of pages in memory, and a headless browser to look at them."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@contextmanager
def launched(path: str) -> Iterator[Any]:
    """Run a headless browser for as long as the block lasts."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


class Host:
    """Serves pages by name from memory over loopback."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = pages.get(self.path.lstrip("/"))
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> Host:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def put(self, name: str, html: str) -> str:
        """Serve a page and return its address."""
        self.pages[name] = html.encode()
        return f"http://127.0.0.1:{self.server.server_port}/{name}"


@dataclass
class View:
    """An open page with everything it did: requests, console, dialogs."""

    page: Any
    requests: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def js(self, script: str, argument: Any = None) -> Any:
        """Run a script in the page and return its value."""
        return self.page.evaluate(script, argument)


@contextmanager
def opened(
    browser: Any,
    address: str,
    *,
    width: int = 1120,
    scheme: str = "light",
    bypass: bool = False,
    scripts: bool = True,
) -> Iterator[View]:
    """Open a page and watch what it does.

    The tab is one that an earlier page of this kind has left, if there is one: starting it is what
    costs time. `_left` puts back what a look at a page may have changed.
    """
    kind = (width, scheme, bypass, scripts)
    tabs = browser.__dict__.setdefault("tabs", {}).setdefault(kind, [])
    tab = tabs.pop() if tabs else _Tab(_new_page(browser, *kind))
    tab.view = view = View(tab.page)
    tab.page.goto(address)
    try:
        yield view
    finally:
        _left(tab.page, width, scheme)
        tabs.append(tab)


class _Tab:
    """An open tab, and the view that hears what the page in it does."""

    def __init__(self, page: Any) -> None:
        self.page, self.view = page, View(page)
        page.on("request", lambda request: self.view.requests.append(request.url))
        page.on("console", lambda message: self.view.console.append(message.text))
        page.on("pageerror", lambda error: self.view.console.append(str(error)))
        page.on("dialog", self._dismiss)

    def _dismiss(self, dialog: Any) -> None:
        self.view.dialogs.append(dialog.message)
        dialog.dismiss()


def _new_page(browser: Any, width: int, scheme: str, bypass: bool, scripts: bool) -> Any:
    return browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        bypass_csp=bypass,
        java_script_enabled=scripts,
    ).new_page()


def _left(page: Any, width: int, scheme: str) -> None:
    """Leave a page: the tab looks again as it did when it was new."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(media="null", color_scheme=scheme, forced_colors="null")


def sheets(view: View, paper: str) -> int:
    """Return on how many sheets of a paper a page is printed."""
    from pypdf import PdfReader

    return len(PdfReader(io.BytesIO(view.page.pdf(format=paper))).pages)


def axe_source() -> str:
    """The text of axe-core, as its Python package carries it."""
    return files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")


def _looks() -> dict[str, str]:
    """The scripts that look at a page, by name."""
    parts = (Path(__file__).parent / "looks.js").read_text("utf-8").split("// == ")[1:]
    return {name: script.strip() for name, script in (part.split("\n", 1) for part in parts)}


LOOKS = _looks()
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


# Only what is asked for leaves the page: to carry every rule that passed costs more than to judge.
AXE = """tags => axe.run(document, {runOnly: {type: 'tag', values: tags},
    resultTypes: ['violations', 'incomplete']}).then(found => {
  const nodes = rules => rules.map(rule => [rule.id, rule.nodes.map(node => node.html)]);
  return {violations: nodes(found.violations), undecided: nodes(found.incomplete)}; })"""


def axe(view: View) -> dict[str, Any]:
    """Return axe-core's findings: violations, and what it could not decide, by rule."""
    view.js("() => document.querySelectorAll('details').forEach(d => { d.open = true; })")
    if not view.js("() => Boolean(window.axe)"):
        view.js(f"() => {{ {axe_source()} }}")
    found = view.js(AXE, AXE_TAGS)
    return {
        "violations": [(rule, [h[:120] for h in html][:3]) for rule, html in found["violations"]],
        "undecided": dict(found["undecided"]),
    }
