"""Courses over visits: classes of people who change alike, and one person's own course."""

from predict.analysis.trajectories.trajectories import CourseSettings, Trajectories, trajectories

__all__ = [
    "CourseSettings",
    "Trajectories",
    "trajectories",
]
