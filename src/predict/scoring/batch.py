"""A table of any size scored into a folder of parts: plan, work, count, commit."""

from __future__ import annotations

import platform
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from predict.cohort.counted import COUNTED
from predict.cohort.dates import latest_today
from predict.cohort.intake import Intake, laid_out, mark, taken_in
from predict.cohort.layouts import open_people, people_place
from predict.engines import Done, make_engine
from predict.errors import FitError, OutputError, PredictError, Problem, TooManyRejected
from predict.files import canonical_json, installed_version, sha256_bytes, sha256_file
from predict.model_folder import model_digest
from predict.model_folder.contents import libraries
from predict.model_folder.manifest import read_folder
from predict.models.response_model import ResponseModel
from predict.scoring.output import OutputFolder, PartRecord, totals
from predict.scoring.ownership import files_in, refuse_inputs
from predict.scoring.plan import BatchPlan, planned
from predict.scoring.scoring_pass import (
    Door,
    ScoringPass,
    TableJudgement,
    messages_by_code,
    of_all_parts,
)
from predict.scoring.settings import ScoringSettings
from predict.scoring.work import Format, Task, check_part, proved_model, score_part

Tell = Callable[[int, int, int, int], None]
# `--max-rejected` is a share of so many rows at least.
FEWEST_ROWS = 20
# A table with a second one of people is one part: whether the two met is judged of the whole.
WHOLE = 1_000_000_000


@dataclass(frozen=True)
class Batch:
    """A finished batch.

    Parameters
    ----------
    rows, scored, no_estimate, rejected : int
        The last three add up to the first.
    parts, kept : int
        Parts of the output, and how many of them an earlier run had finished.
    coercions, warnings : dict
        Allowed readings and warnings with their counts.
    seconds : float
    table_sha256 : str
        Digest of the table that was read.
    """

    rows: int
    scored: int
    no_estimate: int
    rejected: int
    parts: int
    kept: int = 0
    coercions: dict[str, int] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    table_sha256: str = ""


@dataclass(frozen=True)
class Job:
    """A model and a table, opened and planned: all that is known before the first part."""

    folder: Path
    model: ResponseModel
    sha256: str
    plan: BatchPlan
    intake: Intake
    settings: ScoringSettings
    form: Format
    today: date
    people: str = ""

    @cached_property
    def key(self) -> str:
        """One digest of everything that the written bytes depend on."""
        identity = {
            "table": self.plan.sha256,
            **({"people": sha256_file(self.people)} if self.people else {}),
            "model": self.sha256,
            "code": installed_version(),
            "libraries": libraries(),
            "settings": self.settings.identity(self.plan.part_rows, self.form),
        }
        return sha256_bytes(canonical_json(identity).encode())

    def tasks(self, out: Path) -> list[Task]:
        """Return one task a part."""
        marks = {str(p): m for p, m in zip(self.intake.files, self.intake.marks, strict=True)}
        facts = {"run_key": self.key, "model_sha256": self.sha256}
        people_mark = mark(self.people) if self.people else ()
        return [
            Task(
                model=str(self.folder),
                model_sha256=self.sha256,
                piece=piece,
                mark=marks[piece.path],
                expected=self.plan.rows,
                columns=self.plan.columns,
                repeated=self.plan.repeated_in(piece),
                out=str(out),
                format=self.form,
                explain=self.settings.explain,
                conformal=self.settings.conformal,
                values=self.settings.rejected_values,
                facts=facts,
                today=self.today.isoformat(),
                visits=self.plan.visits,
                answered=self.plan.answered,
                people=self.people,
                people_mark=people_mark,
            )
            for piece in self.plan.pieces
        ]


def score_folder(
    model: Path | str,
    table: str,
    out: Path | str,
    settings: ScoringSettings | None = None,
    *,
    form: Format = "parquet",
    tell: Tell | None = None,
    after: Callable[[bool], None] | None = None,
) -> Batch:
    """Score a table into a folder of parts that is finished only when it says so.

    Parameters
    ----------
    model : path
        Model folder.
    table : str
        CSV or Parquet path, a pattern of paths, or ``-`` for standard input.
    out : path
        Folder to write: parts, ``_log``, ``_rejected``, ``_run.json`` and, last, ``_SUCCESS``.
    settings : ScoringSettings, optional
    form : str
        ``parquet`` or ``csv`` parts.
    tell : callable, optional
        Told parts done, parts in all, rows done and rows rejected so far.
    after : callable, optional
        Called while the folder is still this run's alone: with True when it is finished, with False
        when too many rows were rejected.

    Returns
    -------
    Batch

    Raises
    ------
    TableError, ModelError, OutputError, OutputLocked, TooManyRejected
        Each with its exit status; nothing is left that looks finished.
    """
    settings = settings or ScoringSettings()
    begun = time.monotonic()
    # Workers in another folder must find the same output.
    folder = OutputFolder(Path(out).absolute(), form)
    with folder.locked(), ExitStack() as places:
        folder.prepare(resume=settings.resume, overwrite=settings.overwrite)
        refuse_inputs(table, files_in(folder.path))
        with _opened(model, table, folder.path, settings, form) as job:
            given = {"resume": settings.resume, "overwrite": settings.overwrite}
            work = places.enter_context(folder.workplace(job.key, **given))
            job = replace(job, today=work.begun_on(job.today, resume=settings.resume))
            parts = len(job.plan.pieces)
            work.begin(job.key, day=job.today, parts=parts, resume=settings.resume)
            records, earlier = _work(job, work, tell)
            job.intake.check_unchanged()
        after = after or _nothing_more
        try:
            batch = _finish(job, work, records, earlier, time.monotonic() - begun)
        except TooManyRejected:
            after(False)
            raise
        folder.take(work)
        after(True)
        return batch


def _nothing_more(finished: bool) -> None:
    """Parts are all that was asked for."""


@contextmanager
def _opened(
    model: Path | str, table: str, workshop: Path, settings: ScoringSettings, form: Format
) -> Iterator[Job]:
    """Yield the model and the table, opened and planned; copies made for it go afterwards."""
    place, today = Path(model).resolve(), latest_today()
    digest = model_digest(read_folder(place)[0])
    loaded = proved_model(str(place), digest)
    people = _people_beside(table, loaded)
    with (
        taken_in(table, workshop) as given,
        laid_out(given, loaded.study, workshop) as laid,
        ExitStack() as more,
    ):
        rows = WHOLE if people else settings.rows_of_a_part(len(loaded.columns))
        with _room():
            plan, intake = more.enter_context(planned(loaded, laid, workshop, rows=rows))
        yield Job(place, loaded, digest, plan, intake, settings, form, today, people)


def _people_beside(table: str, model: ResponseModel) -> str:
    """Return the second table that the study takes people's facts from; empty where it needs none.

    It is opened, so that a fault of its own stops the run before anything else is read.
    """
    people = people_place(table, model.study)
    if people is None:
        return ""
    open_people(people, model.study)
    return str(people.absolute())


@contextmanager
def _room() -> Iterator[None]:
    """Turn what the system refuses while a table is looked through into a fault of the output."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"The table could not be looked through beside the output: {error.strerror}. Check the "
            "rights and the free space.",
            code="OUTPUT_UNWRITABLE",
        ) from error


def look(model: Path | str, table: str, workshop: Path, settings: ScoringSettings) -> Batch:
    """Return what scoring a table would count, without writing any score.

    Rows that can be read count as scored here; which of them get no estimate is not computed.
    """
    begun = time.monotonic()
    with _opened(model, table, workshop, settings, "parquet") as job:
        records = [check_part(task) for task in job.tasks(workshop)]
    judgement = _gate(job, records)
    return _batch(job, records, 0, time.monotonic() - begun, judgement.problems)


def key_of(
    model: Path | str, table: str, workshop: Path, settings: ScoringSettings, form: Format
) -> str:
    """Return the digest of everything that the bytes of an output would depend on."""
    with _opened(model, table, workshop, settings, form) as job:
        return job.key


def _work(job: Job, folder: OutputFolder, tell: Tell | None) -> tuple[list[PartRecord], int]:
    """Do every part that an earlier run has not finished."""
    tasks = job.tasks(folder.path)
    records = [ready for task in tasks if (ready := folder.finished(task.piece.number))]
    have = {record.part for record in records}
    left = [task for task in tasks if task.piece.number not in have]
    settings = job.settings
    engine = make_engine(
        settings.engine, workers=settings.workers(), address=settings.scheduler or None
    )
    failed: list[Done[PartRecord]] = []
    for done in engine.run(score_part, left):
        _stop_for_all(done.error, folder)
        if done.result is None:
            failed.append(done)
            continue
        records.append(done.result)
        if tell:
            now = totals(records)
            tell(len(records), len(tasks), now["rows"], now["rejected"])
    _name_failed([(left[done.number].piece.number, done.error) for done in failed])
    return records, len(have)


def _stop_for_all(error: BaseException | None, folder: OutputFolder) -> None:
    """Stop at an error that concerns the whole run, and not one part alone."""
    if isinstance(error, FitError):
        folder.withdraw()
    if isinstance(error, PredictError):
        raise error


def _name_failed(failed: Sequence[tuple[int, BaseException | None]]) -> None:
    if not failed:
        return
    names = ", ".join(f"{number:06d}" for number, _ in sorted(failed, key=lambda f: f[0])[:5])
    kinds = {type(error).__name__ for _, error in failed}
    if kinds == {"MemoryError"}:
        raise OutputError(
            f"Memory ran out in part {names}; the other parts are done. Use --resume with a "
            "smaller --part-rows, or give the process more memory.",
            code="OUT_OF_MEMORY",
        )
    raise PredictError(
        f"{len(failed)} parts could not be scored ({', '.join(sorted(kinds))}): {names}. The other "
        "parts are done; --resume tries these again.",
        code="PART_FAILED",
    )


def _finish(
    job: Job, folder: OutputFolder, records: list[PartRecord], earlier: int, seconds: float
) -> Batch:
    """Count, judge the whole, and only then call it finished."""
    try:
        judgement = _gate(job, records)
    except FitError:
        folder.withdraw()
        raise
    batch = _batch(job, records, earlier, seconds, judgement.problems)
    _refuse_too_many(batch, job.settings.max_rejected)
    folder.commit(job.key, records, _run_facts(job, batch))
    return batch


def _gate(job: Job, records: Sequence[PartRecord]) -> TableJudgement:
    """Judge the whole table from what its parts add up to."""
    signs, coding = _summed(records, "signs"), _summed(records, "coercions")
    # The door of judging tells what forbids estimates and goes on.
    door: Door = "validate" if job.settings.accept_drift else "score"
    return ScoringPass(job.model, door).gate(signs, coding)


def _refuse_too_many(batch: Batch, most: float) -> None:
    # In a batch of three, one refused row is a third, and no sign that the table is the wrong one.
    if batch.rejected > most * max(batch.rows, FEWEST_ROWS):
        raise TooManyRejected(
            f"{batch.rejected} of {batch.rows} rows were rejected; at most {most:.3g} of them may "
            "be. See the table of rejected rows for each row and its code; mend them, or allow "
            "more with --max-rejected.",
            code="TOO_MANY_REJECTED",
        )


def _summed(records: Sequence[PartRecord], name: str) -> dict[str, Any]:
    """Add up one of the records' tables of counts."""
    counts: Counter[str] = Counter()
    for record in sorted(records, key=lambda record: record.part):
        counts.update(getattr(record, name))
    return dict(counts)


def _batch(
    job: Job,
    records: Sequence[PartRecord],
    kept: int,
    seconds: float,
    problems: Sequence[Problem] = (),
) -> Batch:
    counts = totals(records)
    if counts["rows"] != counts["scored"] + counts["no_estimate"] + counts["rejected"]:
        raise PredictError("Rows were lost between the parts. Please report it.", code="ROWS_LOST")
    coercions = _summed(records, "coercions")
    return Batch(
        **counts,
        parts=len(records),
        kept=kept,
        coercions={k: v for k, v in sorted(coercions.items()) if ":" not in k and v},
        warnings=_warnings([*job.plan.warnings, *problems, *_counted(coercions)], records),
        seconds=round(seconds, 3),
        table_sha256=job.plan.sha256,
    )


def _counted(coercions: Mapping[str, int]) -> Iterator[Problem]:
    """What was read otherwise than it stands, in the words in which a whole table tells it."""
    for name, (code, words) in COUNTED.items():
        if coercions.get(name):
            yield Problem(code, f"{coercions[name]} {words}", level="warning")


def _warnings(problems: Sequence[Problem], records: Sequence[PartRecord]) -> dict[str, str]:
    """Return each warning once, in the words of a table read whole."""
    words = messages_by_code(problems)
    in_order = sorted(records, key=lambda record: record.part)
    of_parts = messages_by_code(list(of_all_parts([record.warnings for record in in_order])))
    return words | {code: text for code, text in of_parts.items() if code not in words}


def _run_facts(job: Job, batch: Batch) -> dict[str, Any]:
    """Return what ``_run.json`` says: digests, counts, versions; no id and no name of a file."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "key": job.key,
        "model": {"name": job.model.name, "sha256": job.sha256},
        "table": {"sha256": job.plan.sha256, "files": len(job.intake.files), "rows": batch.rows},
        "settings": job.settings.identity(job.plan.part_rows, job.form),
        "begun_on": job.today.isoformat(),
        "counts": {
            name: getattr(batch, name)
            for name in ("rows", "scored", "no_estimate", "rejected", "parts", "kept")
        },
        "coercions": batch.coercions,
        "warnings": batch.warnings,
        "accepted_drift": job.settings.accept_drift,
        "versions": {
            "predict": installed_version(),
            "python": platform.python_version(),
            **libraries(),
        },
        "machine": {"architecture": platform.machine(), "byte_order": sys.byteorder},
        "threads": job.settings.threads,
        "engine": job.settings.engine,
        "seconds": batch.seconds,
        "peak_memory_mb": round(peak, 1),
    }
