"""Safety first: raw answers to questions about death or self-harm, before anything is rejected."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from predict.cohort import Cohort
from predict.definitions.instruments import Instrument
from predict.definitions.study import Study

REPORTED, MISSING, NOT_ASKED = "item9_reported", "item9_missing", "item9_not_asked"


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
    concern wins. An answer that cannot be read counts as not given.

    Returns
    -------
    DataFrame
        On ``cohort.rows``: ``id``; ``flag`` (``item9_reported``, ``item9_missing``,
        ``item9_not_asked`` or empty); ``value`` (the raw answer in the instrument's coding);
        ``instrument`` and ``item`` of the answer.

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
    return flags


def _gate_closed(cohort: Cohort, instrument: Instrument, key: str, visit: str) -> np.ndarray:
    """Whether the item was rightly skipped: the item it depends on was answered no."""
    gate = instrument.item(key).asked_if
    column = f"{instrument.column(gate)}_{visit}" if gate else ""
    if column not in cohort.safety:
        return np.zeros(len(cohort.safety), dtype=bool)
    return np.asarray(cohort.safety[column].to_numpy() == instrument.item(gate).low)


def _raise_flag(flags: pd.DataFrame, value: np.ndarray, instrument: Instrument, key: str) -> None:
    """Write an item's flag where it is of more concern than what stands there."""
    concern = {NOT_ASKED: 0, "": 1, MISSING: 2, REPORTED: 3}
    item = instrument.item(key)
    value = np.where(value < item.low, np.nan, value)  # -9 and the like are no answer
    flag = np.where(np.isnan(value), MISSING, np.where(value > item.low, REPORTED, ""))
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
