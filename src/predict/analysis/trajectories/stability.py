"""Would other people of the same kind give the same classes? The whole choice is resampled.

The entropy of one fit says how well *that* fit tells its classes apart, and by chance a fit can
look sharper than the truth. So people are resampled, every number of classes is fitted anew from
its own solution, BIC chooses again, and the entropies and groupings of the refits are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.analysis.resampling import bootstrap_weights
from predict.analysis.trajectories.select import RELIABLE_ENTROPY, Selection, rand_of_table
from predict.models.growth_mixture.course_model import CourseModel, restarted
from predict.models.growth_mixture.mixture import (
    ENOUGH,
    MixtureSettings,
    State,
    climb_from,
    posteriors,
)
from predict.models.growth_mixture.rows import CourseRows, course_rows

Array = NDArray[np.float64]
RESAMPLES = 40
SAME_NUMBER = 0.85
LOWEST = 0.10
COLUMNS = ["classes", "entropy", "smallest_share", "agreement"]
_ROUNDS = 200
_BATCH = 10


@dataclass(frozen=True)
class Stability:
    """What became of a choice of classes when people were resampled.

    Parameters
    ----------
    table : DataFrame
        One row a resample: ``classes`` that BIC chose, ``entropy`` of the number first chosen
        refitted, its ``smallest_share``, and ``agreement`` (adjusted Rand with the first classes).
    same_number : float
        Share of resamples in which BIC chooses the number first chosen.
    low_entropy : float
        Entropy that nine in ten resamples reach.
    agreement : float
        Mean adjusted Rand index.
    """

    table: pd.DataFrame
    same_number: float
    low_entropy: float
    agreement: float

    @property
    def resamples(self) -> int:
        """Number of resamples."""
        return len(self.table)

    @property
    def holds(self) -> bool:
        """Whether the number and the entropy of the classes both last."""
        return self.same_number >= SAME_NUMBER and self.low_entropy >= RELIABLE_ENTROPY


def class_stability(
    scores: Array,
    selection: Selection,
    *,
    clusters: NDArray[np.int64] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 1,
) -> Stability:
    """Resample people (or whole clusters) and choose the number of classes again each time.

    Parameters
    ----------
    scores : array, people x processes x visits
    selection : Selection
        What :func:`~predict.analysis.trajectories.select.select_classes` found in the same scores.
    clusters : array of int, (people,), optional

    References
    ----------
    Hennig 2007, Computational Statistics and Data Analysis 52:258 (cluster-wise stability by
    resampling); Lubke et al. 2017, Structural Equation Modeling 24:230 (choice of the number of
    classes under resampling).

    Examples
    --------
    >>> from predict.analysis.trajectories.planted import planted_courses
    >>> from predict.analysis.trajectories.select import select_classes
    >>> scores = planted_courses(900, 1, residual=1.0).scores
    >>> chosen = select_classes(scores, MixtureSettings(starts=20), most=4)
    >>> class_stability(scores, chosen, resamples=10).holds
    True
    """
    rows = course_rows(scores)
    codes = np.arange(len(scores)) if clusters is None else clusters
    rng = np.random.default_rng(seed)
    weights = np.concatenate(list(bootstrap_weights(rng, codes, resamples)))
    counts = _row_counts(rows, weights)
    parts = [_refitted(rows, counts[:, start : start + _BATCH], selection)
             for start in range(0, resamples, _BATCH)]  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    same = float((table["classes"] == selection.classes).mean())
    low = float(np.quantile(table["entropy"], LOWEST))
    return Stability(table, same, low, float(table["agreement"].mean()))


def _row_counts(rows: CourseRows, weights: Array) -> Array:
    """People behind each distinct row in each resample, rows x resamples."""
    some = rows.where >= 0
    counts = np.zeros((len(rows.scores), len(weights)))
    np.add.at(counts, rows.where[some], weights.T[some])
    return counts


def _refitted(rows: CourseRows, counts: Array, selection: Selection) -> pd.DataFrame:
    """Refit every number of classes to a batch of resamples, all of them side by side."""
    drawn, sets = replace(rows, counts=counts), counts.shape[1]
    people = counts.sum(0)
    bic, chosen = np.empty((len(selection.models), sets)), selection.best
    for place, model in enumerate(selection.models):
        settings = replace(model.settings, tolerance=ENOUGH)
        state = climb_from(drawn, settings, restarted(rows, model, sets), _ROUNDS)
        bic[place] = -2.0 * state.loglik + model.parameters * np.log(people)
        if model is chosen:
            judged = _judged(drawn, settings, state, model)
    return judged.assign(classes=bic.argmin(0) + 1)[COLUMNS]


def _judged(
    drawn: CourseRows, settings: MixtureSettings, state: State, model: CourseModel
) -> pd.DataFrame:
    """Entropy, smallest class and agreement with the first classes in each resample."""
    k, sets = len(model.shares), drawn.counts.shape[1]
    posterior = posteriors(drawn, settings, state)
    first = posteriors(drawn, settings, restarted(drawn, model, 1))[:, 0].argmax(1)
    p = np.clip(posterior, 1e-300, 1.0)
    unsure = -((p * np.log(p)).sum(2) * drawn.counts).sum(0) / drawn.counts.sum(0)
    entropy = 1.0 - unsure / np.log(k) if k > 1 else np.ones(sets)
    modal = posterior.argmax(2)
    agreement = [_agreement(first, modal[:, s], drawn.counts[:, s], k) for s in range(sets)]
    smallest = state.shares.min(1)
    return pd.DataFrame({"entropy": entropy, "smallest_share": smallest, "agreement": agreement})


def _agreement(
    first: NDArray[np.int64], second: NDArray[np.int64], counts: Array, classes: int
) -> float:
    flat = np.bincount(first * classes + second, weights=counts, minlength=classes**2)
    return rand_of_table(np.asarray(flat, dtype=float).reshape(classes, classes))
