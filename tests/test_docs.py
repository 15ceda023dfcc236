"""Pages that lie beside the code: links that lead somewhere, commands and names that exist."""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from importlib import import_module
from pathlib import Path
from textwrap import dedent

import pytest
import typer
from numpydoc.docscrape import get_doc_object
from numpydoc.validate import validate

import predict as pr
from predict.cli import VERBS
from predict.definitions.instruments import reading
from predict.definitions.study import keys as study_keys
from predict.pipeline import experiment

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "models/*.md", ".github/**/*.md")
    for path in ROOT.glob(pattern)
)
HOW_TO = sorted((ROOT / "docs" / "how_to").glob("*.md"))
# A second paragraph is written where there is more to say.
NOT_ASKED = {"ES01"}
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(#[^)\s]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    links = [target for target, _ in LINK.findall(text) if "://" not in target]
    lost = [target for target in links if not (page.parent / target).exists()]
    assert lost == []


def test_what_pages_of_the_site_link_to_is_copied_with_them():
    text = (ROOT / "docs" / "site" / "build.py").read_text()
    patterns = re.findall(r'"([^"]+)"', text.split("COPIED = (")[1].split(")  #")[0])
    copied = {path.resolve() for pattern in patterns for path in ROOT.glob(pattern)}
    asked = {
        (page.parent / target).resolve()
        for page in PAGES
        if page.resolve() in copied
        for target, _ in LINK.findall(re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL))
        if "://" not in target
    }
    assert sorted(path for path in asked - copied if path.is_file()) == []


@pytest.mark.parametrize("page", HOW_TO, ids=lambda path: path.stem)
def test_how_tos_name_what_exists(page: Path):
    text = page.read_text()
    assert set(re.findall(r"\bpr\.([A-Za-z_]+)", text)) <= set(pr.__all__)
    commands = re.findall(r"^\s*predict ([a-z]+)|`predict ([a-z]+)", text, flags=re.MULTILINE)
    assert {name for pair in commands for name in pair if name} <= set(VERBS)


def _takes(commands: str) -> None:
    """Let each `predict` command of a block be read by its verb, options and all."""
    for line in commands.splitlines():
        if line.strip().startswith("predict "):
            _, verb, *words = shlex.split(line, comments=True)
            module, name = VERBS[verb].split(":")
            told = getattr(import_module(f"predict.cli.{module}"), name)
            app = told if isinstance(told, typer.Typer) else typer.Typer()
            if app is not told:
                app.command(verb)(told)
            typer.main.get_command(app).make_context(verb, words)


READ = {"toml": tomllib.loads, "python": ast.parse, "sh": _takes}


@pytest.mark.parametrize("page", [ROOT / "README.md", *HOW_TO], ids=lambda path: path.stem)
def test_blocks_of_how_tos_can_be_read(page: Path):
    blocks = re.findall(r"^ *```(\w+)\n(.*?)```", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    for language, block in blocks:
        READ[language](dedent(block))


def test_every_how_to_is_listed():
    listed = set(LINK.findall((ROOT / "docs" / "how_to" / "README.md").read_text()))
    assert {target for target, _ in listed} == {page.name for page in HOW_TO} - {"README.md"}


def test_every_key_of_an_instrument_a_study_and_an_experiment_is_explained():
    text = (ROOT / "docs" / "study.md").read_text()
    scale = {*reading._KEYS, *reading._ITEM_KEYS, *reading._SCALE_KEYS} - {"id"}
    assert scale <= set(re.findall(r"`([a-z_]+)`", text))
    lists = [value for value in vars(study_keys).values() if isinstance(value, list)]
    assert {key for keys in lists for key in keys} <= set(re.findall(r"[a-z_]+", text))
    words = set(re.findall(r"[a-z_]+", (ROOT / "docs" / "experiments.md").read_text()))
    assert {key for keys in experiment._KEYS.values() for key in keys} <= words


def test_every_page_of_the_site_is_reached():
    front = (ROOT / "docs" / "site" / "front.md").read_text()
    pages = {f"docs/{path.stem}" for path in (ROOT / "docs").glob("*.md")}
    assert pages <= set(front.split())


PUBLIC = [(pr, name) for name in pr.__all__ if name != "analysis"]
PUBLIC += [(pr.analysis, name) for name in pr.analysis.__all__ if name != "ANALYSES"]


@pytest.mark.parametrize(
    ("home", "name"), PUBLIC, ids=lambda value: getattr(value, "__name__", value)
)
def test_the_reference_of_a_public_name_is_whole(home, name):
    """Summary, typed parameters, what comes back, what to see beside, and an example."""
    faults = validate(get_doc_object(getattr(home, name)))["errors"]
    assert [fault for fault in faults if fault[0] not in NOT_ASKED] == []
