"""Which columns of a table a model's signature does not take: names alone, never a cell."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pandas.api import types

from predict.errors import first_of

MOST_NAMED = 10
# What pandas calls a column of them, or of nothing.
NUMBERS = ("empty", "integer", "floating", "mixed-integer-float", "decimal")


def misfits(taken: Any, table: pd.DataFrame) -> str:
    """Return a sentence, after a space, with the columns that differ; nothing where none is seen.

    Parameters
    ----------
    taken : mlflow Schema
        The inputs of a signature.
    """
    absent = [c.name for c in taken.inputs if c.required and c.name not in table]
    here = [c for c in taken.inputs if c.name in table]
    texts = [c.name for c in here if c.type.name == "string" and not _is_text(table[c.name])]
    numbers = [c.name for c in here if c.type.name == "double" and not _is_number(table[c.name])]
    found = {"absent": absent, "numbers where text is wanted": texts}
    found["no numbers where numbers are wanted"] = numbers
    told = "; ".join(
        f"{what}: {first_of(names, MOST_NAMED)}" for what, names in found.items() if names
    )
    return f" Of this table, {told}." if told else ""


def _is_text(column: pd.Series) -> bool:
    filled = column.dropna()
    return filled.empty or all(isinstance(value, str) for value in filled)


def _is_number(column: pd.Series) -> bool:
    numeric = types.is_numeric_dtype(column) and not types.is_bool_dtype(column)
    return numeric or types.infer_dtype(column, skipna=True) in NUMBERS
