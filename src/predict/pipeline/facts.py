"""What a run notes down of its input and its machine: digests, versions, peak memory."""

from __future__ import annotations

import platform
import resource
from pathlib import Path
from typing import Any

import pandas as pd

from predict.cohort.formats import located, open_table
from predict.files import csv_text, installed_version, sha256_bytes, sha256_file

_LIBRARIES = ("numpy", "pandas", "scikit-learn", "xgboost", "optuna", "mlflow", "shap")


def table_digest(table: Path | str | pd.DataFrame) -> str:
    """Return the SHA-256 of the input: the file's bytes, or a table's CSV text."""
    if isinstance(table, pd.DataFrame):
        return sha256_bytes(csv_text(table).encode())
    path = Path(located(table).path)
    return sha256_file(path) if path.is_file() else open_table(table).sha256()


def machine_facts() -> dict[str, Any]:
    """Return versions and the peak memory of this process in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "versions": {
            "predict": installed_version(),
            "python": platform.python_version(),
            **{name: installed_version(name) for name in _LIBRARIES},
        },
        "peak_memory_mb": round(peak, 1),
    }
