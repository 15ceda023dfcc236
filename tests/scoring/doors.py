"""The doors through which rows meet a model, each called alike, and what came of it."""

from __future__ import annotations

import io
import pickle
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from predict.errors import PredictError
from predict.evaluation import Plan
from predict.models.response_model import ResponseModel
from predict.reports.from_models import table_report
from predict.scoring import explain, score, validate
from predict.scoring.batch import Batch, score_folder
from predict.scoring.settings import ScoringSettings
from predict.scoring.single import score_table

PART_ROWS = 70
SETTINGS = ScoringSettings(max_rejected=1.0, overwrite=True, part_rows=PART_ROWS)
# What the worklist says of a person, in the words of the scores.
STATES = {"ok": "scored", "note": "scored", "none": "no_estimate", "unread": "rejected"}


@dataclass(frozen=True)
class Room:
    """A stored model, the same one in memory and behind MLflow, and a place to write."""

    folder: Path
    model: ResponseModel
    served: Any
    place: Path


@dataclass(frozen=True)
class Given:
    """One table, as a file and, where it can be one, as a frame."""

    path: Path
    frame: pd.DataFrame | None = None


@dataclass(frozen=True)
class Came:
    """What came of a table at a door.

    `stopped` holds the error's codes and `status` its exit status; `rows` the status and the
    reason's code by row, `people` the same by id; `ids` who was explained; `counts` what a
    validation counted; `lead` how its sentence begins; `safety` the ranks of the safety answers.
    """

    stopped: frozenset[str] = frozenset()
    status: int = 0
    told: frozenset[str] = frozenset()
    rows: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    people: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    scores: pd.DataFrame | None = None
    ids: frozenset[str] | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    lead: str = ""
    safety: Mapping[int, int] = field(default_factory=dict)


def of_scores(scores: pd.DataFrame, told: Mapping[str, str]) -> Came:
    codes = scores["reason"].fillna("").map(lambda text: text.split(";")[0])
    rows = dict(zip(scores["row"], zip(scores["status"], codes, strict=True), strict=True))
    return Came(told=frozenset(told), rows=rows, scores=scores)


def read_scores(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"id": "str"}, keep_default_na=False)


def to_file(room: Room, given: Given) -> Came:
    out = room.place / "out.csv"
    batch = score_table(room.folder, str(given.path), out, SETTINGS)
    return of_scores(read_scores(out), batch.warnings)


def from_stream(room: Room, given: Given) -> Came:
    out = room.place / "streamed.csv"
    with pytest.MonkeyPatch.context() as patch:
        stream = io.TextIOWrapper(io.BytesIO(given.path.read_bytes()))
        patch.setattr(sys, "stdin", stream)
        batch = score_table(room.folder, "-", out, SETTINGS)
    return of_scores(read_scores(out), batch.warnings)


def to_folder(room: Room, given: Given) -> Came:
    out = room.place / "parts"
    batch = score_folder(room.folder, str(given.path), out, SETTINGS)
    parts = [pd.read_parquet(part) for part in sorted(out.glob("part-*.parquet"))]
    return of_scores(pd.concat(parts, ignore_index=True), batch.warnings)


@dataclass(frozen=True)
class Carried:
    """An engine that hands every part over as a Dask scheduler does: as bytes."""

    def run(self, work: Callable[[Any], Any], parts: Any) -> Any:
        from predict.engines import Done

        for number, part in enumerate(parts):
            yield Done(number, pickle.loads(pickle.dumps(work(pickle.loads(pickle.dumps(part))))))


def in_parts(room: Room, given: Given) -> Came:
    """Parts, each from its own bytes, as a worker of Dask makes them."""
    from predict.scoring import batch as module

    out = room.place / "carried"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "make_engine", lambda *words, **more: Carried())
        done: Batch = score_folder(room.folder, str(given.path), out, SETTINGS, form="csv")
    parts = [read_scores(part) for part in sorted(out.glob("part-*.csv"))]
    return of_scores(pd.concat(parts, ignore_index=True), done.warnings)


def of_frame(room: Room, given: Given) -> Came:
    scores = score(room.model, given.path if given.frame is None else given.frame)
    return of_scores(scores, scores.attrs["warnings"])


def served(room: Room, given: Given) -> Came:
    scores = room.served.predict(given.frame)
    return of_scores(scores, scores.attrs["warnings"])


def explained(room: Room, given: Given) -> Came:
    found = explain(room.model, given.path if given.frame is None else given.frame)
    return Came(told=frozenset(found.warnings), ids=frozenset(found.values.index))


def validated(room: Room, given: Given) -> Came:
    verdict = validate(room.model, given.path, Plan(resamples=2)).verdict
    told = frozenset(verdict.get("warnings", {}))
    return Came(told=told, counts=verdict["counts"], lead=verdict["sentence"])


def reported(room: Room, given: Given) -> Came:
    made, fault = table_report([room.folder], given.path, made="2026-03-21", key=b"k" * 16)
    cohort, (lane,) = made.context.cohort, made.context.views
    first = {person: told[0].code for person, told in lane.reasons.items() if told}
    codes = [
        code if code else first.get(person, "")
        for person, code in zip(cohort.rows["id"], cohort.rows["code"], strict=True)
    ]
    listed = {row["entry"]: row for row in made.worklist({}, {})["rows"]}
    rows = {
        int(row): (STATES[listed[entry]["state"]], codes[entry])
        for entry, row in enumerate(cohort.rows["row"])
    }
    safety = {int(row): listed[n]["rank"] for n, row in enumerate(cohort.rows["row"])}
    status = fault.exit_code if fault else 0
    people = dict(zip(cohort.rows["id"], rows.values(), strict=True))
    told = frozenset(made.warnings)
    return Came(status=status, told=told, rows=rows, people=people, safety=safety)


DOORS: dict[str, Callable[[Room, Given], Came]] = {
    "file": to_file,
    "stream": from_stream,
    "folder": to_folder,
    "part": in_parts,
    "frame": of_frame,
    "served": served,
    "explain": explained,
    "validate": validated,
    "report": reported,
}


def through(door: str, room: Room, given: Given) -> Came:
    """Return what came of a table at a door; an error is told by its codes and exit status."""
    try:
        return DOORS[door](room, given)
    except PredictError as error:
        codes = {error.code, *(problem.code for problem in error.problems)}
        return Came(stopped=frozenset(codes), status=error.exit_code)
