"""`predict --help`, against `python -c "import xgboost"`: medians of processes started in turn."""

from __future__ import annotations

import statistics
import sys

from _batch import measured, python

ROUNDS = 5


def main() -> None:
    """Print both medians and their ratio."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(measured(sys.executable, "-m", "predict", "--help").seconds)
        theirs.append(python("import xgboost").seconds)
    help_, xgboost = statistics.median(ours), statistics.median(theirs)
    print(f"predict --help: {help_:.2f} s, import xgboost: {xgboost:.2f} s")
    print(f"ratio: {help_ / xgboost:.2f}")


if __name__ == "__main__":
    main()
