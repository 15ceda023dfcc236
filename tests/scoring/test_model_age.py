"""A model tells when its calibration was last checked: noted after a year, silent after two."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from predict.model_folder import load_model, save_model
from predict.models.response_model import ResponseModel
from predict.scoring import score
from predict.scoring.single import score_table

CHECKED = "2024-01-15"


@pytest.fixture(scope="module")
def dated(stored: Path) -> ResponseModel:
    model = load_model(stored)
    return replace(model, reliance=replace(model.reliance, calibrated_on=CHECKED))


def test_after_two_years_nobody_gets_a_number(dated: ResponseModel, clean: pd.DataFrame) -> None:
    told = score(dated, clean, today=date(2026, 3, 1))
    assert set(told["status"]) == {"no_estimate"}
    assert told["probability"].isna().all()
    assert told["reason"].str.contains("model_expired").all()


def test_after_a_year_every_estimate_carries_a_note(
    dated: ResponseModel, clean: pd.DataFrame
) -> None:
    told = score(dated, clean, today=date(2025, 3, 1)).query("status == 'scored'")
    assert len(told)
    assert set(told["reliance"]) == {"note"}
    assert told["reason"].str.contains("model_old").all()


def test_a_young_model_says_the_same_as_one_without_a_day(
    dated: ResponseModel, stored: Path, clean: pd.DataFrame
) -> None:
    young = score(dated, clean, today=date(2024, 2, 1))
    pd.testing.assert_frame_equal(young, score(load_model(stored), clean))


def test_the_command_line_holds_the_stored_day_against_its_clock(
    dated: ResponseModel, clean: pd.DataFrame, tmp_path: Path
) -> None:
    save_model(dated, tmp_path / "old")
    clean.to_csv(tmp_path / "table.csv", index=False)
    score_table(tmp_path / "old", str(tmp_path / "table.csv"), tmp_path / "scores.csv")
    told = pd.read_csv(tmp_path / "scores.csv")
    assert told["reason"].str.contains("model_expired").all()
