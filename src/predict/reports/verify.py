"""Is a folder as it was written? Every page of a report is made again from the facts beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from predict.errors import OutputError
from predict.files import read_json
from predict.reports.model_page import model_html
from predict.reports.page import patient_html
from predict.reports.worklist_page import worklist_html
from predict.scoring.verify import Verified
from predict.scoring.verify import verify as verify_model_or_scores

INDEX = "report.json"


def verify(path: Path | str) -> Verified:
    """Prove that a model folder, a scoring output or a report is as it was written.

    Raises
    ------
    ModelError
        When it is a model that cannot be trusted.
    OutputError
        When it is an output or a report that was changed or is not finished, or none of the three.
    """
    if (Path(path) / INDEX).is_file():
        return verify_report(path)
    return verify_model_or_scores(path)


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
    facts = _facts(folder / INDEX)
    if "worklist" in facts:
        _same(folder / "index.html", lambda: worklist_html(facts["worklist"]))
    _same(folder / "model.html", lambda: model_html(facts["model"]))
    pages = _pages(folder / "patients") if "worklist" in facts else []
    for path in pages:
        _verify_patient(path)
    if "worklist" in facts and facts["worklist"]["counts"]["pages"] != len(pages):
        raise _changed(INDEX)
    return Verified("report", {"pages": len(pages), "models": len(facts["model"]["models"])})


def _pages(folder: Path) -> list[Path]:
    """Return the facts of all pages; a page without its facts is none of the report's."""
    pages = sorted(folder.rglob("*.json"))
    strays = {path.with_suffix(".json") for path in folder.rglob("*.html")} - set(pages)
    if strays:
        raise _changed(min(strays).with_suffix(".html").name)
    return pages


def _verify_patient(path: Path) -> None:
    facts = _facts(path)
    _same(path.with_suffix(".html"), lambda: patient_html(facts))
    sections = facts["sections"]
    if "start" in sections["drivers"] and not adds_up(sections["drivers"], sections["estimate"]):
        raise _changed(path.name)
    if sections["estimate"]["state"] != "shown" and "percent" in sections["estimate"]:
        raise _changed(path.name)


def adds_up(drivers: Mapping[str, Any], estimate: Mapping[str, Any]) -> bool:
    """Return whether start, subtotals and the rest give the printed estimate, row by row."""
    groups = [drivers["lowered"], drivers["raised"]]
    rows = all(g["points"] == sum(row["points"] for row in g["rows"]) for g in groups)
    apart = drivers["others"]["points"] + drivers.get("arm", {}).get("points", 0)
    total = drivers["start"] + sum(g["points"] for g in groups) + apart
    return bool(rows and total == drivers["end"] == estimate["percent"])


def _facts(path: Path) -> dict[str, Any]:
    try:
        facts = read_json(path)
    except (OSError, ValueError) as error:
        raise _changed(path.name) from error
    if not isinstance(facts, dict):
        raise _changed(path.name)
    return facts


def _same(path: Path, make: Callable[[], str]) -> None:
    """Stop unless a page is, byte for byte, what its facts make."""
    try:
        html = make()
    except Exception as error:
        # Whatever facts that were changed do to the page: it is not the one that was written.
        raise _changed(path.with_suffix(".json").name) from error
    if not path.is_file() or path.read_bytes() != html.encode():
        raise _changed(path.name)


def _changed(name: str) -> OutputError:
    return OutputError(
        f"{name} is not what its facts make: it was changed, or written by another version of "
        "predict. Make the report again.",
        code="REPORT_CHANGED",
    )
