"""When a number must carry a note, and when it must not be shown at all.

Each rule looks at all people at once and yields findings: a level, a reason and whom it concerns.
STOP means that no estimate exists anywhere for that person. Rules that look at the estimate itself,
or at how far a person is from those learned from, come with the estimates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.cohort import Cohort
from predict.files import take_words
from predict.models.interval import circumstances
from predict.models.reliance.estimates import FEWEST, STEP
from predict.models.reliance.finding import Finding, Reason, Reasons
from predict.models.reliance.profile import RelianceProfile, protected
from predict.models.reliance.together import TENS, Usual, repeats
from predict.statistics.intervals import normal_quantile
from predict.statistics.metrics.agreement import from_log_odds

Floats = NDArray[np.float64]
EstimateRule = Callable[[RelianceProfile, pd.DataFrame, Floats], Iterable[Finding]]
Rule = Callable[[RelianceProfile, pd.DataFrame, Cohort | None], Iterable[Finding]]


def unlike_training(
    profile: RelianceProfile, X: pd.DataFrame, estimate: Floats
) -> Iterator[Finding]:
    """Note the farthest 5 in 100 of the training people, in other words the farthest 1 in 200."""
    learned = profile.estimates
    if learned is None or any(name not in X for name in learned.marks):
        return
    _, distance = circumstances(X, learned.marks)
    rather, _, unlike = learned.distances
    # A distance may tie with the largest of training: only what lies beyond is unlike it.
    yield Finding("note", Reason("unlike_training"), distance > unlike)
    yield Finding(
        "note", Reason("rather_unlike_training"), (distance > rather) & (distance <= unlike)
    )


def match_with_what_happened(
    profile: RelianceProfile, X: pd.DataFrame, estimate: Floats
) -> Iterator[Finding]:
    """Hold the estimate against the rate of training people who got about the same.

    A gap stops only when it is large and chance does not explain it.
    """
    learned, limits = profile.estimates, profile.thresholds
    if learned is None:
        return
    place = np.clip(np.round(estimate / STEP), 0, len(learned.people) - 1).astype(int)
    people = np.array(learned.people, dtype=np.float64)[place]
    rates = np.array([np.nan if r is None else r for r in learned.rates])[place]
    gap = np.abs(rates - estimate)
    error = np.sqrt(np.clip(rates * (1 - rates), 0.01, None) / np.maximum(people, 1))
    beyond = gap - normal_quantile(0.9) * error
    yield Finding(
        "stop", Reason("does_not_match"), (gap > limits.match_stop) & (beyond > limits.match_note)
    )
    # Of fewer no rate is kept, so nothing can be held against the estimate.
    unchecked = people < FEWEST
    yield Finding("note", Reason("too_few_alike"), unchecked)
    yield Finding("note", Reason("few_alike"), (people < limits.alike_note) & ~unchecked)
    yield Finding("note", Reason("matches_roughly"), gap > limits.match_note)


def subgroup_match(
    profile: RelianceProfile, X: pd.DataFrame, estimate: Floats
) -> Iterator[Finding]:
    """Note a group (age, sex, severity) whose estimates were off, or rest on few people."""
    learned, limits = profile.estimates, profile.thresholds
    for group in learned.groups if learned else ():
        off = abs(group.gap) > limits.match_note
        if group.column not in X or not (off or group.n < limits.group_note):
            continue
        values = X[group.column]
        inside = (
            values == group.level if group.level else (values >= group.low) & (values < group.high)
        )
        label = profile.labels[group.column]
        reason = (
            Reason("group_off", {"label": label})
            if off
            else Reason("group_small", {"label": label})
        )
        yield Finding("note", reason, np.asarray(inside.fillna(False), dtype=bool))


ESTIMATE_RULES: dict[str, EstimateRule] = {
    "unlike_training": unlike_training,
    "match_with_what_happened": match_with_what_happened,
    "subgroup_match": subgroup_match,
}


def as_of_visit(
    profile: RelianceProfile, X: pd.DataFrame, cohort: Cohort | None
) -> Iterator[Finding]:
    """Stop where the round has not begun, or its as-of visit holds no answer."""
    if cohort is None:
        return
    begun = _begun(profile, cohort).reindex(X.index).fillna(False).to_numpy(dtype=bool)
    present = cohort.present(profile.as_of).reindex(X.index).fillna(False).to_numpy(dtype=bool)
    yield Finding("stop", Reason("round_not_begun", {"round": profile.round}), ~begun)
    yield Finding("stop", Reason("as_of_visit_absent", {"visit": profile.as_of}), begun & ~present)


def _begun(profile: RelianceProfile, cohort: Cohort) -> pd.Series:
    """Return who has begun the model's round, from the answers up to the as-of visit."""
    study = cohort.study
    this = study.rounds[profile.round]
    everybody = pd.Series(True, index=cohort.people.index)
    if profile.round == "one" or study.treatment.round_two == "scheduled":
        return everybody
    if this.taken and this.taken in cohort.people:
        taken = pd.to_numeric(cohort.people[this.taken], errors="coerce").fillna(0) > 0
        words = cohort.people[this.taken].isin(["yes", "true", "True"])
        return pd.Series(taken | words, dtype=bool)
    return pd.Series(cohort.present(this.start), dtype=bool) if this.start else everybody


def missing_answers(
    profile: RelianceProfile, X: pd.DataFrame, cohort: Cohort | None
) -> Iterator[Finding]:
    """Stop where an instrument misses more answers than its rule allows; note any missing one."""
    limits = profile.thresholds
    for items in profile.item_sets:
        columns = [name for name in items.columns if name in X]
        if not columns:
            continue
        missing = X[columns].isna().to_numpy().sum(axis=1)
        allowed = min(items.allowed, limits.missing_stop)
        forgiven = (missing == len(columns)) & items.may_be_absent
        size = len(columns)
        asked: dict[str, str | int] = {"instrument": items.title, "size": size}
        yield Finding(
            "stop",
            Reason("missing_too_many", {**asked, "allowed": allowed}),
            (missing > allowed) & ~forgiven,
        )
        yield Finding(
            "note",
            Reason("missing_some", asked),
            ((missing > limits.missing_note) & (missing <= allowed)) | forgiven,
        )
    share = X.isna().to_numpy().mean(axis=1) if X.shape[1] else np.zeros(len(X))
    yield Finding("stop", Reason("missing_most"), share > limits.missing_share_stop)


def unseen_category(
    profile: RelianceProfile, X: pd.DataFrame, cohort: Cohort | None
) -> Iterator[Finding]:
    """Stop where a category was never seen in training."""
    for name, levels in profile.levels.items():
        if name in X:
            unseen = X[name].notna() & ~X[name].isin(list(levels))
            reason = Reason("category_unseen", {"label": profile.labels[name]})
            yield Finding("stop", reason, unseen.to_numpy())


def unusual_value(
    profile: RelianceProfile, X: pd.DataFrame, cohort: Cohort | None
) -> Iterator[Finding]:
    """Note a value in the outer hundredths of the training people; stop outside their range."""
    for name, number in profile.numbers.items():
        if name in X:
            values = X[name].to_numpy(dtype=np.float64)
            named = {"label": profile.labels[name]}
            with np.errstate(invalid="ignore"):
                outside = (values < number.low) | (values > number.high)
                rare = (values < number.quantiles[0]) | (values > number.quantiles[-1])
            yield Finding("stop", Reason("value_outside", named), outside)
            yield Finding("note", Reason("value_unusual", named), rare)


def model_age(profile: RelianceProfile, people: int, today: date | None) -> Iterator[Finding]:
    """Note a model whose calibration has not been checked for a year, stop it after two."""
    if today is None or not profile.calibrated_on:
        return
    limits, checked = profile.thresholds, date.fromisoformat(profile.calibrated_on)
    months = months_between(checked, today)
    expired = np.full(people, months > limits.age_stop)
    old = np.full(people, months >= limits.age_note)
    yield Finding("stop", Reason("model_expired", {"months": limits.age_stop}), expired)
    yield Finding("note", Reason("model_old", {"months": limits.age_note}), old)


def months_between(start: date, end: date) -> float:
    """Return how many months of mean length lie between two days; below 0 where end is earlier."""
    return (end - start).days / 30.4375


RULES: dict[str, Rule] = {
    "as_of_visit": as_of_visit,
    "missing_answers": missing_answers,
    "unseen_category": unseen_category,
    "unusual_value": unusual_value,
}


@dataclass(frozen=True)
class Judged:
    """How far each person's estimate may be relied on, and why.

    Parameters
    ----------
    reliance : Series
        ``ok``, ``note`` or ``stop``, by person.
    which : array (people,)
        Where in `sets` a person's reasons stand.
    sets : tuple of tuples of Reason
        Every set of reasons that somebody has, each once; the first is empty.
    """

    reliance: pd.Series
    which: NDArray[np.int64]
    sets: tuple[Reasons, ...]

    def reasons(self) -> dict[str, Reasons]:
        """Return each person's reasons, of the gravest level that anything was found of."""
        ids = map(str, self.reliance.index)
        return {person: self.sets[k] for person, k in zip(ids, self.which, strict=True)}


def judge(
    profile: RelianceProfile,
    X: pd.DataFrame,
    cohort: Cohort | None = None,
    log_odds: NDArray[np.float64] | None = None,
    *,
    today: date | None = None,
    first: Sequence[Finding] = (),
) -> Judged:
    """Say for each person whether the estimate may be relied on.

    Parameters
    ----------
    profile : RelianceProfile
        Kept with the model.
    X : DataFrame, shape (people, columns)
        Raw features; columns the profile does not know are ignored.
    cohort : Cohort, optional
        Where the features come from; needed to see whether the as-of visit was attended.
    log_odds : array (people,), optional
        Calibrated log-odds; needed to hold estimates against what happened.
    today : date, optional
        The day of the estimate; needed to judge the model's age, where the model tells one.
    first : sequence of Finding
        Findings that lead every reason, whatever the rules find.

    Returns
    -------
    Judged
        On the index of X.
    """
    return weighed([*first, *findings(profile, X, cohort, log_odds, today=today)], X.index)


def weighed(found: Sequence[Finding], people: pd.Index) -> Judged:
    """Say for each person what the gravest of all findings leave of the estimate."""
    stop, why_stop = _gather(found, "stop", len(people))
    note, why_note = _gather(found, "note", len(people))
    level = np.where(stop > 0, 2, np.where(note > 0, 1, 0))
    reliance = take_words(["ok", "note", "stop"], level)
    return Judged(
        pd.Series(reliance, index=people),
        np.where(stop > 0, stop, np.where(note > 0, note + len(why_stop), 0)),
        (*why_stop, *why_note),
    )


def with_usual(profile: RelianceProfile, X: pd.DataFrame) -> RelianceProfile:
    """Return the profile with how many of its own people would be silent, or repeat another."""
    silent = int((judge(profile, X).reliance == "stop").sum())
    answered, repeated = repeats(profile.answers(X))
    usual = Usual(protected(silent), answered // TENS * TENS, protected(repeated))
    return replace(profile, usual=usual)


def findings(
    profile: RelianceProfile,
    X: pd.DataFrame,
    cohort: Cohort | None = None,
    log_odds: NDArray[np.float64] | None = None,
    *,
    today: date | None = None,
) -> list[Finding]:
    """Return every finding of every rule, with whom it concerns; arguments as for `judge`."""
    answers = answer_findings(profile, X, cohort)
    return [*answers, *estimate_findings(profile, X, log_odds, today=today)]


def answer_findings(
    profile: RelianceProfile, X: pd.DataFrame, cohort: Cohort | None = None
) -> list[Finding]:
    """Return what the rules find in the answers alone."""
    known = _known(profile, X)
    return [found for rule in RULES.values() for found in rule(profile, known, cohort)]


def estimate_findings(
    profile: RelianceProfile,
    X: pd.DataFrame,
    log_odds: NDArray[np.float64] | None,
    *,
    today: date | None = None,
) -> list[Finding]:
    """Return what is found once there are estimates: of the model's age, and of each estimate."""
    found = list(model_age(profile, len(X), today))
    if log_odds is None or profile.estimates is None:
        return found
    known, estimate = _known(profile, X), from_log_odds(log_odds)
    later = [f for rule in ESTIMATE_RULES.values() for f in rule(profile, known, estimate)]
    return found + later


def _known(profile: RelianceProfile, X: pd.DataFrame) -> pd.DataFrame:
    return X[[name for name in X if name in profile.labels]]


def _gather(
    findings: Sequence[Finding], level: str, n: int
) -> tuple[NDArray[np.int64], list[Reasons]]:
    """Return the number of each person's reasons, 0 for none, and the reasons of each number."""
    number = np.zeros(n, dtype=np.int64)
    sets: list[Reasons] = [()]
    for finding in findings:
        if finding.level == level and finding.whom.any():
            before, place = np.unique(number[finding.whom], return_inverse=True)
            number[finding.whom] = len(sets) + place
            sets += [(*sets[k], finding.reason) for k in before]
    return number, sets
