"""Contributions of every feature to every row's log-odds, from tables compiled once a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from predict.models.families.attribution import kernels
from predict.models.families.attribution.bytewise import cut_into_bytes
from predict.models.families.attribution.codes import Planes, code_planes
from predict.models.families.attribution.compiled_tier import CompiledTier
from predict.models.families.attribution.games import CoverGames, MarginalGames, leaf_histograms
from predict.models.families.attribution.grouping import (
    IN_MEMORY,
    IN_REGISTERS,
    Prices,
    group_leaves,
)
from predict.models.families.attribution.layout import (
    Layout,
    fixed_point_unit,
    lay_out,
    rounded_worth,
)
from predict.models.families.attribution.numpy_tier import NumpyTier, numpy_tier
from predict.models.families.attribution.paths import (
    Leaves,
    Splits,
    distinct_splits,
    leaf_paths,
    merged,
)
from predict.models.families.attribution.reading import Floats, Ints, Nodes, read_booster
from predict.models.families.attribution.refusal import Refused

Tier = Literal["auto", "numba", "numpy"]

WORTH_COMPILING = 2e9  # look-ups that repay numba's start of a second or two
LARGEST_TABLE = 2**28  # bytes


class Contributions(NamedTuple):
    """What each feature adds to each row's log-odds.

    ``values`` is rows x features in log-odds; ``margin`` the rows' log-odds; ``start`` the model's
    starting log-odds. ``start + values.sum(axis=1)`` is ``margin``.
    """

    values: Floats
    margin: Floats
    start: float


@dataclass(frozen=True)
class Forest:
    """The trees as leaves and distinct splits, and the games played at leaves."""

    nodes: Nodes
    splits: Splits
    leaves: Leaves
    base_margin: float
    unit: float
    games: CoverGames | MarginalGames

    @property
    def start(self) -> float:
        """The starting log-odds, in the units that contributions are rounded to."""
        before = rounded_worth(self.leaves.paths.value * self.games.chance, self.unit)
        return self.base_margin + self.unit * float(before.sum())

    def lay_out(self, planes: Planes, prices: Prices, *, largest_table: int = 2**62) -> Layout:
        """Cut the trees into groups at these prices and fill their tables."""
        groups = group_leaves(self.nodes, self.splits, prices)
        parts = self.leaves, self.splits, groups, planes, self.games
        return lay_out(*parts, unit=self.unit, largest_table=largest_table)


@dataclass
class _Meter:
    """Look-ups asked of a model so far: a stream of small parts repays numba as one call does."""

    look_ups: float = 0.0


@dataclass(frozen=True)
class Tables:
    """A boosted model compiled for explaining.

    ``start`` is the model's starting log-odds: its mean over the training cover. ``memory`` holds
    the sums cut for ordinary loops. ``refused`` is empty; a :class:`Fallback` says there why no
    tables were made.
    """

    feature_names: tuple[str, ...]
    start: float
    planes: Planes
    memory: Layout
    forest: Forest
    refused: str = ""
    _meter: _Meter = field(default_factory=_Meter, repr=False, compare=False)

    def contributions(
        self,
        X: npt.NDArray[np.floating],
        *,
        threads: int = 1,
        block: int | None = None,
        tier: Tier = "auto",
    ) -> Contributions:
        """Explain rows; the answer's bytes do not depend on threads, block or tier.

        Parameters
        ----------
        X : ndarray, rows x features
            Numbers in the order of ``feature_names``, NaN where missing. Rounded to single
            precision first, as XGBoost does.
        threads : int
            Threads to use; blocks of rows are dealt out to them.
        block : int, optional
            Rows a step; without it, what suits the tier.
        tier : {"auto", "numba", "numpy"}
            ``auto`` takes numba where it is installed, and as soon as what was asked of these
            tables so far is worth its start-up.

        Returns
        -------
        Contributions
            ``values`` (rows x features), ``margin`` (rows) and ``start``, all in log-odds.

        References
        ----------
        Lundberg et al. 2020, Nature Machine Intelligence 2:56 (path-dependent Tree SHAP).
        """
        X = _as_matrix(X, len(self.feature_names))
        values = np.empty((len(X), len(self.feature_names)))
        totals = np.empty(len(X))
        chosen = self._tier(len(X), tier)
        step = block or min(chosen.rows, max(kernels.TILE, -(-len(X) // threads)))

        def work(begin: int) -> None:
            rows = slice(begin, begin + step)
            chosen.add_up(X[rows], values[rows], totals[rows])

        _spread(work, range(0, len(X), step), threads)
        return Contributions(values, self.start + totals, self.start)

    def _tier(self, rows: int, tier: Tier) -> CompiledTier | NumpyTier:
        if tier == "numpy":
            return self._numpy_tier
        self._meter.look_ups += rows * self.memory.lookups
        worth = self._meter.look_ups > WORTH_COMPILING
        if tier == "numba" or worth or kernels.loaded():
            return self._compiled_tier or self._numpy_tier
        return self._numpy_tier

    @cached_property
    def _numpy_tier(self) -> NumpyTier:
        return numpy_tier(self.memory, self.forest.splits)

    @cached_property
    def _compiled_tier(self) -> CompiledTier | None:
        """Compiled loops with tables cut for them, made when first asked for."""
        ready = kernels.compiled()
        if ready is None:
            return None
        if not ready.entries:
            return CompiledTier(ready, self.planes, self.memory, None)
        layout = self.forest.lay_out(self.planes, IN_REGISTERS[ready.entries])
        cut = cut_into_bytes(layout, self.planes.n_features, smallest=ready.entries)
        return CompiledTier(ready, self.planes, layout, cut)

    def histograms(self, X: npt.NDArray[np.floating]) -> Ints:
        """Count people by the pattern of each leaf's conditions that they meet, leaf after leaf.

        Parameters
        ----------
        X : ndarray, people x features
            Numbers in the order of ``feature_names``, NaN where missing.

        Returns
        -------
        ndarray
            2**k counts for each leaf that depends on k features; bit j of a pattern is the leaf's
            feature j. Each leaf's counts add up to all people.
        """
        single = _as_matrix(X, len(self.feature_names))
        return leaf_histograms(self.memory, self.forest.leaves, self._numpy_tier, single)

    def marginal(self, count: Ints, people: int) -> Tables:
        """Return tables of interventional Shapley values against a background.

        Parameters
        ----------
        count : ndarray
            The background by patterns, as :meth:`histograms` counts it.
        people : int
            All people of the background.
        """
        games = MarginalGames(self.forest.leaves, count, people)
        forest = replace(self.forest, games=games)
        memory = forest.lay_out(self.planes, IN_MEMORY)
        return Tables(self.feature_names, forest.start, self.planes, memory, forest)

    def expect(self, rows: int) -> None:
        """Say how many rows will come in all, so that kernels start with the first, or never."""
        self._meter.look_ups += rows * self.memory.lookups

    def margin(
        self, X: npt.NDArray[np.floating], *, threads: int = 1, tier: Tier = "auto"
    ) -> Floats:
        """Return the rows' log-odds: the start plus all contributions."""
        return self.contributions(X, threads=threads, tier=tier).margin


def _as_matrix(X: npt.NDArray[np.floating], width: int) -> npt.NDArray[np.float32]:
    if X.ndim != 2 or X.shape[1] != width:
        raise ValueError(f"Expected rows x {width} features, got shape {X.shape}.")
    with np.errstate(over="ignore"):  # beyond single precision is infinite there, as in XGBoost
        return np.ascontiguousarray(X, dtype=np.float32)


def _spread(work: Callable[[int], None], begins: range, threads: int) -> None:
    if threads <= 1 or len(begins) <= 1:
        for begin in begins:
            work(begin)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, begins))


def compile_booster(
    source: bytes,
    feature_names: Sequence[str] | None = None,
    *,
    n_trees: int | None = None,
    largest_table: int = LARGEST_TABLE,
) -> Tables:
    """Compile a model saved by ``Booster.save_raw("json")``.

    Parameters
    ----------
    source : bytes
        The JSON text.
    feature_names : sequence of str, optional
        Names of the columns that will be given, in order; without them the model's own.
    n_trees : int, optional
        Use the first so many trees. Without it: up to the best iteration if early stopping stored
        one, else all of them.
    largest_table : int
        Bytes the tables may take.

    Raises
    ------
    Refused
        For what tables cannot hold, named by its ``reason``; use XGBoost's ``pred_contribs``
        then, as :func:`compile_or_fall_back` does.
    """
    booster = read_booster(source, feature_names, n_trees=n_trees)
    splits = distinct_splits(booster.nodes)
    leaves = merged(leaf_paths(booster.nodes, splits), splits)
    planes = code_planes(splits, len(booster.feature_names))
    unit, games = fixed_point_unit(booster.nodes, leaves), CoverGames(leaves)
    forest = Forest(booster.nodes, splits, leaves, booster.base_margin, unit, games)
    memory = forest.lay_out(planes, IN_MEMORY, largest_table=largest_table)
    return Tables(booster.feature_names, forest.start, planes, memory, forest)


@dataclass(frozen=True)
class Fallback:
    """XGBoost's own contributions under the same name, for a booster that was refused.

    ``pred_contribs`` takes rows x features and returns rows x (features + 1), the start last.
    """

    pred_contribs: Callable[[npt.NDArray[np.float32]], npt.NDArray[np.floating]]
    refused: str

    def contributions(
        self,
        X: npt.NDArray[np.floating],
        *,
        threads: int = 1,
        block: int | None = None,
        tier: Tier = "auto",
    ) -> Contributions:
        """Explain rows as :meth:`Tables.contributions` does; threads and tier are XGBoost's."""
        single = _as_matrix(X, X.shape[1])
        columns = np.asarray(self.pred_contribs(single), dtype=np.float64)
        start = float(columns[0, -1]) if len(columns) else float("nan")
        return Contributions(columns[:, :-1].copy(), columns.sum(axis=1), start)

    def margin(
        self, X: npt.NDArray[np.floating], *, threads: int = 1, tier: Tier = "auto"
    ) -> Floats:
        """Return the rows' log-odds: the start plus all contributions."""
        return self.contributions(X).margin


def compile_or_fall_back(
    source: bytes,
    pred_contribs: Callable[[npt.NDArray[np.float32]], npt.NDArray[np.floating]],
    feature_names: Sequence[str] | None = None,
    *,
    n_trees: int | None = None,
) -> Tables | Fallback:
    """Compile a model, or wrap XGBoost's own contributions where the compiler refuses."""
    try:
        return compile_booster(source, feature_names, n_trees=n_trees)
    except Refused as refusal:
        return Fallback(pred_contribs, refusal.reason)
