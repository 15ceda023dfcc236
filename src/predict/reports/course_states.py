"""Where a course stands: due, in treatment, last seen, overdue, ended, or not due yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from predict.cohort.labelling import NO_START, label
from predict.errors import PredictError
from predict.reports.outcome_terms import asked, outcome_words
from predict.reports.visit_dates import days_old
from predict.reports.words import visit_label

if TYPE_CHECKING:
    from predict.cohort import Cohort
    from predict.models.response_model import ResponseModel
    from predict.reports.context import ModelView, PatientView

# In the order of the worklist's column: whom to look at first.
COURSES = (
    "overdue", "due", "in_treatment", "last_seen", "lost", "no_end_score", "no_start_score",
    "did_not", "reached", "ended", "not_due", "",
)  # fmt: skip
ENDED = ("lost", "no_end_score", "no_start_score", "did_not", "reached", "ended")
_ANSWERS = {"yes": "reached", "no": "did_not"}


@dataclass(frozen=True)
class CourseState:
    """Where one person's course stands, and the visit that is due, overdue, lost, or the last."""

    code: str
    visit: str = ""

    def words(self, patient: PatientView, view: ModelView) -> str:
        """Return the state as a sentence of the catalogue."""
        if not self.code:
            return ""
        study, say = patient.context.study, patient.context.say
        label = visit_label(study, self.visit, say) if self.visit else ""
        facts = {"visit": label, **outcome_words(view.model, say)}
        return say.text(f"course_state.{self.code}", facts)


def answers_of(cohort: Cohort, model: ResponseModel) -> Mapping[str, str]:
    """Return whether each person reached the outcome, as far as the table tells.

    Who has no start score is said to have none: an end score then answers nothing.
    """
    try:
        labels = label(cohort, model.outcome, round=model.round)
    except PredictError:
        return {}  # the table ends before the round does: nobody's answer is known
    told = labels["answer"].mask(labels["why"] == NO_START, NO_START)
    return {str(person): str(answer) for person, answer in told.items()}


def course_state(patient: PatientView, view: ModelView | None) -> CourseState:
    """Return where a person's course in the round of a model stands.

    Where answers carry days of the calendar and the day of the report is known, a visit whose
    window is open is due, and the last one is overdue when its window has closed; where a visit
    has no window, so many days after its target, or else after the last answers. Whose round is
    over without a start score never started in it. Without days nobody is due, and who has no end
    score was last seen at some visit: whether the course still runs the table does not tell. Lost
    is who came to a later visit without an end score, or whose last window of the study closed as
    many days ago.
    """
    if view is None or not patient.valid:
        return CourseState("")
    study, model = patient.context.study, view.model
    answer = view.happened.get(patient.id, "unknown")
    if answer in _ANSWERS:
        return CourseState(_ANSWERS[answer])
    if not _has_begun(patient, model):
        return CourseState("not_due", model.as_of)
    end = study.rounds[model.round].end
    dated = bool(patient.context.settings.today and patient.date(study.visits[0]))
    later = any(patient.began(v) for v in study.visits if study.order(v) > study.order(end))
    if answer == "not_applicable" and patient.began(end):
        return CourseState("ended")  # left out by the start score, not for want of an end score
    if answer == NO_START and (later or patient.began(end)):
        return CourseState("no_start_score")
    if later:
        return CourseState("lost" if dated else "no_end_score", end)
    if patient.began(end) and not dated:
        return CourseState("no_end_score", end)
    return _by_day(patient, view, end) if dated else CourseState("last_seen", patient.last_visit)


def _has_begun(patient: PatientView, model: ResponseModel) -> bool:
    """Whether anything was answered since the round of a model began."""
    study = patient.context.study
    start = study.rounds[model.round].start or model.as_of
    first = min(study.order(start), study.order(model.as_of))
    return any(patient.began(v) for v in study.visits if study.order(v) >= first)


def _by_day(patient: PatientView, view: ModelView, end: str) -> CourseState:
    """The state of a course whose end score is not there, by the day of the report."""
    study, settings = patient.context.study, patient.context.settings
    dates = study.dates
    since = days_old(patient.date(study.visits[0]), settings.today) or 0
    measured = study.instruments[asked(view.model.outcome).instrument].visits
    ahead = [
        v for v in study.visits
        if v in measured and study.order(patient.last_visit) < study.order(v) <= study.order(end)
    ]  # fmt: skip
    for visit in ahead:
        if visit in dates.windows and dates.windows[visit][0] <= since <= dates.windows[visit][1]:
            return CourseState("due", visit)
    if not _is_over(patient, end, since):
        return CourseState("in_treatment")
    last = max((window[1] for window in dates.windows.values()), default=None)
    gone = last is not None and since > last + settings.overdue_after
    return CourseState("lost" if gone else "overdue", end)


def _is_over(patient: PatientView, end: str, since: int) -> bool:
    """Whether the time for the end score is over."""
    settings, dates = patient.context.settings, patient.context.study.dates
    if end in dates.windows:
        return bool(since > dates.windows[end][1])
    target = dates.target(end)
    if target is not None:
        return bool(since > target + settings.overdue_after)
    quiet = days_old(patient.date(patient.last_visit), settings.today)
    return quiet is not None and quiet > settings.overdue_after
