"""The keys of a study file, and the faults that any of them may have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from predict.definitions.study.study import FORMAT_TABLES
from predict.errors import Problem, did_you_mean

Spec = Mapping[str, Any]

KEYS = [
    "id",
    "layout",
    "visit",
    "visits",
    "visit_values",
    "ignored_visits",
    "missing_codes",
    "cluster",
    "site",
    "time",
    "dates",
    "people_table",
    "people_id",
    "duplicates",
    "encoding",
    "delimiter",
    "decimal",
    "format",
    "sheet",
    "header_rows",
    "declared_missing",
    "derived",
    "programme",
    "rounds",
    "instruments",
    "people",
    "treatment",
    "attribution",
    "simulated",
    *FORMAT_TABLES,
]
# By these a study is told from an experiment, which names `study` and `outcome`.
STUDY_ALONE = frozenset(("layout", "visits", "instruments"))
EXPERIMENT_ALONE = frozenset(("study", "outcome"))
ROUND_KEYS = ["start", "end", "taken"]
INSTRUMENT_KEYS = [
    "define",
    "columns",
    "items",
    "item_names",
    "visit_names",
    "visits",
    "total",
    "totals",
    "person_total",
    "coding_low",
    "answers",
    "item_answers",
    "round",
    "sites",
    "total_alone",
    "gate",
]
SITE_KEYS = ["coding_low", "answers"]
PERSON_KEYS = [
    "column",
    "kind",
    "label",
    "unit",
    "range",
    "values",
    "codes",
    "known_at",
    "missing_codes",
    "table",
    "born",
    "born_format",
]
TREATMENT_KEYS = ["name", "comparison", "arm", "round_two", "approval_note"]
DATE_KEYS = ["column", "days", "format", "windows", "targets", "visit_names"]


def unknown_keys(entry: Spec, keys: list[str], where: str) -> Iterator[Problem]:
    """Yield a fault for each key that means nothing here."""
    for key in entry:
        if key not in keys:
            message = f"'{where}{key}' is not a study key.{did_you_mean(key, keys)}"
            yield Problem(
                "STUDY_KEY_UNKNOWN", f"{message} Correct or remove it.", column=where + key
            )


def fault(code: str, key: str, message: str) -> Problem:
    """Return a fault whose message names the key it stands at."""
    named = message if f"'{key}'" in message else f"{key}: {message}"
    return Problem(code, named, column=key)


def visit_faults(visit: Any, visits: list[str], key: str) -> Iterator[Problem]:
    """Yield a fault where a key names a visit that the study has not."""
    if visit not in visits and visits:
        message = f"'{visit}' is not a visit.{did_you_mean(str(visit), visits)}"
        yield fault("VISIT_UNKNOWN", key, f"{message} Visits: {', '.join(visits)}; choose one.")


def number_of(text: str) -> float | None:
    """Return the number that a text is, or None."""
    try:
        return float(text)
    except ValueError:
        return None
