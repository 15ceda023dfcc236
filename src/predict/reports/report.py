"""A report: laid out once, its pages made one at a time and written as they are made."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from predict.cohort import Cohort, StudyLike, as_cohort, read_present_visits
from predict.definitions.study import Study, read_study
from predict.errors import PredictError, UsageError, wrong_noun
from predict.evaluation import Evaluation
from predict.files import (
    canonical_json,
    installed_version,
    read_json,
    write_bytes,
)
from predict.models.nouns import require_model
from predict.reports.context import PatientView, ReportContext, Settings, lay_out
from predict.reports.expectations import Expectation
from predict.reports.facts import FORMAT, filled
from predict.reports.files import (
    MOST_IN_ONE_FOLDER,
    private_bytes,
    private_folder,
    private_text,
    token,
)
from predict.reports.model_page import model_facts, model_html
from predict.reports.page import patient_html
from predict.reports.pdf import pdf_of
from predict.reports.sections import PATIENT
from predict.reports.visit_dates import checked_day
from predict.reports.worklist import worklist_facts
from predict.reports.worklist_page import worklist_html
from predict.scoring import Scored, passed_reasons, scored
from predict.scoring.scoring_pass import PassedTable, ScoringPass, Table

if TYPE_CHECKING:
    from predict.errors import TableError
    from predict.explanation import Explanation
    from predict.models.response_model import ResponseModel

KEY = ".report_key"


@dataclass(frozen=True)
class Page:
    """One finished page: its facts and its HTML."""

    facts: Mapping[str, Any]
    html: str


@dataclass(frozen=True)
class Report:
    """Everything laid out, nothing drawn yet.

    Parameters
    ----------
    context : ReportContext
        The values behind every page.
    patients : tuple of PatientView
        Everybody in the table, refused rows included.
    chosen : frozenset of int
        Entries of the table that get a page.
    key : bytes
        Secret behind the pages' names; not printed, not stored with the report.
    """

    context: ReportContext
    patients: tuple[PatientView, ...]
    chosen: frozenset[int]
    key: bytes

    @property
    def fault(self) -> TableError | None:
        """Why nobody has an estimate of a model, where the table as a whole forbids them.

        The command line raises it once every page is written (exit 4).
        """
        return self.context.fault

    @property
    def warnings(self) -> Mapping[str, str]:
        """What was told of the table, messages by code."""
        return self.context.warnings

    def __repr__(self) -> str:
        models = ", ".join(view.model.name for view in self.context.views) or "no model"
        return f"Report({models}: {len(self.patients)} people, {len(self.chosen)} pages)"

    def _repr_html_(self) -> str:
        """The first page, framed without scripts, for a notebook."""
        page = next((made for _, made in self.pages() if isinstance(made, Page)), None)
        html = page.html if page else worklist_html(self.worklist({}, {}))
        frame = 'style="width:100%;height:52rem;border:1px solid #d6dde4;border-radius:.6rem"'
        return f'<iframe sandbox title="Report" srcdoc="{escape(html)}" {frame}></iframe>'

    def page(self, person: str) -> Page:
        """Return one person's page.

        Raises
        ------
        KeyError
            When no valid row of the table has this id.
        """
        patient = next(
            (patient for patient in self.patients if patient.valid and patient.id == person), None
        )
        if patient is None:
            raise KeyError("no valid row of the table has this id")
        return _page(patient, self.name(patient))

    def pages(self) -> Iterator[tuple[PatientView, Page | Exception]]:
        """Yield each chosen page; one that fails is handed on as its error and stops nothing."""
        for patient in self.patients:
            if patient.entry in self.chosen:
                try:
                    yield patient, _page(patient, self.name(patient))
                except Exception as error:
                    yield patient, error

    def worklist(self, links: Mapping[int, str], failed: Mapping[int, str]) -> dict[str, Any]:
        """Return the facts of the worklist."""
        return worklist_facts(self.context, self.patients, links, failed)

    def model(self) -> dict[str, Any]:
        """Return the facts of the model's page."""
        return model_facts(self.context)

    def save(self, folder: Path | str, *, pdf: bool = False) -> Saved:
        """Write ``index.html``, ``model.html``, ``report.json`` and ``patients/``.

        Folders are 0700 and files 0600; a page that fails is listed, with the person's safety
        answer, in a page of its own without a number. With ``pdf`` each page is written as a tagged
        PDF too (extra ``pdf``).

        Returns
        -------
        Saved
            How many pages were made and which failed.

        Raises
        ------
        OutputError
            When the folder cannot be written.
        """
        folder = private_folder(Path(folder))
        shutil.rmtree(folder / "patients", ignore_errors=True)
        private_folder(folder / "patients")
        links, failed = self._write_pages(folder, pdf=pdf)
        people = self.worklist(links, failed)
        private_text(folder / "index.html", worklist_html(people))
        # Last: whoever must be seen first stands on disk, whatever becomes of the model's page.
        model = self.model()
        private_text(folder / "model.html", model_html(model))
        private_text(folder / "report.json", canonical_json({"worklist": people, "model": model}))
        return Saved(folder, len(links), dict(failed))

    def _write_pages(self, folder: Path, *, pdf: bool) -> tuple[dict[int, str], dict[int, str]]:
        links: dict[int, str] = {}
        failed: dict[int, str] = {}
        for patient, made in self.pages():
            name = self.name(patient)
            if isinstance(made, Page):
                page = made
            else:
                failed[patient.entry] = type(made).__name__
                page = _page(without_models(patient, "page_failed"), name)
            links[patient.entry] = f"patients/{name}.html"
            path = folder / "patients" / f"{name}.html"
            if path.parent.name != "patients":
                private_folder(path.parent)
            private_text(path, page.html)
            private_text(path.with_suffix(".json"), canonical_json(page.facts))
            if pdf:
                private_bytes(path.with_suffix(".pdf"), pdf_of(page.html))
        return links, failed

    def name(self, patient: PatientView) -> str:
        """Return a page's name: a token, in one of 256 folders when there are many."""
        text = patient.id if patient.valid else f"{patient.id}\x00{patient.row}"
        name = token(self.key, text)
        return name if len(self.chosen) <= MOST_IN_ONE_FOLDER else f"{name[:2]}/{name}"


@dataclass(frozen=True)
class Saved:
    """Where a report lies, how many pages it has and which could not be made (entry and why)."""

    folder: Path
    pages: int
    failed: Mapping[int, str]


def _page(patient: PatientView, name: str = "") -> Page:
    facts = patient_facts(patient, name)
    return Page(facts, patient_html(facts))


def patient_facts(patient: PatientView, name: str = "") -> dict[str, Any]:
    """Return all facts of a page; the page is made from these alone.

    With the page's own name it leads back to its row of the worklist, and to the model report.
    """
    sections = {name: filled(section(patient)) for name, section in PATIENT.items()}
    settings = patient.context.settings
    return {
        "format": FORMAT,
        "kind": "patient",
        "language": settings.language,
        "hide_until_opened": settings.hide_until_opened
        and sections["estimate"]["state"] == "shown",
        "sections": sections,
        **({"links": _links(name)} if name else {}),
    }


def _links(name: str) -> dict[str, str]:
    up = "../" * (1 + name.count("/"))
    return {"list": f"{up}index.html#{name.rpartition('/')[2]}", "model": f"{up}model.html"}


def without_models(patient: PatientView, why: str) -> PatientView:
    """Return the same case as if no model could be used: its safety answers remain."""
    return replace(patient, context=replace(patient.context, views=(), why_no_model=why))


def report(
    models: Sequence[ResponseModel] | ResponseModel,
    table: Table,
    folder: Path | str | None = None,
    *,
    scores: Sequence[pd.DataFrame | Scored] | pd.DataFrame | Scored | None = None,
    explanations: Sequence[Explanation | None] | Explanation | None = None,
    evaluation: Sequence[Evaluation | None] | Evaluation | None = None,
    study: StudyLike | None = None,
    made: str = "",
    key: bytes = b"",
    pages: Iterable[str] | None = None,
    why_no_model: str = "",
    tripods: Sequence[Sequence[Mapping[str, Any]]] = (),
    names: Mapping[str, str] | None = None,
    expected: Mapping[str, Expectation] | None = None,
    since: Path | str | None = None,
    **choices: Any,
) -> Report:
    """Return the report on everybody in a table.

    Parameters
    ----------
    models : one or several ResponseModel
        Their estimates stand on one page a person; none at all still gives safety answers.
    table : Cohort, DataFrame or path
        The people; what is no cohort is read under the first model's study, as many visits as are
        there.
    folder : path, optional
        Where to write the report at once, as `Report.save` does.
    scores, explanations, evaluation : one or several, as `models`
        From `score`, `explain` and `evaluate`; those that are absent are made here, or read from
        the model. A model that an evaluation given here does not show to be better than the rate
        has no estimate on any page. A frame's column ``reason`` is not read: the records behind it
        are made anew. Where the table as a whole forbids estimates (`Report.fault`), nobody has
        one, whatever the scores say.
    study : Study, path or mapping, optional
        How the table is written, where the first model's study does not say.
    made : str
        When the report is made; printed as given, so that equal inputs give equal bytes. The
        present time where none is given.
    key : bytes
        At least 16 secret bytes, kept outside the report's folder; page names come from it. Where
        none is given it is kept beside the folder, so that a second report names pages the same.
    pages : iterable of str, optional
        Ids that get a page; everybody in the table where none is given.
    why_no_model : str
        Printed where no model could be used: ``untrusted``, ``page_failed`` or words of your own.
    tripods : sequence of checklists
        TRIPOD+AI entries (item, title, status, text) of each model, where a run filled them.
    names : mapping of id to name, optional
        Printed on the person's own page; without it pages say the id alone.
    expected : mapping of id to Expectation, optional
        What clinicians noted beforehand (`predict expect`); told of 50 people or more together.
    since : path, optional
        Folder of an earlier report: the worklist marks whom it did not hold, or held other answers
        of.
    **choices
        Fields of `Settings`: site_text, own_expectation, hide_until_opened, language; today (ISO),
        to which the age of answers is counted, and old_after and overdue_after, in days.

    Returns
    -------
    Report
        Pages, worklist and the facts behind them.

    Raises
    ------
    UsageError
        When the key is too short, today is no day, scores are of people not in the table, or a
        table is neither a cohort nor has a model that says how to read it.

    See Also
    --------
    predict.run : Makes one of everything it learned.

    Examples
    --------
    >>> import predict as pr
    >>> made = pr.report(pr.load_model("models/example"), "models/ten_people.csv")
    >>> len(made.patients)
    10
    """
    _refuse_other_nouns(folder)
    several, made = _listed(models), made or now()
    for model in several:
        require_model(model)
    key = key or (report_key(Path(folder).parent) if folder else secrets.token_bytes(32))
    cohort = _cohort(table, several, study)
    given = [_listed(scores), _listed(explanations), _listed(evaluation)]
    tables, reasons, judged = (part or [None] * len(several) for part in given)
    several = [_judged_by(*pair) for pair in zip(several, judged, strict=True)]
    passed = [ScoringPass(model, "report").table(cohort) for model in several]
    settings = Settings(made=made, **{"version": installed_version(), **choices})
    token(key, "")
    checked_day(settings.today)
    rows_shown = [_scored(*pair, settings) for pair in zip(passed, tables, strict=True)]
    if explanations is None:
        reasons = [reasons_shown(each, _day(settings)) for each in passed]
    if evaluation is None:
        judged = [judged_in(model) for model in several]
    shown = [
        None if _withheld(each) else reason for each, reason in zip(passed, reasons, strict=True)
    ]
    context = lay_out(passed, cohort, rows_shown, shown, judged, settings, why_no_model, tripods)
    context = replace(
        context,
        names=dict(names or {}),
        expected=dict(expected or {}),
        earlier=earlier_rows(since),
    )
    patients = tuple(_cases(context))
    wanted = None if pages is None else {str(person) for person in pages}
    chosen = frozenset(c.entry for c in patients if wanted is None or (c.valid and c.id in wanted))
    finished = Report(context, patients, chosen, key)
    if folder is not None:
        finished.save(folder)
    return finished


def earlier_rows(folder: Path | str | None) -> dict[str, Mapping[str, Any]] | None:
    """Return the rows of an earlier report's worklist by id; None where no folder is given.

    Raises
    ------
    UsageError
        When the folder holds no worklist.
    """
    if folder is None:
        return None
    path = Path(folder) / "report.json"
    try:
        rows = read_json(path)["worklist"]["rows"]
        return {str(row["id"]): row for row in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{Path(folder).name} holds no worklist to compare with. Name the folder that an "
            "earlier `predict report` or `predict run` wrote: the one with report.json.",
            code="EARLIER_REPORT",
        ) from error


def _refuse_other_nouns(folder: Any) -> None:
    """Stop where scores came in the folder's place."""
    if folder is not None and not isinstance(folder, Path | str):
        raise wrong_noun(
            "the folder to write to",
            folder,
            "Give values by name: predict.report(model, table, folder, scores=scores).",
        )


def _cohort(table: Table, models: Sequence[ResponseModel], study: StudyLike | None) -> Cohort:
    if isinstance(table, Cohort) or not isinstance(table, Path | str | pd.DataFrame):
        return as_cohort(table)
    if not models and study is None:
        raise UsageError("Without a model give a cohort: nothing says how to read the table.")
    under = models[0].study if study is None else study
    return read_present_visits(table, under if isinstance(under, Study) else read_study(under))


def reasons_shown(passed: PassedTable, day: date | None) -> Explanation | None:
    """Reasons, or none where nobody has any or they do not add up: the page says so."""
    if _withheld(passed):
        return None
    try:
        return passed_reasons(passed, today=day)
    except PredictError as error:
        if error.code != "REASONS_DO_NOT_ADD_UP":
            raise
        return None


def _judged_by(model: ResponseModel, evaluation: Evaluation | None) -> ResponseModel:
    """Return the model with what judged it: pages obey what their model report says."""
    if evaluation is None:
        return model
    return replace(model, facts={**model.facts, **evaluation.kept()})


def judged_in(model: ResponseModel) -> Evaluation | None:
    """Return the evaluation kept with a model, if there is one."""
    stored = model.facts.get("evaluation")
    return Evaluation.from_dict(stored) if stored else None


def now() -> str:
    """Return the time of making, for pages that are not pinned."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def report_key(folder: Path) -> bytes:
    """Return the secret behind the pages' names: made once, beside the report's folder, 0600."""
    path = folder / KEY
    if not path.exists():
        write_bytes(path, secrets.token_bytes(32))
    path.chmod(0o600)
    return path.read_bytes()


def _withheld(passed: PassedTable) -> bool:
    """Whether nobody has an estimate: for what the table is like, or for what the model showed."""
    return bool(passed.judgement.withheld) or passed.rows.model.withheld


def _scored(passed: PassedTable, given: pd.DataFrame | Scored | None, settings: Settings) -> Scored:
    """Return the scores that pages are made of: the given ones, unless the table forbids them."""
    if isinstance(given, Scored) and not _withheld(passed):
        return given
    rows = scored(passed, explain="none", today=_day(settings))
    if isinstance(given, pd.DataFrame) and not _withheld(passed):
        return replace(rows, frame=given)
    return rows


def _day(settings: Settings) -> date | None:
    return date.fromisoformat(settings.today) if settings.today else None


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _cases(context: ReportContext) -> Iterator[PatientView]:
    rows = context.cohort.rows
    for entry, (person, row, status) in enumerate(
        zip(rows["id"], rows["row"], rows["status"], strict=True)
    ):
        yield PatientView(context, str(person), entry, int(row), status == "valid")
