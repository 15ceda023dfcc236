"""A whole-number id is the same text at every door, also where a gap made it a float."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyreadstat
import pytest

import predict as pr
from predict.cohort import read_cohort
from predict.model_folder import load_model

MODELS = Path(__file__).parents[2] / "models"
FIRST = 101


@pytest.fixture(scope="module")
def model() -> Any:
    return load_model(MODELS / "example")


@pytest.fixture(scope="module")
def table(model: Any) -> pd.DataFrame:
    """Ten people with whole numbers as ids, and a row without one: so pandas makes them floats."""
    people = pd.read_csv(MODELS / "ten_people.csv")
    gap = people.head(1).assign(**{model.study.id: float("nan")})
    people[model.study.id] = [float(FIRST + n) for n in range(len(people))]
    return pd.concat([people, gap], ignore_index=True)


def duck(table: pd.DataFrame, place: Path) -> str:
    with duckdb.connect(str(place / "t.duckdb")) as base:
        base.register("held", table)
        base.execute("create table visits as select * from held")
    return f"duckdb:{place / 't.duckdb'}?table=visits"


def stored(write: Callable[[pd.DataFrame, Path], Any], name: str) -> Callable[..., Path]:
    def place_of(table: pd.DataFrame, place: Path) -> Path:
        write(table, place / name)
        return place / name

    return place_of


def whole(table: pd.DataFrame, path: Path) -> None:
    name = table.columns[0]
    table.assign(**{name: table[name].astype("Int64")}).to_csv(path, index=False)


DOORS: dict[str, Callable[[pd.DataFrame, Path], Any]] = {
    "frame": lambda table, _: table,
    "frame, single": lambda table, _: table.astype({table.columns[0]: "float32"}),
    "frame, objects": lambda table, _: table.astype({table.columns[0]: object}),
    "frame, categories": lambda table, _: table.astype({table.columns[0]: "category"}),
    "frame, nullable": lambda table, _: table.astype({table.columns[0]: "Float64"}),
    "frame, by its index": lambda table, _: table.set_index(table.columns[0]),
    "csv": stored(whole, "t.csv"),
    "parquet": stored(lambda table, path: table.to_parquet(path), "t.parquet"),
    "excel": stored(lambda table, path: table.to_excel(path, index=False), "t.xlsx"),
    "spss": stored(lambda table, path: pyreadstat.write_sav(table, str(path)), "t.sav"),
    "stata": stored(lambda table, path: table.to_stata(path, write_index=False), "t.dta"),
    "duckdb": duck,
}


@pytest.mark.parametrize("door", DOORS)
def test_scores_join_back_by_the_id_that_the_table_has(
    door: str, model: Any, table: pd.DataFrame, tmp_path: Path
) -> None:
    asked = DOORS[door](table, tmp_path)
    expected = [str(FIRST + n) for n in range(10)]
    assert read_cohort(asked, model.study).people.index.tolist() == expected
    scores = pr.score(model, asked)
    named = scores[scores["id"] != ""]
    assert named["id"].tolist() == expected
    joined = table.merge(named.astype({"id": "float64"}), left_on=model.study.id, right_on="id")
    assert len(joined) == 10


def test_what_was_written_as_text_stays_and_parts_of_a_number_too(model: Any) -> None:
    people = pd.read_csv(MODELS / "ten_people.csv").head(3)
    name = model.study.id
    told = read_cohort(people.assign(**{name: ["108.0", "007", "NA"]}), model.study).people.index
    assert told.tolist() == ["108.0", "007", "NA"]
    told = read_cohort(people.assign(**{name: [1.0, 1.5, 2.0**53]}), model.study).people.index
    assert told.tolist() == ["1", "1.5", "9007199254740992"]
