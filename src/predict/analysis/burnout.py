"""Burnout on three subscales: who met the entry rule, who moved by a point, which profile.

Efficacy is positive: low is bad. Scores are on the instrument's own coding, 0-6; norms must declare
the coding of the table they go with, and the two are never mixed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from predict.analysis.measures import Measure, measure, spans
from predict.analysis.result_table import Rows, share
from predict.cohort import Cohort
from predict.definitions.programmes import Programme
from predict.errors import StudyError
from predict.statistics.disclosure import Table

Mask = npt.NDArray[np.bool_]
INSTRUMENT = "mbi_gs"
SCALES = ("exhaustion", "cynicism", "efficacy")
PROFILES = {
    (False, False, False): "engaged",
    (False, False, True): "ineffective",
    (True, False, False): "overextended",
    (False, True, False): "disengaged",
    (True, True, True): "burnout",
}
UNCLASSIFIED = "unclassified"
NORM_STEPS = {"exhaustion": 0.5, "cynicism": 1.25, "efficacy": 0.10}
_POINT = 1.0 - 1e-9


@dataclass(frozen=True)
class Boundaries:
    """Where a subscale counts as high (exhaustion, cynicism: at or above) or low (efficacy: below).

    ``entry`` is the rule to be counted as burned out: exhaustion at or above, and cynicism at or
    above or efficacy at or below. It is separate from the profiles on purpose.
    """

    entry: Mapping[str, float]
    profiles: Mapping[str, float] | None = None


def declared(
    cohort: Cohort, programme: Programme | None, norms: Mapping[str, float] | None = None
) -> Boundaries | None:
    """Return the programme's entry rule with the user's profile boundaries.

    Simulated people may take the boundaries that the programme declares for its own simulation;
    real people need norms of their own.
    """
    facts = programme.analysis if programme else {}
    if "entry" not in facts:
        return None
    own = facts.get("boundaries") if cohort.study.simulated else None
    return Boundaries(facts["entry"], norms or own)


def read_norms(path: Path | str, *, coding_low: int) -> dict[str, float]:
    """Return profile boundaries from a file of norms or of boundaries.

    The file declares ``coding = "0-6"`` or ``"1-7"`` and holds either ``[boundaries]`` or
    ``[norms.exhaustion] mean, sd`` and so on; from norms the critical boundaries are mean + 0.5 SD,
    mean + 1.25 SD and mean + 0.10 SD.

    Raises
    ------
    StudyError
        When the file's coding is not the table's, or a subscale is missing.

    References
    ----------
    Leiter & Maslach (2016), Burnout Research 3:89-100, for the profiles; the manual's steps as told
    by two secondary pages. The manual's norms are copyrighted and do not ship.
    """
    facts = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    wanted = f"{coding_low}-{coding_low + 6}"
    if facts.get("coding") != wanted:
        raise StudyError(
            f"The norms declare coding {facts.get('coding')!r}, the study {wanted!r}. "
            "Give norms in the table's coding; the two are never mixed.",
            code="CODING_MIXED",
        )
    given = facts.get("boundaries") or _from_norms(facts.get("norms", {}))
    missing = [scale for scale in SCALES if scale not in given]
    if missing:
        raise StudyError(f"The norms lack {', '.join(missing)}; give all three.", code="NORMS")
    return {scale: float(given[scale]) - coding_low for scale in SCALES}


def _from_norms(norms: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {s: n["mean"] + NORM_STEPS[s] * n["sd"] for s, n in norms.items() if s in NORM_STEPS}


def subscales(cohort: Cohort) -> dict[str, Measure] | None:
    """Return the three subscales, or None where the study does not hold them."""
    by_scale = {scale: measure(cohort, INSTRUMENT, scale) for scale in SCALES}
    held = {scale: m for scale, m in by_scale.items() if m is not None}
    return held if len(held) == len(SCALES) else None


def meets_entry(scores: Mapping[str, pd.Series], entry: Mapping[str, float]) -> Mask:
    """Return who is burned out by the entry rule; False where a score is missing.

    Examples
    --------
    >>> one = {"exhaustion": pd.Series([5.0, 5.0]), "cynicism": pd.Series([1.0, 4.0]),
    ...        "efficacy": pd.Series([5.0, 5.0])}
    >>> meets_entry(one, {"exhaustion": 4.8, "cynicism": 3.8, "efficacy": 4.3}).tolist()
    [False, True]
    """
    tired = scores["exhaustion"] >= entry["exhaustion"] - 1e-9
    cynical = scores["cynicism"] >= entry["cynicism"] - 1e-9
    ineffective = scores["efficacy"] <= entry["efficacy"] + 1e-9
    return (tired & (cynical | ineffective)).to_numpy()


def profile(scores: Mapping[str, pd.Series], boundaries: Mapping[str, float]) -> pd.Series:
    """Return each person's profile; NaN where a score is missing.

    Patterns that are none of the five (such as high exhaustion and cynicism with sound efficacy)
    are ``unclassified``.
    """
    high = [(scores[s] >= boundaries[s] - 1e-9).to_numpy() for s in ("exhaustion", "cynicism")]
    low = (scores["efficacy"] < boundaries["efficacy"] - 1e-9).to_numpy()
    names = [
        PROFILES.get((bool(e), bool(c), bool(p)), UNCLASSIFIED)
        for e, c, p in zip(*high, low, strict=True)
    ]
    complete_scores = pd.concat([scores[s] for s in SCALES], axis=1).notna().all(axis=1)
    return pd.Series(names, index=complete_scores.index, dtype="object").where(complete_scores)


def at_visit(held: Mapping[str, Measure], visit: str) -> dict[str, pd.Series]:
    """Return the three subscales' scores at a visit."""
    return {scale: m.at(visit) for scale, m in held.items()}


def complete(held: Mapping[str, Measure]) -> Mask:
    """Return who has all three subscales at every visit."""
    scored = [m.scores.notna().all(axis=1).to_numpy() for m in held.values()]
    return np.asarray(np.logical_and.reduce(scored))


def points_gained(held: Mapping[str, Measure], start: str, end: str) -> dict[str, Mask]:
    """Return who improved by at least one point, by subscale."""
    return {s: (m.gain(start, end) >= _POINT).to_numpy() for s, m in held.items()}


def burnout(cohort: Cohort, boundaries: Boundaries) -> tuple[Table, ...]:
    """Return the burnout tables: responses, profiles by visit, and moves between profiles.

    Every rate stands among completers (all subscales at all visits) and among everybody who met
    the entry rule at the start, the lost counted as no. Without profile boundaries the profile
    tables are empty.
    """
    held = subscales(cohort)
    span = next(iter(spans(cohort)), None)
    if held is None or span is None:
        return ()
    done, start = complete(held), at_visit(held, span.start)
    entered = meets_entry(start, boundaries.entry)
    responses = _responses(held, span.start, span.end, done, entered, boundaries)
    if boundaries.profiles is None:
        return (responses,)
    named = {
        str(v): profile(at_visit(held, str(v)), boundaries.profiles)
        for v in held["exhaustion"].scores
    }
    moves = _moves(named[span.start], named[span.end], done)
    return responses, _shares(named, done), moves


def _responses(
    held: Mapping[str, Measure],
    start: str,
    end: str,
    done: Mask,
    entered: Mask,
    boundaries: Boundaries,
) -> Table:
    columns = ("row", "among", "yes", "n", "rate", "low", "high")
    rows = Rows("burnout", columns, columns[4:])
    gained = points_gained(held, start, end)
    count = np.sum(list(gained.values()), axis=0)
    below = ~meets_entry(at_visit(held, end), boundaries.entry) & done
    asked: dict[str, Mask] = {f"{s}: at least 1 point better": m for s, m in gained.items()}
    asked |= {f"at least {k} of 3 subscales": count >= k for k in (1, 2, 3)}
    asked["below the entry threshold at the end"] = below
    for name, yes in asked.items():
        for among, n in {"completers": done & entered, "all who entered": entered}.items():
            hit = yes & done & n
            rows.add({"row": name, "among": among, **share(hit, n)}, yes=hit, n=n)
    rows.add(
        {"row": "completed every visit", "among": "all who entered", **share(done, entered)},
        yes=done & entered,
        n=entered,
    )
    return rows.table()


def _shares(named: Mapping[str, pd.Series], done: Mask) -> Table:
    columns = ("profile", "visit", "yes", "n", "rate", "low", "high")
    rows = Rows("profiles", columns, columns[4:])
    for visit, profiles in named.items():
        for name in (*PROFILES.values(), UNCLASSIFIED):
            yes = done & (profiles == name).to_numpy()
            rows.add({"profile": name, "visit": visit, **share(yes, done)}, yes=yes, n=done)
    return rows.table()


def _moves(start: pd.Series, end: pd.Series, done: Mask) -> Table:
    columns = ("from", "to", "yes", "n", "rate", "low", "high")
    rows = Rows("transitions", columns, columns[4:])
    names: tuple[Any, ...] = (*PROFILES.values(), UNCLASSIFIED)
    for before in names:
        n = done & (start == before).to_numpy()
        for after in names:
            yes = n & (end == after).to_numpy()
            rows.add({"from": before, "to": after, **share(yes, n)}, yes=yes, n=n)
    return rows.table()
