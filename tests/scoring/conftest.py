"""A small stored model, a clean table for it, and what becomes of a table when it is scored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
import pytest

import predict as pr
from predict.cohort import Cohort, read_cohort
from predict.errors import PredictError
from predict.model_folder import save_model
from predict.scoring.settings import ScoringSettings
from predict.scoring.single import score_table
from predict.simulation import simulate

GOOD = 60
STUDY = Path(__file__).parents[2] / "experiments" / "demo_study.toml"


@pytest.fixture(scope="session")
def stored() -> Path:
    """The stored example model: round one of the simulated programme."""
    return Path(__file__).parents[2] / "models" / "example"


@pytest.fixture(scope="session")
def programme() -> Cohort:
    """Three hundred people of the programme with all their visits."""
    return read_cohort(simulate("demo", people=300, seed=1).table, STUDY)


@pytest.fixture(scope="session")
def many() -> pd.DataFrame:
    """Three hundred people as the clinic's export writes them: text, baseline columns only."""
    table = simulate("demo", people=300, seed=1).table
    keep = [c for c in table if c in ("person", "age", "sex", "route", "site") or "_baseline" in c]
    text = table[keep].astype("str").where(table[keep].notna(), "")
    return text.map(lambda cell: cell.removesuffix(".0"))


@pytest.fixture(scope="session")
def clean(many: pd.DataFrame) -> pd.DataFrame:
    """The first sixty of them."""
    return many.iloc[:GOOD].copy()


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> Path:
    """A small model with an interval, so that there is something of each kind to tamper with."""
    cohort = pr.read_cohort(simulate("demo", people=300, seed=2).table, STUDY)
    training = pr.assemble(cohort, "phq9_response")
    model = pr.train(training, pr.Recipe(family="linear", params={"strength": 0.05}), refits=0)
    interval = {"z": 1.64, "tau": 0.1, "marks": {}, "weights": [-2, 0, 0, 0, 0, 0],
                "centre": 0.0, "farthest": 2.0}  # fmt: skip
    return save_model(replace(model, interval=interval), tmp_path_factory.mktemp("t") / "model")


@dataclass(frozen=True)
class Ending:
    """How scoring ended: exit status, codes, message, and what was written."""

    status: int
    codes: set[str] = field(default_factory=set)
    message: str = ""
    scores: pd.DataFrame | None = None
    rejected: pd.DataFrame | None = None

    def row(self, number: int) -> pd.Series:
        assert self.scores is not None
        return self.scores.set_index("row").loc[number]


@pytest.fixture
def end(stored: Path, tmp_path: Path) -> Callable[..., Ending]:
    """Return a function that scores a file or a frame and tells how it ended."""

    def run(table: object, **settings: object) -> Ending:
        path = tmp_path / "table.csv"
        if isinstance(table, pd.DataFrame):
            table.to_csv(path, index=False, lineterminator="\n")
        elif isinstance(table, bytes):
            path.write_bytes(table)
        else:
            path = Path(str(table))
        return ending(stored, str(path), tmp_path / "out.csv", **settings)

    return run


def ending(model: Path, table: str, out: Path, **settings: object) -> Ending:
    """Score a table; an error's status and codes are told as the command line would tell them."""
    out.unlink(missing_ok=True)
    chosen = ScoringSettings(**{"max_rejected": 1.0, "overwrite": True, **settings})
    try:
        batch = score_table(model, table, out, chosen)
    except PredictError as error:
        codes = {error.code, *(problem.code for problem in error.problems)}
        assert not out.exists()
        return Ending(error.exit_code, codes, str(error))
    scores = pd.read_csv(out, dtype={"id": "str"}, keep_default_na=False, na_values={"row": []})
    assert batch.rows == len(scores) == batch.scored + batch.no_estimate + batch.rejected
    beside = out.with_name("out.rejected.csv")
    rejected = pd.read_csv(beside, dtype="str", keep_default_na=False) if beside.exists() else None
    codes = set(batch.warnings) | set(batch.coercions)
    if rejected is not None:
        codes |= set(rejected["code"])
    message = " ".join(batch.warnings.values())
    return Ending(7 if batch.rejected else 0, codes, message, scores, rejected)


def with_cell(table: pd.DataFrame, row: int, column: str, value: str) -> pd.DataFrame:
    """Return the table with one cell changed; rows count from 1."""
    changed = table.copy()
    changed.loc[row - 1, column] = value
    return changed


def as_bytes(table: pd.DataFrame) -> bytes:
    """Return the table as the bytes of a CSV."""
    return table.to_csv(index=False, lineterminator="\n").encode()
