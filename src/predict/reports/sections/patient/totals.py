"""A person's total at a visit, and how it was made from the answers."""

from __future__ import annotations

from typing import Any

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


def prorated(patient: PatientView, measure: Any, scale: Any, visit: str) -> dict[str, Any]:
    """Return the raw sum and its possible highest, when a total rests on fewer answers."""
    if not scale.prorate or not measure.items.get(visit) or scale.method != "sum":
        return {}
    answers = patient.context.answers.get(visit, {}).get(patient.id, {})
    items = {key: answers.get(measure.instrument.column(key)) for key in scale.items}
    given = {key: float(v) for key, v in items.items() if present(v)}
    if len(given) == len(items) or not given:
        return {}
    turned = {
        key: (measure.instrument.item(key).low + measure.instrument.item(key).high - v)
        if key in scale.reversed
        else v
        for key, v in given.items()
    }
    possible = sum(measure.instrument.item(key).high for key in given)
    return {
        "prorated": True,
        "answered": len(given),
        "asked": len(items),
        "raw": patient.context.say.number(sum(turned.values())),
        "possible": patient.context.say.number(possible),
    }
