"""The part function: read a piece, score it, write its part. Doing it twice changes nothing."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from predict.cohort import Cohort, cohort_of
from predict.cohort.formats import Chunk, open_table
from predict.cohort.intake import check_mark
from predict.cohort.layouts import Answers, Source, open_people, read_answers
from predict.errors import ModelError, PredictError
from predict.files import csv_text
from predict.model_folder import load_with_manifest, model_digest
from predict.models.response_model import ResponseModel
from predict.scoring.output import OutputFolder, PartRecord
from predict.scoring.rows import Explain, scores_of
from predict.scoring.scoring_pass import ModelRows, ScoringPass

Format = Literal["parquet", "csv"]


@dataclass(frozen=True)
class Task:
    """Everything a worker needs to make one part; no row of a patient is in it.

    Parameters
    ----------
    model, model_sha256 : str
        Model folder, and the digest of its manifest, which every worker verifies.
    piece : Chunk
        Rows to read.
    mark : tuple of int
        Size and times of the file when it was scanned.
    expected : int
        Rows of the whole table, of which this part is some.
    columns : tuple of str
        Columns to read.
    repeated : tuple of (int, str)
        Rows refused for a repeated id, each with its code.
    out : str
        Output folder.
    format, explain, conformal
        How the part is written.
    values : bool
        Whether the table of rejected rows shows the refused cells.
    facts : mapping of str to str
        Notes written into each Parquet part.
    today : str
        The day the run began, as an ISO date: later dates are refused as lying in the future.
    visits : frozenset of str or None
        Visits that a long table has rows of.
    answered : frozenset of (instrument, visit) or None
        Where the whole table has answers to items, if totals are given beside items.
    people : str
        Place of the second table of people; empty where the study takes no fact from one.
    people_mark : tuple of int
        Its size and times when the run began.
    """

    model: str
    model_sha256: str
    piece: Chunk
    mark: tuple[int, ...]
    expected: int
    columns: tuple[str, ...]
    repeated: tuple[tuple[int, str], ...]
    out: str
    format: Format
    explain: Explain
    conformal: bool
    values: bool
    facts: Mapping[str, str]
    today: str
    visits: frozenset[str] | None
    answered: frozenset[tuple[str, str]] | None
    people: str = ""
    people_mark: tuple[int, ...] = ()


def score_part(task: Task) -> PartRecord:
    """Score one piece and write its part, its rejected rows and its log record.

    Raises
    ------
    TableError
        When the file changed since it was scanned, or the piece cannot be read.
    ModelError
        When the model is not the one the run began with.
    OutputError
        When the part cannot be written.
    """
    model = _model(task.model, task.model_sha256, task.expected)
    check_mark(task.piece.path, task.mark)
    source = _source(task, model)
    answers = read_answers(source, model.study, as_of=model.as_of, people=_people(task, model))
    rows = ScoringPass(model, "score").rows(cohort_of(answers, model.study))
    scores = scores_of(
        rows,
        explain=task.explain,
        today=date.fromisoformat(task.today),
        conformal=task.conformal,
    ).frame
    _refuse_repeated(scores, task.repeated)
    faults = _faults(rows.cohort, task)
    if task.values:
        faults["value"] = _cells(source, faults)
    check_mark(task.piece.path, task.mark)
    data = as_csv(scores) if task.format == "csv" else as_parquet(scores, task.facts)
    counts = _counts(task, scores, answers, rows)
    folder = OutputFolder(Path(task.out), task.format)
    # A worker of one's own scheduler outlives a run that was killed: the next may be begun by now.
    folder.refuse_other_run(task.facts["run_key"])
    return folder.write(task.piece.number, data, as_csv(faults) if len(faults) else b"", counts)


def check_part(task: Task) -> PartRecord:
    """Read one piece and count its rows as `score_part` would, without scoring or writing.

    Rows that can be read are counted as scored.
    """
    model = _model(task.model, task.model_sha256, task.expected)
    source, people = _source(task, model), _people(task, model)
    answers = read_answers(source, model.study, as_of=model.as_of, people=people)
    rows = ScoringPass(model, "score").rows(cohort_of(answers, model.study))
    table = rows.cohort.rows
    valid = (table["status"] == "valid") & ~table["row"].isin(dict(task.repeated))
    seen = pd.DataFrame({"status": valid.map({True: "scored", False: "rejected"})})
    return PartRecord(part=task.piece.number, sha256="", **_counts(task, seen, answers, rows))


@lru_cache(maxsize=2)
def _model(folder: str, sha256: str, expected: int) -> ResponseModel:
    model = proved_model(folder, sha256)
    model.fitted.estimator.expect(expected)
    return model


@lru_cache(maxsize=2)
def proved_model(folder: str, sha256: str) -> ResponseModel:
    """Return the model of a folder, read and proved once by a process.

    Raises
    ------
    ModelError
        When the folder is not the one of this digest.
    """
    model, manifest = load_with_manifest(folder)
    if model_digest(manifest) != sha256:
        raise ModelError(
            "The model folder is not the one this run began with. Restore it, or begin anew.",
            code="MODEL_CHANGED",
        )
    return model


def _source(task: Task, model: ResponseModel) -> Source:
    study = model.study
    file = open_table(
        task.piece.path, dialect=study.dialect, id_column=study.id, columns=task.columns
    )
    day = date.fromisoformat(task.today)
    return replace(file.read(task.piece), today=day, visits=task.visits, answered=task.answered)


def _people(task: Task, model: ResponseModel) -> Source | None:
    """Return the second table of people, unchanged since the run began."""
    if not task.people:
        return None
    people = open_people(task.people, model.study)
    check_mark(task.people, task.people_mark)
    return people


def _refuse_repeated(scores: pd.DataFrame, repeated: tuple[tuple[int, str], ...]) -> None:
    """Take the estimate away from rows whose id stands elsewhere in the table too."""
    if not repeated:
        return
    rows = scores["row"].isin(dict(repeated)) & (scores["status"] != "rejected")
    left = {"id", "row", "flags"}
    for name in scores.columns.difference(list(left)):
        scores.loc[rows, name] = np.nan if pd.api.types.is_numeric_dtype(scores[name]) else ""
    scores.loc[rows, "status"] = "rejected"
    scores.loc[rows, "reason"] = scores.loc[rows, "row"].map(dict(repeated))


def _faults(cohort: Cohort, task: Task) -> pd.DataFrame:
    """Return every fault of every refused row: row, id, column and code."""
    rows = cohort.problems[cohort.problems["level"] == "row"]
    repeats = pd.DataFrame(list(task.repeated), columns=["row", "code"])
    repeats["column"] = cohort.study.id
    faults = pd.concat([rows[["row", "column", "code"]], repeats]).astype({"row": "int64"})
    named = cohort.rows[cohort.rows["row"].isin(faults["row"])]
    ids = named.drop_duplicates("row").set_index("row")["id"]
    faults.insert(1, "id", ids.reindex(faults["row"]).to_numpy())
    return faults.sort_values(["row", "column", "code"], kind="stable", ignore_index=True)


def _cells(source: Source, faults: pd.DataFrame) -> list[str]:
    """Return the refused cells as they stand in the table, where they can be told apart."""
    place = {int(row): i for i, row in enumerate(source.row_numbers())}
    names = set(source.table.column_names)
    return [
        str(source.table.column(column)[place[row]].as_py()) if legible else ""
        for row, column in zip(faults["row"], faults["column"], strict=True)
        for legible in [row in place and column in names]
    ]


def _counts(task: Task, scores: pd.DataFrame, answers: Answers, rows: ModelRows) -> dict[str, Any]:
    """Return what the log says of a part; every row has come out again, or it is an error."""
    by_status = scores["status"].value_counts()
    statuses = {s: int(by_status.get(s, 0)) for s in ("scored", "no_estimate", "rejected")}
    if sum(statuses.values()) != len(scores) or answers.table_rows != task.piece.rows:
        raise PredictError(
            "Rows were lost while scoring. Please report the version and the kind of table.",
            code="ROWS_LOST",
        )
    warned: dict[str, dict[str, None]] = {}
    for note in [note for note in answers.notes if note.level == "warning"]:
        warned.setdefault(note.code, {})[note.message] = None
    return {
        **statuses,
        "first_row": task.piece.first_row,
        "rows": len(scores),
        "coercions": {name: int(count) for name, count in answers.facts.items() if count},
        "warnings": {code: list(messages) for code, messages in sorted(warned.items())},
        "signs": dict(rows.signs),
    }


def as_csv(scores: pd.DataFrame) -> bytes:
    """Return scores as CSV: ten digits, nothing a spreadsheet would run."""
    return csv_text(scores).encode()


def as_parquet(scores: pd.DataFrame, facts: Mapping[str, str]) -> bytes:
    """Return scores as Parquet with page checksums."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(scores, schema=schema_of(scores), preserve_index=False)
    notes = {key.encode(): value.encode() for key, value in facts.items()}
    sink = io.BytesIO()
    pq.write_table(
        table.replace_schema_metadata(notes),
        sink,
        write_page_checksum=True,
        compression="zstd",
        use_dictionary=repeating(table.schema),
    )
    return sink.getvalue()


def repeating(schema: Any) -> list[str]:
    """Return the columns for which a dictionary pays: words repeat, ids and numbers seldom do."""
    return [field.name for field in schema if str(field.type) == "string" and field.name != "id"]


def schema_of(scores: pd.DataFrame) -> Any:
    """Return the one schema of all parts, whatever happens to be missing in one of them."""
    import pyarrow as pa

    numbers = {"row": pa.int64(), "probability": pa.float64(), "low": pa.float64()}
    numbers["high"] = pa.float64()
    fields = [
        (name, numbers.get(name, pa.float32() if scores[name].dtype == "float32" else pa.string()))
        for name in scores.columns
    ]
    return pa.schema(fields)
