"""Batches: what lies in the output, what resumes, what is refused, and that no row is lost."""

from __future__ import annotations

import json
import stat

import numpy as np
import pandas as pd
import pytest
from tests.scoring.conftest import as_bytes, with_cell

from predict.cohort import read_cohort
from predict.errors import OutputError, TooManyRejected, UsageError
from predict.model_folder import load_model
from predict.scoring import batch, score
from predict.scoring.settings import ScoringSettings, memory, share
from predict.scoring.single import score_table
from predict.scoring.verify import verify


@pytest.fixture
def table(clean, tmp_path):
    path = tmp_path / "people.csv"
    path.write_bytes(as_bytes(with_cell(clean, 7, "phq9_4_baseline", "8")))
    return path


@pytest.fixture
def done(stored, table, tmp_path):
    score_table(stored, str(table), tmp_path / "out", ScoringSettings(part_rows=25))
    return tmp_path / "out"


def test_an_output_holds_parts_log_rejected_rows_run_and_the_mark_of_success(done):
    names = {str(path.relative_to(done)) for path in done.rglob("*") if path.is_file()}
    assert names == {
        *(f"part-{n:06d}.parquet" for n in range(3)),
        *(f"_log/{n:06d}.json" for n in range(3)),
        "_log/key.json",
        "_rejected/part-000000.csv",
        "_run.json",
        "_SUCCESS",
    }


def test_every_file_is_for_its_owner_alone(done):
    modes = {stat.S_IMODE(path.stat().st_mode) for path in done.rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert stat.S_IMODE(done.stat().st_mode) == 0o700


def test_rows_in_are_rows_out_and_run_json_says_so(done):
    counts = json.loads((done / "_run.json").read_text())["counts"]
    assert counts["rows"] == 60 == counts["scored"] + counts["no_estimate"] + counts["rejected"]
    rows = pd.concat([pd.read_parquet(part) for part in sorted(done.glob("part-*"))])
    assert list(rows["row"]) == list(range(1, 61))


def test_rejected_rows_are_told_by_number_id_column_and_code_without_the_value(done, clean):
    told = pd.read_csv(done / "_rejected" / "part-000000.csv", dtype="str")
    assert told.to_dict("records") == [
        {
            "row": "7",
            "id": clean["person"][6],
            "column": "phq9_4_baseline",
            "code": "OUT_OF_RANGE",
        }
    ]


def test_a_refused_value_is_shown_on_request(stored, table, tmp_path):
    score_table(stored, str(table), tmp_path / "out.csv", ScoringSettings(rejected_values=True))
    told = pd.read_csv(tmp_path / "out.rejected.csv", dtype="str")
    assert told["value"].tolist() == ["8"]


def test_too_many_rejected_rows_end_without_success_and_leave_the_reasons(stored, table, tmp_path):
    with pytest.raises(TooManyRejected, match="1 of 60 rows") as caught:
        score_table(stored, str(table), tmp_path / "out.csv", ScoringSettings(max_rejected=0.01))
    assert caught.value.exit_code == 3
    assert not (tmp_path / "out.csv").exists()
    assert (tmp_path / "out.rejected.csv").exists()


def test_a_run_that_lost_parts_resumes_to_the_same_bytes(stored, table, done, tmp_path):
    before = {p: p.read_bytes() for p in done.rglob("*") if p.is_file() and p.name != "_run.json"}
    (done / "_SUCCESS").unlink()
    (done / "part-000001.parquet").unlink()
    (done / "_log" / "000002.json").unlink()
    for name in (".part-000002.parquet", ".rows-laid-out", ".rows-in-order"):
        (done / f"{name}.99.tmp").write_bytes(b"half")
    batch = score_table(stored, str(table), done, ScoringSettings(part_rows=25, resume=True))
    assert batch.kept == 1
    after = {p: p.read_bytes() for p in done.rglob("*") if p.is_file() and p.name != "_run.json"}
    assert after == before


def test_a_part_logged_by_an_earlier_build_is_made_again(stored, table, done):
    """Its record held how often each warning was told, not the words."""
    record = done / "_log" / "000001.json"
    before = record.read_bytes()
    record.write_text(json.dumps({**json.loads(before), "warnings": {"ID_NEARLY_ALIKE": 1}}))
    (done / "_SUCCESS").unlink()
    batch = score_table(stored, str(table), done, ScoringSettings(part_rows=25, resume=True))
    assert batch.kept == 2
    assert record.read_bytes() == before


@pytest.mark.parametrize("name", ["out", "out.csv"])
def test_ages_to_the_day_are_finished_like_whole_ones(stored, clean, tmp_path, name):
    ages = clean["age"].astype("float64") + np.arange(len(clean)) / 365.25
    path = tmp_path / "people.csv"
    path.write_bytes(as_bytes(clean.assign(age=ages.astype("str"))))
    batch = score_table(stored, str(path), tmp_path / name, ScoringSettings(part_rows=25))
    assert (batch.rows, batch.rejected) == (60, 0)
    verify(tmp_path / name)


def test_a_worker_that_outlives_its_run_writes_nothing_into_the_next(
    stored, table, tmp_path, monkeypatch
):
    tasks, part, out = [], batch.score_part, tmp_path / "out"
    with monkeypatch.context() as patched:
        patched.setattr(batch, "score_part", lambda task: tasks.append(task) or part(task))
        score_table(stored, str(table), out)
    score_table(stored, str(table), out, ScoringSettings(explain="none", overwrite=True))
    with pytest.raises(OutputError, match="OUTPUT_OTHER_RUN"):
        part(tasks[0])
    verify(out)
    score_table(stored, str(table), out, ScoringSettings(overwrite=True))
    part(tasks[0])  # of the same run again
    verify(out)


def test_what_a_dead_worker_had_half_written_is_gone_at_the_end(stored, table, tmp_path):
    from predict.scoring import batch

    def told(parts: int, of: int, rows: int, rejected: int) -> None:
        (tmp_path / "out" / f".part-{parts:06d}.parquet.99.tmp").write_bytes(b"half")
        (tmp_path / "out" / "_log" / ".000001.json.99.tmp").write_bytes(b"half")

    batch.score_folder(
        stored, str(table), tmp_path / "out", ScoringSettings(part_rows=25), tell=told
    )
    assert list((tmp_path / "out").rglob("*.tmp")) == []


def test_resuming_with_other_settings_is_refused(stored, table, done):
    with pytest.raises(OutputError, match="OUTPUT_OTHER_RUN") as caught:
        score_table(stored, str(table), done, ScoringSettings(part_rows=20, resume=True))
    assert caught.value.exit_code == 6


def test_a_folder_with_other_files_is_never_touched(stored, table, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.docx").write_text("mine")
    with pytest.raises(OutputError, match="OUTPUT_FOREIGN"):
        score_table(stored, str(table), tmp_path / "out", ScoringSettings(overwrite=True))
    assert (tmp_path / "out" / "thesis.docx").read_text() == "mine"


def test_a_dry_run_counts_and_writes_nothing(stored, table, tmp_path):
    before = set(tmp_path.iterdir())
    batch = score_table(stored, str(table), tmp_path / "out", ScoringSettings(dry_run=True))
    assert (batch.rows, batch.rejected) == (60, 1)
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_one_file_holds_what_the_folder_holds(stored, table, done, tmp_path, name):
    score_table(stored, str(table), tmp_path / name, ScoringSettings(part_rows=25))
    parts = pd.concat(
        [pd.read_parquet(part) for part in sorted(done.glob("part-*"))], ignore_index=True
    )
    one = tmp_path / name
    read = pd.read_parquet(one) if name.endswith("parquet") else pd.read_csv(one)
    assert list(read["id"]) == list(parts["id"])
    assert (read["probability"] - parts["probability"]).abs().max() < 1e-9
    assert not list(tmp_path.glob(".out*"))


def test_python_and_the_command_line_give_the_same_scores(stored, clean, table, tmp_path):
    frame = with_cell(clean, 7, "phq9_4_baseline", "8")
    mine = score(load_model(stored), frame)
    score_table(stored, str(table), tmp_path / "out.parquet")
    pd.testing.assert_frame_equal(
        mine, pd.read_parquet(tmp_path / "out.parquet").astype(mine.dtypes)
    )


def test_an_mlflow_pyfunc_gives_the_same_scores(stored, clean, tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    from predict.pipeline import tracking

    door = next(p for p in (tracking.__path__) if p)
    source = f"{door}/served.py"
    import mlflow.pyfunc

    mlflow.pyfunc.save_model(
        path=str(tmp_path / "flavoured"),
        python_model=source,
        artifacts={"model": str(stored)},
        pip_requirements=["predict-response"],
    )
    loaded = mlflow.pyfunc.load_model(str(tmp_path / "flavoured"))
    pd.testing.assert_frame_equal(loaded.predict(clean), score(load_model(stored), clean))


def test_verify_finds_any_file_of_an_output_changed(done):
    assert verify(done).facts["rows"] == 60
    for path in [p for p in done.rglob("*") if p.is_file()]:
        good = path.read_bytes()
        path.write_bytes(good[:-3] + bytes([good[-3] ^ 1]) + good[-2:])
        with pytest.raises(OutputError, match="OUTPUT_CHANGED"):
            verify(done)
        path.write_bytes(good)
    verify(done)


def test_verify_refuses_an_output_that_is_not_finished(done):
    (done / "_SUCCESS").unlink()
    with pytest.raises(OutputError, match=r"OUTPUT_UNFINISHED.*--resume"):
        verify(done)


@pytest.mark.parametrize("words", ["much", "-1", "101%", ""])
def test_a_share_or_size_that_is_none_is_refused(words):
    with pytest.raises(UsageError):
        share(words)
    with pytest.raises(UsageError):
        memory(f"{words}x")


def test_settings_that_do_not_go_together_are_refused():
    with pytest.raises(UsageError, match="choose one"):
        ScoringSettings(resume=True, overwrite=True)
    with pytest.raises(UsageError, match="too little"):
        ScoringSettings(max_memory=2**20).rows_of_a_part(20)
    with pytest.raises(UsageError, match="none, top or all"):
        ScoringSettings(explain="some")  # type: ignore[arg-type]


def test_reasons_never_name_a_safety_item(stored, clean):
    scores = score(load_model(stored), clean.head(40).assign(phq9_9_baseline="3"))
    assert not scores["lowered_by"].str.contains("phq9_9").any()
    assert not scores["raised_by"].str.contains("phq9_9").any()
    assert set(scores["flags"]) == {"item9_reported;item9_reported@baseline=3"}


def test_a_person_the_model_learned_from_is_flagged_when_told(stored, clean):
    scores = score(load_model(stored), clean, training={clean["person"][3]})
    assert scores["flags"].str.contains("in_training").tolist() == [n == 3 for n in range(60)]


def test_a_safety_flag_stands_on_rejected_rows_too(stored, clean):
    table = with_cell(with_cell(clean, 7, "age", "old"), 7, "phq9_9_baseline", "2")
    row = score(load_model(stored), table).set_index("row").loc[7]
    assert (row["status"], row["flags"]) == ("rejected", "item9_reported;item9_reported@baseline=2")


def test_all_reasons_are_float32_columns_that_add_up_and_none_are_left_out_on_request(
    stored, clean
):
    model = load_model(stored)
    top, every, none = (score(model, clean, explain=e) for e in ("top", "all", "none"))
    shares = every.filter(like="contribution_")
    assert set(map(str, shares.dtypes)) == {"float32"}
    assert list(shares.columns) == [f"contribution_{column.name}" for column in model.columns]
    _, _, start = model.explained(model.features(read_cohort(clean, model.study, as_of="baseline")))
    total = start + shares.sum(axis=1)
    assert (1 / (1 + np.exp(-total)) - every["probability"]).abs().max() < 1e-5
    pd.testing.assert_frame_equal(top, every[top.columns])
    assert set(none["lowered_by"]) == set(none["raised_by"]) == {""}
    assert none["probability"].equals(top["probability"])
