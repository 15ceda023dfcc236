"""What `evaluate` reports is what new people show; and boosting comes close to the truth.

Simulated people with known probabilities (the truth's own AUROC is .65). The recipe is judged by
nested cross-validation and the model it ships is held against 100,000 new people.

- n = 20,000, 20 cohorts: AUROC within .01 in at least 19, calibration slope within .05 in at least
  16, mean slope difference at most .02 (apart from its own standard error);
- n = 2,000, 10 cohorts: mean AUROC difference within 2 standard errors of 0;
- the shipped model is within .01 of the truth's AUROC at 20,000 and within .03 at 2,000.

    python proofs/judged_on_truth.py [--share 0.1]     ends `proof: 6/6`
"""

from __future__ import annotations

import numpy as np

from _proof import Tally, leave, share_asked, some
from _truth import expected_auroc, fresh, measured_auroc, people
from predict.evaluation import Plan
from predict.evaluation.crossfit import cross_fit
from predict.evaluation.measures import measure
from predict.metrics import calibration_slope
from predict.recipe import Recipe
from predict.training import fit_recipe

ORACLE = 0.65
NEW = 100_000
PLAN = Plan(outer=5, inner=3, repeats=1, families=("boosted",))
# A fold less of 2,000 people is felt: ten folds leave nine tenths to learn from.
SMALL_PLAN = Plan(outer=10, inner=3, repeats=1, families=("boosted",))


def one(n: int, seed: int, *, new: int = NEW, plan: Plan = PLAN) -> tuple[float, float, float]:
    """Return AUROC difference, slope difference (reported minus new people), gap to the truth."""
    training = people(n, oracle=ORACLE, seed=seed).training()
    recipe = Recipe(trials=3, seed=seed)
    reported = measure(cross_fit(training, recipe, plan), "boosted")
    shipped = fit_recipe(training, recipe)
    others = fresh(new, oracle=ORACLE, seed=seed)
    estimate = shipped.probability(others.X)
    area = measured_auroc(others.truth, estimate, seed)
    slope = calibration_slope(others.y, estimate)
    gap = expected_auroc(others.truth) - area
    return reported["auroc"] - area, reported["calibration_slope"] - slope, gap


def large(tally: Tally, seeds: range, n: int = 20_000, new: int = NEW) -> None:
    """State what holds at n = 20,000."""
    area, slope, gap = np.array([one(n, seed, new=new) for seed in seeds]).T
    count = len(area)
    near, straight = int((abs(area) <= 0.01).sum()), int((abs(slope) <= 0.05).sum())
    error = slope.std(ddof=1) / np.sqrt(count) if count > 1 else np.inf
    print(f"n = {n}: AUROC differences {np.round(area, 4)}, slope differences {np.round(slope, 3)}")
    tally.state(f"AUROC within .01 in {near} of {count}", near >= np.floor(0.95 * count))
    tally.state(f"slope within .05 in {straight} of {count}", straight >= np.floor(0.8 * count))
    tally.state(
        f"mean slope difference {slope.mean():+.4f} (standard error {error:.4f})",
        abs(slope.mean()) <= 0.02 + (0 if count >= 20 else 2 * error),
    )
    tally.state(
        f"gap to the truth's AUROC {gap.mean():.4f} (largest {gap.max():.4f})", gap.mean() <= 0.01
    )


def small(tally: Tally, seeds: range, n: int = 2_000, new: int = NEW) -> None:
    """State what holds at n = 2,000."""
    area, _, gap = np.array([one(n, seed, new=new, plan=SMALL_PLAN) for seed in seeds]).T
    error = area.std(ddof=1) / np.sqrt(len(area)) if len(area) > 1 else np.inf
    tally.state(
        f"n = {n}: mean AUROC difference {area.mean():+.4f} (standard error {error:.4f})",
        abs(area.mean()) <= 2 * error,
    )
    tally.state(f"n = {n}: gap to the truth's AUROC {gap.mean():.4f}", gap.mean() <= 0.03)


def main(share: float = 1.0) -> int:
    """Run all cohorts, or a share of them."""
    tally = Tally()
    if share < 0.05:
        large(tally, range(1, 2), n=1_000, new=5_000)
        tally.lines.clear()
        tally.state("a small share runs through", True)
        return tally.end()
    large(tally, range(1, some(20, share) + 1))
    small(tally, range(1, some(10, share) + 1))
    return tally.end()


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
