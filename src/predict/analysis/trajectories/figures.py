"""The figures of a set of courses: the chosen classes, every other number, people behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.analysis.trajectories.naming import class_names
from predict.analysis.trajectories.scores import CourseScores
from predict.analysis.trajectories.select import Selection
from predict.analysis.trajectories.tables import class_groups
from predict.analysis.wording import refuse_causal_words
from predict.definitions.instruments import Scale
from predict.drawing.frame import steps
from predict.errors import UsageError
from predict.models.growth_mixture.course_model import CourseModel
from predict.statistics.disclosure import SMALLEST_CELL, Mask, Release, Told, opened

COLOURS = ("#1f5fa8", "#b2182b", "#3b7d3b", "#7a4fa3", "#8a5a00")
DASHES = ("", "7 4", "2 3", "9 3 2 3", "4 4")
_WIDTH, _HEIGHT, _LEFT, _TOP = 560.0, 320.0, 52.0, 56.0
Array = NDArray[np.float64]
BAND = 1.645
_BEHIND = 40


@dataclass(frozen=True)
class Curve:
    """One line with its band: values at each visit, bounds, a name, thin lines behind it, dots."""

    name: str
    middle: Array
    low: Array
    high: Array
    behind: Array | None = None
    dots: Array | None = None


def draw_courses(
    title: str, note: str, visits: Sequence[str], scale: Scale, curves: Sequence[Curve]
) -> str:
    """Return courses as SVG text, with the scale's bands as lines.

    Examples
    --------
    >>> import numpy as np
    >>> from predict.definitions.instruments import load_instrument
    >>> curve = Curve("improving", *np.array([[16.0, 9, 6], [12, 5, 2], [20, 13, 10]]))
    >>> visits = ("baseline", "session_2", "round_one_end")
    >>> svg = draw_courses("Courses", "", visits, load_instrument("phq9").scale(), [curve])
    >>> svg.count("<polyline"), svg.count("<polygon")
    (1, 1)
    """
    top = max(scale.high, 1e-9)
    frame = _Frame(len(visits), scale.low, top)
    title, note = escape(refuse_causal_words(title)), escape(refuse_causal_words(note))
    height = _TOP + _HEIGHT + 60 + 18 * len(curves)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH + 120:.0f} {height:.0f}" '
        f'width="{_WIDTH + 120:.0f}" height="{height:.0f}" role="img" font-family="sans-serif">',
        f"<title>{title}</title>\n<desc>{note}</desc>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="12" y="22" font-size="15" font-weight="bold">{title}</text>',
        f'<text x="12" y="40" font-size="11" fill="#444444">{note}</text>',
        *_bands(frame, scale),
        *_axis(frame, visits),
    ]
    for place, curve in enumerate(curves):
        parts += _mean_curve(frame, curve, place)
    parts += [_key(curve, place) for place, curve in enumerate(curves)]
    return "\n".join(parts) + "\n</svg>\n"


@dataclass(frozen=True)
class _Frame:
    """Where a visit and a score stand on the page."""

    visits: int
    low: float
    high: float

    def point(self, visit: int, score: float) -> str:
        return f"{self.x(visit):.1f},{self.y(score):.1f}"

    def x(self, visit: int) -> float:
        return _LEFT + (_WIDTH - 20.0) * visit / max(self.visits - 1, 1)

    def y(self, score: float) -> float:
        inside = min(max(score, self.low), self.high)
        return _TOP + _HEIGHT * (self.high - inside) / (self.high - self.low)


def _bands(frame: _Frame, scale: Scale) -> list[str]:
    lines = []
    for band in scale.bands:
        y = frame.y(band.low)
        lines.append(
            f'<line x1="{_LEFT}" x2="{_LEFT + _WIDTH - 20:.0f}" y1="{y:.1f}" y2="{y:.1f}" '
            f'stroke="#dddddd"/><text x="{_LEFT + _WIDTH - 16:.0f}" y="{y - 2:.1f}" '
            f'font-size="9" fill="#666666">{escape(band.label)}</text>'
        )
    return lines


def _axis(frame: _Frame, visits: Sequence[str]) -> list[str]:
    bottom = _TOP + _HEIGHT
    ticks = steps(frame.low, frame.high)
    lines = [
        f'<line x1="{_LEFT}" x2="{_LEFT}" y1="{_TOP}" y2="{bottom}" stroke="#333333"/>',
        f'<line x1="{_LEFT}" x2="{_LEFT + _WIDTH - 20:.0f}" y1="{bottom}" y2="{bottom}" '
        'stroke="#333333"/>',
    ]
    lines += [
        f'<text x="{_LEFT - 8}" y="{frame.y(tick) + 4:.1f}" font-size="10" '
        f'text-anchor="end">{tick:g}</text>'
        for tick in ticks
    ]
    lines += [
        f'<text x="{frame.x(place):.1f}" y="{bottom + 18:.0f}" font-size="10" '
        f'text-anchor="middle">{escape(visit.replace("_", " "))}</text>'
        for place, visit in enumerate(visits)
    ]
    return lines


def _mean_curve(frame: _Frame, curve: Curve, place: int) -> list[str]:
    colour, dash = COLOURS[place % len(COLOURS)], DASHES[place % len(DASHES)]
    up = [frame.point(v, s) for v, s in enumerate(curve.high)]
    down = [frame.point(v, s) for v, s in reversed(list(enumerate(curve.low)))]
    middle = " ".join(frame.point(v, s) for v, s in enumerate(curve.middle))
    style = f' stroke-dasharray="{dash}"' if dash else ""
    return [
        *_behind(frame, curve, colour),
        f'<polygon points="{" ".join(up + down)}" fill="{colour}" fill-opacity="0.12"/>',
        f'<polyline points="{middle}" fill="none" stroke="{colour}" stroke-width="2.5"{style}>'
        f"<title>{escape(curve.name)}</title></polyline>",
        *_dots(frame, curve, colour),
    ]


def _dots(frame: _Frame, curve: Curve, colour: str) -> list[str]:
    """Scores that were answered, as rings; a visit without one has none."""
    seen = [] if curve.dots is None else [v for v in enumerate(curve.dots) if np.isfinite(v[1])]
    return [
        f'<circle cx="{frame.x(visit):.1f}" cy="{frame.y(score):.1f}" r="4" fill="#ffffff" '
        f'stroke="{colour}" stroke-width="2"/>'
        for visit, score in seen
    ]


def _behind(frame: _Frame, curve: Curve, colour: str) -> list[str]:
    rows = [] if curve.behind is None else list(curve.behind)
    lines = []
    for row in rows:
        points = [frame.point(v, s) for v, s in enumerate(row) if np.isfinite(s)]
        lines.append(
            f'<path d="M{" L".join(points)}" fill="none" stroke="{colour}" '
            'stroke-opacity="0.15" stroke-width="0.8"/>'
        )
    return lines


def _key(curve: Curve, place: int) -> str:
    y = _TOP + _HEIGHT + 46 + 18 * place
    colour, dash = COLOURS[place % len(COLOURS)], DASHES[place % len(DASHES)]
    style = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{_LEFT}" x2="{_LEFT + 34}" y1="{y}" y2="{y}" stroke="{colour}" '
        f'stroke-width="2.5"{style}/><text x="{_LEFT + 42}" y="{y + 4}" '
        f'font-size="11">{escape(curve.name)}</text>'
    )


def course_figures(
    release: Release, *, scores: CourseScores, selection: Selection, reliable: bool
) -> dict[str, str]:
    """Return SVG text by file name: ``courses_INSTRUMENT.svg``, ``..._K_classes.svg``.

    A class of too few people to be told of is not drawn; one whose number is withheld because it
    would give another away is drawn without its share.
    """
    figures = {}
    for place, (name, scale) in enumerate(zip(scores.instruments, scores.scales, strict=True)):
        for model in selection.models:
            k = model.settings.classes
            kind = "" if k == selection.classes else f"_{k}_classes"
            doubt = not reliable and not kind
            figures[f"courses_{name}{kind}.svg"] = _figure(
                scores, model, place, scale, release=release, doubt=doubt
            )
    return figures


def people_figures(
    scores: CourseScores, selection: Selection, posterior: Array, *, reliable: bool
) -> dict[str, str]:
    """Return the classes with forty people of each behind the curves; they stay in the clinic."""
    figures = {}
    for place, (name, scale) in enumerate(zip(scores.instruments, scores.scales, strict=True)):
        own = [_members(scores, posterior, k, place) for k in range(selection.classes)]
        figures[f"courses_{name}_people.svg"] = _figure(
            scores, selection.best, place, scale, own, release=opened(()), doubt=not reliable
        )
    return figures


def own_figures(scores: CourseScores, model: CourseModel, persons: Sequence[str]) -> dict[str, str]:
    """Return SVG text of single persons' courses, ``courses_INSTRUMENT_people_own_1.svg`` ...

    Rings are the answered scores; the line is what the model expects of this person at each visit,
    given the scores and the person's own level; the band holds 90 % of its error.

    Raises
    ------
    UsageError
        When somebody asked for has no score in the table.
    """
    if not persons:
        return {}
    places = [int(place) for place in scores.ids.get_indexer(pd.Index(persons))]
    if min(places) < 0:
        raise UsageError(
            f"Expected ids of people with a score, got {sum(place < 0 for place in places)} of "
            f"{len(persons)} that have none in this table. Check them against the id column.",
            code="COURSE_PERSON",
        )
    expected, error = model.courses(scores.scores[places])
    return {
        f"courses_{name}_people_own_{number + 1}.svg": _own(scores, q, place, expected[number, q],
                                                        error[number, q])
        for number, place in enumerate(places)
        for q, name in enumerate(scores.instruments)
    }  # fmt: skip


def _own(scores: CourseScores, q: int, place: int, expected: Array, error: Array) -> str:
    seen = scores.scores[place, q]
    low, high = expected - BAND * error, expected + BAND * error
    # An id may hold any word, so it stands in the key, which is not read for words of cause.
    curve = Curve(f"{scores.ids[place]}: expected, 90 % band", expected, low, high, dots=seen)
    title = f"{scores.scales[q].title}: one person's course"
    answered = int(np.isfinite(seen).sum())
    note = f"Rings are answers ({answered} of {seen.size} visits); {_direction(scores.scales[q])}."
    return draw_courses(title, note, scores.visits, scores.scales[q], [curve])


def _figure(
    scores: CourseScores,
    model: CourseModel,
    place: int,
    scale: Scale,
    own: list[Array] | None = None,
    *,
    release: Release,
    doubt: bool,
) -> str:
    trust = "; classes are not reliably found" if doubt else ""
    people = release.fill(Told(f"{scores.people:,}", (scores.everybody,), "withheld"))
    note = f"n = {people}; bands hold 90 % of a class's people{trust}; {_direction(scale)}."
    groups = class_groups(scores, model)
    curves = [
        _curve(scores, model, k, place, own, release=release, groups=groups)
        for k in range(len(groups))
        if release.shown is None or groups[k].sum() >= SMALLEST_CELL
    ]
    title = f"{scale.title}: {model.settings.classes} courses"
    return draw_courses(title, note, scores.visits, scale, curves)


def _direction(scale: Scale) -> str:
    """Say which way is up: on one scale a climbing line is worse, on another better."""
    return "higher is worse" if scale.better == "low" else "higher is better"


def _curve(
    scores: CourseScores,
    model: CourseModel,
    k: int,
    place: int,
    own: list[Array] | None,
    *,
    release: Release,
    groups: list[Mask],
) -> Curve:
    name, middle = class_names(model.means, scores.scales)[k], model.means[k, place]
    way = f"from {middle[0]:.1f} to {middle[-1]:.1f}"
    told = f"{name}, {model.shares[k]:.1%}: {way}"
    share = Told(told, (scores.everybody, groups[k]), f"{name}: {way}")
    spread = np.sqrt(np.diag(model.covariance[k])).reshape(model.means[k].shape)[place]
    behind = None if own is None else own[k]
    return Curve(
        release.fill(share), middle, middle - BAND * spread, middle + BAND * spread, behind
    )


def _members(scores: CourseScores, posterior: Array, k: int, place: int) -> Array:
    """The first forty people assigned to a class, with two or more scores."""
    rows = scores.scores[posterior.argmax(1) == k, place]
    enough = np.isfinite(rows).sum(1) >= 2
    members: Array = rows[enough][:_BEHIND]
    return members
