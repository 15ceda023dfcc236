"""A printed difference shows on which side of nought it lies, wherever it is printed."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from predict.definitions.wording import digits_that_show, languages, load_catalogue
from predict.errors import DesignError
from predict.evaluation.differences import state
from predict.evaluation.verdict_words import comparison_words, difference_words
from predict.operations.comparison import Comparison
from predict.operations.registry import _refuse_worse
from predict.reports.content import Content
from predict.reports.sections.model.front import _differences
from predict.statistics.intervals import Interval

ENDS = [
    (-0.02, -0.03, -0.01),
    (-0.0004, -0.0009, -0.00002),
    (0.0005, 0.0002, 0.0011),
    (0.0, -0.00031, 0.00031),
    (4e-17, -3e-17, 9e-17),
    (-2e-7, -3e-7, -1e-7),
]


def gap_of(ends: tuple[float, float, float], **more: Any) -> dict[str, Any]:
    names = ("difference", "low", "high")
    return {"metric": "brier", "state": state(*ends[1:])} | dict(zip(names, ends, strict=True))


def sign(value: float) -> int:
    return 0 if abs(value) < 1e-12 else (1 if value > 0 else -1)


def read(words: str) -> list[float]:
    told = words.replace("−", "-").replace(",", ".")
    return [float(number) for number in re.findall(r"[+-]?\d\.\d+", told)]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("ends", ENDS)
def test_every_printed_number_has_the_sign_of_its_own(
    ends: tuple[float, float, float], language: str
) -> None:
    say = load_catalogue(language)
    content, gap = Content(say), gap_of(ends)
    figure: Any = _differences(content, SimpleNamespace(verdict={"comparisons": {"prior": gap}}))  # type: ignore[arg-type]  # a view with a verdict only
    digits = figure["data"]["digits"]
    for words in (
        comparison_words(gap, "x", say),
        content.gap(dict(zip(("estimate", "low", "high"), ends, strict=True)), 1),
        " ".join(say.fixed(end, digits) for end in ends),
    ):
        assert [sign(value) for value in read(words)] == [sign(end) for end in ends], words


def test_no_more_digits_than_needed_and_no_sign_of_nothing() -> None:
    assert difference_words(gap_of(ENDS[0])) == "Brier -0.020, -0.030 to -0.010"
    assert difference_words(gap_of(ENDS[1])) == "Brier -0.00040, -0.00090 to -0.00002"
    assert difference_words(gap_of(ENDS[3])) == "Brier 0.0000, -0.0003 to +0.0003"
    assert difference_words(gap_of(ENDS[4])) == "Brier 0.000, 0.000 to 0.000"
    assert digits_that_show(0.04, 0.3, least=1) == 2
    assert digits_that_show(None, float("nan")) == 3


def test_a_refused_challenger_is_told_by_how_much_it_is_worse() -> None:
    worse = Comparison(900, 300, "brier", Interval(0.0003, 0.0001, 0.0005), "worse", {})
    with pytest.raises(DesignError, match=r"\(Brier \+0\.0003, \+0\.0001 to \+0\.0005\)"):
        _refuse_worse(worse)
