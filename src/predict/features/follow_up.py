"""Who was lost of a model's own people: those who started and came as far as its visit."""

from __future__ import annotations

from predict.cohort.follow_up import FollowUp, follow_up
from predict.definitions.study import Study
from predict.features.training_set import TrainingSet


def follow_up_as_of(training: TrainingSet) -> FollowUp:
    """Return who started and who was lost of those with answers at the as-of visit."""
    elsewhere = training.left_out["id"][~training.left_out["here"].astype(bool)]
    return follow_up(training.labels).among(~training.labels.index.isin(elsewhere))


def later_visit(study: Study, as_of: str) -> str:
    """Return the visit a model stands at where that is after the start; nothing otherwise.

    Some who started may not have come so far: shares are then told of those with answers there.
    A study without rounds has one moment only.
    """
    return as_of if "one" in study.rounds and as_of != study.rounds["one"].start else ""
