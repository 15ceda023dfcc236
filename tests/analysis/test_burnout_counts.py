"""The burnout page's percentages follow from counts alone: n = 395, 71 and 1,642."""

import pytest

from predict.definitions.programmes import load_programme
from predict.statistics.intervals import wilson

# figure of the programme, count, denominator
COUNTS = [
    ("completed", 395, 1642),
    ("response_exhaustion", 219, 395),
    ("response_cynicism", 193, 395),
    ("response_efficacy", 104, 395),
    ("response_1_or_more", 275, 395),
    ("response_2_or_more", 182, 395),
    ("response_3", 59, 395),
    ("below_threshold", 235, 395),
    ("worst_case", 275, 1642),
    ("severe_resolved", 54, 71),
    ("severe_to_engaged", 23, 71),
    ("ineffective_baseline", 22, 395),
    ("ineffective_end", 68, 395),
    ("side_effects_session_2", 17, 395),
    ("side_effects_session_4", 14, 395),
    ("side_effects_session_6", 16, 395),
]


@pytest.mark.parametrize(("figure", "count", "n"), COUNTS)
def test_a_published_percentage_is_its_count(figure, count, n):
    published = load_programme("burnout-2026").figure(figure)
    assert round(100 * count / n, published.decimals) == published.value


def test_the_subscale_counts_are_consistent():
    """Responses on subscales, and on how many of them, count the same person-subscales."""
    assert 219 + 193 + 104 == 275 + 182 + 59


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [
        (54, 71, 65.0, 84.5),
        (23, 71, 22.7, 43.9),
        (275, 395, 64.9, 73.9),
        (219, 395, 50.5, 60.3),
        (193, 395, 44.0, 53.8),
        (104, 395, 22.2, 30.9),
    ],
)
def test_their_intervals_are_wilsons(count, n, low, high):
    interval = [round(100 * end, 1) for end in wilson(count, n)[1:]]
    assert interval == [low, high]
