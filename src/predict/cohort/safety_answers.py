"""Safety first: raw answers to questions about death or self-harm, before anything is rejected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from predict.cohort import Cohort
from predict.cohort.cells import UNREADABLE
from predict.cohort.layouts import LOST
from predict.definitions.instruments import Instrument
from predict.definitions.study import Study
from predict.files import take_words

REPORTED, MISSING, NOT_ASKED = "item9_reported", "item9_missing", "item9_not_asked"
UNREAD = "item9_unreadable"


def safety_items(study: Study, visit: str) -> Iterator[tuple[Instrument, str]]:
    """Yield each instrument and key of the safety items that the study asks at a visit."""
    for measure in study.instruments.values():
        asked = measure.items.get(visit, {})
        for key in measure.instrument.safety_items:
            if key in asked:
                yield measure.instrument, key


def safety_at(cohort: Cohort, visit: str) -> pd.DataFrame:
    """Return the safety flag of every row of the table at a visit, rejected rows too.

    A single answer above the item's lowest is a report; with several safety items the highest
    concern wins. What holds something that cannot be read is ``item9_unreadable``, a row that
    could not be cut among it: never missing.

    Returns
    -------
    DataFrame
        On ``cohort.rows``: ``id``; ``flag`` (``item9_reported``, ``item9_unreadable``,
        ``item9_missing``, ``item9_not_asked`` or empty); ``value`` (the raw answer in the
        instrument's coding); ``instrument`` and ``item`` of the answer.

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
    flags = pd.DataFrame(
        {"id": cohort.rows["id"], "flag": NOT_ASKED, "value": np.nan, "instrument": "", "item": ""}
    )
    for instrument, key in safety_items(cohort.study, visit):
        column = f"{instrument.column(key)}_{visit}"
        if column in cohort.safety:
            value = cohort.safety[column].to_numpy()
            skipped = np.isnan(value) & _gate_closed(cohort, instrument, key, visit)
            _raise_flag(flags, np.where(skipped, instrument.item(key).low, value), instrument, key)
    torn = cohort.rows["code"].isin(list(LOST)).to_numpy() & flags["flag"].eq(MISSING).to_numpy()
    flags.loc[torn, "flag"] = UNREAD
    return flags


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
    flags = {visit: safety_at(cohort, visit) for visit in visits}
    today = flags[as_of]["flag"].reset_index(drop=True)
    told = {visit: _told(of) for visit, of in flags.items()}
    which = np.zeros(len(today), dtype=np.int64)
    for values in told.values():
        distinct, place = np.unique(values, return_inverse=True)
        which = which * len(distinct) + place
    _, first, place = np.unique(which, return_index=True, return_inverse=True)
    texts = [_reports({visit: values[row] for visit, values in told.items()}) for row in first]
    joined = today + np.where(today.ne(""), ";", "") + pd.Series(take_words(texts, place))
    return joined.str.removesuffix(";").str.removeprefix(";") if len(joined) else today


def _is_answered(cohort: Cohort, visit: str) -> bool:
    """Whether the table holds a safety item of a visit; most of a batch's visits lie ahead."""
    asked = safety_items(cohort.study, visit)
    return any(f"{tool.column(key)}_{visit}" in cohort.safety for tool, key in asked)


def _told(flags: pd.DataFrame) -> np.ndarray:
    """What a visit reports of each row: the answer, below 0 where unreadable, else nought."""
    value = flags["value"].fillna(0.0).to_numpy(dtype=np.float64)
    reported, unread = flags["flag"].eq(REPORTED), flags["flag"].eq(UNREAD)
    return np.where(reported, value, np.where(unread, -1.0, 0.0))


def _reports(by_visit: Mapping[str, float]) -> str:
    highest = sorted(by_visit.items(), key=lambda one: -one[1])
    reports = [f"{REPORTED}@{visit}={value:g}" for visit, value in highest if value > 0]
    return ";".join([*reports, *(f"{UNREAD}@{v}" for v, value in by_visit.items() if value < 0)])


def _gate_closed(cohort: Cohort, instrument: Instrument, key: str, visit: str) -> np.ndarray:
    """Whether the item was rightly skipped: the item it depends on was answered no."""
    gate = instrument.item(key).asked_if
    column = f"{instrument.column(gate)}_{visit}" if gate else ""
    if column not in cohort.safety:
        return np.zeros(len(cohort.safety), dtype=bool)
    return np.asarray(cohort.safety[column].to_numpy() == instrument.item(gate).low)


def _raise_flag(flags: pd.DataFrame, value: np.ndarray, instrument: Instrument, key: str) -> None:
    """Write an item's flag where it is of more concern than what stands there."""
    concern = {NOT_ASKED: 0, "": 1, MISSING: 2, UNREAD: 3, REPORTED: 4}
    item, unread = instrument.item(key), value == UNREADABLE
    value = np.where(value < item.low, np.nan, value)  # -9 and the like are no answer
    flag = np.where(np.isnan(value), MISSING, np.where(value > item.low, REPORTED, ""))
    flag = np.where(unread, UNREAD, flag)
    if flags["flag"].eq(NOT_ASKED).all():
        flags["flag"], flags["value"] = pd.array(flag, dtype="str"), value
        flags["instrument"], flags["item"] = instrument.id, key
        return
    before = flags["flag"].map(concern).to_numpy()
    now = pd.Series(flag).map(concern).to_numpy()
    worse = now > before
    more = (now == before) & (value > flags["value"].to_numpy())
    rows = worse | more
    flags.loc[rows, "flag"] = flag[rows]
    flags.loc[rows, "value"] = value[rows]
    flags.loc[rows, "instrument"] = instrument.id
    flags.loc[rows, "item"] = key
