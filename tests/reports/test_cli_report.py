"""`predict report`: from a stored model and a table to pages, and what it exits with."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner, Result

import predict as pr
from predict.cli.report import report
from predict.cli.verify import verify as verify_verb
from predict.errors import ModelError, OutputError, PredictError, TableError, UsageError
from predict.model_folder import load_model, model_digest
from predict.reports.sections import MODEL as MODEL_SECTIONS
from predict.reports.verify import verify, verify_report
from predict.simulation import simulate

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


@pytest.fixture(scope="module")
def shifted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hundred people of the demo, everybody nineteen years old."""
    path = tmp_path_factory.mktemp("shifted") / "table.csv"
    simulate("demo", people=300, seed=1).table.assign(age=19).to_csv(path, index=False)
    return path


def test_other_people_than_the_models_get_every_page_without_an_estimate(
    shifted: Path, tmp_path: Path
) -> None:
    person = pd.read_csv(shifted, dtype=str)["person"][0]
    done = _run(MODEL, shifted, "-o", tmp_path / "r", "--person", person)
    assert isinstance(done.exception, TableError)
    assert (done.exception.code, done.exception.exit_code) == ("DISTRIBUTION_OTHER", 4)
    assert "Warning DISTRIBUTION_OTHER" in done.output
    listed = json.loads((tmp_path / "r" / "report.json").read_text("utf-8"))["worklist"]
    assert {row["state"] for row in listed["rows"]} == {"none"}
    assert not any(number for row in listed["rows"] for number in row["estimates"])
    assert listed["counts"]["safety"] > 0
    (page,) = (tmp_path / "r" / "patients").glob("*.html")
    text = page.read_text("utf-8")
    assert "not like what the model learned from" in text
    assert "would be expected to" not in text
    facts = json.loads(page.with_suffix(".json").read_text("utf-8"))["sections"]
    assert facts["estimate"]["because"] == "table"
    assert "start" not in facts["drivers"]
    assert verify(tmp_path / "r").kind == "report"


def test_scores_that_were_made_elsewhere_do_not_pass_the_gate(shifted: Path) -> None:
    model = load_model(MODEL)
    table = pd.read_csv(shifted, dtype=str, keep_default_na=False)
    # Below 50 people drift is told and stops nothing.
    parts = [pr.score(model, table.iloc[n : n + 40]) for n in range(0, len(table), 40)]
    assert all((part["status"] == "scored").any() for part in parts)
    made = pr.report(model, table, scores=pd.concat(parts), made="2026-03-21", key=b"k" * 16)
    assert {row["state"] for row in made.worklist({}, {})["rows"]} == {"none"}
    assert made.fault is not None


def test_scores_of_other_people_are_refused_without_their_ids() -> None:
    model = load_model(MODEL)
    people = pr.read_cohort(TABLE, model.study, as_of="baseline")
    strangers = pr.score(model, people).assign(id=[f"CANARY-{n}" for n in range(10)])
    with pytest.raises(UsageError, match="SCORES_OF_OTHERS: 10 rows") as caught:
        pr.report(model, people, scores=strangers, made="2026-03-21", key=b"k" * 16)
    assert "CANARY" not in "".join(map(str, [caught.value, caught.value.__context__]))


def test_a_person_refused_for_a_later_visit_does_not_break_the_report() -> None:
    table = simulate("demo", people=20, seed=1).table.astype("str").replace("nan", "")
    table.loc[3, "phq9_1_round_one_end"] = "9"
    model = load_model(MODEL)
    scores = pr.score(model, table)
    assert scores.loc[3, "status"] != "rejected"
    made = pr.report(model, table, scores=scores, made="2026-03-21", key=b"k" * 16)
    states = {row["entry"]: row["state"] for row in made.worklist({}, {})["rows"]}
    assert [entry for entry, state in states.items() if state == "unread"] == [3]


def test_a_later_visit_in_another_coding_stops_and_does_not_vanish() -> None:
    table = simulate("demo", people=60, seed=1).table
    later = [c for c in table if c.startswith("phq9") and c.endswith("_round_one_end")]
    with pytest.raises(TableError, match="CODING_SHIFT"):
        pr.report(
            load_model(MODEL),
            table.assign(**{c: table[c] + 1 for c in later}),
            made="2026-03-21",
            key=b"k" * 16,
        )


def test_estimates_are_hidden_until_opened_where_that_is_asked_for(tmp_path: Path) -> None:
    done = _run(MODEL, TABLE, "-o", tmp_path / "r", "--hide-until-opened")
    assert done.exit_code == 0, done.output
    pages = [path.read_text("utf-8") for path in (tmp_path / "r" / "patients").glob("*.html")]
    assert any('<details class="closed">' in page for page in pages)


def test_a_fault_of_a_section_is_an_error_after_the_patients_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(context: Any, view: Any) -> Any:
        return {}["n"]

    monkeypatch.setitem(MODEL_SECTIONS, "overall", broken)
    done = _run(MODEL, TABLE, "-o", tmp_path / "r")
    assert isinstance(done.exception, PredictError)
    assert done.exception.code == "SECTION_FAILED"
    assert "'overall'" in str(done.exception)
    assert len(list((tmp_path / "r" / "patients").glob("*.html"))) == 10
    assert (tmp_path / "r" / "index.html").is_file()


def test_verify_tells_a_whole_report_from_one_that_was_changed(
    folder: Path, tmp_path: Path
) -> None:
    words = verify_app()
    assert CliRunner().invoke(words, [str(folder)]).output == "report: whole (pages 10, models 1)\n"
    for name, change in CHANGES.items():
        copy = tmp_path / name
        shutil.copytree(folder, copy)
        change(copy)
        done = CliRunner().invoke(words, [str(copy)])
        assert isinstance(done.exception, OutputError), name
        assert done.exception.exit_code == 6


def verify_app() -> typer.Typer:
    words = typer.Typer(pretty_exceptions_enable=False)
    words.command()(verify_verb)
    return words


def _first(folder: Path, kind: str) -> Path:
    return min((folder / "patients").glob(f"*.{kind}"))


CHANGES: dict[str, Callable[[Path], Any]] = {
    "a number": lambda f: _edit(_first(f, "html"), "</p>", " </p>"),
    "a fact": lambda f: _edit(_first(f, "json"), '"id":"', '"id":"X'),
    "facts that are none": lambda f: _first(f, "json").write_text("[]"),
    "facts that are gone": lambda f: _first(f, "json").unlink(),
    "a page that is gone": lambda f: _first(f, "html").unlink(),
    "both that are gone": lambda f: [_first(f, "html").unlink(), _first(f, "json").unlink()],
    "a page that was added": lambda f: shutil.copy(_first(f, "html"), f / "patients" / "z.html"),
    "the list": lambda f: _edit(f / "index.html", "</h1>", "!</h1>"),
    "the model": lambda f: (f / "model.html").unlink(),
    "the facts of the list": lambda f: _edit(f / "report.json", '"rows":[', '"rows":[1,'),
    "no facts": lambda f: (f / "report.json").write_text("{"),
}


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


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
