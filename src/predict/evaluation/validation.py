"""A stored model judged on other people: only aggregates come out, and recalibration is offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.cohort import Cohort
from predict.cohort.labelling import label
from predict.definitions.wording import Catalogue, load_catalogue
from predict.errors import DesignError, Problem
from predict.evaluation import differences as gaps
from predict.evaluation import measures
from predict.evaluation import strata as groupings
from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.curves import pictures
from predict.evaluation.plan import Plan
from predict.evaluation.result import PREDICTIONS, Evaluation
from predict.evaluation.spoken import Verdict
from predict.evaluation.verdict_words import comparison_words, difference_words
from predict.features.training_set import fold_groups
from predict.models.calibration import fit_platt
from predict.models.calibration import probability as to_probability
from predict.models.reliance.profile import QUANTILES
from predict.models.response_model import ResponseModel
from predict.statistics.intervals import Interval
from predict.statistics.splits import folds

Floats = NDArray[np.float64]

RECALIBRATED, RATE = "recalibrated", "rate"
LEAST, FOLDS = 20, 5
# Who is below the floor, or not in the round, was not asked: no unknown outcome.
UNJUDGED = {"not_applicable": "not_applicable", "outcome_unknown": "unknown"}


def judge_on(
    model: ResponseModel,
    cohort: Cohort,
    X: pd.DataFrame,
    plan: Plan,
    *,
    seed: int,
    problems: Sequence[Problem] = (),
) -> Evaluation:
    """Judge a stored model on people it did not learn from: see `predict.validate`.

    Parameters
    ----------
    X : DataFrame, shape (people, columns)
        The model's raw features of everybody in the cohort.
    problems : sequence of Problem
        What the table as a whole gave to think about; the verdict leads with what forbids
        estimates elsewhere (level ``file``).
    """
    answers = label(cohort, model.outcome, round=model.round)["answer"].reindex(X.index)
    judged = model.judged(X, cohort, model.log_odds(X)).reliance
    answered = answers.isin(["yes", "no"]).to_numpy()
    rows = answered & (judged != "stop").to_numpy()
    y = np.asarray(answers[rows] == "yes").astype(np.int8)
    _refuse_too_few(y, problems)
    learned = are_the_learned(model, X[answered], answers[answered] == "yes")
    if learned:
        problems = [*problems, _LEARNED]
    groups = fold_groups(cohort, X.index[rows]).to_numpy(dtype=object)
    estimates, line = _estimates(model, X[rows], y, groups, seed)
    counts = {
        "people": len(X),
        **{name: int((answers == answer).sum()) for name, answer in UNJUDGED.items()},
        "no_estimate": int((answered & ~rows).sum()),
        "judged": len(y),
    }
    whom = _Whom(counts, learned)
    return _led_by(
        problems, _evaluation(model, estimates, plan.at_rate(y.mean()), line, whom, seed)
    )


@dataclass(frozen=True)
class _Whom:
    """Whom a model is judged on: how many of whom, and whether it learned from these very people.

    People = not_applicable + outcome_unknown + no_estimate + judged.
    """

    counts: dict[str, int]
    learned: bool

    def words(self) -> str:
        """Return how many people were judged, named as what they are to the model."""
        key = "validation.learned_people" if self.learned else "validation.other_people"
        return load_catalogue()(key, judged=self.counts["judged"])


_LEARNED = Problem(
    "TRAINING_PEOPLE",
    "These are the very people the model learned from: it is judged on what it knows, and looks "
    "better than it is. Judge it on other people.",
)


def are_the_learned(model: ResponseModel, X: pd.DataFrame, yes: pd.Series) -> bool:
    """Return whether people with a known outcome are those the model learned from.

    Nobody of them is stored; as many, as many with the outcome, and every quantile of every column
    alike are no chance.
    """
    if (len(X), int(yes.sum())) != (model.facts.get("n"), model.facts.get("events")):
        return False
    profiles = model.reliance.numbers
    filled = {name: X[name].dropna().to_numpy("float64") for name in profiles if name in X}
    return all(
        len(values) and np.allclose(np.quantile(values, QUANTILES), profiles[name].quantiles)
        for name, values in filled.items()
    )


def _led_by(problems: Sequence[Problem], judged: Evaluation) -> Evaluation:
    """Put what forbids estimates from this table elsewhere before the verdict's sentence."""
    against = [str(problem) for problem in problems if problem.level == "file"]
    lead = " ".join([*against, str(judged.verdict["sentence"])])
    return replace(judged, verdict=Verdict({**judged.verdict, "sentence": lead}))


def _refuse_too_few(y: NDArray[np.int8], problems: Sequence[Problem]) -> None:
    scarce = min(int(y.sum()), len(y) - int(y.sum()))
    if scarce < LEAST:
        raise DesignError(
            f"{scarce} people of the rarer outcome are too few to judge a model on (at least "
            f"{LEAST} are wanted). Wait for more outcomes.",
            code="TOO_FEW_TO_VALIDATE",
            problems=problems,
        )


def _estimates(
    model: ResponseModel,
    X: pd.DataFrame,
    y: NDArray[np.int8],
    groups: NDArray[np.object_],
    seed: int,
) -> tuple[OutOfFold, tuple[float, float]]:
    """Return estimates as they are, recalibrated, and the rate, the last two learned in folds."""
    line = model.log_odds(X)
    if len(set(groups)) == 1:
        # One new place: its people are the units.
        groups = X.index.to_numpy(dtype=object)
    again, rate = np.full(len(y), np.nan), np.full(len(y), np.nan)
    for fold in folds(y, groups, outer=min(FOLDS, len(set(groups))), seed=seed):
        again[fold.test] = fit_platt(line[fold.train], y[fold.train]).apply(line[fold.test])
        rate[fold.test] = y[fold.train].mean()
    whole = fit_platt(line, y)
    probability = {
        model.family: to_probability(line),
        RECALIBRATED: to_probability(again),
        RATE: rate,
    }
    # Recalibration ranks nobody anew, and the rate nobody at all.
    margin = {model.family: line, RECALIBRATED: line, RATE: np.zeros(len(y))}
    estimates = OutOfFold(
        X.index,
        y,
        groups,
        np.zeros((1, len(y)), dtype=np.int64),
        {name: p[None, :] for name, p in probability.items()},
        margin={name: m[None, :] for name, m in margin.items()},
    )
    return estimates, (whole.a, whole.b)


def _evaluation(
    model: ResponseModel,
    estimates: OutOfFold,
    plan: Plan,
    line: tuple[float, float],
    whom: _Whom,
    seed: int,
) -> Evaluation:
    draws = measures.bootstrap(estimates, plan, seed=seed)
    metrics = measures.metrics_table(estimates, draws, plan)
    metrics = metrics[metrics["model"] != RATE].reset_index(drop=True)
    compared = {
        "recalibration": _compare(estimates, plan, RECALIBRATED, model.family),
        "as_it_is": _compare(estimates, plan, model.family, RATE),
        "recalibrated": _compare(estimates, plan, RECALIBRATED, RATE),
    }
    recalibration = pd.DataFrame([line], columns=["slope", "intercept"])
    return Evaluation(
        metrics=metrics,
        differences=_differences(estimates, compared),
        strata=pd.DataFrame(columns=groupings.COLUMNS),
        predictions=pd.DataFrame(columns=PREDICTIONS),
        verdict=Verdict(_verdict(model, metrics, compared, line, whom)),
        tables={
            **pictures(estimates, model.family, plan, seed=seed),
            "recalibration": recalibration,
        },
    )


@dataclass(frozen=True)
class _Compared:
    """One set of estimates against another: the deciding loss, its difference, what it shows."""

    model: str
    rival: str
    loss: gaps.Loss
    ends: Interval
    state: gaps.State

    def to_dict(self) -> dict[str, Any]:
        gap, low, high = self.ends
        ends = {"difference": gap, "low": low, "high": high}
        return {"metric": self.loss, **ends, "state": self.state}


def _compare(estimates: OutOfFold, plan: Plan, model: str, rival: str) -> _Compared:
    loss, rate = gaps.deciding_loss(estimates), estimates.events / estimates.n
    ends = gaps.paired_difference(estimates, model, rival, loss=loss)
    smallest = gaps.smallest_that_matters(rate, loss, plan.smallest_difference)
    return _Compared(model, rival, loss, ends, gaps.state(ends.low, ends.high, smallest=smallest))


def _differences(estimates: OutOfFold, compared: dict[str, _Compared]) -> pd.DataFrame:
    rows = [
        (one.model, one.rival, one.loss, *one.ends, estimates.n, 0, gaps.DECIDING, np.nan)
        for one in compared.values()
    ]
    return pd.DataFrame(rows, columns=gaps.COLUMNS)


def _verdict(
    model: ResponseModel,
    metrics: pd.DataFrame,
    compared: dict[str, _Compared],
    line: tuple[float, float],
    whom: _Whom,
) -> dict[str, Any]:
    own = metrics[metrics["model"] == model.family].set_index("metric")
    values = {str(name): float(value) for name, value in own["estimate"].items()}
    area, shown = own.loc["auroc"], _recalibration_state(compared)
    span = f" ({area['low']:.2f} to {area['high']:.2f})" if np.isfinite(area["low"]) else ""
    say, differences = load_catalogue(), {name: one.to_dict() for name, one in compared.items()}
    rate = say("validation.rate")
    sentence = say(
        "validation.sentence",
        people=whom.words(),
        model=model.name,
        auroc=f"{area['estimate']:.2f}{span}",
        slope=slope_words(values["calibration_slope"], say),
        o_e=f"{values['o_e']:.2f}",
        against=comparison_words(differences["as_it_is"], rate, say),
        recalibration=say(
            f"validation.{shown}", gap=difference_words(differences["recalibration"])
        ),
    )
    return {
        "sentence": sentence,
        "model": model.family,
        "counts": whom.counts,
        "against_rate": {n: compared[n].to_dict() for n in ("as_it_is", "recalibrated")},
        "recalibration": {"slope": line[0], "intercept": line[1], "state": shown},
    }


def slope_words(slope: float, say: Catalogue) -> str:
    """Return the calibration slope in words; of estimates all alike, that there is none to tell.

    Examples
    --------
    >>> slope_words(0.83, load_catalogue())
    'calibration slope 0.83'
    """
    if not np.isfinite(slope):
        return say("validation.no_slope")
    return say("validation.slope", slope=f"{slope:.2f}")


def _recalibration_state(compared: dict[str, _Compared]) -> str:
    """Return what recalibration is shown to do; pulling all estimates to the rate is no help."""
    shown = compared["recalibration"].state
    if shown == "better" and compared["recalibrated"].state != "better":
        return "down_to_the_rate"
    return shown
