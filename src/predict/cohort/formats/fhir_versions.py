"""Versions of one FHIR resource: the latest counts, and one that was taken back counts no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from predict.cohort.formats.merging import joined, places_of
from predict.cohort.source import FAULTS

NAME, VERSION = "predict:name", "predict:version"
# Marks rows of resources that do not count, by what they say of former versions of themselves.
TAKEN_BACK, CHANGED, UNUSED = "TAKEN_BACK", "CHANGED", "UNUSED"
MARKS = (TAKEN_BACK, CHANGED, UNUSED)
_STATUS = {"entered-in-error": TAKEN_BACK, "cancelled": TAKEN_BACK}
_STATUS |= {"amended": CHANGED, "corrected": CHANGED}
# A row whose resource was changed since, by a version that is not used.
OUTDATED = "VERSION_OUTDATED"


def mark_of(status: object) -> str:
    """Return the mark of a resource whose status says that it does not count."""
    return _STATUS.get(str(status), UNUSED)


def name_of(resource: Mapping[str, Any]) -> str:
    """Return a resource's name among all of the table; empty where it has none.

    >>> name_of({"resourceType": "Observation", "id": "7"})
    'Observation/7'
    """
    kind = str(resource.get("resourceType"))
    prefix = "" if kind == "QuestionnaireResponse" else f"{kind}/"
    return f"{prefix}{resource['id']}" if "id" in resource else ""


def version_of(resource: Mapping[str, Any]) -> str:
    """Return a text by which versions of one resource sort; empty where nothing tells.

    >>> version_of({"meta": {"versionId": "12", "lastUpdated": "2024-01-02T00:00:00Z"}})
    'v:000000000012'
    """
    meta = resource.get("meta") or {}
    number, time = str(meta.get("versionId", "")), str(meta.get("lastUpdated", ""))
    return version_text("v", number) or version_text("t", time)


def version_text(kind: str, text: str) -> str:
    """Return a number (kind v) or a time (kind t) of a version as it sorts; empty for none."""
    if kind == "v":
        return f"v:{int(text):012}" if text.isdigit() and text.isascii() else ""
    return f"t:{text}" if text else ""


def latest(table: pa.Table) -> tuple[pa.Table, int, int]:
    """Return records of whole people without former versions and what does not count.

    Of a resource that was changed since, by a version whose status is not used, the last one that
    is used refuses its row: its answers are not those of today, and what it says of self-harm is
    not to be lost.

    Returns
    -------
    table : pyarrow.Table
        Without the columns of names and versions.
    former, versions : int
        How many records were left out for another version, and of how many that was decided.
    """
    faults = np.array(table.column(FAULTS).to_pylist(), dtype=object)
    unused = np.isin(faults, MARKS)
    keep, outdated, versions = ~unused, np.zeros(len(faults), dtype=bool), 0
    stated = table.column(VERSION)
    for rows in _standing_several(table, places_of(table.column(NAME))):
        some = stated.take(pa.array(rows)).to_pylist()
        gone, refused = _decided(some, [str(faults[row]) for row in rows])
        keep[[rows[place] for place in gone]] = False
        outdated[[rows[place] for place in refused]] = True
        versions += int((~unused[rows]).sum()) if gone or refused else 0
    former = int((~keep & ~unused).sum())
    plain = table.drop_columns([NAME, VERSION])
    if outdated.any():
        told = pa.array(np.where(outdated & (faults == ""), OUTDATED, faults).tolist(), pa.string())
        plain = plain.set_column(plain.column_names.index(FAULTS), FAULTS, told)
    return (plain if keep.all() else plain.filter(pa.array(keep))), former, versions


def _standing_several(table: pa.Table, names: np.ndarray) -> list[list[int]]:
    """The rows of each resource of one person that stands more than once."""
    if not len(names) or int(names.max()) + 1 == len(names):
        return []
    key = joined(places_of(table.column("id")), names)
    blank = {place for place, name in enumerate(table.column(NAME).to_pylist()) if not name}
    groups: dict[int, list[int]] = defaultdict(list)
    for row in np.flatnonzero(np.bincount(key)[key] > 1).tolist():
        if row not in blank:
            groups[int(key[row])].append(row)
    return list(groups.values())


def _decided(versions: Sequence[str], faults: Sequence[str]) -> tuple[list[int], list[int]]:
    """The places of versions that count no more, and of those that refuse their row.

    >>> _decided(["v:1", "v:2", "v:2"], ["", "", ""]), _decided(["v:1", "v:2"], ["", "TAKEN_BACK"])
    (([0], []), ([0, 1], []))
    >>> _decided(["v:1", "v:2", "v:3"], ["", "", "CHANGED"]), _decided(["", ""], ["", "CHANGED"])
    (([0, 2], [1]), ([], [0]))
    """
    used = [place for place, fault in enumerate(faults) if fault not in MARKS]
    everything = list(range(len(faults)))
    if len({version[:2] for version in versions}) > 1 or not versions[0]:
        if TAKEN_BACK in faults:
            return everything, []
        return [], used if CHANGED in faults else []
    newest = max(versions)
    last = {fault for fault, version in zip(faults, versions, strict=True) if version == newest}
    if TAKEN_BACK in last or not used:
        return everything, []
    top = max(versions[place] for place in used)
    kept = [place for place in used if versions[place] == top]
    return [place for place in everything if place not in kept], kept if top < newest else []
