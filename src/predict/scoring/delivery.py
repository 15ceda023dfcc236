"""Scores for other programs: FHIR RiskAssessments a line each, and a file to import into REDCap.

Both hold every row of the table: a row without an estimate or refused says so, and keeps its flags.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from predict.errors import UsageError
from predict.model_folder.card import limits
from predict.models.response_model import ResponseModel

_FHIR_ID = re.compile(r"^[A-Za-z0-9\-.]{1,64}$")
# Columns of scores that a REDCap field may be given.
GIVEN = ("probability", "low", "high", "status", "reliance", "reason", "flags", "row")
FIELDS = (
    'Say under [redcap] in the study which field each goes to, out_fields = { probability = "field"'
    " }, with out_event, out_instrument and out_instance where the project has them; learn or "
    "save the model under that study."
)


@dataclass(frozen=True)
class Origin:
    """Where estimates come from: the model, its digest, and the day they were made.

    Parameters
    ----------
    model : ResponseModel
    sha256 : str
        Of the model folder.
    day : str
        ISO date of the run.
    """

    model: ResponseModel
    sha256: str
    day: str


def fhir_lines(scores: pd.DataFrame, origin: Origin) -> Iterator[str]:
    """Yield a RiskAssessment (FHIR R4B) for each row of scores, as one line of JSON.

    Parameters
    ----------
    scores : DataFrame
        As written by `predict score`.
    origin : Origin

    References
    ----------
    HL7 FHIR R4B (4.3.0), resource RiskAssessment.
    """
    common = _common(origin)
    terms = [{"text": sentence} for sentence in limits(origin.model)]
    outcome = {"text": f"{origin.model.outcome.name}, round {origin.model.round}"}
    for row in scores.to_dict("records"):
        resource = {**common, "subject": _subject(row)}
        if row["status"] == "scored" and row["probability"] == row["probability"]:
            # Ten digits, as in scores.csv.
            number = float(f"{row['probability']:.10g}")
            resource["prediction"] = [{"outcome": outcome, "probabilityDecimal": number}]
        resource["note"] = [{"text": text} for text in _notes(row)] + terms
        yield json.dumps(resource, ensure_ascii=False, separators=(",", ":"))


def _common(origin: Origin) -> dict[str, Any]:
    # A model is known by what it is, wherever it lies: its digest is the code.
    coding = {"code": origin.sha256, "display": origin.model.name}
    return {
        "resourceType": "RiskAssessment",
        "status": "final",
        "occurrenceDateTime": origin.day,
        "method": {"coding": [coding], "text": "prediction model, by its sha256"},
    }


def _subject(row: Mapping[Any, Any]) -> dict[str, Any]:
    """The person: by reference where the id can be one, else by identifier."""
    person = str(row["id"] or "")
    if not person:
        return {"display": f"row {row['row']} of the table, without an id"}
    if _FHIR_ID.match(person):
        return {"reference": f"Patient/{person}"}
    return {"identifier": {"value": person}}


def _notes(row: Mapping[Any, Any]) -> Iterator[str]:
    """What goes with the number, or stands instead of it."""
    if row["status"] != "scored":
        kind = "No estimate" if row["status"] == "no_estimate" else "Row refused"
        yield f"{kind}: {row['reason'] or 'no reason stated'}"
    elif row["low"] == row["low"] and row["high"] == row["high"]:
        yield f"Range {row['low']:.3f} to {row['high']:.3f}."
    if row["status"] == "scored" and row["reason"]:
        yield str(row["reason"])
    if row["reliance"]:
        yield f"Reliance: {row['reliance']}."
    if row["flags"]:
        yield f"Flags: {row['flags']}."


def redcap_fields(model: ResponseModel) -> dict[str, str]:
    """Return the REDCap field that the model's study names for each column of scores.

    Raises
    ------
    UsageError
        When it names none, or one for what scores do not hold.
    """
    fields = dict(model.study.spec.get("redcap", {}).get("out_fields", {}))
    odd = [name for name in fields if name not in GIVEN]
    if not fields or odd:
        got = f"'{odd[0]}' is none of {', '.join(GIVEN)}. " if odd else ""
        raise UsageError(f"{got}{FIELDS}", code="REDCAP_FIELDS")
    return fields


def redcap_rows(scores: pd.DataFrame, model: ResponseModel) -> pd.DataFrame:
    """Return rows to import into REDCap: id, event and the fields that the study names.

    Rows without an id cannot be imported and are left out; of a refused id that stands twice, the
    first row goes.

    Raises
    ------
    UsageError
        As `redcap_fields`.
    """
    stated, fields = model.study.spec.get("redcap", {}), redcap_fields(model)
    there = scores[scores["id"].fillna("") != ""].drop_duplicates("id")
    rows = {model.study.id: there["id"]}
    for key, column in (
        ("out_event", "redcap_event_name"),
        ("out_instrument", "redcap_repeat_instrument"),
        ("out_instance", "redcap_repeat_instance"),
    ):
        if key in stated:
            rows[column] = pd.Series(stated[key], index=there.index)
    return pd.DataFrame(rows | {field: there[name] for name, field in fields.items()})
