"""Figures of curves: calibration, decisions, ROC, spread, learning, courses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from predict.drawing.joined import runs
from predict.drawing.notebook.canvas import FAINT, LOWERED, PLAIN, RAISED, axes_for, in_100

if TYPE_CHECKING:
    import pandas as pd

Parts = Sequence[Mapping[str, Any]]
# Beneath a curve of 0 to 100: where the spread of estimates stands, and how far it may reach.
FOOT, REACH = -18.0, 16.0
DASHES = ("--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)))


def calibration(curve: pd.DataFrame, bins: Parts, parts: Parts, *, ax: Any = None) -> Any:
    """Draw what happened against what was estimated, the spread of estimates at the foot.

    Parameters
    ----------
    curve : DataFrame
        estimate, observed, low, high (0 to 1).
    bins : sequence of mapping
        estimate, from, to, observed, low, high of people with estimates alike.
    parts : sequence of mapping
        low, high, with, without: how many people had such an estimate.
    """
    title = "When the model says 40 in 100, does it happen to 40?"
    axes = axes_for(ax, title, "Estimate, in 100", "Happened, in 100")
    in_100(axes)
    axes.plot([0, 100], [0, 100], "--", color=FAINT, label="perfect agreement")
    if len(curve):
        names = ["estimate", "observed", "low", "high"]
        estimate, happened, low, high = (100 * curve[names].to_numpy("float64")).T
        axes.fill_between(estimate, low, high, color=RAISED, alpha=0.15)
        axes.plot(estimate, happened, color=RAISED, label="flexible curve")
    if bins:
        names = ["estimate", "observed", "low", "high"]
        x, y, low, high = (np.array([100 * one[name] for one in bins]) for name in names)
        reach = [np.array([100 * abs(one[end] - one["estimate"]) for one in bins])
                 for end in ("from", "to")]  # fmt: skip
        axes.errorbar(x, y, yerr=[y - low, high - y], fmt="o", color=PLAIN, capsize=2,
                      label="people with estimates alike")  # fmt: skip
        axes.errorbar(x, y, xerr=reach, fmt="none", ecolor=FAINT, elinewidth=1, zorder=1)
    _foot(axes, parts)
    axes.set_ylim(FOOT - REACH - 1, 100)
    # Beneath the diagonal, where a model that means what it says has nothing.
    axes.legend(loc="upper left", bbox_to_anchor=(0.5, 0.54), frameon=False, fontsize=8)
    return axes


def _foot(axes: Any, parts: Parts) -> None:
    """Draw how estimates are spread beneath the curve: up with the outcome, down without."""
    most = max([1, *(part[key] for part in parts for key in ("with", "without"))])
    for key, sign, colour in (("with", 1, RAISED), ("without", -1, LOWERED)):
        for number, part in enumerate(parts):
            wide = 100 * (part["high"] - part["low"]) - 0.4
            axes.bar(
                100 * part["low"] + 0.2, sign * REACH * part[key] / most, wide, bottom=FOOT,
                align="edge", color=colour, linewidth=0,
                label=f"people {key} the outcome" if number == 0 else None,
            )  # fmt: skip
    axes.axhline(FOOT, color=PLAIN, linewidth=0.8)


def decisions(
    curve: pd.DataFrame,
    rivals: Mapping[str, pd.Series],
    everybody: Sequence[Sequence[float]],
    *,
    step: float,
    ax: Any = None,
) -> Any:
    """Draw net benefit by preference: the model's, its rivals', everybody's and nobody's.

    Parameters
    ----------
    curve : DataFrame
        threshold, model, low, high (0 to 1).
    rivals : mapping of str to Series
        Net benefit of others, thresholds (0 to 1) as the index.
    everybody : sequence of (threshold, net benefit)
        Of acting on everybody.
    step : float
        Thresholds further apart than this are not joined.
    """
    across = "Preference: how sure you would want to be before acting (in 100)"
    title = "Would acting on the estimates do more good than acting on all, or nobody?"
    axes = axes_for(ax, title, across, "Net benefit, in 100 patients")
    own = 100 * curve[["threshold", "model", "low", "high"]].to_numpy("float64")
    x, model, low, high = _gaps(own, 100 * step).T
    axes.fill_between(x, low, high, color=RAISED, alpha=0.15)
    axes.vlines(own[:, 0], own[:, 2], own[:, 3], color=RAISED, alpha=0.3, linewidth=1)
    axes.plot(x, model, "o-", color=RAISED, markersize=3, label="acting on the model")
    others = {
        name: 100 * np.column_stack([line.index, line]).astype("float64")
        for name, line in rivals.items()
    }
    for (name, points), dash in zip(others.items(), DASHES * 3, strict=False):
        at, benefit = _gaps(points, 100 * step).T
        axes.plot(at, benefit, color=PLAIN, linestyle=dash, marker=".", label=f"acting on {name}")
    at, benefit = 100 * np.array(everybody, dtype="float64").T
    axes.plot(at, benefit, color=LOWERED, linestyle="--", label="acting on everybody")
    axes.axhline(0, color=FAINT, label="acting on nobody")
    ends = np.concatenate([own[:, 1:].ravel(), *(points[:, 1] for points in others.values())])
    axes.set_ylim(min(-5.0, 1.08 * np.nanmin(ends)), max(5.0, 1.08 * np.nanmax(ends)))
    axes.legend(frameon=False)
    return axes


def _gaps(rows: Any, step: float) -> Any:
    """Return rows with one that is missing wherever the next is no neighbour: no line joins it."""
    starts = [run.start for run in runs(rows[:, 0].tolist(), step)][1:]
    return np.insert(rows, starts, np.nan, axis=0)


def receiver(points: Sequence[Sequence[float]], area: str, *, ax: Any = None) -> Any:
    """Draw those rightly picked against those wrongly picked, at every estimate to act from."""
    axes = axes_for(
        ax,
        f"How well are people told apart? {area}".strip(),
        "Wrongly picked, in 100 without the outcome",
        "Picked, in 100 with the outcome",
    )
    in_100(axes)
    axes.plot([0, 100], [0, 100], "--", color=FAINT, label="chance")
    x, y = 100 * np.array(points, dtype="float64").T
    axes.plot(x, y, "o-", color=RAISED, markersize=3, label="the model")
    axes.legend(loc="lower right", frameon=False)
    return axes


def spread(parts: Parts, *, ax: Any = None) -> Any:
    """Draw how estimates are spread: upwards with the outcome, downwards without."""
    axes = axes_for(
        ax, "Do those with the outcome get higher estimates?", "Estimate, in 100", "People"
    )
    in_100(axes, square=False)
    for key, sign, colour in (("with", 1, RAISED), ("without", -1, LOWERED)):
        for number, part in enumerate(parts):
            width = 100 * (part["high"] - part["low"]) - 0.4
            axes.bar(
                100 * part["low"] + 0.2, sign * part[key], width, align="edge", color=colour,
                label=f"{key} the outcome" if number == 0 else None,
            )  # fmt: skip
    axes.axhline(0, color=PLAIN, linewidth=1)
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    axes.legend(frameon=False)
    return axes


def learning(table: pd.DataFrame, metric: str, *, ax: Any = None) -> Any:
    """Draw what is reached with so many people to learn from, and the spread over folds."""
    rows = table[table["metric"] == metric].sort_values("n")
    axes = axes_for(ax, "Would more people help?", "People learned from", metric)
    axes.fill_between(rows["n"], rows["low"], rows["high"], color=RAISED, alpha=0.15, label="folds")
    axes.plot(rows["n"], rows["estimate"], "o-", color=RAISED, label="mean over folds")
    axes.legend(frameon=False)
    return axes


def courses(table: pd.DataFrame, *, title: str, unit: str, ax: Any = None) -> Any:
    """Draw the mean course of each class.

    Parameters
    ----------
    table : DataFrame
        class, visit, mean; visits in their order.
    """
    axes = axes_for(ax, title, "", unit)
    shades = (RAISED, LOWERED, PLAIN, "#6b4c9a", "#3f7d4e")
    for number, (name, rows) in enumerate(table.groupby("class", sort=False)):
        axes.plot(
            rows["visit"], rows["mean"], marker="os^Dv"[number % 5], color=shades[number % 5],
            label=str(name),
        )  # fmt: skip
    axes.tick_params(axis="x", rotation=20)
    axes.legend(frameon=False)
    return axes
