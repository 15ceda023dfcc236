"""`predict evaluate EXPERIMENT TABLE --out DIR`: what a recipe is worth; no model is kept."""

from __future__ import annotations

from typing import Annotated

import typer

from predict.cli.options import (
    AsJson,
    ExperimentFile,
    OutFolder,
    Quiet,
    Table,
    Threads,
    one_blas_thread,
    teller,
)


def evaluate(
    experiment: ExperimentFile,
    table: Table,
    out: OutFolder,
    schemes: Annotated[
        bool,
        typer.Option(
            "--schemes", help="All further schemes too: bootstrap, places, time, learning."
        ),
    ] = False,
    threads: Threads = 1,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Judge the experiment's recipe and its rivals on people they have not seen."""
    one_blas_thread()
    from dataclasses import replace

    from predict.cohort import read_cohort
    from predict.evaluation import evaluate as judge
    from predict.evaluation.schemes import SCHEMES
    from predict.features.training_set import assemble
    from predict.files import canonical_json
    from predict.pipeline import read_experiment

    spec = read_experiment(experiment, threads=threads)
    cohort = read_cohort(table, spec.study)
    training = assemble(cohort, **spec.question())
    teller(quiet)(f"Judging {len(spec.plan.families)} families on {training.n} people ...")
    plan = replace(spec.plan, schemes=tuple(SCHEMES)) if schemes else spec.plan
    evaluation = judge(training, spec.recipe, plan, cohort=cohort)
    evaluation.write(out)
    print(canonical_json(evaluation.verdict) if as_json else evaluation.verdict["sentence"])
