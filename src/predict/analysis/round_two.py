"""What a second course does: kept, recovered, gained or not, from three statuses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from predict.analysis.measures import Measure, measures
from predict.analysis.rates import definitions
from predict.analysis.result_table import Rows, share
from predict.cohort import Cohort
from predict.cohort.labelling import took_round
from predict.definitions.outcomes import Outcome, read_outcome
from predict.statistics.disclosure import Table

Mask = npt.NDArray[np.bool_]
STATES = {
    "maintained": "improved at the end of round one, at the start and at the end of round two",
    "recovered": "improved at the end of round one, lost by the start of round two, improved again",
    "not regained": "improved at the end of round one, not at the end of round two",
    "newly responded": "not improved at the end of round one, improved at the end of round two",
    "persistently not": "improved neither at the end of round one nor of round two",
}
SIGNIFICANT = {"phq9": (5.0, 9.0), "gad7": (5.0, 9.0)}


@dataclass(frozen=True)
class States:
    """Masks over the cohort's people: who took round two, the statuses, and the five states.

    ``improved`` and ``not_improved`` are about the end of round one, among all who finished it.
    """

    took: Mask
    improved: Mask
    not_improved: Mask
    states: dict[str, Mask]


def improvement(measure: Measure) -> Outcome:
    """Return what counts as significant improvement: Hull's rule, else a response.

    References
    ----------
    Hull et al. (2022): a fall of at least 5 points that ends below 10, PHQ-9 and GAD-7.
    """
    spec = {"instrument": measure.name, "scale": measure.scale.name}
    if measure.name in SIGNIFICANT and measure.scale.name == "total":
        amount, end = SIGNIFICANT[measure.name]
        numbers = {"rule": "clinically_significant", "amount": amount, "end": end}
        return read_outcome({**spec, **numbers, "name": "clinically_significant"})
    return next(o for o in definitions(measure) if o.name == "response_50")


def round_two_states(cohort: Cohort, measure: Measure, outcome: Outcome) -> States | None:
    """Return the states of those with scores at both rounds' ends; None without round two.

    Where round two has no start visit of its own, nobody is seen to lose what was gained, so
    nobody can be told to have recovered it.
    """
    study = cohort.study
    if not {"one", "two"} <= set(study.rounds):
        return None
    one, two = study.round("one"), study.round("two")
    begin = measure.at(one.start)
    status = {v: _status(outcome, begin, measure, v) for v in {one.end, two.start, two.end}}
    took = took_round(cohort, two)
    ended, lasted = status[one.end], status[two.end]
    followed = took & ~np.isnan(ended) & ~np.isnan(lasted)
    lost = status[two.start] == 0.0
    was, now = ended == 1.0, lasted == 1.0
    states = {
        "maintained": followed & was & now & ~lost,
        "recovered": followed & was & now & lost,
        "not regained": followed & was & ~now,
        "newly responded": followed & ~was & now,
        "persistently not": followed & ~was & ~now,
    }
    return States(took, was, ended == 0.0, states)


def round_two(cohort: Cohort) -> Table:
    """Return the five states and the two published rates, each with both denominators."""
    columns = ("instrument", "scale", "improvement", "row", "among", "yes", "n", "rate", "low")
    rows = Rows("round_two", (*columns, "high"), (*columns[7:], "high"))
    for measure in measures(cohort):
        outcome = improvement(measure)
        courses = round_two_states(cohort, measure, outcome)
        if courses is None:
            continue
        about = {"instrument": measure.name, "scale": measure.scale.name}
        about["improvement"] = outcome.name
        _add_states(rows, about, courses)
        _add_rates(rows, about, courses)
    return rows.table()


def _add_states(rows: Rows, about: dict[str, str], courses: States) -> None:
    followed = np.logical_or.reduce(list(courses.states.values()))
    for name, mask in courses.states.items():
        row = {**about, "row": name, "among": "took round two, both ends known"}
        rows.add({**row, **share(mask, followed)}, yes=mask, n=followed)


def _add_rates(rows: Rows, about: dict[str, str], courses: States) -> None:
    stayed = courses.states["maintained"] | courses.states["recovered"]
    new = courses.states["newly responded"]
    followed = np.logical_or.reduce(list(courses.states.values()))
    for name, yes, base in (
        ("maintained or recovered", stayed, courses.improved),
        ("newly responded", new, courses.not_improved),
    ):
        groups = {
            "took round two, both ends known": base & followed,
            "took round two, lost counted as no": base & courses.took,
            "everybody who finished round one, not taking it counted as no": base,
        }
        for among, n in groups.items():
            rows.add(
                {**about, "row": f"{name}: rate", "among": among, **share(yes, n)}, yes=yes, n=n
            )


def _status(
    outcome: Outcome, start: pd.Series, measure: Measure, visit: str
) -> npt.NDArray[np.float64]:
    """Return 1, 0 or NaN: improved since the start of round one at a visit."""
    end = measure.at(visit)
    yes = outcome.responds(start, end).to_numpy(dtype=float)
    return np.where((start.notna() & end.notna()).to_numpy(), yes, np.nan)
