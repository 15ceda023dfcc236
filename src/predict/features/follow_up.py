"""Whom shares of the lost are told of: a round's people, and those at a model's visit."""

from __future__ import annotations

from predict.cohort.follow_up import FollowUp, follow_up
from predict.definitions.study import Study
from predict.definitions.wording import Catalogue
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


def of_takers(study: Study, round: str) -> bool:
    """Return whether a round counts only who took it: not scheduled, or told by a column.

    Whoever started and did not take such a round has no answer to its question, so a share of the
    lost is of those who took it. A round that everybody is due for counts all who started.
    """
    planned = study.rounds.get(round)
    if planned is not None and planned.taken:
        return True
    return round != "one" and study.treatment.round_two != "scheduled"


def who_counts(study: Study, round: str, say: Catalogue) -> str:
    """Return whom a share of the lost is told of: ``who started``, or ``who took round two``."""
    if not of_takers(study, round):
        return say("who.started")
    return say("who.took", round=say.name("rounds", round))
