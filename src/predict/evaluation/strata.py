"""The same ranking within groups of people, so that a group's mean cannot pass for skill.

A model that only knows the arm, or who already responded in round one, ranks people of different
groups well and people of one group not at all. Pairs are therefore counted within the group (and
within the fold), and summed: a constant has .5 exactly.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.plan import Plan
from predict.evaluation.round_one_state import round_one_state
from predict.features.training_set import TrainingSet
from predict.statistics.intervals import percentile_interval, person_weights
from predict.statistics.metrics.ranking import auroc, auroc_draws

Floats = NDArray[np.float64]

COLUMNS = [
    "stratum", "value", "model", "metric", "estimate", "low", "high", "n", "events", "resamples",
    "note",
]  # fmt: skip
TOO_FEW = 100
# A group is named only above these; smaller ones still count in the summary over groups.
NAMED, NAMED_EVENTS = 50, 11
WITHIN = "(within)"
# Strata do not decide anything: fewer resamples are enough for their intervals.
RESAMPLES = 200


def strata_of(training: TrainingSet) -> dict[str, pd.Series]:
    """Return the groupings a study has: its arm, its site or cluster, the state after round one.

    Each is a text series on the people's index; who has no value is left out of it.
    """
    study, extras, found = training.study, training.extras, {}
    named = {"arm": study.treatment.arm, "site": study.site or study.cluster}
    for stratum, column in named.items():
        if column and column in extras and len(extras[column].dropna().unique()) > 1:
            found[stratum] = extras[column].map(_word, na_action="ignore")
    if training.round != "one":
        state = round_one_state(training)
        if state is not None:
            found["round_one_state"] = state
    return found


def _word(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def strata_table(
    found: OutOfFold, strata: Mapping[str, pd.Series], plan: Plan, *, seed: int
) -> pd.DataFrame:
    """Return the AUROC of every rival within every group, and over all groups of a stratum.

    Groups of fewer than 50 people, or of fewer than 11 with or without the outcome, are not named;
    below 100 of either the note says that they are too few to judge.
    """
    count = min(plan.resamples, RESAMPLES)
    weights = person_weights(found.folds[0], resamples=count, seed=seed)
    rows = []
    for stratum, labels in strata.items():
        groups = _groups(found, labels)
        for model in found.models:
            pairs = {value: _pairs(found, model, who, weights) for value, who in groups.items()}
            for value, who in groups.items():
                if _may_be_named(found, who):
                    row = _row(found, who, [pairs[value]], plan)
                    rows.append((stratum, value, model, *row))
            row = _row(found, _union(groups), list(pairs.values()), plan)
            rows.append((stratum, WITHIN, model, *row))
    return pd.DataFrame(rows, columns=COLUMNS)


def _groups(found: OutOfFold, labels: pd.Series) -> dict[str, NDArray[np.int64]]:
    values = labels.reindex(found.ids).to_numpy(dtype=object)
    names = sorted({value for value in values if isinstance(value, str)})
    return {name: np.flatnonzero(values == name) for name in names}


def _may_be_named(found: OutOfFold, who: NDArray[np.int64]) -> bool:
    events = int(found.y[who].sum())
    return len(who) >= NAMED and min(events, len(who) - events) >= NAMED_EVENTS


def _union(groups: Mapping[str, NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate([*groups.values(), np.array([], dtype=np.int64)])


Pairs = tuple[float, float, Floats, Floats]


def _pairs(
    found: OutOfFold, model: str, who: NDArray[np.int64], weights: NDArray[np.float32]
) -> Pairs:
    """Return pairs ordered rightly and all pairs, of the data and of each resample."""
    won, all_pairs = 0.0, 0.0
    drawn_won, drawn_all = np.zeros(len(weights)), np.zeros(len(weights))
    inside = np.zeros(found.n, dtype=bool)
    inside[who] = True
    for repeat, cell in found.cells():
        held = cell[inside[cell]]
        y, p, w = found.y[held], found.probability[model][repeat, held], weights[:, held]
        count = float(y.sum()) * float((1 - y).sum())
        if count == 0:
            continue
        events = w[:, y == 1].sum(axis=1, dtype=float)
        drawn = events * (w.sum(axis=1, dtype=float) - events)
        won, all_pairs = won + auroc(y, p) * count, all_pairs + count
        drawn_won += np.nan_to_num(auroc_draws(y, p, w)) * drawn
        drawn_all += drawn
    return won, all_pairs, drawn_won, drawn_all


def _row(
    found: OutOfFold, who: NDArray[np.int64], pairs: list[Pairs], plan: Plan
) -> tuple[object, ...]:
    won, count, drawn_won, drawn_all = (sum(part) for part in zip(*pairs, strict=True))
    events = int(found.y[who].sum())
    estimate = float(won / count) if count else float("nan")
    with np.errstate(invalid="ignore", divide="ignore"):
        draws = np.asarray(drawn_won / drawn_all, dtype=np.float64)
    ends = percentile_interval(estimate, draws, level=plan.level)
    note = "" if min(events, len(who) - events) >= TOO_FEW else "too few to judge"
    return ("auroc", *ends, len(who), events, int(np.isfinite(draws).sum()), note)
