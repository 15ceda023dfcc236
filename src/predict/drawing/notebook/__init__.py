"""Figures for notebooks, drawn from tidy tables. The one door to matplotlib.

Each figure asks a question in its title, names units on its axes and reads in grey print; the table
behind it is what it was given. Each takes matplotlib's axes where some are given (`ax`), and gives
them back, so that `axes.figure.savefig(...)` works. Pages of reports draw without matplotlib.
"""

from __future__ import annotations

from predict.drawing.notebook.dots import bars, beeswarm, interval_dots, ledger
from predict.drawing.notebook.lines import (
    calibration,
    courses,
    decisions,
    learning,
    receiver,
    spread,
)
from predict.drawing.notebook.network import network

__all__ = [
    "bars",
    "beeswarm",
    "calibration",
    "courses",
    "decisions",
    "interval_dots",
    "learning",
    "ledger",
    "network",
    "receiver",
    "spread",
]
