"""Three readings of the same model: completers, the lost counted as no, and the lost weighed in.

A model is judged on people whose outcome is known. Who was lost is not like them: so the headline
stands beside what it would be if every lost person had not reached the outcome, and beside a
weighting that lets completers stand in for the lost people they resemble.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.cohort import Cohort
from predict.cohort.follow_up import share_lost
from predict.definitions.wording import load_catalogue
from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.group_measures import BOUNDS
from predict.evaluation.measures import ranking_draws
from predict.features import features_as_of
from predict.features.follow_up import follow_up_as_of
from predict.features.training_set import RIVAL_BLOCKS, TrainingSet
from predict.models.response_model import FittedRecipe
from predict.statistics.intervals import Interval, Weights, sampled
from predict.statistics.metrics.agreement import from_log_odds, logistic_fit

Floats = NDArray[np.float64]

COLUMNS = ["reading", "metric", "estimate", "low", "high", "n", "events", "attrition"]
BESIDE_HEADLINE = 0.05
RESAMPLES, LEVEL = 200, 0.95
CUT = (0.01, 0.99)


def lost_people(training: TrainingSet, cohort: Cohort) -> pd.DataFrame:
    """Return the features of the lost who have answers at the as-of visit.

    Others cannot be estimated, and the completers beside them all have answers there.
    """
    ids = list(training.labels.index[follow_up_as_of(training).lost])
    if not ids:
        return training.X.iloc[:0]
    blocks = tuple(dict.fromkeys([*training.blocks, *RIVAL_BLOCKS]))
    frame = features_as_of(cohort.take(ids), training.as_of, blocks).frame
    return frame.loc[:, ~frame.columns.duplicated()].reindex(columns=list(training.X.columns))


def readings_table(
    out_of_fold: OutOfFold,
    model: str,
    training: TrainingSet,
    fitted: FittedRecipe,
    lost: pd.DataFrame,
    *,
    groups: pd.Series,
    seed: int,
) -> pd.DataFrame:
    """Return AUROC, Brier score, rate and O:E under the three readings.

    Parameters
    ----------
    fitted : FittedRecipe
        Learned from the completers: it has never seen the lost.
    lost : DataFrame
        From `lost_people`.
    groups : Series
        Clusters of the lost, or their own ids.

    Returns
    -------
    DataFrame
        reading (completers, lost_as_no, weighted), metric, estimate, low, high, n, events,
        attrition (share lost of those who started and have answers at the as-of visit).

    References
    ----------
    Seaman & White 2013, Stat Methods Med Res 22:278 (inverse-probability weighting).
    """
    share = share_lost(len(lost), len(lost) + out_of_fold.n)
    nobody, ones = lost.iloc[:0], np.ones(out_of_fold.n)
    rows = []
    for reading, beside, mass in (
        ("completers", nobody, ones),
        ("lost_as_no", lost, ones),
        ("weighted", nobody, staying_weights(training.X, lost)),
    ):
        read = _Reading(out_of_fold, model, fitted, beside, groups.reindex(beside.index), mass)
        counts = out_of_fold.n + len(beside), out_of_fold.events, share
        rows += [(reading, metric, *ends, *counts) for metric, ends in read.values(seed).items()]
    return pd.DataFrame(rows, columns=COLUMNS)


def staying_weights(stayed: pd.DataFrame, lost: pd.DataFrame) -> Floats:
    """Return weights of those who stayed: one over their chance of staying, cut at 1 and 99 %.

    The chance is a logistic regression on the number columns, missing values at the mean; the
    weights average 1. Ones where too few were lost to fit it.
    """
    if len(lost) < 20:
        return np.ones(len(stayed))
    together = pd.concat([stayed, lost]).select_dtypes("number")
    design = together.fillna(together.mean()).fillna(0.0).to_numpy(dtype=np.float64)
    spread = design.std(axis=0)
    design = (design - design.mean(axis=0))[:, spread > 0] / spread[spread > 0]
    # Few directions carry the columns' spread; they keep the fit stable.
    left, size, _ = np.linalg.svd(design, full_matrices=False)
    count = max(1, min(5, len(lost) // 10, int((size > 1e-8).sum())))
    scores = left[:, :count] * np.sqrt(len(design))
    line = np.column_stack([np.ones(len(scores)), scores])
    staying = np.r_[np.ones(len(stayed)), np.zeros(len(lost))]
    beta, _ = logistic_fit(staying, line)
    if not np.isfinite(beta).all():
        return np.ones(len(stayed))
    chance = from_log_odds(line[: len(stayed)] @ beta)
    weights = 1 / np.clip(chance, 0.05, 1.0)
    weights = np.clip(weights, *np.quantile(weights, CUT))
    return np.asarray(weights / weights.mean(), dtype=np.float64)


@dataclass(frozen=True)
class _Reading:
    """The judged people, each with a weight, and the lost beside them who count as no."""

    out_of_fold: OutOfFold
    model: str
    fitted: FittedRecipe
    lost: pd.DataFrame
    groups: pd.Series
    mass: Floats

    def values(self, seed: int) -> dict[str, Interval]:
        """Return AUROC, Brier score, rate and O:E with their intervals."""
        judged, lost = self.out_of_fold, len(self.lost)
        owners = np.concatenate([judged.groups, self.groups.to_numpy(dtype=object)])
        sampling = sampled(np.zeros(len(owners)), owners)
        mass = np.concatenate([self.mass, np.ones(lost)]).astype(np.float32)
        drawn = sampling.weights(RESAMPLES, seed=seed) * mass
        tables = self._tables(np.vstack([mass, drawn]))
        return {
            name: sampling.interval(
                float(values[0]), values[1:], level=LEVEL, bounds=BOUNDS.get(name, (0.0, 1.0))
            )
            for name, values in tables.items()
        }

    def _tables(self, whole: Weights) -> dict[str, Floats]:
        judged, there = self.out_of_fold, len(self.lost) > 0
        y = np.r_[judged.y.astype(np.float64), np.zeros(len(self.lost))]
        p = np.r_[judged.mean(self.model), self.fitted.probability(self.lost) if there else []]
        # As the headline is: the mean over repeats of squared errors, not of averaged estimates.
        error = (p - y) ** 2
        error[: judged.n] = ((judged.probability[self.model] - judged.y) ** 2).mean(axis=0)
        total = whole.sum(axis=1, dtype=np.float64)
        squared, rate, expected = (
            (whole @ values.astype(np.float32)) / total for values in (error, y, p)
        )
        tables = {"brier": squared, "rate": rate, "o_e": rate / expected}
        return {"auroc": self._area(whole), **tables}

    def _area(self, whole: Weights) -> Floats:
        """Within folds, as the headline is: of several folds each has its share of the lost."""
        judged = self.out_of_fold
        shared = whole.copy()
        shared[:, judged.n :] /= len(np.unique(judged.folds[0]))
        told = self.fitted.margin if self.model in judged.margin else self.fitted.probability
        ranks = told(self.lost) if len(self.lost) else None
        return ranking_draws(judged, self.model, shared, ranks)


def beside_headline(table: pd.DataFrame | None, later: str = "", who: str = "") -> dict[str, Any]:
    """Return what stands beside the headline: above 5 % attrition, the lost counted as no.

    `later` is the visit the model stands at, where that is after the start: the people counted
    are then those with answers there, and the sentence says so. Else they are those `who` names
    (`predict.features.follow_up.who_counts`).
    """
    if table is None or table.empty:
        return {}
    share = float(table["attrition"].iloc[0])
    if share <= BESIDE_HEADLINE:
        return {"attrition": share}
    rows = table[table["reading"] == "lost_as_no"].set_index("metric")["estimate"]
    values = {name: float(rows[name]) for name in ("auroc", "brier", "rate", "o_e")}
    say = load_catalogue()
    sentence = say(
        "verdict.lost_later" if later else "verdict.lost",
        visit=later,
        who=who or say("who.started"),
        share=f"{share:.0%}",
        rate=f"{values['rate']:.0%}",
        auroc=f"{values['auroc']:.2f}",
    )
    return {"attrition": share, "lost_as_no": {**values, "sentence": sentence}}
