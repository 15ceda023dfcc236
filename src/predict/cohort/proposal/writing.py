"""A proposed study as TOML, each guess marked with what it rests on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

HEAD = """\
# A study proposed from a table by `predict init`. It is a beginning: look at every line that ends
# in "guess:", correct it, and take the mark away. What a column means, only you know.
"""
TAIL = "\n# Left out, with the reason; declare under [people] what is known of a person:\n"


def study_text(spec: Mapping[str, Any], why: Mapping[str, str], left_out: Mapping[str, str]) -> str:
    """Return the file's text.

    Parameters
    ----------
    why : mapping of dotted key -> sentence
        What each guess rests on.
    left_out : mapping of column -> reason
    """
    lines = [*_top(spec, why), *_tables(spec, why)]
    rest = [f"#   {column}: {reason}" for column, reason in left_out.items()]
    tail = TAIL + "\n".join(rest) if rest else ""
    return HEAD + "\n".join(lines) + tail + "\n"


def _top(spec: Mapping[str, Any], why: Mapping[str, str]) -> Iterator[str]:
    for key, value in spec.items():
        if key not in ("rounds", "instruments", "people"):
            yield _line(key, value, why.get(key, ""))


def _tables(spec: Mapping[str, Any], why: Mapping[str, str]) -> Iterator[str]:
    for part in ("rounds", "instruments"):
        for name, entry in spec[part].items():
            yield f"\n[{part}.{_key(name)}]"
            for key, value in entry.items():
                reason = why.get(f"{part}.{name}.{key}", "as the columns name them")
                yield _line(key, value, reason)
    if "people" in spec:
        yield "\n[people]"
    for name, entry in spec.get("people", {}).items():
        yield _line(name, entry, why.get(f"people.{name}", ""))


def _line(key: str, value: Any, why: str) -> str:
    return f"{_key(key)} = {_value(value)}" + (f"  # guess: {why}" if why else "")


def _key(name: str) -> str:
    """A bare key where TOML allows one, else a quoted one."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _value(value: Any) -> str:
    """A TOML value; JSON's texts, numbers and lists are TOML's."""
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(str(k))} = {_value(v)}" for k, v in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)
