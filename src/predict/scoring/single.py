"""One file instead of a folder, or standard output: the same parts, put together at the end."""

from __future__ import annotations

import gzip
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

from predict.cohort.intake import STANDARD
from predict.errors import OutputError, UsageError
from predict.files import csv_text, read_json, sha256_bytes, sha256_file, write_bytes
from predict.model_folder import load_with_manifest, model_digest
from predict.scoring.batch import Batch, Tell, key_of, look, score_folder
from predict.scoring.companions import SUFFIXES, SingleFile, suffix_of
from predict.scoring.delivery import Origin, fhir_lines, redcap_fields, redcap_rows
from predict.scoring.ownership import REJECTED, RUN, refuse_inputs
from predict.scoring.settings import ScoringSettings
from predict.scoring.work import Format

Joiner = Callable[[Path, IO[bytes]], None]
Delivery = Literal["", "csv", "parquet", "fhir", "redcap"]
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
        A name without ``.csv``, ``.csv.gz``, ``.parquet`` or ``.pq`` is a folder. A single file
        gets its name only when it is whole; beside it lie ``NAME.run.json`` and, if rows were
        refused, ``NAME.rejected.csv``.
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
    if settings.dry_run:
        with _private_folder() as workshop:
            return look(model, table, workshop, settings)
    if str(out) == STANDARD:
        return _to_standard_output(model, table, settings)
    if not suffix_of(out) and form not in DELIVERED:
        parted: Format = "csv" if form == "csv" else "parquet"
        return score_folder(model, table, out, settings, form=parted, tell=tell)
    return _to_file(model, table, SingleFile(out), settings, form=form, tell=tell)


def _to_file(
    model: Path | str,
    table: str,
    single: SingleFile,
    settings: ScoringSettings,
    *,
    form: Delivery,
    tell: Tell | None,
) -> Batch:
    """Score into parts beside the file, and give it its name when it is whole."""
    parted: Format = "parquet" if form in DELIVERED else SUFFIXES[suffix_of(single.path).lower()]
    delivery = form or parted
    _refuse_existing(single.path, settings)
    refuse_inputs(table, single.outputs())
    single.refuse_strangers()
    if settings.resume and single.path.exists() and not single.parts.exists():
        return _already_there(model, table, single, settings, (parted, delivery))

    def after(finished: bool) -> None:
        if finished:
            _put_together(single, delivery, _joiner(model, delivery))
        else:
            replaced = single.path.exists()
            _write_rejected(single.parts, single.failed if replaced else single.rejected)
        shutil.rmtree(single.parts)

    return score_folder(model, table, single.parts, settings, form=parted, tell=tell, after=after)


def _already_there(
    model: Path | str,
    table: str,
    single: SingleFile,
    settings: ScoringSettings,
    forms: tuple[Format, str],
) -> Batch:
    """Return what a finished file holds, if the run that is to be resumed is the one it is of."""
    run = single.verified()
    with _private_folder() as workshop:
        key = key_of(model, table, workshop, settings, forms[0])
    if (key, forms[1]) != (run["key"], run["delivery"]):
        raise OutputError(
            f"'{single.path.name}' is the finished output of another table, model, version or of "
            "other settings. Use --overwrite to replace it, or choose another output.",
            code="OUTPUT_OTHER_RUN",
        )
    counts = {**run["counts"], "kept": run["counts"]["parts"]}
    run_facts = {name: run[name] for name in ("coercions", "warnings")}
    return Batch(**counts, **run_facts, table_sha256=run["table"]["sha256"])


def _refuse_existing(out: Path, settings: ScoringSettings) -> None:
    if os.path.islink(out):  # noqa: PTH114 - it raises nothing at names that are too long
        raise OutputError(
            f"'{out.name}' is a link. Give the file itself, so that one sees what is written.",
            code="OUTPUT_LINK",
        )
    if os.path.lexists(out) and not (settings.overwrite or settings.resume):
        raise OutputError(
            f"'{out.name}' exists. Use --overwrite to replace it, or choose another output.",
            code="OUTPUT_EXISTS",
        )


def _check_form(form: Delivery, out: Path) -> None:
    words = ("csv", "parquet", *DELIVERED)
    if form and form not in words:
        raise UsageError(f"--format is one of {', '.join(words)}, not '{form}'.")
    suffix = suffix_of(out)
    if form in SUFFIXES.values() and SUFFIXES.get(suffix.lower(), form) != form:
        raise UsageError(f"--format {form} and the suffix {suffix} differ; choose one.")
    if form and str(out) == STANDARD and form != "csv":
        raise UsageError(f"Standard output takes CSV alone; name a file for --format {form}.")


def _joiner(model: Path | str, form: Delivery) -> Joiner:
    """What writes the one file of a format from its parts."""
    if form == "csv":
        return _join_csv
    if form == "parquet":
        return _join_parquet
    return partial(_join_fhir if form == "fhir" else _join_redcap, model)


def _put_together(single: SingleFile, delivery: str, join: Joiner) -> None:
    """Write the one file from its parts, whole or not at all, and what lies beside it."""
    out = single.path
    temporary = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            with _packing(out, file) as sink:
                join(single.parts, sink)
            file.flush()
            os.fsync(file.fileno())
        _beside(single, delivery, sha256_file(temporary))
        os.replace(temporary, out)
    except OSError as error:
        raise OutputError(
            f"Could not write {out.name}: {error.strerror}. Check the folder and the free space.",
            code="OUTPUT_UNWRITABLE",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _packing(out: Path, file: IO[bytes]) -> Iterator[IO[bytes]]:
    """Yield what is written to: the file, or what packs it, equal bytes for equal scores."""
    if not suffix_of(out).lower().endswith(".gz"):
        yield file
        return
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
        yield packed  # type: ignore[misc]  # it writes bytes as any file does


def _beside(single: SingleFile, delivery: str, scores: str) -> None:
    """Write what lies beside the scores; of refused rows of an earlier run nothing is left."""
    refused = _write_rejected(single.parts, single.rejected)
    if not refused:
        single.rejected.unlink(missing_ok=True)
    single.failed.unlink(missing_ok=True)
    run = read_json(single.parts / RUN)
    write_bytes(single.run, single.facts(run, delivery, scores, refused))


def _write_rejected(parts: Path, place: Path) -> str:
    """Write the refused rows of all parts into one table; return its digest, empty for none."""
    refused = sorted((parts / REJECTED).glob("part-*.csv"))
    if not refused:
        return ""
    lines = [part.read_bytes() for part in refused]
    joined = lines[0] + b"".join(text.partition(b"\n")[2] for text in lines[1:])
    write_bytes(place, joined)
    return sha256_bytes(joined)


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
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise OutputError(
                f"Standard output took only some of the scores: {error.strerror}. Write to a file.",
                code="OUTPUT_UNWRITABLE",
            ) from error
    return batch


@contextmanager
def _private_folder() -> Iterator[Path]:
    folder = Path(mkdtemp(prefix="predict-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
