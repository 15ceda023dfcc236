"""What the reporting standards are answered from: the artifacts of a run, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from predict.appraisal.study_groups import StudyGroups, study_groups
from predict.appraisal.tripod_words import Part, named, number
from predict.cohort import Cohort
from predict.evaluation import Evaluation, Plan
from predict.features.training_set import TrainingSet
from predict.models.response_model import ResponseModel


@dataclass(frozen=True)
class Evidence:
    """The artifacts of a run.

    Parameters
    ----------
    training, model, evaluation, plan, cohort
        The values behind the run.
    checks : DataFrame
        From `checks.examine`, with the evaluation.
    statements : mapping of item to text
        What only people can say, from the experiment: `statements = { "17" = "..." }`.
    """

    training: TrainingSet
    model: ResponseModel
    evaluation: Evaluation
    plan: Plan
    cohort: Cohort
    checks: pd.DataFrame
    statements: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def groups(self) -> StudyGroups:
        """Who stands behind the question."""
        of = self.training
        return study_groups(self.cohort, of.outcome, round=of.round, as_of=of.as_of)

    def state(self, code: str) -> str:
        """Return the state of a check."""
        rows = self.checks.loc[self.checks["code"] == code, "state"]
        return str(rows.iloc[0]) if len(rows) else "not_applicable"

    def metric(self, name: str) -> Part:
        """Return a metric of the shipped family with its interval."""
        family = str(self.evaluation.verdict["model"])
        table = self.evaluation.metrics
        row = table[(table["model"] == family) & (table["metric"] == name)].iloc[0]
        told = [named(name), " ", number(row["estimate"], ".3f")]
        if pd.isna(row["low"]):
            return told
        ends = {end: number(row[end], ".3f") for end in ("low", "high")}
        return [*told, " (", {"say": "format.span", **ends}, ")"]
