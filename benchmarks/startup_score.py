"""`predict score` of one person, against `python -c "import xgboost"`: medians, in turn."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from _batch import python, score

ROUNDS = 5
MODELS = Path(__file__).parents[1] / "models"


def main() -> None:
    """Print both medians and their ratio."""
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as name:
        table = Path(name) / "one.csv"
        lines = (MODELS / "ten_people.csv").read_text().splitlines()
        table.write_text("\n".join(lines[:2]) + "\n")
        for _ in range(ROUNDS):
            ours.append(score(MODELS / "example", table, Path(name) / "out.csv").seconds)
            theirs.append(python("import xgboost").seconds)
    one, xgboost = statistics.median(ours), statistics.median(theirs)
    print(f"predict score of one row: {one:.2f} s, import xgboost: {xgboost:.2f} s")
    print(f"ratio: {one / xgboost:.2f}")


if __name__ == "__main__":
    main()
