"""A loopback server of pages in memory, and a headless browser to look at them."""

from __future__ import annotations

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
    """Open a page and watch what it does."""
    page = _context(browser, width, scheme, bypass, scripts).new_page()
    view = View(page)
    page.on("request", lambda request: view.requests.append(request.url))
    page.on("console", lambda message: view.console.append(message.text))
    page.on("pageerror", lambda error: view.console.append(str(error)))
    page.on("dialog", lambda dialog: (view.dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(address)
    try:
        yield view
    finally:
        page.close()


def _context(browser: Any, width: int, scheme: str, bypass: bool, scripts: bool) -> Any:
    """A context of this kind, made once: new ones are what costs time."""
    kept = browser.__dict__.setdefault("kept_contexts", {})
    key = (width, scheme, bypass, scripts)
    if key not in kept:
        kept[key] = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            bypass_csp=bypass,
            java_script_enabled=scripts,
        )
    return kept[key]


def axe_source() -> str:
    """The text of axe-core, as its Python package carries it."""
    return files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")


def _looks() -> dict[str, str]:
    """The scripts that look at a page, by name."""
    parts = (Path(__file__).parent / "looks.js").read_text("utf-8").split("// == ")[1:]
    return {name: script.strip() for name, script in (part.split("\n", 1) for part in parts)}


LOOKS = _looks()
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def axe(view: View) -> dict[str, Any]:
    """Return axe-core's findings: violations, and what it could not decide, by rule."""
    view.js("() => document.querySelectorAll('details').forEach(d => { d.open = true; })")
    if not view.js("() => Boolean(window.axe)"):
        view.js(f"() => {{ {axe_source()} }}")
    found = view.js("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", AXE_TAGS)
    return {
        "violations": [
            (rule["id"], [node["html"][:120] for node in rule["nodes"]][:3])
            for rule in found["violations"]
        ],
        "undecided": {
            rule["id"]: [node["html"] for node in rule["nodes"]] for rule in found["incomplete"]
        },
    }
