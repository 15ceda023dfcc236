"""Does the model put people with the event above people without it?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from predict.statistics.intervals import TOGETHER, midranks

Floats = NDArray[np.float64]
CHANCE_ERRORS = 4.0


def auroc(y: ArrayLike, p: ArrayLike) -> float:
    """Return the chance that a person with the event got the higher estimate (0-1, high is good).

    Ties count one half; NaN when only one class is present.

    References
    ----------
    Hanley & McNeil 1982, Radiology 143:29.

    Examples
    --------
    >>> auroc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    event = np.asarray(y).astype(bool)
    n_event, n_other = int(event.sum()), int((~event).sum())
    if n_event == 0 or n_other == 0:
        return float("nan")
    ranks = midranks(p)[event].sum()
    return float((ranks - n_event * (n_event + 1) / 2) / (n_event * n_other))


def beyond_chance(y: ArrayLike, p: ArrayLike, at_least: float) -> bool:
    """Return whether a column tells the outcome, in either direction, and not by chance.

    A guard that looks at every column of a small table would else object to some of them for
    nothing: an AUROC of .85 among ten and ten people comes once in 120 columns. Chance is kept to
    once in 16,000 (four standard errors of the AUROC without any link).

    Parameters
    ----------
    at_least : float
        AUROC, or one minus it, that is suspicious however many people there are.

    References
    ----------
    Mann & Whitney 1947, Ann Math Stat 18:50: the variance is (n_event + n_other + 1) / (12 n_event
    n_other).

    Examples
    --------
    >>> beyond_chance([0] * 10 + [1] * 10, range(20), 0.85)
    False
    >>> beyond_chance([0] * 30 + [1] * 30, range(60), 0.85)
    True
    """
    event = np.asarray(y).astype(bool)
    n_event, n_other = int(event.sum()), int((~event).sum())
    if n_event == 0 or n_other == 0:
        return False
    area = auroc(event, p)
    error = np.sqrt((n_event + n_other + 1) / (12 * n_event * n_other))
    return bool(max(area, 1 - area) >= max(at_least, 0.5 + CHANCE_ERRORS * error))


def auroc_draws(
    y: ArrayLike,
    p: ArrayLike,
    weights: NDArray[np.float32],
    who: NDArray[np.int64] | None = None,
) -> Floats:
    """Return the AUROC of every bootstrap resample at once.

    Parameters
    ----------
    weights : array (resamples, n)
        How often each person occurs in each resample.
    who : array (len(y),), optional
        Which of the weights' columns are these people's; all in order where it is not given.

    Returns
    -------
    array (resamples,)
        NaN where a resample holds one class only.
    """
    won, pairs = pair_draws(y, p, weights, who)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(won / pairs, dtype=np.float64)


def pair_draws(
    y: ArrayLike,
    p: ArrayLike,
    weights: NDArray[np.float32],
    who: NDArray[np.int64] | None = None,
) -> tuple[Floats, Floats]:
    """Return of every bootstrap resample the pairs that are ordered rightly, and all pairs.

    A pair is somebody with the outcome and somebody without; a tie counts half.

    Parameters
    ----------
    y, p, weights, who
        As `auroc_draws` takes them.
    """
    event = np.asarray(y).astype(bool)
    score = np.asarray(p, dtype=np.float64)
    columns = np.arange(len(score)) if who is None else who
    others = np.argsort(score[~event], kind="stable")
    levels = score[~event][others]
    ends = [np.searchsorted(levels, score[event], side=side) for side in ("left", "right")]
    parts = [
        _pairs(weights[first : first + TOGETHER].T, columns[event], columns[~event][others], ends)
        for first in range(0, len(weights), TOGETHER)
    ]
    won, pairs = np.concatenate(parts, axis=1)
    return won, pairs


def _pairs(
    weights: NDArray[np.float32],
    with_event: NDArray[np.int64],
    without: NDArray[np.int64],
    ends: Sequence[NDArray[np.int64]],
) -> Floats:
    """Return pairs won and all pairs of each column of weights.

    Parameters
    ----------
    weights : array (people, resamples)
        Resamples lie side by side, so that one person's weights are read and added together.
    with_event, without : arrays
        Rows of people with the event, and of those without it from the lowest estimate up.
    ends : two arrays (people with the event,)
        How many without it have a lower estimate, and how many no higher one: a tie is half.
    """
    # float32 counts are exact to 16.7 million; the sums of products are taken in float64.
    upto = np.zeros((len(without) + 1, weights.shape[1]), dtype=np.float32)
    np.cumsum(weights[without], axis=0, out=upto[1:])
    below = upto[ends[0]]
    below += upto[ends[1]]
    positive = weights[with_event]
    won = np.einsum("ij,ij->j", positive, below, dtype=np.float64) / 2
    return np.stack([won, positive.sum(axis=0, dtype=np.float64) * upto[-1]])


def roc(y: ArrayLike, p: ArrayLike, *, steps: int = 20) -> pd.DataFrame:
    """Return the ROC curve at even shares of people wrongly picked.

    The curve is read off between its corners and names no estimate, so that it gives away no count
    of people at one. Empty when only one class is present.

    Returns
    -------
    DataFrame
        false_positive (0 to 1, even steps), true_positive (share of people with the event picked).

    References
    ----------
    Fawcett 2006, Pattern Recognit Lett 27:861, section 5.

    Examples
    --------
    >>> roc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], steps=2)["true_positive"].tolist()
    [0.5, 1.0, 1.0]
    """
    event = np.asarray(y).astype(bool)
    if event.all() or not event.any():
        return pd.DataFrame(columns=["false_positive", "true_positive"], dtype="float64")
    score = np.asarray(p, dtype=np.float64)
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(order) - 1)
    picked = np.append(0, np.cumsum(event[order])[ends]) / event.sum()
    wrong = np.append(0, np.cumsum(~event[order])[ends]) / (~event).sum()
    shares = np.linspace(0, 1, steps + 1)
    # On a rise straight up the curve's top counts: the last corner at or before each share.
    last = np.searchsorted(wrong, shares, side="right") - 1
    following = np.minimum(last + 1, len(wrong) - 1)
    width = np.where(following > last, wrong[following] - wrong[last], 1.0)
    rise = (picked[following] - picked[last]) * (shares - wrong[last]) / width
    return pd.DataFrame({"false_positive": shares, "true_positive": picked[last] + rise})
