"""How many of a model's study were lost, from the numbers it was stored with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from predict.cohort.follow_up import LOST, share_lost
from predict.features.follow_up import later_visit

if TYPE_CHECKING:
    from predict.models.response_model import ResponseModel


@dataclass(frozen=True)
class Lost:
    """The lost of everybody who started, and of those with answers at the as-of visit.

    The second are the model's own people: only they stand beside its rate. None where a model was
    stored without them.
    """

    lost: int
    started: int
    lost_here: int | None
    started_here: int

    @property
    def share(self) -> float:
        """The share lost of everybody who started."""
        return share_lost(self.lost, self.started)

    @property
    def share_here(self) -> float | None:
        """The share lost of those with answers at the as-of visit."""
        return None if self.lost_here is None else share_lost(self.lost_here, self.started_here)


def lost_of(model: ResponseModel) -> Lost | None:
    """Return who was lost of a model's study; None where it does not tell who was left out."""
    facts = model.facts
    left, told, n = facts.get("left_out"), facts.get("follow_up"), int(facts.get("n", 0))
    if left is None:
        return None
    if told:
        here = int(told["lost_as_of"])
        return Lost(int(told["lost"]), int(told["started"]), here, n + here)
    # Older models tell reasons only: who was lost before a later visit is not known of them.
    lost = sum(int(left.get(why, 0)) for why in LOST)
    started = n + int(left.get("no_answers_as_of", 0)) + lost
    old = None if later_visit(model.study, model.as_of) else lost
    return Lost(lost, started, old, n + (old or 0))
