"""Predict, honestly, who responds to a mental-health treatment.

The line, from a patient table to a page, reads as it is written::

    import predict as pr

    cohort = pr.read_cohort("table.csv", "study.toml")
    training = pr.assemble(cohort, "phq9_response")
    model = pr.train(training)
    pr.evaluate(training, pr.Recipe()).verdict["sentence"]
    pr.explain(model, cohort).overall()
    pr.save_model(model, "models/mine")

Importing the package loads nothing: each name below brings its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from predict import analysis
    from predict.cohort import read_cohort
    from predict.cohort.labelling import label
    from predict.definitions.study import read_study
    from predict.errors import PredictError
    from predict.evaluation import Plan
    from predict.features.training_set import assemble
    from predict.model_folder import load_model, save_model
    from predict.models.recipe import Recipe
    from predict.pipeline import run
    from predict.pipeline.estimators import Preprocessor, ResponseClassifier
    from predict.pipeline.instrument_page import list_items
    from predict.pipeline.lists import (
        list_blocks,
        list_checks,
        list_families,
        list_formats,
        list_instruments,
        list_outcomes,
        list_programmes,
        list_sections,
    )
    from predict.pipeline.verbs import evaluate, train
    from predict.reports import report
    from predict.scoring import explain, score, validate
    from predict.simulation import simulate

_HOMES = {
    "Plan": "evaluation",
    "PredictError": "errors",
    "Preprocessor": "pipeline.estimators",
    "Recipe": "models.recipe",
    "ResponseClassifier": "pipeline.estimators",
    "assemble": "features.training_set",
    "evaluate": "pipeline.verbs",
    "explain": "scoring",
    "label": "cohort.labelling",
    "list_blocks": "pipeline.lists",
    "list_checks": "pipeline.lists",
    "list_families": "pipeline.lists",
    "list_formats": "pipeline.lists",
    "list_instruments": "pipeline.lists",
    "list_items": "pipeline.instrument_page",
    "list_outcomes": "pipeline.lists",
    "list_programmes": "pipeline.lists",
    "list_sections": "pipeline.lists",
    "load_model": "model_folder",
    "read_cohort": "cohort",
    "read_study": "definitions.study",
    "report": "reports",
    "run": "pipeline",
    "save_model": "model_folder",
    "score": "scoring",
    "simulate": "simulation",
    "train": "pipeline.verbs",
    "validate": "scoring",
}

__all__ = [
    "Plan",
    "PredictError",
    "Preprocessor",
    "Recipe",
    "ResponseClassifier",
    "analysis",
    "assemble",
    "evaluate",
    "explain",
    "label",
    "list_blocks",
    "list_checks",
    "list_families",
    "list_formats",
    "list_instruments",
    "list_items",
    "list_outcomes",
    "list_programmes",
    "list_sections",
    "load_model",
    "read_cohort",
    "read_study",
    "report",
    "run",
    "save_model",
    "score",
    "simulate",
    "train",
    "validate",
]
__version__ = "0.1.0"


if not TYPE_CHECKING:  # a type checker sees the names above, and that another name is wrong

    def __getattr__(name: str) -> Any:
        if name == "analysis":
            return import_module("predict.analysis")
        if name not in _HOMES:
            raise AttributeError(f"module 'predict' has no attribute '{name}'; it has {__all__}")
        return getattr(import_module(f"predict.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
