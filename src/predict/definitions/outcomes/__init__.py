"""What counts as a good (or bad) outcome: rules, floors, and four honest answers.

An outcome is data: to add one, write a table in ``data/outcomes.toml``, or give it inline in an
experiment. Its rule is one line of `predict.definitions.outcomes.rules.RULES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from predict.definitions.instruments import Instrument, define_instrument
from predict.definitions.outcomes.checking import outcome_problems
from predict.definitions.outcomes.outcome import Outcome, outcome_names, shipped_outcomes
from predict.definitions.outcomes.rules import RULES
from predict.errors import ExperimentError, unknown_name

__all__ = ["RULES", "Outcome", "outcome_names", "read_outcome"]


def read_outcome(
    source: str | Mapping[str, Any] | Outcome, own: Mapping[str, Instrument] | None = None
) -> Outcome:
    """Return an outcome by its name, or from an inline mapping.

    Parameters
    ----------
    source : str, mapping or Outcome
    own : mapping of str to Instrument, optional
        Instruments that a study defines itself, which the outcome may ask of.

    Raises
    ------
    ExperimentError
        When no outcome has this name, or with every fault of the mapping.

    Examples
    --------
    >>> read_outcome({"instrument": "hamd", "rule": "response", "floor": 8}).name
    'hamd_response'
    """
    if isinstance(source, Outcome):
        return source
    if isinstance(source, str):
        if source not in shipped_outcomes():
            message = unknown_name("outcome", source, outcome_names())
            raise ExperimentError(message, code="OUTCOME_UNKNOWN")
        return _build({"name": source, **shipped_outcomes()[source]})
    own = {**(own or {}), **_defined(source)}
    faults = outcome_problems(source, "outcome", own)
    problems = [replace(fault, message=f"{fault.column}: {fault.message}") for fault in faults]
    if problems:
        raise ExperimentError("The outcome is not valid.", code="OUTCOME", problems=problems)
    return _build(source, own)


def _defined(spec: Mapping[str, Any]) -> dict[str, Instrument]:
    """Instruments that the mapping of a stored outcome brings along."""
    stated = spec.get("define", {})
    return {name: define_instrument(name, entry) for name, entry in stated.items()}


def _build(spec: Mapping[str, Any], own: Mapping[str, Instrument] | None = None) -> Outcome:
    combine = next((key for key in ("any_of", "all_of") if key in spec), "")
    plain: dict[str, Any] = {k: v for k, v in spec.items() if k not in (combine, "define")}
    if "source" in plain:
        plain["source"] = tuple(plain["source"])
    if combine:
        parts = tuple(read_outcome(part, own) for part in spec[combine])
        plain |= {"combine": combine, "parts": parts}
        plain.setdefault("name", f"_{combine}_".join(part.name for part in parts))
    plain.setdefault("name", _name(spec))
    plain.setdefault("title", str(plain["name"]).replace("_", " "))
    for key in ("amount", "end", "sd", "reliability"):
        plain[key] = float(plain[key]) if key in plain else None
    if not combine and plain["amount"] is None:
        plain["amount"] = RULES[spec["rule"]].amount
    made = Outcome(**plain)
    floors = set(made.floor) if isinstance(made.floor, Mapping) else set()
    asked = {name for name, _ in made.measures} | floors
    return replace(made, defined=tuple(tool for name, tool in (own or {}).items() if name in asked))


def _name(spec: Mapping[str, Any]) -> str:
    scale = spec.get("scale", "total")
    middle = "" if scale == "total" else f"_{scale}"
    return f"{spec.get('instrument', 'outcome')}{middle}_{spec.get('rule', '')}"
