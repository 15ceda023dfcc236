"""Who stands behind a question, as groups over everybody the table names.

TRIPOD+AI and the model report both tell of them: what one hides the other must not give away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from predict.cohort import Cohort
from predict.cohort.follow_up import FollowUp, follow_up
from predict.cohort.labelling import label
from predict.definitions.outcomes import Outcome
from predict.definitions.study import RoundName
from predict.features.left_out import left_out
from predict.statistics.disclosure import Mask, Release, Told, count, protect
from predict.statistics.suppression import Groups


@dataclass(frozen=True)
class StudyGroups:
    """Groups of a question, over the table's people in their order, refused ones included.

    Parameters
    ----------
    valid : boolean array
        Whose rows could be read: the cohort.
    learned, events : boolean array
        Whose outcome is known and who answered at the as-of visit; those of them with the outcome.
    answers : mapping of yes, no, unknown, not_applicable
        Everybody's answer.
    left_out : mapping of reason to boolean array
    follow_up, here : FollowUp
        Who started and who was lost: of everybody, and of those with answers at the as-of visit.
    sums : tuple of boolean arrays, each groups x people
        Groups without anybody in common that a reader can add up.
    steps : tuple of (step, group)
        The flow of the table; a step that counts no people (rows of a long table) has none.
    """

    valid: Mask
    learned: Mask
    events: Mask
    answers: Mapping[str, Mask]
    left_out: Mapping[str, Mask]
    follow_up: FollowUp
    here: FollowUp
    sums: tuple[Groups, ...]
    steps: tuple[tuple[str, Mask | int], ...]

    def released(self, given: Release | None = None) -> Release:
        """Return what a checklist of this question tells; a report of it must tell no more.

        How many were learned from and how many had the outcome are decided first: every judgement
        of the model names them. Of the rest what a reader can add up is known, and how many of
        everybody were lost goes last.
        """
        first = protect([], values=[count(self.learned), count(self.events)], given=given)
        steps = [count(group) for _, group in self.steps if not isinstance(group, int)]
        groups = (*self.left_out.values(), *self.answers.values(), self.follow_up.lost)
        values = [*map(count, groups), *steps]
        return protect([], values=values, families=self.sums, given=first, last=self.headline)

    @property
    def headline(self) -> tuple[Mask, ...]:
        """Who started, was lost, is known and reached it: what a reader looks for first."""
        seen = self.follow_up
        return seen.lost, seen.started, seen.known, seen.reached, self.learned, self.events

    def of(self, mask: Mask) -> Mask:
        """Return a group of the cohort's people as one over everybody the table names."""
        group = np.zeros(len(self.valid), dtype=bool)
        group[self.valid] = mask
        return group


def study_groups(cohort: Cohort, outcome: Outcome, *, round: RoundName, as_of: str) -> StudyGroups:
    """Return the groups of a question in a table."""
    valid = cohort.rows["status"].eq("valid").to_numpy()
    labels = label(cohort, outcome, round=round)
    out = left_out(cohort, labels, as_of).set_index("id")["why"].reindex(cohort.ids)
    answer, learned = labels["answer"].reindex(cohort.ids), out.isna().to_numpy()

    def over(mask: Mask) -> Mask:
        group = np.zeros(len(valid), dtype=bool)
        group[valid] = mask
        return group

    own = follow_up(labels.reindex(cohort.ids))
    seen = FollowUp(over(own.known), over(own.reached), over(own.lost))
    answers = {str(word): over((answer == word).to_numpy()) for word in answer.unique()}
    out_of = {str(why): over((out == why).to_numpy()) for why in sorted(out.dropna().unique())}
    way = [np.array([over(part) for part in parts]) for parts in _scored(cohort)]
    return StudyGroups(
        valid=valid,
        learned=over(learned),
        events=over(learned & (answer == "yes").to_numpy()),
        answers=answers,
        left_out=out_of,
        follow_up=seen,
        here=seen.among(over(cohort.present(as_of).to_numpy())),
        sums=(
            np.array([over(learned), *out_of.values()]),
            np.array([*answers.values()]),
            np.array([seen.known, seen.lost]),
            *way,
        ),
        steps=table_steps(cohort),
    )


def _scored(cohort: Cohort) -> Iterator[tuple[Mask, Mask]]:
    """Yield who has a score at each round's start and who has none, then the same of its end."""
    everybody = np.ones(len(cohort.ids), dtype=bool)
    scored = {v: cohort.totals(v).notna().any(axis=1).to_numpy() for v in cohort.study.visits}
    for planned in cohort.study.rounds.values():
        began = scored.get(planned.start, everybody)
        for before, there in ((everybody, began), (began, scored.get(planned.end, everybody))):
            yield before & there, before & ~there


def table_steps(cohort: Cohort) -> tuple[tuple[str, Mask | int], ...]:
    """Return each step of the table's flow with whom it counts, or its number where it counts rows.

    Groups are over everybody the table names, refused ones included.
    """
    valid = cohort.rows["status"].eq("valid").to_numpy(dtype=bool)
    return tuple(_step(cohort, valid, row) for row in cohort.flow.itertuples())


def _step(cohort: Cohort, valid: Mask, row: object) -> tuple[str, Mask | int]:
    """Return a step of the cohort's flow with the people it counts."""
    step, n, why = str(row.step), int(row.n), str(row.why or "")  # type: ignore[attr-defined]
    group = np.ones(len(valid), dtype=bool)
    if step == "rejected":
        group = (cohort.rows["code"] == why).to_numpy() & ~valid
    elif step == "valid people":
        group = valid
    elif step.startswith("answered at "):
        group = np.zeros(len(valid), dtype=bool)
        group[valid] = cohort.present(step.removeprefix("answered at ")).to_numpy()
    return step, group if group.sum() == n else n


def count_text(group: Mask) -> Told:
    """Return a group's count as text, to be told when it may be; else that it is not shown."""
    return Told(str(int(group.sum())), (group,), {"say": "cell.few"})


def step_told(group: Mask | int) -> Told | str:
    """Return a step's count as text, to be told when it may be."""
    if isinstance(group, int):
        return str(group)
    return count_text(group)
