"""Growth mixtures: classes of people whose scores change alike over visits."""

from __future__ import annotations

from predict.models.growth_mixture.course_model import CourseModel, course_model
from predict.models.growth_mixture.mixture import MixtureSettings

__all__ = ["CourseModel", "MixtureSettings", "course_model"]
