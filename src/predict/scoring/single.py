"""One file instead of a folder, or standard output: the same parts, put together at the end."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Literal

import pandas as pd

from predict.cohort.formats import located
from predict.cohort.intake import STANDARD
from predict.errors import OutputError, TooManyRejected, UsageError
from predict.files import csv_text, read_json, write_bytes
from predict.model_folder import load_with_manifest, model_digest
from predict.scoring.batch import Batch, Tell, look, score_folder
from predict.scoring.delivery import Origin, fhir_lines, redcap_fields, redcap_rows
from predict.scoring.output import REJECTED, RUN
from predict.scoring.settings import ScoringSettings
from predict.scoring.work import Format

Joiner = Callable[[Path, IO[bytes]], None]
Delivery = Literal["", "csv", "parquet", "fhir", "redcap"]
FORMATS: dict[str, Format] = {".csv": "csv", ".parquet": "parquet"}
# Written from Parquet parts, each into one file whatever it is called.
DELIVERED = ("fhir", "redcap")


def score_table(
    model: Path | str,
    table: str,
    out: Path | str,
    settings: ScoringSettings | None = None,
    *,
    form: Delivery = "",
    tell: Tell | None = None,
) -> Batch:
    """Score a table to a folder, a single ``.csv`` or ``.parquet`` file, or ``-``.

    Parameters
    ----------
    model, table, settings, tell
        As `score_folder`.
    out : path
        A name without one of the two suffixes is a folder. A single file gets its name only when
        it is whole; beside it lie ``NAME.run.json`` and, if rows were refused,
        ``NAME.rejected.csv``.
    form : str
        How scores are written; by the suffix of ``out`` where empty, and ``parquet`` in a folder.
        ``fhir`` (a RiskAssessment a line) and ``redcap`` (to import) make one file of any name.

    Returns
    -------
    Batch
    """
    settings, out = settings or ScoringSettings(), Path(out)
    _check_form(form, out)
    if form == "redcap":
        redcap_fields(load_with_manifest(model)[0])
    _refuse_same(table, out)
    if settings.dry_run:
        with _private_folder() as workshop:
            return look(model, table, workshop, settings)
    if str(out) == STANDARD:
        return _to_standard_output(model, table, settings)
    if out.suffix not in FORMATS and form not in DELIVERED:
        parted: Format = "csv" if form == "csv" else "parquet"
        return score_folder(model, table, out, settings, form=parted, tell=tell)
    _refuse_existing(out, settings)
    kept: Format = "parquet" if form in DELIVERED else FORMATS[out.suffix]
    parts = out.with_name(f".{out.name}.parts")
    try:
        batch = score_folder(model, table, parts, settings, form=kept, tell=tell)
    except TooManyRejected:
        _write_rejected(parts, out)
        shutil.rmtree(parts)
        raise
    _put_together(parts, out, _joiner(model, form or kept))
    shutil.rmtree(parts)
    return batch


def _refuse_same(table: str, out: Path) -> None:
    try:
        same = table != STANDARD and out.samefile(located(table).path)
    except OSError:
        return
    if same:
        raise OutputError(
            "The output is the table itself. Choose another output.", code="OUTPUT_IS_INPUT"
        )


def _refuse_existing(out: Path, settings: ScoringSettings) -> None:
    if out.is_symlink():
        raise OutputError(
            f"'{out.name}' is a link. Give the file itself, so that one sees what is written.",
            code="OUTPUT_LINK",
        )
    if out.exists() and not (settings.overwrite or settings.resume):
        raise OutputError(
            f"'{out.name}' exists. Use --overwrite to replace it, or choose another output.",
            code="OUTPUT_EXISTS",
        )


def _check_form(form: Delivery, out: Path) -> None:
    words = ("csv", "parquet", *DELIVERED)
    if form and form not in words:
        raise UsageError(f"--format is one of {', '.join(words)}, not '{form}'.")
    if form in FORMATS.values() and FORMATS.get(out.suffix, form) != form:
        raise UsageError(f"--format {form} and the suffix {out.suffix} differ; choose one.")
    if form and str(out) == STANDARD and form != "csv":
        raise UsageError(f"Standard output takes CSV alone; name a file for --format {form}.")


def _joiner(model: Path | str, form: Delivery) -> Joiner:
    """What writes the one file of a format from its parts."""
    if form == "csv":
        return _join_csv
    if form == "parquet":
        return _join_parquet
    return partial(_join_fhir if form == "fhir" else _join_redcap, model)


def _put_together(parts: Path, out: Path, join: Joiner) -> None:
    """Write the one file from its parts, whole or not at all, and what lies beside it."""
    temporary = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            join(parts, file)
            file.flush()
            os.fsync(file.fileno())
        _beside(parts, out)
        os.replace(temporary, out)
    except OSError as error:
        raise OutputError(
            f"Could not write {out.name}: {error.strerror}. Check the folder and the free space."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _beside(parts: Path, out: Path) -> None:
    write_bytes(out.with_name(f"{out.stem}.run.json"), (parts / RUN).read_bytes())
    _write_rejected(parts, out)


def _write_rejected(parts: Path, out: Path) -> None:
    refused = sorted((parts / REJECTED).glob("part-*.csv"))
    if refused:
        lines = [part.read_bytes() for part in refused]
        joined = lines[0] + b"".join(text.partition(b"\n")[2] for text in lines[1:])
        write_bytes(out.with_name(f"{out.stem}.rejected.csv"), joined)


def _join_csv(parts: Path, file: IO[bytes]) -> None:
    for number, part in enumerate(sorted(parts.glob("part-*.csv"))):
        with part.open("rb") as source:
            header = source.readline()
            if number == 0:
                file.write(header)
            shutil.copyfileobj(source, file, 1 << 20)


def _join_parquet(parts: Path, file: IO[bytes]) -> None:
    import pyarrow.parquet as pq

    paths = sorted(parts.glob("part-*.parquet"))
    schema = pq.read_schema(paths[0])
    with pq.ParquetWriter(file, schema, write_page_checksum=True, compression="zstd") as writer:
        for part in paths:
            writer.write_table(pq.read_table(part, page_checksum_verification=True))


def _join_fhir(model: Path | str, parts: Path, file: IO[bytes]) -> None:
    loaded, manifest = load_with_manifest(model)
    day = str(read_json(parts / RUN)["begun_on"])
    origin = Origin(loaded, model_digest(manifest), day)
    for part in sorted(parts.glob("part-*.parquet")):
        for line in fhir_lines(pd.read_parquet(part), origin):
            file.write(line.encode() + b"\n")


def _join_redcap(model: Path | str, parts: Path, file: IO[bytes]) -> None:
    loaded, _ = load_with_manifest(model)
    scores = [pd.read_parquet(part) for part in sorted(parts.glob("part-*.parquet"))]
    file.write(csv_text(redcap_rows(pd.concat(scores, ignore_index=True), loaded)).encode())


def _to_standard_output(model: Path | str, table: str, settings: ScoringSettings) -> Batch:
    with _private_folder() as workshop:
        batch = score_folder(model, table, workshop / "parts", settings, form="csv")
        try:
            _join_csv(workshop / "parts", sys.stdout.buffer)
            sys.stdout.buffer.flush()
        except BrokenPipeError as error:
            # Python flushes standard output once more when it ends: let that go nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise OutputError(
                "Whoever read the scores has closed the stream. Write to a file instead.",
                code="OUTPUT_CLOSED",
            ) from error
    return batch


@contextmanager
def _private_folder() -> Iterator[Path]:
    folder = Path(mkdtemp(prefix="predict-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
