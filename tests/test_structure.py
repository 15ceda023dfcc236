"""The numbers of the house, counted by hand on a toy package."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

TYPES = """from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import toyhouse.cellar.wine
"""
FILES = {
    "__init__.py": "",
    "__main__.py": "import toyhouse.roof\n",
    "roof.py": "import toyhouse.hall\nimport toyhouse.hall.stairs\n",
    "hall/__init__.py": "",
    "hall/door.py": "from toyhouse.hall.stairs import up\n\n\ndef out():\n    return up()\n",
    # A late import closes the circle between the two modules of the hall.
    "hall/stairs.py": '''import toyhouse.cellar.wine


def up():
    """Go up.

    A docstring is no part of the body.
    """
    import toyhouse.hall.door

    return toyhouse.hall.door
''',
    "cellar/__init__.py": "",
    "cellar/wine/__init__.py": "import toyhouse.cellar.rack\n",
    "cellar/rack.py": TYPES,
}
AROUND = {
    "proofs/shows.py": "import toyhouse\nfrom toyhouse.hall import door, stairs\nimport helper\n",
    "findings/tries.sh": "true\n",
    "docs/conf.py": "import toyhouse.roof\n",
    "tests/test_it.py": "import toyhouse.roof\n",
    "pictures/house.svg": "<svg/>",
}


@pytest.fixture(scope="module")
def structure() -> ModuleType:
    path = Path(__file__).parents[1] / "benchmarks" / "structure.py"
    spec = importlib.util.spec_from_file_location("structure_of_a_package", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    checkout = tmp_path_factory.mktemp("house")
    root = checkout / "src" / "toyhouse"
    for name, text in {**{f"src/toyhouse/{k}": v for k, v in FILES.items()}, **AROUND}.items():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(text)
    return root


def test_a_toy_house_is_counted_as_by_hand(structure: ModuleType, toy: Path) -> None:
    house = structure.structure(toy)
    # roof, hall and cellar; then the two front doors, the proofs and the findings.
    assert (house.top_entries, house.rooms, house.files, house.lines) == (3, 7, 9, 24)
    # __main__ -> roof -> hall -> cellar; proofs -> __init__, hall.
    assert house.arrows == 5
    assert house.entries_in_cycles == ()
    assert house.modules_in_cycles == (("toyhouse.hall.door", "toyhouse.hall.stairs"),)
    # The rack names a type of the wine, which imports the rack.
    types = ("toyhouse.cellar.rack", "toyhouse.cellar.wine")
    assert house.cycles_with_types == (types, *house.modules_in_cycles)
    assert (house.functions, house.function_median) == (2, 2)
    assert house.longest_function == (3, "stairs.py:up")
    assert house.longest_file == (11, "hall/stairs.py")


def test_entries_that_import_each_other_are_told(structure: ModuleType, toy: Path) -> None:
    rack = toy / "cellar" / "rack.py"
    rack.write_text("def fetch():\n    import toyhouse.roof\n")
    try:
        (ring,) = structure.structure(toy).entries_in_cycles
    finally:
        rack.write_text(TYPES)
    assert ring == ("toyhouse.cellar", "toyhouse.hall", "toyhouse.roof")


def test_this_house_keeps_its_rooms_few_and_its_arrows_short(structure: ModuleType) -> None:
    root = Path(__file__).parents[1] / "src" / "predict"
    house = structure.house_of(root, structure.imports_of(root))
    assert len(house) <= 27
    assert sum(map(len, house.values())) <= 170


def test_what_commands_leave_behind_is_no_room(structure: ModuleType) -> None:
    lines = (Path(__file__).parents[1] / ".gitignore").read_text().splitlines()
    left = {line.rstrip("/") for line in lines if line.endswith("/") and line[0] not in "._*"}
    assert {name for name in left if not name.startswith("__")} <= structure.NO_ROOMS
