"""The mean of the linear and the boosted model, judged against known truth.

1. Over cohorts of 9,000 people whose true probabilities are known, its squared error on as many
   new people is at most .92 of the better of its two parts', on average.
2. On noise it changes nothing: with it among the rivals or without, the same family is the simplest
   within one standard error, and nothing is shown to be better than the prior.
"""

from __future__ import annotations

import numpy as np

from _proof import Tally, leave, share_asked, some
from _truth import fresh, people
from predict.evaluation import Plan, evaluate
from predict.models.families import simplest_first
from predict.models.fitting import fit_recipe, joined, parts_of
from predict.models.recipe import Recipe

COHORTS, N, AUROC = 20, 9_000, 0.75
NOISE, FEW = 5, 1_500
AT_MOST = 0.92


def main(share: float) -> int:
    """Run a share of the cohorts."""
    tally = Tally()
    ratios = [ratio(seed) for seed in range(some(COHORTS, share))]
    mean = float(np.mean(ratios))
    spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
    tally.state(
        f"{len(ratios)} cohorts: error {mean:.3f} of the better part's ({spread})", mean <= AT_MOST
    )
    others = tuple(name for name in simplest_first() if name != "averaged")
    for seed in range(some(NOISE, share)):
        without, beside = ladder(seed, others), ladder(seed, simplest_first())
        same = without[0] == beside[0]
        tally.state(f"noise {seed}: the simplest is {beside[0]}, as without", same)
        tally.state(f"noise {seed}: nothing is better than the prior", not beside[1])
    return tally.end()


def ratio(seed: int) -> float:
    """Return the averaged family's squared error over that of the better of its parts."""
    learners, new = people(N, oracle=AUROC, seed=seed), fresh(N, oracle=AUROC, seed=seed)
    training, recipe = learners.training(), Recipe(family="averaged", seed=seed)
    parts = [fit_recipe(training, part) for part in parts_of(recipe)]
    both = joined(training, recipe, parts)
    errors = [float(np.mean((m.probability(new.X) - new.truth) ** 2)) for m in (*parts, both)]
    print(f"cohort {seed}: linear {errors[0]:.6f}, boosted {errors[1]:.6f}, mean {errors[2]:.6f}")
    return errors[2] / min(errors[:2])


def ladder(seed: int, families: tuple[str, ...]) -> tuple[str, list[str]]:
    """Return the simplest family within one standard error on noise, and who beats the prior."""
    training = people(FEW, oracle=0.5, seed=seed).training()
    plan = Plan(repeats=1, resamples=200, families=families)
    verdict = evaluate(training, Recipe(family="best", trials=5, seed=seed), plan).verdict
    better = set(families) - {"prior", *verdict["not_better_than_prior"]}
    return str(verdict["simplest_within_one_standard_error"]), sorted(better)


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
