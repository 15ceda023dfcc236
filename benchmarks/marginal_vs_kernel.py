"""Marginal reasons against path-dependent ones, row for row: the same kernel with other numbers.

20,000 people stand behind the marginal ones; what compiling them takes, protection included, is
printed apart.
"""

from __future__ import annotations

import argparse

from _booster import answers, booster, in_turns, machine
from predict.models.families.attribution import against, background_of, compile_booster

COMPILING = 5.0  # seconds allowed


def main(rows: int, people: int, trees: int, depth: int, threads: int) -> float:
    """Print the seconds behind the background, and the ratio a row."""
    X = answers(rows)
    model = booster(X, trees=trees, depth=depth, threads=threads)
    tables = compile_booster(bytes(model.save_raw("json")))
    behind = answers(people, seed=7)
    made = against(tables, background_of(tables, behind))
    compiling, path, marginal = in_turns(
        7,
        lambda: against(tables, background_of(tables, behind)),
        lambda: tables.contributions(X, threads=threads, tier="numba"),
        lambda: made.contributions(X, threads=threads, tier="numba"),
    )
    ratio = marginal.wall / path.wall
    print(machine())
    print(f"{rows} rows x {X.shape[1]}, {trees} trees of depth {depth}, {threads} threads")
    print(f"{people} people compiled in {compiling.wall:.2f} s ({COMPILING} allowed)")
    print(f"path {path.wall:.4f} s, marginal {marginal.wall:.4f} s")
    assert compiling.wall <= COMPILING, f"{compiling.wall:.2f} s to compile the background"
    print(f"ratio: {ratio:.3f}")
    return ratio


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--trees", type=int, default=300)
    parser.add_argument("--depth", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    parts = chosen.rows, chosen.people, chosen.trees, chosen.depth, chosen.threads
    raise SystemExit(main(*parts) > 1.1)
