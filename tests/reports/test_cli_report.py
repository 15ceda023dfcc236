"""`predict report`: from a stored model and a table to pages, and what it exits with."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner, Result

from predict.cli.report import report
from predict.errors import ModelError, UsageError
from predict.model_folder import model_digest
from predict.reports.verify import verify_report

ROOT = Path(__file__).parents[2]
MODEL, TABLE = ROOT / "models" / "example", ROOT / "models" / "ten_people.csv"
app = typer.Typer(pretty_exceptions_enable=False)
app.command()(report)


def _run(*words: Any) -> Result:
    return CliRunner().invoke(app, [*map(str, words), "--made", "2026-03-21"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site") / "report"
    done = _run(MODEL, TABLE, "-o", out)
    assert done.exit_code == 0, done.output
    return out


def test_ten_people_get_ten_pages_a_worklist_and_the_model(folder: Path) -> None:
    assert len(list((folder / "patients").glob("*.html"))) == 10
    assert verify_report(folder).facts == {"pages": 10, "models": 1}
    assert stat.S_IMODE((folder.parent / ".report_key").stat().st_mode) == 0o600


def test_pages_name_the_models_day_and_the_head_of_its_digest(folder: Path) -> None:
    manifest = json.loads((MODEL / "manifest.json").read_text("utf-8"))
    page = next((folder / "patients").glob("*.json"))
    footer = json.loads(page.read_text("utf-8"))["sections"]["footer"]
    rest = {key: value for key, value in manifest.items() if key != "self"}
    assert footer["sha"] == model_digest(rest)[:12]
    assert footer["trained"].endswith(manifest["made"][:4])


def test_the_same_key_and_time_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder.parent / ".report_key", tmp_path / ".report_key")
    assert _run(MODEL, TABLE, "-o", tmp_path / "report").exit_code == 0
    for path in folder.rglob("*.*"):
        again = tmp_path / "report" / path.relative_to(folder)
        assert again.read_bytes() == path.read_bytes()


def test_one_person_gets_one_page_and_everybody_is_listed(folder: Path, tmp_path: Path) -> None:
    rows = json.loads((folder / "report.json").read_text("utf-8"))["worklist"]["rows"]
    out = tmp_path / "one"
    assert _run(MODEL, TABLE, "-o", out, "--person", rows[0]["id"]).exit_code == 0
    assert len(list((out / "patients").glob("*.html"))) == 1
    again = json.loads((out / "report.json").read_text("utf-8"))["worklist"]
    assert len(again["rows"]) == len(rows)


def test_an_unknown_person_is_a_wrong_word(tmp_path: Path) -> None:
    done = _run(MODEL, TABLE, "-o", tmp_path / "r", "--person", "nobody")
    assert isinstance(done.exception, UsageError)


def test_two_models_stand_on_one_page(tmp_path: Path) -> None:
    done = _run(MODEL, TABLE, "-o", tmp_path / "r", "--also", MODEL)
    assert done.exit_code == 0, done.output
    page = next((tmp_path / "r" / "patients").glob("*.html")).read_text("utf-8")
    assert "All estimates" in page


def test_without_a_table_the_model_report_stands_alone(tmp_path: Path) -> None:
    assert _run(MODEL, "-o", tmp_path / "r").exit_code == 0
    names = sorted(path.name for path in (tmp_path / "r").iterdir())
    assert names == ["model.html", "report.json"]
    assert verify_report(tmp_path / "r").facts["models"] == 1


def test_a_model_that_cannot_be_trusted_leaves_the_banner_and_no_number(tmp_path: Path) -> None:
    broken = tmp_path / "model"
    shutil.copytree(MODEL, broken)
    (broken / "booster.json").write_text("{}")
    done = _run(broken, TABLE, "-o", tmp_path / "r")
    assert isinstance(done.exception, ModelError)
    pages = [path.read_text("utf-8") for path in (tmp_path / "r" / "patients").glob("*.html")]
    assert len(pages) == 10
    assert not any("would be expected to" in page for page in pages)
    index = json.loads((tmp_path / "r" / "report.json").read_text("utf-8"))["worklist"]
    reported = sum(row["rank"] >= 10 for row in index["rows"])
    assert sum("Safety first: thoughts" in page for page in pages) == reported


def test_names_are_printed_only_where_a_column_of_names_is_asked_for(tmp_path: Path) -> None:
    people = pd.read_csv(TABLE, dtype=str)
    people["called"] = ["Eleanor <b>Vance</b>", *[f"Somebody {n}" for n in range(1, len(people))]]
    people.to_csv(tmp_path / "named.csv", index=False)
    for words, there in (((), False), (("--show-name", "called"), True)):
        out = tmp_path / f"r{there}"
        done = _run(MODEL, tmp_path / "named.csv", "-o", out, *words)
        assert done.exit_code == 0, done.output
        pages = [path.read_text("utf-8") for path in (out / "patients").glob("*.html")]
        assert any("Eleanor &lt;b&gt;Vance" in page for page in pages) == there
        assert not any("Eleanor" in page.split("</title>")[0] for page in pages)
        for name in ("index.html", "model.html", "report.json"):
            assert "Eleanor" not in (out / name).read_text("utf-8")
        assert verify_report(out).facts["pages"] == 10


def test_a_column_of_names_that_is_not_there_is_a_wrong_word(tmp_path: Path) -> None:
    done = _run(MODEL, TABLE, "-o", tmp_path / "r", "--show-name", "nobody")
    assert isinstance(done.exception, UsageError)


def test_ages_of_answers_are_counted_to_the_day_of_making(tmp_path: Path) -> None:
    from predict.cli.report import report as command

    asked: dict[str, Any] = {}
    assert "today" in command.__annotations__
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "predict.reports.from_models.table_report", lambda *a, **k: asked.update(k) or 1 / 0
        )
        _run(MODEL, TABLE, "-o", tmp_path / "r")
        assert asked["today"] == "2026-03-21"
        _run(MODEL, TABLE, "-o", tmp_path / "r", "--today", "2026-04-02", "--old-after", "7")
        assert (asked["today"], asked["old_after"]) == ("2026-04-02", 7)
