"""Figures with a line a row: intervals, bars, people as dots, one person's ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from predict.drawing.notebook.canvas import LOWERED, PLAIN, RAISED, axes_for, tall

if TYPE_CHECKING:
    import pandas as pd

MOST_LETTERS = 44


def interval_dots(
    table: pd.DataFrame,
    *,
    label: str,
    title: str,
    unit: str,
    reference: float | None = None,
    ax: Any = None,
) -> Any:
    """Draw one dot with its interval a row, and return matplotlib's axes.

    Parameters
    ----------
    table : DataFrame
        Columns `label`, ``estimate``, ``low``, ``high``.
    label : str
        Column that names the rows.
    title, unit : str
        The question, and what the horizontal axis measures.
    reference : float, optional
        Value of a dashed line, such as .5 for an AUROC.
    ax : Axes, optional
        Axes to draw on.
    """
    axes = axes_for(ax, title, unit, size=tall(len(table)))
    places = range(len(table))
    low, high = table["estimate"] - table["low"], table["high"] - table["estimate"]
    axes.errorbar(
        table["estimate"], places, xerr=[low, high], fmt="o", color=PLAIN, ecolor=PLAIN, capsize=3
    )
    axes.set_yticks(list(places), list(table[label]))
    axes.invert_yaxis()
    if reference is not None:
        axes.axvline(reference, linestyle="--", linewidth=1, color=PLAIN)
    return axes


def bars(values: pd.Series, *, title: str, unit: str, ax: Any = None) -> Any:
    """Draw one bar a value, above 0 to the right, below to the left, and return the axes.

    Parameters
    ----------
    values : Series
        Its index names the bars; the first is drawn on top.
    title, unit : str
        The question, and what the horizontal axis measures.
    ax : Axes, optional
        Axes to draw on.
    """
    axes = axes_for(ax, title, unit, size=tall(len(values)))
    colours = [RAISED if value >= 0 else LOWERED for value in values]
    drawn = axes.barh(range(len(values)), values, color=colours)
    axes.bar_label(drawn, fmt="%+.1f" if (values < 0).any() else "%.1f", padding=3)
    axes.set_yticks(range(len(values)), [short(name) for name in values.index])
    axes.invert_yaxis()
    axes.axvline(0, linewidth=1, color=PLAIN)
    axes.margins(x=0.15)
    return axes


def beeswarm(points: pd.DataFrame, heights: pd.DataFrame, *, title: str, ax: Any = None) -> Any:
    """Draw every person's points as a dot a column, and return the axes.

    Parameters
    ----------
    points : DataFrame, shape (people, columns)
        Points out of 100; the columns in the order in which they are drawn, the first on top.
    heights : DataFrame, shape (people, columns)
        Where the value lies among all people's, 0 (lowest) to 1; NaN where it has no order.
    """
    axes = axes_for(ax, title, "points out of 100", size=tall(points.shape[1]))
    from matplotlib import colormaps

    shades = colormaps["cividis"].with_extremes(bad="#b9b9b9")
    for place, name in enumerate(points):
        values = points[name].to_numpy()
        axes.scatter(
            values, place + _heaped(values), c=heights[name], cmap=shades, s=9, vmin=0, vmax=1,
            plotnonfinite=True, linewidths=0,
        )  # fmt: skip
    axes.set_yticks(range(points.shape[1]), [short(name) for name in points])
    axes.invert_yaxis()
    axes.axvline(0, linewidth=1, color=PLAIN)
    bar = axes.figure.colorbar(axes.collections[0], ax=axes, ticks=[0, 1], pad=0.02)
    bar.ax.set_yticklabels(["low", "high"])
    bar.set_label("the answer, among all people's")
    return axes


def _heaped(values: np.ndarray, width: float = 0.38, parts: int = 60) -> np.ndarray:
    """Return how far each dot stands from its line: those alike beside each other."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    bins = np.clip(((values - low) / ((high - low) or 1.0) * parts).astype(int), 0, parts)
    order = np.zeros(len(values))
    seen: dict[int, int] = {}
    for place, part in enumerate(bins):
        order[place] = seen.get(int(part), 0)
        seen[int(part)] = seen.get(int(part), 0) + 1
    side = np.where(order % 2 == 0, 1, -1) * np.ceil(order / 2)
    heaped: np.ndarray = width * side / max(np.abs(side).max(), 1.0)
    return heaped


def ledger(steps: pd.DataFrame, *, title: str, ax: Any = None) -> Any:
    """Draw one person's way from the starting estimate to their own, and return the axes.

    Parameters
    ----------
    steps : DataFrame
        ``label``, ``answer``, ``points``: the first row starts, the last one ends, both whole
        patients in 100; those between add up to the difference.
    """
    axes = axes_for(ax, title, "patients out of 100", size=tall(len(steps)))
    start, inner = float(steps["points"].iloc[0]), steps["points"].iloc[1:-1].to_numpy(dtype=float)
    lefts = start + np.r_[0.0, np.cumsum(inner)[:-1]] if len(inner) else np.empty(0)
    colours = [RAISED if value >= 0 else LOWERED for value in inner]
    places = np.arange(1, len(steps) - 1)
    drawn = axes.barh(places, inner, left=lefts, color=colours)
    axes.bar_label(drawn, labels=[f"{value:+.0f}" for value in inner], padding=3)
    for place, at in ((0, start), (len(steps) - 1, float(steps["points"].iloc[-1]))):
        axes.plot([at], [place], "D", color=PLAIN)
        axes.annotate(f"{at:.0f}", (at, place), xytext=(8, -4), textcoords="offset points")
    axes.set_yticks(range(len(steps)), [_step(row) for row in steps.to_dict("records")])
    axes.invert_yaxis()
    ends = [start, *(start + np.cumsum(inner)), float(steps["points"].iloc[-1])]
    pad = max(2.0, 0.2 * (max(ends) - min(ends)))
    axes.set_xlim(min(ends) - pad, max(ends) + pad)
    return axes


def _step(row: dict[Any, Any]) -> str:
    answer = row["answer"]
    if answer is None or answer != answer:  # NaN is the one value that differs from itself
        return short(str(row["label"]))
    shown = f"{answer:g}" if isinstance(answer, int | float | np.number) else str(answer)
    return f"{short(str(row['label']))} = {shown}"


def short(name: object) -> str:
    """Return a label that fits beside its line."""
    text = str(name)
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"
