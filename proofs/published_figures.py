"""The published figures come out of the simulated programmes, seed after seed.

Each programme is drawn at its published size and analysed; at most one of its computable figures
may disagree with the printed one, and enough must be computable.

    python proofs/published_figures.py     ends `proof: 15/15`
"""

from __future__ import annotations

from _proof import Tally, leave, share_asked, some
from predict.analysis.published import compare
from predict.cohort import read_cohort
from predict.definitions.programmes import load_programme
from predict.simulation import simulate
from predict.simulation.examples import shipped

# people, figures that must be computable at least
PROGRAMMES = {"mathai-2024": (11441, 9), "hull-2022": (1247, 10), "burnout-2026": (1642, 20)}
SEEDS = (1, 2, 3, 4, 5)


def main(share: float = 1.0) -> int:
    """Run a share of the seeds and return the exit status."""
    tally = Tally()
    for name, (people, wanted) in PROGRAMMES.items():
        for seed in SEEDS[: some(len(SEEDS), share)]:
            drawn = simulate(name, people=people, seed=seed)
            cohort = read_cohort(drawn.table, shipped(f"{name}_study.toml"))
            told = compare(cohort, load_programme(name))
            off = [each.figure.id for each in told if each.agrees == "no"]
            computed = sum(each.computed is not None for each in told)
            words = f"{name}, seed {seed}: {computed} computed, off: {', '.join(off) or 'none'}"
            tally.state(words, len(off) <= 1 and computed >= wanted)
    return tally.end()


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
