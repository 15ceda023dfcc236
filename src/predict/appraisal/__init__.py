"""Reporting standards filled from the artifacts of a run: TRIPOD+AI and PROBAST+AI."""

from __future__ import annotations

from pathlib import Path

from predict.appraisal.evidence import Evidence
from predict.appraisal.probast import probast
from predict.appraisal.tripod import AUTOMATABLE, ITEMS, tripod
from predict.files import write_json


def write_standards(evidence: Evidence, folder: Path | str) -> tuple[Path, ...]:
    """Write `tripod.json` (52 sub-items, none blank) and `probast.json` into a folder."""
    return (
        write_json(Path(folder) / "tripod.json", tripod(evidence)),
        write_json(Path(folder) / "probast.json", probast(evidence)),
    )


__all__ = ["AUTOMATABLE", "ITEMS", "Evidence", "probast", "tripod", "write_standards"]
