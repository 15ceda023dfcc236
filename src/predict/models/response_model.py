"""A model that predicts response: the question, what was learned, and how to ask it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from predict.cohort import Cohort
from predict.cohort.labelling import below_floor
from predict.definitions.outcomes import Outcome
from predict.definitions.study import RoundName, Study
from predict.drawing.card import card
from predict.features import features_as_of
from predict.features.columns import Column
from predict.features.training_set import RIVAL_BLOCKS
from predict.models.calibration import Calibration, probability
from predict.models.driver_groups import without_sign
from predict.models.families import Background, Fitted
from predict.models.preprocessing import Preparation
from predict.models.raw_columns import RawColumns
from predict.models.recipe import Recipe
from predict.models.reliance import (
    Finding,
    Judged,
    Reason,
    RelianceProfile,
    Standing,
    answer_findings,
    estimate_findings,
    standing,
    weighed,
)
from predict.models.reliance.absence import absent_answers, leaning
from predict.models.scikit_learn_face import ScikitLearnFace


@dataclass(frozen=True)
class FittedRecipe:
    """Everything that was learned, ready to be applied to raw features.

    Parameters
    ----------
    recipe : Recipe
        What was asked for.
    params : mapping
        Settings that were used.
    columns : tuple of Column
        Raw columns the family looks at, in order.
    preparation, estimator, calibration
        The three learned halves, applied in this order.
    out_of_fold : ndarray
        Calibrated log-odds of the training people, each from folds that did not hold them; empty
        for a model read from a folder.
    folds : ndarray
        In which inner fold each of them was judged; empty as above.
    background : Background, optional
        The people learned from, as far as marginal reasons need them.
    margins : ndarray
        `out_of_fold` before calibration; empty as above.
    """

    recipe: Recipe
    params: Mapping[str, float]
    columns: tuple[Column, ...]
    preparation: Preparation
    estimator: Fitted
    calibration: Calibration
    out_of_fold: np.ndarray
    folds: np.ndarray = field(default_factory=lambda: np.empty(0, dtype="int64"))
    background: Background | None = None
    margins: np.ndarray = field(default_factory=lambda: np.empty(0))

    def prepared(self, X: pd.DataFrame | RawColumns) -> pd.DataFrame:
        """Return the numbers the family reads."""
        return self.preparation.apply(X)

    @cached_property
    def marginal(self) -> FittedRecipe | None:
        """The same estimates with marginal reasons, where the people behind them are known."""
        if self.background is None:
            return None
        return replace(self, estimator=self.estimator.marginal(self.background), background=None)

    def margin(self, X: pd.DataFrame | RawColumns) -> np.ndarray:
        """Return the family's own log-odds before calibration, shape (people,)."""
        return self.estimator.margin(self.prepared(X))

    def log_odds(self, X: pd.DataFrame | RawColumns) -> np.ndarray:
        """Return calibrated log-odds, shape (people,)."""
        return self.calibration.apply(self.margin(X))

    def probability(self, X: pd.DataFrame) -> np.ndarray:
        """Return probabilities of response, 0 to 1, shape (people,)."""
        return probability(self.log_odds(X))

    def contributions(self, X: pd.DataFrame) -> tuple[pd.DataFrame, float]:
        """Return each raw column's share of the calibrated log-odds, and the starting estimate.

        Prepared columns that belong together (levels of a choice, an answer and its missing flag)
        are summed. Start plus a row's shares is that row's log-odds.

        Returns
        -------
        contributions : DataFrame, shape (people, raw columns)
            Log-odds; above 0 raised the estimate.
        start : float
            Log-odds of the model's starting estimate.
        """
        _, summed, start = self.explained(X)
        names = [column.name for column in self.columns]
        return pd.DataFrame(summed, index=X.index, columns=names), start

    def explained(self, X: pd.DataFrame | RawColumns) -> tuple[np.ndarray, np.ndarray, float]:
        """Return calibrated log-odds, contributions and start from one look at the rows."""
        return self.explained_from(self.prepared(X))

    def explained_from(self, prepared: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, float]:
        """Return the same from the numbers that `prepared` gives."""
        margin, summed, start = self.margin_shares(prepared)
        first = float(self.calibration.apply(np.array([start]))[0])
        return self.calibration.apply(margin), self.calibration.share(summed, margin, start), first

    def margin_shares(self, prepared: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, float]:
        """Return margins, contributions of raw columns and start, all before calibration."""
        margin, shares, start = self.estimator.explained(prepared)
        place = {column.name: number for number, column in enumerate(self.columns)}
        summed = np.zeros((len(prepared), len(place)))
        for number, raw in enumerate(self.preparation.origin):
            summed[:, place[raw]] += shares[:, number]
        return margin, summed, start


@dataclass(frozen=True)
class ResponseModel(ScikitLearnFace):
    """A question and its answer, learned: the unit that is stored, scores and explains.

    Parameters
    ----------
    name : str
        Name of the model and of its folder.
    study, outcome, round, as_of, blocks
        The question, with the study kept so that new tables are read the same way.
    columns : tuple of Column
        Raw columns used, in order.
    fitted : FittedRecipe
        What was learned.
    reliance : RelianceProfile
        When an estimate must not be shown: binned counts and quantiles only.
    interval : dict or None
        Constants of the estimate's interval; None until one was learned.
    facts : dict
        Aggregates: n, events, rate, who was left out, evaluation. No person's value.
    show_unproven : str
        Why estimates are shown although the model is not shown to be better than giving everybody
        the rate; empty where the experiment gives no reason, and then they are withheld.
    """

    name: str
    study: Study
    outcome: Outcome
    round: RoundName
    as_of: str
    blocks: tuple[str, ...]
    columns: tuple[Column, ...]
    fitted: FittedRecipe
    reliance: RelianceProfile
    interval: Mapping[str, Any] | None
    facts: Mapping[str, Any]
    show_unproven: str = ""

    def features(self, cohort: Cohort) -> pd.DataFrame:
        """Return the raw features of everybody in a cohort, shape (people, columns)."""
        needed = {column.name for column in self.columns}
        blocks = tuple(dict.fromkeys([*self.blocks, *RIVAL_BLOCKS]))
        frame = features_as_of(cohort, self.as_of, blocks).frame
        frame = frame.loc[:, ~frame.columns.duplicated()]
        absent = dict.fromkeys(needed - set(frame.columns), np.nan)
        return frame.assign(**absent)[[column.name for column in self.columns]]

    def log_odds(self, X: pd.DataFrame) -> np.ndarray:
        """Return calibrated log-odds, shape (people,)."""
        return self.fitted.log_odds(X[[column.name for column in self.columns]])

    def probability(self, X: pd.DataFrame) -> np.ndarray:
        """Return probabilities of response, 0 to 1, shape (people,)."""
        return probability(self.log_odds(X))

    def contributions(self, X: pd.DataFrame) -> tuple[pd.DataFrame, float]:
        """Return each column's share of the calibrated log-odds and the starting estimate."""
        return self.fitted.contributions(X[[column.name for column in self.columns]])

    def explained(self, X: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, float]:
        """Return calibrated log-odds, contributions and start from one look at the rows."""
        return self.fitted.explained(X[[column.name for column in self.columns]])

    @cached_property
    def named_under(self) -> dict[str, str]:
        """Each column that may be named as a reason, and the column under whose name it counts.

        Of columns told apart from chance that is their own; items may count under their total
        (`predict.models.driver_stability`). A model without drivers names every column, but never
        one of `without_sign`.
        """
        drivers = self.facts.get("drivers") or {}
        unstable, carried = set(drivers.get("unstable", ())), drivers.get("carried", {})
        silent = without_sign(self.columns, self.study)
        names = [column.name for column in self.columns if column.name not in silent]
        own = {name: name for name in names if name not in unstable}
        return own | {name: str(carried[name]) for name in names if name in carried}

    @cached_property
    def naming(self) -> tuple[tuple[Column, ...], np.ndarray]:
        """The columns that may be named, and which columns each of their reasons adds up.

        Returns
        -------
        columns : tuple of Column
        sums : ndarray of 0 and 1, shape (columns of the model, columns that may be named)
        """
        heads = set(self.named_under.values())
        named = tuple(column for column in self.columns if column.name in heads)
        under = [self.named_under.get(column.name) for column in self.columns]
        sums = [[name == column.name for column in named] for name in under]
        return named, np.array(sums, dtype="float64").reshape(len(under), len(named))

    @cached_property
    def leans_on(self) -> frozenset[str]:
        """Columns without which there is no estimate, where hardly anybody lacked them."""
        return leaning(self.reliance, [column.name for column in self.columns], self.probability)

    def asks(self, cohort: Cohort, X: pd.DataFrame) -> np.ndarray:
        """Return of whom the question is asked: not of those who start below its floor."""
        below = pd.Series(below_floor(cohort, self.outcome), index=cohort.ids).reindex(X.index)
        return ~below.fillna(False).to_numpy(dtype=bool)

    def findings(self, X: pd.DataFrame, cohort: Cohort) -> tuple[Finding, ...]:
        """Return what speaks against an estimate before there is one, and of whom.

        That the question is not asked of them, then what is absent, then the rules of reliance.

        Parameters
        ----------
        X : DataFrame, shape (people, columns)
            Raw features, from `features` of the cohort.
        """
        floor = Finding("stop", Reason("below_floor"), ~self.asks(cohort, X))
        absent = absent_answers(self.reliance, X, self.leans_on)
        return (floor, *absent, *answer_findings(self.reliance, X, cohort))

    def judged(
        self,
        X: pd.DataFrame,
        cohort: Cohort,
        log_odds: np.ndarray | None,
        *,
        today: date | None = None,
        first: Sequence[Finding] = (),
        found: Sequence[Finding] | None = None,
    ) -> Judged:
        """Say for each person whether the estimate may be relied on, the same at every door.

        Parameters
        ----------
        X : DataFrame, shape (people, columns)
            Raw features, from `features` of the cohort.
        log_odds : array (people,) or None
            Calibrated, from `log_odds`; None leaves out what only the estimate itself speaks
            against.
        today, first
            As for `predict.models.reliance.judge`.
        found : sequence of Finding, optional
            From `findings` of the same people, where it is known already.
        """
        found = self.findings(X, cohort) if found is None else found
        later = estimate_findings(self.reliance, X, log_odds, today=today)
        return weighed([*first, *found, *later], X.index)

    @property
    def marginal(self) -> ResponseModel | None:
        """The same model with marginal reasons, where its recipe asked for them."""
        marginal = self.fitted.marginal
        return None if marginal is None else replace(self, fitted=marginal)

    def save(self, folder: Path | str) -> Path:
        """Write the model as a folder, as `predict.save_model` does, and return where it lies."""
        # By the front door: how a model is stored is a matter of a room above this one.
        written: Path = import_module("predict").save_model(self, folder)
        return written

    @property
    def family(self) -> str:
        """Name of the model family."""
        return self.fitted.recipe.family

    @property
    def standing(self) -> Standing:
        """How the family stood against the prior: ``better``, ``not_better`` or ``not_judged``."""
        return standing(self.family, self.facts)

    @property
    def withheld(self) -> bool:
        """Whether scores and pages hold no estimate of this model.

        The number itself can still be read, for judging: `probability`, `predict_proba`.
        """
        return self.standing == "not_better" and not self.show_unproven

    def __repr__(self) -> str:
        return (
            f"ResponseModel({self.name}: {self.outcome.name}, round {self.round}, as of "
            f"{self.as_of}; {self.family} on {len(self.columns)} columns, "
            f"{self.facts.get('n', '?')} people{self._left_out()})"
        )

    def _repr_html_(self) -> str:
        standing = {"better": "shown to be better than giving everybody the rate"}
        standing |= {"not_better": "not shown to be better than giving everybody the rate"}
        facts = {
            "question": f"{self.outcome.name}, round {self.round}, as of {self.as_of}",
            "family": f"{self.family}, {len(self.columns)} columns",
            "learned from": f"{self.facts.get('n', '?')} people",
            "standing": standing.get(self.standing, "not judged yet: predict.evaluate"),
            "shows estimates": "no" if self.withheld else "yes",
            "interval of an estimate": "no (refits=0)" if self.interval is None else "yes",
        }
        return card(f"Model '{self.name}'", facts)

    def _left_out(self) -> str:
        """Say what a model trained without refits lacks."""
        parts = {"interval": self.interval is not None, "drivers": "drivers" in self.facts}
        absent = [f"no {part}" for part, there in parts.items() if not there]
        return f"; {' and '.join(absent)} (refits = 0)" if absent else ""
