"""The verbs that learn, as Python calls them: MLflow told where asked to, autologging kept out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from predict.cohort import Cohort
from predict.drawing.progress import speaker
from predict.errors import UsageError
from predict.evaluation import Evaluation, Plan
from predict.evaluation import evaluate as judge
from predict.evaluation.result import USUAL
from predict.features.nouns import require_training_set
from predict.features.training_set import TrainingSet
from predict.model_folder import save_model
from predict.models.families import Trial
from predict.models.recipe import Recipe
from predict.models.response_model import ResponseModel
from predict.models.training import REFITS
from predict.models.training import train as learn
from predict.pipeline.experiment import flat_settings
from predict.pipeline.tracking import question_words, tracked

Tick = Callable[[int, int], None]


def evaluate(
    training: TrainingSet,
    recipe: Recipe | Mapping[str, Any] = USUAL,
    plan: Plan | None = None,
    *,
    beside: Recipe | None = None,
    cohort: Cohort | None = None,
    progress: Tick | bool | None = None,
    track: bool = False,
    uri: str | None = None,
) -> Evaluation:
    """Judge a recipe, or classifiers of your own, beside plain rivals on people they have not seen.

    Preparation, tuning and calibration are done anew inside every training part, so what is judged
    is the whole recipe.

    Parameters
    ----------
    training : TrainingSet
        From `assemble`.
    recipe : Recipe, or mapping of name to classifier
        As `predict.evaluation.evaluate`; ``{"mine": LogisticRegression()}`` judges your own.
    plan : Plan, optional
        Folds, repeats, rivals.
    beside : Recipe, optional
        How the families beside your own classifiers are learned.
    cohort : Cohort, optional
        Where the training set comes from; with it the lost people are read in as well.
    progress : callable (done, all) or bool, optional
        Told after each fit; a bar where somebody can see it, and none where False.
    track : bool
        Tell MLflow: a run with the verdict, a run for each family beneath it. Where it is told is
        said on standard error, and what could not be told; ``PREDICT_PROGRESS=off`` silences that.
    uri : str, optional
        MLflow's store; a local SQLite file where none is given.

    Returns
    -------
    Evaluation
        Measures, differences, pictures and the verdict.

    Raises
    ------
    UsageError
        For a wrong noun, with what to give instead.
    DesignError
        When there are too few people of one outcome for the folds: use fewer folds.
    OutputError
        Before anything is learned, where MLflow's store cannot be written.

    See Also
    --------
    predict.train : The whole model of a recipe.
    predict.validate : A learned model, judged on other people.

    References
    ----------
    Varma & Simon 2006, BMC Bioinformatics 7:91 (nested); Collins et al. 2024, BMJ 384:e074819.

    Examples
    --------
    >>> import predict as pr
    >>> from predict.simulation.examples import shipped
    >>> study = shipped("demo_study.toml")
    >>> table = pr.simulate("demo", people=200, seed=1).table
    >>> training = pr.assemble(table, "phq9_response", study=study, blocks=["scales"])
    >>> plan = pr.Plan(outer=3, repeats=1, families=("prior",), resamples=10)
    >>> judged = pr.evaluate(training, pr.Recipe("severity"), plan, progress=False)
    >>> judged.verdict.better_than("prior")
    False
    """
    require_training_set(training)
    family = recipe.family if isinstance(recipe, Recipe) else "own"
    question, told = question_of(training), speaker()
    planned = (plan or Plan()).at_rate(training.events / training.n)
    named = recipe if isinstance(recipe, Recipe) else None
    asked = _asked(training, named, planned) if track else {}
    with tracked(question, family, on=track, uri=uri, say=told, asked=asked) as session:
        judged = judge(training, recipe, plan, beside=beside, cohort=cohort, progress=progress)
        session.settings(asked)
        session.dataset(training)
        session.evaluation(judged, planned)
    return replace(judged, mlflow_run=session.run_id)


def train(
    training: TrainingSet,
    recipe: Recipe | None = None,
    *,
    judged: Evaluation | None = None,
    refits: int = REFITS,
    workers: int = 1,
    name: str = "model",
    facts: Mapping[str, Any] | None = None,
    thresholds: Mapping[str, Any] | None = None,
    say: Callable[[str], object] = lambda _: None,
    progress: Tick | bool | None = None,
    track: bool = False,
    uri: str | None = None,
    register: str = "",
) -> ResponseModel:
    """Learn a whole model: one that can score, explain itself, say how sure it is, and be stored.

    Parameters
    ----------
    training : TrainingSet
        From `assemble`.
    recipe : Recipe, optional
        Boosted trees with a short search where none is given.
    judged : Evaluation, optional
        What `predict.evaluate` found of the same recipe on the same people. It goes with the model:
        where it was not shown to be better than giving everybody the rate, no door shows an
        estimate. A model that nobody judged scores, and says that it was not judged.
    refits : int
        Resamples on which the shipped settings are learned again, for intervals and stable drivers;
        0 leaves both out, and is quick.
    workers : int
        Processes for the refits; no number depends on it.
    name : str
        Name of the model, and of its folder.
    facts : mapping, optional
        Further aggregates kept with the model beside its own counts.
    thresholds : mapping, optional
        Where an estimate gets a note, or must not be shown.
    say : callable
        Told one sentence before each step.
    progress : callable (done, all) or bool, optional
        Told after each refit; a bar where somebody can see it, and none where False.
    track : bool
        Tell MLflow: a run with the model, its counts and what the search tried beneath it; of
        `judged` the verdict and which run told of it. Said as `evaluate`.
    uri : str, optional
        MLflow's store; a local SQLite file where none is given.
    register : str
        Name under which MLflow registers the model, with the alias ``candidate``; empty for none.

    Returns
    -------
    ResponseModel
        Its repr says where interval and drivers were left out.

    Raises
    ------
    UsageError
        When `refits` is 1 or below 0, for a wrong noun, or when `judged` is of other people or of
        another family (``JUDGED_OTHERS``).
    DesignError
        When there are too few people to learn from (``TOO_FEW_EVENTS``) or to learn from again
        (``REFITS_LOST``; use ``refits=0``).
    OutputError
        Before anything is learned, where MLflow's store cannot be written.

    See Also
    --------
    predict.evaluate : What the recipe is worth.

    References
    ----------
    Riley & Collins 2023, Biom J 65:2200302 (stability over bootstrap models).

    Examples
    --------
    >>> import predict as pr
    >>> from predict.simulation.examples import shipped
    >>> study = shipped("demo_study.toml")
    >>> table = pr.simulate("demo", people=200, seed=1).table
    >>> training = pr.assemble(table, "phq9_response", study=study, blocks=["scales"])
    >>> recipe = pr.Recipe("linear", trials=0)
    >>> pr.train(training, recipe, refits=0).standing
    'not_judged'
    >>> judged = pr.evaluate(training, recipe, pr.Plan(outer=3, repeats=1, resamples=50))
    >>> pr.train(training, recipe, judged=judged, refits=0).standing
    'not_better'
    """
    require_training_set(training)
    tried: list[Trial] = []
    family = (recipe if isinstance(recipe, Recipe) else Recipe()).family
    found = {} if judged is None else _found(judged, training, family)
    question, told = question_of(training), speaker()
    named = recipe if isinstance(recipe, Recipe) else Recipe()
    asked = _asked(training, named) if track else {}
    choices: dict[str, Any] = {"on": track, "uri": uri, "say": told, "asked": asked}
    with tracked(question, family, name=f"{question}/train", **choices) as session:
        model = learn(
            training,
            recipe,
            refits=refits,
            workers=workers,
            name=name,
            facts={**found, **(facts or {})},
            thresholds=thresholds,
            say=say,
            progress=progress,
            watch=tried.append if track else None,
        )
        if track:
            session.settings(_asked(training, model.fitted.recipe))
            session.dataset(training)
            session.trained(training, model, refits, judged)
            session.trials(tried)
            with TemporaryDirectory() as folder:
                save_model(model, Path(folder) / "model")
                session.model(model, Path(folder) / "model", register=register)
    return model


def _found(judged: Evaluation, training: TrainingSet, family: str) -> dict[str, Any]:
    """Return what a judgement says, to go with the model; refuse one that is not of this model."""
    families = sorted(judged.metrics["model"].unique())
    if family not in families or not _same_people(judged, training):
        people = judged.predictions["id"].nunique()
        raise UsageError(
            f"`judged` is of {people} people and of {', '.join(families)}; this is a {family} "
            f"model of {training.n}, or of another outcome of theirs. Give what "
            "predict.evaluate(training, recipe) said of the same training set and recipe.",
            code="JUDGED_OTHERS",
        )
    return judged.kept()


def _same_people(judged: Evaluation, training: TrainingSet) -> bool:
    """Whether a judgement stands on this set's people and outcomes; a stored one has no rows."""
    rows = judged.predictions.drop_duplicates("id").set_index("id")["y"]
    return rows.empty or rows.to_dict() == training.y.to_dict()


def _asked(
    training: TrainingSet, recipe: Recipe | None, plan: Plan | None = None
) -> dict[str, Any]:
    """Return what was asked of whom, and how, in the columns that a run of the line has too."""
    own = {"recipe.family": "own"} if recipe is None else {}
    return {**question_words(training), **own, **flat_settings(recipe, plan)}


def question_of(training: TrainingSet) -> str:
    """Return the name of a question: one MLflow experiment for each."""
    return f"{training.outcome.name}_round_{training.round}"
