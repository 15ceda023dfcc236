"""Seconds to compile a large booster, 500 trees of depth 6, into contribution tables."""

from __future__ import annotations

import argparse

from _booster import answers, booster, fastest, machine
from predict.models.families.attribution import compile_booster

TARGET = 3.0  # seconds


def main(trees: int, depth: int, threads: int) -> float:
    """Print the seconds, reading the JSON included, and the size of the tables."""
    raw = bytes(
        booster(answers(20_000), trees=trees, depth=depth, threads=threads).save_raw("json")
    )
    tables = compile_booster(raw)
    took = fastest(lambda: compile_booster(raw), 3)
    print(machine())
    print(f"{trees} trees of depth {depth}: {tables.memory.table.nbytes / 1e6:.1f} MB of tables")
    print(f"figure: {took:.2f}")
    return took


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trees", type=int, default=500)
    parser.add_argument("--depth", type=int, default=6)
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    raise SystemExit(main(chosen.trees, chosen.depth, chosen.threads) > TARGET)
