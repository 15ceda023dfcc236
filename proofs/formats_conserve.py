"""Ten thousand drawn tables through three doors: nobody is lost or made, answers are the same.

Hypothesis draws people with one or two visits, answers with gaps and values out of range, and rows
in any order. Each table is written for REDCap, FHIR and CDISC; of each door every person that was
written comes back once, valid or refused, and a valid person has the answers that were written.
The answers are looked at as readers hand them on, before a cohort is made of them.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from _proof import Tally, leave, share_asked, some
from predict.cohort.layouts import Answers, open_source, read_answers
from predict.definitions.study import Study, read_study
from predict.errors import TableError

TABLES = 10_000
LOINC = ["44250-9", "44255-8"]
ITEMS = ("1", "2")
DAYS = {"baseline": "2024-01-01", "end": "2024-02-05"}
BASE = {
    "layout": "long",
    "visits": list(DAYS),
    "rounds": {"one": {"start": "baseline", "end": "end"}},
}
# A person's visits: answers to two items, where 9 is out of range and None is blank.
ANSWER = st.sampled_from([None, 0, 1, 2, 3, 9])
VISIT = st.tuples(st.sampled_from(list(DAYS)), st.tuples(ANSWER, ANSWER))
PERSON = st.lists(VISIT, min_size=1, max_size=2, unique_by=lambda visit: visit[0])
TABLE = st.lists(PERSON, max_size=6)
Rows = list[tuple[str, str, tuple[int | None, ...]]]


def redcap(rows: Rows, path: Path) -> None:
    """A base row with an age and a row of the form a visit."""
    lines = ["id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,age,q1,q2"]
    lines += [f"{person},{visit},,,40,," for person, visit, _ in rows]
    for person, visit, row in rows:
        lines.append(f"{person},{visit},form,1,,{','.join(map(text, row))}")
    path.write_text("\n".join(lines) + "\n")


def fhir(rows: Rows, path: Path) -> None:
    """A response a visit, answers as numbers; the first item is there even when blank."""
    with path.open("w") as file:
        for person, visit, row in rows:
            items = [
                {"linkId": f"/{code}", "answer": [{"valueInteger": value}]}
                for code, value in zip(LOINC, row, strict=True)
                if value is not None
            ]
            resource = {
                "resourceType": "QuestionnaireResponse",
                "status": "completed",
                "subject": {"reference": f"Patient/{person}"},
                "authored": DAYS[visit],
                "item": items,
            }
            file.write(json.dumps(resource) + "\n")


def cdisc(rows: Rows, path: Path) -> None:
    """A row an answer."""
    lines = ["USUBJID,PARAMCD,AVISIT,AVAL,DTYPE"]
    for person, visit, row in rows:
        lines += [f"{person},Q{i},{visit},{text(v)}," for i, v in zip(ITEMS, row, strict=True)]
    path.write_text("\n".join(lines) + "\n")


def text(value: int | None) -> str:
    """A value as a cell."""
    return "" if value is None else str(value)


def study(person: str, items: str, **more: object) -> Study:
    """The study of a door."""
    return read_study({**BASE, "id": person, "instruments": {"phq2": {"columns": items}}, **more})


WINDOWS = {"column": "date", "windows": {"baseline": [0, 6], "end": [21, 60]}}
DOORS: dict[str, tuple[Callable[[Rows, Path], None], Study, str]] = {
    "redcap": (redcap, study("id", "q{item}", visit="redcap_event_name"), "t.csv"),
    "fhir": (fhir, study("id", "phq2_{item}", dates=WINDOWS), "t.ndjson"),
    "cdisc": (cdisc, study("USUBJID", "Q{item}", visit="AVISIT"), "t.csv"),
}


def main(share: float = 1.0) -> int:
    """Draw, write, read; a line a door, then the last line."""
    asked, tally = some(TABLES, share), Tally()
    with tempfile.TemporaryDirectory() as folder:
        held = conserved(Path(folder), asked)
    for name in DOORS:
        count = held[name]
        tally.state(
            f"{name}: {count} of {asked} tables conserve people and answers", count >= asked
        )
    return tally.end()


def conserved(folder: Path, tables: int) -> Counter[str]:
    """Return through how many tables each door held; what did not is printed."""
    held: Counter[str] = Counter()

    @seed(7)
    @settings(
        max_examples=tables,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(TABLE, st.randoms(use_true_random=False))
    def every_door(people: list, shuffled) -> None:  # type: ignore[no-untyped-def]
        rows = [(f"P{n}", visit, row) for n, visits in enumerate(people) for visit, row in visits]
        shuffled.shuffle(rows)
        for name, (write, own, file) in DOORS.items():
            write(rows, folder / file)
            held[name] += door_holds(name, rows, own, folder / file)

    every_door()
    return held


def door_holds(name: str, rows: Rows, own: Study, path: Path) -> bool:
    """Whether a door conserves a table; what it lost is printed."""
    try:
        holds(rows, own, path)
    except AssertionError as error:
        print(f"{name}: {rows}: {error}", flush=True)
        return False
    return True


def holds(rows: Rows, own: Study, path: Path) -> None:
    """Assert that everybody comes back once, with the answers that were written."""
    people = {person for person, _, _ in rows}
    try:
        read = read_answers(open_source(path, own), own)
    except TableError:
        # No row is of a visit, or no answer to an item: a stop with its problem is no loss.
        assert not any(value is not None for _, _, row in rows for value in row), "stopped"
        return
    assert sorted(read.ids) == sorted(people), "people"
    refused = {read.ids[entry] for fault in read.faults for entry in fault.entries}
    odd = {person for person, _, row in rows if 9 in row}
    assert odd <= refused | outside(rows), "an answer out of range is refused"
    entries = {person: entry for entry, person in enumerate(read.ids) if person not in refused}
    for person, visit, row in rows:
        if person in entries and person not in outside(rows):
            answered(read, entries[person], visit, row)


def outside(rows: Rows) -> set[str]:
    """People without a first visit: by dates, their end is the first there is."""
    first = {p for p, visit, row in rows if visit == "baseline" and row != (None, None)}
    return {person for person, _, _ in rows} - first


def answered(read: Answers, entry: int, visit: str, row: tuple[int | None, ...]) -> None:
    """Assert that a valid person's answers are those that were written."""
    came = np.array([read.visits[visit][f"phq2_{item}"][entry] for item in ITEMS])
    written = np.array([np.nan if value is None else value for value in row], dtype=float)
    assert np.array_equal(came, written, equal_nan=True), (visit, row)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    leave(main(share_asked(__doc__)))
