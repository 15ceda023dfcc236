"""What is to be predicted: how many events, how they come about, and what they are made of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from predict.appraisal.checks.base import PASSED, Check, Result, issue, listed, not_applicable, note
from predict.appraisal.design import Design
from predict.cohort.follow_up import follow_up
from predict.definitions.outcomes import RULES, Outcome
from predict.features.training_set import END_SCORE, START_SCORE

FEW_EVENTS = 100
RARE = 0.05
BELOW = 0.20
AT_THE_CUT = 0.20
SAME = 0.95


def few_events(design: Design) -> Result:
    """Fewer than 100 people have, or lack, the outcome."""
    scarce = min(design.training.events, design.training.n - design.training.events)
    if scarce >= FEW_EVENTS:
        return PASSED
    return issue(
        f"{scarce} people of the rarer outcome are too few to learn much or judge a group. Use a "
        "plain family (`severity`, `totals`) and say so."
    )


def rare_outcome(design: Design) -> Result:
    """The outcome is very rare or nearly universal."""
    rate = design.training.events / design.training.n
    if RARE <= rate <= 1 - RARE:
        return PASSED
    return note(
        f"The outcome's rate is {rate:.1%}: read calibration and net benefit, not the AUROC alone, "
        "and do not resample the classes."
    )


def outcome_among_predictors(design: Design) -> Result:
    """A column is nearly the end score the outcome is made of."""
    end = design.training.extras[END_SCORE]
    columns = []
    for name in design.numbers:
        both = design.numbers[name].notna() & end.notna()
        if both.sum() >= 30 and abs(_correlation(design.numbers[name][both], end[both])) > SAME:
            columns.append(str(name))
    if not columns:
        return PASSED
    return issue(
        f"{listed(columns)}: nearly the score at the end, of which the outcome is made. Check the "
        "visit at which it was written."
    )


def _correlation(one: pd.Series, other: pd.Series) -> float:
    if one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def coupled_with_start(design: Design) -> Result:
    """The outcome is counted from the starting score, which is a predictor as well."""
    rules = [rule for rule in _rules(design.training.outcome) if RULES[rule].from_start]
    start = design.training.extras[START_SCORE]
    same = [n for n in design.numbers if design.numbers[n].equals(start.rename(str(n)))]
    if not same or not rules:
        return PASSED
    told = "; ".join(RULES[rule].title for rule in rules)
    return note(
        f"By the outcome's rule ({told}) the starting score decides where the end must lie, and it "
        "is a predictor: the two are coupled by arithmetic. Read what the model adds to baseline "
        "severity, not the AUROC alone."
    )


def _rules(outcome: Outcome) -> tuple[str, ...]:
    """The rules that an outcome is made of: its own, or those of its parts."""
    if not outcome.parts:
        return (outcome.rule,)
    return tuple(dict.fromkeys(rule for part in outcome.parts for rule in _rules(part)))


def floor_effect(design: Design) -> Result:
    """Many people start short of the outcome's floor."""
    answers = design.training.labels["answer"]
    why = design.training.labels["why"].astype("str")
    below = int(((answers == "not_applicable") & why.str.contains("floor")).sum())
    started = int(follow_up(design.training.labels).started.sum()) + below
    share = below / max(started, 1)
    if share <= BELOW:
        return PASSED
    return note(
        f"{share:.0%} of the people start short of the outcome's floor and are not in it. Say so "
        "wherever its population is named."
    )


def outcome_by_place(design: Design) -> Result:
    """In one place everybody, or nobody, has the outcome."""
    study, extras = design.training.study, design.training.extras
    name = study.site or study.cluster
    if not name or name not in extras:
        return not_applicable("The study names no site or cluster.")
    rates = design.training.y.groupby(extras[name]).agg(["mean", "size"])
    odd = rates[(rates["size"] >= 20) & rates["mean"].isin([0.0, 1.0])]
    if odd.empty:
        return PASSED
    return issue(
        f"{len(odd)} places of 20 people or more have the outcome for all or none: another coding, "
        "or another rule for who is followed up?"
    )


def near_the_cut(design: Design) -> Result:
    """Many people end within a point of their own cut, where the answer is a toss-up."""
    extras, outcome = design.training.extras, design.training.outcome
    start, end = extras[START_SCORE], extras[END_SCORE]
    if end.isna().all() or end.nunique() < 4:
        return not_applicable("The end scores are not known as numbers.")
    above, below = outcome.responds(start, end + 1), outcome.responds(start, end - 1)
    share = float((np.asarray(above, dtype=bool) != np.asarray(below, dtype=bool)).mean())
    if share <= AT_THE_CUT:
        return PASSED
    return note(
        f"{share:.0%} of the people end within a point of their cut: the scale's own error decides "
        "their answer, and no model can do better than that."
    )


OUTCOME: dict[str, Check] = {
    "EVENTS_FEW": few_events,
    "OUTCOME_RARE": rare_outcome,
    "OUTCOME_AMONG_PREDICTORS": outcome_among_predictors,
    "OUTCOME_COUPLED": coupled_with_start,
    "FLOOR_EFFECT": floor_effect,
    "OUTCOME_BY_PLACE": outcome_by_place,
    "NEAR_THE_CUT": near_the_cut,
}
