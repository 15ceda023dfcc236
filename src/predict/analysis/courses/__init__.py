"""Courses over visits: classes of people who change alike, and one person's own course."""

from predict.analysis.courses.mixture import Settings
from predict.analysis.courses.model import CourseModel, course_model
from predict.analysis.courses.trajectories import CourseSettings, Trajectories, trajectories

__all__ = [
    "CourseModel",
    "CourseSettings",
    "Settings",
    "Trajectories",
    "course_model",
    "trajectories",
]
