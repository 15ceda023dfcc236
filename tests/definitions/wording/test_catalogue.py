"""One catalogue: every code has its sentence, every sentence its code, every place its fact."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import getdoc

import pytest

from predict.appraisal.checks import CHECKS
from predict.appraisal.checks.results import (
    EXTREME,
    FEWER,
    MORE,
    PERHAPS_EXTREME,
    PERHAPS_TIMID,
    POINTLESS,
    TOO_TIMID,
)
from predict.appraisal.tripod import ITEMS
from predict.appraisal.tripod_words import part_words
from predict.definitions.instruments import instrument_ids, load_instrument
from predict.definitions.outcomes import outcome_names, read_outcome
from predict.definitions.wording import Catalogue, languages, load_catalogue
from predict.definitions.wording import catalogue as module
from predict.evaluation.verdict_words import verdict_words
from predict.models.families import FAMILIES
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


def labels() -> list[str]:
    """Every label that what ships writes in English: questionnaires, outcomes, checks, TRIPOD."""
    shipped = [load_instrument(name) for name in instrument_ids()]
    items = [item for instrument in shipped for item in instrument.items]
    scales = [scale for instrument in shipped for scale in instrument.scales]
    return [
        *(item.label for item in items),
        *(answer for item in items for answer in item.answers),
        *(scale.title for scale in scales),
        *(band.label for scale in scales for band in scale.bands),
        *(read_outcome(name).title for name in outcome_names()),
        *(title for title in examined_titles()),
        *ITEMS.values(),
        *(family.label for family in FAMILIES.values()),
    ]


def examined_titles() -> list[str]:
    own = [(getdoc(check) or "").split("\n")[0] for check in CHECKS.values()]
    directed = (EXTREME, PERHAPS_EXTREME, TOO_TIMID, PERHAPS_TIMID, POINTLESS, MORE, FEWER)
    return [*own, *directed]


def test_spanish_names_every_label_that_ships() -> None:
    say = load_catalogue("es")
    assert {label for label in labels() if say.named(label) == label} == {"No"}


def test_a_label_that_is_composed_is_said_part_by_part() -> None:
    english, spanish = load_catalogue(), load_catalogue("es")
    label = "Feeling bad about yourself (session 2)"
    assert (english.named(label), spanish.named("Something of a clinic's own")) == (
        label,
        "Something of a clinic's own",
    )
    assert spanish.named(label) == "Sentirse mal consigo mismo (sesión 2)"


def test_a_label_may_be_missing_but_must_keep_its_places() -> None:
    english = module.read("en", 'a = "x"')
    own = module.read("eo", 'a = "x"\n[named]\n"{label}, band" = "grado"')
    assert module.differences(own, english) == ["named.{label}, band: places none, not {label}"]


def test_a_stored_verdict_without_an_interval_is_said_without_one() -> None:
    gap = {"metric": "brier", "difference": -0.02, "low": None, "high": None, "state": "not_shown"}
    facts = {
        "model": "linear", "round": "one", "as_of": "baseline", "n": 90, "events": 30,
        "auroc": {"estimate": 0.61, "low": None, "high": None}, "comparisons": {"severity": gap},
        "sampling": {"cluster": None}, "repeats": {"asked": 1, "made": 1},
    }  # fmt: skip
    said = {language: verdict_words(facts, load_catalogue(language)) for language in ("en", "es")}
    assert said["en"] == (
        "The penalised logistic model as of baseline is not shown to be better than baseline "
        "severity (Brier -0.020); AUROC 0.61, 90 people, 30 with the outcome."
    )
    assert "Brier -0,020" in said["es"]
    assert part_words({"number": None, "form": ".2f"}, load_catalogue()) == "–"


def test_a_language_nobody_wrote_is_refused() -> None:
    with pytest.raises(module.UsageError, match="language"):
        load_catalogue("xx")
