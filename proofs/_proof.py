"""What every proof shares: its arguments, its tally and its last line."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from predict.engines import LocalEngine

BLOCK = 250


def share_asked(description: str | None) -> float:
    """Return `--share`: how much of the proof to run, 0 to 1."""
    parser = argparse.ArgumentParser(description=(description or "").split("\n")[0])
    parser.add_argument("--share", type=float, default=1.0, help="share of the proof to run")
    return float(parser.parse_args().share)


def some(count: int, share: float) -> int:
    """Return a share of a count, at least one."""
    return max(1, round(count * share))


def counted(fates: Callable[[range], Counter[str]], numbers: range) -> Counter[str]:
    """Count the fates of numbered cases, a block at a time in two processes.

    What is known so far is printed, and a block whose process dies is lost by its numbers: a long
    proof that ends without a word proves nothing.
    """
    starts = range(0, len(numbers), BLOCK)
    blocks = [numbers[start : start + BLOCK] for start in starts]
    total: Counter[str] = Counter()
    for done in LocalEngine(2).run(fates, blocks):
        block = blocks[done.number]
        name = f"LOST {block[0]} to {block[-1]}: {done.error!r}"
        total += Counter({name: len(block)}) if done.result is None else done.result
        print(f"{total.total()} of {len(numbers)}", flush=True)
    return total


@dataclass
class Tally:
    """Statements asked and kept."""

    lines: list[bool] = field(default_factory=list)

    def state(self, words: str, kept: bool) -> None:
        """Print a statement and whether it held."""
        self.lines.append(bool(kept))
        print(f"{'kept  ' if kept else 'BROKEN'} {words}", flush=True)

    def end(self) -> int:
        """Print the last line and return the exit status."""
        print(f"proof: {sum(self.lines)}/{len(self.lines)}")
        return 0 if all(self.lines) else 1


def leave(status: int) -> None:
    """Leave with a status."""
    sys.exit(status)
