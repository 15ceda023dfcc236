"""The latest answer of everybody to the safety items, from the raw table, before any model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from predict.cohort import safety_answers as flags
from predict.cohort.safety_answers import safety_at, safety_items
from predict.reports.words import item_number

if TYPE_CHECKING:
    import pandas as pd

    from predict.cohort import Cohort
    from predict.definitions.study import Study

# Places in the order of the worklist: nobody answered, cannot be read, zero now but not before.
UNANSWERED, UNREAD, BEFORE = 5, 4, 3


@dataclass(frozen=True)
class SafetyAnswer:
    """One person's answer to one safety item at the latest visit it was asked.

    ``state`` is ``reported``, ``missing`` or ``zero``; ``answers`` are all of them, visit and value
    in the order of the visits, so that an earlier one does not vanish behind a later.
    """

    state: str
    instrument: str
    item: str
    visit: str
    value: int | None = None
    was: int | None = None
    was_visit: str = ""
    answers: tuple[tuple[str, int], ...] = ()

    @property
    def highest(self) -> tuple[str, int] | None:
        """The latest visit with the highest answer, where it is higher than what stands now."""
        top = max((value for _, value in self.answers), default=0)
        if top <= (self.value or 0):
            return None
        return next((visit, value) for visit, value in reversed(self.answers) if value == top)

    @property
    def rank(self) -> int:
        """Order of the worklist.

        The highest answer first, then unanswered, then zero now and more before, then zero.
        """
        if self.state == "reported":
            return 10 + int(self.value or 0)
        return UNANSWERED if self.state == "missing" else (BEFORE if self.highest else 0)


def asks(study: Study) -> bool:
    """Return whether the study asks about death or self-harm at any visit."""
    return any(True for visit in study.visits for _ in safety_items(study, visit))


def asked_in_totals(study: Study) -> tuple[str, str] | None:
    """Return the questionnaire and item that ask, where only totals of it are in the table.

    The item is empty where the study lists none of the questionnaire's, so that nobody knows.
    """
    if asks(study):
        return None
    tools = [measure.instrument for measure in study.instruments.values()]
    for tool in tools:
        for key in tool.safety_items:
            return tool.title, item_number(tool, key)
    return next(((tool.title, "") for tool in tools if not tool.items), None)


def safety_answers(cohort: Cohort) -> dict[int, tuple[SafetyAnswer, ...]]:
    """Return the latest safety answers by entry of the table, refused rows included.

    A later answer wins over an earlier one. An item left empty at a later visit makes it *missing*,
    unless thoughts were reported before: those stay in sight.
    """
    latest: dict[int, dict[tuple[str, str], SafetyAnswer]] = {}
    for visit in cohort.study.visits:
        table = safety_at(cohort, visit)
        there = _there(cohort, visit)
        for entry, flag, value, instrument, item in zip(
            range(len(table)), *(table[c] for c in ("flag", "value", "instrument", "item")),
            strict=False,
        ):  # fmt: skip
            if not instrument or flag in (flags.NOT_ASKED, flags.ONLY_TOTAL):
                continue
            own = latest.setdefault(entry, {})
            key = (str(instrument), str(item))
            _keep(own, key, visit, flag, value, there[entry])
    return {entry: tuple(own.values()) for entry, own in latest.items()}


def _there(cohort: Cohort, visit: str) -> list[bool]:
    """Return, for each entry, whether the person was seen at the visit (unread rows: yes)."""
    present: pd.Series[Any] = cohort.present(visit)
    seen = {str(key): bool(value) for key, value in present.items()}
    return [seen.get(str(key), True) for key in cohort.rows["id"]]


def _keep(
    latest: dict[tuple[str, str], SafetyAnswer],
    key: tuple[str, str],
    visit: str,
    flag: str,
    value: Any,
    there: bool,
) -> None:
    before = latest.get(key)
    answered = value is not None and value == value
    if not answered and (not there or flag not in (flags.MISSING, flags.UNREAD)):
        return
    history = before.answers if before else ()
    if answered:
        state = "reported" if value > 0 else "zero"
        told = (before.value, before.visit) if before else (None, "")
        history = (*history, (visit, int(value)))
        latest[key] = SafetyAnswer(state, *key, visit, int(value), *told, history)
    elif before is None or before.state != "reported":
        latest[key] = SafetyAnswer("missing", *key, visit, answers=history)
