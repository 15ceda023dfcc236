"""What the nights stored: outputs of `predict score`, read as they are and never scored again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from predict.errors import FitError, Problem, TableError
from predict.files import read_json
from predict.scoring.ownership import RUN
from predict.scoring.verify import verify_output

READ = ["id", "status", "probability"]
ANSWERS = {"yes": 1, "no": 0}


@dataclass(frozen=True, repr=False)
class Night:
    """One finished output.

    Parameters
    ----------
    day : date
        On which the run began.
    model : str
        Digest of the model.
    counts : mapping
        Rows, scored, no_estimate, rejected.
    warnings : mapping
        What the table gave to think about, messages by code.
    scores : DataFrame
        id, status, probability of every row.
    """

    day: date
    model: str
    counts: Mapping[str, int]
    warnings: Mapping[str, str]
    scores: pd.DataFrame

    def __repr__(self) -> str:
        return f"Night({self.day}: {self.counts['rows']} rows)"


def read_nights(outputs: Sequence[Path | str]) -> tuple[Night, ...]:
    """Return the nights of some output folders, in the order of their days.

    Raises
    ------
    OutputError
        When one is not finished or was changed.
    FitError
        ``NO_OUTPUTS`` where none is given.
    """
    if not outputs:
        raise FitError("Give the folders that `predict score` wrote.", code="NO_OUTPUTS")
    return tuple(sorted((_night(Path(out)) for out in outputs), key=lambda night: night.day))


def _night(folder: Path) -> Night:
    verify_output(folder)
    run: dict[str, Any] = read_json(folder / RUN)
    parts = sorted(folder.glob("part-*"))
    scores = pd.concat([_part(path) for path in parts], ignore_index=True)
    return Night(
        date.fromisoformat(run["begun_on"]), run["model"]["sha256"],
        run["counts"], run["warnings"], scores,
    )  # fmt: skip


def _part(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path, columns=READ)
    return pd.read_csv(path, usecols=READ, dtype={"id": "str", "status": "str"})


def read_labels(table: Path | str | pd.DataFrame) -> pd.Series:
    """Return 1 (yes), 0 (no) by id; who has no known outcome is left out.

    Parameters
    ----------
    table : path or DataFrame
        As `predict label` writes it: columns id and answer.

    Raises
    ------
    TableError
        ``COLUMN_MISSING``, or ``ID_REPEATED`` where a person has two outcomes.
    """
    labels = table if isinstance(table, pd.DataFrame) else pd.read_csv(table, dtype="str")
    missing = [name for name in ("id", "answer") if name not in labels]
    if missing:
        raise TableError(
            "Labels have the columns id and answer. `predict label` writes them from a table of "
            "outcomes.",
            problems=[Problem("COLUMN_MISSING", "is missing", column=name) for name in missing],
        )
    answered = labels[labels["answer"].isin(list(ANSWERS))]
    if answered["id"].duplicated().any():
        raise TableError(
            f"{int(answered['id'].duplicated().sum())} ids have more than one outcome. Keep one "
            "row a person.",
            code="ID_REPEATED",
        )
    outcomes: pd.Series = answered.set_index("id")["answer"].map(ANSWERS).astype("int8")
    return outcomes


def first_scores(nights: Sequence[Night]) -> pd.DataFrame:
    """Return each person's first estimate of each model: id, day, model, probability."""
    frames = [
        night.scores[night.scores["status"] == "scored"].assign(
            day=pd.Timestamp(night.day), model=night.model
        )
        for night in nights
    ]
    every = pd.concat(frames, ignore_index=True)
    first = every.drop_duplicates(["id", "model"], keep="first")
    return first[["id", "day", "model", "probability"]].reset_index(drop=True)
