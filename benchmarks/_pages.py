"""The invented people of the page tests, for what measures or pictures pages."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "tests" / "reports"


def load(name: str) -> Any:
    """Load a helper of the page tests by the name that they know each other by."""
    spec = importlib.util.spec_from_file_location(f"reporting_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[f"reporting_{name}"] = module
    spec.loader.exec_module(module)
    return module
