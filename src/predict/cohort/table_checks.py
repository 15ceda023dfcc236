"""Things that are allowed but seldom meant: told as warnings, never acted upon."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from predict.cohort.directions import direction_problems, direction_sums
from predict.definitions.study import Study
from predict.errors import Problem

FEWEST_ITEMS = 7
# So many people with the same items left out are no chance.
FEWEST_GATED = 10
MOST_IDS = 10_000
# What is told, the signs without one of which no id can be it, and its shape.
_PERSONAL = (
    ("an e-mail address", "@", re.compile(r"[^@\s]+@[^@\s]+\.[a-z]+", re.IGNORECASE)),
    ("a social security number", "-", re.compile(r"\d{3}-\d{2}-\d{4}")),
    ("a name", " ,", re.compile(r"[^\W\d_]{2,}[ ,]+[^\W\d_]{2,}")),
)


def suspicions(
    study: Study, ids: np.ndarray, visits: Mapping[str, Mapping[str, np.ndarray]]
) -> Iterator[Problem]:
    """Yield warnings on ids that look personal, and on answers all alike or turned round."""
    yield from personal_ids(study, ids[:MOST_IDS])
    for name, measure in study.instruments.items():
        for visit, columns in measure.items.items():
            values = visits.get(visit, {})
            keys = [measure.instrument.column(key) for key in columns]
            if not len(ids) or not all(key in values for key in keys):
                continue
            answers = np.stack([values[key] for key in keys])
            gated = [bool(measure.instrument.item(key).asked_if) for key in columns]
            yield from _empty(name, visit, list(columns), answers, np.array(gated))
            if not any(gated):
                yield from _gate_seen(name, visit, list(columns), answers)
            if len(keys) >= FEWEST_ITEMS:
                yield from _alike(name, visit, answers)
    yield from direction_problems(study, direction_sums(study, visits))


def personal_ids(study: Study, ids: Sequence[str] | np.ndarray) -> Iterator[Problem]:
    """Yield a warning for each kind of ids that name people; none is repeated."""
    # Most tables' ids hold none of the signs: told by one look at all of them together.
    together = "\n".join(ids)
    for what, signs, shape in _PERSONAL:
        if any(sign in together for sign in signs) and any(map(shape.fullmatch, ids)):
            message = f"Some ids look like {what}; replace them by a code that says nothing."
            yield Problem("ID_LOOKS_PERSONAL", message, column=study.id, level="warning")


# Answers in these checks have the shape (items, people): columns as they come from the table.


def _empty(
    name: str, visit: str, items: list[str], answers: np.ndarray, gated: np.ndarray
) -> Iterator[Problem]:
    """Items nobody answered where others were; a visit without answers, or a gate, explains it."""
    answered = (~np.isnan(answers)).any(axis=1)
    odd = ~answered & ~gated
    if answered.any() and odd.any():
        silent = ", ".join(item for item, here in zip(items, odd, strict=True) if here)
        message = f"{name} at '{visit}': nobody answered item {silent}. Look for a lost column."
        yield Problem("COLUMN_EMPTY", message, column=name, level="warning")


def _gate_seen(name: str, visit: str, items: list[str], answers: np.ndarray) -> Iterator[Problem]:
    """Blanks that come of a gate: the same items are left out, by all who stay low on the others.

    Told where the sum of the items answered parts those who left out the rest from all who did not.
    """
    there = ~np.isnan(answers)
    whole = there.all(axis=0)
    some = there.any(axis=0) & ~whole
    if some.sum() < FEWEST_GATED or not whole.any():
        return
    # A pattern is a number whose bits are the items; questionnaires have fewer than 62.
    bits = 1 << np.arange(len(there), dtype=np.int64)
    patterns, counts = np.unique(bits @ there[:, some], return_counts=True)
    asked = (patterns[counts.argmax()] & bits) > 0
    closed = (there == asked[:, None]).all(axis=0)
    sums = answers[asked].sum(axis=0)
    open_from = sums[whole].min()
    if counts.max() < FEWEST_GATED or sums[closed].max() >= open_from:
        return
    first = [item for item, here in zip(items, asked, strict=True) if here]
    listed = ", ".join(f'"{item}"' for item in first)
    message = f"{name} at '{visit}': {int(closed.sum())} people answered only item"
    message = f"{message} {', '.join(first)}, all of them below {open_from:g} in sum, as nobody who"
    message = f"{message} answered every item. If the form asks the rest only from there on, write"
    message = f"{message} gate = {{ items = [{listed}], at_least = {open_from:g} }} under"
    message = f"{message} [instruments.{name}]; the blanks are missing answers until then."
    yield Problem("GATE_SEEN", message, column=name, level="warning")


def _alike(name: str, visit: str, answers: np.ndarray) -> Iterator[Problem]:
    """Everybody who answered every question with the same number above the lowest."""
    low = np.nanmin(answers, initial=np.inf)
    alike = (answers == answers[0]).all(axis=0) & (answers[0] > low)
    if alike.any():
        message = f"{name} at '{visit}': {int(alike.sum())} people gave one answer to every item."
        message += " Look at how the table was filled in."
        yield Problem("STRAIGHT_LINES", message, column=name, level="warning")
