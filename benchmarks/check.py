"""`predict check` on 100,000 wide rows, against an older checkout of this project and a plain read.

The table is the simulated programme's as a CSV of text: every visit's items, the people columns, an
id each. Both checkouts run as whole processes, side by side: ours, theirs, ours, theirs. The plain
read is `pandas.read_csv` of all cells as text, which checks nothing. Seconds are those of the CPU,
which a busy machine does not stretch.

Run it as ``python benchmarks/check.py OLDER``, OLDER being the root of the other checkout.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from _batch import Measured, measured, python

ROOT = Path(__file__).parents[1]
ROWS, DRAWN, ROUNDS = 100_000, 2_000, 5
PLAIN = "import sys, pandas; pandas.read_csv(sys.argv[1], dtype='str', keep_default_na=False)"
CHECK = "import sys; from predict.__main__ import main; main()"


def main(older: Path) -> None:
    """Print the seconds of all three, the best of some rounds each, and both ratios."""
    ours, theirs, plain = [], [], []
    with tempfile.TemporaryDirectory() as name:
        table, study = written(Path(name))
        for _ in range(ROUNDS):
            ours.append(check(ROOT, table, study).cpu)
            theirs.append(check(older, table, study).cpu)
            plain.append(python(PLAIN, table).cpu)
    best = [min(seconds) for seconds in (ours, theirs, plain)]
    print("ours {:.2f} s, older {:.2f} s, pandas.read_csv of text {:.2f} s".format(*best))
    print(f"against pandas: {best[0] / best[2]:.2f}")
    print(f"ratio: {best[0] / best[1]:.2f}")


def check(checkout: Path, table: Path, study: Path) -> Measured:
    """Check the table with the code of a checkout, in a process of its own."""
    path = f"import sys; sys.path.insert(0, {str(checkout / 'src')!r}); "
    words = ("check", table, "--study", study, "--quiet")
    return measured(sys.executable, "-c", path + CHECK, *words)


def written(folder: Path) -> tuple[Path, Path]:
    """Write the table and its study; return their paths."""
    from predict.simulation.examples import demo

    drawn = demo(folder / "demo", people=DRAWN, seed=1)
    header, *lines = drawn.table.read_text().splitlines()
    cut = [line.partition(",")[2] for line in lines]
    rows = [f"S{n:09d},{cut[n % DRAWN]}" for n in np.arange(ROWS)]
    path = folder / "people.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path, drawn.study


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
