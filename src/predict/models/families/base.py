"""What every model family offers: its columns, settings to search, a fit, the fitted half."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from predict.features.columns import Style
from predict.features.training_set import TrainingSet

Params = Mapping[str, float]

# A loss too small to matter.
_NEVER_MIND = 1e-6


@dataclass(frozen=True)
class Range:
    """One setting of a search: its bounds, whether it is whole, whether it is read in logs."""

    low: float
    high: float
    whole: bool = False
    log: bool = False


@dataclass(frozen=True)
class FoldData:
    """Prepared numbers of one inner fold; what prepared them learned from `train` only."""

    train: pd.DataFrame
    y_train: np.ndarray
    test: pd.DataFrame
    y_test: np.ndarray
    positions: np.ndarray


@dataclass(frozen=True)
class Trial:
    """One setting tried on all inner folds.

    Parameters
    ----------
    params : mapping
        The setting, completed by what the folds taught (rounds of boosting).
    loss : float
        Mean log loss out of fold; lower is better.
    margins : ndarray, shape (people,)
        Out-of-fold log-odds of everybody.
    """

    params: Params
    loss: float
    margins: np.ndarray


class Fitted(Protocol):
    """The learned half of a family."""

    @property
    def family(self) -> str:
        """Name of the family."""

    def margin(self, Z: pd.DataFrame) -> np.ndarray:
        """Return log-odds, shape (people,), float64."""

    def contributions(self, Z: pd.DataFrame) -> tuple[np.ndarray, float]:
        """Return each prepared column's share of the margin, (people, columns), and the start.

        Start plus a row's contributions is that row's margin.
        """

    def explained(self, Z: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, float]:
        """Return margin, contributions and start from one look at the rows."""

    def to_bytes(self) -> bytes:
        """Return the fitted half as the bytes of its file: JSON, never pickle."""


class Bench(Protocol):
    """Inner folds made ready once, so that many settings can be tried on them."""

    def attempt(self, params: Params, against: Trial | None = None) -> Trial:
        """Return what one setting reaches out of fold; less exactly once it falls far behind."""


class Family(Protocol):
    """A kind of model."""

    @property
    def name(self) -> str:
        """Name in `FAMILIES`."""

    @property
    def file(self) -> str:
        """Name of the file that holds its fitted half."""

    @property
    def style(self) -> Style:
        """How its columns are prepared."""

    @property
    def space(self) -> Mapping[str, Range]:
        """Settings to search; empty where there is nothing to tune."""

    @property
    def defaults(self) -> Params:
        """Settings without a search, and the first ones tried by it."""

    def choose(self, training: TrainingSet) -> tuple[str, ...]:
        """Return the raw columns this family looks at."""

    def bench(self, folds: Sequence[FoldData], *, seed: int, threads: int) -> Bench:
        """Return the folds made ready for trials."""

    def fit(
        self, Z: pd.DataFrame, y: np.ndarray, params: Params, *, seed: int, threads: int
    ) -> Fitted:
        """Return the family fitted to prepared numbers."""

    def from_bytes(self, data: bytes) -> Fitted:
        """Return the fitted half that `to_bytes` wrote."""


@dataclass(frozen=True)
class PlainBench:
    """Trials by fitting the family to each fold from nothing."""

    family: Family
    folds: Sequence[FoldData]
    seed: int
    threads: int

    def attempt(self, params: Params, against: Trial | None = None) -> Trial:
        """Return what one setting reaches out of fold."""
        margins = np.zeros(sum(len(fold.positions) for fold in self.folds))
        for done, fold in enumerate(self.folds, start=1):
            fitted = self.family.fit(
                fold.train, fold.y_train, params, seed=self.seed, threads=self.threads
            )
            margins[fold.positions] = fitted.margin(fold.test)
            behind = lag(margins, self.folds[:done], against)
            if against is not None and behind > 0 and done < len(self.folds):
                return Trial(params, against.loss + behind, margins)
        return Trial(params, pooled_log_loss(margins, self.folds), margins)


def lag(margins: np.ndarray, done: Sequence[FoldData], against: Trial | None) -> float:
    """Return by how much a setting is behind the best so far on the folds done; 0 when ahead.

    Who does not lead goes no further: on simulated truth that costs nothing, and it keeps luck in
    the later folds from unseating a good setting.

    References
    ----------
    Hutter, Hoos and Leyton-Brown 2011, "Sequential model-based optimization for general algorithm
    configuration", section 2.2 (a challenger is dropped once it is worse on the same instances);
    Birattari and others 2002, "A racing algorithm for configuring metaheuristics".
    """
    if against is None:
        return 0.0
    gaps = [
        log_loss_of_margin(margins[f.positions], f.y_test)
        - log_loss_of_margin(against.margins[f.positions], f.y_test)
        for f in done
    ]
    mean = float(np.concatenate(gaps).mean())
    return mean if mean > _NEVER_MIND else 0.0


def pooled_log_loss(margins: np.ndarray, folds: Sequence[FoldData]) -> float:
    """Return the mean log loss of out-of-fold margins over all people."""
    losses = [log_loss_of_margin(margins[f.positions], f.y_test) for f in folds]
    return float(np.concatenate(losses).mean())


def log_loss_of_margin(margin: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return each person's log loss from log-odds, stable for large margins."""
    losses: np.ndarray = np.logaddexp(0.0, margin) - y * margin
    return losses
