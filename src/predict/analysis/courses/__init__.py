"""Courses over visits: classes of people who change alike, and one person's own course."""

from predict.analysis.courses.trajectories import CourseSettings, Trajectories, trajectories
from predict.models.growth_mixture.course_model import CourseModel, course_model
from predict.models.growth_mixture.mixture import Settings

__all__ = [
    "CourseModel",
    "CourseSettings",
    "Settings",
    "Trajectories",
    "course_model",
    "trajectories",
]
