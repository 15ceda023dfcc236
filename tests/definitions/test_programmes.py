"""Programmes: every file reads, names and numbers are what the sources print."""

import pytest

from predict.definitions.programmes import Figure, load_programme, programme_ids
from predict.errors import UsageError


def test_the_three_published_programmes_can_be_simulated():
    able = {name for name in programme_ids() if load_programme(name).simulation}
    assert able == {"demo", "mathai-2024", "hull-2022", "burnout-2026"}


@pytest.mark.parametrize("name", programme_ids())
def test_every_programme_reads_and_says_whom_it_counts(name):
    found = load_programme(name)
    assert found.id == name
    assert found.counts in ("analysed", "entered")
    assert found.reference


def test_contradictions_of_the_sources_are_written_down():
    told = " ".join(load_programme("burnout-2026").readings)
    assert "cannot be the entry thresholds" in told
    assert "0-6" in told
    assert "latent course" in " ".join(load_programme("mathai-2024").readings)


def test_a_figure_prints_as_it_was_printed():
    shown = [load_programme("hull-2022").figure(f).printed for f in
             ("response_phq9", "effect_size_phq9", "side_effects", "age")]  # fmt: skip
    assert shown == ["62.8%", "1.61", "<5%", "40 years"]


def test_unknown_names_are_refused_with_a_suggestion():
    with pytest.raises(UsageError, match="Did you mean 'hull-2022'"):
        load_programme("hull2022")
    with pytest.raises(UsageError, match="response_phq9"):
        load_programme("hull-2022").figure("response_phq")


def test_a_figure_without_comparison_has_no_sign():
    assert Figure("a", "A", 1, "%", 0, "d", "n", "s", "A").printed == "1%"
