"""mypy is what finds the mistakes of `typed_script.py`; here stands that it is asked to."""

import ast
import re
import tomllib
from pathlib import Path

import predict

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "tests" / "typed_script.py"


def test_the_script_with_eight_mistakes_is_checked_and_may_not_go_stale():
    mypy = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    assert "tests/typed_script.py" in mypy["files"]
    (own,) = [o for o in mypy["overrides"] if o["module"] == "typed_script"]
    assert own["warn_unused_ignores"] is True
    assert len(re.findall(r"# type: ignore\[[a-z-]+\]$", SCRIPT.read_text(), re.MULTILINE)) == 8


def test_names_for_type_checkers_are_the_names_at_run_time():
    """What mypy sees and what the lazy door gives must not part."""
    text = (ROOT / "src" / "predict" / "__init__.py").read_text()
    typed = next(node for node in ast.parse(text).body if isinstance(node, ast.If))
    imports = [node for node in ast.walk(typed) if isinstance(node, ast.ImportFrom)]
    names = {alias.name for node in imports for alias in node.names}
    assert names == set(predict.__all__)
    assert all(getattr(predict, name) is not None for name in names)
