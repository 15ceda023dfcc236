"""Page and worklist judge a person alike: a note on the one is a note on the other."""

from __future__ import annotations

from typing import Any

from predict.reports.sections.patient.reliance import FOR_EVERYBODY


def _pairs(made: Any) -> list[tuple[str, set[str], dict[str, Any]]]:
    rows = {row["entry"]: row for row in made.worklist({}, {})["rows"]}
    pages = [(patient, page.facts["sections"]) for patient, page in made.pages()]
    return [
        (patient.id, {c["state"] for c in facts["reliance"]["checks"]}, rows[patient.entry])
        for patient, facts in pages
        if facts["estimate"]["state"] == "shown"
    ]


def test_worklist_and_page_agree_on_everybody(made: Any) -> None:
    pairs = _pairs(made)
    assert len(pairs) > 15
    unlike = {i: (s, r["state"]) for i, s, r in pairs if ("note" in s) != (r["state"] == "note")}
    assert unlike == {}
    assert {row["state"] for _, _, row in pairs} == {"ok", "note"}


def test_a_note_says_why_in_the_worklist_too(made: Any) -> None:
    for _, _, row in _pairs(made):
        assert bool(row["why"]) is (row["state"] == "note")


def test_what_holds_for_everybody_is_no_note_about_one_person(made: Any) -> None:
    rows = {row["entry"]: row for row in made.worklist({}, {})["rows"]}
    fine = [(p, page) for p, page in made.pages() if rows[p.entry]["state"] == "ok"]
    told = {model["name"]: model["everybody"] for model in made.worklist({}, {})["models"]}
    marked = 0
    for patient, page in fine:
        checks = page.facts["sections"]["reliance"]["checks"]
        states = {c["say"]: c["state"] for c in checks}
        assert {s for say, s in states.items() if say in FOR_EVERYBODY} <= {"all"}
        assert (">EVERYBODY<" in page.html) is ("all" in states.values())
        assert bool(told[page.facts["sections"]["header"]["model"]]) >= ("all" in states.values())
        assert "Only those who gave an end score" not in rows[patient.entry]["told"]
        marked += "selection" in states
    assert marked
