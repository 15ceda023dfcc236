"""Planted temporal networks are found: nine ordinal items, three visits, floors, traits, noise.

Twenty seeds a condition. An edge counts as found when the package would show it: beyond the
smallest size, the same sign in 95 % of 100 resamples, and the same direction within persons.
At n = 11,441 edges of .12 and .06 are planted, at n = 1,247 edges of .2 and .1, of which only those
of .2 are claimed.

    python proofs/temporal_network.py     ends `proof: 12/12`
"""

from __future__ import annotations

import numpy as np

from _proof import Tally, leave, share_asked, some
from predict.analysis.networks.limits import claim_beyond, shown_edges
from predict.analysis.networks.parts import directed
from predict.analysis.networks.planted import ITEMS, SOURCES, planted_panel
from predict.analysis.networks.random_intercept import panel_products, within_network
from predict.analysis.networks.stability import bootstrap_draws, edge_bootstrap
from predict.analysis.networks.temporal import lagged_network, transitions

SEEDS = 20
RESAMPLES = 100
# people, big, small, trait, noise
CONDITIONS = (
    (11_441, 0.12, 0.06, 0.0, 0.0),
    (11_441, 0.12, 0.06, 0.4, 0.0),
    (11_441, 0.12, 0.06, 0.4, 0.5),
    (1_247, 0.20, 0.10, 0.0, 0.0),
    (1_247, 0.20, 0.10, 0.4, 0.0),
)


def one(n: int, big: float, small: float, trait: float, noise: float, seed: int) -> list[float]:
    """Sensitivity (all, planted), specificity, both sources on top, share of true claims."""
    panel = planted_panel(n, seed, big=big, small=small, trait=trait, noise=noise)
    steps = transitions(panel.answers)
    edges = lagged_network(steps.moments())[0]
    draws = bootstrap_draws(
        lambda weights: lagged_network(steps.moments(weights)), np.arange(n), RESAMPLES, seed
    )
    within = within_network(panel_products(panel.answers).covariances()).effects[0]
    shown = shown_edges(edges, edge_bootstrap(draws, edges).same_sign, within, n)
    other = ~np.eye(ITEMS, dtype=bool)
    true, planted = (panel.effects != 0) & other, (panel.effects == big) & other
    claimed = shown & (np.abs(edges) >= claim_beyond(n)) & other
    order = np.argsort(-directed(edges)["out_strength"])
    on_top = set(order[:2].tolist()) == set(SOURCES)
    right = float(true[claimed].mean()) if claimed.any() else 1.0
    return [
        shown[true].mean(),
        shown[planted].mean(),
        (~shown[other & ~true]).mean(),
        on_top,
        right,
    ]


def verdicts(condition: tuple[float, ...], found: np.ndarray) -> list[tuple[str, bool]]:
    """What must hold in one condition."""
    n, noise = condition[0], condition[4]
    all_, planted, specificity, right = found[:, [0, 1, 2, 4]].mean(0)
    on_top, enough = found[:, 3].sum(), np.ceil(0.9 * len(found))
    if n < 11_441:
        return [
            (f"planted edges of .2 found {planted:.3f} >= .9", planted >= 0.9),
            (f"claimed edges that are true {right:.3f} >= .95", right >= 0.95),
        ]
    if noise:
        return [
            (f"planted edges found {planted:.3f} >= .95", planted >= 0.95),
            (f"specificity {specificity:.3f} >= .9", specificity >= 0.9),
        ]
    return [
        (f"sensitivity {all_:.3f} >= .9", all_ >= 0.9),
        (f"specificity {specificity:.3f} >= .9", specificity >= 0.9),
        (f"both sources on top in {on_top:.0f} of {len(found)}", on_top >= enough),
    ]


def main(share: float = 1.0) -> int:
    """Run every condition and return the exit status."""
    tally, seeds = Tally(), range(1, some(SEEDS, share) + 1)
    for condition in CONDITIONS:
        found = np.array([one(*condition, seed=seed) for seed in seeds], dtype=float)
        told = "n {}, planted {} and {}, trait {}, noise {}".format(*condition)
        for words, holds in verdicts(condition, found):
            tally.state(f"{told}: {words}", holds)
    return tally.end()


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
