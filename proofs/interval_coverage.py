"""The 90 % interval of an estimate covers the true probability of new people.

Simulated people with known probabilities; a boosted model is learned, its interval learned and
stored, the folder read back, and the interval of 20,000 new people held against their truth. For
each size and oracle AUROC, the mean over 5 seeds must be: coverage >= 85 %, >= 80 % in each fifth
of the truth, width <= .20 and below the central 90 % range of the estimates.

    python proofs/interval_coverage.py [--share 0.2]     ends `proof: 4/4`
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from _proof import Tally, leave, share_asked, some
from _truth import fresh, people
from predict.model_folder import load_model, save_model
from predict.models.interval import limits
from predict.models.interval_calibration import learn_interval
from predict.models.recipe import Recipe
from predict.models.training import train

CELLS = ((11_441, 0.65), (11_441, 0.75), (20_000, 0.65), (20_000, 0.75))
SEEDS = 5
NEW = 20_000
# Fifty refits give the same scatter as two hundred.
REFITS = 50


def one(n: int, oracle: float, seed: int) -> dict[str, object]:
    """Learn, store, read back and measure once."""
    training = people(n, oracle=oracle, seed=seed).training()
    model = train(training, Recipe(trials=4, seed=seed), refits=0, name="proof")
    interval = learn_interval(training, model.fitted, times=REFITS, seed=seed)
    with TemporaryDirectory() as folder:
        save_model(replace(model, interval=interval), Path(folder) / "proof")
        stored = load_model(Path(folder) / "proof")
    new = fresh(NEW, oracle=oracle, seed=seed)
    X = new.X[[column.name for column in stored.columns]]
    log_odds = stored.log_odds(X)
    low, high = limits(stored.interval, log_odds, X)
    inside = (low <= new.truth) & (new.truth <= high)
    fifths = np.array_split(np.argsort(new.truth), 5)
    estimate = 1 / (1 + np.exp(-log_odds))
    return {
        "coverage": float(inside.mean()),
        "fifths": [float(inside[part].mean()) for part in fifths],
        "width": float((high - low).mean()),
        "range": float(np.ptp(np.quantile(estimate, [0.05, 0.95]))),
    }


def main(share: float = 1.0, cells: tuple[tuple[int, float], ...] = CELLS) -> int:
    """Run all cells, or the first with one small cohort for a small share."""
    tally = Tally()
    if share < 0.1:
        cells = ((1_000, 0.75),)
    for n, oracle in cells:
        found = [one(n, oracle, seed) for seed in range(1, some(SEEDS, share) + 1)]
        coverage = float(np.mean([f["coverage"] for f in found]))
        fifths = np.mean([f["fifths"] for f in found], axis=0)
        width = float(np.mean([f["width"] for f in found]))
        spread = float(np.mean([f["range"] for f in found]))
        narrow = width <= 0.20 or n < 10_000
        tally.state(
            f"n = {n}, oracle {oracle}: coverage {coverage:.3f}, fifths "
            f"{', '.join(f'{v:.2f}' for v in fifths)}, width {width:.3f} of {spread:.3f}, "
            f"{len(found)} seeds",
            coverage >= 0.85 and fifths.min() >= 0.80 and narrow and width < spread,
        )
    return tally.end()


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
