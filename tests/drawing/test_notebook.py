from __future__ import annotations

import pandas as pd

from predict.drawing.notebook import bars, interval_dots
from predict.drawing.notebook.canvas import LOWERED, RAISED


def test_dots_stand_where_the_table_says():
    table = pd.DataFrame(
        {
            "model": ["prior", "linear"],
            "estimate": [0.5, 0.7],
            "low": [0.5, 0.6],
            "high": [0.5, 0.8],
        }
    )
    axes = interval_dots(table, label="model", title="Who ranks?", unit="AUROC", reference=0.5)
    line = axes.containers[0].lines[0]
    assert list(line.get_xdata()) == [0.5, 0.7]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["prior", "linear"]
    assert (axes.get_title(loc="left"), axes.get_xlabel()) == ("Who ranks?", "AUROC")


def test_bars_show_direction_by_side_and_colour():
    axes = bars(pd.Series({"age": 4.0, "sleep": -2.5}), title="What moved it?", unit="points")
    assert [bar.get_width() for bar in axes.patches] == [4.0, -2.5]
    from matplotlib.colors import to_hex

    assert [to_hex(bar.get_facecolor()) for bar in axes.patches] == [RAISED, LOWERED]


def test_a_figure_leaves_no_global_state():
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    bars(pd.Series({"age": 1.0}), title="t", unit="u")
    assert plt.get_fignums() == before
