"""What the explaining benchmarks share: answers like a clinic's, a booster, and a fair clock."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb


def answers(rows: int, seed: int = 0) -> np.ndarray:
    """Return 20 items 0-3, 16 items 0-6, an age and 3 categories; 3 % missing, float32."""
    rng = np.random.default_rng(seed)
    parts = [
        rng.integers(0, 4, (rows, 20)),
        rng.integers(0, 7, (rows, 16)),
        rng.normal(45, 12, (rows, 1)).round(),
        rng.integers(0, 5, (rows, 3)),
    ]
    X = np.hstack(parts).astype("float32")
    X[rng.random(X.shape) < 0.03] = np.nan
    return X


def booster(X: np.ndarray, *, trees: int, depth: int, threads: int, seed: int = 1) -> Any:
    """Return trees fitted to an outcome of the first items and the age."""
    rng = np.random.default_rng(seed)
    some = X[:20_000]
    filled = np.nan_to_num(some)
    log_odds = 0.2 * filled[:, :8].sum(axis=1) - 2 + 0.02 * (filled[:, 36] - 45)
    y = rng.random(len(some)) < 1 / (1 + np.exp(-log_odds))
    settings = {
        "objective": "binary:logistic",
        "max_depth": depth,
        "eta": 0.05,
        "nthread": threads,
        "seed": seed,
    }
    return xgb.train(settings, xgb.DMatrix(some, y), num_boost_round=trees)


def fastest(work: Callable[[], object], times: int) -> float:
    """Return the least wall time of several runs, in seconds: the one least disturbed."""
    best = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best


def machine() -> str:
    """Return the processor's name and the libraries that count."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    processor = f"{len(names)} x {names[0]}" if names else platform.processor()
    return f"{processor}; Python {platform.python_version()}, xgboost {xgb.__version__}"
