"""Tables and outputs that the scoring proofs share."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

MODEL = Path(__file__).parents[1] / "models" / "example"


def people(rows: int, *, seed: int = 3) -> pd.DataFrame:
    """Return simulated people as a clinic's export writes them, one in fifty with a fault."""
    from predict.simulation import simulate

    drawn = simulate("demo", people=min(rows, 4_000), seed=seed).table
    keep = [c for c in drawn if c in ("person", "age", "sex", "route", "site") or "_baseline" in c]
    table = pd.concat([drawn[keep]] * -(-rows // len(drawn)), ignore_index=True).iloc[:rows]
    table = table.astype("str").where(table.notna(), "")
    table = table.map(lambda text: text.removesuffix(".0"))
    table["person"] = [f"S{number:09d}" for number in range(rows)]
    random = np.random.default_rng(seed)
    bad = random.choice(rows, rows // 50, replace=False)
    table.loc[bad, "phq9_4_baseline"] = random.choice(["7", "2.5", "two", "-1"], len(bad))
    return table


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of an output by its path; of facts only what no stop and no clock changes.

    A day may end between a calm run and the one that is held against it.
    """
    found = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    if "_run.json" in found:
        run = json.loads(found["_run.json"])
        for name in ("seconds", "peak_memory_mb", "self", "threads", "engine", "begun_on"):
            del run[name]
        del run["counts"]["kept"]
        found["_run.json"] = json.dumps(run, sort_keys=True).encode()
    if "_log/key.json" in found:
        key = {**json.loads(found["_log/key.json"]), "day": ""}
        found["_log/key.json"] = json.dumps(key, sort_keys=True).encode()
    return found
