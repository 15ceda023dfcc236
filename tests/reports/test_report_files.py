"""A report on disk: private, nameless, reproducible, whole, and honest about what failed."""

from __future__ import annotations

import io
import json
import re
import stat
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import reporting_fixtures as fixtures
import reporting_page_checks as checks

from predict.definitions.wording import load_catalogue
from predict.errors import OutputError, UsageError
from predict.reports import report
from predict.reports.forbidden import forbidden_in
from predict.reports.page import patient_html
from predict.reports.pdf import pdf_of
from predict.reports.verify import verify_report


@pytest.fixture(scope="module")
def folder(made: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(made.save(tmp_path_factory.mktemp("site") / "report").folder)


def _bytes(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_equal_inputs_give_equal_bytes(folder: Path, tmp_path: Path) -> None:
    again = fixtures.make_report().save(tmp_path / "again").folder
    assert _bytes(again) == _bytes(folder)


def test_only_the_owner_can_read_a_report(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted


def test_names_of_files_do_not_tell_ids(made: Any, folder: Path) -> None:
    names = " ".join(_bytes(folder))
    assert not any(person.id[:6] in names for person in fixtures.PEOPLE)
    other = replace(made, key=b"another key, also of the tests")
    assert other.name(made.patients[0]) != made.name(made.patients[0])


def test_the_key_is_not_in_the_report(folder: Path) -> None:
    assert not any(fixtures.KEY in data for data in _bytes(folder).values())


def test_a_short_key_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 16"):
        fixtures.make_report(fixtures.PEOPLE[:1], key=b"short")


def test_undeclared_columns_never_reach_a_page(tmp_path: Path) -> None:
    table = fixtures.table(fixtures.PEOPLE[:2]).assign(
        name="Eleanor Vance", born="1961-03-04", email="vance@hill.house", phone="555 0199"
    )
    made = fixtures.make_report(fixtures.PEOPLE[:2], table=table)
    text = b" ".join(_bytes(made.save(tmp_path / "r").folder).values()).decode()
    assert not re.search(r"Eleanor|Vance|1961|hill\.house|555 0199", text)


def test_every_page_is_its_facts_and_nothing_else(folder: Path) -> None:
    assert verify_report(folder).facts["pages"] == len(fixtures.PEOPLE)
    for path in (folder / "patients").glob("*.json"):
        facts = json.loads(path.read_text("utf-8"))
        assert patient_html(facts) == path.with_suffix(".html").read_text("utf-8")


def test_a_changed_number_is_found(made: Any, tmp_path: Path) -> None:
    folder = made.save(tmp_path / "report").folder
    page = folder / "patients" / f"{made.name(made.patients[0])}.html"
    page.write_text(page.read_text("utf-8").replace(">44<", ">64<", 1), encoding="utf-8")
    with pytest.raises(OutputError, match="REPORT_CHANGED"):
        verify_report(folder)


def test_an_abstained_persons_files_hold_no_estimate(made: Any, folder: Path) -> None:
    for name in ("ABSTAIN-1", "FIVE-1"):
        patient = next(patient for patient in made.patients if patient.id == name)
        stem = folder / "patients" / made.name(patient)
        facts = json.loads(stem.with_suffix(".json").read_text("utf-8"))
        assert facts["sections"]["estimate"]["state"] == "none"
        assert "percent" not in json.dumps(facts)
        assert "would be expected to" not in stem.with_suffix(".html").read_text("utf-8")
        rows = json.loads((folder / "report.json").read_text("utf-8"))["worklist"]["rows"]
        row = next(row for row in rows if row["id"] == name)
        assert row["estimates"][0] is None


def test_nothing_of_an_abstained_person_depends_on_what_the_model_would_have_said(
    tmp_path: Path,
) -> None:
    pypdf = pytest.importorskip("pypdf")
    people = fixtures.PEOPLE[4:7]
    found = []
    for chance in (0.73, 0.21):
        planted = {"ABSTAIN-1": chance, "FIVE-1": chance}
        made = fixtures.make_report(people, planted=planted)
        folder = made.save(tmp_path / str(chance), pdf=True).folder
        stems = [made.name(patient) for patient in made.patients if patient.id != "UNANSWERED-1"]
        assert len(stems) == 2
        files = [folder / "patients" / f"{s}{kind}" for s in stems for kind in (".html", ".json")]
        pdfs = [pypdf.PdfReader(folder / "patients" / f"{stem}.pdf") for stem in stems]
        texts = ["".join(page.extract_text() for page in pdf.pages) for pdf in pdfs]
        assert all("No estimate shown" in text for text in texts)
        lists = [folder / "index.html", folder / "report.json"]
        found.append([*[path.read_bytes() for path in [*files, lists[0]]], *texts])
        rows = json.loads(lists[1].read_text("utf-8"))["worklist"]["rows"]
        assert [row["estimates"] for row in rows if row["state"] == "none"] == [[None] * 3] * 2
    assert found[0] == found[1]


def test_one_page_that_fails_stops_no_other(
    made: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module("predict.reports.report")

    whole = module.patient_facts

    def broken(patient: Any, name: str = "") -> Any:
        if patient.id == "THREE-1" and patient.context.views:
            raise ValueError("planted")
        return whole(patient, name)

    monkeypatch.setattr(module, "patient_facts", broken)
    saved = made.save(tmp_path / "report")
    assert list(saved.failed.values()) == ["ValueError"]
    index = json.loads((saved.folder / "report.json").read_text("utf-8"))["worklist"]
    assert [row["id"] for row in index["failures"]] == ["THREE-1"]
    patient = next(patient for patient in made.patients if patient.id == "THREE-1")
    page = (saved.folder / "patients" / f"{made.name(patient)}.html").read_text("utf-8")
    assert "thoughts of death or self-harm reported" in page
    assert "(<span" in page
    assert "would be expected to" not in page


def test_without_a_model_the_banner_still_stands(tmp_path: Path) -> None:
    made = fixtures.make_report(fixtures.PEOPLE[:5], without_models=True)
    for patient, page in made.pages():
        safety = page.facts["sections"]["safety"]
        assert [e["state"] for e in safety["entries"]] == [
            answer.state for answer in patient.safety
        ]
        assert page.facts["sections"]["estimate"]["state"] == "none"
    assert "Safety first" in made.page("THREE-1").html


def test_a_refused_row_keeps_its_safety_answer() -> None:
    table = fixtures.table(fixtures.PEOPLE[:4])
    table.loc[3, "age"] = "900"
    made = fixtures.make_report(fixtures.PEOPLE[:4], table=table)
    (patient,) = [patient for patient in made.patients if not patient.valid]
    assert [answer.value for answer in patient.safety] == [3]
    page = {c.id: p for c, p in made.pages()}["THREE-1"]
    assert "could not be read" in page.html
    assert "Safety first: thoughts" in page.html


def test_a_study_that_never_asks_says_so_on_every_page() -> None:
    made = fixtures.make_report(
        fixtures.PEOPLE[:2],
        study={"instruments": {"gad7": fixtures.STUDY["instruments"]["gad7"]}},
        only="gad7-r1 v1.4.0",
    )
    for _, page in made.pages():
        assert "do not ask about thoughts of death or self-harm; ask." in page.html


@pytest.mark.parametrize(
    ("treatment", "there", "absent"),
    [
        (
            {"name": "ketamine at home", "comparison": False, "round_two": "chosen"},
            "took ketamine",
            "comparison group, but",
        ),
        ({"name": "ketamine at home"}, "study does not say whether everyone", "took ketamine"),
        (
            {
                "name": "talking therapy",
                "comparison": True,
                "arm": "sex",
                "round_two": "scheduled",
            },
            "hold a comparison group, but",
            "ketamine",
        ),
    ],
)
def test_texts_follow_the_studys_treatment(treatment: Any, there: str, absent: str) -> None:
    made = fixtures.make_report(fixtures.PEOPLE[:1], study={"treatment": treatment})
    html = made.page("MOCK-0042").html
    assert there in html
    assert absent not in html
    chosen = "chose a second round" in html
    assert chosen == (treatment.get("round_two") == "chosen")


@pytest.mark.parametrize("name", [person.id for person in fixtures.PEOPLE[:14]])
def test_the_text_reads_easily(pages: dict[str, Any], name: str) -> None:
    page = pages[name]
    sentences = checks.narrative(page.facts, page.html)
    assert [s for s in sentences if len(s.split()) > 25] == []
    assert _grade(sentences) <= 9


def _grade(sentences: list[str]) -> float:
    """Flesch-Kincaid grade (Kincaid et al. 1975)."""
    words = [word for sentence in sentences for word in re.findall(r"[A-Za-z']+", sentence)]
    syllables = sum(
        max(1, len(re.findall(r"[aeiouy]+", word.lower().rstrip("e")))) for word in words
    )
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def test_every_language_has_every_sentence_and_no_forbidden_word() -> None:
    english = load_catalogue("en")
    assert english.has("safety.reported_text")
    analysts = (
        "model.", "list.", "column.", "plot.", "scheme.", "absent.", "reason_name.", "verdict.",
        "usefulness.", "validation.", "tripod.",
    )  # fmt: skip
    pages = [k for k in english.sentences if not k.startswith(analysts)]
    for key in pages:
        words = "".join(piece for kind, piece in english.sentences[key] if kind == "text")
        assert forbidden_in(words) == [], key


@pytest.mark.parametrize(
    "words",
    ["She will respond.", "It is likely.", "because of age", "we recommend", "normal sleep"],
)
def test_forbidden_words_are_found(words: str) -> None:
    assert forbidden_in(words)


def test_a_report_shows_itself_in_a_notebook(made: Any) -> None:
    shown = made._repr_html_()
    assert shown.startswith("<iframe sandbox")
    assert "<script" not in shown


def test_a_page_becomes_a_tagged_pdf(pages: dict[str, Any]) -> None:
    pypdf = pytest.importorskip("pypdf")
    read = pypdf.PdfReader(io.BytesIO(pdf_of(pages["ABSTAIN-1"].html)))
    assert len(read.pages) == 1
    assert read.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert "No estimate shown" in read.pages[0].extract_text()


def test_pages_are_made_for_those_who_were_asked_for(made: Any) -> None:
    chosen = fixtures.make_report(pages=["ZERO-1"])
    assert [patient.id for patient, _ in chosen.pages()] == ["ZERO-1"]
    assert len(chosen.worklist({}, {})["rows"]) == len(made.patients)
    assert report.__doc__ is not None
