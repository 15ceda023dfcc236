"""A network of symptoms on a circle."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from predict.drawing.notebook.canvas import LOWERED, PLAIN, RAISED, axes_for

if TYPE_CHECKING:
    import pandas as pd

LETTERS = 26  # in a line of a symptom's name


def network(edges: pd.DataFrame, names: list[str], *, title: str, ax: Any = None) -> Any:
    """Draw symptoms on a circle and a line an edge, the stronger the wider.

    Parameters
    ----------
    edges : DataFrame
        first, second, estimate (partial correlation), stable; those not stable are drawn dotted.
    names : list of str
        Symptoms, in their order round the circle.
    """
    axes = axes_for(ax, title, "", size=(8.4, 5.4))
    turns = np.pi / 2 - 2 * np.pi * np.arange(len(names)) / max(len(names), 1)
    places = {name: (np.cos(t), np.sin(t)) for name, t in zip(names, turns, strict=True)}
    widest = float(edges["estimate"].abs().max()) if len(edges) else 1.0
    for edge in edges.to_dict("records"):
        (x0, y0), (x1, y1) = places[edge["first"]], places[edge["second"]]
        axes.plot(
            [x0, x1], [y0, y1], linewidth=5 * abs(edge["estimate"]) / (widest or 1.0),
            color=RAISED if edge["estimate"] > 0 else LOWERED,
            linestyle="-" if edge["stable"] else ":", zorder=1,
        )  # fmt: skip
    for name, (x, y) in places.items():
        axes.scatter([x], [y], s=260, color="white", edgecolor=PLAIN, zorder=2)
        side = "center" if abs(x) < 0.2 else "left" if x > 0 else "right"
        label = axes.text(1.12 * x, 1.16 * y, fill(name, LETTERS), ha=side, va="center", fontsize=9)
        label.set_in_layout(False)  # room for it is kept beside the circle
    axes.set_xlim(-2.3, 2.3)
    axes.set_ylim(-1.4, 1.4)
    axes.set_aspect("equal")
    axes.set_axis_off()
    return axes
