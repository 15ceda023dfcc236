"""Whom the counts of a model report count: the table's people, and those a model met before.

A count is printed only when `predict.statistics.disclosure` allows it, over the whole report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from typing import Any

import numpy as np
import pandas as pd

from predict.appraisal.study_groups import StudyGroups, study_groups
from predict.cohort import Cohort
from predict.cohort.follow_up import LOST, FollowUp
from predict.models.response_model import ResponseModel
from predict.reports.lost import lost_of
from predict.statistics.disclosure import Mask, Release, Told, protect
from predict.statistics.suppression import Groups, are_disjoint, without_totals


@dataclass(frozen=True)
class Learned:
    """Those a model learned from.

    ``here`` says whether they are people of this table; otherwise they are others, of whom only
    the numbers are known. ``lost`` are all who started and were lost, ``lost_here`` those of them
    with answers at the as-of visit; ``known`` is everybody's follow-up, of this table's people.
    """

    everyone: Mask
    events: Mask
    left_out: Mapping[str, Mask]
    lost: Mask
    lost_here: Mask
    known: FollowUp | None
    here: bool

    @property
    def started(self) -> Mask:
        """Everybody a share of the lost is of, with answers at the as-of visit or without.

        A share may be told only where this count may: with the lost it tells the count.
        """
        if self.known is not None:
            return self.known.started
        nobody = np.zeros(len(self.lost), dtype=bool)
        return self.everyone | self.lost | self.left_out.get("no_answers_as_of", nobody)


@dataclass(frozen=True)
class ReportPeople:
    """Everybody a report counts: the table's people first, then those of models from elsewhere."""

    valid: Mask
    ids: pd.Index
    size: int
    learned: tuple[Learned, ...]
    studies: tuple[StudyGroups, ...]

    def of(self, mask: Any) -> Mask:
        """Return a group of the cohort's people, in its order."""
        group = np.zeros(self.size, dtype=bool)
        group[: len(self.valid)][self.valid] = np.asarray(mask, dtype=bool)
        return group

    def among(self, group: Mask) -> Mask:
        """Return which of the cohort's people, in its order, are in a group."""
        return group[: len(self.valid)][self.valid]

    def named(self, people: Iterable[str]) -> Mask:
        """Return a group of the cohort's people by their ids."""
        places = self.ids.get_indexer(pd.Index(list(people), dtype="str"))
        group = np.zeros(len(self.ids), dtype=bool)
        group[places[places >= 0]] = True
        return self.of(group)

    def headline(self) -> list[Mask]:
        """Return whom every reader asks for first: their counts are the last to be hidden."""
        groups = [mask for study in self.studies for mask in study.headline]
        return [np.pad(mask, (0, self.size - len(mask))) for mask in groups]

    def released(self) -> Release | None:
        """Return what the checklists of these questions have told before."""
        release: Release | None = None
        for study in self.studies:
            release = study.released(release)
        return None if release is None else release.widened(self.size)


def report_people(cohort: Cohort, models: Sequence[ResponseModel]) -> ReportPeople:
    """Lay out whom a report on these models counts."""
    studies = [_study(cohort, model) for model in models]
    both = list(zip(studies, models, strict=True))
    extra = [0 if study else _elsewhere(model) for study, model in both]
    valid = cohort.rows["status"].eq("valid").to_numpy(dtype=bool)
    size = len(valid) + sum(extra)
    starts = accumulate(extra, initial=len(valid))
    learned = [
        _here(study, size) if study else _others(model, start, size)
        for (study, model), start in zip(both, starts, strict=False)
    ]
    shared = tuple(study for study in studies if study)
    return ReportPeople(valid, cohort.ids.astype("str"), size, tuple(learned), shared)


def _study(cohort: Cohort, model: ResponseModel) -> StudyGroups | None:
    """Return the question's groups where this is the table the model learned from."""
    if cohort.people.empty or model.round not in cohort.study.rounds:
        return None
    study = study_groups(cohort, model.outcome, round=model.round, as_of=model.as_of)
    facts = (model.facts.get("n"), model.facts.get("events"))
    return study if facts == (int(study.learned.sum()), int(study.events.sum())) else None


def _here(study: StudyGroups, size: int) -> Learned:
    def wide(group: Mask) -> Mask:
        return np.concatenate([group, np.zeros(size - len(group), dtype=bool)])

    left = {why: wide(group) for why, group in study.left_out.items()}
    seen, lost_here = study.follow_up, wide(study.here.lost)
    known = FollowUp(wide(seen.known), wide(seen.reached), wide(seen.lost))
    groups = (wide(study.learned), wide(study.events))
    return Learned(*groups, left, known.lost, lost_here, known, here=True)


def _elsewhere(model: ResponseModel) -> int:
    facts = model.facts
    return int(facts.get("n", 0)) + sum(int(n) for n in (facts.get("left_out") or {}).values())


def _others(model: ResponseModel, start: int, size: int) -> Learned:
    """Return people of whom only numbers are known: some with the outcome, some left out."""
    n, events = (int(model.facts.get(key, 0)) for key in ("n", "events"))
    place, end, left = np.arange(size), start + n, {}
    for why, count in (model.facts.get("left_out") or {}).items():
        left[str(why)] = (place >= end) & (place < end + int(count))
        end += int(count)
    everyone = (place >= start) & (place < start + n)
    nobody = np.zeros(size, dtype=bool)
    lost = reduce(np.logical_or, (group for why, group in left.items() if why in LOST), nobody)
    told = lost_of(model)
    order = np.cumsum(lost)
    lost = lost & (order <= (told.lost if told else 0))
    here = lost & (order <= (told.lost_here or 0 if told else 0))
    events_of = everyone & (place < start + events)
    return Learned(everyone, events_of, left, lost, here, None, here=False)


def released(people: ReportPeople, tree: Any, families: Sequence[Mask]) -> Any:
    """Return a report's facts with every count told or not told, decided together."""
    sums = [*families, *table_families(tree)]
    given, last = people.released(), people.headline()
    return protect([], values=tree, families=sums, given=given, last=last).fill(tree)


def table_families(tree: Any) -> list[Mask]:
    """Return groups of a column that have nobody in common: what a reader of a table adds up."""
    if isinstance(tree, Mapping):
        own = _of_table(tree["rows"]) if "columns" in tree and "rows" in tree else []
        return [*own, *table_families(list(tree.values()))]
    if isinstance(tree, (list, tuple)):
        return [family for branch in tree for family in table_families(branch)]
    return []


def _of_table(rows: Sequence[Sequence[Any]]) -> list[Mask]:
    groups_of: dict[tuple[int, str], list[Mask]] = {}
    for row in rows:
        head = row[0].split(":")[0] if isinstance(row[0], str) else ""
        for column, cell in enumerate(row):
            if isinstance(cell, Told) and len(cell.groups) == 1 and cell.groups[0].any():
                for key in ("", head):
                    groups_of.setdefault((column, key), []).append(cell.groups[0])
    families = (without_totals(_distinct(groups)) for groups in groups_of.values())
    return [groups for groups in families if len(groups) > 1 and are_disjoint(groups)]


def _distinct(groups: Sequence[Mask]) -> Groups:
    """Return each group once, sorted; by its bytes, which is cheaper than by its members."""
    once = {group.tobytes(): group for group in groups}
    return np.stack([once[key] for key in sorted(once)])
