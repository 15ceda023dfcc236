"""Riley's criteria against the published worked examples."""

from __future__ import annotations

import pytest

from predict.appraisal.sample_size import enough, need, r2_from_auroc, r2_max, refuse_too_few
from predict.appraisal.tripod_words import part_words
from predict.definitions.wording import load_catalogue
from predict.errors import DesignError


def test_the_worked_example_of_pmsampsize() -> None:
    # pmsampsize help: type "b", csrsquared .288, parameters 24, prevalence .174.
    sizes = need(24, 0.174, 0.288)
    assert (sizes.shrinkage, sizes.optimism, sizes.rate, sizes.people) == (623, 662, 221, 662)


def test_the_preeclampsia_example_of_the_bmj_paper() -> None:
    # Riley et al. 2020, BMJ 368:m441: 30 parameters, 5 % prevalence, R2 .05 -> 5,249 women, 8.75
    # events a parameter; the largest R2 is .33.
    sizes = need(30, 0.05, 0.05)
    assert sizes.people == 5249
    assert sizes.events_per_parameter == pytest.approx(8.75, abs=0.005)
    assert r2_max(0.05) == pytest.approx(0.33, abs=0.005)


@pytest.mark.parametrize(
    ("auroc", "prevalence", "r2"), [(0.60, 0.56, 0.031), (0.65, 0.56, 0.068), (0.70, 0.56, 0.119)]
)
def test_r2_follows_from_the_auroc(auroc: float, prevalence: float, r2: float) -> None:
    assert r2_from_auroc(auroc, prevalence) == pytest.approx(r2, abs=0.0006)


def test_people_needed_grow_in_proportion_to_the_parameters() -> None:
    few, many = need(10, 0.5, 0.07), need(40, 0.5, 0.07)
    assert many.shrinkage == pytest.approx(4 * few.shrinkage, abs=4)


def test_an_impossible_r2_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and"):
        need(10, 0.05, 0.5)


def test_395_people_are_too_few_for_40_columns_and_the_strict_gate_stops() -> None:
    assert not enough(395, 221, 40, flexible=False).enough
    assert enough(11441, 6407, 40, flexible=False).enough
    with pytest.raises(DesignError, match="SAMPLE_TOO_SMALL"):
        refuse_too_few(395, 221, 40, flexible=False)
    refuse_too_few(11441, 6407, 40, flexible=False)


@pytest.mark.parametrize(
    ("language", "floor"),
    [
        ("en", ". For boosted trees this is a floor."),
        ("es", ". Para árboles potenciados esto es un mínimo."),
    ],
)
def test_what_is_needed_is_called_a_floor_of_flexible_families_alone(
    language: str, floor: str
) -> None:
    say = load_catalogue(language)
    for people, events in ((395, 221), (11441, 6407)):
        plain, more = (enough(people, events, 40, flexible=f).said for f in (False, True))
        assert part_words(more, say) == part_words(plain, say)[:-1] + floor
