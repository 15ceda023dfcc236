"""What `evaluate` reports is what new people show; and boosting comes close to the truth.

Simulated people with known probabilities (the truth's own AUROC is .65). The recipe is judged by
nested cross-validation, both by their defaults, and the model it ships is held against 100,000 new
people: its AUROC over all outcomes that their probabilities may give. The truth's own AUROC in each
cohort is printed too: how far a draw of 20,000 outcomes lies from what it was drawn from is beyond
any scheme.

- n = 20,000, 20 cohorts: AUROC within .01 in at least 19, calibration slope within .05 in at least
  16, mean slope difference at most .02 (apart from its own standard error);
- n = 2,000, 20 cohorts: mean AUROC difference within 2 standard errors of 0;
- the shipped model is within .01 of the truth's AUROC at 20,000 and within .03 at 2,000.

    python proofs/judged_on_truth.py [--share 0.1]     ends `proof: 6/6`
"""

from __future__ import annotations

import numpy as np

from _proof import Tally, leave, share_asked, some
from _truth import expected_auroc, fresh, people
from predict.evaluation import Plan
from predict.evaluation.cross_validation import cross_fit
from predict.evaluation.measures import measure
from predict.models.fitting import fit_recipe
from predict.models.recipe import Recipe
from predict.statistics.metrics import auroc, calibration_slope

ORACLE = 0.65
NEW = 100_000
PLAN = Plan(families=("boosted",))


def one(n: int, seed: int, *, new: int = NEW) -> tuple[float, ...]:
    """Return AUROC and slope difference (reported minus new people), gap to the truth, draw.

    The draw is how far the truth's own AUROC on these outcomes lies from its expectation.
    """
    known = people(n, oracle=ORACLE, seed=seed)
    training, recipe = known.training(), Recipe(seed=seed, threads=2)
    reported = measure(cross_fit(training, recipe, PLAN), "boosted")
    others = fresh(new, oracle=ORACLE, seed=seed)
    estimate = fit_recipe(training, recipe).probability(others.X)
    area = expected_auroc(others.truth, estimate)
    slope = calibration_slope(others.y, estimate)
    gap = expected_auroc(others.truth) - area
    draw = auroc(known.y, known.truth) - expected_auroc(known.truth)
    return reported["auroc"] - area, reported["calibration_slope"] - slope, gap, draw


def large(tally: Tally, seeds: range, n: int = 20_000, new: int = NEW) -> None:
    """State what holds at n = 20,000."""
    area, slope, gap, draw = np.array([one(n, seed, new=new) for seed in seeds]).T
    count = len(area)
    near, straight = int((abs(area) <= 0.01).sum()), int((abs(slope) <= 0.05).sum())
    error = slope.std(ddof=1) / np.sqrt(count) if count > 1 else np.inf
    print(f"n = {n}: AUROC differences {np.round(area, 4)}, slope differences {np.round(slope, 3)}")
    print(f"the truth's own AUROC, drawn minus expected: {np.round(draw, 4)}")
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
    area, _, gap, _ = np.array([one(n, seed, new=new) for seed in seeds]).T
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
    small(tally, range(1, some(20, share) + 1))
    return tally.end()


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
