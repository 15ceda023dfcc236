"""A registry: the versions of one question's model, and which of them is in use.

A folder of ``versions/0001/`` (model folders, copied byte for byte) and ``history/000001.json``
(see `history`). Every state follows from the history:

candidate  added, not compared yet
approved   compared and not worse, or in use before
current    the one that `predict score registry:FOLDER` uses; exactly one once one was promoted
retired    taken out of use, and not to come back
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from predict.errors import DesignError, ModelError, OutputError, UsageError
from predict.evaluation.verdict_words import difference_words
from predict.files import write_bytes
from predict.model_folder import load_model, load_with_manifest, model_digest
from predict.model_folder.manifest import MANIFEST, SIGNATURE, read_folder
from predict.model_folder.signature import check_signature
from predict.models.reliance import standing
from predict.models.reliance.rules import months_between
from predict.models.response_model import ResponseModel
from predict.operations import history
from predict.operations.comparison import Comparison, compare, refuse_leaks
from predict.operations.history import AUDIT, HISTORY, VERSIONS, Entry
from predict.scoring.scoring_pass import Table

State = Literal["candidate", "approved", "current", "retired"]


@dataclass(frozen=True)
class Version:
    """One version and where it stands.

    Parameters
    ----------
    number : int
        From 1, in the order of adding.
    name : str
        The model's own name.
    digest : str
        Of its manifest: equal files and facts, equal digest.
    state : str
    since : str
        When it came into this state.
    """

    number: int
    name: str
    digest: str
    state: State
    since: str


@dataclass(frozen=True)
class Registry:
    """A registry as its history tells it; each change returns the registry after it.

    Parameters
    ----------
    folder : Path
    history : tuple of Entry

    Examples
    --------
    >>> registry = open_registry("models/response", create=True)  # doctest: +SKIP
    >>> registry = registry.add("runs/model", who="ops", why="first model")  # doctest: +SKIP
    >>> registry = registry.promote(1, "outcomes.csv", who="ops", why="judged")  # doctest: +SKIP
    >>> registry.current.number  # doctest: +SKIP
    1
    """

    folder: Path
    history: tuple[Entry, ...] = ()

    @property
    def versions(self) -> tuple[Version, ...]:
        """Every version and its state, in the order of adding."""
        versions: dict[int, Version] = {}
        for entry in self.history:
            _apply(versions, entry)
        return tuple(versions.values())

    @property
    def current(self) -> Version | None:
        """The version in use; None before the first promotion."""
        return next((v for v in self.versions if v.state == "current"), None)

    def path(self, number: int) -> Path:
        """Return the model folder of a version.

        Raises
        ------
        UsageError
            Where there is no such version.
        """
        self.version(number)
        return _version_folder(self.folder, number)

    def version(self, number: int) -> Version:
        """Return a version by its number."""
        for version in self.versions:
            if version.number == number:
                return version
        raise UsageError(
            f"The registry has no version {number}; it has {len(self.versions)}. "
            "`predict registry list FOLDER` names them.",
            code="VERSION_UNKNOWN",
        )

    def model(self, number: int) -> ResponseModel:
        """Return a version's model, proved to be the one that was added.

        Raises
        ------
        ModelError
            ``VERSION_CHANGED`` where its folder is another one than the history names.
        """
        version = self.version(number)
        model, manifest = load_with_manifest(self.path(number))
        if model_digest(manifest) != version.digest:
            raise ModelError(
                f"Version {number} is not the model that was added. Restore the registry.",
                code="VERSION_CHANGED",
            )
        return model

    def add(self, model: Path | str, *, who: str, why: str, at: str = "") -> Registry:
        """Copy a model folder in, as a candidate.

        Raises
        ------
        ModelError
            When the folder is not whole.
        UsageError
            ``VERSION_KNOWN`` where the same model is in the registry already.
        """
        loaded, manifest = load_with_manifest(model)
        digest, number = model_digest(manifest), len(self.versions) + 1
        if digest in {version.digest for version in self.versions}:
            raise UsageError("This model is in the registry already.", code="VERSION_KNOWN")
        _copy(Path(model), _version_folder(self.folder, number))
        facts = {"version": number, "name": loaded.name, "digest": digest}
        return self._then("add", who, why, at, facts)

    def approve(
        self, number: int, table: Table, *, who: str, why: str, at: str = "", key: bytes = b""
    ) -> Registry:
        """Compare a candidate with the version in use and approve it, without switching."""
        evidence = self._evidence(number, table, key, at)
        return self._then("approve", who, why, at, {"version": number, **evidence})

    def promote(
        self,
        number: int,
        table: Table | None = None,
        *,
        who: str,
        why: str,
        at: str = "",
        key: bytes = b"",
    ) -> Registry:
        """Put a version into use, in one step: there is never none and never two.

        Parameters
        ----------
        number : int
        table : Cohort, DataFrame or path, optional
            People with outcomes whom no version learned from. Not needed for an approved version.
        who, why : str
            Kept in the history for good.
        key : bytes
            Where it is given, the version must be signed with it.

        Raises
        ------
        DesignError
            ``CHALLENGER_WORSE``, ``MODEL_NOT_JUDGED``, ``MODEL_NOT_BETTER``, ``MODEL_EXPIRED`` or
            the code of a leak.
        ModelError
            When the folder was changed, or is not signed with the key.
        """
        version = self.version(number)
        if version.state in ("current", "retired"):
            raise UsageError(f"Version {number} is {version.state}.", code="VERSION_STATE")
        evidence = self._evidence(number, table, key, at)
        return self._then("promote", who, why, at, {"version": number, **evidence})

    def rollback(self, *, who: str, why: str, at: str = "") -> Registry:
        """Retire the version in use and put the one before it back.

        Raises
        ------
        UsageError
            ``NOTHING_BEFORE`` where no earlier version may come back.
        """
        used = [e.facts["version"] for e in self.history if e.action in ("promote", "rollback")]
        approved = {v.number for v in self.versions if v.state == "approved"}
        earlier = [number for number in used if number in approved]
        if not earlier:
            raise UsageError(
                "No version before the current one may be used.", code="NOTHING_BEFORE"
            )
        self.model(earlier[-1])
        return self._then("rollback", who, why, at, {"version": earlier[-1]})

    def retire(self, number: int, *, who: str, why: str, at: str = "") -> Registry:
        """Take a version out for good; the one in use is replaced first."""
        if self.version(number).state == "current":
            raise UsageError(
                f"Version {number} is in use. Promote another one or roll back.",
                code="VERSION_STATE",
            )
        return self._then("retire", who, why, at, {"version": number})

    def verify(self) -> dict[str, int]:
        """Prove the history and every version; return their counts."""
        again = open_registry(self.folder)
        for version in again.versions:
            again.model(version.number)
        runs = history.read_history(self.folder / AUDIT)
        return {
            "entries": len(again.history), "versions": len(again.versions), "runs": len(runs),
        }  # fmt: skip

    def _then(self, action: str, who: str, why: str, at: str, facts: dict[str, Any]) -> Registry:
        if not who.strip() or not why.strip():
            raise UsageError("Every change says who made it and why.", code="WHO_AND_WHY")
        entry = history.following(
            self.history, at=at or _now(), who=who, why=why, action=action, facts=facts
        )
        return replace(self, history=(*self.history, history.append(self.folder / HISTORY, entry)))

    def _evidence(self, number: int, table: Table | None, key: bytes, at: str) -> dict[str, Any]:
        model = self.model(number)
        if key:
            check_signature(self.path(number), key)
        _refuse_unfit(model, date.fromisoformat((at or _now())[:10]))
        if self.version(number).state == "approved" and table is None:
            return {}
        if table is None:
            raise UsageError(
                "A candidate is promoted on people with outcomes: give --on TABLE.",
                code="NO_TABLE",
            )
        refuse_leaks(model, table)
        if self.current is None:
            return {}
        comparison = compare(model, self.model(self.current.number), table)
        _refuse_worse(comparison)
        return {"against": self.current.number, "comparison": comparison.to_dict()}


def open_registry(folder: Path | str, *, create: bool = False) -> Registry:
    """Return the registry of a folder after proving its history.

    Raises
    ------
    UsageError
        ``REGISTRY_MISSING`` where the folder is none and may not become one.
    ModelError
        ``HISTORY_CHANGED``.
    """
    folder = Path(folder)
    if not (folder / HISTORY).is_dir():
        if not create:
            raise UsageError(
                f"'{folder.name}' is not a registry. `predict registry add FOLDER MODEL` begins "
                "one.",
                code="REGISTRY_MISSING",
            )
        if folder.exists() and any(folder.iterdir()):
            raise OutputError(f"'{folder.name}' holds something else.", code="OUTPUT_EXISTS")
        (folder / HISTORY).mkdir(parents=True, mode=0o700)
    return Registry(folder, history.read_history(folder / HISTORY))


def current_folder(folder: Path | str) -> Path:
    """Return the model folder in use, proved to be the one that was added.

    Raises
    ------
    UsageError
        ``NOTHING_PROMOTED`` where no version is in use.
    """
    registry = open_registry(folder)
    if registry.current is None:
        raise UsageError(
            "No version of this registry is in use. Promote one first.", code="NOTHING_PROMOTED"
        )
    registry.model(registry.current.number)
    return registry.path(registry.current.number)


def _apply(versions: dict[int, Version], entry: Entry) -> None:
    """Change the states as an entry says."""
    if entry.action == "run":
        return
    number = int(entry.facts["version"])
    if entry.action == "add":
        versions[number] = Version(
            number, entry.facts["name"], entry.facts["digest"], "candidate", entry.at
        )
        return
    moved: Mapping[str, State] = {"approve": "approved", "retire": "retired"}
    state: State = moved.get(entry.action, "current")
    if state == "current":
        leaves: State = "retired" if entry.action == "rollback" else "approved"
        for other in versions.values():
            if other.state == "current":
                versions[other.number] = replace(other, state=leaves, since=entry.at)
    versions[number] = replace(versions[number], state=state, since=entry.at)


def _refuse_unfit(model: ResponseModel, today: date) -> None:
    """Stop for a model that was never judged, failed, or whose judgement is too old."""
    stands = standing(model.family, model.facts)
    if stands == "not_judged":
        raise DesignError(
            "The model was never judged against the rate. Make it with `predict run`, with `prior` "
            "among its families.",
            code="MODEL_NOT_JUDGED",
        )
    if stands != "better" and not model.show_unproven:
        raise DesignError(
            "The model is not shown to be better than giving everybody the rate; its pages would "
            "hold no estimate. Keep the one in use.",
            code="MODEL_NOT_BETTER",
        )
    checked, most = model.reliance.calibrated_on, model.reliance.thresholds.age_stop
    if checked and months_between(date.fromisoformat(checked), today) > most:
        raise DesignError(
            f"The model's calibration was checked more than {most} months ago. Check it "
            "on people of this year first.",
            code="MODEL_EXPIRED",
        )


def _refuse_worse(comparison: Comparison) -> None:
    if comparison.state == "worse":
        gap = difference_words({**comparison.to_dict(), "metric": comparison.loss})
        raise DesignError(
            f"On {comparison.people} people with outcomes the challenger is worse than the model "
            f"in use ({gap}). Nothing was changed.",
            code="CHALLENGER_WORSE",
        )


def _version_folder(folder: Path, number: int) -> Path:
    return folder / VERSIONS / f"{number:04d}"


def _copy(model: Path, folder: Path) -> None:
    """Copy a proved model folder whole; what a killed run left under this number goes first."""
    _, files = read_folder(model)
    beside = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    shutil.rmtree(beside, ignore_errors=True)
    for name, data in files.items():
        write_bytes(beside / name, data)
    for name in (MANIFEST, SIGNATURE):
        if (model / name).is_file():
            write_bytes(beside / name, (model / name).read_bytes())
    if folder.exists():
        shutil.rmtree(folder)
    os.replace(beside, folder)
    load_model(folder)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
