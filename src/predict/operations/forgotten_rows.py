"""Files of scores without the rows of some people, whatever their format."""

from __future__ import annotations

import gzip
import io
import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from predict.files import safe_text
from predict.scoring.work import repeating

STATUSES = ("scored", "no_estimate", "rejected")


@dataclass(frozen=True)
class Removed:
    """What is left of a file.

    Parameters
    ----------
    data : bytes or None
        The file without the rows; None where nothing is left to keep of it.
    rows : int
        Rows that went.
    counts : mapping of str to int
        How many of them were scored, without an estimate, rejected.
    """

    data: bytes | None
    rows: int = 0
    counts: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(STATUSES, 0))


def without(path: Path, ids: Collection[str]) -> Removed:
    """Return a file of scores, or of refused rows, without those of some people."""
    data = path.read_bytes()
    name = path.name.lower()
    if name.endswith((".parquet", ".pq")):
        return _parquet(data, ids)
    if name.endswith(".gz"):
        left = _csv(gzip.decompress(data), ids)
        packed = io.BytesIO()
        with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as sink:
            sink.write(left.data or b"")
        return Removed(packed.getvalue(), left.rows, left.counts)
    return _fhir(data, ids) if data.startswith(b"{") else _csv(data, ids)


def _parquet(data: bytes, ids: Collection[str]) -> Removed:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(pa.BufferReader(data), page_checksum_verification=True)
    if "id" not in table.column_names:
        return Removed(data)
    names = table.column("id").cast(pa.string())
    gone = pc.fill_null(pc.is_in(names, pa.array(sorted(ids), pa.string())), False)
    sink = io.BytesIO()
    pq.write_table(
        table.filter(pc.invert(gone)),
        sink,
        write_page_checksum=True,
        compression="zstd",
        use_dictionary=repeating(table.schema),
    )
    status = table.column("status") if "status" in table.column_names else names
    return Removed(sink.getvalue(), *_counted(status.filter(gone).to_pandas()))


def mentions(path: Path, ids: Collection[str]) -> bool:
    """Whether a cell of any column of a Parquet file is one of these ids."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    sought = pa.array(sorted(ids), pa.string())
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            for column in batch.columns:
                values = column.dictionary if pa.types.is_dictionary(column.type) else column
                if not pa.types.is_nested(values.type):
                    texts = values.cast(pa.string(), safe=False)
                    if pc.any(pc.is_in(texts, sought)).as_py():
                        return True
    return False


def _csv(data: bytes, ids: Collection[str]) -> Removed:
    table = pd.read_csv(io.BytesIO(data), dtype="str", keep_default_na=False)
    column = "id" if "id" in table else table.columns[0]
    gone = table[column].isin([safe_text(one) for one in ids])
    text = table[~gone].to_csv(index=False, lineterminator="\n")
    refused = "status" not in table
    counts = _counted(table.loc[gone, column if refused else "status"])
    nothing = refused and "code" in table and bool(gone.all())
    return Removed(None if nothing else text.encode(), *counts)


def _fhir(data: bytes, ids: Collection[str]) -> Removed:
    """RiskAssessments, one a line, whose subject is one of these people."""
    lines = data.splitlines(keepends=True)
    gone = [_subject(json.loads(line)) in ids for line in lines]
    kept = [line for line, out in zip(lines, gone, strict=True) if not out]
    return Removed(b"".join(kept), sum(gone), dict.fromkeys(STATUSES, 0))


def _subject(risk: Mapping[str, Mapping[str, object]]) -> str:
    subject = risk.get("subject", {})
    named = subject.get("identifier", {})
    value = named.get("value", "") if isinstance(named, Mapping) else ""
    return str(value or str(subject.get("reference", "")).removeprefix("Patient/"))


def _counted(statuses: pd.Series) -> tuple[int, dict[str, int]]:
    counts = Counter(statuses.tolist())
    return len(statuses), {name: counts[name] for name in STATUSES}
