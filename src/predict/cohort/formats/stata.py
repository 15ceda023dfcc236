"""Stata: .dta of every version that pyreadstat reads."""

from __future__ import annotations

import os
from typing import Any

from predict.cohort.formats.base import SourceFile
from predict.cohort.formats.readstat import Readstat

# Versions 104 to 115 begin with their number, the order of bytes and a 1.
_OLD = range(104, 116)


class Stata(Readstat):
    """A Stata file; its missing values, the extended ones too, are blank."""

    title = "Stata file (.dta)"
    magic = (b"<stata_dta>",)
    suffixes = (".dta",)
    reader = "read_dta"

    def sniff(self, name: str, head: bytes) -> bool:
        """Return whether a file of this name and beginning is of this format."""
        old = len(head) > 3 and head[0] in _OLD and head[1] in (1, 2) and head[2] == 1
        return (old and head[3] == 0) or super().sniff(name, head)

    def about(self, file: SourceFile) -> Any:
        """Return what the file says of itself; stop where it says more rows than it has bytes.

        pyreadstat would go on reading the rows that are not there for hours.
        """
        about = super().about(file)
        with file.open() as opened:
            size = opened.seek(0, os.SEEK_END)
        if (about.number_rows or 0) > size:
            raise self.damaged()
        return about

    def check_end(self, file: SourceFile, rows: int) -> None:
        """Stop where the file states another number of rows than it holds."""
        if self.about(file).number_rows not in (None, rows):
            raise self.damaged()
