"""Whatever is in a table, every row comes back once: 10,000 tables drawn by hypothesis.

Cells are drawn from what tables go wrong by: other digits, words, blanks, quotes, line ends, NUL,
formulas, numbers out of range, rows too short or too long, ids that repeat or are blank. A table is
kept when it is refused as a whole with a code, or when each of its rows comes back in its place,
exactly once, as scored, without an estimate, or rejected with a reason.
"""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from _proof import leave, share_asked, some
from predict.cohort import read_cohort
from predict.definitions.study import read_study
from predict.errors import TableError
from predict.models.response_model import ResponseModel
from predict.scoring import score
from predict.simulation.examples import demo

TABLES = 10_000
ITEMS = [f"gad7_{number}_baseline" for number in range(1, 8)]
HEADER = ["person", *ITEMS, "age"]
GOOD = st.sampled_from(["0", "1", "2", "3"])
NUMBERS = ["", " 2 ", "NA", ".", "99", "4", "-1", "2.0", "2.7", "２", "1e0", "0x2", "inf", "nan"]
WORDS = ["TRUE", "=cmd()", 'say "x"', "a,b", "a\nb", "\x00", "x" * 300, "None", "é", "\u200b2"]
ODD = st.sampled_from([*NUMBERS, *WORDS])
CELL = st.one_of(GOOD, GOOD, GOOD, ODD)
IDS = st.one_of(st.integers(0, 40).map(str), st.sampled_from(["", " ", "NA", "007", "é", "a b"]))
AGE = st.one_of(st.integers(18, 90).map(str), ODD)
ROW = st.tuples(
    IDS, st.lists(CELL, min_size=7, max_size=7), AGE, st.sampled_from([0] * 12 + [1, -1])
)
TABLE = st.lists(ROW, max_size=12)


def main(share: float = 1.0) -> int:
    """Draw a share of the tables and return the exit status."""
    kept = {"whole": 0, "refused": 0, "refused without a code": 0}
    with tempfile.TemporaryDirectory() as name:
        model, path = small_model(Path(name)), Path(name) / "table.csv"

        @settings(
            max_examples=some(TABLES, share),
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(TABLE)
        def conserves(rows: list[tuple[str, list[str], str, int]]) -> None:
            path.write_bytes(as_csv(rows))
            kept[fate(model, path, rows)] += 1

        conserves()
    print(f"{kept['whole']} tables came back whole, {kept['refused']} were refused with a code")
    held = kept["whole"] + kept["refused"]
    print(f"proof: {held}/{some(TABLES, share)}")
    return 0 if held >= some(TABLES, share) else 1


def small_model(folder: Path) -> ResponseModel:
    """Return a logistic model of GAD-7 answers and age, learned from simulated people."""
    from predict.features.training_set import assemble
    from predict.models.recipe import Recipe
    from predict.models.training import train

    example = demo(folder / "demo", people=400, seed=2)
    spec = read_study(example.study).to_dict()
    spec["instruments"] = {"gad7": {"columns": "gad7_{item}_{visit}"}}
    spec["people"] = {"age": spec["people"]["age"]}
    cohort = read_cohort(example.table, spec)
    training = assemble(cohort, "gad7_response", blocks=("items", "people"))
    return train(
        training, Recipe(family="linear", params={"strength": 0.05, "l1_ratio": 0.5}), refits=0
    )


def as_csv(rows: list[tuple[str, list[str], str, int]]) -> bytes:
    """Return the rows as CSV; some are a field too long or too short."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(HEADER)
    for person, answers, age, length in rows:
        cells = [person, *answers, age]
        writer.writerow([*cells, "more"] if length > 0 else cells[:-1] if length else cells)
    return sink.getvalue().encode()


def fate(model: ResponseModel, path: Path, rows: list[tuple[str, list[str], str, int]]) -> str:
    """Return whether the table was refused or came back whole; anything else ends the proof."""
    try:
        scores = score(model, path)
    except TableError as error:
        return "refused" if error.code else "refused without a code"
    assert list(scores["row"]) == list(range(1, len(rows) + 1)), "rows lost or moved"
    statuses = scores["status"].isin(["scored", "no_estimate", "rejected"])
    assert statuses.all(), "a row without a status"
    told = scores["reason"].ne("") | scores["status"].eq("scored")
    assert told.all(), "refused without a reason"
    shown = scores["probability"].notna()
    assert shown.eq(scores["status"].eq("scored")).all(), "a number where none may be"
    return "whole"


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
