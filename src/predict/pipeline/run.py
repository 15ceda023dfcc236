"""The line, run: check, assemble, judge, learn, explain, score, report, in one folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from predict.appraisal import Evidence, probast, tripod
from predict.appraisal.checks import Design, examine
from predict.appraisal.sample_size import candidate_parameters, refuse_too_few
from predict.cohort import Cohort, read_cohort
from predict.definitions.wording import load_catalogue
from predict.drawing.card import card
from predict.evaluation import Evaluation, Plan, evaluate
from predict.evaluation.cross_validation import judging_words, outer_folds
from predict.evaluation.schemes import SCHEMES
from predict.features.training_set import TrainingSet, assemble
from predict.files import installed_version, write_bytes, write_csv, write_json
from predict.model_folder import save_model
from predict.model_folder.forms import toml_bytes
from predict.model_folder.places import ASKED
from predict.models.families import Trial
from predict.models.response_model import ResponseModel
from predict.models.training import train
from predict.pipeline.experiment import Experiment, read_experiment
from predict.pipeline.facts import machine_facts, table_digest
from predict.pipeline.pages import pages_words, write_report
from predict.pipeline.replaced import FINISHED, kept_words, replacing_words, written_in
from predict.pipeline.tracking import Session, Silence, question_words, tracked
from predict.scoring import ScoringPass, scored

Say = Callable[[str], None]
PatientTable = Path | str | pd.DataFrame


@dataclass(frozen=True)
class Run:
    """A finished run: its folder and the values behind it.

    Parameters
    ----------
    folder : Path
        Holds what the architecture's run folder lists.
    experiment : Experiment
    training : TrainingSet
    model : ResponseModel
    evaluation : Evaluation
    scores : DataFrame
        One row a row of the table.
    counts : dict
        Rows, people, scored, rejected, pages.
    """

    folder: Path
    experiment: Experiment
    training: TrainingSet
    model: ResponseModel
    evaluation: Evaluation
    scores: pd.DataFrame
    counts: dict[str, int]

    @property
    def sentence(self) -> str:
        """The verdict."""
        return str(self.evaluation.verdict["sentence"])

    @property
    def notice(self) -> str:
        """What follows for estimates, where the model is not shown to be better than the rate."""
        if self.model.standing != "not_better":
            return ""
        finding = "Not shown to be better than giving everybody the rate"
        if self.model.withheld:
            return (
                f"{finding}: scores and pages hold no estimate and no reasons. To show them, state "
                'why under [reliance] in the experiment: show_unproven = "reason".'
            )
        return f"{finding}; estimates are shown all the same: {self.model.show_unproven}"

    def __repr__(self) -> str:
        return f"Run({self.experiment.name}): {self.sentence}"

    def _repr_html_(self) -> str:
        facts: dict[str, object] = {"folder": self.folder.name, **self.counts}
        return card(f"Run of {self.experiment.name}: {self.sentence}", facts)


def _silent(_: str) -> None:
    return None


def run(
    experiment: Experiment | Mapping[str, Any] | Path | str,
    table: PatientTable,
    out: Path | str,
    *,
    track: bool = True,
    threads: int = 1,
    uri: str | None = None,
    register: str = "",
    language: str = "en",
    say: Say = _silent,
) -> Run:
    """Run an experiment from a patient table to a folder of evidence.

    Parameters
    ----------
    experiment : Experiment, path or mapping
        The question and the recipe.
    table : path or DataFrame
        Patients as the experiment's study describes them.
    out : path
        Run folder. A run that is there is replaced file by file, and `say` is told; files that this
        run does not write are kept.
    track : bool
        Tell MLflow; the numbers are the same without.
    threads : int
        Threads; no number depends on it.
    uri : str, optional
        MLflow's store; a local SQLite file where none is given.
    register : str
        Name under which MLflow registers the model, with the alias ``candidate``; empty for none.
    language : str
        Language of the pages, one of `predict list languages`.
    say : callable
        Told one sentence before each step.

    Returns
    -------
    Run
        The folder, and the values behind it.

    Raises
    ------
    StudyError, ExperimentError, TableError, DesignError
        Each with every fault found and what to do.
    OutputError
        Before anything is learned, where MLflow's store cannot be written.

    See Also
    --------
    predict.evaluate : The judging alone.
    predict.train : The learning alone.

    Examples
    --------
    >>> import predict as pr
    >>> from tempfile import TemporaryDirectory
    >>> from predict.simulation.examples import shipped
    >>> table = pr.simulate("demo", people=200, seed=1).table
    >>> question = {
    ...     "study": str(shipped("demo_study.toml")),
    ...     "outcome": "phq9_response",
    ...     "blocks": ["scales"],
    ...     "recipe": {"family": "severity", "trials": 0},
    ...     "evaluation": {"outer": 3, "repeats": 1, "families": ["prior"], "resamples": 10},
    ... }
    >>> question["evaluation"]["refits"] = 0  # a quick look: no intervals of single estimates
    >>> with TemporaryDirectory() as folder:
    ...     done = pr.run(question, table, folder, track=False)
    >>> done.counts["people"], done.model.family
    (200, 'severity')
    """
    spec = _spec(experiment, threads)
    load_catalogue(language)  # one that nobody wrote is told before anything is learned
    clock, folder = _Clock(say), Path(out)
    question = f"{spec.outcome.name}_round_{spec.round}"
    choices: dict[str, Any] = {"on": track, "name": spec.name, "uri": uri, "say": say}
    before = written_in(folder)
    clock.told(replacing_words(folder, before))
    with tracked(question, spec.recipe.family, asked=_asked(spec), **choices) as session:
        finished, plan, tried = _worked(spec, table, folder, threads, clock, language)
        if track:
            clock.step("Telling MLflow")
            _tell(session, finished, plan, tried, table_digest(table), register)
    _write_facts(finished, table, clock, session)
    clock.told(kept_words(folder, before))
    told = replace(finished.evaluation, mlflow_run=session.run_id)
    return replace(finished, evaluation=told)


def _worked(
    spec: Experiment, table: PatientTable, folder: Path, threads: int, clock: _Clock, language: str
) -> tuple[Run, Plan, list[Trial]]:
    """Do everything but tell MLflow; return the plan and what the search tried beside the run."""
    clock.step("Reading the table")
    cohort = read_cohort(table, spec.study)
    training = assemble(cohort, **spec.question())
    design = Design(training, spec.recipe, spec.plan, cohort, muted=spec.mute)
    _gate(spec, design)
    clock.say(objections(examine(design)))
    clock.step(f"{judging_words(spec.recipe, spec.plan, training.n)} on {training.n} people")
    plan, tried = spec.plan.at_rate(training.events / training.n), list[Trial]()
    evaluation = evaluate(training, spec.recipe, plan, cohort=cohort)
    model = _learn(spec, training, evaluation, threads, clock, tried)
    clock.step("Scoring and explaining everybody")
    passed = ScoringPass(model, "run").table(table, as_of=model.as_of)
    if passed.judgement.withheld:
        clock.say(f"Nobody gets an estimate: {passed.judgement.error()}")
    rows = scored(passed, training=frozenset(training.X.index))
    clock.step("Writing the folder")
    _write(folder, spec, model, evaluation, rows.frame)
    checks = examine(replace(design, evaluation=evaluation))
    write_csv(checks, folder / "evaluation" / "checks.csv")
    said = spec.source.get("statements", {})
    write_standards(Evidence(training, model, evaluation, plan, cohort, checks, said), folder)
    contents = (cohort, training, model, evaluation, rows)
    pages = write_report(folder, *contents, language=language)
    clock.say(f"{pages_words(pages)}.")
    counts = _counts(cohort, training, rows.frame, pages)
    return Run(folder, spec, training, model, evaluation, rows.frame, counts), plan, tried


def _gate(spec: Experiment, design: Design) -> None:
    """Stop before judging where a fold could not be learned from, or the strict gate is closed."""
    outer_folds(design.training, design.recipe, design.plan)
    if spec.source.get("evaluation", {}).get("gate") == "refuse":
        of, parameters = design.training, candidate_parameters(design.features)
        refuse_too_few(of.n, of.events, parameters, flexible=design.recipe.may_be_flexible)


def objections(checks: pd.DataFrame) -> str:
    """Return how many checks object to a design, which, and where to read them."""
    codes = checks.loc[checks["state"] == "issue", "code"].tolist()
    plural = "" if len(codes) == 1 else "s"
    count = f"{len(codes)} objection{plural} to the design, of {len(checks)} checks"
    if not codes:
        return count
    return (
        f"{count}: {', '.join(codes)}. Read each in evaluation/checks.csv of the folder, or by "
        "`predict check TABLE --design EXPERIMENT`"
    )


def _learn(
    spec: Experiment,
    training: TrainingSet,
    evaluation: Evaluation,
    threads: int,
    clock: _Clock,
    tried: list[Trial],
) -> ResponseModel:
    """Return the whole model of the family that the verdict is about, with its evaluation."""
    return train(
        training,
        spec.recipe.with_family(str(evaluation.verdict["model"])),
        refits=spec.refits,
        workers=threads,
        name=spec.name,
        facts={**evaluation.kept(), **_named_sites(spec)},
        thresholds=spec.reliance,
        say=clock.step,
        watch=tried.append,
    )


def _named_sites(spec: Experiment) -> dict[str, bool]:
    """The fact that the experiment asks for sites to be named in the model's folder."""
    asked = spec.source.get("evaluation", {}).get(ASKED) is True
    return {ASKED: True} if asked else {}


def write_standards(evidence: Evidence, folder: Path) -> None:
    """Write `tripod.json` (52 sub-items, none blank) and `probast.json` into a run's folder."""
    write_json(folder / "tripod.json", tripod(evidence))
    write_json(folder / "probast.json", probast(evidence))


def judge_only(
    experiment: Experiment | Path | str,
    table: PatientTable,
    *,
    schemes: bool = False,
    threads: int = 1,
    say: Say = _silent,
) -> Evaluation:
    """Judge the recipe of an experiment and its rivals; no model is kept.

    Parameters
    ----------
    schemes : bool
        Whether all further schemes are asked too: bootstrap, places, time, learning.
    """
    spec = _spec(experiment, threads)
    cohort = read_cohort(table, spec.study)
    training = assemble(cohort, **spec.question())
    say(f"{judging_words(spec.recipe, spec.plan, training.n)} on {training.n} people ...")
    plan = replace(spec.plan, schemes=tuple(SCHEMES)) if schemes else spec.plan
    return evaluate(training, spec.recipe, plan, cohort=cohort)


def train_only(
    experiment: Experiment | Path | str,
    table: PatientTable,
    out: Path | str,
    *,
    threads: int = 1,
) -> ResponseModel:
    """Learn and store the whole model of an experiment, without judging it."""
    spec = _spec(experiment, threads)
    training = assemble(read_cohort(table, spec.study), **spec.question())
    recipe = spec.recipe
    if recipe.decided is None:
        # Which family is best is known by judging only.
        recipe = recipe.with_family(str(evaluate(training, recipe, spec.plan).verdict["model"]))
    model = train(
        training,
        recipe,
        refits=spec.refits,
        workers=threads,
        name=spec.name,
        thresholds=spec.reliance,
    )
    save_model(model, out)
    return model


def _spec(experiment: Experiment | Mapping[str, Any] | Path | str, threads: int) -> Experiment:
    if isinstance(experiment, Experiment):
        return experiment
    return read_experiment(experiment, threads=threads)


def _write(
    folder: Path,
    spec: Experiment,
    model: ResponseModel,
    evaluation: Evaluation,
    scores: pd.DataFrame,
) -> None:
    # Stopped half-way, the folder of an earlier run must not pass for a whole one.
    (folder / FINISHED).unlink(missing_ok=True)
    write_bytes(folder / "experiment.toml", toml_bytes(spec.source))
    save_model(model, folder / "model")
    evaluation.write(folder)
    write_csv(scores, folder / "scores.csv")


def _counts(
    cohort: Cohort, training: TrainingSet, scores: pd.DataFrame, pages: int
) -> dict[str, int]:
    status = scores["status"].value_counts()
    return {
        "rows": len(cohort.rows),
        "people": len(cohort.people),
        "trained_on": training.n,
        "events": training.events,
        **{name: int(status.get(name, 0)) for name in ("scored", "no_estimate", "rejected")},
        "patient_pages": pages,
    }


def _asked(spec: Experiment) -> dict[str, Any]:
    """Return what MLflow holds of an experiment as settings; no table is needed for them."""
    return {**spec.flat(), **question_words(spec), "predict.version": installed_version()}


def _tell(
    session: Session | Silence,
    finished: Run,
    plan: Plan,
    tried: list[Trial],
    digest: str,
    register: str,
) -> None:
    """Tell MLflow of a finished run: aggregates, and the model as it is stored."""
    folder = finished.folder
    counts = {name: finished.counts[name] for name in ("rows", "people", "trained_on", "events")}
    session.settings(_asked(finished.experiment))
    session.dataset(finished.training, counts, digest)
    session.evaluation(finished.evaluation, plan)
    session.trials(tried)
    session.model(finished.model, folder / "model", register=register)
    tables = [folder / "evaluation" / f"{name}.csv" for name in ("metrics", "differences")]
    session.pages([*tables, folder / "verdict.json", folder / "report" / "model.html"])


def _write_facts(
    finished: Run, table: PatientTable, clock: _Clock, session: Session | Silence
) -> None:
    facts = {
        "experiment": finished.experiment.name,
        "seed": finished.experiment.recipe.seed,
        "data_sha256": table_digest(table),
        "counts": finished.counts,
        "seconds": clock.seconds(),
        "made": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "mlflow_run": session.run_id,
        "mlflow_lacks": list(session.missing),
        **machine_facts(),
    }
    write_json(finished.folder / FINISHED, facts)


class _Clock:
    """Says each step and keeps how long it took."""

    def __init__(self, say: Say) -> None:
        self.say, self._began, self._steps = say, time.perf_counter(), dict[str, float]()
        self._current = ""

    def step(self, sentence: str) -> None:
        self._close()
        self._current = sentence
        self.say(f"{sentence} ...")

    def told(self, sentence: str) -> None:
        """Say a sentence that is no step, where there is one."""
        if sentence:
            self.say(sentence)

    def _close(self) -> None:
        now = time.perf_counter()
        if self._current:
            self._steps[self._current] = round(now - self._began, 2)
        self._began = now

    def seconds(self) -> dict[str, Any]:
        self._close()
        return self._steps
