"""Where a course stands: by the day of the report where known, else by what was answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import reporting_fixtures as fixtures

from predict.cohort import read_cohort
from predict.errors import UsageError
from predict.reports.course_states import answers_of, course_state
from predict.reports.worklist_page import worklist_html

START = date(2026, 2, 3)
ONE = {"only": "phq9-r1 v1.4.0"}
HALF, MORE = (1, 1, 1, 1, 1, 1, 0, 0, 0), (3, 3, 3, 3, 3, 3, 2, 2, 0)


def _rows(person: Any, day: int | None, **choices: Any) -> dict[str, Any]:
    """The worklist of one person so many days after the first answers."""
    today = "" if day is None else (START + timedelta(days=day)).isoformat()
    made = fixtures.dated_report((person,), today=today, **ONE, **choices)
    return made.worklist({}, {})


def _stands(person: Any, day: int | None, **choices: Any) -> str:
    return str(_rows(person, day, **choices)["rows"][0]["stands"])


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (3, "in treatment"),  # the window of session 2 opens on day 7
        (7, "due: session 2"),
        (21, "due: session 2"),  # both windows are open: the nearer visit
        (22, "due: end of round one"),
        (42, "due: end of round one"),
        (43, "overdue: end of round one"),
        (148, "overdue: end of round one"),
        (149, "ended: lost"),  # 28 days after the last window of the study closed
    ],
)
def test_windows_say_who_is_due_and_who_is_overdue(day: int, words: str) -> None:
    assert _stands(fixtures.PEOPLE[1], day) == words


def test_without_windows_an_end_score_is_overdue_after_days_that_are_chosen() -> None:
    person = fixtures.PEOPLE[1]
    told = [_stands(person, day, windows=False) for day in (28, 29)]
    assert told == ["in treatment", "overdue: end of round one"]
    sooner = _stands(person, 15, windows=False, overdue_after=14)
    assert sooner == "overdue: end of round one"


@pytest.mark.parametrize(
    ("later", "words"),
    [
        ({"round_one_end": HALF}, "ended: responded after round one"),
        ({"round_one_end": MORE}, "ended: did not respond after round one"),
        ({"round_two_start": MORE}, "ended: lost"),
    ],
)
def test_who_ended_is_told_with_what_happened(later: Any, words: str) -> None:
    assert _stands(replace(fixtures.PEOPLE[1], later=later), 60) == words


@pytest.mark.parametrize(
    ("later", "words"),
    [
        ({}, "last seen: start of round one"),
        ({"session_2": MORE}, "last seen: session 2"),
        ({"round_one_end": HALF}, "ended: responded after round one"),
        ({"round_two_start": MORE}, "ended, no end score"),
    ],
)
def test_without_a_day_nobody_is_due(later: Any, words: str) -> None:
    person = replace(fixtures.PEOPLE[1], later=later)
    assert _stands(person, None) == words
    listed = fixtures.make_report((person,), **ONE).worklist({}, {})
    assert listed["rows"][0]["stands"] == words
    assert not listed["due"]


@pytest.mark.parametrize(("day", "lost"), [(None, "ended, no end score"), (60, "ended: lost")])
def test_who_began_below_the_floor_is_not_lost_with_an_end_score(day: Any, lost: str) -> None:
    """A start of 8 asks for no response; the end score is there, or is not, all the same."""
    low = replace(fixtures.PEOPLE[1], phq=HALF)
    went_on = replace(low, later={"round_one_end": MORE, "round_two_start": MORE})
    assert _stands(went_on, day) == "ended"
    assert _stands(replace(low, later={"round_two_start": MORE}), day) == lost


@pytest.mark.parametrize("later", [{}, {"session_2": MORE}, {"round_one_end": HALF}])
def test_the_page_says_where_the_course_stands_as_the_worklist_does(later: Any) -> None:
    """And asks nobody what they expect of what the page says has happened."""
    person = replace(fixtures.PEOPLE[1], later=later)
    for day in (None, 7, 60):
        today = "" if day is None else (START + timedelta(days=day)).isoformat()
        make = fixtures.make_report if day is None else fixtures.dated_report
        made = make((person,), **({} if day is None else {"today": today}), **ONE)
        _, page = next(iter(made.pages()))
        stands = made.worklist({}, {})["rows"][0]["stands"]
        assert page.facts["sections"]["header"]["course"] == stands
        asked = "verb" in page.facts["sections"]["expectation"]
        assert asked == ("round_one_end" not in later)


def test_what_an_estimate_uses_is_told_and_not_one_visit_that_it_does_not() -> None:
    later = {"session_2": MORE, "round_one_end": MORE}
    made = fixtures.make_report((replace(fixtures.PEOPLE[1], later=later),), **ONE)
    _, page = next(iter(made.pages()))
    checks = page.facts["sections"]["reliance"]["checks"]
    told = next(check for check in checks if check["say"] == "later")
    assert told["when"] == "before round one"


@pytest.mark.parametrize(
    ("day", "stands", "state"),
    [
        (None, "last seen: start of round one", "none"),
        (3, "in treatment", "not_due"),  # the visit of the model is still to come
        (7, "due: session 2", "none"),
        (43, "overdue: end of round one", "none"),
        (149, "ended: lost", "none"),
    ],
)
def test_who_gave_no_answers_at_the_visit_of_the_model(day: Any, stands: str, state: str) -> None:
    """The course stands as it does for a model of an earlier visit; no answers are used."""
    made = (fixtures.make_report if day is None else fixtures.dated_report)(
        (fixtures.PEOPLE[1],), as_of="session_2", **ONE,
        **({} if day is None else {"today": (START + timedelta(days=day)).isoformat()}),
    )  # fmt: skip
    row = made.worklist({}, {})["rows"][0]
    assert (row["stands"], row["state"]) == (stands, state)
    assert row["when"] == "none after session 2"
    _, page = next(iter(made.pages()))
    header = page.facts["sections"]["header"]
    assert (header["course"], header["when"]) == (stands, "none after session 2")


def test_who_gave_answers_at_the_visit_of_the_model_has_them_used() -> None:
    person = replace(fixtures.PEOPLE[1], later={"session_2": MORE})
    row = fixtures.make_report((person,), as_of="session_2", **ONE).worklist({}, {})["rows"][0]
    assert (row["stands"], row["when"]) == ("last seen: session 2", "after session 2")


def test_a_round_that_has_not_begun_is_not_due_and_no_alarm() -> None:
    made = fixtures.make_report((fixtures.PEOPLE[1],), only="phq9-r2 v1.4.0")
    row = made.worklist({}, {})["rows"][0]
    assert (row["stands"], row["state"]) == ("not due", "not_due")


def test_scores_say_at_which_visit_they_stand() -> None:
    person = next(p for p in fixtures.PEOPLE if p.id == "ROUND-2")
    row = fixtures.make_report((person,), **ONE).worklist({}, {})["rows"][0]
    assert (row["start"], row["scores"][0], row["at"][0]) == (17.0, 10.0, "start of round two")
    assert row["change"] == 7.0


def test_where_high_is_good_a_rise_is_for_the_better(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same scores, of a scale that is better low and of one that is better high."""
    from predict.definitions.instruments import load_instrument
    from predict.reports import worklist

    study = SimpleNamespace(instruments={
        name: SimpleNamespace(instrument=load_instrument(name)) for name in ("phq9", "mbi_gs")
    })  # fmt: skip
    context = SimpleNamespace(study=study, views=[])
    patient = SimpleNamespace(context=context)
    monkeypatch.setattr(worklist, "_worsening", lambda context: None)
    changed = {}
    for name, scale in (("phq9", "total"), ("mbi_gs", "efficacy")):
        names = [{"instrument": name, "scale": scale}]
        monkeypatch.setattr(worklist, "_score_names", lambda context, names=names: names)
        changed[scale] = worklist._changed(patient, [(2.0, 5.0, "later")])["change"]
    assert changed == {"total": -3.0, "efficacy": 3.0}


def test_a_score_that_did_not_change_is_0_better_without_a_sign() -> None:
    person = replace(fixtures.PEOPLE[1], later={"session_2": fixtures.PEOPLE[1].phq})
    made = fixtures.make_report((person,), **ONE)
    row = made.worklist({}, {})["rows"][0]
    assert str(row["change"]) == "0.0"
    plain = worklist_html(made.worklist({}, {})).partition("</script>")[0]
    assert "\u22120<" not in plain
    assert '<td class="n">0</td>' in plain


def test_reliably_worse_is_the_shipped_rule_and_nothing_else() -> None:
    """PHQ-9: a rise by the reliable change of `phq9_reliable_deterioration`, no point less."""
    from predict.definitions.outcomes import read_outcome

    rule = read_outcome("phq9_reliable_deterioration")
    start = 9
    people = []
    for end in range(start, 28):
        answers = tuple(min(3, max(0, end - 3 * item)) for item in range(9))
        people.append(
            replace(fixtures.PEOPLE[1], id=f"END-{end}", phq=(1,) * 9, later={"session_2": answers})
        )
    rows = fixtures.make_report(tuple(people), **ONE).worklist({}, {})["rows"]
    worse = {row["scores"][0]: row["worse"] for row in rows}
    assert worse == {end: end >= rule.cut(start) for end in range(start, 28)}
    assert any(worse.values())


def test_new_since_an_earlier_list_is_who_was_absent_or_answered_since(tmp_path: Path) -> None:
    first, second = fixtures.PEOPLE[1], fixtures.PEOPLE[2]
    fixtures.make_report((first,), **ONE).save(tmp_path / "before")
    again = fixtures.make_report((first, second), since=tmp_path / "before", **ONE)
    rows = {row["id"]: row["new"] for row in again.worklist({}, {})["rows"]}
    assert rows == {first.id: False, second.id: True}
    answered = replace(first, later={"session_2": MORE})
    listed = fixtures.make_report((answered,), since=tmp_path / "before", **ONE).worklist({}, {})
    assert listed["rows"][0]["new"]
    with pytest.raises(UsageError, match="holds no worklist"):
        fixtures.make_report((first,), since=tmp_path / "nothing", **ONE)


def test_an_end_score_without_a_start_score_is_not_told_as_no_end_score() -> None:
    study = {
        "id": "person", "layout": "wide", "visits": ["baseline", "end", "later"],
        "rounds": {"one": {"start": "baseline", "end": "end"}},
        "instruments": {"phq9": {"total": "phq9_{visit}"}},
    }  # fmt: skip
    scores = {
        "person": list("abcd"),
        "phq9_baseline": ["16", "", "16", ""],
        "phq9_end": ["8", "4", "", ""],
        "phq9_later": ["", "", "5", "5"],
    }
    cohort = read_cohort(pd.DataFrame(scores), study)
    model: Any = SimpleNamespace(outcome="phq9_response", round="one", as_of="baseline")
    happened = answers_of(cohort, model)
    assert list(happened.values()) == ["yes", "no_start_score", "unknown", "no_start_score"]
    states = [
        course_state(_patient(cohort, person), SimpleNamespace(model=model, happened=happened)).code
        for person in cohort.ids
    ]
    assert states == ["reached", "no_start_score", "no_end_score", "no_start_score"]


def _patient(cohort: Any, person: str) -> Any:
    context = SimpleNamespace(study=cohort.study, settings=SimpleNamespace(today=""))
    return SimpleNamespace(
        id=person,
        valid=True,
        context=context,
        date=lambda visit: "",
        began=lambda visit: bool(cohort.present(visit)[person]),
    )
