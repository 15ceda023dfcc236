"""Reasons of rows in words: the one place where a record becomes a sentence of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from predict.definitions.wording import Catalogue, load_catalogue
from predict.models.reliance import Reason, Reasons

# Arguments that are names of the study, and how the catalogue says each.
NAMES: Mapping[str, Callable[[Catalogue, str], str]] = {
    "round": lambda say, name: say.name("rounds", name),
    "visit": lambda say, name: say.name("visits", name),
    "label": lambda say, label: say.named(label),
}


def reason_facts(reason: Reason, say: Catalogue) -> dict[str, str | int]:
    """Return what the places of a reason's sentence are filled with."""
    return {
        place: NAMES[place](say, str(value)) if place in NAMES else value
        for place, value in reason.arguments.items()
    }


def reason_key(reason: Reason) -> str:
    """Return the key of a reason's sentence.

    Of an instrument that is one answer or total nothing is missing "in part", and where no answer
    may be missing no number of them is allowed.

    Examples
    --------
    >>> total = {"instrument": "HAM-D-17", "size": 1, "allowed": 0}
    >>> reason_key(Reason("missing_too_many", total)), reason_key(Reason("missing_most"))
    ('reason_missing.whole', 'reason.missing_most')
    """
    if reason.code in ("missing_too_many", "missing_some"):
        if reason.arguments["size"] == 1:
            return "reason_missing.whole"
        if reason.arguments.get("allowed") == 0:
            return "reason_missing.any"
    return f"reason.{reason.code}"


def written(reasons: Reasons) -> str:
    r"""Return reasons as the column ``reason`` of a scores file holds them, in English.

    Each is its code, ``; `` and its sentence; several are joined by `` | ``. A code holds neither
    sign, so that the first ``; `` of a part ends it; a ``|`` or ``\`` of a sentence (a column's
    label may hold anything) has a ``\`` before it.

    Examples
    --------
    >>> print(written((Reason("value_unusual", {"label": "Route | dose"}),)))
    value_unusual; Route \| dose: a value that few of the people learned from had.
    """
    say = load_catalogue()
    sentences = (say.text(reason_key(r), reason_facts(r, say)) for r in reasons)
    escaped = (words.replace("\\", r"\\").replace("|", r"\|") for words in sentences)
    return " | ".join(f"{r.code}; {words}" for r, words in zip(reasons, escaped, strict=True))
