"""The tables of `door_table`, made from one clean table."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import feather
from tests.scoring.conftest import as_bytes, with_cell
from tests.scoring.door_table import GAD7, ITEM, PHQ9, ROWS, WIDTHS
from tests.scoring.doors import Given

Made = bytes | pd.DataFrame | Path


def given(made: Made, place: Path) -> Given:
    """Return a table as the doors take it: a frame is written as CSV too."""
    if isinstance(made, Path):
        return Given(made)
    path = place / "table.csv"
    if isinstance(made, bytes):
        path.write_bytes(made)
        return Given(path)
    made.to_csv(path, index=False, lineterminator="\n")
    return Given(path, made)


def faulty_rows(clean: pd.DataFrame) -> pd.DataFrame:
    """Each row fault in a row of its own, in order, and clean rows after them."""
    table = clean.assign(note="x")
    for place, fault in enumerate(ROWS):
        for column, text in fault.cells.items():
            if column == "(all)":
                table.iloc[place] = list(table.columns)
            else:
                table.loc[place, column] = text
    return table


def odd_widths(clean: pd.DataFrame) -> bytes:
    lines = as_bytes(clean).splitlines()
    for row, action in WIDTHS.values():
        short = action.endswith("SHORT")
        lines[row] = lines[row].rsplit(b",", 2)[0] if short else lines[row] + b",9"
    return b"\n".join(lines) + b"\n"


def all_items(table: pd.DataFrame, change: Callable[[int], int], names=PHQ9) -> pd.DataFrame:
    """Return the table with answers changed, and the total that goes with them."""
    changed = table.copy()
    changed[list(names)] = table[list(names)].map(lambda t: str(change(int(t))) if t else t)
    whole = (changed[list(PHQ9)] != "").all(axis=1)
    total = changed.loc[whole, list(PHQ9)].astype(int).sum(axis=1)
    changed["phq9_sum"] = total.astype("str").reindex(changed.index).fillna("")
    return changed


def _mixed(clean: pd.DataFrame) -> bytes:
    data = as_bytes(with_cell(clean, 3, "person", "José"))
    place = data.index(clean["person"][40].encode())
    return data[:place] + b"\xe9" + data[place:]


def _second_table(clean: pd.DataFrame) -> bytes:
    return as_bytes(clean) + b"visit,score\na,1\nb,2\nc,3\n"


def _trailing(clean: pd.DataFrame) -> bytes:
    head, _, rest = as_bytes(clean).partition(b"\n")
    return head + b"\n" + rest.replace(b"\n", b",\n")


def _zip(clean: pd.DataFrame) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("table.csv", as_bytes(clean))
    return sink.getvalue()


def _straight(clean: pd.DataFrame) -> pd.DataFrame:
    table = clean.copy()
    table.loc[: len(clean) // 2, list(PHQ9)] = "2"
    table.loc[: len(clean) // 2, "phq9_sum"] = "18"
    return table


def _pointed(clean: pd.DataFrame) -> pd.DataFrame:
    return clean.assign(**{ITEM: clean[ITEM].map(lambda t: f"{t}.0" if t else t)})


# Made from the clean table alone.
FRAMES: dict[str, Callable[[pd.DataFrame], Made]] = {
    "byte_order_mark": lambda t: b"\xef\xbb\xbf" + as_bytes(t),
    "latin_1": lambda t: with_cell(t, 3, "person", "José").to_csv(index=False).encode("latin-1"),
    "utf_16": lambda t: t.to_csv(index=False).encode("utf-16"),
    "mixed_encodings": _mixed,
    "semicolons": lambda t: t.to_csv(index=False, sep=";").encode(),
    "tabs": lambda t: t.to_csv(index=False, sep="\t").encode(),
    "cr_only": lambda t: as_bytes(t).replace(b"\n", b"\r"),
    "crlf": lambda t: as_bytes(t).replace(b"\n", b"\r\n"),
    "open_quote": lambda t: as_bytes(t).replace(b"female", b'"female', 1),
    "trailing_comma": _trailing,
    "empty_file": lambda t: b"",
    "header_alone": lambda t: t.iloc[:0],
    "blank_lines": lambda t: b"\n\n\r\n",
    "preamble": lambda t: b"# exported on Monday\n" + as_bytes(t),
    "two_tables": _second_table,
    "ten_thousand_columns": lambda t: ",".join(f"c{i}" for i in range(10_000)).encode() + b"\n",
    "packed": lambda t: gzip.compress(as_bytes(t)),
    "zip": _zip,
    "xz": lambda t: lzma.compress(as_bytes(t)),
    "json_lines": lambda t: t.to_json(orient="records", lines=True).encode(),
    "packed_and_cut": lambda t: gzip.compress(as_bytes(t))[:-100],
    "packed_beyond_measure": lambda t: gzip.compress(b"0," * 5_000_000),
    "invisible_in_header": lambda t: as_bytes(t.rename(columns={"age": "age\u200b"})),
    "header_by_case": lambda t: t.rename(columns={"age": "Age"}),
    "column_twice": lambda t: pd.concat([t, t[["age"]]], axis=1),
    "columns_missing": lambda t: t.drop(columns=["age", "gad7_1_baseline"]),
    "extra_column": lambda t: t.assign(shoe_size="44"),
    "order_of_columns": lambda t: t[list(reversed(t.columns))],
    "renamed_instrument": lambda t: t.rename(columns=lambda c: c.replace("phq9_", "PHQ9_")),
    "later_columns": lambda t: t,
    "round_two_columns": lambda t: t.assign(phq9_1_round_two_start="3"),
    "constant_column": lambda t: t.assign(age="44", birth_date=""),
    "empty_column": lambda t: t.assign(age="", birth_date=""),
    "id_of_a_person": lambda t: with_cell(t, 1, "person", "Jane Miller"),
    "pointed_whole_numbers": _pointed,
    "total_without_items": lambda t: t.drop(columns=list(PHQ9)),
    "items_from_one": lambda t: all_items(t, lambda answer: answer + 1),
    "instrument_reversed": lambda t: all_items(t, lambda answer: 3 - answer, GAD7),
    "straight_lines": _straight,
    "grams_for_kilograms": lambda t: t.assign(weight=t["weight"] + "000"),
    "dates_of_another_format": lambda t: t.assign(seen_baseline="13.01.2024"),
    "ambiguous_dates": lambda t: t.assign(seen_baseline="02/01/2024"),
    "small_integers": lambda t: typed(t),
    "categories": lambda t: typed(t).assign(sex=t["sex"].astype("category")),
    "times_with_zone": lambda t: t.assign(seen_at="2024-03-31T02:30:00+02:00"),
}


def typed(clean: pd.DataFrame) -> pd.DataFrame:
    """Return the table as a typed frame: answers as small integers."""
    table = clean.copy()
    for name in table.columns:
        if name[:4] in ("phq9", "gad7") or name == "age":
            table[name] = pd.to_numeric(table[name]).astype("Int8")
    return table.assign(weight=pd.to_numeric(table["weight"]))


def _written(table: pd.DataFrame | pa.Table, path: Path, **settings: object) -> Path:
    if isinstance(table, pd.DataFrame):
        table = pa.Table.from_pandas(table, preserve_index=False)
    pq.write_table(table, path, **settings)
    return path


def _decimals(clean: pd.DataFrame, path: Path) -> Path:
    table = pa.Table.from_pandas(typed(clean), preserve_index=False)
    exact = pa.array([Decimal(int(v)) for v in clean[ITEM]], pa.decimal128(5, 2))
    return _written(table.set_column(table.column_names.index(ITEM), ITEM, exact), path)


def _nested(clean: pd.DataFrame, path: Path) -> Path:
    table = pa.Table.from_pandas(typed(clean), preserve_index=False)
    lists = pa.array([[int(v)] for v in clean[ITEM]])
    return _written(table.set_column(table.column_names.index(ITEM), ITEM, lists), path)


def _cut(clean: pd.DataFrame, path: Path) -> Path:
    data = _written(typed(clean), path).read_bytes()
    path.write_bytes(data[:-20])
    return path


def _flipped(clean: pd.DataFrame, path: Path) -> Path:
    data = bytearray(_written(typed(clean), path, write_page_checksum=True).read_bytes())
    # In the first page's data, behind its header: only a checksum can tell.
    data[len(data) // 3] ^= 4
    path.write_bytes(data)
    return path


def _encrypted(clean: pd.DataFrame, path: Path) -> Path:
    path.write_bytes(b"PARE" + os.urandom(500) + b"PARE")
    return path


def _two_schemas(clean: pd.DataFrame, path: Path) -> Path:
    _written(typed(clean.iloc[:30]), path.with_name("in-1.parquet"))
    _written(typed(clean.iloc[30:]).assign(age="40"), path.with_name("in-2.parquet"))
    return path.with_name("in-*.parquet")


def _many_files(clean: pd.DataFrame, path: Path) -> Path:
    for number in range(3):
        some = typed(clean.iloc[number * 20 : number * 20 + 20])
        _written(some, path.with_name(f"in-{number}.parquet"))
    return path.with_name("in-*.parquet")


def _months(clean: pd.DataFrame, path: Path) -> Path:
    """A month with whole numbers, one with decimal ones, larger text and another order."""
    folder = path.with_name("months")
    folder.mkdir()
    _written(typed(clean.iloc[:30]), folder / "1.parquet")
    second = typed(clean.iloc[30:]).astype({"age": "float64"})
    table = pa.Table.from_pandas(second[list(reversed(second.columns))], preserve_index=False)
    large = {pa.string(): pa.large_string()}
    table = table.cast(pa.schema([(f.name, large.get(f.type, f.type)) for f in table.schema]))
    _written(table, folder / "2.parquet")
    return folder


def _lacking(clean: pd.DataFrame, path: Path) -> Path:
    folder = _months(clean, path)
    _written(typed(clean.iloc[30:]).drop(columns="age"), folder / "2.parquet")
    return folder


def _keyed(clean: pd.DataFrame, path: Path) -> Path:
    for number in (1, 2):
        folder = path.with_name("keyed") / f"month={number}"
        folder.mkdir(parents=True)
        _written(typed(clean.iloc[30 * (number - 1) : 30 * number]), folder / "part.parquet")
    return path.with_name("keyed")


def _feather(clean: pd.DataFrame, path: Path) -> Path:
    feather.write_feather(clean, str(path.with_suffix(".feather")))
    return path.with_suffix(".feather")


def _link(clean: pd.DataFrame, path: Path) -> Path:
    path.with_name("real.csv").write_bytes(as_bytes(clean))
    link = path.with_name("link.csv")
    link.symlink_to(path.with_name("real.csv"))
    return link


# Made at a place on disk: a path is all there is of them.
PATHS: dict[str, Callable[[pd.DataFrame, Path], Path]] = {
    "items_as_text": _written,
    "decimals": _decimals,
    "nested": _nested,
    "parquet_cut": _cut,
    "parquet_bit_flipped": _flipped,
    "schemas_differ": _two_schemas,
    "no_row_groups": lambda t, path: _written(typed(t).iloc[:0], path),
    "encrypted": _encrypted,
    "very_many_files": _many_files,
    "months_as_pandas_writes_them": _months,
    "a_month_lacks_a_column": _lacking,
    "keys_in_names": _keyed,
    "feather": _feather,
    "a_folder": lambda t, path: path.parent,
    "a_link": _link,
    "not_there": lambda t, path: path.with_name("absent.csv"),
    "changes_under_the_run": lambda t, path: given(t, path.parent).path,
}


# What a correlation shows needs more people than sixty, and fewer than a drift.
LARGER = {"instrument_reversed": 180}


def bad_table(name: str, clean: pd.DataFrame, place: Path) -> Given:
    """Return a table of `TABLES` by its name."""
    if name in PATHS:
        return Given(PATHS[name](clean, place / "table.parquet"))
    return given(FRAMES[name](clean), place)


def _severe(table: pd.DataFrame) -> pd.DataFrame:
    total = pd.to_numeric(table["phq9_sum"]).fillna(0)
    worst = table[total >= total.sort_values().iloc[-60]]
    again = pd.concat([worst] * 4, ignore_index=True).head(len(table))
    return again.assign(person=[f"S{n}" for n in range(len(again))])


def _next_persons(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**{name: np.roll(table[name], 1) for name in GAD7})


def _other_columns(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**{a: table[b] for a, b in zip(PHQ9, reversed(PHQ9), strict=True)})


def _doubled(table: pd.DataFrame) -> pd.DataFrame:
    names, fifth = [*PHQ9, *GAD7, "phq9_sum"], len(table) // 5
    changed = table.copy()
    changed.loc[: fifth - 1, names] = table.loc[fifth : 2 * fifth - 1, names].to_numpy()
    return changed


def _blank(table: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Every fourth person without some items, and without the total that goes with them."""
    changed = table.copy()
    changed.loc[::4, [*names, "phq9_sum"]] = ""
    return changed


def _women_are_men(table: pd.DataFrame) -> pd.DataFrame:
    women = table.index[table["sex"] == "female"]
    return table.assign(
        sex=table["sex"].mask(table.index.isin(women[: 3 * len(women) // 4]), "male")
    )


SHIFTS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "age_constant": lambda t: t.assign(age="19", birth_date=""),
    "answers_higher_within_range": lambda t: all_items(t, lambda answer: min(answer + 1, 3)),
    "answers_lower_within_range": lambda t: all_items(t, lambda answer: max(answer - 1, 0)),
    "instrument_reversed": lambda t: all_items(t, lambda answer: 3 - answer, GAD7),
    "item_reversed": lambda t: all_items(t, lambda answer: 3 - answer, PHQ9[2:3]),
    "grams": lambda t: t.assign(weight=t["weight"] + "000"),
    "only_the_severe": _severe,
    "answers_one_higher": lambda t: all_items(t, lambda answer: answer + 1),
    "older_by_a_few_years": lambda t: t.assign(
        age=(t["age"].astype(int) + 4).clip(18, 90).astype("str"), birth_date=""
    ),
    "gad7_of_the_next_person": _next_persons,
    "items_in_each_others_columns": _other_columns,
    "answers_of_other_people": _doubled,
    "an_item_often_missing": lambda t: _blank(t, PHQ9[:1]),
    "a_quarter_left_blank": lambda t: _blank(t, PHQ9[:5]),
    "women_are_men": _women_are_men,
    "in_another_order": lambda t: t.iloc[np.random.default_rng(1).permutation(len(t))],
}
