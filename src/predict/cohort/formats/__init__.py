"""Formats: how each way of writing tables becomes the same cells, at once or chunk by chunk.

To add one, write one file with a `SourceFormat` and list it in `FORMATS`.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import pyarrow as pa

from predict.cohort.formats import packing
from predict.cohort.formats.alike import check_alike, united
from predict.cohort.formats.base import Chunk, Scan, SourceFile, SourceFormat, Stretch
from predict.cohort.formats.cdisc import Cdisc
from predict.cohort.formats.csv_file import Csv
from predict.cohort.formats.duckdb_table import DuckDb
from predict.cohort.formats.excel import Excel
from predict.cohort.formats.fhir import Fhir
from predict.cohort.formats.folder import Folder, files_in
from predict.cohort.formats.foreign import clinical, foreign, packer_of
from predict.cohort.formats.frame import Frame
from predict.cohort.formats.google_forms import GoogleForms
from predict.cohort.formats.in_order import InOrder, is_ordered_file
from predict.cohort.formats.limesurvey import LimeSurvey
from predict.cohort.formats.location import Location
from predict.cohort.formats.location import located as located_among
from predict.cohort.formats.parquet import Parquet
from predict.cohort.formats.qualtrics import Qualtrics
from predict.cohort.formats.redcap import Redcap
from predict.cohort.formats.sas import Sas, Xport
from predict.cohort.formats.scanning import scan
from predict.cohort.formats.spss import Spss
from predict.cohort.formats.stata import Stata
from predict.cohort.formats.synthea import Synthea
from predict.cohort.formats.together import Together
from predict.cohort.formats.translated import Rows, Translated, is_rows_file
from predict.cohort.formats.untold import untold
from predict.cohort.source import refuse
from predict.definitions.study import Dialect, Reads
from predict.errors import Problem, UsageError, unknown_name

__all__ = [
    "FORMATS",
    "Chunk",
    "Location",
    "Scan",
    "SourceFile",
    "SourceFormat",
    "Stretch",
    "check_alike",
    "check_expected",
    "format_of",
    "is_address",
    "located",
    "open_table",
    "scan",
    "united",
    "untold_of",
]

# Asked in this order which of them a file is of; CSV has no sign of its own and comes last.
FORMATS: dict[str, SourceFormat] = {
    "synthea": Synthea(),
    "cdisc": Cdisc((Xport(), Sas(), Parquet(), Csv())),
    "parquet": Parquet(),
    "fhir": Fhir(),
    "redcap": Redcap(),
    "qualtrics": Qualtrics(),
    "limesurvey": LimeSurvey(),
    "google_forms": GoogleForms(),
    "spss": Spss(),
    "stata": Stata(),
    "sas": Sas(),
    "xport": Xport(),
    "excel": Excel(),
    "duckdb": DuckDb(),
    "folder": Folder((Parquet(), Csv())),
    "csv": Csv(),
}

# What a batch writes for itself. One of each: what is held open is known again by its format too.
_LAID_OUT, _IN_ORDER = Rows(), InOrder()

Table: TypeAlias = Path | str | pd.DataFrame | pa.Table


def open_table(
    table: Table,
    *,
    dialect: Dialect | None = None,
    id_column: str = "",
    columns: Sequence[str] = (),
) -> SourceFile:
    """Return a table to be probed, scanned and read, with the format that its bytes tell.

    Parameters
    ----------
    table : path, DataFrame or arrow table
        A gz file is unpacked in memory. ``FORMAT:PATH?key=value`` names the format and what to
        read of it, such as ``duckdb:clinic.duckdb?table=visits``.
    dialect : Dialect or None
        How the study says it is written; its ``format`` holds where the place names none.
    columns : sequence of str
        Columns to read; all where empty.

    Raises
    ------
    TableError
        When there is no such file, or it is of a kind that is not read.
    """
    written = dialect or Dialect()
    wanted = (written, id_column, tuple(columns))
    if isinstance(table, pd.DataFrame | pa.Table):
        return SourceFile("", Frame(), *wanted, held=table)
    location = located(table)
    stated = named_format(location.form or written.format)
    if stated is not None and stated.is_address(location.path):
        data = stated.fetched(location, id_column)
        return SourceFile(location.path, stated, *wanted, held=data, location=location)
    form, held = _on_the_disk(Path(location.path), stated)
    return SourceFile(location.path, form, *wanted, held=held, location=location)


def located(table: Path | str) -> Location:
    """Return where a table lies: a path, or ``FORMAT:PATH?key=value``."""
    return located_among(table, FORMATS)


def check_expected(file: SourceFile, rows: int) -> None:
    """Stop where a table has another number of rows than was expected of it.

    Some formats state no number of rows; a file of them that was cut off looks whole.
    """
    expected = file.option("expect_rows")
    if expected and expected != str(rows):
        message = f"The table has {rows} rows, {expected} were expected; export it again,"
        raise refuse("ROWS_EXPECTED", f"{message} or correct --expect-rows.")


def untold_of(file: SourceFile, names: Collection[str], reads: Reads) -> list[Problem]:
    """Return what a table's format leaves undone that the study or its columns ask for."""
    if file.form in (_LAID_OUT, _IN_ORDER):
        return []  # told when it was laid out
    return untold(file.form, FORMATS, names, reads)


def named_format(name: str) -> SourceFormat | None:
    """Return the format of a name that the study or the table's place states; None for none.

    Raises
    ------
    UsageError
        When no format is called so.
    """
    if not name:
        return None
    if name not in FORMATS:
        raise UsageError(unknown_name("format", name, list(FORMATS)), code="FORMAT_UNKNOWN")
    return FORMATS[name]


def is_address(location: Location) -> bool:
    """Return whether a table's place is the address of a service."""
    return bool(location.form) and FORMATS[location.form].is_address(location.path)


def _on_the_disk(path: Path, stated: SourceFormat | None) -> tuple[SourceFormat, bytes | None]:
    """The format of what lies at a path, and its bytes where they were packed."""
    packing.check_file(path, folders=True)
    if path.is_dir():
        return _stated_folder(stated, path) if stated else folder_format(path), None
    if stated is FORMATS["folder"]:
        message = "The path is a file, no folder; leave the format out, or name the folder."
        raise refuse("TABLE_NOT_FOLDER", message)
    if is_rows_file(path.name):
        return _LAID_OUT, None
    if is_ordered_file(path.name):
        return _IN_ORDER, None
    head = packing.head_of(path)
    if packer_of(head) and (error := foreign(head)):
        raise error
    if not head.startswith(packing.GZIP):
        return stated or format_of(path.name, head), None
    sink = io.BytesIO()
    packing.unpack(path, sink)
    data = sink.getvalue()
    return stated or format_of(path.stem, data[: packing.HEAD]), data


def folder_format(path: Path) -> SourceFormat:
    """Return the first format that claims the files of a folder as one table."""
    names = files_in(path)
    if any("/" in name for name in names):
        if FORMATS["folder"].sniff_folder(names):
            return _of_one_tool(path, names) or FORMATS["folder"]
        names = []
    for form in FORMATS.values():
        if form.sniff_folder(names):
            of_tool = form is FORMATS["folder"] and _of_one_tool(path, names)
            return of_tool or form
    if FORMATS["fhir"].sniff_folder([file.name for file in path.rglob("*") if file.is_file()]):
        return FORMATS["fhir"]  # exports of several days or servers, a folder each
    message = "The path is a folder that holds no table in parts; name one CSV or Parquet file,"
    raise refuse("TABLE_IS_FOLDER", f"{message} or a folder of files of one format.")


def _of_one_tool(path: Path, names: Sequence[str]) -> SourceFormat | None:
    """The format of a folder whose text files are exports of one tool; None where they are not."""
    forms = [format_of(name, packing.head_of(path / name)) for name in names]
    tools = [form for form in forms if isinstance(form, Translated)]
    if not tools:
        return None
    if any("/" in name for name in names) or any(form != forms[0] for form in forms):
        message = f"The folder holds a {tools[0].title} beside others, or in folders called"
        message = f"{message} key=value; put the exports of one tool into a folder of their own."
        raise refuse("TABLE_SCHEMAS_DIFFER", message)
    return Together(tools[0])


def _stated_folder(stated: SourceFormat, path: Path) -> SourceFormat:
    """The format of a folder of which a format is stated: the folder's, or that of its files."""
    if stated in (FORMATS["fhir"], FORMATS["synthea"], FORMATS["folder"]):
        return stated
    if isinstance(stated, Translated):
        return Together(stated)
    if stated in (FORMATS["csv"], FORMATS["parquet"]):
        return FORMATS["folder"]
    message = f"The path is a folder, no {stated.title}; name one file."
    raise refuse("TABLE_IS_FOLDER", message)


def format_of(name: str, head: bytes) -> SourceFormat:
    """Return the first format that claims a file of this name and beginning.

    >>> format_of("people.txt", b"PAR1").title
    'Parquet file'

    Raises
    ------
    TableError
        When it is of a kind that is not read.
    """
    if error := clinical(name, head):
        raise error
    for form in FORMATS.values():
        if form.sniff(name, head):
            return form
    message = "The table is a zip archive; unpack it and name the table in it."
    raise foreign(head) or refuse("TABLE_PACKED", message)
