"""Is this folder whole? For outputs of scoring; models are verified by loading them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from predict.errors import OutputError
from predict.files import read_json
from predict.model_folder.manifest import MANIFEST
from predict.scoring.companions import SingleFile
from predict.scoring.output import OutputFolder, PartRecord, changed, manifest_of, success, unsealed
from predict.scoring.ownership import KEY, LOG, RUN, SUCCESS


@dataclass(frozen=True)
class Verified:
    """What was found whole.

    Parameters
    ----------
    kind : str
        ``model``, ``scores`` or ``report``.
    facts : mapping of str to value
        Name and digest of a model; parts and counts of an output; pages of a report.
    """

    kind: str
    facts: Mapping[str, Any]


def verify(path: Path | str) -> Verified:
    """Prove that a model folder or a scoring output is as it was written.

    Raises
    ------
    ModelError
        When it is a model that cannot be trusted.
    OutputError
        When it is an output that is not finished or was changed, or neither.
    """
    from predict.model_folder import load_with_manifest, model_digest

    folder = Path(path)
    if (folder / MANIFEST).exists():
        model, manifest = load_with_manifest(folder)
        return Verified("model", {"name": model.name, "sha256": model_digest(manifest)})
    if folder.is_file():
        run = SingleFile(folder).verified()
        return Verified("scores", {"parts": 1, **_counts(run)})
    if not (folder / LOG / KEY).is_file():
        raise OutputError(
            f"'{folder.name}' is neither a model folder, nor an output of `predict score`, nor a "
            "report. Of a run's folder name `model` or `report` inside it.",
            code="NOT_VERIFIABLE",
        )
    return Verified("scores", verify_output(folder))


def verify_output(folder: Path) -> dict[str, Any]:
    """Return the counts of a finished output whose every file has its recorded digest.

    Raises
    ------
    OutputError
        ``OUTPUT_UNFINISHED`` without a mark of success, ``OUTPUT_CHANGED`` when a file differs.
    """
    if not (folder / SUCCESS).is_file():
        raise OutputError(
            f"'{folder.name}' is not finished: it has no {SUCCESS}. Finish it with --resume.",
            code="OUTPUT_UNFINISHED",
        )
    promised = _read(folder / SUCCESS)
    out = OutputFolder(folder, _suffix(folder))
    records = [_record(out, number) for number in range(promised.get("parts", 0))]
    for record in records:
        if not out.unchanged(record):
            raise changed(f"part {record.part:06d}")
    if success(str(promised.get("key")), records) != promised:
        raise changed(SUCCESS)
    run = unsealed(folder / RUN)
    if run.get("key") != promised["key"]:
        raise changed(RUN)
    begun = manifest_of(promised["key"], run.get("begun_on", ""), len(records), out.suffix)
    if _read(folder / LOG / KEY) != begun:
        raise changed(KEY)
    _refuse_more(folder, len(records))
    return {name: value for name, value in promised.items() if name != "key"}


def _counts(run: Mapping[str, Any]) -> dict[str, int]:
    return {name: run["counts"][name] for name in ("rows", "scored", "no_estimate", "rejected")}


def _suffix(folder: Path) -> str:
    return "csv" if (folder / "part-000000.csv").exists() else "parquet"


def _record(out: OutputFolder, number: int) -> PartRecord:
    record = out.read(number)
    if record is None or record.part != number:
        raise changed(f"the log of part {number:06d}")
    return record


def _refuse_more(folder: Path, parts: int) -> None:
    if len(list(folder.glob("part-*"))) != parts:
        raise changed("the list of parts")


def _read(path: Path) -> dict[str, Any]:
    try:
        content = read_json(path)
    except (OSError, ValueError) as error:
        raise changed(path.name) from error
    if not isinstance(content, dict):
        raise changed(path.name)
    return content
