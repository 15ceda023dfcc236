"""What a checklist says, as sentences with their facts, and the same in words of a language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isnan
from typing import Any

from predict.definitions.wording import Catalogue
from predict.evaluation.verdict_words import usefulness_words, verdict_words

# A text, a number, a count that may be withheld, a mapping that says what it is, or several.
Part = Any


def named(label: str) -> Part:
    """Return a label that data files write in English: each language may have its own."""
    return {"named": label}


def number(value: float, form: str) -> Part:
    """Return a number with the form in which it is told."""
    return {"number": float(value), "form": form}


def joined(parts: Sequence[Part], by: str = ", ") -> Part:
    """Return parts that follow one another.

    Examples
    --------
    >>> joined(["a", "b"])
    ['a', ', ', 'b']
    """
    return [piece for part in parts for piece in (by, part)][1:]


def part_words(part: Part, say: Catalogue) -> str:
    """Return a part in words.

    Examples
    --------
    >>> from predict.definitions.wording import load_catalogue
    >>> part_words([{"say": "tripod.analysed", "n": 90, "events": 30}], load_catalogue())
    '90 people with 30 events in every analysis of performance.'
    """
    if isinstance(part, (list, tuple)):
        return "".join(part_words(piece, say) for piece in part)
    if not isinstance(part, Mapping):
        return str(part)
    if "say" in part:
        return say.text(part["say"], {key: part_words(part[key], say) for key in part})
    if "number" in part and (part["number"] is None or isnan(part["number"])):
        return "–"  # there was none, as it is stored and as it is reckoned
    if "number" in part:
        return f"{part['number']:{part['form']}}".replace(".", say("format.point"))
    kind, value = next(iter(part.items()))
    return _KINDS[kind](value, say)


# Steps that name a visit or a round begin with these words. A table names a visit as the study
# does, so that it agrees with the checklist.
STATIONS = {"answered at ": "", "scored at ": "visits", "took round ": "rounds"}


def step_words(step: str, say: Catalogue) -> str:
    """Return a step of the flow as the catalogue says it.

    Examples
    --------
    >>> from predict.definitions.wording import load_catalogue
    >>> step_words("answered at round_one_end", load_catalogue("en"))
    'answered at round_one_end'
    """
    for head, names in STATIONS.items():
        if step.startswith(head):
            name = step.removeprefix(head)
            return say(f"steps.{head.split()[0]}", name=say.name(names, name) if names else name)
    return say.name("steps", step)


_KINDS: dict[str, Callable[[Any, Catalogue], str]] = {
    "named": lambda label, say: say.named(label),
    "step": step_words,
    "answer": lambda answer, say: say.name("tripod_answer", answer),
    "useful": usefulness_words,
    "verdict": verdict_words,
}
