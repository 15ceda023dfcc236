"""Everything that pages are made of, laid out once for all people: values by id, nothing drawn.

Tables are turned into plain dictionaries once, so that a page costs look-ups only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeGuard

import pandas as pd

from predict.cohort.labelling import NO_START
from predict.definitions.wording import Catalogue, load_catalogue
from predict.errors import UsageError
from predict.reports.content import Content
from predict.reports.course_states import answers_of
from predict.reports.expectations import Expectation
from predict.reports.named import named_model, named_study
from predict.reports.outcome_terms import asked
from predict.reports.past import Past, past_people
from predict.reports.people import Learned, ReportPeople, report_people
from predict.reports.safety_answers import SafetyAnswer, safety_answers
from predict.reports.sensitivity import missing_effects
from predict.reports.visit_dates import VisitDates, visit_dates
from predict.reports.words import when

if TYPE_CHECKING:
    from predict.cohort import Cohort
    from predict.errors import TableError
    from predict.evaluation import Evaluation
    from predict.explanation import Explanation
    from predict.features import Column
    from predict.models.reliance import Reasons
    from predict.models.response_model import ResponseModel
    from predict.scoring import Scored
    from predict.scoring.scoring_pass import PassedTable

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Settings:
    """What a site chooses for its pages.

    Parameters
    ----------
    made : str
        When the report is made, printed as given; pin it and equal inputs give equal bytes.
    version : str
        Version of this package.
    site_text : str
        The site's own line under a safety banner, up to 200 characters.
    own_expectation : bool
        Whether the page asks for the reader's own expectation before the estimate.
    hide_until_opened : bool
        Whether estimate and reasons stay closed until the reader opens them.
    language : str
        Which catalogue of sentences to use.
    today : str
        The day (ISO) that the age of answers is counted to; empty: no age is told.
    old_after : int
        Answers older than so many days ask to be asked again.
    overdue_after : int
        Days after which an end score that has no window is overdue.
    """

    made: str
    version: str = ""
    site_text: str = ""
    own_expectation: bool = True
    hide_until_opened: bool = False
    language: str = "en"
    today: str = ""
    old_after: int = 14
    overdue_after: int = 28


@dataclass(frozen=True)
class ModelView:
    """One model with its words about everybody, by id.

    Parameters
    ----------
    rows : mapping
        The rows of the scores by id, valid people only.
    reasons : mapping
        Why an estimate carries a note or is not shown: records by id.
    points : mapping
        Whole points of each column by id, with ``start`` and ``end``; empty without reasons.
    values : mapping
        What the model read of each person, by id and column.
    starts : mapping
        The outcome scale's score at the outcome's start, by id.
    happened : mapping
        Whether each person reached the outcome, by id: ``yes``, ``no``, ``unknown`` or
        ``not_applicable``.
    seen : table or None
        Out-of-fold estimates averaged over repeats: ``probability`` and ``y``, by id.
    past : Past or None
        Earlier people with the estimates of models that never saw them, and how each ended.
    """

    model: ResponseModel
    rows: Mapping[str, Row]
    reasons: Mapping[str, Reasons] = field(default_factory=dict)
    points: Mapping[str, Row] = field(default_factory=dict)
    values: Mapping[str, Row] = field(default_factory=dict)
    starts: Mapping[str, float] = field(default_factory=dict)
    happened: Mapping[str, str] = field(default_factory=dict)
    seen: pd.DataFrame | None = None
    past: Past | None = None
    evaluation: Evaluation | None = None
    explanation: Explanation | None = None
    verdict: Row = field(default_factory=dict)
    what_missing: Mapping[str, Row] = field(default_factory=dict)
    tripod: Sequence[Row] = ()

    @property
    def columns(self) -> dict[str, Column]:
        """The model's columns by name."""
        return {column.name: column for column in self.model.columns}


@dataclass(frozen=True)
class ReportContext:
    """All that the pages of one report share.

    `expected` holds what clinicians noted before they read an estimate, by id.
    `fault` says why the table as a whole forbids the estimates of a model, where it does;
    `warnings` what else was told of the table, messages by code; `earlier` holds the rows of an
    earlier worklist by id, where one was named.
    """

    cohort: Cohort
    views: tuple[ModelView, ...]
    settings: Settings
    people: Mapping[str, Row]
    answers: Mapping[str, Mapping[str, Row]]
    totals: Mapping[str, Mapping[str, Row]]
    safety: Mapping[int, tuple[SafetyAnswer, ...]]
    why_no_model: str = ""
    visit_dates: VisitDates = field(default_factory=VisitDates)
    names: Mapping[str, str] = field(default_factory=dict)
    expected: Mapping[str, Expectation] = field(default_factory=dict)
    fault: TableError | None = None
    earlier: Mapping[str, Row] | None = None
    warnings: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def counted(self) -> ReportPeople:
        """Whom the model report counts."""
        return report_people(self.cohort, [view.model for view in self.views])

    def learned(self, view: ModelView) -> Learned:
        """Return those the view's model learned from."""
        place = next(i for i, own in enumerate(self.views) if own is view)
        return self.counted.learned[place]

    @cached_property
    def say(self) -> Catalogue:
        """The sentences of the report's language."""
        return load_catalogue(self.settings.language)

    @property
    def why(self) -> str:
        """Why no model could be used: a sentence of the catalogue, or words as they were given."""
        key = f"why_no_model.{self.why_no_model}"
        return self.say(key) if self.say.has(key) else self.why_no_model

    @cached_property
    def content(self) -> Content:
        """Tables, figures and cells in the report's language."""
        return Content(self.say)

    @cached_property
    def study(self) -> Any:
        """The study of the table, its labels in the report's language."""
        return named_study(self.cohort.study, self.say)


@dataclass(frozen=True)
class PatientView:
    """One entry of the table: a person, or a row that could not be read."""

    context: ReportContext
    id: str
    entry: int
    row: int
    valid: bool

    @property
    def safety(self) -> tuple[SafetyAnswer, ...]:
        """The latest answers to the safety items, read from the raw table."""
        return self.context.safety.get(self.entry, ())

    def date(self, visit: str) -> str:
        """Return the ISO day of a visit's answers; empty where unknown."""
        dates = self.context.visit_dates.dates.get(visit)
        return dates[self.entry] if dates else ""

    def days(self, visit: str) -> float | None:
        """Return the days from the person's first visit to this one, where known."""
        by_person = self.context.visit_dates.days.get(visit, {}) if self.valid else {}
        return by_person.get(self.id)

    def began(self, visit: str) -> bool:
        """Return whether the person answered anything at a visit."""
        answers = self.context.answers.get(visit, {}).get(self.id, {})
        return any(value == value and value is not None for value in answers.values())

    @cached_property
    def last_visit(self) -> str:
        """The latest visit at which the person answered anything; the first where there is none."""
        visits = self.context.study.visits
        return str(next((v for v in reversed(visits) if self.began(v)), visits[0]))

    @cached_property
    def view(self) -> ModelView | None:
        """The model that leads the page: of the latest visit reached, the first with an estimate.

        An earlier visit's estimate never stands in for a later one's silence.
        """
        views = self.context.views
        if not self.valid or not views:
            return views[0] if views else None
        order = self.context.study.order
        reached = [view for view in views if self.began(view.model.as_of)]
        latest = max((order(view.model.as_of) for view in reached), default=None)
        latest_lanes = [view for view in reached if order(view.model.as_of) == latest] or [views[0]]
        return next((view for view in latest_lanes if self.shown(view)), latest_lanes[0])

    def score(self, view: ModelView | None) -> Row:
        """Return the person's row of a model's scores; empty when there is none."""
        return view.rows.get(self.id, {}) if view is not None and self.valid else {}

    def reasons(self, view: ModelView | None) -> Reasons:
        """Return why the person's estimate carries a note, or is not shown; records."""
        return view.reasons.get(self.id, ()) if view is not None and self.valid else ()

    def shown(self, view: ModelView | None) -> bool:
        """Return whether a number may be printed for this person and model."""
        row = self.score(view)
        return row.get("status") == "scored" and present(row.get("probability"))


def present(value: Any) -> TypeGuard[Any]:
    """Return whether a value is there: not None, not NaN, not an empty text."""
    return value is not None and value == value and value != ""


def by_id(frame: pd.DataFrame) -> dict[str, Row]:
    """Return a table's rows as dictionaries by index."""
    columns = [frame[name].astype(object).where(frame[name].notna(), None) for name in frame]
    records: Iterable[Any] = zip(*columns, strict=True) if columns else [()] * len(frame)
    names, ids = [str(name) for name in frame], map(str, frame.index)
    return {one: dict(zip(names, row, strict=True)) for one, row in zip(ids, records, strict=True)}


def lay_out(
    passed: Sequence[PassedTable],
    cohort: Cohort,
    scores: Sequence[Scored],
    explanations: Sequence[Explanation | None],
    evaluations: Sequence[Evaluation | None],
    settings: Settings,
    why_no_model: str = "",
    tripods: Sequence[Sequence[Row]] = (),
) -> ReportContext:
    """Return the desk: every value a page may need, by id."""
    lists = [*tripods, *[()] * (len(passed) - len(tripods))]
    parts = zip(passed, scores, explanations, evaluations, lists, strict=True)
    study, say = cohort.study, load_catalogue(settings.language)
    faults = [each.judgement.error() for each in passed if each.judgement.withheld]
    return ReportContext(
        cohort=cohort,
        views=tuple(_lane(cohort, *part, say) for part in parts),
        settings=settings,
        people=by_id(cohort.people),
        answers={visit: by_id(cohort.at(visit)) for visit in study.visits},
        totals={visit: by_id(cohort.totals(visit)) for visit in study.visits},
        safety=safety_answers(cohort),
        why_no_model=why_no_model,
        visit_dates=visit_dates(cohort),
        fault=faults[0] if faults else None,
        warnings={code: text for each in passed for code, text in each.warnings.items()},
    )


def _lane(
    cohort: Cohort,
    passed: PassedTable,
    scores: Scored,
    explanation: Explanation | None,
    evaluation: Evaluation | None,
    tripod: Sequence[Row],
    say: Catalogue,
) -> ModelView:
    model, X = passed.rows.model, passed.rows.X
    question = asked(model.outcome)
    begin = cohort.study.rounds["one"].start if "one" in cohort.study.rounds else model.as_of
    starts = cohort.total(question.instrument, begin, question.scale)
    rows, happened = _own(scores.frame, cohort), answers_of(cohort, model)
    seen = _seen(model, evaluation, happened)
    shown = {str(person) for person in rows.loc[rows["status"] == "scored", "id"]}
    return ModelView(
        model=named_model(model, say),
        rows=by_id(rows.set_index("id")),
        reasons=scores.reasons,
        points={} if explanation is None else by_id(explanation.printed()),
        values=by_id(X),
        tripod=tuple(tripod),
        what_missing=missing_effects(model, cohort, X, shown, say),
        starts={str(key): float(value) for key, value in starts.items()},
        happened=happened,
        seen=seen,
        past=past_people(cohort, model, seen, rows.set_index("id")),
        verdict={} if evaluation is None else evaluation.verdict,
        evaluation=evaluation,
        explanation=explanation,
    )


def _own(scores: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    """Return the scores of the cohort's valid people.

    A row may be scored as of its visit and yet be refused here, for a fault of a later visit.

    Raises
    ------
    UsageError
        When scores are of people who do not stand in the cohort at all.
    """
    foreign = int((~scores["id"].isin(cohort.rows["id"])).sum())
    if foreign:
        raise UsageError(
            f"{foreign} rows of the scores are of people who are not in the cohort. Score the "
            "cohort itself, or leave the scores out: they are then made from it.",
            code="SCORES_OF_OTHERS",
        )
    return scores[(scores["status"] != "rejected") & scores["id"].isin(cohort.ids)]


def _seen(
    model: ResponseModel, evaluation: Evaluation | None, happened: Mapping[str, str]
) -> pd.DataFrame | None:
    """Average out-of-fold estimates over repeats, where they are of the people of this table.

    Ids of another table may be the same. Its people did not all end as these did.
    """
    if evaluation is None:
        return None
    predictions = evaluation.predictions
    own = predictions[predictions["model"] == model.family]
    if own.empty:
        return None
    seen = own.groupby("id")[["probability", "y"]].mean()
    ended = [_ENDED.get(happened.get(str(person), ""), y) for person, y in seen["y"].items()]
    return seen if ended == seen["y"].tolist() else None


_ENDED = {"yes": 1.0, "no": 0.0, "unknown": -1.0, NO_START: -1.0, "not_applicable": -1.0}


def answers_used(patient: PatientView, visit: str) -> str:
    """Return which answers an estimate uses, in words, or that a visit has none to use."""
    say, place = patient.context.say, when(patient.context.study, visit, patient.context.say)
    return place if patient.began(visit) else say("visit.none", when=place)


def on_day(patient: PatientView, visit: str) -> str:
    """Return when a visit's answers were given: ``on 20 Mar 2026``, or else the visit in words."""
    date = patient.date(visit)
    say = patient.context.say
    return say("visit.on", date=say.day(date)) if date else when(patient.context.study, visit, say)
