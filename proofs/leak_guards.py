"""Six leaks are planted; each is refused with its code, and only because its guard stands there.

Each guard is taken away in turn: the leak must then pass unseen, or another guard caught it.

    python proofs/leak_guards.py        ends `proof: 6/6`
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from predict.cohort import Cohort, read_cohort
from predict.errors import DesignError
from predict.features import BLOCKS, Features
from predict.features import training_set as assembly
from predict.features.scales import scales
from predict.features.training_set import TrainingSet, assemble
from predict.statistics import splits

PEOPLE = 240


@dataclass(frozen=True)
class Leak:
    """A planted leak: how it is planted, the code that must name it, and the guard to take away."""

    name: str
    code: str
    module: Any
    guard: str
    plant: Callable[[], object]


def study() -> dict[str, Any]:
    """Return a study of one instrument by totals, with a column known only after session two."""
    return {
        "id": "person",
        "layout": "wide",
        "visits": ["baseline", "session_2", "round_one_end"],
        "cluster": "site",
        "rounds": {"one": {"start": "baseline", "end": "round_one_end"}},
        "instruments": {"phq9": {"totals": {"total": "phq9_{visit}"}}},
        "people": {
            "age": {"kind": "number", "unit": "years", "range": [18, 90], "known_at": "baseline"},
            "late": {"kind": "number", "range": [0, 1], "known_at": "session_2"},
        },
    }


def table(seed: int = 0) -> pd.DataFrame:
    """Return simulated people: PHQ-9 totals at three visits and the three planted columns."""
    rng = np.random.default_rng(seed)
    start = rng.integers(10, 28, PEOPLE)
    end = np.round(start * rng.uniform(0, 1, PEOPLE)).astype(int)
    return pd.DataFrame(
        {
            "person": [f"p{number:04d}" for number in rng.permutation(PEOPLE)],
            "phq9_baseline": start,
            "phq9_session_2": np.round((start + end) / 2).astype(int),
            "phq9_round_one_end": end,
            "age": rng.integers(18, 90, PEOPLE),
            "late": rng.integers(0, 2, PEOPLE),
            "site": rng.choice(list("abcdefghij"), PEOPLE),
            "copy": (2 * end <= start).astype(int),
            "row_number": np.arange(1, PEOPLE + 1),
        }
    )


def cohort(**people: dict[str, Any]) -> Cohort:
    """Return the cohort, with further people columns declared."""
    spec = study()
    spec["people"] |= people
    return read_cohort(table(), spec)


def ask(found: Cohort, **question: Any) -> TrainingSet:
    """Return the training set of response in round one, as of the baseline."""
    asked = {"blocks": ("scales", "people"), "as_of": "baseline", **question}
    return assemble(found, "phq9_response", **asked)


def _future_column() -> object:
    return ask(cohort(), blocks=("scales", "course"))


def _label_copy() -> object:
    early = {"kind": "number", "range": [0, 1], "known_at": "baseline"}
    return ask(cohort(copy=early))


def _post_treatment_flag() -> object:
    # Asked for by name: the block alone does not bring a column that is known later. The guard of
    # visits would see it too, so it is off duty here.
    with _changed(assembly, "refuse_future", lambda *_: None):
        return ask(cohort(), columns=("late",))


def _person_on_both_sides() -> object:
    made = ask(cohort())
    by_row = [np.arange(made.n) * 4 // made.n]
    with _changed(splits, "_distinct", lambda *_: by_row):
        return splits.folds(made.y, made.groups, outer=4, seed=1)


def _encoding_on_all_rows() -> object:
    with _block("centred", _centred_on_everybody):
        return ask(cohort(), blocks=("centred",))


def _row_order() -> object:
    numbered = {"kind": "number", "range": [1, PEOPLE], "known_at": "baseline"}
    return ask(cohort(row_number=numbered))


def _centred_on_everybody(found: Cohort, as_of: str) -> Features:
    totals = scales(found, as_of)
    columns = tuple(replace(column, name=f"{column.name}_centred") for column in totals.columns)
    frame = (totals.frame - totals.frame.mean()).add_suffix("_centred")
    return Features(frame, columns)


LEAKS = (
    Leak("future column", "LEAK_FUTURE_VISIT", assembly, "refuse_future", _future_column),
    Leak("label copy", "LEAK_LABEL_COPY", assembly, "refuse_label_copies", _label_copy),
    Leak(
        "post-treatment flag",
        "LEAK_AFTER_TREATMENT",
        assembly,
        "refuse_later_columns",
        _post_treatment_flag,
    ),
    Leak(
        "person on both sides", "LEAK_SPLIT", splits, "refuse_shared_groups", _person_on_both_sides
    ),
    Leak(
        "encoding on all rows",
        "LEAK_LEARNED_FEATURE",
        assembly,
        "refuse_learned",
        _encoding_on_all_rows,
    ),
    Leak("row order as feature", "LEAK_ID", assembly, "refuse_identity", _row_order),
)


@contextmanager
def _changed(module: Any, name: str, stand_in: Callable[..., object]) -> Iterator[None]:
    before = getattr(module, name)
    setattr(module, name, stand_in)
    try:
        yield
    finally:
        setattr(module, name, before)


@contextmanager
def _block(name: str, block: Callable[..., Features]) -> Iterator[None]:
    BLOCKS[name] = block
    try:
        yield
    finally:
        del BLOCKS[name]


def refused_with(leak: Leak) -> str:
    """Return the code that refuses a planted leak, or nothing where it passes."""
    try:
        leak.plant()
    except DesignError as error:
        return error.code
    return ""


def holds(leak: Leak) -> bool:
    """Return whether the leak is refused with its code, and passes once its guard is gone."""
    if refused_with(leak) != leak.code:
        return False
    with _changed(leak.module, leak.guard, lambda *_: None):
        return refused_with(leak) == ""


def main(share: float = 1.0) -> int:
    """Print each leak's fate and return how many guards hold."""
    kept = 0
    for leak in LEAKS:
        held = holds(leak)
        kept += held
        print(f"{leak.name}: {'refused, ' + leak.code if held else 'NOT HELD'}")
    print(f"proof: {kept}/{len(LEAKS)}")
    return kept


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="ignored: six cases are quick")
    raise SystemExit(main(parser.parse_args().share) < len(LEAKS))
