"""Is a report as it was written? Every page is made again from the facts beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from predict.errors import OutputError
from predict.files import read_json
from predict.reports.model_page import model_html
from predict.reports.page import patient_html
from predict.reports.worklist_page import worklist_html
from predict.scoring.verify import Verified

INDEX = "report.json"


def verify_report(folder: Path | str) -> Verified:
    """Prove that every page prints what its facts say, and that the facts add up.

    Each page is made anew from its JSON and compared byte for byte, so no printed number can
    differ from its fact; ledgers and counts are added up again.

    Raises
    ------
    OutputError
        ``REPORT_CHANGED``, naming the file (a token, never an id), when a page or a sum differs.
    """
    folder = Path(folder)
    facts = read_json(folder / INDEX)
    if "worklist" in facts:
        _same(folder / "index.html", worklist_html(facts["worklist"]))
    _same(folder / "model.html", model_html(facts["model"]))
    pages = sorted((folder / "patients").rglob("*.json")) if "worklist" in facts else []
    for path in pages:
        _verify_patient(path)
    if "worklist" in facts and facts["worklist"]["counts"]["pages"] != len(pages):
        raise _changed(INDEX)
    return Verified("report", {"pages": len(pages), "models": len(facts["model"]["models"])})


def _verify_patient(path: Path) -> None:
    facts = read_json(path)
    _same(path.with_suffix(".html"), patient_html(facts))
    sections = facts["sections"]
    if "start" in sections["drivers"] and not adds_up(sections["drivers"], sections["estimate"]):
        raise _changed(path.name)
    if sections["estimate"]["state"] != "shown" and "percent" in sections["estimate"]:
        raise _changed(path.name)


def adds_up(drivers: Mapping[str, Any], estimate: Mapping[str, Any]) -> bool:
    """Return whether start, subtotals and the rest give the printed estimate, row by row."""
    groups = [drivers["lowered"], drivers["raised"]]
    rows = all(g["points"] == sum(row["points"] for row in g["rows"]) for g in groups)
    total = drivers["start"] + sum(g["points"] for g in groups) + drivers["others"]["points"]
    return bool(rows and total == drivers["end"] == estimate["percent"])


def _same(path: Path, html: str) -> None:
    if not path.is_file() or path.read_text("utf-8") != html:
        raise _changed(path.name)


def _changed(name: str) -> OutputError:
    return OutputError(
        f"{name} is not what its facts make: it was changed, or written by another version of "
        "predict. Make the report again.",
        code="REPORT_CHANGED",
    )
