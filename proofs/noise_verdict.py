"""The verdict does not praise noise, and does find a small truth.

- Outcomes that have nothing to do with the answers: "better than the prior" is claimed in at most 1
  of 20 cohorts at each of n = 300, 900 and 11,441.
- A true AUROC of .55 with n = 11,441 is found in at least 17 of 20 cohorts.

    python proofs/noise_verdict.py [--share 0.1]     ends `proof: 4/4`
"""

from __future__ import annotations

from dataclasses import replace

from _proof import Tally, leave, share_asked, some
from _truth import people
from predict.evaluation import Plan
from predict.evaluation.cross_validation import cross_fit
from predict.evaluation.differences import paired_difference, smallest_that_matters, state
from predict.models.recipe import Recipe

PLAN = Plan(outer=5, repeats=2, families=("prior", "boosted"))


def claimed(n: int, oracle: float, seed: int, family: str = "boosted") -> bool:
    """Return whether a family is said to be better than the prior."""
    training = people(n, oracle=oracle, seed=seed).training()
    plan = replace(PLAN, families=("prior", family))
    found = cross_fit(training, Recipe(family=family, trials=2, seed=seed), plan)
    gap = paired_difference(found, family, "prior")
    rate = found.events / found.n
    smallest = smallest_that_matters(rate, "brier", PLAN.smallest_difference)
    return state(gap.low, gap.high, smallest=smallest) == "better"


def noise(tally: Tally, n: int, seeds: int) -> None:
    """State how often noise is praised."""
    praised = sum(claimed(n, 0.5, seed) for seed in range(1, seeds + 1))
    tally.state(f"noise, n = {n}: praised in {praised} of {seeds}", praised <= max(1, seeds // 20))


def signal(tally: Tally, n: int, seeds: int) -> None:
    """State how often a true .55 is found."""
    seen = sum(claimed(n, 0.55, seed) for seed in range(1, seeds + 1))
    tally.state(f"true .55, n = {n}: found in {seen} of {seeds}", seen >= 0.85 * seeds)


def small(seeds: int) -> None:
    """Print how often cohorts of 300 show a linear model to be better, where .60 is true."""
    seen = sum(claimed(300, 0.60, seed, family="linear") for seed in range(1, seeds + 1))
    print(f"true .60, n = 300: a linear model is shown to be better in {seen} of {seeds}")


def main(share: float = 1.0) -> int:
    """Run all cohorts, or a share of them."""
    tally, seeds = Tally(), some(20, share)
    noise(tally, 300, seeds)
    if share >= 0.05:
        noise(tally, 900, seeds)
        noise(tally, 11_441, seeds)
        signal(tally, 11_441, seeds)
    small(some(60, share))
    return tally.end()


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
