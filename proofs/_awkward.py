"""Cohorts that are awkward in one way each, with the truth beside them, for `awkward_truth`.

Each kind draws people to learn from and, from the same truth, people never seen: of new sites where
sites differ. To add a kind, write ``(n, draw) -> Drawn`` and give it a line in KINDS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from _truth import GAD, PHQ, _answers, _line, _shift, _training, _width
from predict.features.training_set import TrainingSet, sharing_a_fold
from predict.statistics.alike_people import ItemBlock, alike_people

ITEMS = [ItemBlock("phq9", tuple(PHQ)), ItemBlock("gad7", tuple(GAD))]
TOTALS = ["phq9_total_baseline", "gad7_total_baseline"]
SITES, NEW_SITES = 12, 240
# Asked of every kind unless it says otherwise.
USUAL = frozenset({"slope", "o_e", "verdict", "ranges", "reasons"})


@dataclass(frozen=True)
class Drawn:
    """People of one kind: raw features X, outcomes y, true probabilities.

    Parameters
    ----------
    extras : DataFrame
        Columns for judging only: site, arm, time; and `lost`, who has no end score.
    planted : tuple of str
        Columns that drive the truth; every other column means nothing.
    """

    X: pd.DataFrame
    y: np.ndarray
    truth: np.ndarray
    extras: pd.DataFrame
    planted: tuple[str, ...] = ()
    groups: np.ndarray | None = None


@dataclass(frozen=True)
class Kind:
    """One way to be awkward.

    Parameters
    ----------
    draw : callable (n, generator) -> Drawn
    fresh : callable (n, generator) -> Drawn, optional
        People never seen; `draw` itself where none is given.
    study : mapping
        Keys of the study that the kind needs: cluster, time, arm.
    asks : frozenset of str
        Names of the checks that are asked of it.
    family, trials : str, int
        The recipe that is judged.
    sizes, seeds
        Cohorts: people, and how many of each size.
    noise : bool
        Whether nothing in the columns tells the outcome.
    """

    draw: Callable[[int, np.random.Generator], Drawn]
    fresh: Callable[[int, np.random.Generator], Drawn] | None = None
    study: dict[str, str] = field(default_factory=dict)
    asks: frozenset[str] = USUAL
    family: str = "linear"
    trials: int = 3
    sizes: tuple[int, ...] = (500, 1_000, 2_000, 4_000)
    seeds: int = 8
    noise: bool = False


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Return probabilities of log-odds."""
    return 1 / (1 + np.exp(-z))


def _drawn(X: pd.DataFrame, line: np.ndarray, draw: np.random.Generator, **extras: object) -> Drawn:
    truth = sigmoid(line)
    y = (draw.random(len(X)) < truth).astype(np.int8)
    return Drawn(X, y, truth, pd.DataFrame(extras, index=X.index), planted=_planted(X))


def _planted(X: pd.DataFrame) -> tuple[str, ...]:
    return tuple(name for name in X if not name.startswith("other_"))


def signal(
    n: int, draw: np.random.Generator, oracle: float = 0.70
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return answers and the log-odds of a truth with this AUROC."""
    X, width = _answers(n, draw), _width(oracle)
    return X, _shift(width) + width * _line(X)


def noise(n: int, draw: np.random.Generator) -> Drawn:
    """Nothing tells the outcome."""
    X, _ = signal(n, draw)
    return replace(_drawn(X, np.full(n, 0.2), draw), planted=())


def entered_twice(n: int, draw: np.random.Generator) -> Drawn:
    """Noise, 41 % of it again under another id."""
    once = noise(int(n / 1.41), draw)
    again = np.concatenate([np.arange(len(once.y)), draw.permutation(len(once.y))])[:n]
    X = once.X.iloc[again].set_axis([f"q{i:06d}" for i in range(len(again))])
    X.index.name = "id"
    return replace(
        once, X=X, y=once.y[again], truth=once.truth[again], extras=pd.DataFrame(index=X.index)
    )


def sites(n: int, draw: np.random.Generator, *, spread: float, count: int = SITES) -> Drawn:
    """Sites whose rates differ by more than their people do."""
    X, line = signal(n, draw)
    where = draw.integers(0, count, n)
    shifts = draw.normal(0, spread, count)
    made = _drawn(X, line + shifts[where], draw, site=[f"s{i:03d}" for i in where])
    return replace(made, groups=made.extras["site"].to_numpy(dtype=object))


def new_sites(n: int, draw: np.random.Generator, *, spread: float) -> Drawn:
    """People of sites that nobody learned from."""
    return sites(n, draw, spread=spread, count=NEW_SITES)


def arm_only(n: int, draw: np.random.Generator) -> Drawn:
    """A treatment that works, and nothing about the person that tells for whom."""
    X, _ = signal(n, draw)
    treated = (draw.random(n) < 0.5).astype(float)
    made = _drawn(X.assign(treated=treated), np.where(treated == 1, 0.85, -0.6), draw, arm=treated)
    return replace(made, planted=("treated",))


def drift(n: int, draw: np.random.Generator) -> Drawn:
    """A rate that rises by about 34 points while the people come in."""
    X, line = signal(n, draw, 0.75)
    time = np.sort(draw.random(n))
    return _drawn(X, line - 0.9 + 1.9 * time, draw, month=time)


def rare(n: int, draw: np.random.Generator) -> Drawn:
    """One in twenty reaches the outcome."""
    X, line = signal(n, draw, 0.75)
    return _drawn(X, line - 3.35, draw)


def loss(n: int, draw: np.random.Generator) -> Drawn:
    """Of those who started 29 % are lost, mostly those who did not respond."""
    made = _drawn(*signal(n, draw, 0.75), draw)
    lost = draw.random(n) < np.where(made.y == 1, 0.15, 0.45)
    return replace(made, extras=made.extras.assign(lost=lost))


def exclusive_or(n: int, draw: np.random.Generator) -> Drawn:
    """Two columns that tell little alone and much together: enough alone for a first split."""
    X, _ = signal(n, draw)
    a, b = (draw.random(n) < 0.65).astype(float), (draw.random(n) < 0.65).astype(float)
    made = _drawn(X.assign(first=a, second=b), np.where(a == b, 0.9, -0.9), draw)
    return replace(made, planted=("first", "second"))


def separation(n: int, draw: np.random.Generator) -> Drawn:
    """One column parts the outcomes perfectly."""
    X, _ = signal(n, draw)
    score = draw.normal(size=n).round(3)
    made = _drawn(X.assign(score=score), np.where(score > 0, 40.0, -40.0), draw)
    return replace(made, planted=("score",))


def nominal(n: int, draw: np.random.Generator) -> Drawn:
    """Numbers that are names: twelve codes whose order means nothing."""
    X, line = signal(n, draw, 0.62)
    effects = np.random.default_rng(12).normal(0, 0.7, 12)
    code = draw.integers(0, 12, n)
    made = _drawn(X.assign(code=code.astype(float)), line + effects[code], draw)
    return replace(made, planted=(*made.planted, "code"))


NO_SLOPE = USUAL - {"slope"}
KINDS: dict[str, Kind] = {
    "noise": Kind(noise, asks=NO_SLOPE, noise=True),
    "entered twice": Kind(
        entered_twice, noise, asks=NO_SLOPE | {"led by"}, noise=True, family="boosted", trials=1,
        sizes=(500, 1_000, 2_000),
    ),
    "sites, SD .5": Kind(
        lambda n, draw: sites(n, draw, spread=0.5), lambda n, draw: new_sites(n, draw, spread=0.5),
        {"cluster": "site"}, seeds=16,
    ),
    "sites, SD .9": Kind(
        lambda n, draw: sites(n, draw, spread=0.9), lambda n, draw: new_sites(n, draw, spread=0.9),
        {"cluster": "site"}, seeds=24,
    ),
    "arm only": Kind(arm_only, study={"arm": "arm"}, asks=USUAL | {"led by"}),
    "drift": Kind(drift, study={"time": "month"}, asks=USUAL | {"led by", "later"}, seeds=16),
    "rare, 5 %": Kind(rare, sizes=(1_000, 2_000, 4_000), seeds=24),
    "loss of 29 % by outcome": Kind(loss),
    "exclusive or": Kind(exclusive_or, family="boosted", trials=1, sizes=(500, 1_000, 2_000)),
    "perfect separation": Kind(separation, asks=NO_SLOPE),
    "nominal codes": Kind(
        nominal, family="boosted", trials=1, sizes=(500, 1_000, 2_000), seeds=16
    ),
}  # fmt: skip
# What the sentence has to begin with.
LEADS = {
    "entered twice": "{twice} of {n} people are alike",
    "arm only": "Within each arm",
    "drift": "The rate rose",
}


def training_set(drawn: Drawn, kind: Kind) -> TrainingSet:
    """Return those with an end score as a training set whose study says what the kind needs.

    People alike beyond chance share a fold, as `assemble` has it.
    """
    lost = drawn.extras.get("lost", pd.Series(False, index=drawn.X.index)).to_numpy(dtype=bool)
    made = _training(drawn.X[~lost], drawn.y[~lost])
    treatment = replace(made.study.treatment, arm=kind.study.get("arm"))
    names = {name: kind.study.get(name) for name in ("cluster", "time")}
    study = replace(made.study, treatment=treatment, **names)
    groups = made.groups if drawn.groups is None else pd.Series(drawn.groups, index=made.X.index)
    extras = pd.concat([made.extras, drawn.extras[~lost]], axis=1)
    alike = alike_people(made.X, ITEMS, given=TOTALS).group
    groups = sharing_a_fold(groups, alike)
    return replace(made, study=study, groups=groups, extras=extras, alike=alike)


__all__ = ["KINDS", "LEADS", "PHQ", "Drawn", "Kind", "training_set"]
