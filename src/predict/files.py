"""Writing files whole or not at all, and the one form of JSON, CSV and Parquet used everywhere."""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from predict.errors import OutputError

DIGITS = 10
# Quotes before it count too: else "'=1" and "=1" would be written alike.
_FORMULA = re.compile(r"^'*[=+\-@\t\r]")
_QUOTED = re.compile(r"^'+[=+\-@\t\r]")
_NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")


def write_bytes(path: Path | str, data: bytes, *, mode: int = 0o600) -> Path:
    """Write a file under a temporary name, force it to disk, then give it its name.

    Raises
    ------
    OutputError
        When the folder cannot be written or the disk is full; nothing is left under the final name.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _refuse_device(path)
        _write_and_sync(temporary, data, mode)
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):  # a name that is too long for the one is so for the other
            temporary.unlink(missing_ok=True)
        raise OutputError(
            f"Could not write {path.name}: {error.strerror}. Check the folder and the free space."
        ) from error
    return path


def _refuse_device(path: Path) -> None:
    """Stop before a device or a pipe would be replaced by a file of its name."""
    if os.path.lexists(path) and not (path.is_file() or path.is_symlink()):
        raise OSError(errno.EEXIST, "It is no regular file")


def _write_and_sync(path: Path, data: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: Path | str, text: str) -> Path:
    """Write text as UTF-8, whole or not at all."""
    return write_bytes(path, text.encode("utf-8"))


def round10(value: float) -> float:
    """Return a float with ten significant digits, the precision of every stored number."""
    return float(f"{value:.{DIGITS}g}")


def to_json_value(value: Any) -> Any:
    """Return a value as JSON can hold it: NaN becomes null, floats get ten digits."""
    if value is None or type(value) is str:  # most of what is written
        return value
    if isinstance(value, Mapping):
        return {str(key): to_json_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset, np.ndarray)):
        return [to_json_value(item) for item in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        rounded = round10(float(value))  # the largest floats round to infinity
        return rounded if math.isfinite(rounded) else None
    return value


def take_words(words: Sequence[str], place: np.ndarray) -> Any:
    """Return text by number: one look-up in Arrow instead of a Python object a row.

    Parameters
    ----------
    words : sequence of str
    place : array of int, shape (rows,)
        Number of each row's word, counted from 0.

    Examples
    --------
    >>> list(take_words(["no", "yes"], np.array([1, 0, 1])))
    ['yes', 'no', 'yes']
    """
    return pd.array(list(words), dtype="str").take(np.asarray(place, dtype=np.int64))


def canonical_json(value: Any) -> str:
    """Return JSON with sorted keys, no spaces to argue about and no NaN: equal values, equal bytes.

    Examples
    --------
    >>> canonical_json({"b": 1 / 3, "a": [1, float("nan")]})
    '{"a":[1,null],"b":0.3333333333}'
    """
    return json.dumps(
        to_json_value(value),
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
    )


@cache
def installed_version(name: str = "predict-response") -> str:
    """Return the version of an installed library, this one unless named, as files and pages say it.

    Examples
    --------
    >>> installed_version("no-such-library")
    'absent'
    """
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def write_json(path: Path | str, value: Any) -> Path:
    """Write readable JSON: two spaces, keys in their own order, ten digits, no NaN."""
    text = json.dumps(to_json_value(value), indent=2, ensure_ascii=False, allow_nan=False)
    return write_text(path, text + "\n")


def read_json(source: Path | str | bytes) -> Any:
    """Read strict JSON: no NaN, no infinity, no key given twice.

    Raises
    ------
    ValueError
        When the text is not strict JSON.
    """
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    return json.loads(data, parse_constant=_refuse_constant, object_pairs_hook=_unique_pairs)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not allowed in JSON")


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise ValueError("a key is given twice")
    return mapping


def safe_text(text: str) -> str:
    """Return text that a spreadsheet will not run as a formula; numbers stay numbers.

    Examples
    --------
    >>> safe_text("=cmd()"), safe_text("-2.5")
    ("'=cmd()", '-2.5')
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.match(text) else text


def restored_text(text: str) -> str:
    """Return the text that `safe_text` was given, as a join on ids read from a CSV needs it.

    Examples
    --------
    >>> [restored_text(safe_text(text)) for text in ("=1+1", "'=1", "-2.5", "O'Hara")]
    ['=1+1', "'=1", '-2.5', "O'Hara"]
    """
    return text[1:] if _QUOTED.match(text) else text


def csv_text(frame: pd.DataFrame) -> str:
    """Return a table as CSV: ten digits, empty for missing, text that cannot become a formula."""
    safe = frame.copy()
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]):
            safe[name] = safe[name].map(lambda v: safe_text(v) if isinstance(v, str) else v)
    return str(safe.to_csv(index=False, float_format=f"%.{DIGITS}g", lineterminator="\n"))


def write_csv(frame: pd.DataFrame, path: Path | str) -> Path:
    """Write a table as CSV (its index is left out), whole or not at all."""
    return write_text(path, csv_text(frame))


def write_parquet(
    frame: pd.DataFrame, path: Path | str, *, facts: Mapping[str, str] | None = None
) -> Path:
    """Write a table as Parquet with page checksums (its index is left out), whole or not at all.

    Parameters
    ----------
    facts : mapping of str to str
        Key-value metadata of the file, beside the schema.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame, preserve_index=False)
    notes = {
        **(table.schema.metadata or {}),
        **{k.encode(): v.encode() for k, v in (facts or {}).items()},
    }
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(notes), sink, write_page_checksum=True)
    return write_bytes(path, sink.getvalue().to_pybytes())


def sha256_bytes(data: bytes) -> str:
    """Return the SHA-256 of bytes as hexadecimal text."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path | str) -> str:
    """Return the SHA-256 of a file as hexadecimal text, read in blocks."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
