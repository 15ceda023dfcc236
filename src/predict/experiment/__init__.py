"""An experiment, read from TOML and run from table to report: the line itself."""

from __future__ import annotations

from predict.experiment.line import Run, run, train_only
from predict.experiment.spec import Experiment, read_experiment

__all__ = ["Experiment", "Run", "read_experiment", "run", "train_only"]
