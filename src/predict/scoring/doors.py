"""The doors in Python: a model and a table in; scores, reasons or a judgement out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from predict.cohort import StudyLike
from predict.cohort.dates import latest_today
from predict.errors import UsageError, wrong_noun
from predict.features.training_set import TrainingSet
from predict.models.nouns import require_model
from predict.models.response_model import ResponseModel
from predict.scoring.rows import Explain, Scored, estimates_of, scores_of
from predict.scoring.scoring_pass import PassedTable, ScoringPass, Table

if TYPE_CHECKING:
    from predict.evaluation import Evaluation, Plan
    from predict.explanation import Explanation


def score(
    model: ResponseModel,
    table: Table,
    *,
    explain: Explain = "top",
    training: Collection[str] = (),
    today: date | None = None,
    conformal: bool = False,
    study: StudyLike | None = None,
) -> pd.DataFrame:
    """Return one row of scores for every row of a table, in its order; none is dropped.

    Parameters
    ----------
    model : ResponseModel
        Trained or loaded. It carries the study under which the table is read.
    table : Cohort, DataFrame or path
        People with at least the columns known at the model's as-of visit. Columns known later are
        left unread.
    explain : str
        ``none``, ``top`` (three reasons either way) or ``all`` (one contribution a column as well).
    training : collection of str
        Ids the model learned from; their rows carry the flag ``in_training``.
    today : date, optional
        The day against which the model's age is held; the present one where none is given.
    conformal : bool
        Whether to append `outcome_set` (yes, no, both): the outcomes that a 90 % conformal set
        holds. One in ten of the people with an outcome have a set without it; that is no statement
        about one person.
    study : Study, path or mapping, optional
        How this table is written, where its columns differ from those the model knows.

    Returns
    -------
    DataFrame
        Columns id, row (from 1), status (scored, no_estimate, rejected), probability, low and high
        (0 to 1), reliance (ok, note, stop), lowered_by, raised_by (``name=points``), flags, reason.
        ``attrs["warnings"]`` holds what was told of the table, messages by code.

    Raises
    ------
    TableError
        When the table as a whole cannot be read under the study (every problem is listed), or is
        not like what the model learned from (``DISTRIBUTION_OTHER``).

    See Also
    --------
    predict.explain : The reasons behind the estimates.
    predict.report : The same people as pages.

    Examples
    --------
    >>> import predict as pr
    >>> scores = pr.score(pr.load_model("models/example"), "models/ten_people.csv")
    >>> len(scores), scores.columns[:4].tolist()
    (10, ['id', 'row', 'status', 'probability'])
    """
    require_model(model)
    passed = ScoringPass(model, "score").table(table, as_of=model.as_of, study=study)
    rows = scored(passed, explain=explain, training=training, today=today, conformal=conformal)
    scores = rows.frame
    scores.attrs["warnings"] = passed.warnings
    return scores


def scored(
    passed: PassedTable,
    *,
    explain: Explain = "top",
    training: Collection[str] = (),
    today: date | None = None,
    conformal: bool = False,
) -> Scored:
    """Return the scores of a table that went through the gate, with their reasons as records."""
    return scores_of(
        passed.rows,
        explain=explain,
        training=training,
        today=today or latest_today(),
        withheld=passed.judgement.withheld,
        conformal=conformal,
    )


def explain(
    model: ResponseModel | Any,
    table: Table | TrainingSet,
    *,
    people: Collection[str] | None = None,
    today: date | None = None,
    study: StudyLike | None = None,
) -> Explanation:
    """Return the reasons behind each person's estimate.

    Parameters
    ----------
    model : ResponseModel, or fitted classifier
        Trained or loaded. A scikit-learn classifier of your own is explained through shap: its
        Shapley values add up too, but are estimated, and slow; see `reasons_through_shap`.
    table : Cohort, DataFrame or path
        People to explain; what is no cohort is read under the model's study. Only what is known at
        the model's as-of visit is read. For a classifier of your own the table that it was fitted
        to, or the training set that holds it.
    people : collection of str, optional
        Ids of those to explain; the whole table is judged all the same.
    today : date, optional
        As `score`.
    study : Study, path or mapping, optional
        As `score`.

    Returns
    -------
    Explanation
        Of everybody who has an estimate: who has none, by `score`, has no reasons either.

    Raises
    ------
    TableError
        As `score`.
    DesignError
        With code ``no_better_than_rate`` for a model that is not shown to be better than giving
        everybody the rate.
    UsageError
        Where nobody of the people asked for has an estimate.
    PredictError
        When contributions do not add up to the estimate within 1e-4 log-odds.

    See Also
    --------
    predict.score : The estimates themselves.
    predict.report : Reasons on pages.

    Examples
    --------
    >>> import predict as pr
    >>> model = pr.load_model("models/example")
    >>> reasons = pr.explain(model, "models/ten_people.csv")
    >>> len(reasons.overall()) == len(model.columns)
    True
    """
    if not isinstance(model, ResponseModel) and hasattr(model, "predict_proba"):
        from predict.explanation.own_classifier import reasons_through_shap

        return reasons_through_shap(model, table, people=people)
    require_model(model)
    if isinstance(table, TrainingSet):
        raise wrong_noun(
            "a cohort, a table or a path",
            table,
            "A training set has lost who must not be judged: use predict.explain(model, cohort).",
        )
    passed = ScoringPass(model, "explain").table(table, as_of=model.as_of, study=study)
    return passed_reasons(passed, people=people, today=today)


def _require_texts(people: Collection[str] | None) -> None:
    """Refuse ids that are numbers: nobody has such an id."""
    odd = next((person for person in people or () if not isinstance(person, str)), None)
    if odd is not None:
        raise wrong_noun("ids as text", odd, 'Ids are text: people=["12"], not people=[12].')


def passed_reasons(
    passed: PassedTable, *, people: Collection[str] | None = None, today: date | None = None
) -> Explanation:
    """Return the reasons of a table that went through the gate, as `explain` does."""
    # Here, since `predict score` explains nothing to a notebook and one person should not wait.
    from predict.explanation.reasons import reasons_of, refuse_unproven

    rows = passed.rows
    refuse_unproven(rows.model)
    _require_texts(people)
    shown = estimates_of(rows, today=today or latest_today(), withheld=passed.judgement.withheld)
    chosen = shown if people is None else shown[shown.isin(list(people))]
    if people is not None and chosen.empty:
        raise UsageError(
            "None of these people has an estimate to explain: no valid row has such an id, or the "
            "model must not judge it. `predict score` tells why, row by row.",
            code="NOBODY_TO_EXPLAIN",
        )
    left = len(rows.X) - len(shown)
    silent = {"NO_ESTIMATE": f"{left} people have no estimate, and so no reasons."} if left else {}
    warnings = {**passed.warnings, **silent}
    return replace(reasons_of(rows.model, rows.X.loc[chosen]), warnings=warnings)


def validate(
    model: ResponseModel,
    table: Table,
    plan: Plan | None = None,
    *,
    seed: int = 1,
    study: StudyLike | None = None,
) -> Evaluation:
    """Judge a stored model on people it did not learn from.

    Parameters
    ----------
    model : ResponseModel
        From `load_model`.
    table : Cohort, DataFrame or path
        People with their outcomes; what is no cohort is read under the model's own study, up to the
        end of the model's round.
    plan : Plan, optional
        Resamples, level, thresholds.
    seed : int
        Of the resamples and of the folds in which recalibration is learned.
    study : Study, path or mapping, optional
        As `score`.

    Returns
    -------
    Evaluation
        The model as it is and, beside it, recalibrated (intercept and slope learned in five folds
        of the new people, so its gain is honest). Both are held against giving everybody the new
        people's rate, learned in the same folds. No person's row is in it. Where the table is not
        like what the model learned from, the verdict leads with that (``DISTRIBUTION_OTHER``);
        what else was told of the table stands in ``verdict["warnings"]``.

    Raises
    ------
    DesignError
        With code ``TOO_FEW_TO_VALIDATE`` below 20 people with, or without, the outcome.

    See Also
    --------
    predict.evaluate : Judges a recipe on the people it learns from.

    References
    ----------
    Collins et al. 2024, BMJ 384:e074820 (external validation); Steyerberg 2019, section 20.2.

    Examples
    --------
    >>> import predict as pr
    >>> found = pr.validate(pr.load_model("models/example"), table)  # doctest: +SKIP
    """
    # Scoring needs no judging, and one person should not wait for it.
    from predict.evaluation import Plan, Verdict
    from predict.evaluation.validation import judge_on

    require_model(model)
    end = model.study.rounds[model.round].end
    passed = ScoringPass(model, "validate").table(table, as_of=end, study=study)
    rows, problems = passed.rows, passed.judgement.problems
    evaluation = judge_on(model, rows.cohort, rows.X, plan or Plan(), seed=seed, problems=problems)
    if not passed.warnings:
        return evaluation
    return replace(evaluation, verdict=Verdict({**evaluation.verdict, "warnings": passed.warnings}))
