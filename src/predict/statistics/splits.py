"""Dividing people into folds: stratified by outcome, never splitting a person or a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from predict.errors import DesignError


@dataclass(frozen=True)
class Fold:
    """Who teaches and who is judged, as positions in the training set.

    Parameters
    ----------
    repeat, number : int
        Which repeat and which fold of it, from 0.
    train, test : ndarray of int
        Positions; together everybody, and nobody's group is in both.
    """

    repeat: int
    number: int
    train: np.ndarray
    test: np.ndarray


def folds(
    y: pd.Series | np.ndarray,
    groups: pd.Series | np.ndarray,
    *,
    outer: int,
    repeats: int = 1,
    seed: int,
) -> tuple[Fold, ...]:
    """Return repeated stratified folds that keep every group whole.

    Parameters
    ----------
    y : array of 0 and 1, shape (n,)
        Outcome; each fold gets about the same share of 1.
    groups : array, shape (n,)
        Cluster, or the person's own id.
    outer : int
        Folds a repeat.
    repeats : int
        How often everybody is divided anew.
    seed : int
        The same seed gives the same folds.

    Returns
    -------
    tuple of Fold
        ``outer * repeats`` of them.

    Raises
    ------
    DesignError
        When there are fewer groups, or fewer people of one outcome, than folds.
    """
    labels, owners = np.asarray(y), _codes(groups)
    _refuse_too_few(labels, owners, outer)
    made = tuple(
        Fold(repeat, number, train, test)
        for repeat in range(repeats)
        for number, (train, test) in enumerate(_divide(labels, owners, outer, seed + repeat))
    )
    refuse_shared_groups(made, owners)
    return made


def _codes(groups: pd.Series | np.ndarray) -> np.ndarray:
    """Return a number for each group, in the order of the groups' names."""
    values = np.asarray(groups)
    return values if values.dtype.kind in "iu" else pd.factorize(values, sort=True)[0]


def _divide(
    y: np.ndarray, groups: np.ndarray, outer: int, seed: int
) -> Iterable[tuple[np.ndarray, np.ndarray]]:
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    blank = np.zeros((len(y), 1))
    if len(np.unique(groups)) == len(groups):
        yield from StratifiedKFold(outer, shuffle=True, random_state=seed).split(blank, y)
    else:
        divider = StratifiedGroupKFold(outer, shuffle=True, random_state=seed)
        yield from divider.split(blank, y, groups)


def _refuse_too_few(y: np.ndarray, groups: np.ndarray, outer: int) -> None:
    scarce = min(int((y == 1).sum()), int((y == 0).sum()))
    if scarce < outer or len(np.unique(groups)) < outer:
        raise DesignError(
            f"{outer} folds need at least {outer} people of each outcome and {outer} groups; there "
            f"are {scarce} of the rarer outcome and {len(np.unique(groups))} groups. "
            "Use fewer folds, or more people.",
            code="TOO_FEW_FOR_FOLDS",
        )


def refuse_shared_groups(made: Sequence[Fold], groups: pd.Series | np.ndarray) -> None:
    """Stop when a person or cluster stands on both sides of a split.

    Raises
    ------
    DesignError
        With code ``LEAK_SPLIT``: divide by person (or cluster) instead of by row.
    """
    owners = _codes(groups)
    for fold in made:
        shared = np.intersect1d(owners[fold.train], owners[fold.test])
        if len(shared):
            raise DesignError(
                f"{len(shared)} people or clusters stand on both sides of a split (repeat "
                f"{fold.repeat}, fold {fold.number}). Divide by person and cluster: name the "
                "cluster in the study.",
                code="LEAK_SPLIT",
            )
