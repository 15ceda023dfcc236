"""FHIR Bundles: their resources, and whether a search's pages are all there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from predict.cohort.source import refuse

# What a search states and what of it was found, over all Bundles of a table.
_STATED, _MATCHES, _FOLLOWED, _LAST = "stated", "matches", "followed", "last"


def bundled(
    bundle: Mapping[str, Any], people: dict[str, str], seen: Counter[str]
) -> Iterator[Mapping[str, Any]]:
    """Yield a Bundle's resources, Questionnaires first; note its patients by their address.

    Raises
    ------
    TableError
        When it holds former versions of its resources.
    """
    if bundle.get("type") == "history":
        message = "The Bundle is a history: it holds former and deleted versions of resources. "
        raise refuse("BUNDLE_HISTORY", f"{message}Export the present ones (a search, or $export).")
    entries = [entry for entry in bundle.get("entry", ()) if isinstance(entry, Mapping)]
    if bundle.get("type") == "searchset":
        _note_page(bundle, entries, seen)
    held = [(str(e.get("fullUrl", "")), e["resource"]) for e in entries if "resource" in e]
    for address, resource in held:
        if address and resource.get("resourceType") == "Patient":
            people[address] = str(resource.get("id", address.removeprefix("urn:uuid:")))
    ranked = sorted(held, key=lambda pair: pair[1].get("resourceType") != "Questionnaire")
    yield from (resource for _, resource in ranked)


def _note_page(
    bundle: Mapping[str, Any], entries: list[Mapping[str, Any]], seen: Counter[str]
) -> None:
    """Count what a page of a search states, and what it holds of it."""
    modes = [(entry.get("search") or {}).get("mode", "match") for entry in entries]
    seen[_MATCHES] += modes.count("match")
    stated = bundle.get("total")
    if isinstance(stated, int):
        seen[_STATED] = max(seen[_STATED], stated)
    relations = {link.get("relation") for link in bundle.get("link", ())}
    seen[_FOLLOWED if "next" in relations else _LAST] += 1


def check_pages(seen: Counter[str]) -> None:
    """Stop where a search has more results than the Bundles hold.

    Raises
    ------
    TableError

    Examples
    --------
    >>> check_pages(Counter(stated=3, matches=3, followed=1, last=1))
    """
    lacking = seen[_STATED] - seen[_MATCHES]
    if lacking <= 0 and (seen[_LAST] or not seen[_FOLLOWED]):
        return
    count = f"{lacking} results" if lacking > 0 else "pages"
    message = f"A search was exported by pages, and {count} of it are not here; put all pages into"
    raise refuse("BUNDLE_PAGES_MISSING", f"{message} one folder, or export it as NDJSON.")
