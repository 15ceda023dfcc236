"""SPSS, Stata and SAS files: numbers as they stand, labels beside them; the door of pyreadstat.

Answers are never read as categories: their order is the alphabet's, or that of what occurs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, ClassVar, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from predict.cohort.formats.base import SourceFile, check_names, mark_of, needing
from predict.cohort.formats.hints import Hints
from predict.cohort.formats.rows import RowFormat
from predict.cohort.source import ColumnNotes, Source, refuse
from predict.definitions.study import Dialect
from predict.errors import TableError

# Names of the study's encodings in the library.
_ENCODINGS = {"latin-1": "ISO-8859-1", "cp1252": "WINDOWS-1252"}
_DECODING = ("encoding", "codec can't decode")
Cells: TypeAlias = Sequence[Any] | np.ndarray | pa.Array


class Readstat(RowFormat):
    """A file that pyreadstat reads; a subclass names its function and its words."""

    extra = "formats"
    reader: ClassVar[str]

    def probe(self, file: SourceFile) -> Source:
        """Return the table without its rows, with the labels of its columns and codes."""
        about = self.about(file)
        names = list(about.column_names)
        check_names(names)
        kinds = {name: about.readstat_variable_types.get(name) for name in names}
        empty = {
            name: pa.array([], pa.string() if kind == "string" else pa.float64())
            for name, kind in kinds.items()
        }
        return Source(pa.table(empty), notes=column_notes(about))

    def take(self, file: SourceFile, start: int, rows: int) -> Source:
        """Return so many rows from a place on; declared missing codes are blank and counted."""
        cells, about = self.load(file, start, rows)
        ranges = {} if file.dialect.declared_missing == "answers" else about.missing_ranges
        columns, missing = {}, 0
        for name in file.columns or about.column_names:
            column = column_of(cells[name], as_text=name == file.id_column)
            blank = _declared(column, ranges.get(name, ()))
            missing += int(blank.sum()) if blank is not None else 0
            columns[name] = column if blank is None else _without(column, blank)
        counts = {"declared_missing": missing} if missing else {}
        return Source(pa.table(columns), counts=counts)

    def hints(self, file: SourceFile) -> Hints:
        """Return what the file's labels say: the questions, and the meaning of each code."""
        notes = column_notes(self.about(file))
        choices = {
            name: {c: w for c, w in note.values.items() if not _is_missing(note, c)}
            for name, note in notes.items()
        }
        return Hints(
            labels={name: note.label for name, note in notes.items() if note.label},
            choices={name: words for name, words in choices.items() if len(words) > 1},
        )

    def about(self, file: SourceFile) -> Any:
        """Return what the file says of itself; read once and kept for the file's other pieces."""
        if file.held is not None:
            return self._said(file)
        return _about(self, file.path, file.dialect.encoding, mark_of(file))

    def _said(self, file: SourceFile) -> Any:
        return self.call(file, metadataonly=True, output_format="dict")[1]

    def load(self, file: SourceFile, start: int, rows: int) -> tuple[Mapping[str, Cells], Any]:
        """Return the cells of so many rows, and what the file says of its columns."""
        names = self.about(file).column_names
        wanted = [name for name in names if name in file.columns] if file.columns else None
        keys = {"row_offset": start, "row_limit": rows, "usecols": wanted}
        return self.call(file, output_format="dict", **keys)

    def call(self, file: SourceFile, **keys: Any) -> tuple[Any, Any]:
        """Call the library on a file; its refusals come out as ours, without their words."""
        with needing(self):
            import pyreadstat
        if file.dialect.encoding in _ENCODINGS:
            keys["encoding"] = _ENCODINGS[file.dialect.encoding]
        try:
            with file.on_disk() as path:
                cells, about = getattr(pyreadstat, self.reader)(path, **keys)
        except UnicodeDecodeError as error:
            raise self.not_decoded() from error
        except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as error:
            if any(word in str(error) for word in _DECODING):
                raise self.not_decoded() from error
            raise self.damaged() from error
        # What broken dates, lengths and names raise inside the library.
        except (ValueError, OverflowError, MemoryError, OSError, KeyError, IndexError) as error:
            raise self.damaged() from error
        return cells, about

    def not_decoded(self) -> TableError:
        """Return the error of text in another encoding than the file or the study says."""
        message = f"{self.title}: text is in another encoding than the file says;"
        hint = 'state encoding = "cp1252" or "latin-1" in the study, or export it as UTF-8.'
        return refuse("NOT_ENCODED", f"{message} {hint}")

    def damaged(self) -> TableError:
        """Return the error of a file that is cut off, damaged or of another kind."""
        message = f"The file is damaged, cut off or no {self.title}; export it again."
        return refuse("TABLE_DAMAGED", message)


@lru_cache(maxsize=4)
def _about(form: Readstat, path: str, encoding: str, mark: tuple[int, int]) -> Any:
    return form._said(SourceFile(path, form, Dialect(encoding=encoding)))


def column_notes(about: Any) -> dict[str, ColumnNotes]:
    """Return labels, value labels and declared missing codes by column, where there are any."""
    labels = {name: label for name, label in about.column_names_to_labels.items() if label}
    values = about.variable_value_labels
    names = {*labels, *values, *about.missing_ranges}
    return {
        name: ColumnNotes(
            label=labels.get(name, ""),
            values={_code(code): str(word) for code, word in values.get(name, {}).items()},
            missing=tuple(_ranges(about.missing_ranges.get(name, ()))),
        )
        for name in sorted(names)
    }


def _code(code: object) -> str:
    return f"{code:g}" if isinstance(code, int | float) else str(code)


def _is_missing(note: ColumnNotes, code: str) -> bool:
    """Whether a labelled code means that there is no answer."""
    try:
        return note.is_missing(float(code))
    except ValueError:
        return False


def _ranges(declared: Sequence[Mapping[str, Any]]) -> list[tuple[float, float]]:
    """Declared ranges of numbers; those of text are left to the cells."""
    pairs = [(part["lo"], part["hi"]) for part in declared]
    return [(float(low), float(high)) for low, high in pairs if not isinstance(low, str)]


def _declared(column: pa.Array, declared: Sequence[Mapping[str, Any]]) -> np.ndarray | None:
    """Which cells hold a code that the file declares missing; None where it declares none."""
    if not declared:
        return None
    if pa.types.is_string(column.type):
        words = {str(part["lo"]).strip() for part in declared} | {
            f"{low:g}" for low, high in _ranges(declared) if low == high
        }
        return np.array([(text or "").strip() in words for text in column.to_pylist()], dtype=bool)
    numbers = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    blank = np.zeros(len(numbers), dtype=bool)
    for low, high in _ranges(declared):
        blank |= (numbers >= low) & (numbers <= high)
    return blank


def _without(column: pa.Array, blank: np.ndarray) -> pa.Array:
    keep = pa.array(~blank)
    return pc.if_else(keep, column, pa.scalar(None, column.type))


def column_of(cells: Cells, *, as_text: bool = False) -> pa.Array:
    """Return a column's cells: numbers, text, or dates as ISO text.

    Parameters
    ----------
    as_text : bool
        Whether numbers are ids: text without a decimal point.

    Examples
    --------
    >>> column_of([1.0, None]).to_pylist(), column_of([7.0, 7.5], as_text=True).to_pylist()
    ([1.0, None], ['7', '7.5'])
    >>> column_of([None, datetime(2024, 1, 31)]).to_pylist()
    [None, '2024-01-31']
    """
    if isinstance(cells, pa.Array):
        return cells
    try:
        array = pa.array(cells, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return pa.array([_text(cell) for cell in cells], pa.string())
    if pa.types.is_null(array.type):
        return pa.nulls(len(cells), pa.string() if as_text else pa.float64())
    if pa.types.is_string(array.type):
        return array
    if as_text or pa.types.is_temporal(array.type) or pa.types.is_binary(array.type):
        return pa.array([_text(cell) for cell in cells], pa.string())
    return array if pa.types.is_integer(array.type) else array.cast(pa.float64())


def _text(cell: Any) -> str | None:
    """A cell as a CSV would hold it."""
    if cell is None or cell != cell:
        return None
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
