"""How the question is answered: folds, search, calibration, rivals, sample size."""

from __future__ import annotations

import numpy as np

from predict.appraisal.checks.base import PASSED, Check, Result, issue, not_applicable, note
from predict.appraisal.design import Design
from predict.appraisal.sample_size import candidate_parameters, enough
from predict.errors import DesignError
from predict.evaluation.cross_validation import outer_folds
from predict.models.families import PRIOR, SEVERITY

WEIGHTS = ("scale_pos_weight", "class_weight", "max_delta_step", "sampling")
PER_FOLD = 10
FEW_PER_PARAMETER = 10
SMALL = 500
MANY_TRIALS = 0.1


def class_weights(design: Design) -> Result:
    """Classes are weighted or resampled, which breaks the estimates."""
    weights = [name for name in design.recipe.params if name in WEIGHTS]
    if not weights:
        return PASSED
    return issue(
        f"'{weights[0]}' shifts every estimate away from the rate. Leave it out; choose another "
        "threshold instead (van den Goorbergh 2022)."
    )


def calibration_absent(design: Design) -> Result:
    """A flexible family is used without calibration on people it did not learn from."""
    if not design.recipe.may_be_flexible:
        return not_applicable("The family is calibrated by its own likelihood.")
    if design.recipe.calibration != "none":
        return PASSED
    return issue(
        "A flexible family's margins are used as they come from the training people: estimates "
        'will be too extreme. Use calibration = "platt".'
    )


def sample_size(design: Design) -> Result:
    """Riley's criteria ask for more people than there are."""
    of, parameters = design.training, candidate_parameters(design.features)
    size = enough(of.n, of.events, parameters, flexible=design.recipe.may_be_flexible)
    return PASSED if size.enough else note(size.sentence)


def events_per_parameter(design: Design) -> Result:
    """There are fewer than ten events for each candidate parameter."""
    scarce = min(design.training.events, design.training.n - design.training.events)
    count = candidate_parameters(design.features)
    if scarce >= FEW_PER_PARAMETER * count:
        return PASSED
    columns = [column for column in design.training.columns if column.name in design.features]
    items = any(column.role == "item" for column in columns)
    few = 'Use blocks = ["scales", "people"], or' if items else "Use"
    return issue(
        f"{scarce / max(count, 1):.1f} events for each of {count} parameters (10 or more are "
        f"wanted). {few} a plain family."
    )


def few_folds(design: Design) -> Result:
    """Fewer than five outer folds leave much of the data unused in training."""
    if design.plan.outer >= 5:
        return PASSED
    return note(f"{design.plan.outer} outer folds: models are judged on smaller training sets.")


def single_repeat(design: Design) -> Result:
    """One division into folds: the result hangs on one deal."""
    if design.plan.repeats < 2:
        return note("One repeat: deal the people at least twice (`repeats = 2`).")
    dealt = design.evaluation.verdict.get("repeats") if design.evaluation else None
    if dealt and dealt["made"] < dealt["asked"]:
        return note(
            f"{len(set(design.training.groups))} clusters have {dealt['made']} different balanced "
            f"divisions into {design.plan.outer} folds, of {dealt['asked']} repeats asked for. Use "
            "fewer folds."
        )
    return PASSED


def events_per_fold(design: Design) -> Result:
    """A fold holds fewer than ten events."""
    fewest = _fewest_in_a_fold(design)
    if fewest >= PER_FOLD:
        return PASSED
    return issue(
        f"As few as {fewest} people of the rarer outcome in a fold: within-fold AUROCs are mostly "
        "noise. Use fewer folds and more repeats."
    )


def _fewest_in_a_fold(design: Design) -> int:
    """Return how few people of an outcome a fold holds: of the folds as they will be dealt.

    Folds of whole clusters may hold far fewer than an even share.
    """
    training = design.training
    try:
        made = outer_folds(training, design.recipe, design.plan)
    except DesignError:
        return min(training.events, training.n - training.events) // design.plan.outer
    y = training.y.to_numpy(dtype=np.int8)
    return min(int(np.bincount(y[fold.test], minlength=2).min()) for fold in made)


def too_few_events(design: Design) -> Result:
    """So few people of the rarer outcome that nothing is learned."""
    try:
        outer_folds(design.training, design.recipe, design.plan)
    except DesignError as error:
        why = str(error).removeprefix(f"{error.code}: ")
        return issue(f"{why} A run stops here, before it judges.")
    return PASSED


def missing_rivals(design: Design) -> Result:
    """The prior or baseline severity is not among the rivals."""
    absent = [f.name for f in (PRIOR, SEVERITY) if f.name not in design.plan.families]
    if not absent:
        return PASSED
    return issue(
        f"{' and '.join(absent)} missing among the rivals: against nothing, a model looks good. "
        "Leave `families` at its default."
    )


def boosting_on_few(design: Design) -> Result:
    """A flexible family on fewer than 500 people."""
    family = design.recipe.decided
    if family is None or not family.flexible:
        return not_applicable("The family is not a flexible one.")
    if design.training.n >= SMALL:
        return PASSED
    return note(
        f"On {design.training.n} people {family.label} rarely beats a penalised logistic one. Try "
        'family = "best".'
    )


def many_trials(design: Design) -> Result:
    """The search tries more settings than so few people can tell apart."""
    if _nothing_searched(design):
        return not_applicable("Nothing is searched.")
    if design.recipe.trials <= max(20, MANY_TRIALS * design.training.n):
        return PASSED
    return note(
        f"{design.recipe.trials} trials on {design.training.n} people: the best of many is lucky. "
        "Nested folds price it in, but fewer trials do as well."
    )


def _nothing_searched(design: Design) -> bool:
    family = design.recipe.decided
    return family is not None and (not family.space or bool(design.recipe.params))


def few_resamples(design: Design) -> Result:
    """Intervals rest on fewer than 200 resamples."""
    if design.plan.resamples >= 200:
        return PASSED
    return note(f"{design.plan.resamples} resamples: the ends of intervals are rough. Use 1,000.")


def inner_folds(design: Design) -> Result:
    """Search and calibration rest on two inner folds."""
    if _nothing_searched(design):
        return not_applicable("Nothing is searched.")
    if design.recipe.inner >= 3:
        return PASSED
    return note("Two inner folds: half of the people teach each trial. Use `inner = 3` or more.")


ANALYSIS: dict[str, Check] = {
    "CLASS_WEIGHTS": class_weights,
    "CALIBRATION_ABSENT": calibration_absent,
    "SAMPLE_SIZE": sample_size,
    "EVENTS_PER_PARAMETER": events_per_parameter,
    "FOLDS_FEW": few_folds,
    "REPEATS_ONE": single_repeat,
    "EVENTS_PER_FOLD": events_per_fold,
    "TOO_FEW_EVENTS": too_few_events,
    "RIVALS_MISSING": missing_rivals,
    "BOOSTING_ON_FEW": boosting_on_few,
    "TRIALS_MANY": many_trials,
    "RESAMPLES_FEW": few_resamples,
    "INNER_FOLDS_FEW": inner_folds,
}
