"""SPSS: .sav and .zsav."""

from __future__ import annotations

from predict.cohort.formats.base import SourceFile
from predict.cohort.formats.readstat import Readstat


class Spss(Readstat):
    """An SPSS file; its user-missing codes are blank, and counted."""

    title = "SPSS file (.sav, .zsav)"
    magic = (b"$FL2", b"$FL3")
    suffixes = (".sav", ".zsav")
    reader = "read_sav"
    with_missing = True
    # 38 of 1,000 damaged headers ended the process inside pyreadstat 1.3.7; none of the rows did.
    tried_first = True

    def check_end(self, file: SourceFile, rows: int) -> None:
        """Stop where the file states another number of rows than it holds."""
        stated = self.about(file).number_rows
        if stated is not None and stated >= 0 and stated != rows:
            raise self.damaged()
