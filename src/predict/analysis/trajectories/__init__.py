"""Courses over visits: classes of people who change alike, and one person's own course."""

from predict.analysis.trajectories.trajectories import CourseSettings, Trajectories, trajectories
from predict.models.growth_mixture import MixtureSettings

__all__ = [
    "CourseSettings",
    "MixtureSettings",
    "Trajectories",
    "trajectories",
]
