"""Ten thousand drawn tables through three doors: nobody is lost or made, answers are the same.

Hypothesis draws people with one or two visits, answers with gaps and values out of range, and rows
in any order. Each table is written for REDCap, FHIR and CDISC; of each door every person that was
written comes back once, valid or refused, and a valid person's answers are those that were written.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from _proof import Tally, leave, share_asked, some
from predict.cohort import Cohort, read_cohort
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
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        for name, door in DOORS.items():
            count = conserved(door, Path(folder), some(TABLES, share))
            tally.state(f"{name}: {count} tables conserve people and answers", count > 0)
    return tally.end()


def conserved(
    door: tuple[Callable[[Rows, Path], None], Study, str], folder: Path, tables: int
) -> int:
    """Return how many tables were drawn and held; 0 where one did not."""
    write, own, name = door
    held: list[int] = []

    @seed(7)
    @settings(
        max_examples=tables,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(TABLE, st.randoms(use_true_random=False))
    def one(people: list, shuffled) -> None:  # type: ignore[no-untyped-def]
        rows = [(f"P{n}", visit, row) for n, visits in enumerate(people) for visit, row in visits]
        shuffled.shuffle(rows)
        write(rows, folder / name)
        holds(rows, own, folder / name)
        held.append(1)

    try:
        one()
    except AssertionError as error:
        print(error)
        return 0
    return len(held)


def holds(rows: Rows, own: Study, path: Path) -> None:
    """Assert that everybody comes back once, with the answers that were written."""
    people = {person for person, _, _ in rows}
    try:
        cohort = read_cohort(path, own)
    except TableError:
        # No row is of a visit, or no answer to an item: a stop with its problem is no loss.
        assert not any(value is not None for _, _, row in rows for value in row)
        return
    assert sorted(cohort.rows["id"]) == sorted(people)
    odd = {person for person, _, row in rows if 9 in row}
    rejected = set(cohort.rows.loc[cohort.rows["status"] == "rejected", "id"])
    assert odd <= rejected | outside(rows)
    for person, visit, row in rows:
        if person in cohort.ids and person not in outside(rows):
            answered(cohort, person, visit, row)


def outside(rows: Rows) -> set[str]:
    """People without a first visit: by dates, their end is the first there is."""
    first = {p for p, visit, row in rows if visit == "baseline" and row != (None, None)}
    return {person for person, _, _ in rows} - first


def answered(cohort: Cohort, person: str, visit: str, row: tuple[int | None, ...]) -> None:
    """Assert that a valid person's answers are those that were written."""
    read = cohort.at(visit).loc[person, ["phq2_1", "phq2_2"]].to_numpy(dtype=float)
    written = np.array([np.nan if value is None else value for value in row], dtype=float)
    assert np.array_equal(read, written, equal_nan=True), (visit, row)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    leave(main(share_asked(__doc__)))
