"""What a model's outcome asks: its scale, its words, and this person's own mark."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from predict.definitions.wording import Catalogue
from predict.errors import UsageError
from predict.reports.words import scale_words, upper_first

if TYPE_CHECKING:
    from predict.definitions.instruments import Scale
    from predict.definitions.outcomes import Outcome
    from predict.models.response_model import ResponseModel

VERBS = {"response": "response", "remission": "remission"}
IMPROVES = ("points", "minimal_difference", "reliable_improvement", "clinically_significant")
WORSENS = ("worsening", "reliable_deterioration")


@dataclass(frozen=True)
class Asked:
    """One outcome in the terms of a page.

    Parameters
    ----------
    instrument, scale : str
        Whose score the page shows; of a combination, its first part's.
    falls : bool
        Whether a lower score is on the outcome's side of the mark.
    """

    outcome: Outcome
    instrument: str
    scale: str
    measured: Scale
    falls: bool

    def cut(self, start: float) -> float | None:
        """Return the last end score that counts for this start; None where no one score decides.

        None too where that score lies beyond the scale's end. On a scale of whole numbers the mark
        is a whole number: half of 19 is reached at 9.
        """
        try:
            cut = float(self.outcome.cut(start))
        except UsageError:
            return None
        if not self.measured.low <= cut <= self.measured.high:
            return None
        if not self.measured.whole:
            return cut
        return float(math.floor(cut + 1e-9) if self.falls else math.ceil(cut - 1e-9))


def asked(outcome: Outcome) -> Asked:
    """Return an outcome in the terms of a page."""
    first = outcome.parts[0] if outcome.parts else outcome
    measured = outcome.measured
    falls = (measured.better == "low") == outcome.good
    return Asked(outcome, first.instrument, first.scale, measured, falls)


@lru_cache(maxsize=64)
def _words(
    kind: str, instrument: str, scale: str, round_: str, say: Catalogue
) -> tuple[tuple[str, str], ...]:
    forms = [(f, say(f"verbs.{kind}.{f}")) for f in ("noun", "verb", "verbed", "did", "Verb")]
    turn = say.name("rounds", round_)
    return (*forms, ("round", turn), ("instrument", instrument), ("scale", scale))


def outcome_kind(outcome: Outcome) -> str:
    """Return what an outcome is to a page: the key of its noun and verb forms."""
    kind = VERBS.get(outcome.rule) or ("improvement" if outcome.rule in IMPROVES else "")
    return kind or ("worsening" if outcome.rule in WORSENS else "other")


def outcome_words(model: ResponseModel, say: Catalogue) -> dict[str, str]:
    """Return the outcome's noun and verb forms, with the names of its instrument and round."""
    question = asked(model.outcome)
    instrument = model.study.instruments[question.instrument].instrument
    scale = scale_words(instrument, question.scale, say)
    return dict(_words(outcome_kind(model.outcome), instrument.title, scale, model.round, say))


def short_title(model: ResponseModel, say: Catalogue) -> str:
    """Return the outcome as instrument, scale and noun; a combination keeps its own title."""
    words = outcome_words(model, say)
    if model.outcome.combine:
        return upper_first(model.outcome.title.split(":")[0].strip())
    own = asked(model.outcome).scale == "total"
    return say("page.outcome_total" if own else "page.outcome_scale", **words)
