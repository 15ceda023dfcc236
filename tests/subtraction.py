"""An attacker's view of shared files: read them, add up what must add up, bound what is blank.

Knows the files and the meaning of their columns only; nothing of how the package hides cells. Every
count of a file is an unknown; printed ones are fixed. Sums and inclusions that hold by definition
make the linear system. A blank count is at least 1, since the files print zeros.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

SMALL = range(1, 11)
COUNTS = {
    "scores": ["n"], "rates": ["yes", "n"], "strata": ["yes", "n"], "interactions": ["n"],
    "items": ["n"], "safety": ["yes", "n"], "round_two": ["yes", "n"], "adjusted": ["n"],
    "burnout": ["yes", "n"], "profiles": ["yes", "n"], "transitions": ["yes", "n"],
    "published": ["yes", "n"], "flow": ["n"], "completers": ["yes", "n"], "class_sizes":
    ["n_assigned"], "classes": ["n_assigned"], "observed": ["n", "missing"], "predictors": ["n"],
    "response_times": ["at_risk", "responded"], "relapse": ["responders", "known", "lost"],
}  # fmt: skip
# Numbers that follow from the counts of their row, and so must be blank when one of these is.
FOLLOW = ("rate", "low", "high", "gain", "mean", "sd", "difference", "share", "by_then", "error")


@dataclass
class Attack:
    """Unknown counts by name, what was printed of them, the truth, and what is known to hold."""

    printed: dict[tuple, float] = field(default_factory=dict)
    truth: dict[tuple, float] = field(default_factory=dict)
    sums: list[tuple[tuple, list[tuple], bool]] = field(default_factory=list)

    def count(self, name: tuple, shown: float, true: float) -> tuple:
        if not pd.isna(true):
            self.truth[name] = float(true)
            if not pd.isna(shown):
                self.printed[name] = float(shown)
                assert shown == true, name
        return name

    def parts(self, whole: tuple, parts: list[tuple]) -> None:
        """Parts without anybody in common lie in a whole; they fill it where they truly do."""
        parts = [part for part in parts if part in self.truth]
        if whole in self.truth and parts and whole not in parts:
            full = sum(self.truth[part] for part in parts) == self.truth[whole]
            self.sums.append((whole, parts, full))

    def alike(self, one: tuple, other: tuple) -> None:
        if one in self.truth and other in self.truth and self.truth[one] == self.truth[other]:
            self.sums.append((one, [other], True))

    def targets(self) -> list[dict[tuple, float]]:
        """Small counts, and what is left of a whole less its parts where that is small."""
        targets = [{name: 1.0} for name, true in self.truth.items() if true in SMALL]
        for whole, parts, _ in self.sums:
            rest = self.truth[whole] - sum(self.truth[part] for part in parts)
            if rest in SMALL:
                targets.append({whole: 1.0, **dict.fromkeys(parts, -1.0)})
        return targets

    def disclosed(self) -> list[tuple[dict[tuple, float], float, float]]:
        """Return the small groups that the files determine or bound within 1 to 10."""
        names = list(self.truth)
        place = {name: column for column, name in enumerate(names)}
        goals = np.zeros((len(self.targets()), len(names)))
        for row, target in enumerate(self.targets()):
            for name, sign in target.items():
                goals[row, place[name]] += sign
        system = self._constraints(place)
        waiting, groups = np.ones(len(goals), dtype=bool), []
        for row, goal in enumerate(goals):
            if not waiting[row]:
                continue
            most = self._extreme(-goal, system)
            waiting &= goals @ most < 11
            if waiting[row]:
                least = self._extreme(goal, system)
                groups.append((self.targets()[row], goal @ least, goal @ most))
                waiting[row] = False
        return groups

    def _constraints(self, place: dict[tuple, int]) -> tuple[Bounds, LinearConstraint]:
        low = [self.printed.get(name, 1.0 if self.truth[name] else 0.0) for name in place]
        high = [self.printed.get(name, 1e5) for name in place]
        rows, ends = np.zeros((max(len(self.sums), 1), len(place))), []
        for row, (whole, parts, full) in enumerate(self.sums):
            rows[row, place[whole]] = 1.0
            for part in parts:
                rows[row, place[part]] -= 1.0
            ends.append(0.0 if full else np.inf)
        return Bounds(low, high), LinearConstraint(rows, 0.0, ends or [np.inf])

    def _extreme(self, cost: np.ndarray, system: tuple[Bounds, LinearConstraint]) -> np.ndarray:
        optimum = milp(
            cost, bounds=system[0], constraints=system[1], integrality=np.ones(len(cost))
        )
        assert optimum.x is not None, optimum.message
        return np.round(optimum.x)


def read(attack: Attack, shared: Path, own: Path) -> None:
    """Take in every table of a shared folder, with the truth from the clinic's own folder."""
    for path in sorted(shared.glob("*.csv")):
        if path.stem not in COUNTS:
            continue
        frame, truth = pd.read_csv(path), pd.read_csv(own / path.name)
        counts = [name for name in COUNTS[path.stem] if name in frame]
        if path.stem == "items" and "instrument" not in frame:
            counts = [name for name in frame if name.startswith("n_")]
        blank = (frame[counts].isna() & truth[counts].notna()).any(axis=1)
        for column in [name for name in FOLLOW if name in frame and not name.startswith("n_")]:
            if path.stem not in ("observed", "items"):
                assert frame.loc[blank, column].isna().all(), (path.stem, column)
        keys = [name for name in truth if not pd.api.types.is_numeric_dtype(truth[name])]
        LINKS.get(path.stem, _plain)(attack, frame, truth, keys, counts)


def _plain(attack, frame, truth, keys, counts):
    for row in range(len(frame)):
        key = tuple(map(str, truth.loc[row, keys]))
        for column in counts:
            attack.count((column, *key), frame.at[row, column], truth.at[row, column])
        attack.parts(("n", *key), [("yes", *key)])


def _rates(attack, frame, truth, keys, counts):
    keys = ["instrument", "scale", "round", "outcome", "reading"]
    _plain(attack, frame, truth, keys, counts)
    for row in range(len(frame)):
        about = tuple(map(str, truth.loc[row, keys[:4]]))
        # Of a round that people take by choice, everybody is called otherwise.
        for other in ("all_started", "all_took_round", "weighted"):
            attack.alike(("yes", *about, "completers"), ("yes", *about, other))
        attack.alike(("n", *about, "completers"), ("n", *about, "weighted"))
        for whom in ("all_started", "all_took_round"):
            attack.parts(("n", *about, whom), [("n", *about, "completers")])


def _strata(attack, frame, truth, keys, counts):
    keys = ["instrument", "scale", "round", "factor", "level"]
    _plain(attack, frame, truth, keys, counts)
    for about, rows in frame.groupby(keys[:4]):
        for column in ("n", "yes"):
            levels = [(column, *map(str, key)) for key in rows[keys].to_numpy()]
            attack.parts((column, *about[:3], "response_50", "completers"), levels)


def _completers(attack, frame, truth, keys, counts):
    frame, truth = frame.fillna({"level": ""}), truth.fillna({"level": ""})
    keys = ["round", "variable", "level", "group"]
    _plain(attack, frame, truth, keys, counts)
    for about, rows in frame.groupby(["round", "variable", "group"]):
        levels = [key for key in rows["level"] if key]
        names = [("yes", about[0], about[1], level, about[2]) for level in levels]
        attack.parts(("n", about[0], about[1], levels[0] if levels else "", about[2]), names)
        for level in levels[1:]:
            attack.alike(*(("n", about[0], about[1], lev, about[2]) for lev in (levels[0], level)))


def _flow(attack, frame, truth, keys, counts):
    frame = frame.fillna({"why": ""})
    steps = list(dict.fromkeys(frame["step"]))
    for row in range(len(frame)):
        key = tuple(frame.loc[row, ["step", "kind", "why"]])
        attack.count(("flow", *key), frame.at[row, "n"], truth.at[row, "n"])
    for before, now in pairwise(steps):
        here = frame[frame["step"] == now]
        lost = [("flow", now, "lost", why) for why in here.loc[here["kind"] == "lost", "why"]]
        back = attack.truth.get(("flow", now, "returned", ""), 0.0)
        stayed = ("stayed", now)
        attack.count(stayed, np.nan, attack.truth["flow", now, "left", ""] - back)
        attack.parts(("flow", before, "left", ""), [*lost, stayed])
        attack.parts(("flow", now, "left", ""), [stayed, ("flow", now, "returned", "")])


def _scores(attack, frame, truth, keys, counts):
    for row in range(len(frame)):
        about = frame.loc[row, ["instrument", "scale", "visit", "among"]].tolist()
        kind = "seen" if frame.at[row, "statistic"] in ("mean", "sd", "median") else "both"
        attack.count(("n", kind, *about), frame.at[row, "n"], truth.at[row, "n"])
        attack.parts(("n", "seen", *about), [("n", kind, *about)])
        attack.parts(("n", kind, *about[:3], "everybody"), [("n", kind, *about[:3], "completers")])
        attack.parts(("flow", "valid people", "left", ""), [("n", kind, *about)])


def _items(attack, frame, truth, keys, counts):
    if "instrument" in frame:
        return _plain(attack, frame, truth, ["instrument", "item", "round"], counts)
    for row in range(len(frame)):
        for column in counts:
            visit = column.removeprefix("n_")
            name = ("items", frame.at[row, "key"], visit)
            attack.count(name, frame.at[row, column], truth.at[row, column])
            attack.parts(("people", "network"), [name])
            floor = truth.at[row, f"floor_{visit}"] * truth.at[row, column]
            at_floor = frame.at[row, f"floor_{visit}"] * frame.at[row, column]
            attack.count(("floor", *name), np.round(at_floor), round(floor))
            attack.parts(name, [("floor", *name)])
    return None


def _states(attack, frame, truth, keys, counts):
    keys = ["instrument", "scale", "row", "among"]
    _plain(attack, frame, truth, keys, counts)
    for about, rows in frame.groupby(["instrument", "scale"]):
        both = "took round two, both ends known"
        states = [r for r in rows["row"].unique() if not r.endswith("rate")]
        for name in states:
            attack.alike(("n", *about, states[0], both), ("n", *about, name, both))
        attack.parts(("n", *about, states[0], both), [("yes", *about, s, both) for s in states])
        better = ("yes", *about, "maintained or recovered: rate", both)
        attack.parts(better, [("yes", *about, s, both) for s in ("maintained", "recovered")])
        for rate in ("maintained or recovered: rate", "newly responded: rate"):
            bases = list(dict.fromkeys(rows.loc[rows["row"] == rate, "among"]))
            for narrow, wide in pairwise(bases):
                attack.parts(("n", *about, rate, wide), [("n", *about, rate, narrow)])


def _safety(attack, frame, truth, keys, counts):
    keys = ["event", "when", "among"]
    _plain(attack, frame, truth, keys, counts)
    left = [key for key in map(tuple, frame[keys].to_numpy()) if key[0] == "left"]
    if left:
        attack.parts(("n", *left[0]), [("yes", *key) for key in left])
        attack.parts(("flow", "valid people", "left", ""), [("n", *left[0])])


def _sizes(attack, frame, truth, keys, counts):
    for row in range(len(frame)):
        name = ("class", frame.at[row, "classes"], frame.at[row, "class"])
        attack.count(name, frame.at[row, "n_assigned"], truth.at[row, "n_assigned"])
    for k, rows in frame.groupby("classes"):
        attack.parts(("people", "courses"), [("class", k, c) for c in rows["class"]])
        blank = rows["share"].isna()
        if len(rows) > 1 and blank.sum() == 1:  # shares add up to one
            last = rows.index[blank][0]
            attack.count(("class", k, rows.at[last, "class"]), *[truth.at[last, "n_assigned"]] * 2)


def _observed(attack, frame, truth, keys, counts):
    for row in range(len(frame)):
        key = tuple(frame.loc[row, ["instrument", "visit"]])
        for column in counts:
            attack.count((column, *key), frame.at[row, column], truth.at[row, column])
        attack.parts(("people", "courses"), [("n", *key), ("missing", *key)])
        attack.alike(("n", *key), ("n", "seen", key[0], "total", key[1], "everybody"))


def _times(attack, frame, truth, keys, counts):
    _plain(attack, frame, truth, ["instrument", "visit"], counts)
    for name, rows in truth.groupby("instrument"):
        visits = list(rows["visit"])
        for place, visit in enumerate(visits):
            at_risk, new = (("at_risk", name, visit), ("responded", name, visit))
            after = ("at_risk", name, visits[place + 1]) if place + 1 < len(visits) else None
            on = attack.truth.get(after, 0.0)
            lost = attack.truth[at_risk] - attack.truth[new] - on
            attack.count(("gone", name, visit), np.nan, lost)
            attack.parts(at_risk, [new, ("gone", name, visit), *([after] if after else [])])


def _relapse(attack, frame, truth, keys, counts):
    _plain(attack, frame, truth, ["instrument"], counts)
    for name in frame["instrument"]:
        attack.parts(("responders", name), [("known", name)])
        attack.parts(("known", name), [("lost", name)])


LINKS = {
    "rates": _rates, "strata": _strata, "completers": _completers, "flow": _flow, "scores": _scores,
    "items": _items, "round_two": _states, "safety": _safety, "class_sizes": _sizes,
    "classes": lambda *_: None, "observed": _observed, "response_times": _times,
    "relapse": _relapse,
}  # fmt: skip


def attack_folders(shared: dict[str, Path], own: dict[str, Path]) -> Attack:
    """Return the attack on all shared folders together, by the name of the analysis."""
    attack = Attack()
    for name in shared:
        if (shared[name] / "run.json").exists():
            shown, true = (json.loads((f[name] / "run.json").read_text()) for f in (shared, own))
            for key in ("people", "people_lagged"):
                if key in true:
                    none = shown[key] if shown[key] is not None else np.nan
                    attack.count((key, name), none, true[key])
            attack.parts(("people", name), [("people_lagged", name)])
    for name in ("attrition", "outcomes", "network", "courses"):
        if name in shared:
            read(attack, shared[name], own[name])
    for name in shared:
        attack.parts(("flow", "valid people", "left", ""), [("people", name)])
    return attack
