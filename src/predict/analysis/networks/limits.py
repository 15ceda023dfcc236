"""What a network may not be read as: floors, narrowed entry, measurement error, size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from predict.analysis.networks.panel import SymptomPanel
from predict.analysis.networks.stability import SAME_SIGN
from predict.statistics.disclosure import Mask, Told

Array = NDArray[np.float64]
FLOOR_SHARE = 0.6
ENTRY_SHARE = 0.9
# Sizes at which recovery was measured (docs/networks_and_courses.md): what was claimed there.
LARGE, SMALL = 11_441, 1_247
CLAIM_LARGE, CLAIM_SMALL = 0.04, 0.20
REPORT_LARGE, REPORT_SMALL = 0.04, 0.05
WITHIN = 0.025


def report_beyond(n: int) -> float:
    """Return the size beyond which a lagged edge is shown at all: non-zero is not a finding.

    Examples
    --------
    >>> report_beyond(11_441), report_beyond(1_247)
    (0.04, 0.05)
    """
    return REPORT_LARGE if n >= (LARGE + SMALL) // 2 else REPORT_SMALL


def claim_beyond(n: int) -> float:
    """Return the size beyond which a lagged edge is claimed: .04 at 11,441 people, .2 at 1,247.

    Between and below, the size falls with a power of n that passes through both.

    Examples
    --------
    >>> [round(claim_beyond(n), 3) for n in (1247, 3000, 8984, 11441, 50000)]
    [0.2, 0.106, 0.048, 0.04, 0.04]
    """
    power = np.log(CLAIM_SMALL / CLAIM_LARGE) / np.log(LARGE / SMALL)
    return float(max(CLAIM_LARGE, CLAIM_LARGE * (LARGE / max(n, 1)) ** power))


def shown_edges(edges: Array, same_sign: Array, within: Array | None, n: int) -> NDArray[np.bool_]:
    """Return which lagged edges are shown.

    An edge lies beyond the smallest size, keeps its sign in 95 % of resamples and, where effects
    within persons are known, points the same way there by more than .025.
    """
    held = np.ones(edges.shape, bool) if within is None else within * np.sign(edges) > WITHIN
    return np.asarray((np.abs(edges) > report_beyond(n)) & (same_sign >= SAME_SIGN) & held)


def statements(panel: SymptomPanel, lagged: Mask) -> tuple[str | Told, ...]:
    """Return the sentences that belong beside every table and figure of these data.

    Parameters
    ----------
    lagged : boolean array
        Who answered at two neighbouring visits, over the people of the panel.
    """
    sentences = [
        "Edges are associations: at one visit one symptom goes with another, across visits it "
        "comes before it. Without a comparison group none of them tells what moving a symptom "
        "would do.",
        *_floors(panel),
        *_entry(panel),
        "Single items are measured with error: lagged edges are weakened by it, and part of an "
        "item's own carry-over appears as edges from its neighbours.",
        *_size(panel, lagged),
    ]
    return tuple(sentences)


def _floors(panel: SymptomPanel) -> list[str]:
    """Name visits at which items are mostly answered at their lowest."""
    lines = []
    for place, visit in enumerate(panel.visits):
        answers = panel.answers[:, place]
        lowest = np.nanmin(panel.answers, axis=(0, 1))
        at_floor = np.nanmean(np.where(np.isfinite(answers), answers == lowest, np.nan), axis=0)
        many = int((at_floor > FLOOR_SHARE).sum())
        if many:
            lines.append(
                f"Floor at {visit}: {many} of {panel.items} items are answered at their lowest by "
                f"more than {FLOOR_SHARE:.0%} of people; edges to and from them are too small."
            )
    return lines


def _entry(panel: SymptomPanel) -> list[str | Told]:
    """Say when nearly everyone entered as a case: selection on the sum narrows correlations."""
    scale = panel.instrument.scales[0]
    if scale.cut is None or scale.better != "low":
        return []
    total = panel.answers[:, 0].sum(1)
    answered = np.isfinite(total)
    case = answered & (total >= scale.cut)
    share = float(case.sum() / answered.sum()) if answered.any() else 0.0
    if share < ENTRY_SHARE:
        return []
    words = (
        f"Restricted entry: {{}} scored {scale.cut:g} or more at {panel.visits[0]}. Selecting on a "
        "sum narrows its items' range and bends their correlations downwards; edges at entry must "
        "not be compared with a general population's."
    )
    groups = (panel.group(case), panel.group(answered))
    return [Told(words.format(f"{share:.0%} of people"), groups, words.format("nearly everybody"))]


def _size(panel: SymptomPanel, lagged: Mask) -> list[str | Told]:
    if len(panel.visits) < 2:
        return ["One visit: no edge from one visit to the next can be estimated."]
    n = int(lagged.sum())
    beyond = f"A lagged edge is shown beyond {report_beyond(n):.2f} and claimed beyond {{}}; a "
    beyond += "non-zero estimate alone is not a finding."
    exact = beyond.format(f"{claim_beyond(n):.2f} at n = {n:,}")
    sentences: list[str | Told] = [
        Told(exact, (panel.group(lagged),), beyond.format("a larger size"))
    ]
    if len(panel.visits) < 3:
        sentences.append(
            "Two visits: lasting differences between people cannot be told apart from what changes "
            "within them, so lagged edges mix both."
        )
    if n < SMALL:
        sentences.append(
            f"Below {SMALL:,} people recovery was not shown; read lagged edges as a hint."
        )
    return sentences
