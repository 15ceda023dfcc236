"""Second looks at the drivers: stability over refits, and other ways of sharing points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from predict.reports.content import Block, few_in_100, sentence, table
from predict.reports.context import ModelView
from predict.reports.words import upper_first

MOST = 15


def second_looks(view: ModelView) -> list[Block]:
    """Return what `drivers.json` holds as sentences and tables; nothing where it holds nothing."""
    told = view.model.facts.get("drivers")
    if not told or not told["drivers"]:
        return []
    instability = told["instability"]
    facts = {
        "refits": told["refits"],
        "people": told["people"],
        "unstable": len(told["unstable"]),
        "overlap": ", ".join(f"{k}: {100 * v:.0f}%" for k, v in told["top_overlap"].items()),
        "off": f"{100 * instability['mape']:.1f}",
        "often": few_in_100(instability["above_10"], told["people"]),
    }
    return [
        sentence("model.drivers.refits", **facts),
        _ranks(told),
        *_other_sharing(told.get("interventional")),
    ]


def _ranks(told: Mapping[str, Any]) -> Block:
    rises = {row["column"]: row["brier_rise"] for row in told.get("permutation", ())}
    rows = [
        [
            upper_first(str(row["label"])),
            row["rank"],
            f"{row['rank_low']:.0f} to {row['rank_high']:.0f}",
            f"{100 * row['agreement']:.0f}",
            f"{100 * row['flips']:.0f}",
            f"{rises.get(row['column'], float('nan')):.4f}".replace("-", "−"),
        ]
        for row in told["drivers"][:MOST]
    ]
    names = ["Column", "Rank", "Rank in refits", "Same way, %", "Other way, %", "Brier rise"]
    return table("Would other patients have given the same drivers?", names, rows)


def _other_sharing(gap: Mapping[str, Any] | None) -> list[Block]:
    if gap is None:
        return [sentence("model.drivers.additive")]
    if not gap:
        return []
    return [
        sentence(
            "model.drivers.interventional",
            people=gap["people"],
            background=gap["background"],
            mean=f"{gap['mean_gap']:.2f}",
            largest=f"{gap['largest_gap']:.1f}",
            same=f"{100 * gap['same_first']:.0f}",
        )
    ]
