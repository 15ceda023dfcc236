"""Rates of every outcome definition, under three readings of those who were lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from predict.analysis.measures import Measure, clusters_of, measures, spans
from predict.analysis.result_table import Rows, ends, share
from predict.analysis.weighting import known_at_start, staying_chances, weighted_rate
from predict.cohort import Cohort
from predict.cohort.labelling import label, not_asked
from predict.definitions.outcomes import Outcome, outcome_names, read_outcome
from predict.definitions.study import RoundName
from predict.statistics.disclosure import Table
from predict.statistics.intervals import Interval, mean_interval

Mask = npt.NDArray[np.bool_]
Owners = npt.NDArray[np.object_] | None
COLUMNS = ("instrument", "scale", "round", "outcome", "definition", "reading", "yes", "n")
ESTIMATES = ("rate", "low", "high")
# Reasons of people who started and whose answer is not known.
LOST = ("no_end_score", "part_missing")


@dataclass(frozen=True)
class Answers:
    """Who was asked, who is known, who said yes; masks over the cohort's people.

    ``started`` is everybody to whom the question applies and whose start is known; ``answered``
    those of them whose end is known too.
    """

    started: Mask
    answered: Mask
    yes: Mask


def answers_of(cohort: Cohort, outcome: Outcome, round_name: str) -> Answers:
    """Return the masks of an outcome over a round."""
    labels = label(cohort, outcome, round=cast("RoundName", round_name))
    answered = labels["answer"].isin(["yes", "no"]).to_numpy()
    lost = labels["why"].isin(LOST).to_numpy()
    return Answers(answered | lost, answered, (labels["answer"] == "yes").to_numpy())


def definitions(measure: Measure) -> tuple[Outcome, ...]:
    """Return every outcome that ships for this scale, and the usual sensitivity checks.

    A response is also counted at 45 and 55 %, and any improvement or worsening at one point (a
    tenth of a point on scales that are means).
    """
    named = [read_outcome(name) for name in outcome_names()]
    own = [o for o in named if not o.combine and _of(o, measure)]
    floor = next((o.floor for o in own if o.rule == "response"), measure.scale.cut)
    step = 1.0 if measure.scale.whole else 0.1
    asked = [(f"response_{cut}", "response", cut / 100, floor) for cut in (45, 50, 55)]
    asked += [("any_improvement", "points", step, None), ("any_worsening", "worsening", step, None)]
    return (*own, *(_inline(measure, *one) for one in asked))


def combined_definitions(cohort: Cohort) -> tuple[Outcome, ...]:
    """Return the outcomes that join several instruments, all of which the study holds."""
    named = [read_outcome(name) for name in outcome_names()]
    held = set(cohort.study.instruments)
    return tuple(o for o in named if o.combine and set(o.instruments) <= held)


def _of(outcome: Outcome, measure: Measure) -> bool:
    return outcome.instrument == measure.name and outcome.scale == measure.scale.name


def _inline(measure: Measure, name: str, rule: str, amount: float, floor: object = None) -> Outcome:
    spec = {"instrument": measure.name, "scale": measure.scale.name, "rule": rule}
    extra = {} if floor is None else {"floor": floor}
    own = {measure.name: measure.instrument}
    return read_outcome({**spec, **extra, "name": name, "amount": amount}, own)


def describe(outcome: Outcome) -> str:
    """Return a definition in words, with its numbers."""
    if outcome.combine:
        return f" {outcome.combine[:3]} ".join(describe(part) for part in outcome.parts)
    numbers = [("by", outcome.amount), ("ends within", outcome.end), ("floor", outcome.floor)]
    parts = [f"{word} {value:g}" for word, value in numbers if isinstance(value, int | float)]
    if outcome.sd and outcome.reliability:
        parts.append(f"SD {outcome.sd:g}, reliability {outcome.reliability:g}")
    return f"{outcome.rule.replace('_', ' ')}: {', '.join(parts)}" if parts else outcome.rule


def rates(cohort: Cohort) -> Table:
    """Return the rate of every definition, round and reading, with its interval (0-1).

    Intervals are Wilson's; where the study names clusters they are those of whole clusters, and
    below six of them there is none.
    """
    rows = Rows("rates", (*COLUMNS, *ESTIMATES), ESTIMATES)
    clusters = clusters_of(cohort)
    owners = None if clusters is None else clusters.to_numpy()
    for span in spans(cohort):
        facts = known_at_start(cohort, span.start).to_numpy()
        for instrument, scale, outcome in _all_definitions(cohort):
            if not_asked(cohort, outcome, round=span.name):
                continue
            answers = answers_of(cohort, outcome, span.name)
            about = {"instrument": instrument, "scale": scale, "round": span.name}
            about |= {"outcome": outcome.name, "definition": describe(outcome)}
            for reading, (n, interval) in readings(answers, facts, owners).items():
                row = {**about, "reading": reading, **ends(interval, "rate")}
                rows.add(row, yes=answers.yes & n, n=n)
    return rows.table()


def definitions_left_out(cohort: Cohort) -> tuple[str, ...]:
    """Return a sentence for each score that nobody was asked for, with the outcomes it leaves out.

    Their rates would be those of other people: of whoever the rest of a combination decides, or 0
    of everybody who started.
    """
    names_by_score: dict[tuple[str, str], list[str]] = {}
    for span in spans(cohort):
        for _, _, outcome in _all_definitions(cohort):
            for problem in not_asked(cohort, outcome, round=span.name):
                what = problem.message.split(", which")[0]
                names_by_score.setdefault((span.name, what), []).append(outcome.name)
    return tuple(
        f"{what}: left out over round {round_name}: {', '.join(dict.fromkeys(names))}."
        for (round_name, what), names in names_by_score.items()
    )


def _all_definitions(cohort: Cohort) -> Iterator[tuple[str, str, Outcome]]:
    for measure in measures(cohort):
        for outcome in definitions(measure):
            yield measure.name, measure.scale.name, outcome
    for outcome in combined_definitions(cohort):
        yield "+".join(outcome.instruments), "", outcome


def readings(
    answers: Answers, facts: npt.NDArray[np.float64], owners: Owners = None
) -> dict[str, tuple[Mask, Interval]]:
    """Return who is counted and the rate with its interval, by reading of the lost."""
    import pandas as pd

    answered, started = answers.answered, answers.started
    chance = np.ones(len(answered))
    chance[started] = staying_chances(pd.DataFrame(facts[started]), answered[started])
    inside = None if owners is None else owners[answered]
    weighted = weighted_rate(answers.yes[answered], 1.0 / chance[answered], clusters=inside)
    return {
        "completers": (answered, _rate(answers.yes, answered, owners)),
        "all_started": (started, _rate(answers.yes, started, owners)),
        "weighted": (answered, weighted),
    }


def _rate(yes: Mask, n: Mask, owners: Owners) -> Interval:
    columns = share(yes, n)
    if owners is None or len(np.unique(owners[n])) in (0, int(n.sum())):
        return Interval(columns["rate"], columns["low"], columns["high"])
    rate, low, high = mean_interval(yes[n].astype(np.float64), clusters=owners[n])
    return Interval(rate, float(np.maximum(low, 0.0)), float(np.minimum(high, 1.0)))
