"""The two published programmes are simulated as they ship, analysed, and give back what is in them.

Hull 2022 in its separable variant (`predict simulate hull-2022 OUT --separable`: the published
shares, baselines within .3 of their spread, falls in points with a reliability of .8, no drivers):
BIC chooses three of one to five classes on the totals themselves, in the default structure, with
the shares of the completers. Mathai 2024 as it ships: anhedonia and depressed mood are the two
items with the largest out-strength among nine.

    python proofs/programmes_analysed.py     ends `proof: 4/4`
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from _proof import Tally, leave, share_asked, some
from predict.analysis.networks.panel import symptom_panel
from predict.analysis.networks.parts import directed
from predict.analysis.networks.temporal import lagged_network, transitions
from predict.analysis.trajectories.scores import course_scores
from predict.analysis.trajectories.select import adjusted_rand, select_classes
from predict.cohort import Cohort, read_cohort
from predict.models.growth_mixture.mixture import ENOUGH, MixtureSettings
from predict.simulation import simulate
from predict.simulation.examples import shipped

SEEDS = 20
CENTRAL = {"1", "2"}


def drawn(name: str, seed: int, *, separable: bool = False) -> tuple[Cohort, pd.DataFrame]:
    """The programme at its published size, as a cohort, and the truth of its people."""
    made = simulate(name, seed=seed, separable=separable)
    return read_cohort(made.table, shipped(f"{name}_study.toml")), made.truth


def hull(seed: int) -> tuple[bool, bool, bool]:
    """Three classes by BIC; their shares within 3 points; adjusted Rand of .9 or more."""
    cohort, truth = drawn("hull-2022", seed, separable=True)
    ends = cohort.total("phq9", "round_one_end").notna()
    completers = cohort.take(cohort.ids[ends.to_numpy()])
    scores = course_scores(completers)
    settings = MixtureSettings(starts=30, seed=seed, tolerance=ENOUGH)
    chosen = select_classes(scores.scores, settings, most=5)
    planted = pd.factorize(truth.loc[scores.ids, "course"])[0]
    shares = np.sort(np.bincount(planted) / len(planted))[::-1]
    three = chosen.models[2]
    found = three.posterior(scores.scores).argmax(1)
    near = bool(np.abs(three.shares - shares).max() <= 0.03)
    return chosen.classes == 3, near, adjusted_rand(planted, found) >= 0.9


def mathai(seed: int) -> bool:
    """Whether items 1 and 2 (anhedonia, depressed mood) have the largest out-strength."""
    panel = symptom_panel(drawn("mathai-2024", seed)[0], "phq9")
    effects = lagged_network(transitions(panel.answers).moments())[0]
    order = np.argsort(-directed(effects)["out_strength"])
    return {panel.keys[place] for place in order[:2]} == CENTRAL


def main(share: float = 1.0) -> int:
    """Run both programmes and return the exit status."""
    tally, seeds = Tally(), range(1, some(SEEDS, share) + 1)
    found = np.array([hull(seed) for seed in seeds]).sum(0)
    words = ("BIC chooses three of five", "three shares within 3 points", "adjusted Rand >= .9")
    for told, count in zip(words, found, strict=True):
        tally.state(f"hull-2022: {told} in {count} of {len(seeds)}", count >= 0.8 * len(seeds))
    on_top = sum(mathai(seed) for seed in seeds)
    told = f"mathai-2024: anhedonia and depressed mood on top in {on_top} of {len(seeds)}"
    tally.state(told, on_top >= 0.9 * len(seeds))
    return tally.end()


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
