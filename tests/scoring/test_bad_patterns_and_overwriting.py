"""Bad inputs 113 to 120: packed files by a pattern, and outputs that would cost somebody a file."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest
from tests.scoring.conftest import as_bytes

from predict.errors import OutputError
from predict.scoring.settings import ScoringSettings
from predict.scoring.single import score_table

AGAIN = ScoringSettings(overwrite=True, max_rejected=1.0)


@pytest.fixture
def table(clean, tmp_path) -> Path:
    path = tmp_path / "people.csv"
    path.write_bytes(as_bytes(clean.iloc[:10]))
    return path


def ids_of(out: Path) -> list[str]:
    return pd.read_csv(out, dtype="str")["id"].tolist()


@pytest.mark.parametrize("packed", [(0, 1, 2), (0, 2), (1,), ()], ids=str)
def test_113_every_file_of_a_pattern_is_read_packed_or_not(stored, clean, tmp_path, packed):
    (tmp_path / "in").mkdir()
    for number in range(3):
        data = as_bytes(clean.iloc[5 * number : 5 * number + 5])
        name = tmp_path / "in" / f"{number}.csv"
        if number in packed:
            name.with_suffix(".csv.gz").write_bytes(gzip.compress(data))
        else:
            name.write_bytes(data)
    out = tmp_path / "out.csv"
    batch = score_table(stored, str(tmp_path / "in" / "*.csv*"), out, ScoringSettings(threads=2))
    assert ids_of(out) == clean["person"].iloc[:15].tolist()
    assert (batch.rows, batch.rejected) == (15, 0)
    assert not list(tmp_path.rglob("*.tmp"))


def test_114_a_disk_that_fills_while_a_table_is_unpacked_is_an_output_fault(
    stored, table, tmp_path, monkeypatch
):
    from predict.cohort import intake

    def full(*words: object) -> None:
        raise OSError(28, "No space left on device")

    packed = tmp_path / "people.csv.gz"
    packed.write_bytes(gzip.compress(table.read_bytes()))
    monkeypatch.setattr(intake, "unpack", full)
    with pytest.raises(OutputError, match=r"OUTPUT_UNWRITABLE.*free space") as caught:
        score_table(stored, str(packed), tmp_path / "out")
    assert caught.value.exit_code == 6
    assert not (tmp_path / "out").exists()
