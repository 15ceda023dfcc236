"""A model's months: what the nights stored, held against the outcomes that came later.

Scores are joined as they were stored and never made again. Realised performance stands beside what
the estimates promise; a cumulative sum watches the events observed for each expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from predict.errors import FitError
from predict.files import read_json, write_csv, write_json, write_text
from predict.operations.monitoring.months import Month, auroc_alarms, months_of
from predict.operations.monitoring.nights import Night, first_scores, read_labels, read_nights
from predict.operations.monitoring.sequential import (
    FALL,
    LOOKS,
    RISE,
    Cusum,
    Look,
    Reference,
    watch,
)
from predict.statistics.intervals import normal_quantile

__all__ = ["Monitoring", "monitor", "read_reference"]

DELAY = 90
FEWER, MORE, RANKING = "FEWER_EVENTS", "MORE_EVENTS", "RANKING_WORSE"


@dataclass(frozen=True)
class Monitoring:
    """What a model did, month by month.

    Parameters
    ----------
    model : str
        Digest of the model in use at the end; earlier models have rows in `nights` only.
    reference : Reference
    months : tuple of Month
    fewer, more : Cusum or None
        The sums that watch for fewer and for more events; None before the first outcome.
    alarms : mapping of code to months
        ``FEWER_EVENTS``, ``MORE_EVENTS``, ``RANKING_WORSE``.
    nights : DataFrame
        One row an output: day, model, rows, scored, no_estimate, rejected, warnings.
    repeated : int
        Later estimates of a person already scored; only the first one counts.
    """

    model: str
    reference: Reference
    months: tuple[Month, ...]
    fewer: Cusum | None
    more: Cusum | None
    alarms: dict[str, tuple[str, ...]]
    nights: pd.DataFrame
    repeated: int

    @property
    def sentence(self) -> str:
        """What the months show, in one sentence or two."""
        labelled = sum(month.labelled for month in self.months)
        if self.fewer is None:
            return "No outcome is due and known yet; what stands here are promises of the model."
        stated = [f"{WORDS[code]} ({', '.join(at)})" for code, at in self.alarms.items() if at]
        if stated:
            return f"Look at this: {'; '.join(stated)}. {labelled} outcomes are known."
        return f"Nothing is shown to have changed. {labelled} outcomes are known. {self._reach()}"

    def _reach(self) -> str:
        needed = self.fewer.people_needed if self.fewer else 0
        if not needed:
            return (
                f"A fall of events to .8 of what is expected would not be seen in {LOOKS} months."
            )
        return (
            "A fall of events to .8 of the expected would be seen in three of four cases "
            f"within {needed} people with outcomes."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the nights as JSON holds it."""
        return {
            "sentence": self.sentence,
            "model": self.model,
            "reference": vars(self.reference),
            "alarms": self.alarms,
            "repeated": self.repeated,
            "months": [month.to_dict() for month in self.months],
            "sums": {
                name: vars(sums)
                for name, sums in (("fewer", self.fewer), ("more", self.more))
                if sums is not None
            },
        }

    def write(self, folder: Path | str) -> tuple[Path, ...]:
        """Write page, JSON, tables and a text file for Prometheus; aggregates only."""
        from predict.operations.monitoring.page import page

        out = Path(folder)
        return (
            write_text(out / "monitoring.html", page(self)),
            write_json(out / "monitoring.json", self.to_dict()),
            write_csv(pd.DataFrame([m.to_dict() for m in self.months]), out / "months.csv"),
            write_csv(self.nights, out / "nights.csv"),
            write_text(out / "predict.prom", self.prometheus()),
        )

    def prometheus(self) -> str:
        """Return the newest figures in Prometheus' text format."""
        newest = self.months[-1] if self.months else None
        last = next((m for m in reversed(self.months) if m.labelled), None)
        values = {
            "predict_rows_total": float(self.nights["rows"].sum()),
            "predict_no_estimate_total": float(self.nights["no_estimate"].sum()),
            "predict_rejected_total": float(self.nights["rejected"].sum()),
            "predict_outcomes_total": float(sum(m.labelled for m in self.months)),
            "predict_alarms_total": float(sum(map(len, self.alarms.values()))),
            "predict_expected_rate": newest.expected_rate if newest else np.nan,
            "predict_o_e": last.o_e.estimate if last else np.nan,
            "predict_auroc": last.auroc.estimate if last else np.nan,
            "predict_brier": last.brier.estimate if last else np.nan,
        }
        lines = [f"# TYPE {name} gauge\n{name} {_number(value)}" for name, value in values.items()]
        return "\n".join(lines) + "\n"


WORDS = {
    FEWER: "fewer people reach the outcome than expected",
    MORE: "more people reach the outcome than expected",
    RANKING: "the estimates tell people apart less well than when the model was judged",
}


def monitor(
    outputs: Sequence[Path | str],
    labels: Path | str | pd.DataFrame | None = None,
    *,
    reference: Reference | Path | str | None = None,
    delay: int = DELAY,
    today: date,
) -> Monitoring:
    """Return what stored scores came to.

    Parameters
    ----------
    outputs : sequence of path
        Folders and single files (CSV, Parquet) that `predict score` wrote.
    labels : path or DataFrame, optional
        As `predict label` writes them: id, answer.
    reference : Reference or path, optional
        Folder of a run, of `predict evaluate` or of `predict validate`: its events for each
        expected and its AUROC, with their errors. Without one, estimates are held against
        themselves.
    delay : int
        Days from a score until its outcome should be known; who is labelled earlier waits.
    today : date

    Returns
    -------
    Monitoring

    Raises
    ------
    OutputError
        When an output is not finished or was changed.
    TableError
        When the labels are not labels.

    Examples
    --------
    >>> monitor(["out/may", "out/june"], "labels.csv", today=today).alarms  # doctest: +SKIP
    {'FEWER_EVENTS': (), 'MORE_EVENTS': (), 'RANKING_WORSE': ()}
    """
    nights = read_nights(outputs)
    outcomes = pd.Series(dtype="int8") if labels is None else read_labels(labels)
    held = reference if isinstance(reference, Reference) else read_reference(reference)
    model = nights[-1].model
    scores = first_scores([night for night in nights if night.model == model])
    months, looks = months_of(scores, outcomes, today=today, delay=delay, reference=held)
    fewer, more = (watch(looks, held, factor) if looks else None for factor in (FALL, RISE))
    return Monitoring(
        model, held, months, fewer, more, _alarms(months, looks, held, fewer, more),
        _nights_table(nights), _repeated(nights, model, len(scores)),
    )  # fmt: skip


def _alarms(
    months: Sequence[Month],
    looks: Sequence[Look],
    reference: Reference,
    fewer: Cusum | None,
    more: Cusum | None,
) -> dict[str, tuple[str, ...]]:
    named = [month.month for month in months if month.labelled]
    places = {
        FEWER: fewer.alarms if fewer else (),
        MORE: more.alarms if more else (),
        RANKING: auroc_alarms(looks, reference),
    }
    return {code: tuple(named[number] for number in at) for code, at in places.items()}


def _nights_table(nights: Sequence[Night]) -> pd.DataFrame:
    counted = ("rows", "scored", "no_estimate", "rejected")
    return pd.DataFrame(
        {
            "day": night.day.isoformat(),
            "model": night.model[:12],
            **{name: night.counts[name] for name in counted},
            "warnings": " ".join(sorted(night.warnings)),
        }
        for night in nights
    )


def _repeated(nights: Sequence[Night], model: str, people: int) -> int:
    estimates = sum(night.counts["scored"] for night in nights if night.model == model)
    return estimates - people


def read_reference(folder: Path | str | None) -> Reference:
    """Return the reference of a folder that `run`, `evaluate` or `validate` wrote.

    Raises
    ------
    FitError
        ``REFERENCE_MISSING`` where it holds no verdict and metrics.
    """
    if folder is None:
        return Reference()
    verdict, metrics = Path(folder) / "verdict.json", Path(folder) / "evaluation" / "metrics.csv"
    if not (verdict.is_file() and metrics.is_file()):
        raise FitError(
            "The reference is a folder of `predict run`, `predict evaluate` or `predict validate`: "
            "it holds verdict.json and evaluation/metrics.csv.",
            code="REFERENCE_MISSING",
        )
    table = pd.read_csv(metrics)
    own = table[table["model"] == read_json(verdict)["model"]].set_index("metric")
    return Reference(*_with_error(own, "o_e"), *_with_error(own, "auroc"))


def _with_error(own: pd.DataFrame, metric: str) -> tuple[float, float]:
    """A measure and its standard error, from its 95 % interval."""
    estimate, low, high = own.loc[[metric], ["estimate", "low", "high"]].to_numpy(float)[0]
    reach = (high - low) / 2
    return float(estimate), float(reach) / normal_quantile(0.95) if np.isfinite(reach) else 0.0


def _number(value: float) -> str:
    return f"{value:.10g}" if np.isfinite(value) else "NaN"
