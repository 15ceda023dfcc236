"""Stata: .dta of every version that pyreadstat reads."""

from __future__ import annotations

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

    def check_end(self, file: SourceFile, rows: int) -> None:
        """Stop where the file states another number of rows than it holds."""
        if self.about(file).number_rows not in (None, rows):
            raise self.damaged()
