"""The verdict as a typed value: its sentence, its numbers, and whether it beats a rival."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from predict.errors import UsageError, unknown_name


class Verdict(dict[str, Any]):
    """What was shown of a model, as plain values by name, with the usual questions as methods.

    Examples
    --------
    >>> gap = {"state": "better", "difference": -0.02, "low": -0.03, "high": -0.01}
    >>> verdict = Verdict(sentence="It is.", model="linear", comparisons={"severity": gap})
    >>> verdict.better_than("severity"), str(verdict)
    (True, 'It is.')
    >>> verdict.better_than("severty")
    Traceback (most recent call last):
    predict.errors.UsageError: No rival named 'severty'. Did you mean 'severity'? Known: severity.
    """

    @property
    def sentence(self) -> str:
        """The whole verdict in one sentence, with its numbers."""
        return str(self.get("sentence", "no verdict"))

    @property
    def model(self) -> str:
        """The family, or the classifier, that it speaks of."""
        return str(self.get("model", ""))

    @property
    def rivals(self) -> tuple[str, ...]:
        """Those whom it was held against, the one that leads first."""
        return tuple(self.get("comparisons", {}))

    def against(self, rival: str) -> Mapping[str, Any]:
        """Return the deciding difference to a rival (below 0: lower loss), interval and state.

        Raises
        ------
        UsageError
            For whoever was no rival, with those who were.
        """
        gaps: Mapping[str, Mapping[str, Any]] = self.get("comparisons", {})
        if rival not in gaps:
            raise UsageError(unknown_name("rival", rival, gaps))
        return gaps[rival]

    def better_than(self, rival: str) -> bool:
        """Return whether the model is *shown* to be better than a rival.

        False says that it is not shown: it may be no different, worse, or too few were judged.
        """
        return bool(self.against(rival)["state"] == "better")

    def __str__(self) -> str:
        return self.sentence

    def __repr__(self) -> str:
        return f"Verdict({self.sentence!r})"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.sentence)}</p>"
