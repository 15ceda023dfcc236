"""Earlier people like one person, against looking at each of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predict.definitions.outcomes import read_outcome
from predict.reports.outcome_terms import asked
from predict.reports.past import BAND, WIDTHS, Past, _begun

SPAN = (0.0, 20.0)


def past(seed: int, n: int) -> Past:
    draw = np.random.default_rng(seed)
    happened = draw.integers(0, 2, n).astype(float)
    happened[draw.random(n) < 0.2] = np.nan
    chances = np.sort(draw.integers(35, 50, n) / 100)
    ids = np.array([f"P{place}" for place in range(n)], dtype=object)
    starts = draw.integers(5, 14, n).astype(float)
    return Past(ids, chances, starts, happened, np.empty((n, 0)), (), SPAN)


@pytest.mark.parametrize(
    ("begun", "told"),
    [((-np.inf, np.inf), (4, 8)), ((6, np.inf), (6, 8)), ((-np.inf, 7), (4, 7))],
)
def test_nobody_is_told_to_have_begun_beyond_the_floor(
    begun: tuple[float, float], told: tuple[float, float]
) -> None:
    """A start of 6 and an outcome that asks for 6 or more: "who began at 4 to 8" was told."""
    alike = replace(past(1, 60), begun=begun).like(42, 6.0, "nobody", least=1)
    assert alike is not None
    assert (alike.first, alike.last) == told


@pytest.mark.parametrize(
    ("floor", "begun"),
    [(None, (-np.inf, np.inf)), (6.0, (6.0, np.inf)), ({"phq9": 6.0}, (-np.inf, np.inf))],
)
def test_the_floor_is_the_outcomes_own(floor: Any, begun: tuple[float, float]) -> None:
    outcome = replace(read_outcome("phq9_response"), floor=floor)
    assert _begun(asked(outcome)) == begun
    better = replace(asked(outcome).measured, better="high")
    turned = replace(asked(outcome), measured=better)
    assert _begun(turned) == ((-np.inf, 6.0) if floor == 6.0 else begun)


def by_hand(people: Past, percent: int, start: float, besides: str, least: int) -> object:
    """Return who is alike, how many ended and how many reached it, person by person."""
    for width in WIDTHS:
        reach = width * (SPAN[1] - SPAN[0])
        who = [
            place
            for place, name in enumerate(people.ids)
            if name != besides
            and (percent - BAND) / 100 <= people.chances[place] < (percent + BAND) / 100
            and abs(people.starts[place] - start) <= reach
        ]
        ended = [people.happened[place] for place in who if not np.isnan(people.happened[place])]
        if len(ended) >= least:
            return who, len(ended), len(who) - len(ended), sum(ended) / len(ended)
    return None


@given(seed=st.integers(0, 500), n=st.integers(2, 60), least=st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_those_alike_are_the_others_near_in_estimate_and_start(
    seed: int, n: int, least: int
) -> None:
    people = past(seed, n)
    # Each asks of the same table in turn: what one was told must not reach another.
    for place in range(0, n, 3):
        asked = round(100 * people.chances[place]), people.starts[place], f"P{place}"
        alike = people.like(*asked, least=least)
        expected = by_hand(people, *asked, least)
        told = alike and (list(alike.who), alike.n, alike.lost, pytest.approx(alike.rate))
        assert (told and tuple(told)) == expected
