"""The same ranking within groups of people, so that a group's mean cannot pass for skill.

A model that only knows the arm, or who already responded in round one, ranks people of different
groups well and people of one group not at all. Pairs are therefore counted within the group (and
within the fold), and summed: a constant has .5 exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.evaluation.cross_validation import OutOfFold, round_one_state
from predict.evaluation.group_measures import (
    BOUNDS,
    RESAMPLES,
    Draws,
    People,
    pairs_within,
    ranked,
)
from predict.evaluation.plan import Plan
from predict.features.training_set import TrainingSet
from predict.statistics.disclosure import SMALLEST_CELL
from predict.statistics.intervals import Sampling

Floats = NDArray[np.float64]

COLUMNS = [
    "stratum", "value", "model", "metric", "estimate", "low", "high", "n", "events", "resamples",
    "note",
]  # fmt: skip
TOO_FEW = 100
# A group is named only above these; smaller ones still count in the summary over groups.
NAMED = 50
WITHIN = "(within)"


def strata_of(training: TrainingSet) -> dict[str, pd.Series]:
    """Return the groupings a study has: its arm, its site or cluster, the state after round one.

    Each is a text series on the people's index; who has no value is left out of it.
    """
    study, extras, strata = training.study, training.extras, {}
    named = {"arm": study.treatment.arm, "site": study.site or study.cluster}
    for stratum, column in named.items():
        if column and column in extras and len(extras[column].dropna().unique()) > 1:
            strata[stratum] = extras[column].map(_word, na_action="ignore")
    if training.round != "one":
        state = round_one_state(training)
        if state is not None:
            strata["round_one_state"] = state
    return strata


def _word(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def strata_table(
    estimates: OutOfFold, strata: Mapping[str, pd.Series], plan: Plan, *, seed: int
) -> pd.DataFrame:
    """Return the AUROC of every rival within every group, and over all groups of a stratum.

    Groups of fewer than 50 people, or of fewer than 11 with or without the outcome, are not named;
    below 100 of either the note says that they are too few to judge.
    """
    drawn = Draws(estimates, min(plan.resamples, RESAMPLES), seed)
    rows = [
        (stratum, value, model, *_row(estimates, who, pairs, sampling, plan))
        for stratum, labels in strata.items()
        for model in estimates.models
        for value, who, pairs, sampling in _of_groups(drawn, model, _groups(estimates, labels))
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _of_groups(
    drawn: Draws, model: str, groups: Mapping[str, People]
) -> Iterator[tuple[str, People, Floats, Sampling]]:
    """Each group that may be named, then all of them: people, pairs and how they were sampled."""
    estimates, sampling = drawn.estimates, drawn.estimates.sampling
    whole = {value: _pairs(drawn, model, who, sampling) for value, who in groups.items()}
    for value, who in groups.items():
        if _may_be_named(estimates, who):
            within = sampling.within(who)
            same = within.kind == sampling.kind
            yield value, who, whole[value] if same else _pairs(drawn, model, who, within), within
    everybody = np.concatenate([*groups.values(), np.array([], dtype=np.int64)])
    yield WITHIN, everybody, np.sum(list(whole.values()), axis=0), sampling


def _pairs(drawn: Draws, model: str, who: People, sampling: Sampling) -> Floats:
    """Return pairs of one group, drawn as asked."""
    return pairs_within(drawn.estimates, model, who, drawn.of(sampling))


def _groups(estimates: OutOfFold, labels: pd.Series) -> dict[str, People]:
    values = labels.reindex(estimates.ids).to_numpy(dtype=object)
    names = sorted({value for value in values if isinstance(value, str)})
    return {name: np.flatnonzero(values == name) for name in names}


def _may_be_named(estimates: OutOfFold, who: People) -> bool:
    events = int(estimates.y[who].sum())
    return len(who) >= NAMED and min(events, len(who) - events) >= SMALLEST_CELL


def _row(
    estimates: OutOfFold, who: People, pairs: Floats, sampling: Sampling, plan: Plan
) -> tuple[object, ...]:
    events = int(estimates.y[who].sum())
    estimate, draws = ranked(pairs)
    ends = sampling.interval(estimate, draws, level=plan.level, bounds=BOUNDS["auroc"])
    note = "" if min(events, len(who) - events) >= TOO_FEW else "too few to judge"
    return ("auroc", *ends, len(who), events, sampling.resampled(draws), note)
