"""Harm and thoughts of it: side effects by session, leaving because of them, item 9.

Side effects are people columns named ``side_effect_...`` (yes or no); the reason for leaving is the
people column ``left_for``.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from predict.analysis.measures import spans
from predict.analysis.result_table import Rows, share
from predict.cohort import Cohort
from predict.cohort.safety_answers import safety_items
from predict.statistics.disclosure import Table

Mask = npt.NDArray[np.bool_]
PREFIX = "side_effect_"
LEFT = "left_for"


def events(cohort: Cohort) -> Table:
    """Return side effects, discontinuation and item 9, each as a count of those asked.

    ``reported at start and not at end`` counts people who answered the safety item above its lowest
    at the start; ``new`` those who did not. Intervals are Wilson's.
    """
    columns = ("event", "when", "among", "yes", "n", "rate", "low", "high")
    rows = Rows("safety", columns, columns[5:])
    for event, when, among, yes, n in (*_side_effects(cohort), *_leaving(cohort), *_item9(cohort)):
        row = {"event": event, "when": when, "among": among}
        rows.add({**row, **share(yes, n)}, yes=yes & n, n=n)
    return rows.table()


Event = tuple[str, str, str, Mask, Mask]


def side_effects(cohort: Cohort) -> dict[str, pd.Series]:
    """Return each session's side effects, by session: 1, 0 or NaN where nobody asked."""
    answers = {}
    for name in cohort.people.columns:
        if str(name).startswith(PREFIX):
            session = str(name).removeprefix(PREFIX)
            answers[session] = as_yes_no(cohort.people[name])
    return answers


def as_yes_no(column: pd.Series) -> pd.Series:
    """Return yes and no, in words or as 1 and 0, as numbers."""
    words = column.astype("object").map(lambda v: str(v).strip().lower(), na_action="ignore")
    codes = {"yes": 1.0, "true": 1.0, "1": 1.0, "1.0": 1.0}
    codes |= {"no": 0.0, "false": 0.0, "0": 0.0, "0.0": 0.0}
    return pd.to_numeric(words.map(codes), errors="coerce")


def reasons(cohort: Cohort) -> pd.Series | None:
    """Return why people left, where the study holds it."""
    return cohort.people.get(LEFT)


def item9_pairs(cohort: Cohort) -> Iterator[tuple[str, str, pd.Series, pd.Series]]:
    """Yield round, item, and the safety item's answers above its lowest at start and end."""
    for span in spans(cohort):
        for instrument, key in safety_items(cohort.study, span.start):
            low, column = instrument.item(key).low, instrument.column(key)
            before, after = (cohort.at(v).get(column) for v in (span.start, span.end))
            if before is not None and after is not None:
                took = pd.Series(span.took, index=cohort.ids)
                yield span.name, column, (before - low).where(took), (after - low).where(took)


def _side_effects(cohort: Cohort) -> Iterator[Event]:
    by_session = side_effects(cohort)
    for session, answers in by_session.items():
        asked = answers.notna().to_numpy()
        yield "side effect", session, "asked", (answers == 1).to_numpy(), asked
    if len(by_session) > 1:
        table = pd.DataFrame(by_session)
        ever, asked = (table == 1).any(axis=1).to_numpy(), table.notna().any(axis=1).to_numpy()
        yield "side effect", "any session", "asked at least once", ever, asked


def _leaving(cohort: Cohort) -> Iterator[Event]:
    why = reasons(cohort)
    if why is None:
        return
    everybody = np.ones(len(cohort.ids), dtype=bool)
    for reason in sorted(why.dropna().unique()):
        yield "left", str(reason), "everybody", (why == reason).to_numpy(), everybody


def _item9(cohort: Cohort) -> Iterator[Event]:
    for name, item, before, after in item9_pairs(cohort):
        both = (before.notna() & after.notna()).to_numpy()
        had, has = (before > 0).to_numpy(), (after > 0).to_numpy()
        when = f"round {name}"
        yield f"{item} reported", f"{when}, start", "both ends known", had, both
        yield f"{item} reported", f"{when}, end", "both ends known", has, both
        yield f"{item} resolved", when, "reported at the start", ~has & had, both & had
        improved = (after < before).to_numpy()
        yield f"{item} improved", when, "reported at the start", improved & had, both & had
        yield f"{item} new", when, "not reported at the start", has & ~had, both & ~had
