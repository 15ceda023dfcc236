"""A person's total at a visit, and how it was made from the answers."""

from __future__ import annotations

from typing import Any

from predict.definitions.instruments import Instrument, Scale
from predict.reports.context import PatientView, present


def total_facts(
    patient: PatientView, instrument: str, scale_name: str, visit: str
) -> dict[str, Any]:
    """Return the total with its band; how many answers it rests on when some are missing."""
    measure = patient.context.study.instruments[instrument]
    scale = measure.instrument.scale(scale_name)
    value = (
        patient.context.totals.get(visit, {})
        .get(patient.id, {})
        .get(measure.instrument.total_column(scale_name))
    )
    if not present(value):
        return {}
    total = float(value)
    facts: dict[str, Any] = {
        "value": total,
        "text": patient.context.say.number(total),
        "band": band(scale, total),
    }
    return facts | prorated(patient, measure, scale, visit)


def band(scale: Any, total: float) -> str:
    """Return the label of the band a score falls in; a score between two belongs to the lower."""
    named = [
        entry.label for entry in sorted(scale.bands, key=lambda b: b.low) if total >= entry.low
    ]
    return named[-1] if named else ""


def turned_round(instrument: Instrument, scale: Scale, key: str, value: float) -> float:
    """Return an answer as a scale adds it: from the other end where the scale turns its item."""
    item = instrument.item(key)
    return item.low + item.high - value if key in scale.reversed else value


def counted(instrument: Instrument, key: str, value: float) -> float:
    """Return what an answer adds to the first scale that its item is part of.

    Where that is a sum, the answers of somebody who left none out add up to the score; where it is
    not, or no scale asks for the item, the answer stands in its own coding, turned where it is.

    Examples
    --------
    >>> from predict.definitions.instruments import load_instrument
    >>> counted(load_instrument("cesd"), "1", 0), counted(load_instrument("cesd"), "4", 0)
    (0, 3)
    >>> counted(load_instrument("mhi5"), "nervous", 6)
    20.0
    """
    scale = next((scale for scale in instrument.scales if key in scale.items), None)
    if scale is None:
        return value
    turned = turned_round(instrument, scale, key, value)
    if scale.method != "sum" or (scale.offset == 0 and scale.factor == 1):
        return turned
    return (turned + scale.offset / len(scale.items)) * scale.factor


def prorated(patient: PatientView, measure: Any, scale: Any, visit: str) -> dict[str, Any]:
    """Return the raw sum and its possible highest, when a total rests on fewer answers."""
    if not scale.prorate or not measure.items.get(visit) or scale.method != "sum":
        return {}
    answers = patient.context.answers.get(visit, {}).get(patient.id, {})
    items = {key: answers.get(measure.instrument.column(key)) for key in scale.items}
    given = {key: float(v) for key, v in items.items() if present(v)}
    if len(given) == len(items) or not given:
        return {}
    turned = {key: turned_round(measure.instrument, scale, key, v) for key, v in given.items()}
    possible = sum(measure.instrument.item(key).high for key in given)
    return {
        "prorated": True,
        "answered": len(given),
        "asked": len(items),
        "raw": patient.context.say.number(sum(turned.values())),
        "possible": patient.context.say.number(possible),
    }
