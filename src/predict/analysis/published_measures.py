"""How each kind of published figure is computed from a cohort: one function a measure.

A programme's figure names its measure and arguments; `MEASURES` maps the name to the function. Each
returns value, standard error and interval in the figure's unit, and whom it counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from predict.analysis import burnout as mbi
from predict.analysis.effects import effect_intervals, effect_sizes, resample
from predict.analysis.events import item9_pairs, reasons, side_effects
from predict.analysis.measures import Measure, Span, measures, spans
from predict.analysis.rates import answers_of
from predict.analysis.round_two import improvement, round_two_states
from predict.cohort import Cohort
from predict.cohort.labelling import not_asked
from predict.definitions.outcomes import Outcome, read_outcome
from predict.definitions.programmes import Programme
from predict.statistics.intervals import wilson

Mask = npt.NDArray[np.bool_]
Z = 1.959963984540054


class NotComputable(Exception):
    """This table cannot give the figure; the message says why. Caught by `published.compare`."""


@dataclass(frozen=True)
class Found:
    """A computed figure in the published one's unit, its standard error, and whom it counts."""

    value: float
    error: float
    low: float
    high: float
    n: Mask
    yes: Mask | None = None


@dataclass(frozen=True)
class Setting:
    """A cohort with its scores, round one's ends, and the burnout boundaries that were declared."""

    cohort: Cohort
    span: Span
    scores: Mapping[tuple[str, str], Measure]
    subscales: Mapping[str, Measure] | None
    boundaries: mbi.Boundaries | None


def setting_of(
    cohort: Cohort, programme: Programme, norms: Mapping[str, float] | None = None
) -> Setting:
    """Return the cohort with the boundaries declared by its programme, or by the user's norms."""
    scores = {(m.name, m.scale.name): m for m in measures(cohort)}
    subscales = {s: scores[mbi.INSTRUMENT, s] for s in mbi.SCALES if (mbi.INSTRUMENT, s) in scores}
    return Setting(
        cohort=cohort,
        span=next(iter(spans(cohort))),
        scores=scores,
        subscales=subscales if len(subscales) == len(mbi.SCALES) else None,
        boundaries=mbi.declared(cohort, programme, norms),
    )


# Definitions of the field's papers as outcomes: rule, amount, worst end that counts.
RULES: dict[str, dict[str, dict[str, Any]]] = {
    "response": {"*": {"rule": "response", "amount": 0.5}},
    "remission": {"*": {"rule": "remission", "end": 4}},
    "clinically_significant": {"*": {"rule": "clinically_significant", "amount": 5, "end": 9}},
    "any_improvement": {"*": {"rule": "points", "amount": 1}},
    # NHS Talking Therapies: reliable change is 6 points of the PHQ-9, 4 of the GAD-7.
    "deterioration": {
        "phq9": {"rule": "reliable_deterioration", "amount": 6},
        "gad7": {"rule": "reliable_deterioration", "amount": 4},
    },
}


def people(setting: Setting, *, who: str, instrument: str) -> Found:
    """Count people entered or analysed, or give the share analysed of those entered (per cent)."""
    entered, analysed = _ends(setting, instrument)
    if who == "share":
        return _percent(analysed, entered)
    counted = analysed if who == "analysed" else entered
    value = float(counted.sum())
    # A count of people is a fact of the table; only when the share is drawn does it vary.
    return Found(value, 0.0, value, value, counted)


def rate(setting: Setting, *, rule: str, instrument: str, floor: float | None = None) -> Found:
    """Give the per cent of completers for whom a rule of `RULES` holds over round one."""
    _held(setting, instrument)
    outcome = _outcome(rule, instrument, floor)
    if not_asked(setting.cohort, outcome, round=setting.span.name):
        raise NotComputable(f"the study asks no {instrument} at both ends")
    answers = answers_of(setting.cohort, outcome, setting.span.name)
    return _percent(answers.yes, answers.answered)


def relative(setting: Setting, *, to: float, instrument: str) -> Found:
    """Give how far the response rate lies above another (per cent of that one)."""
    here = rate(setting, rule="response", instrument=instrument)
    shift = [100.0 * (v / to - 1.0) for v in (here.value, here.low, here.high)]
    return Found(shift[0], 100.0 * here.error / to, shift[1], shift[2], here.n, here.yes)


def effect_size(setting: Setting, *, kind: str, instrument: str) -> Found:
    """Give an effect size of round one; ``kind`` is pooled, change, within or baseline."""
    scale = _held(setting, instrument)
    before, after = scale.at(setting.span.start), scale.at(setting.span.end)
    both = (before.notna() & after.notna()).to_numpy()
    weights, name = resample(int(both.sum()), seed=1), f"d_{kind}"
    effect = effect_intervals(before[both], after[both], weights, better=scale.better)[name]
    draws = (effect.high - effect.low) / (2.0 * Z)
    value = effect_sizes(before[both], after[both], better=scale.better)[name]
    return Found(value, draws, effect.low, effect.high, both)


def side_effect_share(setting: Setting, *, which: str, among: str = "asked") -> Found:
    """Give the per cent with a side effect: lowest or highest session, all together, or one."""
    sessions = {k: v for k, v in side_effects(setting.cohort).items() if v.notna().any()}
    if not sessions:
        raise NotComputable("the study holds no column side_effect_...")
    if among == "analysed":
        done = _completers(setting)
        sessions = {k: v.where(done) for k, v in sessions.items()}
    if which == "all":
        return _pooled(sessions)
    shares = {name: float(v.mean()) for name, v in sessions.items()}
    picked = {"lowest": min, "highest": max}.get(which)
    name = picked(shares, key=lambda k: shares[k]) if picked else which
    if name not in sessions:
        raise NotComputable(f"no side effects were asked at {name}")
    asked = sessions[name].notna().to_numpy()
    return _percent((sessions[name] == 1).to_numpy(), asked)


def left_for(setting: Setting, *, reasons_: Sequence[str], among: str) -> Found:
    """Give the per cent who left for a reason, of those entered or of those analysed."""
    why = reasons(setting.cohort)
    if why is None:
        raise NotComputable("the study holds no column left_for")
    first = next(iter(setting.cohort.study.instruments))
    entered, analysed = _ends(setting, first)
    left = why.isin(list(reasons_)).to_numpy() & entered
    base = entered if among == "entered" else analysed
    # Of the analysed it is a ratio of two groups that do not overlap, as the paper printed it.
    share_left = wilson(int(left.sum()), int(base.sum()))
    error = float(np.sqrt(max(left.sum(), 1))) / max(int(base.sum()), 1)
    ends = [100.0 * v for v in share_left]
    return Found(ends[0], 100.0 * error, ends[1], ends[2], base, left)


def round_two_rate(setting: Setting, *, rate: str, instrument: str) -> Found:
    """Give the per cent kept (of the improved) or newly improved (of the others) by round two."""
    scale = _held(setting, instrument)
    courses = round_two_states(setting.cohort, scale, improvement(scale))
    if courses is None:
        raise NotComputable("the study has no round two")
    followed = np.logical_or.reduce(list(courses.states.values()))
    if rate == "kept":
        stayed = courses.states["maintained"] | courses.states["recovered"]
        return _percent(stayed, followed & courses.improved)
    return _percent(courses.states["newly responded"], followed & courses.not_improved)


def item9(setting: Setting, *, rate: str) -> Found:
    """Give the per cent whose safety item resolved or improved, of those who reported it."""
    for name, _, before, after in item9_pairs(setting.cohort):
        if name != setting.span.name:
            continue
        base = (before.notna() & after.notna() & (before > 0)).to_numpy()
        better = after == 0 if rate == "resolved" else after < before
        return _percent(better.to_numpy() & base, base)
    raise NotComputable("the study asks no safety item at both ends")


def person_mean(setting: Setting, *, column: str) -> Found:
    """Give the mean of a number known of each person, among completers."""
    values = _person(setting, column).where(_completers(setting))
    return _mean(pd.to_numeric(values, errors="coerce"))


def person_share(setting: Setting, *, column: str, value: str) -> Found:
    """Give the per cent with one value, among completers."""
    values = _person(setting, column)
    answered = values.notna().to_numpy() & _completers(setting)
    return _percent((values == value).to_numpy(), answered)


def score_mean(setting: Setting, *, instrument: str, scale: str, visit: str) -> Found:
    """Give the mean score at a visit, among completers."""
    held = _held(setting, instrument, scale)
    if visit not in held.scores:
        raise NotComputable(f"no visit '{visit}' in this study")
    return _mean(held.at(visit).where(_completers(setting)))


def percent_change(setting: Setting, *, instrument: str, scale: str, visit: str) -> Found:
    """Give the change of the mean since the start, in per cent of the mean at the start."""
    held = _held(setting, instrument, scale)
    both = _completers(setting)
    start, end = held.at(setting.span.start)[both], held.at(visit)[both]
    value = 100.0 * (end.mean() / start.mean() - 1.0)
    # Delta method for a ratio of two means of the same people.
    parts = (end - end.mean() / start.mean() * start) / start.mean()
    error = 100.0 * float(parts.std(ddof=1)) / np.sqrt(len(parts))
    return Found(value, error, value - Z * error, value + Z * error, both)


def subscale_response(setting: Setting, *, scale: str) -> Found:
    """Give the per cent of completers at least one point better on a burnout subscale."""
    subscales = _subscales(setting)
    gained = mbi.points_gained(subscales, setting.span.start, setting.span.end)
    return _percent(gained[scale], mbi.complete(subscales))


def subscales_better(setting: Setting, *, at_least: int, among: str = "analysed") -> Found:
    """Give the per cent better by a point on at least so many subscales; the lost count as no."""
    subscales = _subscales(setting)
    gained = mbi.points_gained(subscales, setting.span.start, setting.span.end)
    done = mbi.complete(subscales)
    base = done if among == "analysed" else _entered(setting, subscales)
    return _percent((np.sum(list(gained.values()), axis=0) >= at_least) & done, base)


def below_entry(setting: Setting) -> Found:
    """Give the per cent of completers who no longer meet the entry rule at the end."""
    subscales = _subscales(setting)
    end = mbi.at_visit(subscales, setting.span.end)
    return _percent(~mbi.meets_entry(end, _boundaries(setting).entry), mbi.complete(subscales))


def profile_share(setting: Setting, *, profile: str, visit: str) -> Found:
    """Give the per cent of completers in a profile at a visit."""
    named = _profiles(setting, visit)
    return _percent((named == profile).to_numpy(), mbi.complete(_subscales(setting)))


def profile_count(setting: Setting, *, profile: str, visit: str) -> Found:
    """Give the number of completers in a profile at a visit, with its binomial error."""
    share = profile_share(setting, profile=profile, visit=visit)
    scale = share.n.sum() / 100.0
    value, error, low, high = (v * scale for v in (share.value, share.error, share.low, share.high))
    return Found(value, error, low, high, share.n, share.yes)


def profile_moved(setting: Setting, *, start: str, end: str) -> Found:
    """Give the per cent who moved from one profile (or from any but one) to another."""
    done = mbi.complete(_subscales(setting))
    before, after = (
        _is(_profiles(setting, v), w)
        for v, w in ((setting.span.start, start), (setting.span.end, end))
    )
    return _percent(after & before & done, before & done)


MEASURES: dict[str, Callable[..., Found]] = {
    "people": people,
    "rate": rate,
    "relative": relative,
    "effect_size": effect_size,
    "side_effects": side_effect_share,
    "left_for": left_for,
    "round_two": round_two_rate,
    "item9": item9,
    "person_mean": person_mean,
    "person_share": person_share,
    "mean": score_mean,
    "percent_change": percent_change,
    "subscale_response": subscale_response,
    "subscales": subscales_better,
    "below_entry": below_entry,
    "profile": profile_share,
    "profile_count": profile_count,
    "profile_moved": profile_moved,
}


def _percent(yes: Mask, n: Mask) -> Found:
    count, total = int((yes & n).sum()), int(n.sum())
    if total == 0:
        raise NotComputable("nobody in the denominator")
    share, low, high = (100.0 * v for v in wilson(count, total))
    error = np.sqrt(share * (100.0 - share) / total)
    return Found(share, float(error), low, high, n, yes & n)


def _mean(values: pd.Series) -> Found:
    present = values.dropna()
    if len(present) < 2:
        raise NotComputable("fewer than two people with a value")
    error = float(present.std(ddof=1) / np.sqrt(len(present)))
    value = float(present.mean())
    return Found(value, error, value - Z * error, value + Z * error, values.notna().to_numpy())


def _pooled(sessions: Mapping[str, pd.Series]) -> Found:
    """Give the share over person-sessions; the interval allows for people's own sessions."""
    table = pd.DataFrame(sessions)
    asked, yes = table.notna().sum(axis=1), (table == 1).sum(axis=1)
    share = yes.sum() / asked.sum()
    parts = (yes - share * asked)[asked > 0]
    error = 100.0 * float(np.sqrt((parts**2).sum())) / float(asked.sum())
    value = 100.0 * float(share)
    low, high = max(value - Z * error, 0.0), value + Z * error
    return Found(value, error, low, high, (asked > 0).to_numpy(), (yes > 0).to_numpy())


def _outcome(rule: str, instrument: str, floor: float | None) -> Outcome:
    rules = RULES[rule]
    spec = rules.get(instrument) or rules.get("*")
    if spec is None:
        raise NotComputable(f"no rule for {rule} of {instrument}")
    extra = {} if floor is None else {"floor": floor}
    return read_outcome({"instrument": instrument, "name": rule, **spec, **extra})


def _held(setting: Setting, instrument: str, scale: str = "total") -> Measure:
    if (instrument, scale) not in setting.scores:
        raise NotComputable(f"the study holds no {instrument} {scale}")
    return setting.scores[instrument, scale]


def _ends(setting: Setting, instrument: str) -> tuple[Mask, Mask]:
    """Return who entered (scored at the start) and who was analysed (completers)."""
    if instrument not in setting.cohort.study.instruments:
        raise NotComputable(f"the study holds no {instrument}")
    scored = [m.at(setting.span.start).notna().to_numpy() for m in setting.scores.values()]
    return np.asarray(np.logical_or.reduce(scored)), _completers(setting, instrument)


def _completers(setting: Setting, instrument: str = "") -> Mask:
    """Return who has all burnout subscales at every visit, or a score at both ends of round one."""
    if setting.subscales is not None and instrument in ("", mbi.INSTRUMENT):
        return mbi.complete(setting.subscales)
    first = next(m for (name, _), m in setting.scores.items() if instrument in ("", name))
    both = [first.at(visit).notna() for visit in (setting.span.start, setting.span.end)]
    return np.asarray((both[0] & both[1]).to_numpy())


def _person(setting: Setting, column: str) -> pd.Series:
    if column not in setting.cohort.people:
        raise NotComputable(f"the study holds no people column '{column}'")
    return setting.cohort.people[column]


def _subscales(setting: Setting) -> Mapping[str, Measure]:
    if setting.subscales is None:
        raise NotComputable("the study does not hold the three burnout subscales")
    return setting.subscales


def _entered(setting: Setting, subscales: Mapping[str, Measure]) -> Mask:
    return mbi.meets_entry(mbi.at_visit(subscales, setting.span.start), _boundaries(setting).entry)


def _boundaries(setting: Setting) -> mbi.Boundaries:
    if setting.boundaries is None:
        raise NotComputable("the programme declares no burnout entry rule")
    return setting.boundaries


def _profiles(setting: Setting, visit: str) -> pd.Series:
    boundaries = _boundaries(setting).profiles
    if boundaries is None:
        raise NotComputable("no profile boundaries: give your norms with --norms")
    return mbi.profile(mbi.at_visit(_subscales(setting), visit), boundaries)


def _is(named: pd.Series, words: str) -> Mask:
    """Return who is in a profile; ``not engaged`` is anybody known to be in another."""
    wanted = words.removeprefix("not ")
    inside = (named == wanted).to_numpy()
    return np.asarray(named.notna().to_numpy() & ~inside if words != wanted else inside)
