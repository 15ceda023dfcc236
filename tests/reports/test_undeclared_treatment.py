"""Of treatment, comparison group and second round a page tells what the study declares, no more."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
import reporting_fixtures as fixtures

from predict.definitions.study import read_study
from predict.definitions.study.study import Treatment
from predict.definitions.wording import languages, load_catalogue
from predict.reports.model_page import model_html
from predict.reports.sections.patient.limits import whom_left_out

NAME = "the web exercises"
DECLARED = {
    "undeclared": {"name": NAME},
    "no_comparison": {"name": NAME, "comparison": False},
    "comparison": {"name": NAME, "comparison": True, "arm": "sex"},
}
WHETHER = {
    "en": "Whether the web exercises would work better than something else",
    "es": "Si otra cosa funcionaría mejor que the web exercises",  # a study's own name stays
}
UNNAMED = {
    "en": ("No treatment named", "The study names no treatment", "the treatment"),
    "es": ("Sin tratamiento nombrado", "El estudio no nombra ningún tratamiento", "the treatment"),
}
# What tells a sentence apart from the others of its kind, in each language.
PATIENT = {
    "en": {
        "undeclared": "does not say whether everyone in the data had the web exercises",
        "no_comparison": "there is no comparison group",
        "comparison": "The data hold a comparison group, but",
    },
    "es": {
        "undeclared": "El estudio no dice si todas las personas de los datos recibieron lo mismo",
        "no_comparison": "no hay grupo de comparación",
        "comparison": "Los datos tienen un grupo de comparación, pero",
    },
}
MODEL = {
    "en": {
        "undeclared": "does not say whether everyone had the treatment",
        "no_comparison": "There is no comparison group:",
        "comparison": "The data hold a comparison group;",
    },
    "es": {
        "undeclared": "El estudio no dice si todas las personas tuvieron el tratamiento",
        "no_comparison": "No hay grupo de comparación:",
        "comparison": "Los datos tienen un grupo de comparación;",
    },
}
ROUND_TWO = {
    "en": {
        None: "patients who have a second round",
        "chosen": "patients who chose a second round",
        "scheduled": "everyone due for the second visit",
    },
    "es": {
        None: "pacientes que tienen una segunda ronda",
        "chosen": "pacientes que eligieron una segunda ronda",
        "scheduled": "todos los que tenían prevista la segunda visita",
    },
}


def told(words: dict[Any, str], html: str) -> list[Any]:
    """Which of the sentences a page holds."""
    text = re.sub("<[^>]*>", "", html)
    return [key for key, sentence in words.items() if sentence in text]


def made(
    treatment: dict[str, Any] | None, people: Any = fixtures.PEOPLE[:1], **choices: Any
) -> Any:
    return fixtures.make_report(people, study={"treatment": treatment or {}}, **choices)


def test_every_language_is_looked_at() -> None:
    assert set(PATIENT) == set(MODEL) == set(ROUND_TWO) == set(languages())


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("state", DECLARED)
def test_pages_and_model_report_say_what_is_declared_of_a_comparison_group(
    language: str, state: str
) -> None:
    assert read_study({**fixtures.STUDY, "treatment": DECLARED[state]}).treatment.groups == state
    report = made(DECLARED[state], only="phq9-r1 v1.4.0", language=language)
    page = report.page("MOCK-0042").html
    assert told(PATIENT[language], page) == [state]
    assert told(WHETHER, page) == [language]  # the name as the study gives it, its article too
    assert told(MODEL[language], model_html(report.model())) == [state]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("only", [None, "phq9-r2 v1.4.0"])
@pytest.mark.parametrize("declared", [None, "chosen", "scheduled"])
def test_that_a_second_round_was_chosen_is_told_where_the_study_says_it(
    language: str, only: str | None, declared: str | None
) -> None:
    treatment = {"round_two": declared} if declared else None
    report = made(treatment, fixtures.PEOPLE, only=only, language=language)
    pages = [page.html for p, page in report.pages() if p.shown(p.view)]
    assert pages
    assert all(told(ROUND_TWO[language], html) == [declared] for html in pages)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(("declared", "key"), [(None, "had_some"), ("chosen", "chosen_some")])
def test_nor_is_it_where_nobody_counted_who_stayed_in_round_one(
    language: str, declared: Any, key: str
) -> None:
    study = SimpleNamespace(treatment=Treatment(round_two=declared))
    view = SimpleNamespace(model=SimpleNamespace(round="two", facts={"n": 9}))
    patient: Any = SimpleNamespace(context=SimpleNamespace(views=[view], study=study))
    assert whom_left_out(patient) == {"selection": key}
    sentence = load_catalogue(language).raw(f"others.{key}")
    assert told(ROUND_TWO[language], sentence) == [declared]


@pytest.mark.parametrize("language", languages())
def test_where_no_treatment_is_named_a_page_and_the_list_name_none(language: str) -> None:
    spec = {key: value for key, value in fixtures.STUDY.items() if key != "treatment"}
    report = made(None, only="phq9-r1 v1.4.0", language=language)
    head, limit, never = UNNAMED[language]
    page = re.sub("<style.*?</style>|<[^>]*>", "", report.page("MOCK-0042").html, flags=re.S)
    assert not read_study(spec).treatment.named
    assert head in page
    assert limit in page
    assert never not in page.lower()
    assert report.worklist({}, {})["treatment"] == head


def test_no_treatment_of_a_study_without_the_table_is_said_to_have_been_everybodys() -> None:
    spec = {key: value for key, value in fixtures.STUDY.items() if key != "treatment"}
    treatment = read_study(spec).treatment
    assert (treatment.groups, treatment.round_two) == ("undeclared", None)
