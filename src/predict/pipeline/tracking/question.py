"""What is asked of whom, in words that stand in columns, so that runs of one table tell apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from predict.definitions.outcomes import Outcome
from predict.definitions.study import RoundName, Study
from predict.features.training_set import TrainingSet
from predict.files import canonical_json, sha256_bytes

NONE = "none"
# Letters of a digest: enough to tell two studies of one clinic apart, and read in a column.
SHORT = 12


class Question(Protocol):
    """Who asks: an experiment before any table is read, or the training set it became."""

    @property
    def study(self) -> Study: ...
    @property
    def outcome(self) -> Outcome: ...
    @property
    def round(self) -> RoundName: ...
    @property
    def as_of(self) -> str: ...
    @property
    def blocks(self) -> tuple[str, ...]: ...


def question_words(asking: Question) -> dict[str, str]:
    """Return outcome rule, floor, visits, instrument and the digest of the study.

    Examples
    --------
    >>> import predict as pr
    >>> from predict.simulation.examples import shipped
    >>> table = pr.simulate("demo", people=100, seed=1).table
    >>> training = pr.assemble(table, "phq9_response", study=shipped("demo_study.toml"))
    >>> words = question_words(training)
    >>> words["outcome.rule"], words["outcome.floor"], words["outcome.start"], words["outcome.end"]
    ('response 0.5', '10', 'baseline', 'round_one_end')
    """
    study, outcome = asking.study, asking.outcome
    return {
        "outcome": outcome.name,
        "outcome.rule": outcome.rule_words,
        "outcome.floor": floor_words(outcome),
        "outcome.instrument": ", ".join(f"{tool} {scale}" for tool, scale in outcome.measures),
        # Whatever the round, change is counted from where the first one starts.
        "outcome.start": study.rounds["one"].start,
        "outcome.end": study.round(asking.round).end,
        "round": asking.round,
        "as_of": asking.as_of,
        "blocks": ",".join(asking.blocks),
        "study.cluster": study.cluster or NONE,
        "study.sha256": _digest(study.to_dict())[:SHORT],
    }


def floor_words(outcome: Outcome) -> str:
    """Return whom an outcome asks: a score, a score for each instrument, or the entry rule."""
    if outcome.entry:
        return canonical_json(outcome.entry)
    if isinstance(outcome.floor, Mapping):
        return ", ".join(f"{tool} {score:g}" for tool, score in outcome.floor.items())
    own = [f"{part.instrument} {floor_words(part)}" for part in outcome.parts if _asks(part)]
    return f"{outcome.floor:g}" if outcome.floor is not None else ", ".join(own) or NONE


def _asks(outcome: Outcome) -> bool:
    return floor_words(outcome) != NONE


@dataclass(frozen=True)
class DataCard:
    """A data set as MLflow keeps it: never a place, a column or a row.

    Parameters
    ----------
    name, digest : str
        Of the training set. MLflow keeps one card for each pair, so the digest is of everything
        that stands on the card too.
    table : str
        SHA-256 of the table; empty where there was none to look at.
    counts : mapping
    """

    name: str
    digest: str
    table: str
    counts: Mapping[str, int]


def data_card(
    training: TrainingSet, counts: Mapping[str, int] | None = None, table: str = ""
) -> DataCard:
    """Return the card of a training set; two differ wherever question, people or counts do."""
    told = counts or {
        "people": training.n + len(training.left_out),
        "trained_on": training.n,
        "events": training.events,
    }
    words = question_words(training)
    name = f"{words['outcome']}, round {words['round']}, {words['outcome.start']} to "
    rows = pd.util.hash_pandas_object(training.frame()).to_numpy().tobytes()
    held = {"words": words, "counts": dict(told), "table": table, "rows": sha256_bytes(rows)}
    return DataCard(f"{name}{words['outcome.end']}", _digest(held), table, dict(told))


def _digest(value: Any) -> str:
    return sha256_bytes(canonical_json(value).encode())
