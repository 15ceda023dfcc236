"""What a caller may choose about a batch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from predict.engines import check_engine, processors
from predict.errors import UsageError
from predict.scoring.rows import Explain
from predict.scoring.work import Format

PART_ROWS = 40_000
FEWEST_PART_ROWS = 1_000
# A process with its libraries and a model, before it holds any row; measured about 230 MB.
_PROCESS = 280 * 2**20
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_SIZE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?\s*$", re.IGNORECASE)
_SHARE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(%?)\s*$")


@dataclass(frozen=True)
class ScoringSettings:
    """How a table is scored.

    Parameters
    ----------
    explain : str
        ``none``, ``top`` or ``all``.
    conformal : bool
        Whether to append `outcome_set`.
    part_rows : int
        Rows of a part; scores do not depend on it.
    engine : str
        ``local`` or ``dask``.
    scheduler : str
        Address of a running Dask scheduler.
    threads : int
        Parts worked on at once; scores do not depend on it.
    resume, overwrite, dry_run : bool
        Finish what was begun; replace what is there; only look.
    max_rejected : float
        Largest share of rejected rows, 0 to 1, that still counts as done.
    max_memory : int
        Bytes that all processes together may use.
    accept_drift : str
        Why a table that is not like what the model learned from is scored all the same; empty
        where it is not. `_run.json` keeps the reason.
    rejected_values : bool
        Whether the tables of rejected rows show the refused cells.

    Raises
    ------
    UsageError
        When words do not go together.
    """

    explain: Explain = "top"
    conformal: bool = False
    part_rows: int = PART_ROWS
    engine: Literal["local", "dask"] = "local"
    scheduler: str = ""
    threads: int = 1
    resume: bool = False
    overwrite: bool = False
    dry_run: bool = False
    max_rejected: float = 0.05
    max_memory: int = 2**30
    rejected_values: bool = False
    accept_drift: str = ""

    def __post_init__(self) -> None:
        if self.explain not in ("none", "top", "all"):
            raise UsageError(f"--explain is none, top or all, not '{self.explain}'.")
        if self.resume and self.overwrite:
            raise UsageError("--resume keeps what is there and --overwrite drops it; choose one.")
        if self.part_rows < 1 or self.threads < 1:
            raise UsageError("Rows of a part and threads are whole numbers from 1.")
        check_engine(self.engine, self.scheduler)

    def rows_of_a_part(self, columns: int) -> int:
        """Return how many rows a part may have so that all workers stay within the memory.

        Raises
        ------
        UsageError
            When not even a small part fits.
        """
        room = self.max_memory // self.workers() - _PROCESS
        rows = min(self.part_rows, room // (64 * columns + 1_500))
        if rows < min(FEWEST_PART_ROWS, self.part_rows):
            raise UsageError(
                f"--max-memory of {self.max_memory // 2**20} MB is too little for "
                f"{self.workers()} workers. Give about 500 MB for each, or fewer --threads."
            )
        return rows

    def workers(self) -> int:
        """Return how many processes work at once: what was asked for and the machine allows."""
        if self.engine == "dask":
            return self.threads
        return min(self.threads, processors())

    def identity(self, rows: int, form: Format) -> dict[str, object]:
        """Return the settings that the written bytes depend on."""
        return {
            "explain": self.explain,
            "conformal": self.conformal,
            "part_rows": rows,
            "format": form,
            "rejected_values": self.rejected_values,
        }


def memory(text: str) -> int:
    """Return bytes of a text such as ``1GB``.

    Examples
    --------
    >>> memory("1GB"), memory("512 MB")
    (1073741824, 536870912)
    """
    parts = _SIZE.match(text)
    if not parts:
        raise UsageError("A size is a number and a unit, such as 512MB or 2GB.")
    return int(float(parts[1]) * _UNITS[parts[2].upper()])


def share(text: str) -> float:
    """Return a share of a text such as ``5%`` or ``0.05``.

    Examples
    --------
    >>> share("5%"), share("0.05")
    (0.05, 0.05)
    """
    parts = _SHARE.match(text)
    value = float(parts[1]) / (100 if parts[2] else 1) if parts else -1.0
    if not 0 <= value <= 1:
        raise UsageError("A share is a percentage such as 5%, or a number from 0 to 1.")
    return value
