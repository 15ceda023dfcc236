"""What MLflow is told of a piece of work. The one door to MLflow.

Only what is listed here leaves: settings, measures with their intervals, the verdict, pictures, the
model folder, and pages of aggregates. No patient row, id or path. A run is opened before the work,
so that a store that cannot be written stops it at once; after the work nothing outside may fail it.
"""

from __future__ import annotations

from predict.pipeline.tracking.question import question_words
from predict.pipeline.tracking.session import Session, Silence, tracked
from predict.pipeline.tracking.store import default_store, load_tracked, undisturbed

__all__ = [
    "Session",
    "Silence",
    "default_store",
    "load_tracked",
    "question_words",
    "tracked",
    "undisturbed",
]
