"""A challenger against the model in use: paired, on the same people, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from predict.cohort import Cohort
from predict.cohort.labelling import label
from predict.errors import DesignError
from predict.evaluation import Plan
from predict.evaluation import differences as gaps
from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.measures import measure
from predict.evaluation.validation import LEAST
from predict.features.training_set import assemble, fold_groups
from predict.models.calibration import probability
from predict.models.response_model import ResponseModel
from predict.scoring.scoring_pass import ScoringPass, Table
from predict.statistics.intervals import Interval

CHALLENGER, CURRENT = "challenger", "current"
REPORTED = ("auroc", "brier", "o_e")


@dataclass(frozen=True)
class Comparison:
    """Two stored models on the same people.

    Parameters
    ----------
    people, events : int
        Who has an outcome and an estimate of both models, and how many reached it.
    loss : str
        ``brier``, or ``log_loss`` where few reach the outcome or few miss it.
    difference : Interval
        Loss of the challenger minus loss of the one in use, with its 90 % interval; below 0 the
        challenger is better.
    state : str
        ``better``, ``worse``, ``no_different`` or ``not_shown``.
    measures : mapping of model to measures
        AUROC, Brier and observed over expected of each.
    """

    people: int
    events: int
    loss: gaps.Loss
    difference: Interval
    state: gaps.State
    measures: dict[str, dict[str, float]]

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as the history keeps it."""
        estimate, low, high = self.difference
        return {
            "people": self.people,
            "events": self.events,
            "loss": self.loss,
            "difference": estimate,
            "low": low,
            "high": high,
            "state": self.state,
            **self.measures,
        }


def compare(challenger: ResponseModel, current: ResponseModel, table: Table) -> Comparison:
    """Return how a challenger does against the model in use, on people of neither's training.

    Raises
    ------
    DesignError
        ``OTHER_QUESTION`` where they answer different questions; ``TOO_FEW_TO_COMPARE`` below 20
        people with, or without, the outcome.
    TableError
        ``DISTRIBUTION_OTHER`` where the table is not like what one of them learned from.

    Examples
    --------
    >>> compare(new_model, old_model, "outcomes_of_may.csv").state  # doctest: +SKIP
    'not_shown'
    """
    _same_question(challenger, current)
    rows = {CHALLENGER: _estimates(challenger, table), CURRENT: _estimates(current, table)}
    both = rows[CHALLENGER].index.intersection(rows[CURRENT].index)
    cohort = _cohort(challenger, table)
    answers = label(cohort, challenger.outcome, round=challenger.round)["answer"]
    answered = answers.reindex(both)
    people = both[answered.isin(["yes", "no"]).to_numpy()]
    y = (answered[people] == "yes").to_numpy().astype(np.int8)
    _refuse_too_few(y)
    groups = fold_groups(cohort, people).to_numpy(dtype=object)
    return _compared(OutOfFold(
        people, y, groups, np.zeros((1, len(y)), dtype=np.int64),
        {name: estimates[people].to_numpy()[None, :] for name, estimates in rows.items()},
    ))  # fmt: skip


def refuse_leaks(model: ResponseModel, table: Table) -> None:
    """Hold a model's question to the guards of a training set, on people it did not learn from.

    Raises
    ------
    DesignError
        With the code of the leak (``LEAK_LABEL_COPY`` and its siblings).
    """
    assemble(
        _cohort(model, table), model.outcome, round=model.round, as_of=model.as_of,
        blocks=model.blocks,  # type: ignore[arg-type]  # a stored model's blocks were checked
    )  # fmt: skip


def _cohort(model: ResponseModel, table: Table) -> Cohort:
    end = model.study.rounds[model.round].end
    return ScoringPass(model, "validate").table(table, as_of=end).rows.cohort


def _estimates(model: ResponseModel, table: Table) -> pd.Series:
    """Probabilities, before any withholding, of those whom the model may judge."""
    end = model.study.rounds[model.round].end
    passed = ScoringPass(model, "validate").table(table, as_of=end)
    if passed.judgement.against:
        raise passed.judgement.error()
    X, rows = passed.rows.X, passed.rows
    margin = model.log_odds(X)
    may = model.judged(X, rows.cohort, margin, found=rows.found).reliance != "stop"
    estimates: pd.Series = pd.Series(probability(margin), index=X.index)[may.to_numpy()]
    return estimates


def _same_question(challenger: ResponseModel, current: ResponseModel) -> None:
    asked = [(m.outcome, m.round) for m in (challenger, current)]
    if asked[0] != asked[1]:
        raise DesignError(
            f"The challenger predicts {challenger.outcome.name} after round {challenger.round}, "
            f"the model in use {current.outcome.name} after round {current.round}. Keep one "
            "registry for each question.",
            code="OTHER_QUESTION",
        )


def _refuse_too_few(y: np.ndarray) -> None:
    scarce = min(int(y.sum()), len(y) - int(y.sum()))
    if scarce < LEAST:
        raise DesignError(
            f"{scarce} people of the rarer outcome are too few to compare models on (at least "
            f"{LEAST} are wanted). Wait for more outcomes.",
            code="TOO_FEW_TO_COMPARE",
        )


def _compared(judged: OutOfFold) -> Comparison:
    loss, rate = gaps.deciding_loss(judged), judged.events / judged.n
    ends = gaps.paired_difference(judged, CHALLENGER, CURRENT, loss=loss)
    smallest = gaps.smallest_that_matters(rate, loss, Plan().smallest_difference)
    measures = {name: _reported(judged, name) for name in (CHALLENGER, CURRENT)}
    return Comparison(
        judged.n, judged.events, loss, ends,
        gaps.state(ends.low, ends.high, smallest=smallest), measures,
    )  # fmt: skip


def _reported(judged: OutOfFold, name: str) -> dict[str, float]:
    values = measure(judged, name)
    return {key: float(values[key]) for key in REPORTED}
