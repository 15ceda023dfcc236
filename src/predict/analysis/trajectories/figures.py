"""The figures of a set of courses: the chosen classes, every other number, people behind them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.analysis.trajectories.naming import class_names
from predict.analysis.trajectories.picture import Curve, draw_courses
from predict.analysis.trajectories.scores import CourseScores
from predict.analysis.trajectories.select import Selection
from predict.analysis.trajectories.tables import class_groups
from predict.definitions.instruments import Scale
from predict.errors import UsageError
from predict.models.growth_mixture.course_model import CourseModel
from predict.statistics.disclosure import SMALLEST_CELL, Mask, Release, Told, opened

Array = NDArray[np.float64]
BAND = 1.645
_BEHIND = 40


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
    note = f"Rings are answers ({int(np.isfinite(seen).sum())} of {seen.size} visits)."
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
    note = f"n = {people}; bands hold 90 % of a class's people{trust}."
    groups = class_groups(scores, model)
    curves = [
        _curve(scores, model, k, place, own, release=release, groups=groups)
        for k in range(len(groups))
        if release.shown is None or groups[k].sum() >= SMALLEST_CELL
    ]
    title = f"{scale.title}: {model.settings.classes} courses"
    return draw_courses(title, note, scores.visits, scale, curves)


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
    name = class_names(model.means, scores.scales[0])[k]
    share = Told(f"{name}, {model.shares[k]:.1%}", (scores.everybody, groups[k]), name)
    middle = model.means[k, place]
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
