"""A training set from a cohort: labels, features as of a visit, and the firewall between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from predict.cohort import Cohort, CohortLike, StudyLike, as_cohort
from predict.cohort.labelling import label
from predict.definitions.outcomes import Outcome, read_outcome
from predict.definitions.study import RoundName, Study
from predict.drawing.card import card
from predict.errors import DesignError, Problem, did_you_mean
from predict.features import BlockName, Features, features_as_of
from predict.features.columns import Column, join
from predict.features.earlier import Counted, counted_before, round_known_at
from predict.features.entered_twice import entered_twice
from predict.features.left_out import NOBODY, left_out
from predict.features.people import person_column
from predict.statistics.alike_people import AlikePeople
from predict.statistics.metrics.ranking import beyond_chance

# Columns of `extras`; no people column may have these names.
START_SCORE, END_SCORE = "start_score", "end_score"
DEFAULT_BLOCKS: tuple[BlockName, ...] = ("items", "scales", "people")
# What the rivals look at, whatever blocks the model opted into.
RIVAL_BLOCKS = ("scales", "people")
SUSPICIOUS_AUROC = 0.85
_RECOMPUTED = 40


@dataclass(frozen=True)
class TrainingSet:
    """People with a known outcome and what was known of them at the as-of visit.

    Parameters
    ----------
    X : DataFrame, shape (people, columns)
        Index is the id, sorted; the chosen features and, behind them, what only rivals use.
    y : Series of int8
        1 = yes, 0 = no.
    groups : Series of str
        Cluster, or the person's own id: never divided between folds. People alike beyond chance
        are of one group.
    columns : tuple of Column
        Facts of every column of `X`.
    chosen : tuple of str
        Names of the columns that were opted into.
    labels : DataFrame
        Everybody's answer (yes, no, unknown, not_applicable), why, start and end score.
    left_out : DataFrame
        Who is not in `X`: id, why, and whether they answered at the as-of visit (`here`).
    study, outcome, round, as_of, blocks
        The question.
    extras : DataFrame
        On the index of `X`: `START_SCORE` and `END_SCORE`, site, arm and other columns for judging
        only.
    copies : AlikePeople, optional
        Who is alike beyond chance, as if entered twice.
    earlier : mapping of visit -> Counted
        Whom a model would have that stands at an earlier visit, the nearest first; of some people
        alone (`take`) nothing.
    """

    X: pd.DataFrame
    y: pd.Series
    groups: pd.Series
    columns: tuple[Column, ...]
    chosen: tuple[str, ...]
    labels: pd.DataFrame
    left_out: pd.DataFrame
    study: Study
    outcome: Outcome
    round: RoundName
    as_of: str
    blocks: tuple[str, ...]
    extras: pd.DataFrame
    copies: AlikePeople | None = None
    earlier: Mapping[str, Counted] = field(default_factory=dict)

    @property
    def alike(self) -> pd.Series | None:
        """The same number for people alike beyond chance, as if entered twice; -1 for others."""
        return None if self.copies is None else self.copies.group

    @property
    def entered_twice(self) -> int:
        """Number of people who look like another person here, beyond chance."""
        return 0 if self.alike is None else int((self.alike >= 0).sum())

    @property
    def n(self) -> int:
        """Number of people."""
        return len(self.X)

    @property
    def events(self) -> int:
        """Number of people whose outcome is yes."""
        return int(self.y.sum())

    def column(self, name: str) -> Column:
        """Return the facts of a column of `X`."""
        return next(column for column in self.columns if column.name == name)

    def take(self, positions: np.ndarray) -> TrainingSet:
        """Return the training set of the people at these positions (repeats allowed)."""
        return replace(
            self,
            X=self.X.iloc[positions],
            y=self.y.iloc[positions],
            groups=self.groups.iloc[positions],
            extras=self.extras.iloc[positions],
            copies=None if self.copies is None else self.copies.take(positions),
            earlier={},
        )

    def frame(self) -> pd.DataFrame:
        """Return id, group, outcome and the chosen features as one table."""
        front = pd.DataFrame({"id": self.X.index, "group": self.groups.to_numpy()})
        front["outcome"] = self.y.to_numpy()
        return pd.concat([front, self.X[list(self.chosen)].reset_index(drop=True)], axis=1)

    def numeric(self) -> pd.DataFrame:
        """Return the chosen features as numbers only, shape (people, columns), float64.

        A choice becomes a column of 0 and 1 for each level that the study allows; missing stays
        missing. Nothing is learned from the people, so it may be divided into folds afterwards.
        XGBoost takes it as it is; `predict.Preprocessor` fills and scales for linear models.
        """
        parts = [_as_numbers(self.X[name], self.column(name)) for name in self.chosen]
        return pd.concat(parts, axis=1) if parts else pd.DataFrame(index=self.X.index)

    def dictionary(self) -> pd.DataFrame:
        """Return one row a chosen column: what it is and at which visit it is known."""
        rows = [column.to_dict() for column in self.columns if column.name in set(self.chosen)]
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        return (
            f"TrainingSet({self.outcome.name}, round {self.round}, as of {self.as_of}: "
            f"{self.n} people, {self.events} yes, {len(self.chosen)} columns)"
        )

    def _repr_html_(self) -> str:
        why = self.left_out["why"].value_counts()
        facts = {
            "question": f"{self.outcome.name}, round {self.round}, as of {self.as_of}",
            "people": f"{self.n}, {self.events} with the outcome ({self.events / self.n:.0%})",
            "columns": f"{len(self.chosen)}: {', '.join(self.chosen[:5])} ...",
            "groups kept whole": self.groups.nunique(),
            "left out": ", ".join(f"{name}: {n}" for name, n in why.items()) or "nobody",
        }
        return card("Training set", facts)


def _as_numbers(values: pd.Series, column: Column) -> pd.DataFrame:
    if column.kind == "number":
        return values.astype("float64").to_frame()
    levels = column.values or tuple(sorted(values.dropna().unique()))
    absent = values.isna()
    return pd.DataFrame(
        {
            f"{values.name}={level}": (values == level).mask(absent).astype("float64")
            for level in levels
        },
        index=values.index,
    )


def assemble(
    cohort: CohortLike,
    outcome: Outcome | str | dict[str, Any],
    *,
    round: RoundName = "one",
    as_of: str | None = None,
    blocks: Sequence[BlockName] = DEFAULT_BLOCKS,
    columns: Sequence[str] = (),
    accept: Sequence[str] = (),
    study: StudyLike | None = None,
) -> TrainingSet:
    """Return the training set of a question.

    Parameters
    ----------
    cohort : Cohort, DataFrame or path
        Patients; what is no cohort is read under `study`.
    outcome : Outcome, str or dict
        Name in the list of outcomes, or an inline definition.
    round : str
        ``one`` or ``two``.
    as_of : str, optional
        Visit at which the model predicts; the round's start where it is not given.
    blocks : sequence of str
        Feature blocks, opted into.
    columns : sequence of str
        People columns asked for by name beside the blocks.
    accept : sequence of str
        Columns whose suspicious agreement with the outcome was looked at and accepted.
    study : Study, path or mapping, optional
        How a table that is no cohort yet is read.

    Returns
    -------
    TrainingSet
        People whose answer is known, with what is known of them at `as_of`.

    Raises
    ------
    DesignError
        With a code for each leak: ``LEAK_FUTURE_VISIT``, ``LEAK_AFTER_TREATMENT``, ``LEAK_ID``,
        ``LEAK_LEARNED_FEATURE``, ``LEAK_LABEL_COPY``; or ``NO_PEOPLE``, ``ROUND_NOT_BEGUN``.

    See Also
    --------
    predict.label : The answers alone, and why each unknown one is.

    Examples
    --------
    >>> from predict.simulation import simulate
    >>> from predict.simulation.examples import shipped
    >>> table = simulate("demo", people=200, seed=1).table
    >>> training = assemble(table, "phq9_response", study=shipped("demo_study.toml"))
    >>> (training.round, training.as_of, len(training.chosen))
    ('one', 'baseline', 21)
    """
    cohort = as_cohort(cohort, study)
    wanted = read_outcome(outcome, cohort.study.own_instruments)
    as_of = as_of or default_as_of(cohort.study, round)
    refuse_later_columns(cohort.study, as_of, columns)
    refuse_before_choice(cohort.study, round, as_of)
    labels = label(cohort, wanted, round=round)
    chosen = _named(cohort, features_as_of(cohort, as_of, blocks), columns)
    refuse_future(cohort.study, as_of, chosen.columns)
    everything = _with_rivals(cohort, as_of, chosen)
    refuse_learned(cohort, as_of, blocks, chosen)
    out = left_out(cohort, labels, as_of)
    ids = labels.index.difference(pd.Index(out["id"]), sort=False).sort_values()
    made = _training_set(cohort, wanted, round, as_of, blocks, chosen, everything, labels, ids)
    refuse_identity(cohort, made)
    refuse_label_copies(made, accept)
    return replace(made, left_out=out, earlier=counted_before(cohort, labels, round, as_of))


def default_as_of(study: Study, round: str) -> str:
    """Return the round's start; for a second round without a start of its own, the first's end."""
    if round not in study.rounds:
        raise DesignError(
            f"The study has no round '{round}'. It declares: {', '.join(study.rounds)}.",
            code="ROUND_UNKNOWN",
        )
    return study.rounds[round].start or study.rounds["one"].end


def _named(cohort: Cohort, chosen: Features, columns: Sequence[str]) -> Features:
    """Return the blocks' features with the people columns asked for by name beside them."""
    wanted = [name for name in columns if name not in chosen.frame]
    unknown = [name for name in wanted if name not in cohort.study.people]
    if unknown:
        raise DesignError(
            f"The study has no people column '{unknown[0]}'."
            f"{did_you_mean(unknown[0], cohort.study.people)} Declare it under [people].",
            code="COLUMN_UNKNOWN",
        )
    facts = tuple(person_column(cohort.study.people[name]) for name in wanted)
    return join([chosen, Features(cohort.people[wanted].copy(), facts)], cohort.people.index)


def _with_rivals(cohort: Cohort, as_of: str, chosen: Features) -> Features:
    rivals = features_as_of(cohort, as_of, RIVAL_BLOCKS)
    extra = [column for column in rivals.columns if column.name not in chosen.frame]
    frame = pd.concat([chosen.frame, rivals.frame[[column.name for column in extra]]], axis=1)
    return Features(frame, (*chosen.columns, *extra))


def _training_set(
    cohort: Cohort,
    outcome: Outcome,
    round: RoundName,
    as_of: str,
    blocks: Sequence[str],
    chosen: Features,
    everything: Features,
    labels: pd.DataFrame,
    ids: pd.Index,
) -> TrainingSet:
    if ids.empty:
        before = counted_before(cohort, labels, round, as_of)
        some = [visit for visit, counted in before.items() if counted.people]
        earlier = f" At '{some[0]}' {before[some[0]].people} people have both." if some else ""
        raise DesignError(
            f"Nobody has a known outcome and answers at the as-of visit.{earlier} "
            "`predict label` shows each person's answer and why.",
            code="NO_PEOPLE",
        )
    y = (labels.loc[ids, "answer"] == "yes").astype("int8")
    copies = entered_twice(cohort, ids)
    return TrainingSet(
        X=everything.frame.loc[ids],
        y=y,
        groups=sharing_a_fold(fold_groups(cohort, ids), copies.group),
        columns=everything.columns,
        chosen=tuple(chosen.frame.columns),
        labels=labels,
        left_out=NOBODY,
        study=cohort.study,
        outcome=outcome,
        round=round,
        as_of=as_of,
        blocks=tuple(blocks),
        extras=_extras(cohort, labels, ids),
        copies=copies,
    )


def fold_groups(cohort: Cohort, ids: pd.Index) -> pd.Series:
    """Return what may never be divided between folds: each person's cluster, or the person."""
    own = pd.Series(ids, index=ids, dtype="str")
    if not cohort.study.cluster:
        return own
    cluster: pd.Series = cohort.people[cohort.study.cluster].loc[ids]
    # Who has no cluster is a cluster of one.
    return cluster.astype("str").where(cluster.notna(), own)


def sharing_a_fold(groups: pd.Series, alike: pd.Series) -> pd.Series:
    """Return groups in which people who are alike are of the first one's group.

    Copies on both sides of a split would let a model that only remembers look as if it knew. A copy
    at another site joins the first one's, so that two sites are never made one.

    Examples
    --------
    >>> groups = pd.Series(["a", "b", "c"], index=["a", "b", "c"])
    >>> sharing_a_fold(groups, pd.Series([-1, 4, 4], index=["a", "b", "c"])).tolist()
    ['a', 'b', 'b']
    """
    firsts = groups.groupby(alike).transform("first")
    return groups.where(alike < 0, firsts)


def _extras(cohort: Cohort, labels: pd.DataFrame, ids: pd.Index) -> pd.DataFrame:
    study = cohort.study
    wanted = dict.fromkeys(
        [
            *study.people,
            *(n for n in (study.cluster, study.site, study.time, study.treatment.arm) if n),
        ]
    )
    present = [name for name in wanted if name in cohort.people]
    scores = labels.loc[ids, ["start", "end"]].set_axis([START_SCORE, END_SCORE], axis=1)
    return pd.concat([scores, cohort.people.loc[ids, present]], axis=1)


# The firewall. Each guard is a plain function, so that a proof can take one away and see its leak.


def refuse_future(study: Study, as_of: str, columns: Sequence[Column]) -> None:
    """Stop when a feature is known only after the as-of visit (``LEAK_FUTURE_VISIT``)."""
    late = [c for c in columns if study.order(c.visit) > study.order(as_of)]
    if late:
        raise DesignError(
            f"{len(late)} columns need visit '{late[0].visit}', but this model predicts as of "
            f"'{as_of}' (first: '{late[0].name}'). Use as_of = '{late[0].visit}', or drop the "
            "block.",
            code="LEAK_FUTURE_VISIT",
        )


def refuse_before_choice(study: Study, round: str, as_of: str) -> None:
    """Stop where a model would stand before anybody has the round (``ROUND_NOT_BEGUN``).

    It would have nobody to score: who has a second round is known when it begins.
    """
    if round == "one" or study.treatment.round_two == "scheduled":
        return
    planned = study.rounds[round]
    if study.order(as_of) < study.order(round_known_at(study, round)):
        raise DesignError(
            f"Who has round two is known when it begins, and at '{as_of}' it has not begun, so "
            f"this model could score nobody. Use as_of = '{planned.start}', where it begins; or, "
            "if everybody is to take it, state round_two = 'scheduled' under [treatment] of the "
            "study.",
            code="ROUND_NOT_BEGUN",
        )


def refuse_later_columns(study: Study, as_of: str, columns: Sequence[str]) -> None:
    """Stop when a people column asked for by name is known only after the as-of visit."""
    late = [
        name
        for name in columns
        if name in study.people and study.order(study.people[name].known_at) > study.order(as_of)
    ]
    if late:
        raise DesignError(
            f"Column '{late[0]}' is known at '{study.people[late[0]].known_at}', after treatment "
            f"has begun; this model predicts as of '{as_of}'. Drop the column, or use a later "
            "as_of.",
            code="LEAK_AFTER_TREATMENT",
        )


def refuse_learned(cohort: Cohort, as_of: str, blocks: Sequence[str], chosen: Features) -> None:
    """Stop when a person's features change with who else is in the table.

    Some people are computed again on their own; a difference means that an encoding or a scaling
    was fitted on all rows (``LEAK_LEARNED_FEATURE``).
    """
    some = cohort.people.index[:: max(1, len(cohort.people) // _RECOMPUTED)][:_RECOMPUTED]
    alone = features_as_of(cohort.take(some), as_of, blocks).frame
    together = chosen.frame.loc[some, alone.columns]
    changed = [name for name in alone if not together[name].equals(alone[name])]
    if changed:
        raise DesignError(
            f"Column '{changed[0]}' of a person changes with who else is in the table: it learned "
            "from other people. Features are computed row by row; move what is learned to the "
            "recipe.",
            code="LEAK_LEARNED_FEATURE",
        )


def refuse_identity(cohort: Cohort, made: TrainingSet) -> None:
    """Stop when a feature is the id, or follows the order of the rows (``LEAK_ID``)."""
    order = cohort.rows.drop_duplicates("id").set_index("id")["row"].reindex(made.X.index)
    for name in made.chosen:
        column = made.column(name)
        if column.item == cohort.study.id or _follows(made.X[name], order):
            raise DesignError(
                f"Column '{name}' is the person's id or follows the order of the rows: a model "
                "would learn who, not what. Drop it from the study's people.",
                code="LEAK_ID",
            )


def _follows(values: pd.Series, order: pd.Series) -> bool:
    if not pd.api.types.is_numeric_dtype(values) or values.nunique() < max(20, len(values)):
        return False
    ranks = values.rank().to_numpy(), order.rank().to_numpy()
    return bool(abs(np.corrcoef(*ranks)[0, 1]) > 0.999)


def refuse_label_copies(made: TrainingSet, accept: Sequence[str]) -> None:
    """Stop when one baseline column alone tells the outcome (``LEAK_LABEL_COPY``).

    Baseline answers seldom reach an AUROC of .70; .85 or more from a single column means that the
    column was written after the outcome was known, whatever its declaration says, or that scores of
    start and end do not compare, as where one of them is coded the wrong way round.
    """
    first = made.study.visits[0]
    suspects = [c for c in made.columns if c.visit == first and c.name not in set(accept)]
    copies = [c.name for c in suspects if _tells(made.X[c.name], made.y)]
    if copies:
        raise DesignError(
            f"Column '{copies[0]}' alone tells the outcome with an AUROC of {SUSPICIOUS_AUROC} or "
            "more. It was written after the outcome was known (check at which visit it really "
            "was), or is the outcome itself or a part of it; or answers are mapped wrongly or the "
            "wrong way round at one visit (answers, coding_low: `predict check` tells of codes "
            "that nobody uses), so that start and end do not compare; or the rule and its floor "
            "leave little but the start score to decide. If it is honest, list it under `accept` "
            "in the experiment.",
            code="LEAK_LABEL_COPY",
            problems=[
                Problem("LEAK_LABEL_COPY", "tells the outcome alone", column=n) for n in copies
            ],
        )


def _tells(values: pd.Series, y: pd.Series) -> bool:
    """Whether one column tells the outcome; a choice by the outcomes of others who chose it."""
    present = values.notna()
    outcome, score = y[present], values[present]
    if not pd.api.types.is_numeric_dtype(score):
        score = _shares_of_others(score, outcome)
    return beyond_chance(outcome, score, SUSPICIOUS_AUROC)


def _shares_of_others(chosen: pd.Series, outcome: pd.Series) -> pd.Series:
    """Each person's choice as the outcome's share in the other half of those who chose it.

    A share that a person's own outcome went into tells any outcome once choices are many.
    """
    half = chosen.groupby(chosen).cumcount() % 2
    sums = outcome.groupby([chosen, half]).agg(["sum", "size"])
    other = sums.reindex(pd.MultiIndex.from_arrays([chosen, 1 - half]), fill_value=0)
    # Drawn to one half by one person, so that two people tell less than twenty.
    shares = (other["sum"] + 0.5) / (other["size"] + 1)
    return shares.set_axis(chosen.index)
