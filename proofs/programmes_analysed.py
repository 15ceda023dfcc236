"""The two published programmes are simulated, analysed, and give back what was planted in them.

Hull 2022: its shape with courses that can be told apart (a quarter of the spread) gives back three
classes with the shares planted. Mathai 2024: 11,441 people entered at 10 or more, with depressed
mood and anhedonia coming before less improvement, give back these two as the most central items.

    python proofs/programmes_analysed.py     ends `proof: 3/3`
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from _proof import Tally, leave, share_asked, some
from predict.analysis.courses.mixture import Settings
from predict.analysis.courses.model import course_model
from predict.analysis.courses.select import adjusted_rand
from predict.analysis.networks.centrality import directed
from predict.analysis.networks.temporal import lagged_network, transitions
from predict.programmes import load_programme
from predict.simulation import mood

SEEDS = 20
VISITS = ("baseline", "session_2", "round_one_end")
SPREAD = 0.25
MOOD = 0.18
ITEMS = {"phq9": 9, "gad7": 7}


def drawn(name: str, people: int, seed: int, change: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw a programme after changing its shape."""
    programme = load_programme(name)
    shape = copy.deepcopy(dict(programme.simulation))
    change(shape)
    rng = np.random.default_rng(seed)
    return mood.draw(replace(programme, simulation=shape), people, rng)


def separable(shape: dict[str, Any]) -> None:
    """Narrow Hull's courses, so that a course tells its class."""
    for course in shape["courses"]:
        course["sd"] *= SPREAD
    shape["course"]["session_2_noise"] *= SPREAD
    shape["drivers"] = {name: size * SPREAD for name, size in shape["drivers"].items()}


def central(shape: dict[str, Any]) -> None:
    """Let mood and anhedonia at baseline come before less improvement, clearly."""
    shape["drivers"] = {**shape["drivers"], "mood": MOOD}


def totals(table: pd.DataFrame) -> np.ndarray:
    """People x instruments x visits."""
    return np.stack(
        [np.stack([_total(table, name, visit) for visit in VISITS], axis=1) for name in ITEMS],
        axis=1,
    )


def _total(table: pd.DataFrame, name: str, visit: str) -> np.ndarray:
    columns = [f"{name}_{item}_{visit}" for item in range(1, ITEMS[name] + 1)]
    return table[columns].sum(axis=1, min_count=len(columns)).to_numpy(dtype=float)


def hull(seed: int) -> tuple[bool, float]:
    """Whether the three shares come back within 3 points, and the adjusted Rand index."""
    table, truth = drawn("hull-2022", 1_247, seed, separable)
    scores = totals(table)
    kept = np.isfinite(scores[:, 0, [0, 2]]).all(1)
    classes = pd.factorize(truth["course"].to_numpy()[kept])[0]
    # The programme's people fall by a share of where they start: straight on the log scale.
    logs = np.log(scores[kept] + 0.5)
    model = course_model(logs, Settings(starts=30, seed=seed))
    planted = np.sort(np.bincount(classes) / len(classes))[::-1]
    near = bool(np.abs(model.shares - planted).max() <= 0.03)
    return near, adjusted_rand(classes, model.posterior(logs).argmax(1))


def mathai(seed: int) -> bool:
    """Whether items 1 and 2 (anhedonia, depressed mood) have the largest out-strength."""
    table, _ = drawn("mathai-2024", 11_441, seed, central)
    columns = [[f"phq9_{item}_{visit}" for item in range(1, 10)] for visit in VISITS]
    panel = np.stack([table[names].to_numpy(dtype=float) for names in columns], axis=1)
    effects = lagged_network(transitions(panel).moments())[0]
    return set(np.argsort(-directed(effects)["out_strength"])[:2].tolist()) == {0, 1}


def main(share: float = 1.0) -> int:
    """Run both programmes and return the exit status."""
    tally, seeds = Tally(), range(1, some(SEEDS, share) + 1)
    found = [hull(seed) for seed in seeds]
    near, rand = sum(ok for ok, _ in found), sum(index >= 0.95 for _, index in found)
    enough = np.ceil(0.8 * len(seeds))
    tally.state(
        f"hull-2022: three shares within 3 points in {near} of {len(seeds)}", near >= enough
    )
    tally.state(f"hull-2022: adjusted Rand >= .95 in {rand} of {len(seeds)}", rand >= enough)
    on_top = sum(mathai(seed) for seed in seeds)
    told = f"mathai-2024: anhedonia and depressed mood on top in {on_top} of {len(seeds)}"
    tally.state(told, on_top >= np.ceil(0.9 * len(seeds)))
    return tally.end()


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
