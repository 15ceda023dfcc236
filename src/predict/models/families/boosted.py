"""Gradient-boosted trees. The one door to XGBoost.

Missing values go their own way in each split; categories arrive as columns of 0 and 1, so no
category reaches XGBoost that training has not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from predict.errors import DesignError
from predict.features.columns import Style
from predict.models.families.attribution import (
    Background,
    Fallback,
    Tables,
    against,
    background_of,
    compile_or_fall_back,
)
from predict.models.families.base import (
    Family,
    Fitted,
    FoldData,
    Params,
    Range,
    Resample,
    Trial,
    lag,
    log_loss_of_margin,
    pooled_log_loss,
)
from predict.models.families.booster_file import check_booster
from predict.statistics.disclosure import SMALLEST_CELL

# Answers have four to seven values: small bins lose nothing and cost little.
_MAX_BIN = 64
_MOST_ROUNDS = 400
_PATIENCE = 12
_LOOK = 6
# Looks' worth of the latest gain that may still come: gains shrink from look to look.
_HOPE = 3
_SMALLEST_RATE = 1e-4


@dataclass(frozen=True)
class BoostedTrees(Fitted):
    """Fitted trees, held as XGBoost's own JSON.

    Parameters
    ----------
    raw : bytes
        The booster's JSON; every round in it counts.
    threads : int
        Threads for prediction; the numbers do not depend on it.
    """

    raw: bytes
    threads: int = 1

    @cached_property
    def booster(self) -> Any:
        """The booster, built from the bytes on first use."""
        import xgboost as xgb

        return xgb.Booster({"nthread": self.threads}, model_file=bytearray(self.raw))

    @cached_property
    def tables(self) -> Tables | Fallback:
        """The trees compiled for explaining; XGBoost's own contributions where that is refused."""
        return compile_or_fall_back(self.raw, self._pred_contribs)

    def expect(self, rows: int) -> None:
        """Say how many rows will come in all: many are worth compiled kernels from the first on."""
        if isinstance(self.tables, Tables):
            self.tables.expect(rows)

    def margin(self, Z: pd.DataFrame) -> np.ndarray:
        """Return log-odds, shape (people,)."""
        return self.tables.margin(Z.to_numpy("float32"), threads=self.threads)

    def contributions(self, Z: pd.DataFrame) -> tuple[np.ndarray, float]:
        """Return exact path-dependent contributions to the margin, and the start.

        References
        ----------
        Lundberg and others 2020, "From local explanations to global understanding with explainable
        AI for trees", algorithm 2.
        """
        _, values, start = self.explained(Z)
        return values, start

    def explained(self, Z: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, float]:
        """Return margin, contributions and start from one look at the rows."""
        parts = self.tables.contributions(Z.to_numpy("float32"), threads=self.threads)
        return parts.margin, parts.values, parts.start

    def _pred_contribs(self, X: np.ndarray) -> np.ndarray:
        import xgboost as xgb

        data = xgb.DMatrix(X, nthread=self.threads)
        return np.asarray(self.booster.predict(data, pred_contribs=True))

    def interactions(self, Z: pd.DataFrame) -> np.ndarray:
        """Return interaction values of the margin, shape (people, columns, columns)."""
        import xgboost as xgb

        data = xgb.DMatrix(Z.to_numpy("float32"), nthread=self.threads)
        values = np.asarray(self.booster.predict(data, pred_interactions=True), dtype="float64")
        return values[:, :-1, :-1]

    @property
    def tells_marginal(self) -> bool:
        """Whether the trees were compiled, which deep ones are not."""
        return isinstance(self.tables, Tables)

    def background(self, Z: pd.DataFrame, *, smallest: int = SMALLEST_CELL) -> Background:
        """Return what marginal reasons need of the people learned from: counts, protected."""
        if isinstance(self.tables, Fallback) or len(Z) < smallest:
            raise DesignError(
                "Marginal reasons need trees of at most eight distinct splits on a way, and at "
                f"least {smallest} people. Lower max_depth, or leave `reasons` out.",
                code="MARGINAL_IMPOSSIBLE",
            )
        return background_of(self.tables, Z.to_numpy("float32"), smallest=smallest)

    def marginal(self, background: Background) -> MarginalTrees:
        """Return the same estimates with interventional reasons against those people."""
        if isinstance(self.tables, Fallback):
            raise ValueError("These trees have no tables.")
        return MarginalTrees(against(self.tables, background), self.raw, self.threads)

    def to_bytes(self) -> bytes:
        """Return XGBoost's own JSON."""
        return self.raw


@dataclass(frozen=True)
class MarginalTrees(Fitted):
    """Fitted trees whose reasons are interventional Shapley values against a background.

    References
    ----------
    Lundberg and others 2020, "From local explanations to global understanding with explainable AI
    for trees" (interventional Tree SHAP); Janzing, Minorics and Bloebaum 2020, "Feature relevance
    quantification in explainable AI".
    """

    tables: Tables
    raw: bytes
    threads: int

    def margin(self, Z: pd.DataFrame) -> np.ndarray:
        """Return log-odds, shape (people,)."""
        return self.explained(Z)[0]

    def contributions(self, Z: pd.DataFrame) -> tuple[np.ndarray, float]:
        """Return contributions to the margin, and the mean margin of the background."""
        return self.explained(Z)[1:]

    def explained(self, Z: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, float]:
        """Return margin, contributions and start from one look at the rows."""
        parts = self.tables.contributions(Z.to_numpy("float32"), threads=self.threads)
        return parts.margin, parts.values, parts.start

    def to_bytes(self) -> bytes:
        """Return XGBoost's own JSON; the background has a file of its own."""
        return self.raw


class Boosted(Family):
    """Boosted trees: depth, step and shrinkage searched, rounds learned by stopping early."""

    name = "boosted"
    label = "the boosted model"
    rank = 40
    flexible = True
    interventional = True
    file = "booster.json"
    objective = "binary:logistic"
    style: ClassVar[Style] = "raw"
    learned = frozenset({"rounds"})
    space: ClassVar[Mapping[str, Range]] = {
        "max_depth": Range(1, 4, whole=True),
        "eta": Range(0.05, 0.3, log=True),
        "subsample": Range(0.5, 1.0),
        "colsample_bytree": Range(0.3, 1.0),
        "min_child_weight": Range(1.0, 40.0, log=True),
        "reg_lambda": Range(0.5, 30.0, log=True),
    }
    defaults: ClassVar[Params] = {
        "max_depth": 2,
        "eta": 0.08,
        "subsample": 0.8,
        "colsample_bytree": 0.7,
        "min_child_weight": 10.0,
        "reg_lambda": 5.0,
    }
    settings: ClassVar[Mapping[str, Range]] = {
        "max_depth": Range(1, 12, whole=True),
        "rounds": Range(1, 10_000, whole=True),
        "eta": Range(1e-4, 1.0),
        "subsample": Range(0.01, 1.0),
        "colsample_bytree": Range(0.01, 1.0),
        "colsample_bylevel": Range(0.01, 1.0),
        "colsample_bynode": Range(0.01, 1.0),
        "min_child_weight": Range(0.0, 1e6),
        "reg_lambda": Range(0.0, 1e6),
        "reg_alpha": Range(0.0, 1e6),
        "gamma": Range(0.0, 1e6),
        "max_delta_step": Range(0.0, 1e3),
        "scale_pos_weight": Range(1e-3, 1e3),
    }

    def bench(self, folds: Sequence[FoldData], *, seed: int, threads: int) -> BoostedBench:
        """Return the folds binned once for all trials."""
        return BoostedBench(tuple(_binned(fold, threads) for fold in folds), folds, seed, threads)

    def fit(
        self, Z: pd.DataFrame, y: np.ndarray, params: Params, *, seed: int, threads: int
    ) -> BoostedTrees:
        """Return trees fitted to prepared numbers; ``params['rounds']`` says how many."""
        return _grown(Z, y, None, _settings(params, float(np.mean(y)), seed, threads), params)

    def refit(
        self, sample: Resample, params: Params, *, shipped: Fitted, seed: int
    ) -> BoostedTrees:
        """Return trees in which a person counts as often as drawn.

        A resample holds two people in three: rows with weights cost two thirds of rows repeated.
        """
        rate = float(np.average(sample.y, weights=sample.drawn))
        settings = _settings(params, rate, seed, threads=1)
        return _grown(sample.Z, sample.y, sample.drawn, settings, params)

    def from_bytes(self, data: bytes) -> BoostedTrees:
        """Return the trees that `BoostedTrees.to_bytes` wrote."""
        return BoostedTrees(data)

    def check(self, document: Any, *, names: Sequence[str], objective: str) -> None:
        """Prove that the trees can be walked safely: XGBoost trusts the indices in its own file."""
        check_booster(document, features=names, objective=objective)


def _grown(
    Z: pd.DataFrame,
    y: np.ndarray,
    weight: np.ndarray | None,
    settings: Mapping[str, Any],
    params: Params,
) -> BoostedTrees:
    import xgboost as xgb

    threads = settings["nthread"]
    data = xgb.QuantileDMatrix(
        Z.to_numpy("float32"), label=y, weight=weight, max_bin=_MAX_BIN, nthread=threads
    )
    booster = _quick_booster()(dict(settings), [data])
    _add_rounds(booster, data, 0, int(params.get("rounds", 60)))
    return BoostedTrees(bytes(booster.save_raw("json")), threads)


def _settings(params: Params, rate: float, seed: int, threads: int) -> dict[str, Any]:
    rate = float(np.clip(rate, _SMALLEST_RATE, 1 - _SMALLEST_RATE))
    chosen = {key: value for key, value in params.items() if key != "rounds"}
    return {
        **chosen,
        "max_depth": int(params.get("max_depth", 2)),
        "objective": "binary:logistic",
        "eval_metric": "logloss",
        "tree_method": "hist",
        "max_bin": _MAX_BIN,
        "base_score": rate,
        "seed": seed,
        "nthread": threads,
        "verbosity": 0,
    }


@dataclass(frozen=True)
class _Binned:
    """One inner fold: training people in bins, held-out people as they are."""

    train: Any
    test: Any
    y_train: np.ndarray
    y_test: np.ndarray


def _binned(fold: FoldData, threads: int) -> _Binned:
    import xgboost as xgb

    train = xgb.QuantileDMatrix(
        fold.train.to_numpy("float32"), label=fold.y_train, max_bin=_MAX_BIN, nthread=threads
    )
    test = xgb.DMatrix(fold.test.to_numpy("float32"), nthread=threads)
    return _Binned(train, test, fold.y_train, fold.y_test)


@dataclass(frozen=True)
class _Grown:
    """Trees of one fold, and after how many rounds the held-out people were told best."""

    booster: Any
    rounds: int

    def margin(self, test: Any, rounds: int) -> np.ndarray:
        """Return held-out log-odds after so many rounds, or all there are."""
        last = min(rounds, self.booster.num_boosted_rounds())
        return _margin(self.booster, test, 0, last)


def _margin(booster: Any, rows: Any, start: int, end: int) -> np.ndarray:
    margin = booster.predict(
        rows, output_margin=True, iteration_range=(start, end), validate_features=False
    )
    return np.asarray(margin, dtype="float64")


@dataclass(frozen=True)
class BoostedBench:
    """Folds in bins. A trial stops early in each fold; its rounds are the folds' mean."""

    binned: tuple[_Binned, ...]
    folds: Sequence[FoldData]
    seed: int
    threads: int

    def attempt(self, params: Params, against: Trial | None = None) -> Trial:
        """Return what one setting reaches out of fold, with the number of rounds it wants."""
        grown: list[_Grown] = []
        sofar = np.zeros(sum(len(fold.positions) for fold in self.folds))
        for binned, fold in zip(self.binned, self.folds, strict=True):
            done = self.folds[: len(grown) + 1]
            grown.append(self._grow(binned, params, partial(_missing, sofar, done, against)))
            if against is None or len(grown) == len(self.folds):
                continue
            sofar[fold.positions] = grown[-1].margin(binned.test, grown[-1].rounds)
            behind = lag(sofar, done, against)
            if behind > 0:
                return Trial(params, against.loss + behind, sofar)
        rounds = max(1, round(float(np.mean([g.rounds for g in grown]))))
        margins = np.zeros(sum(len(fold.positions) for fold in self.folds))
        for one, binned, fold in zip(grown, self.binned, self.folds, strict=True):
            margins[fold.positions] = one.margin(binned.test, rounds)
        loss = pooled_log_loss(margins, self.folds)
        return Trial({**params, "rounds": rounds}, loss, margins)

    def _grow(
        self, fold: _Binned, params: Params, missing: Callable[[np.ndarray], float]
    ) -> _Grown:
        """Boost for the rounds that are given, else until held-out people gain no more.

        Sooner still where what is `missing` to stay in the race is out of reach.
        """

        settings = _settings(params, float(np.mean(fold.y_train)), self.seed, self.threads)
        booster = _quick_booster()(settings, [fold.train])
        if "rounds" in params:
            rounds = int(params["rounds"])
            _add_rounds(booster, fold.train, 0, rounds)
            return _Grown(booster, rounds)
        return _Grown(booster, _until_no_better(booster, fold, settings["base_score"], missing))


def _missing(
    sofar: np.ndarray, done: Sequence[FoldData], against: Trial | None, margin: np.ndarray
) -> float:
    """Return how much lower the mean loss of the last fold has to get for the setting to go on."""
    sofar[done[-1].positions] = margin
    return lag(sofar, done, against) * sum(map(_size, done)) / _size(done[-1])


def _size(fold: FoldData) -> int:
    return len(fold.y_test)


@cache
def _quick_booster() -> type[Any]:
    """Return XGBoost's class, which would else compare the columns' names once a round.

    The names of one matrix do not change; where the hook is called otherwise, nothing is lost but
    the tenth of the time that it saves.
    """
    import xgboost as xgb

    class Quick(xgb.Booster):
        def _assign_dmatrix_features(self, data: Any) -> None: ...

    return Quick


def _add_rounds(booster: Any, binned: Any, start: int, end: int) -> None:
    for number in range(start, end):
        booster.update(binned, number)


def _until_no_better(
    booster: Any, fold: _Binned, rate: float, missing: Callable[[np.ndarray], float]
) -> int:
    """Add rounds until the held-out loss has not fallen for a while; return the best number.

    The loss is looked at every few rounds: XGBoost's own look at every round costs over half of
    what growing the round's tree does.
    """
    base = float(np.log(rate / (1 - rate)))
    margin = np.full(len(fold.y_test), base)
    best, best_rounds, before = np.inf, 0, np.inf
    for end in range(_LOOK, _MOST_ROUNDS + 1, _LOOK):
        _add_rounds(booster, fold.train, end - _LOOK, end)
        margin += _margin(booster, fold.test, end - _LOOK, end) - base
        loss = float(log_loss_of_margin(margin, fold.y_test).mean())
        if loss < best:
            best, best_rounds = loss, end
        hopeless = missing(margin) > _HOPE * max(before - loss, 0.0)
        if end - best_rounds >= _PATIENCE or hopeless:
            break
        before = loss
    return best_rounds
