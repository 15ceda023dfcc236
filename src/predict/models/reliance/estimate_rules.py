"""Rules that look at the estimate itself, or at how far a person is from those learned from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.models.interval import circumstances
from predict.models.reliance.estimates import FEWEST, STEP
from predict.models.reliance.finding import Finding, Reason
from predict.models.reliance.profile import RelianceProfile
from predict.statistics.intervals import normal_quantile

Floats = NDArray[np.float64]
EstimateRule = Callable[[RelianceProfile, pd.DataFrame, Floats], Iterable[Finding]]


def unlike_training(
    profile: RelianceProfile, X: pd.DataFrame, estimate: Floats
) -> Iterator[Finding]:
    """Note the farthest 5 in 100 of the training people, in other words the farthest 1 in 200."""
    learned = profile.estimates
    if learned is None or any(name not in X for name in learned.marks):
        return
    _, distance = circumstances(X, learned.marks)
    rather, _, unlike = learned.distances
    # A distance may tie with the largest of training: only what lies beyond is unlike it.
    yield Finding("note", Reason("unlike_training"), distance > unlike)
    yield Finding(
        "note", Reason("rather_unlike_training"), (distance > rather) & (distance <= unlike)
    )


def match_with_what_happened(
    profile: RelianceProfile, X: pd.DataFrame, estimate: Floats
) -> Iterator[Finding]:
    """Hold the estimate against the rate of training people who got about the same.

    A gap stops only when it is large and chance does not explain it.
    """
    learned, limits = profile.estimates, profile.thresholds
    if learned is None:
        return
    place = np.clip(np.round(estimate / STEP), 0, len(learned.people) - 1).astype(int)
    people = np.array(learned.people, dtype=np.float64)[place]
    rates = np.array([np.nan if r is None else r for r in learned.rates])[place]
    gap = np.abs(rates - estimate)
    error = np.sqrt(np.clip(rates * (1 - rates), 0.01, None) / np.maximum(people, 1))
    beyond = gap - normal_quantile(0.9) * error
    yield Finding(
        "stop", Reason("does_not_match"), (gap > limits.match_stop) & (beyond > limits.match_note)
    )
    # Of fewer no rate is kept, so nothing can be held against the estimate.
    unchecked = people < FEWEST
    yield Finding("note", Reason("too_few_alike"), unchecked)
    yield Finding("note", Reason("few_alike"), (people < limits.alike_note) & ~unchecked)
    yield Finding("note", Reason("matches_roughly"), gap > limits.match_note)


def subgroup_match(
    profile: RelianceProfile, X: pd.DataFrame, estimate: Floats
) -> Iterator[Finding]:
    """Note a group (age, sex, severity) whose estimates were off, or rest on few people."""
    learned, limits = profile.estimates, profile.thresholds
    for group in learned.groups if learned else ():
        off = abs(group.gap) > limits.match_note
        if group.column not in X or not (off or group.n < limits.group_note):
            continue
        values = X[group.column]
        inside = (
            values == group.level if group.level else (values >= group.low) & (values < group.high)
        )
        label = profile.labels[group.column]
        reason = (
            Reason("group_off", {"label": label})
            if off
            else Reason("group_small", {"label": label})
        )
        yield Finding("note", reason, np.asarray(inside.fillna(False), dtype=bool))


ESTIMATE_RULES: dict[str, EstimateRule] = {
    "unlike_training": unlike_training,
    "match_with_what_happened": match_with_what_happened,
    "subgroup_match": subgroup_match,
}
