"""What the explaining benchmarks share: answers like a clinic's, a booster, and a fair clock."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

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
    return in_turns(times, work)[0].wall


SHORT = 0.2  # seconds


class Took(NamedTuple):
    """Seconds of several runs, the least of each: on the wall and of all processors."""

    wall: float
    cpu: float


def in_turns(times: int, *works: Callable[[], object]) -> list[Took]:
    """Return what each work took; they take turns, so that what disturbs one disturbs all.

    A turn of a short work is three runs: the first finds what the other left in the caches.
    """
    best = [Took(float("inf"), float("inf"))] * len(works)
    for _ in range(times):
        for number, work in enumerate(works):
            for run in range(3):
                if run == 0 or best[number].wall < SHORT:
                    best[number] = Took(*map(min, best[number], _took(work)))
    return best


def _took(work: Callable[[], object]) -> Took:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Took(time.perf_counter() - wall, time.process_time() - cpu)


def machine() -> str:
    """Return the processor's name, whether it has AVX-512, the date and our own versions."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    processor = f"{len(names)} x {names[0]}" if names else platform.processor()
    wide = any("avx512bw" in line for line in lines if line.startswith("flags"))
    libraries = [f"{name} {version(name)}" for name in ("numpy", "numba") if installed(name)]
    python = f"Python {platform.python_version()}"
    avx = f"AVX-512 {'yes' if wide else 'no'}"
    return "; ".join([processor, avx, f"{date.today()}", python, ", ".join(libraries)])


def installed(name: str) -> bool:
    """Return whether a library is there, without importing it."""
    return find_spec(name) is not None


def peer(name: str, library: str, what: str, above: Took, below: Took) -> float:
    """Print who was measured against, in which version, both times and their ratio; return it."""
    ratio, cpu = above.wall / below.wall, above.cpu / below.cpu
    print(f"{above.wall:.4g} s / {below.wall:.4g} s; by processor time {_rounded(cpu)}")
    print(f"peer {library} {version(library)} {name}, {what}, ratio: {_rounded(ratio)}")
    print(f"ratio: {_rounded(ratio)}")
    return ratio


def _rounded(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.3g}"
