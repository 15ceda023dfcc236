"""The symptom network of a cohort: at each visit, from visit to visit, and between groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from predict.analysis.networks import limits
from predict.analysis.networks.groups import comparisons
from predict.analysis.networks.panel import SymptomPanel, symptom_panel
from predict.analysis.networks.parts import lagged_part, visit_parts
from predict.analysis.networks.random_intercept import refuse_person_means
from predict.analysis.networks.settings import NetworkSettings, check_settings, sized
from predict.analysis.networks.tidy import items_table
from predict.cohort import Cohort


@dataclass(frozen=True)
class SymptomNetwork:
    """Tables first; figures and sentences follow from them.

    Parameters
    ----------
    edges : DataFrame
        Within one visit: visit, first, second, estimate, low, high, same_sign, stable.
    lagged : DataFrame
        From a visit to the next: earlier, later, estimate, low, high, same_sign, within_person
        (with low, high), status (claimed, shown, or empty).
    centrality : DataFrame
        network, item, label, measure, estimate, low, high, rank.
    stability : DataFrame
        network, measure, dropped, mean_correlation, share_kept, coefficient.
    comparisons : DataFrame
        comparison, network, test, earlier, later, first, second, difference, p.
    items : DataFrame
        key, label, turned, and for each visit n, mean and share at the floor.
    figures : mapping of str to str
        SVG text by name.
    statements : tuple of str
        What must be said beside the tables.
    """

    edges: pd.DataFrame
    lagged: pd.DataFrame
    centrality: pd.DataFrame
    stability: pd.DataFrame
    comparisons: pd.DataFrame
    items: pd.DataFrame
    figures: Mapping[str, str]
    statements: tuple[str, ...]
    facts: Mapping[str, object]

    def __repr__(self) -> str:
        shown = int((self.lagged["status"] != "").sum()) if len(self.lagged) else 0
        return f"SymptomNetwork({len(self.items)} items, {shown} lagged edges shown)"

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every table by the name of its file."""
        names = ("edges", "lagged", "centrality", "stability", "comparisons", "items")
        return {name: getattr(self, name) for name in names}


def symptom_network(cohort: Cohort, settings: NetworkSettings | None = None) -> SymptomNetwork:
    """Estimate the symptom network of a cohort, with its stability.

    Parameters
    ----------
    cohort : Cohort
    settings : NetworkSettings, optional

    Raises
    ------
    DesignError
        When no instrument has item answers; when ``within="person_mean"`` is asked for.

    References
    ----------
    Epskamp, Borsboom, Fried 2018, Behavior Research Methods 50:195.
    """
    settings = settings or NetworkSettings()
    check_settings(settings)
    panel = symptom_panel(cohort, settings.instrument)
    settings = sized(settings, panel.items)
    if settings.within == "person_mean":
        refuse_person_means(len(panel.visits))
    single = visit_parts(panel, settings)
    lagged = [lagged_part(panel, settings)] if len(panel.visits) > 1 else []
    parts = [*single, *lagged]
    n = lagged[0].n if lagged else 0
    return SymptomNetwork(
        edges=pd.concat([part.edges for part in single], ignore_index=True),
        lagged=lagged[0].edges if lagged else pd.DataFrame(columns=["status"]),
        centrality=pd.concat([part.centrality for part in parts], ignore_index=True),
        stability=pd.concat([part.stability for part in parts], ignore_index=True),
        comparisons=comparisons(cohort, panel, settings),
        items=items_table(panel),
        figures={part.name: part.figure for part in parts},
        statements=limits.statements(panel, n),
        facts=_facts(panel, settings, n),
    )


def _facts(panel: SymptomPanel, settings: NetworkSettings, n: int) -> dict[str, object]:
    return {
        "instrument": panel.instrument.id,
        "items": panel.items,
        "visits": list(panel.visits),
        "people": len(panel.ids),
        "people_lagged": n,
        "method": settings.method,
        "within": settings.within,
        "resamples": settings.resamples,
        "permutations": settings.permutations,
        "seed": settings.seed,
        "shown_beyond": limits.report_beyond(n),
        "claimed_beyond": limits.claim_beyond(n),
    }
