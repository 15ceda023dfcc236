"""One file instead of a folder, or standard output: the same parts, put together at the end."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import IO

from predict.cohort.formats import located
from predict.cohort.intake import STANDARD
from predict.errors import OutputError, TooManyRejected
from predict.files import write_bytes
from predict.scoring.batch import Batch, Tell, look, score_folder
from predict.scoring.output import REJECTED, RUN
from predict.scoring.settings import Settings
from predict.scoring.work import Format

FORMATS: dict[str, Format] = {".csv": "csv", ".parquet": "parquet"}


def score_table(
    model: Path | str,
    table: str,
    out: Path | str,
    settings: Settings | None = None,
    *,
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

    Returns
    -------
    Batch
    """
    settings, out = settings or Settings(), Path(out)
    _refuse_same(table, out)
    if settings.dry_run:
        with _private_folder() as workshop:
            return look(model, table, workshop, settings)
    if str(out) == STANDARD:
        return _to_standard_output(model, table, settings)
    if out.suffix not in FORMATS:
        return score_folder(model, table, out, settings, tell=tell)
    _refuse_existing(out, settings)
    form = FORMATS[out.suffix]
    parts = out.with_name(f".{out.name}.parts")
    try:
        batch = score_folder(model, table, parts, settings, form=form, tell=tell)
    except TooManyRejected:
        _write_rejected(parts, out)
        shutil.rmtree(parts)
        raise
    _put_together(parts, out, form)
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


def _refuse_existing(out: Path, settings: Settings) -> None:
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


def _put_together(parts: Path, out: Path, form: Format) -> None:
    """Write the one file from its parts, whole or not at all, and what lies beside it."""
    temporary = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            (_join_csv if form == "csv" else _join_parquet)(parts, file)
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


def _to_standard_output(model: Path | str, table: str, settings: Settings) -> Batch:
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
