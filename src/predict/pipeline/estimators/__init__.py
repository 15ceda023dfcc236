"""The way in from scikit-learn: a classifier and a transformer that learn what a recipe says."""

from __future__ import annotations

from predict.pipeline.estimators.classifier import ResponseClassifier
from predict.pipeline.estimators.preprocessor import Preprocessor

__all__ = ["Preprocessor", "ResponseClassifier"]
