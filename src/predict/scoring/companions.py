"""One file of scores and what lies beside it: who wrote it, what it refused, where it is made."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from predict.errors import OutputError
from predict.files import read_json, sha256_bytes, sha256_file, write_bytes
from predict.scoring.output import changed, sealed, unsealed
from predict.scoring.ownership import files_in
from predict.scoring.work import Format

# The longest first: a name is taken apart by the first that fits, in any case of letters.
SUFFIXES: dict[str, Format] = {
    ".csv.gz": "csv",
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}
# What is said of a run's rows.
_COUNTED = ("counts", "table", "forgotten")
_REFUSED = (b"row,id,column,code\n", b"row,id,column,code,value\n")


def suffix_of(out: Path) -> str:
    """Return the suffix by which a name is that of a single file, as it stands; else ``""``.

    >>> suffix_of(Path("Scores.CSV.gz")), suffix_of(Path("scores"))
    ('.CSV.gz', '')
    """
    name = out.name.lower()
    return next((out.name[-len(end) :] for end in SUFFIXES if name.endswith(end)), "")


@dataclass(frozen=True)
class SingleFile:
    """A single output.

    Parameters
    ----------
    path : Path
        Of the scores.
    """

    path: Path

    def beside(self, name: str) -> Path:
        """Return the path of what lies beside it, such as ``NAME.run.json``."""
        stem = self.path.name.removesuffix(suffix_of(self.path)) if suffix_of(self.path) else ""
        return self.path.with_name(f"{stem or self.path.stem}.{name}")

    @property
    def run(self) -> Path:
        """Who wrote it: digests, settings, counts."""
        return self.beside("run.json")

    @property
    def rejected(self) -> Path:
        """Its refused rows."""
        return self.beside("rejected.csv")

    @property
    def failed(self) -> Path:
        """Refused rows of a run that was to replace it and refused too many."""
        return self.beside("new.rejected.csv")

    @property
    def parts(self) -> Path:
        """The folder in which it is made."""
        return self.path.with_name(f".{self.path.name}.parts")

    def outputs(self) -> list[Path]:
        """Return every file that a run into it may write or remove."""
        made = files_in(self.parts) if os.path.isdir(self.parts) else []  # noqa: PTH112
        return [self.path, self.run, self.rejected, self.failed, *made]

    def refuse_strangers(self) -> None:
        """Stop where a file beside it has a name that is needed and is no run's.

        Raises
        ------
        OutputError
            With code ``OUTPUT_FOREIGN``.
        """
        for file, ours in ((self.run, _is_run), (self.rejected, _is_refused)):
            if os.path.lexists(file) and (file.is_symlink() or not ours(file)):
                raise OutputError(
                    f"'{file.name}' is there, was written by no scoring run, and would be "
                    "replaced. Move it, or choose another output.",
                    code="OUTPUT_FOREIGN",
                )

    def facts(self, run: Mapping[str, Any], delivery: str, scores: str, rejected: str) -> bytes:
        """Return what ``NAME.run.json`` holds: what the run says, and the digests of both files."""
        own = {key: value for key, value in run.items() if key != "self"}
        return sealed(
            {**own, "delivery": delivery, "files": {"scores": scores, "rejected": rejected}}
        )

    def verified(self) -> dict[str, Any]:
        """Return what is said of the run that wrote it, if both files are as they were written.

        Raises
        ------
        OutputError
            ``NOT_VERIFIABLE`` where nothing beside it says; ``OUTPUT_CHANGED`` where one differs.
        """
        if not self.run.is_file():
            raise OutputError(
                f"Nothing beside '{self.path.name}' says which run wrote it "
                f"('{self.run.name}' is not there). Score again with --overwrite.",
                code="NOT_VERIFIABLE",
            )
        run = unsealed(self.run)
        for file, name in ((self.path, "scores"), (self.rejected, "rejected")):
            if _digest(file) not in _digests(run, name):
                raise changed(file.name)
        return _settled(run, _digest(self.path))

    def is_of_run(self) -> bool:
        """Return whether the facts beside it are of this very file."""
        try:
            run = unsealed(self.run)
        except OutputError:
            return False
        return _digest(self.path) in _digests(run, "scores")

    def replace(self, run: Mapping[str, Any], scores: bytes | None, rejected: bytes | None) -> None:
        """Put other scores and refused rows, and what is said of them, into their places.

        Until the last of them is there, both the old and the new files are those of the run: a kill
        at any moment leaves files that verify.
        """
        old = self.verified()
        before = {"scores": _digest(self.path), "rejected": _digest(self.rejected)}
        before |= {name: old[name] for name in _COUNTED if name in old}
        after = {"scores": sha256_bytes(scores or b""),
                 "rejected": sha256_bytes(rejected) if rejected else ""}  # fmt: skip
        write_bytes(self.run, sealed({**run, "files": after, "before": before}))
        write_bytes(self.path, scores or b"")
        if rejected:
            write_bytes(self.rejected, rejected)
        else:
            self.rejected.unlink(missing_ok=True)
        write_bytes(self.run, sealed({**run, "files": after}))


def _settled(run: Mapping[str, Any], scores: str) -> dict[str, Any]:
    """What is said of the scores that are there, be they still to be replaced."""
    facts = {name: value for name, value in run.items() if name != "before"}
    before = run.get("before")
    if before is None or scores == run["files"]["scores"]:
        return facts
    kept = {name: value for name, value in facts.items() if name not in _COUNTED}
    return {**kept, **{name: before[name] for name in _COUNTED if name in before}}


def _digest(file: Path) -> str:
    return sha256_file(file) if file.is_file() else ""


def _digests(run: Mapping[str, Any], name: str) -> set[str]:
    """What a file's digest may be: another one while it is being replaced."""
    return {str(run[files].get(name)) for files in ("files", "before") if files in run}


def _is_run(path: Path) -> bool:
    try:
        run = read_json(path)
    except (OSError, ValueError):
        return False
    return isinstance(run, dict) and {"key", "self"} <= set(run)


def _is_refused(path: Path) -> bool:
    with path.open("rb") as file:
        return file.readline() in _REFUSED
