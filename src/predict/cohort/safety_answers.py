"""Safety first: raw answers to questions about death or self-harm, before anything is rejected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from predict.cohort import Cohort
from predict.cohort.cells import UNREADABLE
from predict.cohort.layouts import LOST
from predict.definitions.instruments import Instrument
from predict.definitions.study import Study
from predict.files import take_words

REPORTED, MISSING, NOT_ASKED = "item9_reported", "item9_missing", "item9_not_asked"
UNREAD, ONLY_TOTAL = "item9_unreadable", "item9_only_total"
# From the least concern to the highest, which wins where several questions ask.
WORDS = (NOT_ASKED, ONLY_TOTAL, "", MISSING, UNREAD, REPORTED)
_NOT_ASKED, _ONLY_TOTAL, _LOWEST, _MISSING, _UNREAD, _REPORTED = range(len(WORDS))


def safety_items(study: Study, visit: str) -> Iterator[tuple[Instrument, str]]:
    """Yield each instrument and key of the safety items that the study asks at a visit."""
    for measure in study.instruments.values():
        asked = measure.items.get(visit, {})
        for key in measure.instrument.safety_items:
            if key in asked:
                yield measure.instrument, key


def asks_in_total(study: Study, visit: str) -> bool:
    """Return whether only totals came, at a visit, of an instrument that may hold such a question.

    Of an instrument without items nobody knows what it asks.
    """
    return any(
        bool(tool.safety_items) or not tool.items
        for tool, items, totals in (
            (measure.instrument, measure.items.get(visit), measure.totals.get(visit))
            for measure in study.instruments.values()
        )
        if totals and not items
    )


def safety_at(cohort: Cohort, visit: str) -> pd.DataFrame:
    """Return the safety flag of every row of the table at a visit, rejected rows too.

    A single answer above the item's lowest is a report; with several safety items the highest
    concern wins. What holds something that cannot be read is ``item9_unreadable``, a row that
    could not be cut among it: never missing.

    Returns
    -------
    DataFrame
        On ``cohort.rows``: ``id``; ``flag`` (``item9_reported``, ``item9_unreadable``,
        ``item9_missing``, ``item9_only_total``, ``item9_not_asked`` or empty); ``value``
        (the raw answer in the instrument's coding); ``instrument`` and ``item`` of the answer.

    Raises
    ------
    StudyError
        When the study has no such visit.

    Examples
    --------
    >>> import pandas as pd
    >>> from predict.cohort import read_cohort
    >>> study = {
    ...     "id": "person", "layout": "wide", "visits": ["baseline"],
    ...     "rounds": {}, "instruments": {"phq9": {"items": {"9": "p9"}}},
    ... }
    >>> table = pd.DataFrame({"person": list("abcd"), "p9": ["0", "1", "", "7"]})
    >>> safety_at(read_cohort(table, study), "baseline")["flag"].tolist()
    ['', 'item9_reported', 'item9_missing', 'item9_reported']
    """
    cohort.study.order(visit)
    found = _found_at(cohort, visit)
    words = {
        "flag": take_words(WORDS, found.concern),
        "value": found.value,
        "instrument": take_words(["", *(tool.id for tool, _ in found.asked)], found.item),
        "item": take_words(["", *(key for _, key in found.asked)], found.item),
    }
    return pd.DataFrame({"id": cohort.rows["id"], **words})


@dataclass(frozen=True)
class _Found:
    """Of every row: the place of its word in `WORDS`, the answer, which item it is of (from 1)."""

    concern: np.ndarray
    value: np.ndarray
    item: np.ndarray
    asked: Sequence[tuple[Instrument, str]]


def _found_at(cohort: Cohort, visit: str) -> _Found:
    rows, asked = len(cohort.rows), list(safety_items(cohort.study, visit))
    unasked = _ONLY_TOTAL if asks_in_total(cohort.study, visit) else _NOT_ASKED
    found = _Found(np.full(rows, unasked), np.full(rows, np.nan), np.zeros(rows, int), asked)
    for number, (instrument, key) in enumerate(asked, start=1):
        column = f"{instrument.column(key)}_{visit}"
        if column in cohort.safety:
            value = cohort.safety[column].to_numpy()
            skipped = np.isnan(value) & _gate_closed(cohort, instrument, key, visit)
            low = instrument.item(key).low
            found = _graver(found, np.where(skipped, low, value), low, number)
    torn = cohort.rows["code"].isin(list(LOST)).to_numpy() & (found.concern == _MISSING)
    return replace(found, concern=np.where(torn, _UNREAD, found.concern))


def _graver(before: _Found, value: np.ndarray, low: float, number: int) -> _Found:
    """Return what was found, and one item's answers where they are of more concern."""
    unread = value == UNREADABLE
    value = np.where(value < low, np.nan, value)  # -9 and the like are no answer
    concern = np.where(np.isnan(value), _MISSING, np.where(value > low, _REPORTED, _LOWEST))
    concern = np.where(unread, _UNREAD, concern)
    more = (concern == before.concern) & (value > before.value)
    graver = (concern > before.concern) | more
    return _Found(
        np.where(graver, concern, before.concern),
        np.where(graver, value, before.value),
        np.where(graver, number, before.item),
        before.asked,
    )


def flags_of(cohort: Cohort, as_of: str) -> pd.Series:
    """Return what a scores file says of every row: today's word, then each visit's report.

    ``item9_reported@VISIT=N``, the highest answer first, then ``item9_unreadable@VISIT``: a later
    visit counts as well as the one that the estimate stands at.

    Examples
    --------
    >>> import pandas as pd
    >>> from predict.cohort import read_cohort
    >>> study = {
    ...     "id": "person", "layout": "wide", "visits": ["start", "end"],
    ...     "rounds": {}, "instruments": {"phq9": {"items": {"9": "p9_{visit}"}}},
    ... }
    >>> table = pd.DataFrame({"person": ["a", "b"], "p9_start": ["0", "1"], "p9_end": ["2", "?"]})
    >>> for flags in flags_of(read_cohort(table, study), "start"):
    ...     print(flags)
    item9_reported@end=2
    item9_reported;item9_reported@start=1;item9_unreadable@end
    """
    visits = [v for v in cohort.study.visits if v == as_of or _is_answered(cohort, v)]
    found = {visit: _found_at(cohort, visit) for visit in visits}
    today = found[as_of].concern
    told = {visit: _told(of) for visit, of in found.items()}
    which, first = _alike([today, *told.values()])
    texts = []
    for row in first:
        reports = _reports({visit: values[row] for visit, values in told.items()})
        texts.append(";".join(filter(None, [WORDS[today[row]], *reports])))
    return pd.Series(take_words(texts, which), dtype="str")


def _alike(columns: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of each row's combination of values, and the first row of each."""
    which = np.zeros(len(columns[0]), dtype=np.int64)
    for values in columns:
        place, distinct = pd.factorize(values)
        which, _ = pd.factorize(which * len(distinct) + place)
    rows = np.arange(len(which))[::-1]
    first = np.zeros(which.max(initial=-1) + 1, dtype=np.int64)
    first[which[::-1]] = rows
    return which, first


def _is_answered(cohort: Cohort, visit: str) -> bool:
    """Whether the table holds a safety item of a visit; most of a batch's visits lie ahead."""
    asked = safety_items(cohort.study, visit)
    return any(f"{tool.column(key)}_{visit}" in cohort.safety for tool, key in asked)


def _told(found: _Found) -> np.ndarray:
    """What a visit reports of each row: the answer, below 0 where unreadable, else nought."""
    other = np.where(found.concern == _UNREAD, -1.0, 0.0)
    return np.where(found.concern == _REPORTED, found.value, other)


def _reports(by_visit: Mapping[str, float]) -> list[str]:
    highest = sorted(by_visit.items(), key=lambda one: -one[1])
    reports = [f"{REPORTED}@{visit}={value:g}" for visit, value in highest if value > 0]
    return [*reports, *(f"{UNREAD}@{v}" for v, value in by_visit.items() if value < 0)]


def _gate_closed(cohort: Cohort, instrument: Instrument, key: str, visit: str) -> np.ndarray:
    """Whether the item was rightly skipped: the item it depends on was answered no."""
    gate = instrument.item(key).asked_if
    column = f"{instrument.column(gate)}_{visit}" if gate else ""
    if column not in cohort.safety:
        return np.zeros(len(cohort.safety), dtype=bool)
    return np.asarray(cohort.safety[column].to_numpy() == instrument.item(gate).low)
