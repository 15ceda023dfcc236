"""Rates of every outcome definition, under three readings of those who were lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from predict.analysis.measures import Measure, clusters_of, measures, spans
from predict.analysis.result_table import Rows, ends, share
from predict.cohort import Cohort
from predict.cohort.follow_up import follow_up
from predict.cohort.labelling import label, not_asked
from predict.definitions.outcomes import Outcome, outcome_names, read_outcome
from predict.definitions.study import RoundName
from predict.features.follow_up import of_takers
from predict.statistics.disclosure import Table
from predict.statistics.intervals import Interval, mean_interval, wilson
from predict.statistics.metrics.agreement import from_log_odds

Floats = npt.NDArray[np.float64]
SMALLEST_CHANCE = 0.05
Mask = npt.NDArray[np.bool_]
Owners = npt.NDArray[np.object_] | None
COLUMNS = ("instrument", "scale", "round", "outcome", "definition", "reading", "yes", "n")
ESTIMATES = ("rate", "low", "high")
# Rules that ask for an end score, the scale's own remission where none is stated.
ENDS = ("remission", "clinically_significant")
# What everybody is called of whom the lost count as no: a chosen round has takers alone.
ALL_STARTED, ALL_TOOK = "all_started", "all_took_round"


def logistic(X: npt.ArrayLike, y: npt.ArrayLike, *, rounds: int = 50) -> Floats:
    """Return maximum-likelihood coefficients of a logistic regression, intercept first.

    A ridge of 1e-8 keeps columns that say the same thing from breaking the solution.

    References
    ----------
    Iteratively reweighted least squares, McCullagh & Nelder (1989), chapter 2.5.
    """
    design = np.column_stack([np.ones(len(np.asarray(X))), np.asarray(X, dtype=float)])
    answer, beta = np.asarray(y, dtype=float), np.zeros(design.shape[1])
    for _ in range(rounds):
        p = from_log_odds(np.clip(design @ beta, -30, 30))
        w = np.maximum(p * (1.0 - p), 1e-10)
        curve = (design.T * w) @ design + 1e-8 * np.eye(len(beta))
        step = np.linalg.solve(curve, design.T @ (answer - p))
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            break
    return np.asarray(beta)


def staying_chances(facts: pd.DataFrame, stayed: Mask) -> Floats:
    """Return each person's chance of staying given what was known at the start, 0.05-1."""
    if stayed.all() or not stayed.any() or facts.shape[1] == 0:
        return np.full(len(stayed), max(float(np.mean(stayed)), SMALLEST_CHANCE))
    beta = logistic(facts.to_numpy(dtype=float), stayed)
    log_odds = beta[0] + facts.to_numpy(dtype=float) @ beta[1:]
    chance = from_log_odds(np.clip(log_odds, -30, 30))
    return np.asarray(np.clip(chance, SMALLEST_CHANCE, 1.0))


def weighted_rate(
    yes: npt.ArrayLike,
    weights: npt.ArrayLike,
    *,
    level: float = 0.95,
    clusters: npt.ArrayLike | None = None,
) -> Interval:
    """Return a weighted share with its linearised interval, weights taken as known.

    With clusters the interval is that of their sums, see `mean_interval`.

    References
    ----------
    Hajek's ratio estimator, Lumley (2010), Complex Surveys, section 2.2: variance n / (n - 1)
    times the sum of (w (y - rate) / sum w) squared.

    Examples
    --------
    >>> [round(v, 4) for v in weighted_rate([1, 0, 1, 1], [1.0, 2.0, 1.0, 1.0])]
    [0.6, 0.0, 1.0]
    """
    y, w = np.asarray(yes, dtype=float), np.asarray(weights, dtype=float)
    if len(y) < 2 or w.sum() == 0:
        return Interval(np.nan, np.nan, np.nan)
    rate = float((w * y).sum() / w.sum())
    parts = len(y) * w * (y - rate) / w.sum()
    interval = mean_interval(rate + parts, level=level, clusters=clusters)
    low, high = np.maximum(interval.low, 0.0), np.minimum(interval.high, 1.0)
    return Interval(rate, float(low), float(high))


def known_at_start(cohort: Cohort, visit: str) -> pd.DataFrame:
    """Return totals and people facts known at a visit as numbers without gaps.

    Missing totals take the cohort's mean; a choice becomes one column a value but the first, with
    ``missing`` a value of its own. Columns that never vary are left out.
    """
    study, columns = cohort.study, dict(cohort.totals(visit).items())
    for name, fact in study.people.items():
        if study.order(fact.known_at or study.visits[0]) > study.order(visit):
            continue
        if fact.kind == "number":
            columns[name] = cohort.people[name]
            continue
        words = cohort.people[name].astype("object").fillna("missing").astype("str")
        for value in sorted(words.unique())[1:]:
            columns[f"{name}={value}"] = (words == value).astype(float)
    table = pd.DataFrame(columns, index=cohort.ids).astype(float)
    table = table.fillna(table.mean()).dropna(axis=1)
    return _standardised(table)


def _standardised(table: pd.DataFrame) -> pd.DataFrame:
    """Return columns with mean 0 and SD 1, so that the solution is well conditioned."""
    spread = table.std(ddof=0)
    varied = spread[spread > 1e-12].index
    return (table[varied] - table[varied].mean()) / spread[varied]


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
    seen = follow_up(labels)
    return Answers(seen.started, seen.known, seen.reached)


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
    # A remission that states no end is the scale's own: a reader of the table must see which.
    end = (
        outcome.measured.remission if outcome.rule in ENDS and outcome.end is None else outcome.end
    )
    numbers = [("by", outcome.amount), ("ends within", end), ("floor", outcome.floor)]
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
        whom = ALL_TOOK if of_takers(cohort.study, span.name) else ALL_STARTED
        for instrument, scale, outcome in _all_definitions(cohort):
            if not_asked(cohort, outcome, round=span.name):
                continue
            answers = answers_of(cohort, outcome, span.name)
            about = {"instrument": instrument, "scale": scale, "round": span.name}
            about |= {"outcome": outcome.name, "definition": describe(outcome)}
            for reading, (n, interval) in readings(answers, facts, owners, whom=whom).items():
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
    answers: Answers,
    facts: npt.NDArray[np.float64],
    owners: Owners = None,
    *,
    whom: str = ALL_STARTED,
) -> dict[str, tuple[Mask, Interval]]:
    """Return who is counted and the rate with its interval, by reading of the lost.

    Parameters
    ----------
    whom : str
        What everybody is called of whom the lost count as no: `ALL_STARTED` or `ALL_TOOK`.
    """
    import pandas as pd

    answered, started = answers.answered, answers.started
    chance = np.ones(len(answered))
    chance[started] = staying_chances(pd.DataFrame(facts[started]), answered[started])
    inside = None if owners is None else owners[answered]
    weighted = weighted_rate(answers.yes[answered], 1.0 / chance[answered], clusters=inside)
    return {
        "completers": (answered, rate_of(answers.yes, answered, owners)),
        whom: (started, rate_of(answers.yes, started, owners)),
        "weighted": (answered, weighted),
    }


def rate_of(yes: Mask, n: Mask, clusters: npt.ArrayLike | None = None) -> Interval:
    """Return a rate among those counted with its interval, of whole clusters where there are any.

    Parameters
    ----------
    yes, n : array of bool (people,)
    clusters : array (people,), optional
        Each person's cluster. Without it, or where everybody is alone in theirs, the interval is
        Wilson's; below six clusters there is none (NaN). A rate of 0 or 1, which no cluster moves,
        has Wilson's over clusters.

    Examples
    --------
    >>> yes, n = np.array([True, False, True, False]), np.ones(4, dtype=bool)
    >>> [round(end, 2) for end in rate_of(yes, n)]
    [0.5, 0.15, 0.85]
    """
    columns, owners = share(yes, n), None if clusters is None else np.asarray(clusters)
    if owners is None or len(np.unique(owners[n])) in (0, int(n.sum())):
        return Interval(columns["rate"], columns["low"], columns["high"])
    rate, low, high = mean_interval(yes[n].astype(np.float64), clusters=owners[n])
    if low == high:
        # All alike tells no spread between clusters: as if each were one person.
        units = len(np.unique(owners[n]))
        return wilson(round(rate * units), units)
    return Interval(rate, float(np.maximum(low, 0.0)), float(np.minimum(high, 1.0)))
