"""The symptom network of a cohort: at each visit, from visit to visit, and between groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from predict.analysis.networks import limits
from predict.analysis.networks.compare import compare_groups, compare_visits
from predict.analysis.networks.counts import item_tables
from predict.analysis.networks.panel import SymptomPanel, symptom_panel
from predict.analysis.networks.parts import (
    Part,
    lagged_estimate,
    lagged_part,
    lagged_people,
    visit_estimate,
    visit_parts,
)
from predict.analysis.networks.random_intercept import refuse_person_means
from predict.analysis.networks.settings import NetworkSettings, check_settings, sized
from predict.analysis.networks.temporal import transitions
from predict.analysis.networks.tidy import comparison_table, items_table
from predict.analysis.write_results import Opened, Result
from predict.cohort import Cohort, CohortLike, StudyLike, as_cohort
from predict.cohort.labelling import label
from predict.definitions.outcomes import read_outcome
from predict.drawing.notebook import network
from predict.errors import UsageError, unknown_name
from predict.statistics.disclosure import Mask, Release, Table, Told, count

FEWEST_IN_GROUP = 50


@dataclass(frozen=True)
class SymptomNetwork(Opened):
    """Tables first; figures and sentences follow from them.

    Parameters
    ----------
    edges : DataFrame
        Within one visit: visit, first, second, estimate, low, high, same_sign, stable.
    lagged : DataFrame
        From a visit to the next: earlier, later, estimate, low, high, same_sign, within_person
        (with low, high), status (claimed, shown, or empty).
    centrality : DataFrame
        Columns network, item, label, measure, estimate, low, high, rank.
    stability : DataFrame
        Columns network, measure, dropped, mean_correlation, share_kept, coefficient.
    comparisons : DataFrame
        Columns comparison, network, test, earlier, later, first, second, difference, p.
    items : DataFrame
        Columns key, label, turned, and for each visit n, mean and share at the floor.
    result : Result
        All of it with whom each count counts, as it is written.

    See Also
    --------
    predict.analysis.symptom_network : Makes one.

    Examples
    --------
    >>> import predict as pr
    >>> from predict.simulation.examples import shipped
    >>> table = pr.simulate("demo", people=200, seed=1).table
    >>> study = shipped("demo_study.toml")
    >>> settings = pr.analysis.NetworkSettings(resamples=2, permutations=2, draws=1)
    >>> network = pr.analysis.symptom_network(table, settings, study=study)
    >>> len(network.items)
    9
    """

    edges: pd.DataFrame
    lagged: pd.DataFrame
    centrality: pd.DataFrame
    stability: pd.DataFrame
    comparisons: pd.DataFrame
    items: pd.DataFrame
    result: Result

    def __repr__(self) -> str:
        shown = int((self.lagged["status"] != "").sum()) if len(self.lagged) else 0
        return f"SymptomNetwork({len(self.items)} items, {shown} lagged edges shown)"

    def plot(self, visit: str | None = None, *, ax: Any = None) -> Any:
        """Draw the network within one visit, the first where none is named; return the axes.

        Edges whose sign does not last in resamples are dotted.

        Raises
        ------
        UsageError
            For a visit without a network, with those that have one.
        """
        visits = tuple(dict.fromkeys(self.edges["visit"]))
        chosen = visit or next(iter(visits), "")
        if chosen not in visits:
            raise UsageError(unknown_name("visit", chosen, visits))
        labels = dict(zip(self.items["key"], self.items["label"], strict=True))
        rows = self.edges[(self.edges["visit"] == chosen) & (self.edges["estimate"] != 0)]
        named = rows.assign(
            first=rows["first"].map(lambda key: labels.get(key, key)),
            second=rows["second"].map(lambda key: labels.get(key, key)),
        )
        title = f"Which symptoms go together at {chosen}?"
        return network(named, list(labels.values()), title=title, ax=ax)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every table by the name of its file."""
        names = ("edges", "lagged", "centrality", "stability", "comparisons", "items")
        return {name: getattr(self, name) for name in names}


def symptom_network(
    cohort: CohortLike, settings: NetworkSettings | None = None, *, study: StudyLike | None = None
) -> SymptomNetwork:
    """Estimate the symptom network of a cohort, with its stability.

    Parameters
    ----------
    cohort : Cohort, DataFrame or path
        What is no cohort is read under `study`.
    settings : NetworkSettings, optional
        What is estimated, and how often it is tried anew.
    study : Study, path or mapping, optional
        How a table that is no cohort yet is read.

    Returns
    -------
    SymptomNetwork
        Edges, centrality and their stability.

    Raises
    ------
    DesignError
        When no instrument has item answers; when ``within="person_mean"`` is asked for.

    See Also
    --------
    predict.analysis.NetworkSettings : What is estimated, and how.

    References
    ----------
    Epskamp, Borsboom, Fried 2018, Behavior Research Methods 50:195.

    Examples
    --------
    >>> import predict as pr
    >>> from predict.simulation.examples import shipped
    >>> table = pr.simulate("demo", people=200, seed=1).table
    >>> study = shipped("demo_study.toml")
    >>> settings = pr.analysis.NetworkSettings(resamples=2, permutations=2, draws=1)
    >>> network = pr.analysis.symptom_network(table, settings, study=study)
    >>> len(network.items)
    9
    """
    cohort = as_cohort(cohort, study)
    settings = settings or NetworkSettings()
    check_settings(settings)
    panel = symptom_panel(cohort, settings.instrument)
    settings = sized(settings, panel.items)
    if settings.within == "person_mean":
        refuse_person_means(len(panel.visits))
    single = visit_parts(panel, settings)
    after = [lagged_part(panel, settings)] if len(panel.visits) > 1 else []
    frames = _frames(single, after)
    frames["comparisons"] = comparisons(cohort, panel, settings)
    tables = [Table(name, frame, labels=tuple(map(str, frame))) for name, frame in frames.items()]
    tables.append(items_table(panel))
    lagged = lagged_people(panel)
    result = Result(
        tuple(tables), partial(_figures, (*single, *after)), limits.statements(panel, lagged),
        _facts(panel, settings, panel.group(lagged)), title="Symptom network",
    )  # fmt: skip
    return SymptomNetwork(**{table.name: table.frame for table in tables}, result=result)


def _frames(single: Sequence[Part], after: Sequence[Part]) -> dict[str, pd.DataFrame]:
    """Return the estimates of all networks; each is of 50 people or more at once."""
    parts = [*single, *after]
    return {
        "edges": pd.concat([part.edges for part in single], ignore_index=True),
        "lagged": after[0].edges if after else pd.DataFrame(columns=["status"]),
        "centrality": pd.concat([part.centrality for part in parts], ignore_index=True),
        "stability": pd.concat([part.stability for part in parts], ignore_index=True),
    }


def _figures(parts: Sequence[Part], release: Release) -> dict[str, str]:
    return {f"{part.name}.svg": part.figure(release) for part in parts}


def _facts(panel: SymptomPanel, settings: NetworkSettings, lagged: Mask) -> dict[str, object]:
    n = int(lagged.sum())
    return {
        "instrument": panel.instrument.id,
        "items": panel.items,
        "visits": list(panel.visits),
        "people": count(panel.inside),
        "people_lagged": count(lagged),
        "method": settings.method,
        "within": settings.within,
        "resamples": settings.resamples,
        "permutations": settings.permutations,
        "seed": settings.seed,
        "shown_beyond": limits.report_beyond(n),
        "claimed_beyond": Told(limits.claim_beyond(n), (lagged,)),
    }


def comparisons(cohort: Cohort, panel: SymptomPanel, settings: NetworkSettings) -> pd.DataFrame:
    """Before and after round one, and responders against the others, by permutation."""
    tables = [_before_after(cohort, panel, settings)]
    if settings.outcome is not None:
        tables += _responders(cohort, panel, settings)
    filled = [table for table in tables if table is not None]
    columns = ["comparison", "network", "test", "earlier", "later", "first", "second",
               "difference", "p"]  # fmt: skip
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)


def _before_after(
    cohort: Cohort, panel: SymptomPanel, settings: NetworkSettings
) -> pd.DataFrame | None:
    start, end = cohort.study.round("one").start, cohort.study.round("one").end
    if start not in panel.visits or end not in panel.visits or not settings.permutations:
        return None
    both = panel.complete(start) & panel.complete(end)
    if both.sum() < FEWEST_IN_GROUP:
        return None
    places = [panel.visits.index(visit) for visit in (start, end)]
    stacked = np.concatenate([panel.answers[both, place] for place in places])
    estimate = visit_estimate(item_tables(stacked), np.ones(len(stacked)), settings.method)
    people = int(both.sum())
    comparison = compare_visits(estimate, people, settings.permutations, settings.seed)
    return comparison_table(panel, f"{start} and {end}", "one visit", comparison, directed=False)


def _responders(
    cohort: Cohort, panel: SymptomPanel, settings: NetworkSettings
) -> list[pd.DataFrame]:
    own = cohort.study.own_instruments
    outcome = read_outcome(settings.outcome, own)  # type: ignore[arg-type]  # None was ruled out
    answer = label(cohort, outcome, round="one").loc[panel.ids, "answer"].to_numpy()
    answered = np.isin(answer, ("yes", "no"))
    member = (answer == "yes")[answered]
    if min(member.sum(), (~member).sum()) < FEWEST_IN_GROUP or not settings.permutations:
        return []
    start = cohort.study.round("one").start
    compare = partial(
        compare_groups, member=member, permutations=settings.permutations, seed=settings.seed
    )
    name, out = f"responders and others ({outcome.name})", []
    if start in panel.visits:
        answers = panel.answers[answered, panel.visits.index(start)]
        present = np.isfinite(answers).any(1).astype(float)
        estimate = visit_estimate(item_tables(answers), present, settings.method)
        out.append(comparison_table(panel, name, start, compare(estimate), directed=False))
    if len(panel.visits) > 1:
        steps = lagged_estimate(transitions(panel.answers[answered]))
        out.append(comparison_table(panel, name, "lagged", compare(steps), directed=True))
    return out
