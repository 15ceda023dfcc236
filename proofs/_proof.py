"""What every proof shares: its arguments, its tally and its last line."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field


def share_asked(description: str | None) -> float:
    """Return `--share`: how much of the proof to run, 0 to 1."""
    parser = argparse.ArgumentParser(description=(description or "").split("\n")[0])
    parser.add_argument("--share", type=float, default=1.0, help="share of the proof to run")
    return float(parser.parse_args().share)


def some(count: int, share: float) -> int:
    """Return a share of a count, at least one."""
    return max(1, round(count * share))


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
