"""Bad inputs 121 to 129: what a night meets that no single cell shows."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.scoring.conftest import as_bytes, with_cell
from tests.scoring.test_bad_patterns_and_overwriting import as_coded_from_one

from predict.cohort import read_cohort
from predict.cohort.safety_answers import flags_of
from predict.errors import OutputError, TableError
from predict.files import read_json, restored_text
from predict.model_folder import load_model
from predict.reports.from_models import table_report
from predict.scoring import batch, explain, score
from predict.scoring.scoring_pass import ScoringPass
from predict.scoring.settings import ScoringSettings
from predict.scoring.single import score_table
from predict.scoring.table_profile import judge_signs
from predict.scoring.verify import verify
from predict.simulation import simulate


def test_121_parts_that_workers_wrote_elsewhere_are_missed(stored, clean, tmp_path, monkeypatch):
    (tmp_path / "people.csv").write_bytes(as_bytes(clean))
    monkeypatch.chdir(tmp_path)
    places, part = [], batch.score_part

    def elsewhere(task: object) -> object:
        places.append(task.out)
        return part(replace(task, out=str(tmp_path / "worker" / "out")))

    with monkeypatch.context() as patched:
        patched.setattr(batch, "score_part", elsewhere)
        with pytest.raises(OutputError, match=r"PARTS_ABSENT.*same path.*--resume") as caught:
            score_table(stored, "people.csv", "out")
    assert caught.value.exit_code == 6
    assert places == [str(tmp_path / "out")]
    assert not (tmp_path / "out" / "_SUCCESS").exists()
    assert score_table(stored, "people.csv", "out", ScoringSettings(resume=True)).rows == 60
    assert verify("out").facts["rows"] == 60


def test_122_a_scheduler_that_does_not_answer_is_an_output_fault(stored, clean, tmp_path):
    (tmp_path / "people.csv").write_bytes(as_bytes(clean))
    settings = ScoringSettings(engine="dask", scheduler="tcp://127.0.0.1:1")
    with pytest.raises(OutputError, match=r"SCHEDULER_LOST.*--resume") as caught:
        score_table(stored, str(tmp_path / "people.csv"), tmp_path / "out", settings)
    assert caught.value.exit_code == 6
    assert score_table(
        stored, str(tmp_path / "people.csv"), tmp_path / "out", ScoringSettings(resume=True)
    ).rows


@pytest.fixture(scope="module")
def model(stored):
    return load_model(stored)


def answered(clean: pd.DataFrame, answer: str, visit: str = "baseline") -> pd.DataFrame:
    """Return the table with one answer to every item of the PHQ-9."""
    return clean.assign(**{f"phq9_{item}_{visit}": answer for item in range(1, 10)})


def test_123_whoever_starts_below_the_outcomes_floor_has_no_estimate_at_any_door(model, clean):
    table = clean.copy()
    low = [0, 5]
    table.loc[low] = answered(clean.loc[low], "0")
    table.loc[7] = answered(clean.loc[[7]], "1").loc[7].fillna("")  # 9 of 27: the floor is 10
    table.loc[8] = answered(clean.loc[[8]], "1").loc[8]
    table.loc[8, "phq9_1_baseline"] = "2"
    scores = score(model, table).set_index("row")
    assert list(scores.index[scores["reason"].str.startswith("below_floor")]) == [1, 6, 8]
    assert scores.loc[[1, 6, 8], "status"].tolist() == ["no_estimate"] * 3
    assert scores.loc[[1, 6, 8], ["probability", "low", "high"]].isna().all(axis=None)
    assert scores.loc[9, "status"] == "scored"
    assert set(table["person"][[0, 5, 7]]).isdisjoint(explain(model, table).values.index)


def test_123_nor_on_any_page(stored):
    table = simulate("demo", people=20, seed=1).table
    items = [f"phq9_{item}_baseline" for item in range(1, 10)]
    table.loc[0, items] = 0.0
    made, _ = table_report([stored], table, made="2026-01-01", key=b"k" * 32)
    (view,) = made.context.views
    silent = {who for who, told in view.reasons.items() if told and told[0].code == "below_floor"}
    assert silent == {table["person"][0]}


def test_123_an_outcome_without_a_floor_leaves_nobody_out(model, clean):
    anybody = replace(model, outcome=replace(model.outcome, floor=None))
    few = answered(clean.head(40), "0")  # more of them would be unlike the people learned from
    assert not score(anybody, few)["reason"].str.contains("below_floor").any()


def test_124_an_answer_that_nobody_lacked_is_no_estimate_where_the_model_leans_on_it(model, clean):
    assert model.leans_on == {"age"}
    scores = score(model, with_cell(clean, 3, "age", "")).set_index("row")
    assert scores.loc[3, "reliance"] == "stop"
    assert scores.loc[3, "reason"].startswith("answer_absent_needed; age")
    assert not scores.drop(3)["reason"].str.contains("answer_absent").any()
    everybody = score(model, clean.assign(age=""), explain="none")
    assert set(everybody["status"]) == {"no_estimate"}


def test_124_an_answer_the_model_hardly_uses_is_noted(model, clean):
    usual = score(model, clean).set_index("row")["reliance"]
    scores = score(model, with_cell(clean, 3, "sex", "")).set_index("row")
    assert usual[3] == "ok"
    assert (scores.loc[3, "status"], scores.loc[3, "reliance"]) == ("scored", "note")
    assert "answer_absent; sex" in scores.loc[3, "reason"]


def test_124_an_answer_that_training_people_lacked_too_is_nothing_to_tell(model, clean):
    often = replace(model.reliance.numbers["age"], missing=200)
    learned = replace(model.reliance, numbers={**model.reliance.numbers, "age": often})
    scores = score(replace(model, reliance=learned), with_cell(clean, 3, "age", ""))
    assert "answer_absent" not in scores["reason"][2]


LATER = {
    "2": "item9_reported@round_one_end=2",
    "2 - more than half the days": "item9_reported@round_one_end=2",
    "3+": "item9_reported@round_one_end=3",
    "TRUE": "item9_reported@round_one_end=1",
    "often": "item9_unreadable@round_one_end",
    "0": "",
    "": "",
}


@pytest.mark.parametrize("answer", LATER)
def test_125_a_report_at_a_later_visit_is_flagged_however_it_is_written(
    model, stored, clean, tmp_path, answer
):
    clean = clean.head(40)
    usual = score(model, clean)
    table = with_cell(clean.assign(phq9_9_round_one_end=""), 3, "phq9_9_round_one_end", answer)
    table["phq9_9_baseline"] = "0"
    table.loc[2, "phq9_9_baseline"] = "1"
    table.to_csv(tmp_path / "people.csv", index=False)
    score_table(stored, str(tmp_path / "people.csv"), tmp_path / "out.parquet")
    stored_scores, scores = pd.read_parquet(tmp_path / "out.parquet"), score(model, table)
    told = ["item9_reported", LATER[answer], "item9_reported@baseline=1"]
    if not answer or answer == "TRUE" or LATER[answer].startswith("item9_un"):
        told = [told[0], told[2], told[1]]  # the higher answer first, the first visit on a tie
    for frame in (scores, stored_scores):
        assert frame["flags"][2] == ";".join(word for word in told if word)
        assert set(frame["flags"].drop(2)) == {""}
    assert scores["status"].tolist() == usual["status"].tolist()


def test_125_an_answer_that_holds_something_unreadable_is_never_missing(model, clean, tmp_path):
    flags = score(model, with_cell(clean, 3, "phq9_9_baseline", "see letter"))["flags"]
    assert flags[2] == "item9_unreadable;item9_unreadable@baseline"
    torn = as_bytes(clean).splitlines(keepends=True)
    torn[3] = torn[3].rstrip(b"\n") + b",one,too,many\n"
    (tmp_path / "torn.csv").write_bytes(b"".join(torn))
    scores = score(model, str(tmp_path / "torn.csv")).set_index("row")
    assert scores.loc[3, "status"] == "rejected"
    assert scores.loc[3, "flags"].startswith("item9_unreadable")


def test_125_later_rows_of_a_long_table_are_looked_at_too():
    study = {
        "id": "person", "layout": "long", "visit": "visit", "visits": ["start", "end"],
        "rounds": {"one": {"start": "start", "end": "end"}},
        "instruments": {"phq9": {"columns": "p{item}"}},
    }  # fmt: skip
    rows = pd.DataFrame({"person": ["a", "a", "b"], "visit": ["start", "end", "start"]})
    rows = rows.assign(**{f"p{item}": "1" for item in range(1, 9)}, p9=["0", "3", "0"])
    early = read_cohort(rows, study, as_of="start")
    assert flags_of(early, "start").tolist() == ["item9_reported@end=3", ""]
    assert list(early.visits) == ["start"]


@pytest.mark.parametrize("rows", [60, 199, 200, 300])
def test_126_drift_stops_by_evidence_and_not_by_the_number_of_rows(model, many, rows):
    some = many.sample(rows, random_state=rows)
    assert "DISTRIBUTION_OTHER" not in score(model, some).attrs["warnings"]
    old = some.assign(age=[str(75 + n % 6) for n in range(rows)])
    with pytest.raises(TableError, match=r"DISTRIBUTION_OTHER.*\n.*'age'.*at least"):
        score(model, old)


def test_126_below_50_people_drift_is_told_and_stops_nothing(model, many):
    old = many.sample(20, random_state=1).assign(age=[str(75 + n % 6) for n in range(20)])
    assert "'age'" in score(model, old).attrs["warnings"]["DISTRIBUTION_DRIFT"]


def test_126_no_part_of_the_people_learned_from_is_like_others(model, many):
    for seed in range(40):
        some = many.sample(20 + 7 * seed, random_state=seed)
        assert not [p for p in judge_signs(model, signs(model, some)) if p.level == "file"]


def test_126_people_below_the_floor_are_no_drift(model, many):
    table = many.copy()
    mild = np.arange(len(table)) % 5 < 4
    for item in range(1, 10):
        table.loc[mild, f"phq9_{item}_baseline"] = str(item % 2)
    scores = score(model, table)
    assert "DISTRIBUTION_OTHER" not in scores.attrs["warnings"]
    assert scores.loc[mild, "reason"].str.startswith("below_floor").all()


def signs(model, table):
    return ScoringPass(model).rows(read_cohort(table, model.study, as_of=model.as_of)).signs


def test_127_drift_is_accepted_with_a_reason_that_is_kept(stored, many, tmp_path):
    table, out = tmp_path / "old.csv", tmp_path / "out"
    many.assign(age=[str(75 + n % 6) for n in range(len(many))]).to_csv(table, index=False)
    with pytest.raises(TableError, match="DISTRIBUTION_OTHER"):
        score_table(stored, str(table), out)
    accepted = ScoringSettings(accept_drift="judged on them in May")
    batch = score_table(stored, str(table), out, accepted)
    assert "DISTRIBUTION_OTHER" in batch.warnings
    assert read_json(out / "_run.json")["accepted_drift"] == "judged on them in May"
    as_coded_from_one(many, table)
    with pytest.raises(TableError, match="CODING_SHIFT"):
        score_table(stored, str(table), tmp_path / "coded", accepted)


def test_128_what_is_warned_of_ends_a_strict_run_with_8(stored, clean, many, tmp_path):
    clean.to_csv(tmp_path / "people.csv", index=False)
    clean.assign(age="").to_csv(tmp_path / "empty.csv", index=False)
    predict = [sys.executable, "-m", "predict", "score", str(stored)]
    endings = {
        ("people.csv",): 0, ("people.csv", "--strict"): 0, ("empty.csv",): 0,
        ("empty.csv", "--strict"): 8,
    }  # fmt: skip
    for (name, *more), status in endings.items():
        words = [*predict, str(tmp_path / name), "-o", str(tmp_path / "out.csv"), "--overwrite"]
        done = subprocess.run([*words, *more], capture_output=True, text=True)
        assert done.returncode == status, done.stderr
        assert ("Nobody has an estimate" in done.stderr) == (name == "empty.csv")


IDS = ["=1+1", "'=1+1", "''=1+1", "+49", "-5", "'-5", "@a", "'a", "P'1"]


def test_129_ids_that_a_spreadsheet_would_run_come_back_as_they_were(stored, clean, tmp_path):
    table = clean.head(len(IDS)).assign(person=IDS)
    table.to_csv(tmp_path / "people.csv", index=False)
    for name in ("out.csv", "out.parquet"):
        score_table(stored, str(tmp_path / "people.csv"), tmp_path / name)
    written = pd.read_csv(tmp_path / "out.csv", dtype="str")["id"]
    assert written.map(restored_text).tolist() == IDS
    assert not written.str.match(r"[=@\t\r]|[+-](?![\d.])").any()
    assert pd.read_parquet(tmp_path / "out.parquet")["id"].tolist() == IDS
