"""Figures of networks and courses say what the tables say, and can be read."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from predict.analysis.networks.picture import MOST_ARROWS, Drawing, draw, drawn_edges
from predict.analysis.trajectories.figures import course_figures
from predict.analysis.trajectories.naming import class_names, course_shape
from predict.analysis.trajectories.scores import CourseScores
from predict.analysis.trajectories.select import select_classes
from predict.definitions.instruments import load_instrument
from predict.models.growth_mixture import MixtureSettings
from predict.statistics.disclosure import opened

PHQ9, GAD7 = (load_instrument(name).scale() for name in ("phq9", "gad7"))
EFFICACY = load_instrument("mbi_gs").scale("efficacy")
GREY = "#b9bec6"


def marks(svg, tag):
    return [e for e in ET.fromstring(svg).iter() if e.tag.endswith("}" + tag)]


def edges_in(svg):
    """Lines that a reader takes for edges, by their words: (stroke, width, dash, head)."""
    found = {}
    for e in marks(svg, "path"):
        if len(e):
            looks = (e.get("stroke"), float(e.get("stroke-width")), e.get("stroke-dasharray"))
            found[e[0].text] = (*looks, e.get("marker-end"))
    return found


def texts(svg):
    return [e.text for e in marks(svg, "text") if e.text]


def lagged_drawing(items=9, shown=0.04, seed=1):
    rng = np.random.default_rng(seed)
    edges = np.where(rng.random((items, items)) < 0.9, rng.normal(0.03, 0.06, (items, items)), 0.0)
    np.fill_diagonal(edges, 0.4)
    keys = [str(k + 1) for k in range(items)]
    labels = [f"Symptom {key}" for key in keys]
    return Drawing("PHQ-9", "n = 9", keys, labels, edges, np.abs(edges) > shown, directed=True)


# --- the network from visit to visit ------------------------------------------------------------


@pytest.mark.parametrize("items", [5, 9, 20])
def test_the_matrix_holds_every_estimate_in_figures(items):
    drawing = lagged_drawing(items)
    svg = draw(drawing)
    told = {e[0].text: e for e in marks(svg, "rect") if len(e)}
    assert len(told) == items**2
    colours = {}
    for i, j in np.ndindex(items, items):
        value, tail = drawing.edges[i, j], "" if drawing.stable[i, j] else " (not shown)"
        box = told[f"Symptom {i + 1}, then Symptom {j + 1}: {value:.2f}{tail}"]
        colours[i, j] = float(box.get("fill-opacity"))
        assert (colours[i, j] > 0) == (bool(drawing.stable[i, j]) and i != j)
    printed = [t for t in texts(svg) if re.fullmatch("[\u2212]?\\.[0-9]{2}", t)]
    written = [f"{v:.2f}".replace("0.", ".").replace("-", "\u2212")
               for v in drawing.edges.ravel() if v]  # fmt: skip
    assert printed == written
    # The colour grows with the edge, and the scale beside it tells its ends.
    coloured = [place for place, shade in colours.items() if shade]
    order = np.argsort([abs(drawing.edges[place]) for place in coloured])
    assert (np.diff(np.array([colours[place] for place in coloured])[order]) >= 0).all()
    largest = max(abs(drawing.edges[place]) for place in coloured)
    swatches = re.findall(r'fill-opacity="([^"]+)"/><text[^>]*>([^<]+)</text>', svg)
    assert [(float(o), t) for o, t in swatches] == [
        (0.6, f"\u2212{largest:.2f}"), (0.3, f"\u2212{largest / 2:.2f}"),
        (0.3, f"{largest / 2:.2f}"), (0.6, f"{largest:.2f}"),
    ]  # fmt: skip
    assert max(colours.values()) == 0.6


@pytest.mark.parametrize("items", [9, 20])
def test_arrows_are_the_strongest_shown_edges_with_heads_and_a_scale(items):
    drawing = lagged_drawing(items)
    svg, drawn = draw(drawing), drawn_edges(drawing)
    seen, shown = edges_in(svg), drawing.stable & ~np.eye(items, dtype=bool)
    assert len(seen) == np.count_nonzero(drawn) == MOST_ARROWS < shown.sum()
    left = np.abs(drawing.edges)[shown & (drawn == 0)].max()
    assert np.abs(drawn[drawn != 0]).min() >= left
    assert f"Drawn: the 20 strongest of {shown.sum()} arrows; the matrix holds all." in texts(svg)
    widest = max(width for _, width, _, _ in seen.values())
    for i, j in zip(*np.nonzero(drawn), strict=True):
        value = drawing.edges[i, j]
        words = f"Symptom {i + 1} comes before Symptom {j + 1}: {value:.2f}"
        _, width, dash, head = seen[words]
        kind = "more" if value > 0 else "less"
        assert (head, dash is None) == (f"url(#{kind})", value > 0)
        assert width == pytest.approx(0.8 + (widest - 0.8) * abs(value) / np.abs(drawn).max(),
                                      abs=0.006)  # fmt: skip
    heads = {e.get("id"): e[0].get("fill") for e in marks(svg, "marker")}
    assert {heads["more"], heads["less"]} == {stroke for stroke, *_ in seen.values()}


@pytest.mark.parametrize("directed", [True, False])
def test_the_scale_of_widths_agrees_with_the_lines(directed):
    edges = np.array([[0.0, 0.3, 0.1], [0.3, 0.0, -0.2], [0.1, -0.2, 0.0]])
    svg = draw(Drawing("", "", "abc", "abc", edges, edges != 0, directed=directed))
    lines = edges_in(svg)
    scale = [e for e in marks(svg, "path") if e.get("stroke-width") and not len(e)]
    blue = [float(e.get("stroke-width")) for e in scale if e.get("stroke") == "#1f5fa8"]
    joint = "comes before" if directed else "goes with"
    assert blue == [lines[f"a {joint} c: 0.10"][1], lines[f"a {joint} b: 0.30"][1]]
    assert {"0.10", "0.30", "\u22120.30"} <= set(texts(svg))
    plain = draw(Drawing("", "", "abc", "abc", abs(edges), edges != 0, directed=directed))
    assert "\u2212" not in "".join(re.findall("h40.*", plain))


def test_pictures_say_which_sign_is_what_and_fit_their_width():
    for drawing in (lagged_drawing(9), lagged_drawing(20)):
        svg = draw(drawing)
        words = " ".join(texts(svg))
        assert "Blue: more of one goes with more of the other one visit later" in words
        assert "High is worse in every symptom" in words
        width = float(ET.fromstring(svg).get("width"))
        for e in marks(svg, "text"):
            if e.get("text-anchor") is None:
                room = 0.53 * float(e.get("font-size")) * len(e.text or "")
                assert float(e.get("x")) + room <= width, e.text
    assert "No arrow may be shown." in draw(lagged_drawing(9, shown=9.0))


def test_lines_that_are_not_stable_are_grey_and_say_so():
    edges = np.array([[0.0, 0.3, 0.1], [0.3, 0.0, -0.2], [0.1, -0.2, 0.0]])
    svg = draw(Drawing("", "", "abc", "abc", edges, np.abs(edges) > 0.15))
    lines = edges_in(svg)
    assert {words: looks[0] == GREY for words, looks in lines.items()} == {
        "a goes with b: 0.30": False,
        "b goes with c: -0.20": False,
        "a goes with c: 0.10 (not stable)": True,
    }
    assert not any(looks[3] for looks in lines.values())


# --- the names of courses -----------------------------------------------------------------------

SHAPES = {
    "worsening": [(10, 13, 16), (12, 12, 19), (8, 9, 12, 15, 17), (16, 16, 18)],
    "improving": [(16, 9, 6), (20, 12, 10, 9, 9), (14, 2, 2.5)],
    "improving late": [(16, 15.5, 7), (16, 16, 15, 9, 6)],
    "little change": [(16, 16.5, 15.5), (20, 18, 19), (2, 2.3, 2.6), (0, 0, 0.5), (6, 5, 6, 5)],
    "worse, then back": [(12, 19, 12), (10, 15, 16, 10.5)],
    "better, then back": [(16, 8, 15), (16, 12, 5, 15.5)],
    "worse, then partly back": [(10, 20, 14)],
    "better, then partly back": [(16, 6, 11), (13.4, 9.5, 11.7)],
    "worse, then improving": [(12, 17, 4)],
    "better, then worse": [(14, 3, 18)],
    "up and down": [(12, 4, 12, 4, 12)],
    "up and down, better at the end": [(16, 8, 15, 7)],
    "up and down, worse at the end": [(10, 16, 8, 15)],
}


@pytest.mark.parametrize(
    ("name", "course"), [(n, c) for n, courses in SHAPES.items() for c in courses]
)
def test_a_class_is_named_after_its_shape(name, course):
    course = np.array(course, dtype=float)
    assert course_shape(course, PHQ9) == name
    # On a scale where high is good the same course, turned over, has the same name.
    turned = EFFICACY.high - (course - PHQ9.low) * (EFFICACY.high - EFFICACY.low) / PHQ9.high
    assert course_shape(turned, EFFICACY) == name


# What each name claims, of the start, the end, the peak, the trough and what counts as moving.
CLAIMS = {
    "^little change": lambda s, e, high, low, move: high - s < move and s - low < move,
    "^improving": lambda s, e, high, low, move: s - e >= move and e - low <= s - e,
    "^worsening": lambda s, e, high, low, move: e > s and high - e <= max(e - s, move),
    "^worse, then": lambda s, e, high, low, move: high - s >= move and e < high,
    "^better, then": lambda s, e, high, low, move: s - low >= move and e > low,
    "back$": lambda s, e, high, low, move: abs(e - s) < max(high - s, s - low),
    "then improving$": lambda s, e, high, low, move: e < s,
    "then worse$": lambda s, e, high, low, move: e > s,
    "better at the end$": lambda s, e, high, low, move: e < s,
    "worse at the end$": lambda s, e, high, low, move: e > s,
    "^up and down": lambda s, e, high, low, move: high - low >= move,
}


@pytest.mark.parametrize("visits", [3, 4, 6])
def test_no_name_denies_where_a_course_went(visits):
    courses = np.random.default_rng(3).uniform(1, 24, (1500, visits))
    met = set()
    for course in courses:
        start = course[0]
        move = max(0.25 * start, 0.05 * PHQ9.high)
        name = course_shape(course, PHQ9)
        claims = [claim for claim in CLAIMS if re.search(claim, name)]
        assert claims, name
        met |= set(claims)
        for claim in claims:
            told = CLAIMS[claim](start, course[-1], course.max(), course.min(), move)
            assert told, (name, course)
    assert met >= set(CLAIMS) - {"^up and down", "better at the end$", "worse at the end$"}


def test_instruments_that_part_are_both_named():
    means = np.array([[[20.0, 20, 19], [15, 11, 9]], [[16, 9, 6], [12, 7, 5]]])
    assert class_names(means, [PHQ9, GAD7]) == (
        "little change (PHQ-9 total), improving (GAD-7 total)",
        "improving",
    )


def test_the_key_of_a_figure_tells_the_means_of_the_table():
    rng = np.random.default_rng(1)
    falls, stays = np.array([18.0, 9, 4]), np.array([18.0, 18, 18])
    courses = np.concatenate([np.tile(falls, (80, 1)), np.tile(stays, (60, 1))])
    scores = (courses + rng.normal(0, 1.0, courses.shape))[:, None, :]
    everybody, ids = np.ones(140, dtype=bool), pd.Index([f"p{i}" for i in range(140)])
    held = CourseScores(ids, np.arange(140), everybody, scores, ("phq9",), (PHQ9,),
                        ("a", "b", "c"))  # fmt: skip
    selection = select_classes(scores, MixtureSettings(starts=4), most=2)
    svg = course_figures(opened([]), scores=held, selection=selection, reliable=True)[
        "courses_phq9.svg"
    ]
    means, names = selection.best.means[:, 0], class_names(selection.best.means, [PHQ9])
    assert names == ("improving", "little change")
    for name, mean, share in zip(names, means, selection.best.shares, strict=True):
        assert f"{name}, {share:.1%}: from {mean[0]:.1f} to {mean[-1]:.1f}" in texts(svg)
    assert any(t.endswith("higher is worse.") for t in texts(svg))
