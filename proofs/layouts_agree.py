"""One random cohort, written in five ways, is read as one cohort.

Each case draws people, answers, gaps, drop-out and stray faults from its number and writes them as
a wide frame, a wide CSV, a long frame in random order, a long CSV with visits by number, and a wide
frame coded from 1. A case is kept when all five give the same people, answers, refused ids, labels
of both rounds and safety flags, and when every person is either valid or refused with a code.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from _proof import leave, share_asked, some
from predict.cohort import Cohort, read_cohort
from predict.cohort.labelling import label
from predict.cohort.safety_answers import safety_at

CASES = 200
VISITS = ["baseline", "session_2", "round_one_end", "round_two_start", "round_two_end"]
ITEMS = [str(number) for number in range(1, 10)]
ODD = ["7", "2.5", "often", "1e0", "-1"]
WIDE: dict[str, Any] = {
    "id": "person",
    "layout": "wide",
    "visits": VISITS,
    "missing_codes": [99],
    "rounds": {
        "one": {"start": "baseline", "end": "round_one_end"},
        "two": {"start": "round_two_start", "end": "round_two_end"},
    },
    "instruments": {"phq9": {"columns": "phq9_{item}_{visit}"}},
    "people": {"age": {"kind": "number", "range": [18, 110]}},
}
LONG = {
    **WIDE,
    "layout": "long",
    "visit": "when",
    "visit_values": {str(place): visit for place, visit in enumerate(VISITS)},
    "instruments": {"phq9": {"columns": "phq9_{item}"}},
}


def main(share: float = 1.0) -> int:
    """Run a share of the cases, print the last line, and return the exit status."""
    asked = some(CASES, share)
    kept = sum(agree(number) for number in range(asked))
    print(f"proof: {kept}/{asked}")
    return 0 if kept == asked else 1


def agree(number: int) -> bool:
    """Return whether the five ways of writing one cohort are read alike."""
    rng = np.random.default_rng([20261122, number])
    answers, ages = draw(rng)
    wide, long = as_wide(answers, ages), as_long(answers, ages)
    with tempfile.TemporaryDirectory() as folder:
        wide.to_csv(Path(folder) / "wide.csv", index=False)
        long.to_csv(Path(folder) / "long.csv", index=False)
        read = [
            read_cohort(wide, WIDE),
            read_cohort(Path(folder) / "wide.csv", WIDE),
            read_cohort(long.sample(frac=1, random_state=number), LONG),
            read_cohort(Path(folder) / "long.csv", LONG),
            read_cohort(as_wide(raised(answers), ages), coded_from_one()),
        ]
    first, *others = [facts(cohort) for cohort in read]
    whole = all(set(cohort.rows["status"]) <= {"valid", "rejected"} for cohort in read)
    return whole and all(same(first, other) for other in others)


def draw(rng: np.random.Generator) -> tuple[np.ndarray, list[str]]:
    """Answers as text, people x visits x items, and ages; gaps, missing codes and stray faults."""
    people = int(rng.integers(8, 30))
    answers = rng.integers(0, 4, (people, len(VISITS), len(ITEMS))).astype(str).astype(object)
    answers[rng.random(answers.shape) < 0.08] = ""
    answers[rng.random(answers.shape) < 0.03] = "99"
    stay = rng.integers(1, len(VISITS) + 1, people)
    for place, last in enumerate(stay):
        answers[place, last:] = ""
    odd = rng.random(answers.shape) < 0.001
    answers[odd] = rng.choice(ODD, int(odd.sum()))
    answers[0, 0] = "0"  # both ends of the coding are seen, so that none looks shifted
    answers[1, 0] = "3"
    return answers, [str(age) for age in rng.integers(17, 90, people)]


def as_wide(answers: np.ndarray, ages: list[str]) -> pd.DataFrame:
    """One row a person."""
    columns = [f"phq9_{item}_{visit}" for visit in VISITS for item in ITEMS]
    table = pd.DataFrame(answers.reshape(len(answers), -1), columns=columns)
    return table.assign(person=[f"{i:04d}" for i in range(len(answers))], age=ages)


def as_long(answers: np.ndarray, ages: list[str]) -> pd.DataFrame:
    """One row a person and visit."""
    parts = [
        pd.DataFrame(answers[:, place], columns=[f"phq9_{item}" for item in ITEMS]).assign(
            person=[f"{i:04d}" for i in range(len(answers))], age=ages, when=str(place)
        )
        for place in range(len(VISITS))
    ]
    return pd.concat(parts, ignore_index=True)


def raised(answers: np.ndarray) -> np.ndarray:
    """The same answers coded from 1; an odd cell stays odd in the same way."""
    odd = {"-1": "0", "7": "8", "2.5": "3.5", "1e0": "2e0"}
    up = {**{str(value): str(value + 1) for value in range(4)}, **odd}
    return np.vectorize(lambda text: up.get(text, text), otypes=[object])(answers)


def coded_from_one() -> dict[str, Any]:
    """The wide study with its coding declared as 1 to 4."""
    entry = {"columns": "phq9_{item}_{visit}", "coding_low": 1}
    return {**WIDE, "instruments": {"phq9": entry}}


def facts(cohort: Cohort) -> list[pd.DataFrame]:
    """Everything that must not depend on how a table is written, in the order of ids."""
    status = cohort.rows.set_index("id")[["status"]]
    rounds = [label(cohort, "phq9_response", round=name) for name in ("one", "two")]
    flags = [safety_at(cohort, visit).set_index("id")[["flag"]] for visit in VISITS]
    return [part.sort_index() for part in (cohort.frame(), status, *rounds, *flags)]


def same(one: list[pd.DataFrame], other: list[pd.DataFrame]) -> bool:
    """Return whether two lists of tables are equal, table by table."""
    return all(
        list(a.columns) == list(b.columns) and list(a.index) == list(b.index) and a.equals(b)
        for a, b in zip(one, other, strict=True)
    )


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
