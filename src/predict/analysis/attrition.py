"""Who was lost, when, and how they differ: flow, standardised differences, rates by reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from predict.analysis.events import reasons
from predict.analysis.measures import Span, measures, spans
from predict.analysis.result_table import Rows
from predict.cohort import Cohort
from predict.features.follow_up import of_takers
from predict.statistics.disclosure import Table

Mask = npt.NDArray[np.bool_]
UNKNOWN = "not known"


@dataclass(frozen=True)
class Step:
    """One box of the flow: who is here, who was lost on the way and why, who came back.

    ``lost`` maps a reason to a mask; the masks do not overlap. The box before, less the lost, plus
    the returned, is this box.
    """

    name: str
    left: Mask
    lost: dict[str, Mask]
    returned: Mask


def flow(cohort: Cohort) -> tuple[Step, ...]:
    """Return the way from valid people to the end of the last round.

    A score of any scale counts. Who missed the end of round one and is there at the end of a
    scheduled round two has returned; nobody takes such a round, so no box says who did. Masks run
    over valid people; rejected rows are in ``cohort.flow``.
    """
    everybody = np.ones(len(cohort.ids), dtype=bool)
    steps = [Step("valid people", everybody, {}, ~everybody)]
    for name, there, why in _stations(cohort):
        before = steps[-1].left
        steps.append(Step(name, there, _why(before & ~there, why), there & ~before))
    return tuple(steps)


def _stations(cohort: Cohort) -> Iterator[tuple[str, Mask, pd.Series | str]]:
    scored = {v: cohort.totals(v).notna().any(axis=1).to_numpy() for v in cohort.study.visits}
    for place, span in enumerate(spans(cohort)):
        if place == 0:
            yield f"scored at {span.start}", scored[span.start], UNKNOWN
            yield f"scored at {span.end}", span.took & scored[span.end], _told(cohort)
            continue
        if of_takers(cohort.study, span.name):
            yield f"took round {span.name}", span.took, "did not take it"
        yield f"scored at {span.end}", span.took & scored[span.end], UNKNOWN


def _told(cohort: Cohort) -> pd.Series | str:
    """Return why people left, where the study holds it."""
    why = reasons(cohort)
    return UNKNOWN if why is None else why


def _why(lost: Mask, why: pd.Series | str) -> dict[str, Mask]:
    if isinstance(why, str):
        return {why: lost}
    words = why.astype("object").fillna(UNKNOWN).to_numpy()
    return {str(word): lost & (words == word) for word in sorted(set(words[lost]))}


def flow_table(steps: tuple[Step, ...]) -> Table:
    """Return the flow as a table: each step's people, then the lost by reason."""
    rows = Rows("flow", ("step", "kind", "why", "n"), ())
    for step in steps:
        for why, mask in step.lost.items():
            rows.add({"step": step.name, "kind": "lost", "why": why}, n=mask)
        if step.returned.any():
            rows.add({"step": step.name, "kind": "returned", "why": ""}, n=step.returned)
        rows.add({"step": step.name, "kind": "left", "why": ""}, n=step.left)
    return rows.table(families=[family for step in steps for family in sums(step)])


def sums(step: Step) -> Iterator[npt.NDArray[np.bool_]]:
    """Yield what a reader can add up: the lost and who stayed, these and the returned."""
    stayed = step.left & ~step.returned
    yield np.array([*step.lost.values(), stayed])
    yield np.array([stayed, step.returned])


def comparisons(cohort: Cohort, among: Mapping[str, tuple[Mask, Mask]] | None = None) -> Table:
    """Return completers against the lost, by baseline score and people fact.

    Compared are everybody with a score at the end of a round and everybody without one, or, of the
    rounds in ``among``, the completers and the lost it names.

    ``difference`` is the standardised mean difference: completers minus lost over the root mean
    square of the two SDs; for a share p the SD is sqrt(p (1 - p)).

    References
    ----------
    Austin (2009), Stat Med 28:3083-3107, equations 1 and 2.
    """
    columns = ("round", "variable", "level", "group", "yes", "n", "mean", "sd", "difference")
    rows = Rows("completers", columns, columns[6:])
    for span in spans(cohort):
        if among is not None and span.name not in among:
            continue
        stayed, lost = _stayed(cohort, span) if among is None else among[span.name]
        groups = {"completers": stayed, "lost": lost}
        for variable, level, values in _variables(cohort, span.start):
            present = values.notna().to_numpy()
            parts = {name: values[mask & present] for name, mask in groups.items()}
            gap = standardised_difference(*parts.values(), share=level != "")
            rests = _counted(groups.values(), present, (values == 1).to_numpy() if level else None)
            for name, part in parts.items():
                about = {"round": span.name, "variable": variable, "level": level, "group": name}
                spread = part.std(ddof=1) if len(part) > 1 else np.nan
                numbers = {"mean": part.mean(), "sd": spread, "difference": gap}
                counts = {"n": groups[name] & present}
                if level:
                    counts["yes"] = counts["n"] & (values == 1).to_numpy()
                rows.add({**about, **numbers}, rests=rests, **counts)
    return rows.table()


def _stayed(cohort: Cohort, span: Span) -> tuple[Mask, Mask]:
    """Return who of a round has a score at its end, and who has none."""
    ends = [m.at(span.end).notna().to_numpy() for m in measures(cohort)]
    stayed = span.took & np.logical_or.reduce(ends)
    return stayed, span.took & ~stayed


def _counted(groups: Iterable[Mask], answered: Mask, yes: Mask | None) -> tuple[Mask, ...]:
    """Return all groups that a difference between completers and the lost tells of."""
    asked = [group & answered for group in groups]
    return (*asked, *(() if yes is None else (group & yes for group in asked)))


def standardised_difference(a: npt.ArrayLike, b: npt.ArrayLike, *, share: bool = False) -> float:
    """Return (mean of a - mean of b) over the root mean square of their SDs.

    Examples
    --------
    >>> round(standardised_difference([1.0, 2.0, 3.0], [2.0, 3.0, 4.0]), 2)
    -1.0
    """
    x, y = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if len(x) < 2 or len(y) < 2:
        return float("nan")
    if share:
        spread = (x.mean() * (1 - x.mean()) + y.mean() * (1 - y.mean())) / 2
    else:
        spread = (x.var(ddof=1) + y.var(ddof=1)) / 2
    return float((x.mean() - y.mean()) / np.sqrt(spread)) if spread > 0 else float("nan")


def _variables(cohort: Cohort, start: str) -> Iterator[tuple[str, str, pd.Series]]:
    """Yield baseline scores and people facts known at the start; a choice once a value."""
    study = cohort.study
    for measure in measures(cohort):
        yield measure.instrument.total_column(measure.scale.name), "", measure.at(start)
    for name, fact in study.people.items():
        if study.order(fact.known_at or study.visits[0]) > study.order(start):
            continue
        column = cohort.people[name]
        if fact.kind == "number":
            yield name, "", column
            continue
        for value in sorted(column.dropna().unique()):
            yield name, str(value), (column == value).astype(float).where(column.notna())
