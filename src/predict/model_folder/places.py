"""Names of sites stay where the people are: a model that travels says 'place 3'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from predict.definitions.study import Study

# The fact that somebody asked for names in the folder (``site_names`` of an experiment).
ASKED = "site_names"


def without_site_names(facts: Mapping[str, Any], study: Study) -> dict[str, Any]:
    """Return a model's facts with sites and clusters numbered in the tables of its evaluation.

    One name has one number in all tables. Facts that say that names were asked for keep them.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> study = SimpleNamespace(site="clinic", cluster=None)
    >>> table = {"places": {"place": ["Marsh Lane", "(summary)"]}}
    >>> facts = {"evaluation": {"tables": table}}
    >>> without_site_names(facts, study)["evaluation"]["tables"]["places"]["place"]
    ['place 1', '(summary)']
    """
    tables = facts.get("evaluation", {}).get("tables", {})
    if facts.get(ASKED) or not tables:
        return dict(facts)
    places, groups = tables.get("places", {}), tables.get("subgroups", {})
    columns = {study.site, study.cluster} - {None}
    of_site = [name in columns for name in groups.get("subgroup", ())]
    named = [*places.get("place", ()), *_chosen(groups.get("value", ()), of_site)]
    names = [name for name in dict.fromkeys(named) if not str(name).startswith("(")]
    numbers = {name: f"place {k}" for k, name in enumerate(names, start=1)}
    changed = dict(tables)
    if places:
        changed["places"] = {**places, "place": [numbers.get(n, n) for n in places["place"]]}
    if any(of_site):
        values = zip(groups["value"], of_site, strict=True)
        changed["subgroups"] = {
            **groups,
            "value": [numbers.get(value, value) if site else value for value, site in values],
        }
    return {**facts, "evaluation": {**facts["evaluation"], "tables": changed}}


def _chosen(values: Any, chosen: list[bool]) -> list[Any]:
    return [value for value, site in zip(values, chosen, strict=True) if site]
