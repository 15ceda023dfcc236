"""Conformal sets hold what happens as often as they say, overall and in groups.

A boosted model of 20,000 simulated people; its 90 % sets, learned for each outcome and
third of severity, are held against 40,000
new people: coverage within 2 points of 90 overall and in each class, and within 4 points by sex and
by third of severity.

    python proofs/conformal_coverage.py [--share 0.1]     ends `proof: 4/4`
"""

from __future__ import annotations

import numpy as np

from _proof import Tally, leave, share_asked, some
from _truth import fresh, people
from predict.models.fitting import fit_recipe
from predict.models.recipe import Recipe
from predict.models.reliance.estimates import conformal_sets, learn_estimates

ORACLE = 0.65


def covered(sets: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return whether each person's set holds what happened."""
    return (sets == "both") | (sets == np.where(y == 1, "yes", "no"))


def main(share: float = 1.0, n: int = 20_000, new: int = 40_000) -> int:
    """Learn once, and measure on new people."""
    tally = Tally()
    if share < 0.1:
        n, new = some(n, 0.1), some(new, 0.2)
    slack = 1.0 if share >= 0.1 else 3.0
    training = people(n, oracle=ORACLE, seed=1).training()
    model = fit_recipe(training, Recipe(trials=0))
    learned = learn_estimates(training, model.columns, model.out_of_fold)
    others = fresh(new, oracle=ORACLE, seed=1)
    held = covered(conformal_sets(learned, model.probability(others.X), others.X), others.y)
    tally.state(f"overall {held.mean():.3f}", abs(held.mean() - 0.9) <= 0.02 * slack)
    classes = [float(held[others.y == value].mean()) for value in (0, 1)]
    near = max(abs(v - 0.9) for v in classes)
    tally.state(f"by outcome {classes[0]:.3f}, {classes[1]:.3f}", near <= 0.02 * slack)
    sex = others.X["sex"].to_numpy()
    sexes = [float(held[sex == value].mean()) for value in (0, 1)]
    near = max(abs(v - 0.9) for v in sexes)
    tally.state(f"by sex {sexes[0]:.3f}, {sexes[1]:.3f}", near <= 0.04 * slack)
    thirds = np.array_split(np.argsort(others.X["phq9_total_baseline"].to_numpy()), 3)
    bands = [float(held[part].mean()) for part in thirds]
    near = max(abs(v - 0.9) for v in bands)
    words = ", ".join(f"{v:.3f}" for v in bands)
    tally.state(f"by third of severity {words}", near <= 0.04 * slack)
    return tally.end()


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
