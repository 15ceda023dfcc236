"""The way in from scikit-learn: a classifier and a transformer that learn what a recipe says."""

from __future__ import annotations

from predict.estimators.classifier import ResponseClassifier
from predict.estimators.preprocessor import Preprocessor

__all__ = ["Preprocessor", "ResponseClassifier"]
