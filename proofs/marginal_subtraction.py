"""An attack on stored marginal reasons: invert the tables, set leaves side by side, subtract.

For boosters and training people of many sizes the attacker has what a model's folder holds: the
trees, and the counts behind marginal reasons. The attack

1. gets the counts back from a leaf's table alone: storing tables would hide nothing,
2. reads from them every cell that leaves tell of (people who meet some conditions of a leaf), and
3. subtracts each cell from each wider one of another leaf.

Counts of the people as they are give small cells away, which shows that the attack works; of what
is stored, every cell and every difference is 0 or at least a group's 11, and no combination of
groups is anybody alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import xgboost as xgb

from _proof import Tally, leave, share_asked, some
from predict.models.families.attribution import Tables, compile_booster
from predict.models.families.attribution.games import marginal_tables, pattern_starts
from predict.models.families.attribution.marginal import background_of, people_alike
from predict.statistics.disclosure import SMALLEST_CELL

MODELS = 20
PAIRS = 200_000

Cells = dict[frozenset[tuple[int, bool]], int]


def main(share: float) -> int:
    """Attack a share of the models."""
    tally = Tally()
    small = 0
    for number in range(some(MODELS, share)):
        rng = np.random.default_rng([20261128, number])
        people = draw_people(rng, int(rng.integers(40, 2000)))
        tables = compile_booster(draw_booster(rng, people))
        exact, kept = tables.histograms(people), background_of(tables, people).count
        found = told(tables, exact)
        small += int(((found > 0) & (found < SMALLEST_CELL)).sum())
        about = f"model {number}, {len(people)} people, {len(tables.forest.leaves.count)} leaves"
        tally.state(f"{about}: tables give their counts back", inverted(tables, exact))
        found = told(tables, kept)
        least = int(found[found > 0].min())
        tally.state(f"{about}: no cell or difference under 11 (least {least})", least >= 11)
        tally.state(f"{about}: nobody alone, nor any few", not anybody(rng, tables, people))
    tally.state(f"people as they are would give {small} small cells away", small > 0)
    return tally.end()


def draw_people(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return answers to items, an age and a rare diagnosis, with holes."""
    X = rng.integers(0, 4, (n, 8)).astype("f4")
    X[:, 6] = rng.normal(45, 12, n).round()
    X[:, 7] = rng.random(n) < 0.02
    X[rng.random(X.shape) < 0.03] = np.nan
    return X


def draw_booster(rng: np.random.Generator, X: np.ndarray) -> bytes:
    """Return trees of some depth, fine enough to ask about few people."""
    known = np.nan_to_num(X)
    y = rng.random(len(X)) < 1 / (1 + np.exp(-(known[:, :3].sum(axis=1) - 4 + 3 * known[:, 7])))
    settings = {
        "objective": "binary:logistic",
        "max_depth": int(rng.integers(1, 5)),
        "min_child_weight": 0.5,
        "nthread": 1,
    }
    booster = xgb.train(settings, xgb.DMatrix(X, y), num_boost_round=20)
    return bytes(booster.save_raw("json"))


def inverted(tables: Tables, count: np.ndarray) -> bool:
    """Return whether each leaf's table of contributions gives its people by pattern back."""
    leaves, starts = tables.forest.leaves, pattern_starts(tables.forest.leaves)
    for leaf in np.flatnonzero((leaves.count > 0) & (leaves.paths.value != 0)):
        h = count[starts[leaf] : starts[leaf + 1]]
        k = int(leaves.count[leaf])
        table = marginal_tables(h[None] / h.sum(), leaves.paths.value[[leaf]])[0].ravel()
        each = marginal_tables(np.eye(2**k), np.full(2**k, leaves.paths.value[leaf]))
        # The people add up to all: one more equation, which a table does not hold.
        system = np.vstack([each.reshape(2**k, -1).T, np.ones(2**k)])
        solved = np.linalg.lstsq(system, np.append(table, 1.0), rcond=None)[0]
        if np.abs(solved * h.sum() - h).max() > 0.01:
            return False
    return True


def told(tables: Tables, count: np.ndarray) -> np.ndarray:
    """Return every cell that leaves tell of, and every difference to a wider one."""
    cells = cells_of(tables, count)
    keys = sorted(cells, key=lambda key: (len(key), sorted(key)))
    found = [cells[key] for key in keys]
    done = 0
    for wide, narrow in product(keys, keys):
        if wide < narrow:
            found.append(cells[wide] - cells[narrow])
            done += 1
        if done >= PAIRS:
            break
    return np.array(found)


def cells_of(tables: Tables, count: np.ndarray) -> Cells:
    """Return people who meet conditions, by conditions: splits and the way taken at each."""
    leaves, starts = tables.forest.leaves, pattern_starts(tables.forest.leaves)
    cells: Cells = {}
    for leaf, k in enumerate(leaves.count.tolist()):
        h = count[starts[leaf] : starts[leaf + 1]]
        asked = [frozenset(conditions(tables, leaf, slot)) for slot in range(k)]
        for chosen in range(1 << k):
            meets = (np.arange(1 << k) & chosen) == chosen
            key: frozenset[tuple[int, bool]] = frozenset()
            key = key.union(*(asked[j] for j in range(k) if chosen >> j & 1))
            cells[key] = int(h[meets].sum())
    return cells


def conditions(tables: Tables, leaf: int, slot: int) -> Iterator[tuple[int, bool]]:
    """Return the splits of one feature on the way to a leaf, and the way taken."""
    paths = tables.forest.leaves.paths
    for step in np.flatnonzero(paths.split[leaf] >= 0):
        if tables.forest.leaves.slot[leaf, step] == slot:
            yield int(paths.split[leaf, step]), bool(paths.left[leaf, step])


def anybody(rng: np.random.Generator, tables: Tables, people: np.ndarray) -> bool:
    """Return whether sums and differences of groups could be one person, or any few."""
    alike = np.nan_to_num(people_alike(tables, people, smallest=SMALLEST_CELL), nan=-1)
    kind = np.unique(alike, axis=0, return_inverse=True)[1].ravel()
    groups = np.array([kind == k for k in range(kind.max() + 1)])
    few = np.zeros((100, len(people)), dtype=bool)
    for row, size in zip(few, rng.integers(1, SMALLEST_CELL, len(few)), strict=True):
        row[rng.choice(len(people), size, replace=False)] = True
    known, asked = groups.T.astype(float), few.T.astype(float)
    missed = known @ np.linalg.lstsq(known, asked, rcond=None)[0] - asked
    return bool((np.abs(missed).max(axis=0) < 1e-6).any())


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
