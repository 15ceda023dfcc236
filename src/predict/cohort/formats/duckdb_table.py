"""DuckDB: one table or view of a database file, read-only, without extensions or network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from predict.cohort.formats.base import SourceFile, check_names, needing
from predict.cohort.formats.parquet import columns_of
from predict.cohort.formats.rows import RowFormat
from predict.cohort.source import Source, refuse
from predict.errors import unknown_name

_LOCKED_IN = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "enable_external_access": "false",
    "lock_configuration": "true",
    "threads": "1",
}
_TABLES = """
    select table_schema, table_name from information_schema.tables
    where table_catalog = current_database()
    order by table_schema <> current_schema(), table_schema, table_name
"""


class DuckDb(RowFormat):
    """A table of a DuckDB file, its rows in the order of the file."""

    title = "DuckDB table (duckdb:FILE?table=NAME)"
    suffixes = (".duckdb", ".ddb")
    extra = "formats"

    def sniff(self, name: str, head: bytes) -> bool:
        """Return whether a file of this name and beginning is of this format."""
        return head[8:12] == b"DUCK" or super().sniff(name, head)

    def probe(self, file: SourceFile) -> Source:
        """Return the table without its rows, after the checks of its columns."""
        table = self._rows(file, "limit 0", "*")
        check_names(table.column_names)
        return Source(table)

    def take(self, file: SourceFile, start: int, rows: int) -> Source:
        """Return so many rows from a place on."""
        schema = self._rows(file, "limit 0", "*").schema
        columns = ", ".join(map(_quoted, columns_of(file, schema))) or "*"
        return Source(self._rows(file, f"limit {rows} offset {start}", columns))

    def check_end(self, file: SourceFile, rows: int) -> None:
        """Stop where the table states another number of rows than it gave."""
        if self._rows(file, "", "count(*)").column(0)[0].as_py() != rows:
            raise refuse("TABLE_CHANGED", "The table changed while it was read; read a copy of it.")

    def _rows(self, file: SourceFile, limit: str, columns: str) -> pa.Table:
        with self._opened(file) as connection:
            name = _table(connection, file.option("table") or file.option("sheet"))
            # The names stand in quotes, and both numbers are ours.
            query = f"select {columns} from {name} {limit}"  # noqa: S608
            table: pa.Table = connection.sql(query).to_arrow_table()
        return table

    @contextmanager
    def _opened(self, file: SourceFile) -> Iterator[Any]:
        with needing(self):
            import duckdb
        try:
            with (
                file.on_disk() as path,
                duckdb.connect(path, read_only=True, config=_LOCKED_IN) as connection,
            ):
                yield connection
        except duckdb.Error as error:
            message = "The database cannot be read: damaged, open for writing elsewhere, of a newer"
            message = f"{message} version, or a view of other files; export the table to Parquet."
            raise refuse("TABLE_DAMAGED", message) from error


def _table(connection: Any, wanted: str) -> str:
    """The table to read in quotes: the one that is named, or the only one.

    A table of another schema than the first goes by both names, ``clinic.visits``.
    """
    pairs = [(str(schema), str(name)) for schema, name in connection.execute(_TABLES).fetchall()]
    own = str(connection.execute("select current_schema()").fetchall()[0][0])
    quoted = {
        (name if schema == own else f"{schema}.{name}"): f"{_quoted(schema)}.{_quoted(name)}"
        for schema, name in pairs
    }
    names = list(quoted)
    if wanted in quoted or (len(names) == 1 and not wanted):
        return quoted[wanted or names[0]]
    if wanted:
        raise refuse("SHEET_UNKNOWN", unknown_name("table", wanted, names))
    message = f"The database holds {len(names)} tables: {', '.join(names[:12])}; name one,"
    raise refuse("TABLES_SEVERAL", f"{message} duckdb:FILE?table=NAME or --sheet NAME.")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
