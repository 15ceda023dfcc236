"""Build the site: pages as they lie in the project, notebooks executed, reference from docstrings.

Sphinx reads a copy that keeps the project's own shape, so that a link works in both places. Nothing
is fetched; a warning fails the build. ``--fast`` leaves the notebooks unexecuted.
"""

from __future__ import annotations

import inspect
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parents[2]
SOURCE, SITE = ROOT / "build" / "docs_source", ROOT / "build" / "site"
COPIED = (
    "*.md", "LICENSE", "docs/**/*", "models/README.md", "findings/*.md", "experiments/*",
    "deploy/*", "notebooks/[0-9]*.py",
)  # fmt: skip
WORKERS = 2
PATIENCE = 1_200  # seconds for a cell, on a machine full of other work
NAMED = {
    'role="heading"': 'role="heading" aria-level="2"',
    "<pre>": '<pre tabindex="0">',
    '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
    '<div class="cell_output ': '<div tabindex="0" class="cell_output ',
    '<aside class="sidebar-drawer"': '<aside aria-label="Pages" class="sidebar-drawer"',
    '<aside class="toc-drawer"': '<aside aria-label="On this page" class="toc-drawer"',
}
SECTIONS = {
    "Learn and judge": ("Recipe", "Plan", "train", "evaluate", "validate"),
    "From a table to a training set": (
        "read_study", "read_cohort", "label", "assemble", "simulate",
    ),
    "Use a model": ("score", "explain", "report", "save_model", "load_model", "run"),
    "In scikit-learn": ("ResponseClassifier", "Preprocessor"),
    "What can be named": (),
    "Errors": ("PredictError",),
}  # fmt: skip


def main() -> int:
    """Copy, execute, build; return Sphinx's status."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    _copy_pages()
    _execute_notebooks(fast="--fast" in sys.argv)
    (SOURCE / "reference.md").write_text(_reference())
    shutil.copy(ROOT / "docs" / "site" / "front.md", SOURCE / "index.md")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-j", str(WORKERS)]
    done = subprocess.run([*command, str(SOURCE), str(SITE)], check=False)
    for page in SITE.rglob("*.html"):
        page.write_text(_accessible(page.read_text("utf-8")), "utf-8")
    if done.returncode == 0:
        sys.stdout.write("Open build/site/index.html\n")
    return done.returncode


def _accessible(html: str) -> str:
    """Give captions a level, landmarks a name, and let keys scroll long code."""
    for plain, named in NAMED.items():
        html = html.replace(plain, named)
    return html


def _copy_pages() -> None:
    for pattern in COPIED:
        for path in ROOT.glob(pattern):
            if path.is_file():
                target = SOURCE / path.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
    for name in ("conf.py", "site.css", "templates"):
        shutil.move(SOURCE / "docs" / "site" / name, SOURCE / name)
    shutil.rmtree(SOURCE / "docs" / "site")


def _execute_notebooks(*, fast: bool) -> None:
    scripts = sorted((SOURCE / "notebooks").glob("*.py"))
    with TemporaryDirectory() as sockets, ThreadPoolExecutor(WORKERS) as pool:
        places = [Path(sockets) / script.stem[:2] for script in scripts]
        list(pool.map(lambda *pair: _executed(*pair, fast=fast), scripts, places))


def _executed(script: Path, sockets: Path, *, fast: bool) -> None:
    """Turn a script into a notebook with its outputs, run where its relative paths hold."""
    import jupytext

    notebook = jupytext.read(script)
    elsewhere = "shared/data" in script.read_text() and not (ROOT.parent / "shared").exists()
    if not fast and not elsewhere:
        _run(notebook, sockets)
    notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    jupytext.write(notebook, script.with_suffix(".ipynb"))
    script.unlink()


def _run(notebook: Any, sockets: Path) -> None:
    """Execute a notebook; its kernel is talked to over files, since it warns of TCP."""
    from nbclient import NotebookClient
    from traitlets.config import Config

    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    os.environ.setdefault("PREDICT_PROGRESS", "off")
    NotebookClient(
        notebook,
        config=Config({"ConnectionFileMixin": {"transport": "ipc", "ip": str(sockets)}}),
        timeout=PATIENCE,
        startup_timeout=PATIENCE,
        resources={"metadata": {"path": str(ROOT / "notebooks")}},
    ).execute()


def _reference() -> str:
    """Return the page of every public name, from its docstring."""
    import predict

    named = {name for names in SECTIONS.values() for name in names}
    lists = tuple(name for name in predict.__all__ if name.startswith("list_"))
    missing = set(predict.__all__) - named - set(lists) - {"analysis"}
    sections = {**SECTIONS, "What can be named": lists, "Further": tuple(sorted(missing))}
    lines = ["# Reference", "", "Everything that `import predict as pr` offers.", ""]
    for title, names in sections.items():
        if names:
            lines += [f"## {title}", "", "```{eval-rst}", ".. currentmodule:: predict", ""]
            lines += [line for name in names for line in _entry(name, getattr(predict, name))]
            lines += ["```", ""]
    return "\n".join([*lines, *_analysis()])


def _entry(name: str, value: object) -> list[str]:
    if inspect.isclass(value):
        return [f".. autoclass:: {name}", "   :members:", ""]
    return [f".. autofunction:: {name}", ""]


def _analysis() -> list[str]:
    from predict import analysis

    functions = [n for n in analysis.__all__ if inspect.isfunction(getattr(analysis, n))]
    lines = ["## Analyses that need no model", "", "```{eval-rst}"]
    lines += [".. currentmodule:: predict.analysis", ""]
    return [*lines, *(f".. autofunction:: {name}\n" for name in functions), "```", ""]


if __name__ == "__main__":
    sys.exit(main())
