"""Every page in another language: no sentence of the English catalogue is left on it."""

from __future__ import annotations

import html
import re
from types import SimpleNamespace
from typing import Any

import pytest
import reporting_fixtures as fixtures

from predict.definitions.wording import languages, load_catalogue
from predict.errors import UsageError
from predict.reports.model_page import model_html
from predict.reports.worklist_page import worklist_html

OTHERS = [language for language in languages() if language != "en"]


def words(page: str) -> str:
    """What a reader or a screen reader gets."""
    bare = re.sub(r"<style>.*?</style>|<script>.*?</script>", "", page, flags=re.DOTALL)
    names = " ".join(re.findall(r'aria-label="([^"]*)"', bare))
    return html.unescape(re.sub(r"<[^>]+>", "", bare) + names)


def pieces(language: str) -> set[str]:
    """Stretches of three words or more between the places of a catalogue's sentences.

    Names of visits stand in the labels of a stored model too, as they were when it was made.
    """
    every = load_catalogue(language).sentences
    sentences = [sentence for key, sentence in every.items() if not key.startswith("visits.")]
    texts = {html.unescape(p).strip() for s in sentences for kind, p in s if kind == "text"}
    return {text for text in texts if len(re.findall(r"[A-Za-z]{2,}", text)) > 2}


@pytest.fixture(scope="module", params=OTHERS)
def pages(request: Any) -> dict[str, str]:
    """Every kind of page in the language."""
    made = fixtures.make_report(language=request.param)
    told = {patient.id: page.html for patient, page in made.pages()}
    told["no model"] = next(
        page.html
        for _, page in fixtures.make_report(language=request.param, without_models=True).pages()
    )
    listed, judged = worklist_html(made.worklist({}, {})), model_html(made.model())
    return {"": request.param, **told, "worklist": listed, "model": judged}


def test_no_english_sentence_of_the_catalogue_is_left(pages: dict[str, str]) -> None:
    english = pieces("en") - pieces(pages[""])
    assert len(english) > 300
    left = {
        (name, piece) for name, page in pages.items() for piece in english if piece in words(page)
    }
    assert left == set()


def test_each_page_names_its_language_and_that_nobody_reviewed_it(pages: dict[str, str]) -> None:
    say = load_catalogue(pages[""])
    for name, page in pages.items():
        if name:
            assert f'<html lang="{pages[""]}">' in page
            assert say("language.draft") in page


def test_numbers_are_written_as_the_language_writes_them(pages: dict[str, str]) -> None:
    point = load_catalogue(pages[""])("format.point")
    written = words(pages["model"])
    assert re.search(rf"\d{re.escape(point)}\d", written)
    assert not re.search(r"[ (]−?\d\.\d{2}[ )]", written)


def test_a_language_that_nobody_wrote_is_told() -> None:
    with pytest.raises(UsageError, match="language"):
        fixtures.make_report(language="xx")


@pytest.mark.parametrize(("language", "label"), [("en", "Route"), ("es", "Vía")])
def test_the_treatment_strip_names_its_columns_in_the_language(language: str, label: str) -> None:
    """The strip wrote the study's English name where the table of answers had a Spanish one."""
    from predict.reports.sections.patient import treatment

    route = SimpleNamespace(name="route", label="route", kind="choice")
    context = SimpleNamespace(
        study=SimpleNamespace(people={"route": route}),
        say=load_catalogue(language),
        people={"A": {"route": "sublingual"}},
    )
    view = SimpleNamespace(model=SimpleNamespace(columns=[]), columns=("route",))
    patient: Any = SimpleNamespace(id="A", context=context)
    (part,) = treatment._columns(patient, view)
    assert (part["label"], part["used"]) == (label, "used")


def test_one_person_is_told_of_in_the_singular() -> None:
    say = load_catalogue("es")
    forms = {say(f"verbs.{kind}.did") for kind in ("response", "remission", "improvement")}
    assert forms == {"respondió", "alcanzó la remisión", "mejoró"}
    told = say("course_state.reached", did="respondió", round="uno")
    assert told == "terminado: respondió tras la ronda uno"
