"""The house: layers, doors, quick start, names at the front door, and what must not be there."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src" / "predict").rglob("*.py"))
HEAVY = ("pandas", "sklearn", "xgboost", "shap", "mlflow", "matplotlib", "optuna")


def _python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )


def test_importing_the_package_loads_nothing_heavy():
    done = _python(f"import predict, sys; print([m for m in {HEAVY} if m in sys.modules])")
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_help_loads_nothing_heavy():
    code = f"""
import sys
sys.argv = ["predict", "--help"]
from predict.cli import main
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
print([m for m in {HEAVY} if m in sys.modules])
"""
    done = _python(code)
    assert done.stdout.strip().endswith("[]"), done.stdout[-500:] + done.stderr


def test_an_inner_step_of_a_fit_says_nothing_on_the_screen():
    code = """
import sys, warnings
from predict.cli import main
sys.argv = ["predict", "--help"]
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
warnings.warn("Objective did not converge. You might want to increase the iterations.")
warnings.warn("another")
"""
    assert _python(code).stderr.count("Warning") == 1


def test_scoring_one_person_loads_only_what_it_uses(tmp_path: Path):
    unused = (*HEAVY[1:], "pydantic", "scipy", "numba", "predict.explanation", "predict.evaluation")
    code = f"""
import sys
sys.argv = ["predict", "score", *sys.argv[1:], "--quiet"]
from predict.cli import main
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
print([m for m in {unused} if m in sys.modules])
"""
    models = ROOT / "models"
    table = str(models / "ten_people.csv")
    done = _python(code, str(models / "example"), table, "-o", str(tmp_path / "scores.csv"))
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_the_front_door_is_sorted_and_true():
    import predict

    assert predict.__all__ == sorted(predict.__all__)
    assert all(hasattr(predict, name) for name in predict.__all__)
    assert dir(predict) == predict.__all__


def test_no_module_carries_the_name_of_a_public_function():
    import predict

    modules = {path.stem for path in (ROOT / "src" / "predict").glob("*.py")}
    folders = {path.parent.name for path in (ROOT / "src" / "predict").glob("*/__init__.py")}
    functions = set(predict.__all__) - {"analysis"}
    assert not functions & (modules | folders)


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    # A copy shadows the installed package: the linter reads what is on the path first.
    code = "import sys; sys.path.insert(0, 'src'); from importlinter.cli import lint_imports;"
    code += "sys.exit(lint_imports(no_cache=True))"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_layers_and_doors_are_kept(copy: Path):
    done = _lint(copy)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("files.py", "import predict.cohort", "A layer imports only what is beneath it"),
        ("statistics/metrics/__init__.py", "import xgboost", "has one door"),
        ("nowhere.py", "", "A layer imports only what is beneath it"),
        ("cohort/grammar.py", "import predict.cohort.cells", "No siblings form a cycle"),
    ],
    ids=["upward import", "side door", "file that nobody placed", "circle"],
)
def test_a_planted_fault_is_named(copy: Path, file: str, line: str, broken: str):
    path = copy / "src" / "predict" / file
    before = path.read_text() if path.exists() else None
    path.write_text(f"{before or ''}\n{line}\n")
    try:
        done = _lint(copy)
        assert done.returncode != 0
        assert broken in done.stdout
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_text(before)


def test_the_top_shelf_stays_short():
    """House rule: at most twenty entries besides the package's own files and its data."""
    own = {"__init__.py", "__main__.py", "py.typed", "data", "__pycache__"}
    entries = {path.name for path in (ROOT / "src" / "predict").iterdir()} - own
    assert len(entries) <= 20, sorted(entries)


def test_no_function_is_longer_than_35_lines():
    long = {
        f"{path.name}:{node.name}": n
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and (n := _body_lines(node)) > 35
    }
    assert long == {}


def _body_lines(function: ast.FunctionDef) -> int:
    """Lines of a function's body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def test_no_source_file_hides_a_noun():
    long = {p.name: n for p in SOURCES if (n := len(p.read_text().splitlines())) > 500}
    assert long == {}


def test_nothing_unsafe_is_used():
    unsafe = re.compile(
        r"^\s*(import|from)\s+(pickle|joblib|cloudpickle|dill|marshal)\b"
        r"|\byaml\.load\(|(?<![\w.])eval\(|(?<![\w.])exec\(|shell=True",
        re.MULTILINE,
    )
    files = [path.name for path in SOURCES if unsafe.search(path.read_text())]
    assert files == []


def test_the_lock_names_no_address_and_no_path():
    lock = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"https?://|file:|--(extra-)?index-url|--find-links| /", lock)
