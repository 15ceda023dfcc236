"""Several files, one table: what all of them must hold of the columns that are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from predict.cohort.formats.base import SourceFile
from predict.cohort.formats.parquet import check_types
from predict.cohort.formats.rows import common_type
from predict.cohort.source import Source
from predict.errors import Problem, TableError

Probed = tuple[SourceFile, Source]


def united(sources: Sequence[Source]) -> Source:
    """Return the head of a table whose files hold these columns: all of them, in any order.

    Examples
    --------
    >>> one, other = pa.table({"id": ["a"], "age": [1]}), pa.table({"age": [2.5], "id": ["b"]})
    >>> united([Source(one), Source(other)]).names
    ['id', 'age']
    """
    kinds: dict[str, set[pa.DataType]] = {}
    for field in [field for source in sources for field in source.table.schema]:
        kinds.setdefault(field.name, set()).add(field.type)
    head = pa.schema([(name, _one(each)) for name, each in kinds.items()])
    names = tuple(dict.fromkeys(name for source in sources for name in source.header))
    return replace(sources[0], table=head.empty_table(), header=names)


def _one(kinds: set[pa.DataType]) -> pa.DataType:
    """The type of a column in all files; one of lists or records stays what it is."""
    nested = [kind for kind in kinds if pa.types.is_nested(kind)]
    return nested[0] if nested else common_type(kinds - {pa.null()} or kinds)


def check_alike(files: Sequence[SourceFile], columns: Sequence[str]) -> None:
    """Stop where files of one table differ in a column that is read; others may hold anything.

    Parameters
    ----------
    files : sequence of SourceFile
        Each may consist of several parts itself.
    columns : sequence of str
        The columns that are read.

    Raises
    ------
    TableError
        With code ``TABLE_SCHEMAS_DIFFER``, naming each file by its number and the column.
    """
    probed = [pair for file in files for pair in file.form.probed(file)]
    for _, source in probed:
        check_types(pa.schema([field for field in source.table.schema if field.name in columns]))
    problems = [problem for name in columns for problem in _unlike(probed, name)]
    if len(probed) > 1 and problems:
        raise TableError(
            "The files of the table, in the order of their names, are not written alike.",
            code="TABLE_SCHEMAS_DIFFER",
            problems=problems,
        )


def _unlike(probed: Sequence[Probed], name: str) -> list[Problem]:
    """What is wrong with a column in the first file that is unlike the others."""
    kinds: dict[str, int] = {}
    for number, (file, source) in enumerate(probed, start=1):
        if name not in source.table.column_names:
            message = f"File {number} of {len(probed)} lacks column '{name}'; add it."
            return [Problem("TABLE_SCHEMAS_DIFFER", message, column=name)]
        kind = _kind(source.table.schema.field(name).type)
        if kind and kind not in kinds and not (kinds and _is_blank(file, name)):
            kinds[kind] = number
    if len(kinds) < 2:
        return []
    (kind, first), (other, second) = list(kinds.items())[:2]
    message = f"Column '{name}' holds {kind} in file {first} and {other} in file {second} of"
    message = f"{message} {len(probed)}; store it alike in all."
    return [Problem("TABLE_SCHEMAS_DIFFER", message, column=name)]


def _is_blank(file: SourceFile, name: str) -> bool:
    """Whether a column holds nothing: pandas writes such a column of text as numbers."""
    column = replace(file, columns=(name,)).read().table.column(name)
    return bool(column.null_count == len(column))


def _kind(kind: pa.DataType) -> str:
    """How a column's cells are told apart from others: ints and floats are both numbers."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_null(kind):
        return ""
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "numbers"
    if pa.types.is_boolean(kind):
        return "yes or no"
    return "dates" if pa.types.is_temporal(kind) else "text"
