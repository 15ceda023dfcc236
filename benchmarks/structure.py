"""How the house is built, in numbers: entries, rooms, arrows between them, cycles, sizes.

A room is an entry of the package's top shelf, its ``__init__`` and its ``__main__`` among them, or
another folder at the top of the checkout that holds source: the benchmarks, the findings, the
models, the notebooks, the proofs; tests and docs are no rooms. An arrow leads from one room to
another that it imports, wherever the import stands: at the top of a file, inside a function, or for
type checkers only. An import over a lengthened search path draws none. A cycle is a set of modules,
or of entries of the top shelf, each of which imports the others by some way; modules without and
with what only type checkers import. A function's lines are those of its body without its docstring.

    python benchmarks/structure.py [src/predict ...]
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles

import grimp

OWN = {"__init__.py", "__main__.py", "py.typed", "data", "__pycache__"}
# The last five are what commands leave behind.
NO_ROOMS = {"docs", "src", "tests", "build", "dist", "runs", "out", "mlruns"}
SOURCE = {".py", ".sh"}
Imports = Mapping[str, set[str]]


@dataclass(frozen=True)
class Structure:
    """A package in numbers; the longest function and file with their names."""

    top_entries: int
    files: int
    lines: int
    rooms: int
    arrows: int
    entries_in_cycles: tuple[tuple[str, ...], ...]
    modules_in_cycles: tuple[tuple[str, ...], ...]
    cycles_with_types: tuple[tuple[str, ...], ...]
    functions: int
    function_median: float
    function_ninth_decile: float
    longest_function: tuple[int, str]
    longest_file: tuple[int, str]


def structure(root: Path) -> Structure:
    """Measure the package in a folder."""
    imports = imports_of(root)
    front = {root.name, f"{root.name}.__main__"}
    modules = {module: module for module in imports if module not in front}
    house = house_of(root, imports)
    sources = {path: path.read_text("utf-8") for path in sorted(root.rglob("*.py"))}
    bodies = [body for path, text in sources.items() for body in body_lines(path, text)]
    lengths = sorted(lines for lines, _ in bodies)
    files = [(len(text.splitlines()), str(path.relative_to(root)))
             for path, text in sources.items()]  # fmt: skip
    return Structure(
        top_entries=len({path.name for path in root.iterdir()} - OWN),
        files=len(files),
        lines=sum(lines for lines, _ in files),
        rooms=len(house),
        arrows=sum(map(len, house.values())),
        entries_in_cycles=cycles(between(imports, {module: entry(module) for module in modules})),
        modules_in_cycles=cycles(between(imports_of(root, types=False), modules)),
        cycles_with_types=cycles(between(imports, modules)),
        functions=len(lengths),
        function_median=median(lengths),
        function_ninth_decile=quantiles(lengths, n=10)[8],
        longest_function=max(bodies),
        longest_file=max(files),
    )


def imports_of(root: Path, *, types: bool = True) -> dict[str, set[str]]:
    """Return what each module of a package imports of it, late imports and those of types too."""
    sys.path.insert(0, str(root.parent.resolve()))
    try:
        graph = grimp.build_graph(
            root.name, cache_dir=None, exclude_type_checking_imports=not types
        )
    finally:
        sys.path.pop(0)
    return {name: graph.find_modules_directly_imported_by(name) for name in sorted(graph.modules)}


def house_of(root: Path, imports: Imports) -> dict[str, set[str]]:
    """Return which rooms each room of the house imports."""
    entries = {module: entry(module) for module in imports}
    return between(imports, entries) | outside(root, entries)


def entry(module: str) -> str:
    """Return the entry of the top shelf to which a module belongs."""
    return ".".join(module.split(".")[:2])


def outside(root: Path, entries: Mapping[str, str]) -> dict[str, set[str]]:
    """Return what the other folders of a checkout import of the package, room by room."""
    if root.parent.name != "src":
        return {}
    checkout = root.parent.parent
    return {
        f"{folder.name}/": {
            entries[module]
            for path in folder.rglob("*.py")
            for module in named_modules(path.read_text("utf-8"), entries)
        }
        for folder in sorted(checkout.iterdir())
        if folder.is_dir() and folder.name not in NO_ROOMS and not folder.name.startswith(".")
        if any(path.suffix in SOURCE for path in folder.rglob("*"))
    }


def named_modules(text: str, known: Iterable[str]) -> set[str]:
    """Return which modules of the package a file imports, by the longest name that is one."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {
                name if (name := f"{node.module}.{alias.name}") in known else str(node.module)
                for alias in node.names
            }
    return names & set(known)


def between(imports: Imports, names: Mapping[str, str]) -> dict[str, set[str]]:
    """Return which rooms each room imports, itself left out."""
    arrows: dict[str, set[str]] = {name: set() for name in names.values() if name}
    for module, others in imports.items():
        if name := names.get(module):
            arrows[name] |= {names.get(other, "") for other in others} - {name, ""}
    return arrows


def cycles(arrows: Imports) -> tuple[tuple[str, ...], ...]:
    """Return the sets of nodes of which each reaches the others."""
    reached = {node: reach(arrows, node) for node in arrows}
    rings = {
        tuple(sorted(other for other in reached[node] if node in reached[other])) for node in arrows
    }
    return tuple(
        sorted((ring for ring in rings if len(ring) > 1), key=lambda ring: (len(ring), ring))
    )


def reach(arrows: Imports, start: str) -> set[str]:
    """Return every node to which arrows lead from one."""
    reached: set[str] = set()
    front = set(arrows[start])
    while front:
        reached |= front
        front = {node for nearer in front for node in arrows[nearer]} - reached
    return reached


def body_lines(path: Path, text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of each function's body, with the function's name."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            yield lines, f"{path.name}:{node.name}"


def main() -> None:
    """Print the numbers of each package, one column a package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="*", type=Path, default=[Path("src/predict")])
    for package in parser.parse_args().packages:
        print(package)
        for name, value in asdict(structure(package)).items():
            print(f"  {name:24} {shown(value)}")


def shown(value: object) -> str:
    """Return a number, or sets of modules, as one line."""
    if not isinstance(value, tuple):
        return f"{value:,g}" if isinstance(value, int | float) else str(value)
    if value and isinstance(value[0], tuple):
        return f"{len(value)}: " + "; ".join(" <-> ".join(ring) for ring in value)
    return " ".join(map(str, value)) or "0"


if __name__ == "__main__":
    main()
