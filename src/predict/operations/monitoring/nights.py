"""What the nights stored: outputs of `predict score`, read as they are and never scored again."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from predict.errors import FitError, Problem, TableError
from predict.files import read_json, restored_text
from predict.scoring.companions import SUFFIXES, SingleFile, suffix_of
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
    """Return the nights of some outputs, folders or single files, in the order of their days.

    Raises
    ------
    OutputError
        When one is not finished or was changed.
    FitError
        ``NO_OUTPUTS`` where none is given.
    """
    given = [Path(out) for out in outputs if not _is_companion(Path(out))]
    if not given:
        raise FitError("Give the folders or files that `predict score` wrote.", code="NO_OUTPUTS")
    return tuple(sorted((_night(out) for out in given), key=lambda night: night.day))


def _night(out: Path) -> Night:
    run, parts = _single(out) if out.is_file() else _folder(out)
    scores = pd.concat([_part(path) for path in parts], ignore_index=True)
    return Night(
        date.fromisoformat(run["begun_on"]), run["model"]["sha256"],
        run["counts"], run["warnings"], scores,
    )  # fmt: skip


def _folder(folder: Path) -> tuple[dict[str, Any], list[Path]]:
    verify_output(folder)
    return read_json(folder / RUN), sorted(folder.glob("part-*"))


def _single(file: Path) -> tuple[dict[str, Any], list[Path]]:
    run = SingleFile(file).verified()
    if run.get("delivery") not in SUFFIXES.values():
        raise FitError(
            f"'{file.name}' is written for another system. Give CSV or Parquet files, or folders.",
            code="OUTPUT_FORM",
        )
    return run, [file]


def _is_companion(path: Path) -> bool:
    """Whether a file lies beside an output and is none: a pattern such as ``out/*`` names it."""
    if path.name.endswith(".run.json"):
        return True
    stem = path.name.removesuffix(".rejected.csv").removesuffix(".new")
    return stem != path.name and path.with_name(f"{stem}.run.json").is_file()


def _part(path: Path) -> pd.DataFrame:
    if suffix_of(path).lower() in (".parquet", ".pq"):
        return pd.read_parquet(path, columns=READ)
    # Ids are text as they stand: "NA" is one, and a quote before a formula is none of it.
    texts: dict[Hashable, Any] = {"id": "str", "status": "str"}
    packed: Literal["gzip"] | None = "gzip" if path.name.lower().endswith(".gz") else None
    scores = pd.read_csv(
        path, usecols=READ, dtype=texts, keep_default_na=False, na_values={"probability": [""]},
        compression=packed,
    )  # fmt: skip
    return scores.assign(id=scores["id"].map(restored_text))


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
    labels = table if isinstance(table, pd.DataFrame) else _labels_file(table)
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


def _labels_file(path: Path | str) -> pd.DataFrame:
    labels = pd.read_csv(path, dtype="str", keep_default_na=False)
    return labels.assign(id=labels["id"].map(restored_text)) if "id" in labels else labels


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
