"""Finds prose in source code and templates, and which keys of the catalogue they use."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

# Two words with a space between, or a text that begins like a title.
READS = re.compile(
    r"[A-Za-z]{2,}[,;:]? [A-Za-z]{2,}|^ ?[A-Z][a-z]{2,}( |$|:)|[a-z]{3,} $|^ (to|of|in) "
)
MARKUP = re.compile(r"[<>{}=]|^S\d|default-src")
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<style.*?</style>|<[^>]*>|&\w+;", re.DOTALL)
QUOTED = re.compile(r"'([a-z_]+(?:\.[A-Za-z0-9_]+)*)'")
JOINED = re.compile(r"'([a-z_.]+)' ~ [\w.]+(?: ~ '([a-z_]+)')?")


def _docstrings(tree: ast.AST) -> set[int]:
    """Places of docstrings, of `__all__`, and of whatever an error says (`FAULTS` among it)."""
    told: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        first = body[0] if isinstance(body, list) and body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            told.add(id(first.value))
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            told |= {id(part) for part in ast.walk(node)}
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "FAULTS":
            told |= {id(part) for part in ast.walk(node)}
        if isinstance(node, ast.Raise):
            told |= {id(part) for part in ast.walk(node)}
        if isinstance(node, ast.Call) and getattr(node.func, "id", "").endswith("Error"):
            told |= {id(part) for part in ast.walk(node)}
    return told


def texts(path: Path) -> Iterator[str]:
    """Yield every string of a module but docstrings and errors."""
    tree = ast.parse(path.read_text())
    apart = _docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in apart:
            yield node.value


def prose(path: Path) -> list[str]:
    """Return what a reader could take for a sentence, a title or a part of one."""
    return [text for text in texts(path) if READS.search(text) and not MARKUP.search(text)]


def template_prose(path: Path) -> list[str]:
    """Return words that stand in a template itself."""
    bare = JINJA.sub("\n", path.read_text())
    return [line.strip() for line in bare.splitlines() if re.search(r"[A-Za-z]{2}", line)]


def template_keys(path: Path) -> set[str]:
    """Return the keys that a template names whole."""
    return set(QUOTED.findall(path.read_text()))


def template_patterns(path: Path) -> set[str]:
    """Return expressions for the keys that a template puts together: ``'reliance.' ~ c.say``."""
    return {
        f"{re.escape(head)}(.+){re.escape(tail)}"
        for head, tail in JOINED.findall(path.read_text())
        if "." in head
    }


def patterns(path: Path) -> set[str]:
    """Return expressions for texts that a module puts together from parts."""
    expressions = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr):
            expressions.add(
                "".join(
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else "(.+)"
                    for part in node.values
                )
            )
    return expressions - {"(.+)", "(.+)(.+)"}


def groups(path: Path) -> set[str]:
    """Return the groups of names that a module asks the catalogue for."""
    asked = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "name" and node.args:
            group = node.args[0]
            if isinstance(group, ast.Constant):
                asked.add(str(group.value))
    return asked


def calls(path: Path) -> Iterator[tuple[str, set[str], bool]]:
    """Yield each key that is said with named facts alone, the names, and whether as words."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        said = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
        key = node.args[0]
        if said in ("say", "sentence") and isinstance(key, ast.Constant) and len(node.args) == 1:
            names = [keyword.arg for keyword in node.keywords]
            if None not in names:
                yield str(key.value), {str(name) for name in names}, said == "say"
