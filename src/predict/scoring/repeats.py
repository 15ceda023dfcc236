"""Ids that stand in a table more than once, found without holding the ids."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

# A bucket of ids is looked at in memory at a time: 2**20 hashes are 8 MB.
_BUCKET = 2**20


@dataclass
class Repeats:
    """Gathers a hash of each id in a temporary file, then finds the rows whose id is not alone.

    Parameters
    ----------
    path : Path
        Temporary file of eight bytes a row.
    """

    path: Path
    rows: int = 0
    _bucket: int = field(default=_BUCKET, repr=False)

    def add(self, ids: np.ndarray) -> None:
        """Take the ids of the next rows as text; a blank one is ``""`` and repeats nothing."""
        values = pd.util.hash_array(np.asarray(ids, dtype=object), categorize=False)
        with self.path.open("ab") as file:
            file.write(np.ascontiguousarray(values, dtype="uint64").tobytes())
        self.rows += len(values)

    def find(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows (from 1, ascending) of repeated ids, and for each a number of its id."""
        if not self.rows:
            return np.empty(0, dtype="int64"), np.empty(0, dtype="uint64")
        buckets = -(-self.rows // self._bucket)
        pairs = [self._in_bucket(number, buckets) for number in range(buckets)]
        rows, groups = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
        order = np.argsort(rows)
        return rows[order], groups[order]

    def _in_bucket(self, number: int, buckets: int) -> tuple[np.ndarray, np.ndarray]:
        hashes, rows = self._members(number, buckets)
        order = np.argsort(hashes, kind="stable")
        hashes, rows = hashes[order], rows[order]
        same = hashes[1:] == hashes[:-1]
        twice = np.zeros(len(rows), dtype=bool)
        twice[1:] |= same
        twice[:-1] |= same
        return np.asarray(rows[twice], dtype="int64"), hashes[twice]

    def _members(self, number: int, buckets: int) -> tuple[np.ndarray, np.ndarray]:
        hashes, rows = [], []
        with self.path.open("rb") as file:
            for start in range(0, self.rows, self._bucket):
                block = np.fromfile(file, dtype="uint64", count=self._bucket)
                here = np.flatnonzero((block % buckets == number) & (block != _BLANK))
                hashes.append(block[here])
                rows.append(here + start + 1)
        return np.concatenate(hashes), np.concatenate(rows)


_BLANK = pd.util.hash_array(np.array([""], dtype=object), categorize=False)[0]
