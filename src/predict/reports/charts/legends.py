"""What each mark of a drawing means: a small list of text above it, which wraps as text does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from predict.definitions.wording import Catalogue
from predict.drawing.joined import runs
from predict.drawing.svg import circle, line, rect
from predict.reports.charts.rows import is_wide

Block = Mapping[str, Any]
Key = tuple[str, str]
TALL, WIDE = 14.0, 30.0
# Of each rival: its line, and its points that no line joins.
RIVALS = (("other one", "lone one"), ("other two", "lone two"))


def legend(block: Block, say: Catalogue) -> str:
    """Return the legend of a figure as HTML; nothing for a kind that has none."""
    rows = "".join(f"<li>{_swatch(mark)}{escape(words)}</li>" for mark, words in keys(block, say))
    return f'<ul class="keys">{rows}</ul>' if rows else ""


def keys(block: Block, say: Catalogue) -> list[Key]:
    """Return each mark of a figure with its words; nothing for a kind that has none."""
    kind = block["kind"]
    return LEGENDS[kind](block, say) if kind in LEGENDS else []


def _swatch(mark: str) -> str:
    """Return a small drawing of a mark; it is decoration, the words beside it say what it is."""
    size = f'viewBox="0 0 {WIDE:g} {TALL:g}" width="{WIDE:g}" height="{TALL:g}"'
    return f'<svg class="key" {size} aria-hidden="true" focusable="false">{swatch(mark)}</svg>'


def swatch(mark: str) -> str:
    """Return the inside of a small drawing of a mark, 30 wide and 14 tall."""
    middle = TALL / 2
    return {
        "dot": line(4, middle, WIDE - 4, middle, "whisker") + circle(WIDE / 2, middle, 4, "pt"),
        "dot hollow": line(4, middle, WIDE - 4, middle, "whisker")
        + circle(WIDE / 2, middle, 4, "pt hollow"),
        "banded": rect(1, 1, WIDE - 2, TALL - 2, "band") + line(1, middle, 29, middle, "curve"),
        "alone": line(WIDE / 2, 0, WIDE / 2, TALL, "whisker") + circle(WIDE / 2, middle, 4, "pt"),
        "dotted": line(1, middle, 29, middle, "curve") + circle(WIDE / 2, middle, 3, "pt"),
        **{
            dot: line(1, middle, 29, middle, joined) + circle(WIDE / 2, middle, 4, dot)
            for joined, dot in RIVALS
        },
        "thick": line(2, middle, WIDE - 2, middle, "whisker thick"),
        "up": rect(6, 1, 18, TALL - 2, "up"),
        "dn": rect(6, 1, 18, TALL - 2, "dn"),
        "part": rect(2, 2, WIDE - 4, TALL - 4, "part") + line(2, middle, WIDE - 2, middle, "reach"),
        "box": rect(2, 1, WIDE - 4, TALL - 2, "box", 3),
    }.get(mark, line(1, middle, WIDE - 1, middle, mark))


def _calibration(block: Block, say: Catalogue) -> list[Key]:
    data = block["data"]
    wide = [is_wide(row) for row in data["bins"]]
    keys = [("dot", say("legend.bins"))] if not all(wide) else []
    keys += [("part", say("legend.parts"))] if any(wide) else []
    keys += [("banded", say("legend.curve"))] if data["curve"] else []
    keys.append(("ideal", say("legend.agreement")))
    return keys + (_outcomes(block, say) if data["spread"] else [])


def _outcomes(block: Block, say: Catalogue) -> list[Key]:
    data = block["data"]
    return [
        ("up", say("legend.with", verbed=data["yes"])),
        ("dn", say("legend.without", verbed=data["no"])),
    ]


def _decisions(block: Block, say: Catalogue) -> list[Key]:
    data = block["data"]
    kinds = _alone(data["threshold"], data["step"])
    others = zip(RIVALS, data["rivals"], strict=False)
    return [
        *([("banded", say("legend.on_model"))] if False in kinds else []),
        *([("alone", say("legend.on_model_alone"))] if True in kinds else []),
        *(
            (_rival_mark(marks, row, data["step"]), say("legend.on_rival", rival=row["name"]))
            for marks, row in others
        ),
        ("rival", say("plot.on_everybody")),
        ("nobody", say("plot.on_nobody")),
    ]


def _rival_mark(marks: tuple[str, str], rival: Mapping[str, Any], step: float) -> str:
    return marks[True in _alone([point[0] for point in rival["points"]], step)]


def _alone(places: Sequence[float], step: float) -> set[bool]:
    """Return whether there are points without a neighbour, and points with one."""
    return {len(run) == 1 for run in runs(places, step)}


def _gains(block: Block, say: Catalogue) -> list[Key]:
    rivals = [row["name"] for row in block["data"]["rivals"]]
    marks = zip(("dot", "dot hollow"), rivals, strict=False)
    keys = [(mark, say("legend.gain", rival=name)) for mark, name in marks]
    return [*keys, ("ideal", say("legend.no_gain"))]


LEGENDS: dict[str, Callable[[Block, Catalogue], list[Key]]] = {
    "bars": lambda _, say: [("up", say("legend.points"))],
    "calibration": _calibration,
    "roc": lambda _, say: [("dotted", say("legend.model")), ("ideal", say("legend.chance"))],
    "distribution": _outcomes,
    "decisions": _decisions,
    "gains": _gains,
    "forest": lambda block, say: [
        ("dot", say("legend.estimate", level=block["data"]["level"])),
        ("ideal", block["data"]["means"]),
    ],
    "instability": lambda _, say: [
        ("thick", say("legend.refits")),
        ("ideal", say("legend.shipped")),
    ],
    "flow": lambda _, say: [("box", say("legend.left")), ("tick", say("legend.lost"))],
}
