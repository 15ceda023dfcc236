"""A model's health on this machine: whole files, versions, estimates that come out again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from predict.model_folder.canary import TOLERANCE, check_canary
from predict.model_folder.contents import libraries, model_of
from predict.model_folder.forms import parse_json
from predict.model_folder.manifest import SIGNATURE, read_folder
from predict.models.response_model import ResponseModel


@dataclass(frozen=True)
class Diagnosis:
    """What was found of a model.

    Parameters
    ----------
    name : str
    made, made_by : str
        When, and by which version of this package.
    versions : mapping of library to (then, now)
    canary : float
        Largest difference of the synthetic rows' estimates, log-odds; at most 1e-6.
    signed : bool
        Whether a detached signature lies in the folder.
    judged : str
        How the model stood against giving everybody the rate, and what follows for its estimates.
    """

    name: str
    made: str
    made_by: str
    versions: Mapping[str, tuple[str, str]]
    canary: float
    signed: bool
    judged: str = ""

    @property
    def changed(self) -> dict[str, tuple[str, str]]:
        """Libraries whose version is another than when the model was made."""
        return {name: pair for name, pair in self.versions.items() if pair[0] != pair[1]}

    def lines(self) -> list[str]:
        """Return the diagnosis in words."""
        lines = [
            f"{self.name}: made {self.made} by version {self.made_by}",
            f"canary rows: differ by at most {self.canary:.2g} log-odds (allowed {TOLERANCE:g})",
            f"signature: {'present, not checked here' if self.signed else 'none'}",
            f"judged: {self.judged}",
        ]
        lines += [f"{name}: {then}, now {now}" for name, (then, now) in self.versions.items()]
        if self.changed:
            lines.append(
                f"{len(self.changed)} libraries have another version. Estimates agree to "
                f"{TOLERANCE:g}; for equal bytes install the versions of then."
            )
        return lines


def diagnose(folder: Path | str) -> Diagnosis:
    """Examine a model folder.

    Raises
    ------
    ModelError
        When it cannot be trusted; the canary rows are part of that.
    """
    manifest, files = read_folder(folder)
    model = model_of(manifest, files)
    worst = check_canary(model, parse_json("canary.json", files["canary.json"]))
    return Diagnosis(
        name=model.name,
        made=str(manifest.get("made", "")),
        made_by=str(manifest.get("made_by", "")),
        versions=_versions(manifest),
        canary=worst,
        signed=(Path(folder) / SIGNATURE).is_file(),
        judged=_judged(model),
    )


def _judged(model: ResponseModel) -> str:
    if model.standing == "not_judged":
        return "not judged; estimates are given, and how well they tell patients apart is not known"
    if model.standing == "better":
        return "shown to be better than giving everybody the rate"
    shown = f"shown all the same: {model.show_unproven}" if model.show_unproven else "withheld"
    return f"not shown to be better than giving everybody the rate; estimates are {shown}"


def _versions(manifest: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    then, now = manifest.get("libraries", {}), libraries()
    return {name: (str(then.get(name, "unknown")), now[name]) for name in now}
