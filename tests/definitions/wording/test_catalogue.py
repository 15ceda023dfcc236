"""One catalogue: every code has its sentence, every sentence its code, every place its fact."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from predict.definitions.wording import Catalogue, languages, load_catalogue
from predict.definitions.wording import catalogue as module
from predict.models.reliance import REASONS, Reason


def places(say: Catalogue, key: str) -> frozenset[str]:
    return frozenset(piece for kind, piece in say.sentences[key] if kind == "fact")


@pytest.mark.parametrize("language", languages())
def test_every_reason_has_its_sentence_and_every_sentence_its_reason(language: str) -> None:
    say = load_catalogue(language)
    keys = [key for key in say.sentences if key.startswith("reason.")]
    assert {key.removeprefix("reason."): places(say, key) for key in keys} == dict(REASONS)


@pytest.mark.parametrize(
    ("code", "arguments"),
    [("unheard_of", {}), ("value_unusual", {}), ("missing_most", {"label": "Age"})],
)
def test_a_reason_with_other_places_than_its_sentence_is_refused(
    code: str, arguments: Mapping[str, str]
) -> None:
    with pytest.raises(ValueError, match=code):
        Reason(code, arguments)


@pytest.mark.parametrize("language", languages())
def test_every_language_says_what_english_says(language: str) -> None:
    assert module.differences(load_catalogue(language), load_catalogue()) == []


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        ('b = "{name}"', "a: missing"),
        ('a = "x"\nb = "{name}"\nc = "y"', "c: no page shows it"),
        ('a = "x"\nb = "y"', "b: places none, not {name}"),
        ('a = "{n}"\nb = "{name}"', "a: places {n}, not none"),
    ],
)
def test_a_translation_that_leaves_something_out_or_adds_it_is_named(
    sentence: str, problem: str
) -> None:
    english, own = (
        module.read(language, text)
        for language, text in (("en", 'a = "x"\nb = "{name}"'), ("eo", sentence))
    )
    assert module.differences(own, english) == [problem]


def test_a_language_nobody_wrote_is_refused() -> None:
    with pytest.raises(module.UsageError, match="language"):
        load_catalogue("xx")
