"""One FHIR resource as one row of cells: whose, of which day, and every answer with its fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from predict.cohort.formats.fhir_codes import Codes, Total, is_loinc, weight, why_unread
from predict.cohort.formats.fhir_displays import answer_contradicts, item_contradicts
from predict.cohort.formats.fhir_versions import mark_of, name_of, version_of
from predict.cohort.formats.translated import Tally
from predict.cohort.source import refuse

USED = ("final", "completed")
ID, DAY, GENDER, BORN, AGE = "id", "date", "gender", "birthDate", "age"
OWN = (ID, DAY, GENDER, BORN, AGE)
# Subjects that are no person.
_NOBODY = ("Group", "Device", "Location", "Organization")
Resource = Mapping[str, Any]


@dataclass(slots=True)
class Record:
    """A row in the making: its cells by column, the first fault, whose version it is."""

    person: str
    day: str
    cells: dict[str, str] = field(default_factory=dict)
    fault: str = ""
    name: str = ""
    version: str = ""

    def refuse(self, code: str, column: str = "") -> None:
        """Keep the first fault."""
        self.fault = self.fault or f"{code} {column}".rstrip()

    def put(self, column: str, text: str) -> None:
        """Keep an answer; a second, different one is a fault, and the graver of both stays."""
        held = self.cells.get(column)
        if held is not None and held != text:
            self.refuse("ITEM_TWICE", column)
            text = max(held, text, key=lambda cell: (_float(cell) == _float(cell), _float(cell)))
        self.cells[column] = text


@dataclass
class Extraction:
    """How resources become records: codes, columns that are read, people by their address.

    Parameters
    ----------
    codes : Codes
    wanted : frozenset of str
        Columns to read; all where empty.
    tally : Tally
    people : dict of address -> id
        Patients of a Bundle by their fullUrl.
    unread : Counter
        Answers that are not read, by linkId or code.
    read : int
        Answers that are.
    quick : dict of (linkId, system, answer code, its words, the item's) -> (column, cell)
        Plain codings that were met before; none whose words contradict its code.
    server : str
        The address at which patients lie whose whole address is given; the first that is met.
    """

    codes: Codes
    wanted: frozenset[str]
    tally: Tally
    people: dict[str, str] = field(default_factory=dict)
    unread: Counter[str] = field(default_factory=Counter)
    read: int = 0
    quick: dict[tuple[str | None, ...], tuple[str, str]] = field(default_factory=dict)
    server: str = ""
    _texts: dict[float, str] = field(default_factory=dict)

    def record(self, resource: Resource) -> Record | None:
        """Return the row of a resource; None where it holds none."""
        kind = resource.get("resourceType")
        reader = _READERS.get(str(kind))
        if reader is None:
            if kind == "Questionnaire":
                self.codes.learn(resource)
            elif kind not in ("Bundle", None):
                self.tally.add("RESOURCES_UNREAD", 1, str(kind))
            return None
        record = reader(self, resource)
        if record is not None and kind != "Patient":
            record.name, record.version = name_of(resource), version_of(resource)
        return record

    def finish(self) -> None:
        """Tell what was not read; stop where nothing was that the study reads.

        Raises
        ------
        TableError
            When there are answers, and none of them to an item of the study.
        """
        if self.unread and not self.read:
            shown = _few(self.unread)
            message = f"No answer is to an item that the study reads; the answers are to {shown}."
            message = f"{message} Name them under items or total, or give the Questionnaire used."
            raise refuse("ITEMS_NOT_MET", message)
        rest = Counter(self.unread)
        for column in [column for column in rest if why_unread(column)]:
            self.tally.add(why_unread(column), rest.pop(column), column)
        self.tally.add("ITEMS_UNREAD", rest.total(), _few(rest))

    def reads(self, column: str) -> bool:
        """Whether a column is read."""
        return not self.wanted or column in self.wanted

    def number(self, value: float) -> str:
        """Return a number as a cell, whole ones without a point."""
        text = self._texts.get(value)
        if text is None:
            whole = float(value).is_integer() and abs(value) < 1e15
            text = self._texts[value] = str(int(value)) if whole else repr(float(value))
        return text

    def subject(self, resource: Resource) -> str:
        """Return whose resource this is: the patient's id, found by the address where it is one."""
        subject = resource.get("subject") or {}
        if "reference" not in subject:
            return str((subject.get("identifier") or {}).get("value", ""))
        reference = str(subject["reference"]).partition("/_history/")[0]
        if reference.startswith("#"):
            return _contained_patient(resource, reference[1:])
        if reference.partition("/")[0] in _NOBODY:
            return ""
        if reference in self.people:
            return self.people[reference]
        if reference.startswith("urn:uuid:"):
            return reference.removeprefix("urn:uuid:")
        base, mark, name = reference.rpartition("Patient/")
        if mark and base:
            # Another server's patients may have the same ids: these keep their whole address.
            self.server = self.server or base
        return name if mark and base in ("", self.server) else reference

    def with_contained(self, resource: Resource) -> Extraction:
        """Return the same with what a Questionnaire inside the resource says of its own links."""
        inside = [part for part in resource.get("contained", ())
                  if part.get("resourceType") == "Questionnaire"]  # fmt: skip
        if not inside:
            return self
        held = self.codes
        codes = replace(held, numbers=dict(held.numbers), links=dict(held.links))
        for questionnaire in inside:
            codes.learn(questionnaire)
        return replace(self, codes=codes, quick={})


def _contained_patient(resource: Resource, name: str) -> str:
    """The identifier of a patient inside a resource: the id there says nothing outside of it."""
    inside = [part for part in resource.get("contained", ()) if part.get("id") == name]
    identifiers = [one for part in inside for one in part.get("identifier", ())]
    return next((str(one["value"]) for one in identifiers if one.get("value")), "")


def _few(names: Counter[str]) -> str:
    """Some of the items' names."""
    shown = ", ".join(f"'{name}'" for name in sorted(names)[:5])
    return f"{shown}, ... {len(names)} in all" if len(names) > 5 else shown


def _response(task: Extraction, resource: Resource) -> Record | None:
    if not _is_used(task, resource):
        return _unused(task, resource)
    record = Record(task.subject(resource), str(resource.get("authored", ""))[:10])
    _answers(task.with_contained(resource), record, resource.get("item", ()))
    task.read += bool(record.cells)
    return _checked(task, record, resource)


def _answers(task: Extraction, record: Record, items: Any) -> None:
    """Every answer of items and of the groups and answers inside them."""
    quick, cells = task.quick, record.cells
    for item in items:
        # Nearly every answer is one plain coding that was met before.
        try:
            [answer] = item["answer"]
            coding = answer["valueCoding"]
            link, display, words = item["linkId"], coding.get("display"), item.get("text")
            column, text = quick[link, coding["system"], coding["code"], display, words]
            plain = len(answer) == 1 and column not in cells and "extension" not in coding
        except (KeyError, ValueError):
            plain = False
        if plain:
            cells[column] = text
        elif "answer" in item:
            _other_answers(task, record, item, item["answer"])
        if "item" in item:
            _answers(task, record, item["item"])


def _other_answers(task: Extraction, record: Record, item: Resource, answers: Any) -> None:
    """Answers to one item of any kind, and to the items inside them."""
    link = str(item.get("linkId", ""))
    column = task.codes.column(link)
    if not task.reads(column):
        task.unread[column] += 1
    else:
        for answer in answers:
            _answer(task, record, column, answer, (link, item.get("text")))
    for answer in answers:
        if "item" in answer:
            _answers(task, record, answer["item"])


def _answer(
    task: Extraction, record: Record, column: str, answer: Resource, item: tuple[str, str | None]
) -> None:
    """An answer to an item, which is told by its link and its words."""
    coding = answer.get("valueCoding")
    told = _contradicts(task, column, item[1], coding or {})
    if coding is not None:
        number = task.codes.number(column, coding)
        if number is not None and coding.get("system") and not told:
            said = coding.get("display"), item[1]
            key = (item[0], coding["system"], coding["code"], *said)
            task.quick[key] = (column, task.number(number))
        _coded(task, record, column, coding, answer)
    else:
        _value(task, record, column, answer)


def _contradicts(task: Extraction, column: str, text: str | None, coding: Resource) -> bool:
    """Whether words beside a code are those of another item or answer; tells it if so."""
    codes = task.codes.codes_by_column.get(column, frozenset())
    by_answer = answer_contradicts(str(coding.get("code", "")), coding.get("display"))
    told = by_answer or item_contradicts(codes, text)
    task.tally.add("DISPLAY_CONTRADICTS", int(told), column)
    return told


def _coded(task: Extraction, record: Record, column: str, coding: Resource, part: Resource) -> None:
    """A coded answer: its number by item and code, or by its own extension, where they agree."""
    code = str(coding.get("code", ""))
    stated = task.codes.number(column, coding)
    extended = weight((coding, part)) if "extension" in coding or "extension" in part else None
    if stated is not None and extended is not None and stated != extended:
        record.refuse("ANSWER_CODES_DISAGREE", column)
        record.put(column, task.number(max(stated, extended)))
    elif stated is not None or extended is not None:
        if not coding.get("system"):
            task.tally.add("CODING_NO_SYSTEM", 1)
        record.put(column, task.number(stated if stated is not None else extended or 0.0))
    else:
        if not task.codes.is_declared(column, code) and task.codes.is_coded(column):
            record.refuse("ANSWER_CODE_UNKNOWN", column)
        record.put(column, code or str(coding.get("display", "")))


def _value(task: Extraction, record: Record, column: str, part: Resource) -> None:
    """A value of another kind than a coding: a number, or what is none."""
    quantity = part.get("valueQuantity")
    value = part.get("valueDecimal", part.get("valueInteger"))
    if isinstance(quantity, Mapping):
        # "More than 12" and "12 %" are no scores.
        odd = "comparator" in quantity or "%" in (quantity.get("code"), quantity.get("unit"))
        value = None if odd else quantity.get("value")
    if isinstance(value, int | float) and not isinstance(value, bool):
        record.put(column, task.number(value))
        return
    kind = next((key for key in part if key.startswith("value")), "")
    if column in task.codes.totals and kind == "valueString":
        record.refuse("TOTAL_AS_TEXT", column)
    elif kind in ("valueString", "valueDate", "valueDateTime", "valueTime"):
        record.put(column, str(part[kind]))
    elif kind:
        record.refuse("ANSWER_NOT_CODED", column)


def _observation(task: Extraction, resource: Resource) -> Record | None:
    if not _is_used(task, resource):
        return _unused(task, resource)
    record = Record(task.subject(resource), _effective(resource))
    for part in (resource, *resource.get("component", ())):
        if any(key.startswith("value") for key in part):
            column = _coded_column(task, part)
            if task.reads(column):
                task.read += 1
                _observed(task, record, column, part)
            else:
                task.unread[column] += 1
    return _checked(task, record, resource) if record.cells or record.fault else None


def _coded_column(task: Extraction, part: Resource) -> str:
    """The column of the first of its codes that stands for one, else the first code itself."""
    codings = (part.get("code") or {}).get("coding", ())
    codes = [str(coding.get("code", "")) for coding in codings]
    loinc = [str(c.get("code", "")) for c in codings if is_loinc(c)]
    stated = (task.codes.columns[code] for code in loinc if code in task.codes.columns)
    return next(stated, next((c for c in codes if c in task.wanted), codes[0] if codes else ""))


def _observed(task: Extraction, record: Record, column: str, part: Resource) -> None:
    concept = part.get("valueCodeableConcept")
    words = [c.get("display") for c in (part.get("code") or {}).get("coding", ()) if is_loinc(c)]
    said = next((word for word in words if word), None)
    if concept is None:
        _contradicts(task, column, said, {})
        _value(task, record, column, part)
        return
    codings = concept.get("coding", ())
    numbered = [c for c in codings if task.codes.number(column, c) is not None]
    chosen = (numbered or list(codings) or [{"display": concept.get("text", "")}])[0]
    _contradicts(task, column, said, chosen)
    _coded(task, record, column, chosen, concept)


def _effective(resource: Resource) -> str:
    period = resource.get("effectivePeriod") or {}
    keys = ("effectiveDateTime", "effectiveInstant")
    day = next((resource[key] for key in keys if key in resource), period.get("start", ""))
    return str(day)[:10]


def _patient(task: Extraction, resource: Resource) -> Record | None:
    cells = {GENDER: str(resource.get("gender", "")), BORN: str(resource.get("birthDate", ""))}
    return Record(str(resource.get("id", "")), "", cells)


def _is_used(task: Extraction, resource: Resource) -> bool:
    """Whether its status says that it counts."""
    if resource.get("status") in USED:
        return True
    task.tally.add("STATUS_NOT_FINAL", 1, str(resource.get("status", "none"))[:20])
    return False


def _unused(task: Extraction, resource: Resource) -> Record | None:
    """What says of a resource's former versions that they count no more; none without its id."""
    if "id" not in resource:
        return None
    return Record(task.subject(resource), "", fault=mark_of(resource.get("status")))


def _checked(task: Extraction, record: Record, resource: Resource) -> Record:
    """The record with the faults that it shows as a whole."""
    if "modifierExtension" in resource:
        record.refuse("MODIFIER_UNKNOWN")
    if not record.day:
        record.refuse("DATE_ABSENT")
    totals = task.codes.totals
    for column in [column for column in record.cells if column in totals]:
        _check_total(record, column, totals[column])
    return record


def _check_total(record: Record, column: str, total: Total) -> None:
    """A total must lie on its scale, and be the sum of the answers beside it or their score."""
    value = _float(record.cells[column])
    if not total.scale.low <= value <= total.scale.high:
        record.refuse("TOTAL_OUTSIDE", column)
    answers = {name: _float(record.cells[name]) for name in total.items if name in record.cells}
    if not answers or any(number != number for number in answers.values()):
        return
    if value != sum(answers.values()):
        score = total.instrument.score(pd.DataFrame([answers]), total.scale.name).iloc[0]
        if value != score:
            record.refuse("TOTAL_DISAGREES", column)


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


_READERS = {
    "QuestionnaireResponse": _response,
    "Observation": _observation,
    "Patient": _patient,
}
