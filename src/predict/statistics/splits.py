"""Dividing people into folds: stratified by outcome, never splitting a person or a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from predict.errors import DesignError

# Random divisions of groups from which a repeat's is chosen, and how much chance there is in the
# order of dealing and in whose turn it is: by about half a size.
DEALS, JITTER = 16, 0.5


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

    Divisions of groups are drawn at random among balanced ones, and no two are the same.

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
        ``outer * repeats`` of them; fewer repeats where few groups have fewer distinct divisions.

    Raises
    ------
    DesignError
        When there are fewer groups, or fewer people of one outcome, than folds.
    """
    labels, owners = np.asarray(y), pd.factorize(np.asarray(groups), use_na_sentinel=False)[0]
    _refuse_too_few(labels, owners, outer)
    if owners.max() + 1 == len(owners):
        divisions = [_divide(labels, outer, seed + repeat) for repeat in range(repeats)]
    else:
        draw = np.random.default_rng(seed)
        divisions = _distinct(labels, _codes(groups), outer, repeats, draw)
    made = tuple(
        Fold(repeat, number, np.flatnonzero(row != number), np.flatnonzero(row == number))
        for repeat, row in enumerate(divisions)
        for number in range(outer)
    )
    refuse_shared_groups(made, owners)
    return made


def fold_table(made: Sequence[Fold], n: int) -> np.ndarray:
    """Return the number of the fold that judges each of n people, one row a repeat.

    Examples
    --------
    >>> fold_table(folds([0, 1, 0, 1], [1, 2, 3, 4], outer=2, seed=1), 4).shape
    (1, 4)
    """
    table = np.full((max(fold.repeat for fold in made) + 1, n), -1, dtype=np.int64)
    for fold in made:
        table[fold.repeat, fold.test] = fold.number
    return table


def _codes(groups: pd.Series | np.ndarray) -> np.ndarray:
    """Return a number for each group, in the order of the groups' names."""
    values = np.asarray(groups)
    return values if values.dtype.kind in "iu" else pd.factorize(values, sort=True)[0]


def _divide(y: np.ndarray, outer: int, seed: int) -> np.ndarray:
    """Return each person's fold, people being dealt one by one."""
    from sklearn.model_selection import StratifiedKFold

    numbers = np.empty(len(y), dtype=np.int64)
    divider = StratifiedKFold(outer, shuffle=True, random_state=seed)
    for number, (_, test) in enumerate(divider.split(np.zeros((len(y), 1)), y)):
        numbers[test] = number
    return numbers


def _distinct(
    y: np.ndarray, owners: np.ndarray, outer: int, repeats: int, draw: np.random.Generator
) -> list[np.ndarray]:
    """Return each person's fold for as many distinct divisions as are wanted, or there are.

    Many are dealt at random, and the better balanced half of them counts.
    """
    codes = np.unique(owners, return_inverse=True)[1]
    counts = np.column_stack([np.bincount(codes, y == value) for value in (0, 1)])
    alone = counts.sum(axis=1) == 1
    dealt = _deal(counts[~alone], outer, DEALS * (repeats + 1), draw)
    divisions: dict[bytes, np.ndarray] = {}
    for row in dealt:
        numbers = np.empty(len(counts), dtype=np.int64)
        numbers[~alone] = row
        numbers[alone] = _fill(counts, numbers, alone, outer, draw)
        people = numbers[codes]
        divisions.setdefault(pd.factorize(people)[0].tobytes(), people)
        if len(divisions) == repeats:
            break
    return list(divisions.values())


def _deal(counts: np.ndarray, outer: int, times: int, draw: np.random.Generator) -> np.ndarray:
    """Deal groups out, roughly the largest first, each to the fold that has least of its like.

    Returns
    -------
    ndarray, shape (times / 2, groups)
        The fold of each group, of the better balanced half.
    """
    if not len(counts):
        return np.empty((times // 2, 0), dtype=np.int64)
    shares = counts / np.maximum(counts.sum(axis=0), 1)
    jitter = np.exp(JITTER * draw.normal(size=(times, len(counts))))
    order, rows = np.argsort(-counts.sum(axis=1) * jitter, axis=1), np.arange(times)
    load, numbers = np.zeros((times, outer, 2)), np.empty((times, len(counts)), dtype=np.int64)
    for step in range(len(counts)):
        group = order[:, step]
        chance = np.exp(JITTER * draw.normal(size=(times, outer)))
        cost = ((load * shares[group][:, None]).sum(axis=2) + 1e-9) * chance
        # Nobody's fold stays empty: the last groups go where there is none yet.
        empty = load.sum(axis=2) == 0
        last = len(counts) - step <= empty.sum(axis=1)
        chosen = np.argmin(cost + (last[:, None] & ~empty), axis=1)
        load[rows, chosen] += shares[group]
        numbers[rows, group] = chosen
    uneven = ((load - 1 / outer) ** 2).sum(axis=(1, 2))
    better = np.sort(np.argsort(uneven, kind="stable")[: times // 2])
    return numbers[better]


def _fill(
    counts: np.ndarray,
    numbers: np.ndarray,
    alone: np.ndarray,
    outer: int,
    draw: np.random.Generator,
) -> np.ndarray:
    """Return the folds of people who are a group alone, so that each outcome is spread evenly."""
    filled = np.empty(int(alone.sum()), dtype=np.int64)
    for value in (0, 1):
        who = np.flatnonzero(counts[alone][:, value] == 1)
        held = np.bincount(numbers[~alone], counts[~alone][:, value], minlength=outer)
        filled[draw.permutation(who)] = _poured(held, len(who), draw)
    return filled


def _poured(held: np.ndarray, count: int, draw: np.random.Generator) -> np.ndarray:
    """Return the fold of each of so many more people, so that the emptiest folds get most."""
    if count == 0:
        return np.empty(0, dtype=np.int64)
    # Each fold's next places, one above another; the lowest of all are taken, ties at random.
    places = held[:, None] + np.arange(count) + 0.5 * draw.random((len(held), 1))
    return np.asarray(np.argpartition(places.ravel(), count - 1)[:count] // count)


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
    owners = pd.factorize(np.asarray(groups), use_na_sentinel=False)[0]
    for fold in made:
        learned = np.zeros(owners.max() + 1, dtype=bool)
        learned[owners[fold.train]] = True
        shared = np.unique(owners[fold.test][learned[owners[fold.test]]])
        if len(shared):
            raise DesignError(
                f"{len(shared)} people or clusters stand on both sides of a split (repeat "
                f"{fold.repeat}, fold {fold.number}). Divide by person and cluster: name the "
                "cluster in the study.",
                code="LEAK_SPLIT",
            )
