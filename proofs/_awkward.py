"""Cohorts that are awkward in one way each, with the truth beside them, for `awkward_truth`.

Each kind draws people to learn from and, from the same truth, people never seen: of new sites where
sites differ. To add a kind, write ``(n, draw) -> Drawn`` and give it a line in KINDS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from _truth import GAD, PHQ, _answers, _line, _shift, _training, _width
from predict.cohort import read_cohort
from predict.definitions.study import read_study
from predict.features.training_set import TrainingSet, assemble, sharing_a_fold
from predict.simulation import simulate
from predict.simulation.examples import demo
from predict.statistics.alike_people import ItemBlock, alike_people

ITEMS = [ItemBlock("phq9", tuple(PHQ)), ItemBlock("gad7", tuple(GAD))]
TOTALS = ["phq9_total_baseline", "gad7_total_baseline"]
SITES, NEW_SITES = 12, 240
ROUND_TWO = 0.406  # of the demo's people, those learned from at the start of the second round
# Asked of every kind unless it says otherwise.
USUAL = frozenset({"slope", "o_e", "verdict", "reasons"})


@dataclass(frozen=True)
class Drawn:
    """People of one kind: raw features X, outcomes y, true probabilities.

    Parameters
    ----------
    extras : DataFrame
        Columns for judging only: site, arm, time; and `lost`, who has no end score.
    planted : tuple of str
        Columns that drive the truth; every other column means nothing.
    training : TrainingSet, optional
        The people as assembled from a table, where the kind is not drawn as features.
    """

    X: pd.DataFrame
    y: np.ndarray
    truth: np.ndarray
    extras: pd.DataFrame
    planted: tuple[str, ...] = ()
    groups: np.ndarray | None = None
    training: TrainingSet | None = None


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
    whole : int
        Cohorts of each size that get intervals and drivers, for ranges and reasons.
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
    whole: int = 8


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
    people = _drawn(X, line + shifts[where], draw, site=[f"s{i:03d}" for i in where])
    return replace(people, groups=people.extras["site"].to_numpy(dtype=object))


def new_sites(n: int, draw: np.random.Generator, *, spread: float) -> Drawn:
    """People of sites that nobody learned from."""
    return sites(n, draw, spread=spread, count=NEW_SITES)


def arm_only(n: int, draw: np.random.Generator) -> Drawn:
    """A treatment that works, and nothing about the person that tells for whom."""
    X, _ = signal(n, draw)
    treated = (draw.random(n) < 0.5).astype(float)
    people = _drawn(
        X.assign(treated=treated), np.where(treated == 1, 0.85, -0.6), draw, arm=treated
    )
    return replace(people, planted=("treated",))


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
    people = _drawn(*signal(n, draw, 0.75), draw)
    lost = draw.random(n) < np.where(people.y == 1, 0.15, 0.45)
    return replace(people, extras=people.extras.assign(lost=lost))


def exclusive_or(n: int, draw: np.random.Generator) -> Drawn:
    """Two columns that tell little alone and much together: enough alone for a first split."""
    X, _ = signal(n, draw)
    a, b = (draw.random(n) < 0.65).astype(float), (draw.random(n) < 0.65).astype(float)
    people = _drawn(X.assign(first=a, second=b), np.where(a == b, 0.9, -0.9), draw)
    return replace(people, planted=("first", "second"))


def separation(n: int, draw: np.random.Generator) -> Drawn:
    """One column parts the outcomes perfectly."""
    X, _ = signal(n, draw)
    score = draw.normal(size=n).round(3)
    people = _drawn(X.assign(score=score), np.where(score > 0, 40.0, -40.0), draw)
    return replace(people, planted=("score",))


def nominal(n: int, draw: np.random.Generator) -> Drawn:
    """Numbers that are names: twelve codes whose order means nothing."""
    X, line = signal(n, draw, 0.62)
    effects = np.random.default_rng(12).normal(0, 0.7, 12)
    code = draw.integers(0, 12, n)
    people = _drawn(X.assign(code=code.astype(float)), line + effects[code], draw)
    return replace(people, planted=(*people.planted, "code"))


def plain(n: int, draw: np.random.Generator, oracle: float) -> Drawn:
    """People as they are usually drawn, whose truth has this AUROC."""
    return _drawn(*signal(n, draw, oracle), draw)


def round_two(n: int, draw: np.random.Generator) -> Drawn:
    """The simulated demo at the start of its second round: courses, steps, items of two visits."""
    seed = int(draw.integers(1, 2**31))
    people = simulate("demo", people=round(n / ROUND_TWO), seed=seed)
    with TemporaryDirectory() as folder:
        study = demo(Path(folder), people=20, seed=1).study
        cohort = read_cohort(people.table, read_study(study))
    blocks = ("items", "scales", "people", "course")
    training = assemble(
        cohort, "phq9_response", round="two", as_of="round_two_start", blocks=blocks
    )
    truth = people.truth["round_two"].reindex(training.X.index).to_numpy()
    return Drawn(training.X, training.y.to_numpy(), truth, training.extras, training=training)


@lru_cache(maxsize=1)
def new_round_two(n: int) -> Drawn:
    """People of a second round that nobody learned from, the same for every cohort."""
    return round_two(n, np.random.default_rng(20261128))


NO_SLOPE = USUAL - {"slope"}
KINDS: dict[str, Kind] = {
    "noise": Kind(noise, asks=NO_SLOPE | {"ranges"}, noise=True),
    "signal .65": Kind(
        lambda n, draw: plain(n, draw, 0.65), asks=frozenset({"ranges", "reasons"}),
        family="boosted", trials=1,
    ),
    "signal .75": Kind(
        lambda n, draw: plain(n, draw, 0.75), asks=frozenset({"ranges", "reasons"}),
        family="boosted", trials=1,
    ),
    "round two": Kind(
        round_two, lambda n, draw: new_round_two(n), asks=frozenset({"ranges"}), family="boosted",
        trials=1,
    ),
    "entered twice": Kind(
        entered_twice, noise, asks=NO_SLOPE | {"led by"}, noise=True, family="boosted", trials=1,
    ),
    "sites, SD .5": Kind(
        lambda n, draw: sites(n, draw, spread=0.5), lambda n, draw: new_sites(n, draw, spread=0.5),
        {"cluster": "site"}, USUAL | {"ranges"}, seeds=16,
    ),
    "sites, SD .9": Kind(
        lambda n, draw: sites(n, draw, spread=0.9), lambda n, draw: new_sites(n, draw, spread=0.9),
        {"cluster": "site"}, USUAL | {"ranges"}, seeds=16,
    ),
    "arm only": Kind(arm_only, study={"arm": "arm"}, asks=USUAL | {"led by"}),
    "drift": Kind(drift, study={"time": "month"}, asks=USUAL | {"led by", "later"}, seeds=16),
    "rare, 5 %": Kind(rare, sizes=(1_000, 2_000, 4_000), seeds=24),
    "loss of 29 % by outcome": Kind(loss, seeds=16),
    "exclusive or": Kind(exclusive_or, family="boosted", trials=1, seeds=48),
    "perfect separation": Kind(separation, asks=NO_SLOPE),
    "nominal codes": Kind(nominal, family="boosted", trials=1, seeds=48, whole=12),
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
    if drawn.training is not None:
        return drawn.training
    lost = drawn.extras.get("lost", pd.Series(False, index=drawn.X.index)).to_numpy(dtype=bool)
    learned = _training(drawn.X[~lost], drawn.y[~lost])
    treatment = replace(learned.study.treatment, arm=kind.study.get("arm"))
    names = {name: kind.study.get(name) for name in ("cluster", "time")}
    study = replace(learned.study, treatment=treatment, **names)
    groups = (
        learned.groups if drawn.groups is None else pd.Series(drawn.groups, index=learned.X.index)
    )
    extras = pd.concat([learned.extras, drawn.extras[~lost]], axis=1)
    copies = alike_people(learned.X, ITEMS, given=TOTALS)
    groups = sharing_a_fold(groups, copies.group)
    return replace(learned, study=study, groups=groups, extras=extras, copies=copies)


__all__ = ["KINDS", "LEADS", "PHQ", "Drawn", "Kind", "training_set"]
