"""What came out: too good, too bold, or no better than a plain rule."""

from __future__ import annotations

from functools import wraps

import numpy as np

from predict.appraisal.checks.base import PASSED, Check, Result, issue, not_applicable, note
from predict.appraisal.design import Design
from predict.evaluation import Evaluation
from predict.evaluation.verdict import falls_within
from predict.evaluation.verdict_words import difference_words
from predict.models.families import PRIOR, SEVERITY
from predict.statistics.metrics.ranking import auroc

IMPLAUSIBLE = 0.75
BOLD, TIMID = 0.8, 1.25
OFF = 0.10
SCATTER = 0.03
NOT_SHOWN = "Not shown to be better than"
EDGE, MANY = 0.02, 0.05
# What stands, told by its direction.
EXTREME, PERHAPS_EXTREME = "Estimates are too extreme.", "Estimates may be too extreme."
TOO_TIMID, PERHAPS_TIMID = "Estimates are too timid.", "Estimates may be too timid."
POINTLESS = "The outcome does not become more frequent as estimates rise."
MORE = "More people reached the outcome than estimated."
FEWER = "Fewer people reached the outcome than estimated."


def judged(check: Check) -> Check:
    """Return the check, answering "not applicable" as long as nothing was judged."""

    @wraps(check)
    def when_judged(design: Design) -> Result:
        if design.evaluation is None:
            return not_applicable("The recipe has not been judged yet.")
        return check(design)

    return when_judged


def _evaluation(design: Design) -> Evaluation:
    if design.evaluation is None:
        raise ValueError("checks of results need an evaluation")
    return design.evaluation


def _value(design: Design, metric: str) -> float:
    return _evaluation(design).value(design.shipped, metric)


def _interval(design: Design, metric: str) -> tuple[float, float]:
    """Both ends of a measure's interval; NaN where it has none."""
    table = _evaluation(design).metrics
    row = table[(table["model"] == design.shipped) & (table["metric"] == metric)].iloc[0]
    return float(row["low"]), float(row["high"])


@judged
def implausible_auroc(design: Design) -> Result:
    """A baseline-only model reaches more than .75: look for a leak before you celebrate."""
    if not design.is_baseline:
        return not_applicable("The model knows more than the baseline.")
    area = _value(design, "auroc")
    if not area > IMPLAUSIBLE:
        return PASSED
    return issue(
        f"AUROC {area:.2f} from the baseline alone is above what honest studies reach (.60-.68). "
        "Suspect a leak: read the single-column check and the dictionary of columns."
    )


@judged
def slope_off(design: Design) -> Result:
    """Estimates are too extreme, or too timid."""
    slope = _value(design, "calibration_slope")
    if not np.isfinite(slope):
        return not_applicable(
            "Estimates of too few folds differ by more than a point in 100: no slope can be told."
        )
    if BOLD <= slope <= TIMID:
        return PASSED
    if slope <= 0:
        # No narrower estimates would mend that: they point the wrong way.
        words = "among new people the outcome does not become more frequent as estimates rise"
        return issue(f"Calibration slope {slope:.2f}: {words}.", POINTLESS)
    low, high = _interval(design, "calibration_slope")
    if not low <= 1 <= high:
        how, title = ("too extreme", EXTREME) if slope < BOLD else ("too timid", TOO_TIMID)
        return issue(f"Calibration slope {slope:.2f}: estimates are {how} for new people.", title)
    told = f"Calibration slope {slope:.2f} ({low:.2f} to {high:.2f}, which holds 1)"
    if slope < BOLD:
        # The mark of overfitting stays an objection: fewer people, whose interval is wider, would
        # else be judged more mildly.
        return issue(f"{told}: estimates may be too extreme for new people.", PERHAPS_EXTREME)
    return note(f"{told}: estimates may be too timid for new people.", PERHAPS_TIMID)


@judged
def off_in_the_large(design: Design) -> Result:
    """More, or fewer, people reached the outcome than estimated."""
    ratio = _value(design, "o_e")
    if abs(ratio - 1) <= OFF:
        return PASSED
    title = MORE if ratio > 1 else FEWER
    return issue(f"{ratio:.2f} events came for each one expected. Recalibrate before use.", title)


@judged
def not_above_prior(design: Design) -> Result:
    """The model is not shown to be better than giving everybody the rate."""
    return _against(design, PRIOR.name, issue)


@judged
def not_above_severity(design: Design) -> Result:
    """The model is not shown to be better than baseline severity alone."""
    return _against(design, SEVERITY.name, note)


def _against(design: Design, rival: str, kind: object) -> Result:
    gap = _evaluation(design).verdict["comparisons"].get(rival)
    if gap is None:
        return not_applicable(f"{rival} was not among the rivals, or is the model.")
    if gap["state"] == "better":
        return PASSED
    make = issue if kind is issue else note
    words = "Shown to be no different from" if gap["state"] == "no_different" else NOT_SHOWN
    return make(f"{words} {rival} ({difference_words(gap)}). Say so where the model is shown.")


@judged
def simpler_is_as_good(design: Design) -> Result:
    """A simpler family is within one standard error of the best."""
    simple = _evaluation(design).verdict["simplest_within_one_standard_error"]
    if simple == design.shipped:
        return PASSED
    return note(f'`{simple}` does as well within one standard error. Use family = "best".')


@judged
def repeats_disagree(design: Design) -> Result:
    """The AUROC moves much from one deal of the people to the next."""
    rows = _evaluation(design).predictions
    rows = rows[rows["model"] == design.shipped]
    if rows["repeat"].nunique() < 2:
        return not_applicable("There is one repeat only.")
    areas = [auroc(part["y"], part["probability"]) for _, part in rows.groupby("repeat")]
    spread = float(np.ptp(areas))
    if spread <= SCATTER:
        return PASSED
    return note(f"Repeats differ by {spread:.3f} in AUROC: too few people for two digits.")


@judged
def falls_within_groups(design: Design) -> Result:
    """The AUROC falls once people are compared within arm, site or round-one state."""
    verdict = _evaluation(design).verdict
    if not verdict["within"]:
        return not_applicable("The study has no arm, site or earlier state.")
    worst = falls_within(verdict)
    if not worst:
        return PASSED
    whole, inside = verdict["auroc"]["estimate"], verdict["within"][worst]["auroc"]
    return issue(
        f"AUROC {whole:.2f} falls to {inside:.2f} within {worst}: much of it tells groups apart, "
        "not people. Report both."
    )


@judged
def extreme_estimates(design: Design) -> Result:
    """Many estimates are near certainty."""
    rows = _evaluation(design).predictions
    p = rows.loc[rows["model"] == design.shipped, "probability"]
    share = float(((p < EDGE) | (p > 1 - EDGE)).mean())
    if share <= MANY:
        return PASSED
    return note(f"{share:.0%} of estimates lie within {EDGE} of certainty, which no one has.")


RESULTS: dict[str, Check] = {
    "AUROC_IMPLAUSIBLE": implausible_auroc,
    "SLOPE_OFF": slope_off,
    "OFF_IN_THE_LARGE": off_in_the_large,
    "NOT_ABOVE_PRIOR": not_above_prior,
    "NOT_ABOVE_SEVERITY": not_above_severity,
    "SIMPLER_AS_GOOD": simpler_is_as_good,
    "REPEATS_DISAGREE": repeats_disagree,
    "FALLS_WITHIN_GROUPS": falls_within_groups,
    "ESTIMATES_EXTREME": extreme_estimates,
}
