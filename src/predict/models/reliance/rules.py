"""When a number must carry a note, and when it must not be shown at all.

Each rule looks at all people at once and yields findings: a level, a code, plain words and whom it
concerns. STOP means that no estimate exists anywhere for that person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.cohort import Cohort
from predict.files import take_words
from predict.models.reliance.estimate_rules import ESTIMATE_RULES
from predict.models.reliance.finding import Finding
from predict.models.reliance.profile import RelianceProfile

Rule = Callable[[RelianceProfile, pd.DataFrame, Cohort | None], Iterable[Finding]]


def as_of_visit(
    profile: RelianceProfile, X: pd.DataFrame, cohort: Cohort | None
) -> Iterator[Finding]:
    """Stop where the round has not begun, or its as-of visit holds no answer."""
    if cohort is None:
        return
    begun = _begun(profile, cohort).reindex(X.index).fillna(False).to_numpy(dtype=bool)
    present = cohort.present(profile.as_of).reindex(X.index).fillna(False).to_numpy(dtype=bool)
    words = profile.as_of.replace("_", " ")
    yield Finding(
        "stop", "round_not_begun", f"Round {profile.round} has not begun for this person.", ~begun
    )
    yield Finding(
        "stop",
        "as_of_visit_absent",
        f"There are no answers at {words}, where this model stands.",
        begun & ~present,
    )


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
        yield Finding(
            "stop",
            "missing_too_many",
            f"{items.title}: more than {allowed} of {size} answers are missing.",
            (missing > allowed) & ~forgiven,
        )
        yield Finding(
            "note",
            "missing_some",
            f"{items.title}: some of {size} answers are missing.",
            ((missing > limits.missing_note) & (missing <= allowed)) | forgiven,
        )
    share = X.isna().to_numpy().mean(axis=1) if X.shape[1] else np.zeros(len(X))
    yield Finding(
        "stop",
        "missing_most",
        "Most of what the model reads is missing.",
        share > limits.missing_share_stop,
    )


def unseen_category(
    profile: RelianceProfile, X: pd.DataFrame, cohort: Cohort | None
) -> Iterator[Finding]:
    """Stop where a category was never seen in training."""
    for name, levels in profile.levels.items():
        if name in X:
            unseen = X[name].notna() & ~X[name].isin(list(levels))
            yield Finding(
                "stop",
                "category_unseen",
                f"{profile.labels[name]}: the model has never seen this category.",
                unseen.to_numpy(),
            )


def unusual_value(
    profile: RelianceProfile, X: pd.DataFrame, cohort: Cohort | None
) -> Iterator[Finding]:
    """Note a value in the outer hundredths of the training people; stop outside their range."""
    for name, number in profile.numbers.items():
        if name in X:
            values = X[name].to_numpy(dtype=np.float64)
            label = profile.labels[name]
            with np.errstate(invalid="ignore"):
                outside = (values < number.low) | (values > number.high)
                rare = (values < number.quantiles[0]) | (values > number.quantiles[-1])
            yield Finding(
                "stop",
                "value_outside",
                f"{label}: a value beyond all that the people learned from had.",
                outside,
            )
            yield Finding(
                "note",
                "value_unusual",
                f"{label}: a value that few of the people learned from had.",
                rare,
            )


def model_age(profile: RelianceProfile, people: int, today: date | None) -> Iterator[Finding]:
    """Note a model whose calibration has not been checked for a year, stop it after two."""
    if today is None or not profile.calibrated_on:
        return
    limits, months = profile.thresholds, _months(date.fromisoformat(profile.calibrated_on), today)
    words = "The model's estimates were last held against recent patients"
    expired = np.full(people, months > limits.age_stop)
    old = np.full(people, months >= limits.age_note)
    too_long = f"{words} more than {limits.age_stop} months ago."
    yield Finding("stop", "model_expired", too_long, expired)
    yield Finding("note", "model_old", f"{words} {limits.age_note} months ago or before.", old)


def _months(start: date, end: date) -> float:
    return (end - start).days / 30.4375


RULES: dict[str, Rule] = {
    "as_of_visit": as_of_visit,
    "missing_answers": missing_answers,
    "unseen_category": unseen_category,
    "unusual_value": unusual_value,
}


def judge(
    profile: RelianceProfile,
    X: pd.DataFrame,
    cohort: Cohort | None = None,
    log_odds: NDArray[np.float64] | None = None,
    *,
    today: date | None = None,
    first: Sequence[Finding] = (),
) -> pd.DataFrame:
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
    DataFrame on the index of X
        reliance: ``ok``, ``note`` or ``stop``; reason: ``code; text`` of each finding of that
        level, joined by `` | ``, empty when ok.
    """
    all_findings = [*first, *findings(profile, X, cohort, log_odds, today=today)]
    stop, why_stop = _gather(all_findings, "stop", len(X))
    note, why_note = _gather(all_findings, "note", len(X))
    level = np.where(stop > 0, 2, np.where(note > 0, 1, 0))
    reason = np.where(stop > 0, stop, np.where(note > 0, note + len(why_stop), 0))
    columns = {
        "reliance": take_words(["ok", "note", "stop"], level),
        "reason": take_words([*why_stop, *why_note], reason),
    }
    return pd.DataFrame(columns, index=X.index)


def findings(
    profile: RelianceProfile,
    X: pd.DataFrame,
    cohort: Cohort | None = None,
    log_odds: NDArray[np.float64] | None = None,
    *,
    today: date | None = None,
) -> list[Finding]:
    """Return every finding of every rule, with whom it concerns; arguments as for `judge`."""
    table = X[[name for name in X if name in profile.labels]]
    all_findings = [f for rule in RULES.values() for f in rule(profile, table, cohort)]
    all_findings += model_age(profile, len(X), today)
    if log_odds is not None and profile.estimates is not None:
        estimate = 1 / (1 + np.exp(-np.asarray(log_odds, dtype=np.float64)))
        for later in ESTIMATE_RULES.values():
            all_findings += later(profile, table, estimate)
    return all_findings


def _gather(findings: list[Finding], level: str, n: int) -> tuple[NDArray[np.int64], list[str]]:
    """Return the number of each person's reasons, 0 for none, and the words of each number."""
    number, words = np.zeros(n, dtype=np.int64), [""]
    for finding in findings:
        if finding.level == level and finding.whom.any():
            text = f"{finding.code}; {finding.text}"
            before, place = np.unique(number[finding.whom], return_inverse=True)
            number[finding.whom] = len(words) + place
            words += [f"{words[k]} | {text}" if k else text for k in before]
    return number, words
