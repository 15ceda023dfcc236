"""Who is in the table, who was lost, and who belongs together."""

from __future__ import annotations

import numpy as np
import pandas as pd

from predict.appraisal.checks.base import PASSED, Check, Result, issue, listed, not_applicable, note
from predict.appraisal.design import Design
from predict.cohort.follow_up import FollowUp, follow_up
from predict.definitions.wording import load_catalogue
from predict.evaluation.drift import rate_drift
from predict.features.entered_twice import entered_twice
from predict.features.follow_up import follow_up_as_of, later_visit, who_counts
from predict.features.training_set import START_SCORE, fold_groups
from predict.statistics.disclosure import SMALLEST_CELL

LOST_ISSUE, LOST_NOTE = 0.30, 0.05
REJECTED_ISSUE = 0.05
# Standardised mean difference above which lost and completing people differ (Cohen 1988: small).
APART = 0.25
DOMINANT = 0.5
SHIFT = 0.8
CHANCE = 5.0
NARROW = 0.6


def attrition(design: Design) -> Result:
    """Of those who started or took the round, some have no known outcome."""
    training = design.training
    seen = follow_up(training.labels)
    later = later_visit(training.study, training.as_of)
    beside = ""
    if later:
        beside = f" Of those with answers at '{later}', {_lost_of(follow_up_as_of(training))}."
    who = who_counts(training.study, training.round, load_catalogue())
    text = (
        f"{_lost_of(seen, f' people {who} have no known outcome')}.{beside} Read the "
        "rate with the lost counted as not responding beside the rate of completers."
    )
    if seen.share > LOST_ISSUE:
        return issue(text)
    return note(text) if seen.share > LOST_NOTE else PASSED


def _lost_of(seen: FollowUp, who: str = "") -> str:
    return f"{int(seen.lost.sum())} of {int(seen.started.sum())}{who} ({seen.share:.0%})"


def selective_attrition(design: Design) -> Result:
    """People who were lost started at another severity than those who stayed."""
    starts, seen = design.training.labels["start"], follow_up(design.training.labels)
    stayed, lost = starts[seen.known].dropna(), starts[seen.lost].dropna()
    if min(len(stayed), len(lost)) < SMALLEST_CELL:
        return not_applicable("Fewer than 11 people were lost, or stayed.")
    spread = np.sqrt((stayed.var() + lost.var()) / 2)
    gap = (lost.mean() - stayed.mean()) / spread if spread > 0 else 0.0
    if abs(gap) <= APART:
        return PASSED
    return note(
        f"Lost people started {gap:+.2f} standard deviations from those who stayed: estimates are "
        "about people who stay. The weighted reading of performance allows for it."
    )


def rejected_rows(design: Design) -> Result:
    """More than 5 in 100 rows of the table could not be read."""
    if design.cohort is None:
        return not_applicable("The table behind the training set was not given.")
    rejected = int((design.cohort.rows["status"] == "rejected").sum())
    share = rejected / max(len(design.cohort.rows), 1)
    text = f"{rejected} rows were rejected ({share:.1%}). `predict check` names each fault."
    if share > REJECTED_ISSUE:
        return issue(text)
    return note(text) if rejected else PASSED


def duplicate_people(design: Design) -> Result:
    """More people than chance allows have the same answers throughout: entered twice?"""
    if design.cohort is None:
        return not_applicable("The table behind the training set was not given.")
    people = design.training.X.index.intersection(design.cohort.ids)
    copies = design.training.copies or entered_twice(design.cohort, people)
    alike = copies.group[copies.group >= 0]
    # As the study has them: judging has put people who are alike into one group already.
    places = fold_groups(design.cohort, alike.index).groupby(alike).nunique()
    same = int(alike.isin(places.index[places > 1]).sum())
    if not same:
        return PASSED
    return issue(
        f"{same} people share every answer and fact with another person, in patterns too rare for "
        f"strangers (pairs of the rarest: {copies.pairs}, chance: {copies.expected:.1f} at most):"
        " they are kept in one fold, or copies on both sides of splits would flatter the model. "
        "See whether one person was entered under two ids, and keep one row where that is so."
    )


def cluster_ignored(design: Design) -> Result:
    """The study has sites but names no cluster, so a site's people are judged by its own."""
    study = design.training.study
    if study.cluster:
        return PASSED
    if not study.site:
        return not_applicable("The study names no site.")
    return issue(
        f"People come from sites ('{study.site}'), but no cluster is named: folds mix a site's "
        "people. Set `cluster` in the study, or `group` under [evaluation]."
    )


def few_clusters(design: Design) -> Result:
    """There are too few clusters to judge how the model does in a new one."""
    if not design.training.study.cluster:
        return not_applicable("The study names no cluster.")
    count, folds = len(set(design.training.groups)), design.plan.outer
    if count >= 2 * folds:
        return PASSED
    return note(
        f"{count} clusters for {folds} folds: folds are uneven, and the result hangs on few places."
    )


def dominant_cluster(design: Design) -> Result:
    """One cluster holds more than half of the people."""
    if not design.training.study.cluster:
        return not_applicable("The study names no cluster.")
    share = float(design.training.groups.value_counts(normalize=True).iloc[0])
    if share <= DOMINANT:
        return PASSED
    return note(f"One cluster holds {share:.0%} of the people: the model is mostly about it.")


def coding_shift(design: Design) -> Result:
    """The answers of one site are shifted against the others': another coding?"""
    place = _place(design)
    if place is None:
        return not_applicable("The study names no site or cluster with two large places.")
    items = [c.name for c in design.training.columns if c.role in {"item", "total"}]
    shifted = []
    for name in items:
        values = design.training.X[name]
        spread = float(values.std())
        means, sizes = values.groupby(place).mean(), values.groupby(place).size()
        # Both large for a person and beyond what chance does to a small place.
        limit = np.maximum(SHIFT * spread, CHANCE * spread / np.sqrt(sizes))
        if spread > 0 and (abs(means - means.median()) > limit).any():
            shifted.append(name)
    # One column may differ by chance; a coding shifts several at once.
    if len(shifted) < max(2, len(items) // 4):
        return PASSED
    return issue(
        f"In one place {len(shifted)} columns lie more than {SHIFT} standard deviations from the "
        f"other places (first: {listed(shifted)}). Look for answers coded from 1 instead of 0."
    )


def _place(design: Design) -> pd.Series | None:
    study, extras = design.training.study, design.training.extras
    name = study.site or study.cluster
    if not name or name not in extras:
        return None
    place = extras[name].astype("str")
    large = place.map(place.value_counts()) >= 20
    named = place.where(large)
    return named if len(named.dropna().unique()) >= 2 else None


def narrow_range(design: Design) -> Result:
    """People start within a narrow band of severity, which lowers what any model can reach."""
    outcome = design.training.outcome
    measure = design.training.study.instruments.get(outcome.instrument)
    if measure is None:
        return not_applicable("The outcome is not of one instrument.")
    scale = next((s for s in measure.instrument.scales if s.name == outcome.scale), None)
    if scale is None or scale.high <= scale.low:
        return not_applicable("The outcome's scale has no range.")
    spread = float(design.training.extras[START_SCORE].std())
    # A scale used over its whole width has a spread of about a fifth of it.
    wanted = (scale.high - scale.low) / 5 * NARROW
    if spread >= wanted:
        return PASSED
    return note(
        f"Starting scores spread by {spread:.1f} points only; entry rules that narrow them cost "
        "about .04 of AUROC. Compare with cohorts of the same entry rule."
    )


def drift(design: Design) -> Result:
    """The outcome's rate moved between the first and the last third of the time covered."""
    moved = rate_drift(design.training)
    if moved is None:
        return not_applicable("The study names no time column, or fewer than 90 people have one.")
    if not moved.sure:
        return PASSED
    text = (
        f"The outcome's rate moved from {moved.first:.0%} in the first third of the time to "
        f"{moved.last:.0%} in the last: next year's people will not have the odds of all. Read how "
        "the model did in the last third (`later`)."
    )
    return issue(text) if moved.large else note(text)


PARTICIPANTS: dict[str, Check] = {
    "ATTRITION": attrition,
    "ATTRITION_SELECTIVE": selective_attrition,
    "ROWS_REJECTED": rejected_rows,
    "PEOPLE_DUPLICATE": duplicate_people,
    "CLUSTER_IGNORED": cluster_ignored,
    "CLUSTERS_FEW": few_clusters,
    "CLUSTER_DOMINANT": dominant_cluster,
    "CODING_SHIFT": coding_shift,
    "RANGE_NARROW": narrow_range,
    "RATE_DRIFT": drift,
}
