"""One cohort, as files hold it: text, Parquet, workbooks, SPSS, Stata, SAS, DuckDB."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

PEOPLE = 500
VISITS = ("baseline", "end")
ITEMS = [str(number) for number in range(1, 10)]
WORDS = ("Not at all", "Several days", "More than half the days", "Nearly every day")


@dataclass(frozen=True)
class Drawn:
    """The cohort, without any format's own ways.

    Parameters
    ----------
    people : DataFrame
        Index: ids as text. Columns ``age`` (whole years; some of 150, which the study refuses) and
        ``sex``.
    answers : mapping of visit -> DataFrame
        On the index of ``people``; items ``1`` to ``9``, 0 to 3, NaN where there is no answer.
    days : mapping of visit -> Series of dates
        NaT where the person did not come.
    """

    people: pd.DataFrame
    answers: dict[str, pd.DataFrame]
    days: dict[str, pd.Series]


@dataclass(frozen=True)
class Writer:
    """One way to write the cohort.

    Parameters
    ----------
    name : str
    write : callable
        Writes the cohort into a folder and returns the table's place.
    study : dict
        Keys of the study that differ from `STUDY`.
    content : str
        ``items`` or ``totals``: what it is held against.
    """

    name: str
    write: Callable[[Drawn, Path], str]
    study: dict[str, Any] = field(default_factory=dict)
    content: str = "items"


STUDY: dict[str, Any] = {
    "id": "person",
    "layout": "wide",
    "visits": list(VISITS),
    "rounds": {"one": {"start": "baseline", "end": "end"}},
    "instruments": {"phq9": {"columns": "phq9_{item}_{visit}"}},
    "people": {
        "age": {"kind": "number", "range": [18, 110]},
        "sex": {"kind": "choice", "values": ["female", "male"]},
    },
}
LONG = {
    "layout": "long",
    "visit": "visit",
    "instruments": {"phq9": {"columns": "phq9_{item}"}},
}
TOTALS = {"instruments": {"phq9": {"total": "phq9_{visit}"}}}


def draw(seed: int = 1) -> Drawn:
    """Return the cohort: gaps, some with too many, a quarter gone at the end, ten ages refused."""
    rng = np.random.default_rng(seed)
    ids = pd.Index([f"P{number:04d}" for number in range(PEOPLE)], name="person")
    burden = rng.uniform(0.5, 2.8, PEOPLE)
    change = rng.uniform(0.2, 1.1, PEOPLE)
    answers = {
        visit: _answers(rng, burden * (change if visit == "end" else 1), ids) for visit in VISITS
    }
    answers["end"][pd.Series(rng.random(PEOPLE) < 0.25, ids)] = np.nan
    age = rng.integers(18, 80, PEOPLE)
    age[rng.choice(PEOPLE, 10, replace=False)] = 150
    people = pd.DataFrame({"age": age, "sex": rng.choice(["female", "male"], PEOPLE)}, index=ids)
    start = pd.Timestamp("2024-01-08") + pd.to_timedelta(rng.integers(0, 200, PEOPLE), "D")
    days = {"baseline": pd.Series(start, ids), "end": pd.Series(start, ids) + pd.Timedelta(42, "D")}
    days["end"] = days["end"].where(answers["end"].notna().any(axis=1))
    return Drawn(people, answers, days)


def _answers(rng: np.random.Generator, burden: np.ndarray, ids: pd.Index) -> pd.DataFrame:
    values = np.clip(np.rint(rng.normal(burden[:, None], 0.8, (len(ids), 9))), 0, 3)
    values[rng.random(values.shape) < np.where(rng.random((len(ids), 1)) < 0.1, 0.4, 0.01)] = np.nan
    values[:, 0] = np.where(np.isnan(values).all(axis=1), 0, values[:, 0])
    return pd.DataFrame(values, index=ids, columns=ITEMS)


def totals(drawn: Drawn, visit: str) -> pd.Series:
    """Return scores by the questionnaire's own rule: at most two items missing, prorated."""
    answers = drawn.answers[visit]
    prorated = np.floor(answers.mean(axis=1) * 9 + 0.5)
    return prorated.where(answers.isna().sum(axis=1) <= 2)


def wide(drawn: Drawn, *, stem: str = "phq9_{item}_{visit}", low: int = 0) -> pd.DataFrame:
    """One row a person, the answers counted from ``low``."""
    columns = {
        stem.format(item=item, visit=visit): drawn.answers[visit][item] + low
        for visit in VISITS
        for item in ITEMS
    }
    return pd.concat([drawn.people, pd.DataFrame(columns)], axis=1).reset_index()


def long(drawn: Drawn) -> pd.DataFrame:
    """One row a person and visit, all first visits before the others."""
    parts = [
        pd.concat([drawn.people, drawn.answers[visit].add_prefix("phq9_")], axis=1).assign(
            visit=visit
        )
        for visit in VISITS
    ]
    return pd.concat(parts).reset_index()


def scores(drawn: Drawn) -> pd.DataFrame:
    """One row a person, totals alone."""
    columns = {f"phq9_{visit}": totals(drawn, visit) for visit in VISITS}
    return pd.concat([drawn.people, pd.DataFrame(columns)], axis=1).reset_index()


def labelled(drawn: Drawn) -> pd.DataFrame:
    """One row a person, the answers as words."""
    words = dict(enumerate(WORDS))
    table = wide(drawn)
    items = [name for name in table if name.startswith("phq9_")]
    return table.assign(**{name: table[name].map(words) for name in items})


def text(table: pd.DataFrame, path: Path, **keys: Any) -> str:
    """Write a CSV, whole numbers without a decimal point."""
    whole = {name: "Int64" for name in table if table[name].dtype.kind == "f"}
    table.astype(whole).to_csv(path, index=False, **keys)
    return str(path)


def parquet(table: pd.DataFrame, path: Path) -> str:
    """Write a Parquet file."""
    table.to_parquet(path, index=False)
    return str(path)


def in_parts(table: pd.DataFrame, folder: Path, form: str) -> str:
    """Write a folder of three files."""
    folder.mkdir()
    for number, part in enumerate((table[:200], table[200:201], table[201:])):
        path = folder / f"part-{number}.{form}"
        text(part, path) if form == "csv" else parquet(part, path)
    return str(folder)


def european(drawn: Drawn, folder: Path) -> str:
    """Semicolons, decimal commas, Latin letters, a line of descriptions below the names."""
    table = wide(drawn)
    path = folder / "european.csv"
    text(table, path, sep=";", decimal=",")
    names, _, rows = path.read_text().partition("\n")
    described = ";".join(f"Frage {name}, täglich" for name in table.columns)
    path.write_bytes(f"{names}\n{described}\n{rows}".encode("cp1252"))
    return str(path)


def workbook(table: pd.DataFrame, path: Path, sheet: str) -> str:
    """Write a workbook whose first sheet is another one."""
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        pd.DataFrame({"note": ["see the other sheet"]}).to_excel(book, sheet_name="About")
        table.to_excel(book, sheet_name=sheet, index=False)
    return str(path)


def _value_labels(table: pd.DataFrame, low: int = 0) -> dict[str, dict[float, str]]:
    items = [name for name in table if name.startswith("phq9_")]
    return {name: {float(n + low): word for n, word in enumerate(WORDS)} for name in items}


def spss(table: pd.DataFrame, path: Path, *, low: int = 0, **keys: Any) -> str:
    """Write an SPSS file with value labels; gaps are 9, declared missing."""
    import pyreadstat

    labels = _value_labels(table, low)
    filled = table.assign(**{name: table[name].fillna(9.0) for name in labels})
    missing = {name: [9.0] for name in labels}
    pyreadstat.write_sav(filled, path, variable_value_labels=labels, missing_ranges=missing, **keys)
    return str(path)


def stata(table: pd.DataFrame, path: Path, **keys: Any) -> str:
    """Write a Stata file in single precision, labels at the ends of the items alone."""
    import pyreadstat

    ends = {
        name: {int(code): word for code, word in words.items() if code in (0, 3)}
        for name, words in _value_labels(table).items()
    }
    single = {name: "float32" for name in table if table[name].dtype.kind == "f"}
    pyreadstat.write_dta(table.astype(single), path, variable_value_labels=ends, **keys)
    return str(path)


def transport(table: pd.DataFrame, path: Path, version: int) -> str:
    """Write a SAS transport file."""
    import pyreadstat

    pyreadstat.write_xport(table, path, file_format_version=version)
    return str(path)


def database(table: pd.DataFrame, path: Path) -> str:
    """Write a table of a DuckDB file beside another one."""
    import duckdb

    with duckdb.connect(str(path)) as connection:
        connection.register("given", table)
        connection.execute('create table "the people" as select * from given')
        connection.execute("create table other as select 1 as person")
    return f"duckdb:{path}?table=the+people"


SHORT = {
    "instruments": {
        "phq9": {"columns": "p{item}{visit}", "visit_names": {"baseline": "b", "end": "e"}}
    }
}


def _short(drawn: Drawn) -> pd.DataFrame:
    """One row a person under names of eight letters at most."""
    table = wide(drawn, stem="p{item}{visit}")
    return table.rename(columns=lambda name: name.replace("baseline", "b").replace("end", "e"))


FILES = [
    Writer("CSV, wide", lambda d, f: text(wide(d), f / "t.csv")),
    Writer("CSV, wide, packed", lambda d, f: text(wide(d), f / "t.csv.gz")),
    Writer("CSV, long", lambda d, f: text(long(d), f / "t.csv"), LONG),
    Writer(
        *("CSV, semicolons and decimal commas, two header lines", european),
        {"delimiter": ";", "decimal": ",", "header_rows": 2, "encoding": "cp1252"},
    ),
    Writer(
        "CSV, labelled",
        lambda d, f: text(labelled(d), f / "t.csv"),
        {"instruments": {"phq9": {"columns": "phq9_{item}_{visit}", "answers": "labels"}}},
    ),
    Writer("folder of CSV", lambda d, f: in_parts(wide(d), f / "t", "csv")),
    Writer("Parquet, wide", lambda d, f: parquet(wide(d), f / "t.parquet")),
    Writer("folder of Parquet, long", lambda d, f: in_parts(long(d), f / "t", "parquet"), LONG),
    Writer("Excel, wide", lambda d, f: workbook(wide(d), f / "t.xlsx", "Data"), {"sheet": "Data"}),
    Writer("Excel, long", lambda d, f: workbook(long(d), f / "t.xlsx", "D"), LONG | {"sheet": "D"}),
    Writer("SPSS .sav, wide, labelled", lambda d, f: spss(wide(d), f / "t.sav")),
    Writer(
        "SPSS .sav, coded from 1",
        lambda d, f: spss(wide(d, low=1), f / "t.sav", low=1, row_compress=True),
        {"instruments": {"phq9": {"columns": "phq9_{item}_{visit}", "coding_low": 1}}},
    ),
    Writer("SPSS .zsav, long", lambda d, f: spss(long(d), f / "t.zsav", compress=True), LONG),
    Writer("Stata .dta, wide", lambda d, f: stata(wide(d), f / "t.dta")),
    Writer("Stata 10 .dta, long", lambda d, f: stata(long(d), f / "t.dta", version=10), LONG),
    Writer("SAS .xpt 5, wide", lambda d, f: transport(_short(d), f / "t.xpt", 5), SHORT),
    Writer("SAS .xpt 8, long", lambda d, f: transport(long(d), f / "t.xpt", 8), LONG),
    Writer("DuckDB, wide", lambda d, f: database(wide(d), f / "t.duckdb")),
    Writer("DuckDB, long", lambda d, f: database(long(d), f / "t.duckdb"), LONG),
    Writer("CSV, totals", lambda d, f: text(scores(d), f / "t.csv"), TOTALS, "totals"),
    Writer("Parquet, totals", lambda d, f: parquet(scores(d), f / "t.parquet"), TOTALS, "totals"),
    Writer("SPSS, totals", lambda d, f: spss_totals(scores(d), f / "t.sav"), TOTALS, "totals"),
    Writer("Excel, totals", lambda d, f: workbook(scores(d), f / "t.xlsx", "D"),
           {**TOTALS, "sheet": "D"}, "totals"),
]  # fmt: skip


def spss_totals(table: pd.DataFrame, path: Path) -> str:
    """Write an SPSS file of totals; gaps are system-missing."""
    import pyreadstat

    pyreadstat.write_sav(table, path)
    return str(path)
