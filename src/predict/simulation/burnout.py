"""The generator of the burnout programme: three subscales, a mixture of who responds on which.

Changes are drawn as a mixture, because the published shares and means cannot come from one normal
change: who responds on which subscales is drawn first (eight patterns), then by how much.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from predict.definitions.programmes import Programme
from predict.simulation.items import Floats, Ints, split_sums
from predict.simulation.people import draw_people

SCALES = ("exhaustion", "cynicism", "efficacy")
ITEMS = {
    "exhaustion": (1, 2, 3, 4, 6),
    "cynicism": (8, 9, 13, 14, 15),
    "efficacy": (5, 7, 10, 11, 12, 16),
}
TOP = 6
_PATTERNS = np.array([[p >> 2 & 1, p >> 1 & 1, p & 1] for p in range(8)], dtype=bool)


def draw(
    programme: Programme, count: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return table and truth of a burnout programme; see `predict.simulate`."""
    shape = programme.simulation
    sums = _draw_entrants(count, shape["baseline"], rng)
    people, _ = draw_people(count, shape["people"], rng)
    chances = _pattern_chances(sums, shape)
    patterns = _PATTERNS[_draw_rows(chances, rng)]
    visits = _draw_visits(sums, patterns, shape, rng)
    there = _draw_presence(count, visits, shape, rng)
    table = _burnout_table(people, visits, there, shape, rng)
    return table, _truth(table["person"], chances)


def _draw_entrants(
    count: int, baseline: Mapping[str, Any], rng: np.random.Generator
) -> dict[str, Ints]:
    """Draw subscale sums of people who meet the entry rule, redrawing the others."""
    entrants = np.empty((0, 3), dtype=np.int64)
    while len(entrants) < count:
        drawn = _draw_unselected(4 * count + 64, baseline, rng)
        entrants = np.concatenate([entrants, drawn[_enters(drawn, baseline["entry"])]])
    return {scale: entrants[:count, i] for i, scale in enumerate(SCALES)}


def _draw_unselected(count: int, baseline: Mapping[str, Any], rng: np.random.Generator) -> Ints:
    r = np.array(
        baseline["correlations"]
    )  # exhaustion-cynicism, exhaustion-efficacy, cynicism-efficacy
    matrix = np.array([[1.0, r[0], r[1]], [r[0], 1.0, r[2]], [r[1], r[2], 1.0]])
    z = rng.normal(size=(count, 3)) @ np.linalg.cholesky(matrix).T
    means = np.array(baseline["mean"]) + np.array(baseline["sd"]) * z
    sizes = np.array([len(ITEMS[scale]) for scale in SCALES])
    drawn: Ints = np.clip(np.rint(means * sizes), 0, TOP * sizes).astype(np.int64)
    return drawn


def _enters(sums: Ints, entry: Mapping[str, float]) -> Any:
    means = sums / np.array([len(ITEMS[scale]) for scale in SCALES])
    tired = means[:, 0] >= entry["exhaustion"] - 1e-9
    cynical = means[:, 1] >= entry["cynicism"] - 1e-9
    ineffective = means[:, 2] <= entry["efficacy"] + 1e-9
    return tired & (cynical | ineffective)


def _pattern_chances(sums: Mapping[str, Ints], shape: Mapping[str, Any]) -> Floats:
    """Return each person's chances of the eight response patterns (people x 8).

    What a subscale was at baseline tilts towards responding on it; an efficacy within one point of
    the ceiling cannot respond. Over everybody the patterns keep the shares of the programme.
    """
    shares = np.array([shape["patterns"].get(_name(pattern), 0.0) for pattern in _PATTERNS])
    tilt = np.ones((len(sums["exhaustion"]), len(_PATTERNS)))
    for i, scale in enumerate(SCALES):
        mean = sums[scale] / len(ITEMS[scale])
        pull = shape["tilt"][scale] * (mean - mean.mean())
        tilt *= np.where(_PATTERNS[:, i], np.exp(pull)[:, None], 1.0)
    efficacy = sums["efficacy"] / len(ITEMS["efficacy"])
    pull = shape["tilt"]["none"] * (efficacy - efficacy.mean())
    tilt *= np.where(_PATTERNS.any(axis=1), 1.0, np.exp(pull)[:, None])
    full = sums["efficacy"] > (TOP - 1) * len(ITEMS["efficacy"])
    return _keep_shares(np.where(full[:, None] & _PATTERNS[:, 2], 0.0, tilt), shares)


def _keep_shares(tilt: Floats, shares: Floats) -> Floats:
    """Scale the patterns until their mean chances are the shares (proportional fitting)."""
    scale = shares.copy()
    for _ in range(100):
        chances = scale * tilt / (scale * tilt).sum(axis=1, keepdims=True)
        scale = scale * shares / np.maximum(chances.mean(axis=0), 1e-12)
    return np.asarray(scale * tilt / (scale * tilt).sum(axis=1, keepdims=True))


def _name(pattern: Any) -> str:
    return "_".join(s for s, responds in zip(SCALES, pattern, strict=True) if responds) or "none"


def _draw_rows(chances: Floats, rng: np.random.Generator) -> Ints:
    steps = np.cumsum(chances, axis=1)
    return np.asarray((rng.random((len(chances), 1)) * steps[:, -1:] >= steps).sum(axis=1))


def _draw_visits(
    sums: Mapping[str, Ints], patterns: Any, shape: Mapping[str, Any], rng: np.random.Generator
) -> dict[str, dict[str, Ints]]:
    """Return subscale sums by visit; the last visit first decides, the others lie on the way."""
    visits: dict[str, dict[str, Ints]] = {"baseline": dict(sums)}
    for i, scale in enumerate(SCALES):
        facts = shape["changes"][scale]
        change = _draw_change(sums[scale], patterns[:, i], scale, facts, rng)
        for visit, part in facts["reached"].items():
            noise = 0.0 if part == 1.0 else rng.normal(0.0, facts["noise"], len(change))
            way = np.rint(sums[scale] + part * change + noise)
            top = TOP * len(ITEMS[scale])
            visits.setdefault(visit, {})[scale] = np.clip(way, 0, top).astype(np.int64)
    return visits


def _draw_change(
    start: Ints, responds: Any, scale: str, facts: Mapping[str, float], rng: np.random.Generator
) -> Ints:
    """Return the change of the sum: at least a point of the mean for responders, else less."""
    size = len(ITEMS[scale])
    room = TOP * size - start if scale == "efficacy" else start
    over = rng.gamma(2.0, max(facts["response"] - 1.0, 0.05) * size / 2.0, len(start))
    gain = np.minimum(size + np.rint(over), np.maximum(room, size))
    small = np.rint(rng.normal(facts["otherwise"] * size, facts["spread"] * size, len(start)))
    gain = np.where(responds, gain, np.clip(small, 1 - 2 * size, size - 1)).astype(np.int64)
    return gain if scale == "efficacy" else -gain


def _draw_presence(
    count: int,
    visits: Mapping[str, Mapping[str, Ints]],
    shape: Mapping[str, Any],
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Return who answers at each visit; little relief of exhaustion makes leaving likelier."""
    stays, names = np.ones(count, dtype=bool), list(visits)
    there = {names[0]: stays}
    for before, visit in pairwise(names):
        relief = visits["baseline"]["exhaustion"] - visits[before]["exhaustion"]
        log_odds = shape["dropout"][visit] - shape["dropout"]["relief"] * (relief - relief.mean())
        stays = stays & (rng.random(count) >= 1.0 / (1.0 + np.exp(-log_odds)))
        there[visit] = stays
    return there


def _burnout_table(
    people: pd.DataFrame,
    visits: Mapping[str, Mapping[str, Ints]],
    there: Mapping[str, Any],
    shape: Mapping[str, Any],
    rng: np.random.Generator,
) -> pd.DataFrame:
    ids = [f"B{number + 1:05d}" for number in range(len(people))]
    blocks = [pd.DataFrame({"person": ids}), people]
    for visit, sums in visits.items():
        blocks += [_block(sums[scale], scale, visit, there[visit], rng) for scale in SCALES]
    effects = {
        f"side_effect_{visit}": pd.Series(
            np.where(rng.random(len(people)) < rate, "yes", "no"), dtype="str"
        ).where(there[visit])
        for visit, rate in shape["side_effects"].items()
    }
    return pd.concat([*blocks, pd.DataFrame(effects)], axis=1)


def _block(
    sums: Ints, scale: str, visit: str, there: Any, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the subscale's items, 0-6, adding up to the sums."""
    items = ITEMS[scale]
    level = (sums / len(items))[:, None] + rng.normal(0.0, 0.4, (len(sums), len(items)))
    gap = np.arange(TOP + 1) - level[:, :, None]
    answers = split_sums(rng, np.exp(-0.5 * (gap / 0.9) ** 2), sums)
    columns = [f"mbi_gs_{item}_{visit}" for item in items]
    return pd.DataFrame(np.where(there[:, None], answers.astype(float), np.nan), columns=columns)


def _truth(ids: pd.Series, chances: Floats) -> pd.DataFrame:
    columns = {
        f"round_one_{s}": chances[:, _PATTERNS[:, i]].sum(axis=1) for i, s in enumerate(SCALES)
    }
    columns["round_one"] = columns["round_one_exhaustion"]
    columns["round_one_any"] = 1.0 - chances[:, ~_PATTERNS.any(axis=1)].sum(axis=1)
    return pd.DataFrame(columns, index=pd.Index(ids, name="person"))
