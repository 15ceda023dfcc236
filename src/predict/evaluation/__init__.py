"""What a recipe is worth on people it has not seen, beside its rivals, and one honest sentence."""

from __future__ import annotations

from predict.evaluation.plan import Plan
from predict.evaluation.result import Evaluation, evaluate
from predict.evaluation.spoken import Verdict

__all__ = ["Evaluation", "Plan", "Verdict", "evaluate"]
