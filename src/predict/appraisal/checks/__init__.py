"""Objections to a design: each has a code, a docstring, and may be muted with a reason.

To add one: write a function ``Design -> Result`` whose docstring's first line says the objection,
and give it a line in its file's dictionary. A test plants every fault.
"""

from __future__ import annotations

from dataclasses import replace
from inspect import getdoc

import pandas as pd

from predict.appraisal.checks.analysis import ANALYSIS
from predict.appraisal.checks.base import Check, Result, State
from predict.appraisal.checks.outcome import OUTCOME
from predict.appraisal.checks.participants import PARTICIPANTS
from predict.appraisal.checks.predictors import PREDICTORS
from predict.appraisal.checks.results import RESULTS
from predict.appraisal.design import Design
from predict.errors import ExperimentError, did_you_mean

DOMAINS: dict[str, dict[str, Check]] = {
    "participants": PARTICIPANTS,
    "predictors": PREDICTORS,
    "outcome": OUTCOME,
    "analysis": ANALYSIS,
    "results": RESULTS,
}
CHECKS: dict[str, Check] = {
    code: check for checks in DOMAINS.values() for code, check in checks.items()
}
COLUMNS = ["code", "domain", "state", "title", "text"]


def examine(design: Design) -> pd.DataFrame:
    """Run every check on a design.

    Returns
    -------
    DataFrame
        code, domain, state (issue, note, passed, not_applicable, muted), title, text; issues first.

    Raises
    ------
    ExperimentError
        When the experiment mutes a check that does not exist.
    """
    _refuse_unknown(design)
    rows = [
        (code, domain, *_one(code, check, design))
        for domain, checks in DOMAINS.items()
        for code, check in checks.items()
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    gravity = {"issue": 0, "note": 1, "muted": 2, "passed": 3, "not_applicable": 4}
    order = table["state"].map(gravity).sort_values(kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _one(code: str, check: Check, design: Design) -> tuple[State, str, str]:
    result = check(design)
    if code in design.muted and result.state in {"issue", "note"}:
        result = replace(result, state="muted", text=f"{result.text} Muted: {design.muted[code]}")
    return result.state, result.title or (getdoc(check) or "").split("\n")[0], result.text


def _refuse_unknown(design: Design) -> None:
    unknown = [code for code in design.muted if code not in CHECKS]
    if unknown:
        raise ExperimentError(
            f"No check '{unknown[0]}' to mute.{did_you_mean(unknown[0], CHECKS)} "
            "`predict list checks` shows all.",
            code="CHECK_UNKNOWN",
        )


__all__ = ["CHECKS", "COLUMNS", "DOMAINS", "Check", "Design", "Result", "examine"]
