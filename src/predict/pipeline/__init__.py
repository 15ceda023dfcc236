"""An experiment, read from TOML and run from table to report: the line itself."""

from __future__ import annotations

from predict.pipeline.experiment import Experiment, read_experiment
from predict.pipeline.many import run_all
from predict.pipeline.run import Run, judge_only, run, train_only

__all__ = ["Experiment", "Run", "judge_only", "read_experiment", "run", "run_all", "train_only"]
