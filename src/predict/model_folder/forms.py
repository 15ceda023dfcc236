"""Values of a model as text and back: exact JSON, and TOML for the files that people read."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

import numpy as np

from predict.errors import ModelError
from predict.files import read_json

DEEPEST = 60
_BARE = re.compile(r"^[A-Za-z0-9_-]+$")


def exact(value: Any) -> Any:
    """Return a value in plain JSON types, floats kept to the last bit.

    Raises
    ------
    ModelError
        When a number is not finite: a model never stores one.

    Examples
    --------
    >>> exact({"mean": 0.1 + 0.2, "values": ("a", "b")})
    {'mean': 0.30000000000000004, 'values': ['a', 'b']}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return exact(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): exact(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset, np.ndarray)):
        return [
            exact(item)
            for item in (sorted(value) if isinstance(value, (set, frozenset)) else value)
        ]
    if isinstance(value, np.generic):
        return exact(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        raise ModelError("A model file cannot hold a number that is not finite.", code="NOT_FINITE")
    return value


def json_bytes(value: Any, *, indent: int | None = 1) -> bytes:
    """Return a value as JSON, floats exact, keys in their own order."""
    separators = (",", ":") if indent is None else None
    text = json.dumps(
        exact(value), indent=indent, separators=separators, ensure_ascii=False, allow_nan=False
    )
    return (text + "\n").encode()


def parse_json(name: str, data: bytes) -> dict[str, Any]:
    """Return the object in strict JSON, whatever the bytes are.

    Raises
    ------
    ModelError
        When the bytes are not one JSON object: no NaN, no key twice, not too deep.
    """
    try:
        value = read_json(data)
    except (ValueError, RecursionError) as error:
        raise _unreadable(name, "strict JSON") from error
    if not isinstance(value, dict) or depth(value) > DEEPEST:
        raise _unreadable(name, f"one JSON object at most {DEEPEST} levels deep")
    return value


def depth(value: Any) -> int:
    """Return how many levels of lists and objects a parsed value has.

    Examples
    --------
    >>> depth({"a": [1, [2]]})
    3
    """
    level, layer = 0, [value]
    while layer := [item for item in layer if isinstance(item, (dict, list))]:
        level += 1
        layer = [
            item
            for parent in layer
            for item in (parent.values() if isinstance(parent, dict) else parent)
        ]
    return level


def parse_toml(name: str, data: bytes) -> dict[str, Any]:
    """Return the tables of a TOML file, whatever the bytes are.

    Raises
    ------
    ModelError
        When the bytes are not TOML.
    """
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _unreadable(name, "TOML") from error


def _unreadable(name: str, wanted: str) -> ModelError:
    return ModelError(
        f"{name} is not {wanted}. Restore the folder or train again.", code="MODEL_UNREADABLE"
    )


def toml_bytes(value: Mapping[str, Any]) -> bytes:
    """Return plain tables as TOML; what is absent (None) is left out.

    Examples
    --------
    >>> print(toml_bytes({"id": "demo", "people": {"age": {"range": [18, 110]}}}).decode().strip())
    id = "demo"
    <BLANKLINE>
    [people.age]
    range = [18, 110]
    """
    lines = _section(exact(value), ())
    return ("\n".join(lines).strip("\n") + "\n").encode()


def _section(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    plain = {key: item for key, item in table.items() if _inline(item) and item is not None}
    nested = {key: item for key, item in table.items() if not _inline(item)}
    lines = [f"{_key(key)} = {_value(item)}" for key, item in plain.items()]
    if path and (lines or not nested):
        lines = ["", f"[{'.'.join(_key(part) for part in path)}]", *lines]
    for key, item in nested.items():
        lines += _tables(item, (*path, key))
    return lines


def _tables(item: Any, path: tuple[str, ...]) -> list[str]:
    if isinstance(item, Mapping):
        return _section(item, path)
    head = ["", f"[[{'.'.join(_key(part) for part in path)}]]"]
    return [line for entry in item for line in [*head, *_inline_table(entry)]]


def _inline_table(entry: Mapping[str, Any]) -> list[str]:
    return [f"{_key(key)} = {_value(item)}" for key, item in entry.items() if item is not None]


def _inline(item: Any) -> bool:
    if isinstance(item, Mapping):
        return False
    return not (isinstance(item, Sequence) and item and all(isinstance(i, Mapping) for i in item))


def _key(key: str) -> str:
    return key if _BARE.match(key) else json.dumps(key, ensure_ascii=False)


def _value(item: Any) -> str:
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, str):
        return json.dumps(item, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(item, Mapping):
        inner = ", ".join(f"{_key(k)} = {_value(v)}" for k, v in item.items() if v is not None)
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(item, list):
        return f"[{', '.join(_value(i) for i in item)}]"
    return repr(item)
