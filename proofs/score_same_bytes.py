"""The same scores, byte for byte, however the table is cut, spread, stored or dated.

One table is scored with 1 to 4 processes, in parts of 1,000 to 200,000 rows, on Dask, from CSV and
Parquet, under another time zone and locale; every single-file output must have equal bytes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from _proof import Tally, leave, share_asked, some
from _scoring import MODEL, people
from predict.scoring.settings import ScoringSettings
from predict.scoring.single import score_table

ROWS = 220_000
PART_SIZES = (1_000, 7_777, 50_000, 200_000)


@dataclass(frozen=True)
class Way:
    """One way to score the table."""

    words: str
    settings: ScoringSettings
    table: str = "people.csv"


def main(share: float = 1.0) -> int:
    """Score a share of the rows in every way and return the exit status."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tables(folder, some(ROWS, share))
        first = scored(folder, Way("one process", settings(50_000)))
        print(f"{some(ROWS, share)} rows, {len(first)} bytes of scores")
        for way in ways(share):
            tally.state(way.words, scored(folder, way) == first)
        for zone, locale in (("Asia/Tokyo", "de_DE.UTF-8"), ("America/St_Johns", "C")):
            tally.state(f"TZ={zone} LC_ALL={locale}", elsewhere(folder, zone, locale) == first)
    return tally.end()


def settings(part_rows: int, **more: object) -> ScoringSettings:
    """Return settings that allow for the table's planted faults."""
    limits = {"max_rejected": 1.0, "overwrite": True, "max_memory": 16 * 2**30}
    return ScoringSettings(part_rows=part_rows, **limits, **more)  # type: ignore[arg-type]  # by name


def ways(share: float) -> list[Way]:
    """Return the ways to compare with one process and parts of 50,000 rows."""
    sizes = [some(size, share) for size in PART_SIZES]
    found = [Way(f"parts of {size} rows", settings(size)) for size in sizes]
    found += [Way(f"{n} processes", settings(sizes[1], threads=n)) for n in (2, 3, 4)]
    found.append(Way("Dask, 2 workers", settings(sizes[1], threads=2, engine="dask")))
    found += [
        Way(f"Parquet in parts of {size} rows", settings(size), "people.parquet")
        for size in sizes[1:3]
    ]
    return found


def tables(folder: Path, rows: int) -> None:
    """Write the table as CSV, and as Parquet of the rows' texts where a type can hold them."""
    made = people(rows)
    sound = made["phq9_4_baseline"].isin(["", "0", "1", "2", "3"])
    # A typed column cannot hold a word: both files carry numbers only, some out of range.
    made.loc[~sound, "phq9_4_baseline"] = "7"
    made.to_csv(folder / "people.csv", index=False)
    typed = made.copy()
    for name in made.columns:
        if "_baseline" in name or name == "age":
            typed[name] = pd.to_numeric(made[name]).astype("Int8")
    typed.to_parquet(folder / "people.parquet", index=False)


def scored(folder: Path, way: Way) -> bytes:
    """Return the bytes of the scores."""
    score_table(MODEL, str(folder / way.table), folder / "out.csv", way.settings)
    return (folder / "out.csv").read_bytes()


def elsewhere(folder: Path, zone: str, locale: str) -> bytes:
    """Return the bytes that a process with another time zone and locale writes."""
    out = folder / "elsewhere.csv"
    words = ["score", MODEL, folder / "people.csv", "-o", out, "--overwrite"]
    words += ["--max-rejected", "100%", "--max-memory", "16GB", "--quiet"]
    environment = {**os.environ, "TZ": zone, "LC_ALL": locale}
    command = [sys.executable, "-m", "predict", *map(str, words)]
    subprocess.run(command, env=environment, check=False)
    return out.read_bytes()


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
