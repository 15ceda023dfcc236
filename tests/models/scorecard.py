"""A family from outside: whole steps on a scorecard, stored in a form that no other family has."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from predict.models.families import Family, Fitted

STEP = 0.05


@dataclass(frozen=True)
class Card(Fitted):
    """Steps of .05 log-odds a unit of each prepared column."""

    start: int
    steps: tuple[int, ...]

    def margin(self, Z: pd.DataFrame) -> np.ndarray:
        shares, start = self.contributions(Z)
        return start + shares.sum(axis=1)

    def contributions(self, Z: pd.DataFrame) -> tuple[np.ndarray, float]:
        return STEP * Z.to_numpy("float64") * np.array(self.steps), STEP * self.start

    def to_bytes(self) -> bytes:
        return json.dumps({"start": self.start, "steps": self.steps}).encode()


class Scorecard(Family):
    """A logistic regression rounded to whole steps, as clinics print them."""

    name = "scorecard"
    label = "the scorecard"
    rank = 25

    def fit(self, Z: pd.DataFrame, y: np.ndarray, params: Any, *, seed: int, threads: int) -> Card:
        from sklearn.linear_model import LogisticRegression

        fitted = LogisticRegression(C=0.1, max_iter=1000).fit(Z.to_numpy("float64"), y)
        start, *steps = np.round([fitted.intercept_[0], *fitted.coef_[0]] / np.float64(STEP))
        return Card(int(start), tuple(map(int, steps)))

    def from_bytes(self, data: bytes) -> Card:
        stored = json.loads(data)
        return Card(stored["start"], tuple(stored["steps"]))

    def check(self, document: Any, *, names: Sequence[str], objective: str) -> None:
        super().check(document, names=names, objective=objective)
        self.require(len(document["steps"]) == len(names))
