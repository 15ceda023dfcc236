"""One cohort, as clinics' programs export it: REDCap, FHIR, surveys, CDISC, Synthea.

No library writes these; the shapes are those of real files (docs/formats.md names them). Rows of a
person stand together and a visit without an answer has none, so that formats of several rows a
person are held against a CSV in that order.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from _format_writers import ITEMS, LONG, VISITS, WORDS, Drawn, Writer, labelled, totals, wide

BY_PERSON = "items, person by person"
TOTALS_BY_PERSON = "totals, person by person"
TOTALS_BY_DAY = "totals by day"
LOINC = ["44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3"]
LOINC += ["44260-8"]
ANSWERS = ("LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9")
WINDOWS = {"baseline": [0, 6], "end": [21, 60]}
PHQ9 = {"phq9": {"columns": "phq9_{item}"}}


def cells(drawn: Drawn, person: str, visit: str) -> list[str]:
    """A person's answers as text, blank where there is none."""
    row = drawn.answers[visit].loc[person]
    return ["" if value != value else f"{value:g}" for value in row]


def visits_of(drawn: Drawn) -> Iterator[tuple[str, str]]:
    """Yield each person and visit with an answer, person by person."""
    for person in drawn.people.index:
        for visit in VISITS:
            if drawn.answers[visit].loc[person].notna().any():
                yield person, visit


def rows(path: Path, head: list[str], lines: Iterator[list[Any]] | list[list[Any]]) -> str:
    """Write a CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *lines])
    return str(path)


def by_person(drawn: Drawn, folder: Path) -> str:
    """The plain table that formats of several rows a person are held against."""
    lines = [
        [person, visit, *drawn.people.loc[person], *cells(drawn, person, visit)]
        for person, visit in visits_of(drawn)
    ]
    head = ["person", "visit", "age", "sex", *(f"phq9_{item}" for item in ITEMS)]
    return f"csv:{rows(folder / 't.csv', head, lines)}"


def redcap_repeats(drawn: Drawn, folder: Path) -> str:
    """A base row of facts a person, then an instance of the form a visit."""
    head = ["person", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"]
    head += ["age", "sex", "basics_complete", *(f"phq9_{item}" for item in ITEMS), "phq_complete"]
    lines: list[list[Any]] = []
    for person, visit in visits_of(drawn):
        if visit == "baseline":
            age, sex = drawn.people.loc[person]
            lines.append([person, "start_arm_1", "", "", age, sex, 2, *[""] * 9, ""])
        place = VISITS.index(visit) + 1
        answers = cells(drawn, person, visit)
        lines.append([person, "start_arm_1", "phq", place, "", "", "", *answers, 2])
    return rows(folder / "redcap.csv", head, lines)


def redcap_apart(drawn: Drawn, folder: Path) -> str:
    """The same with everybody's base rows before all repeats."""
    path = Path(redcap_repeats(drawn, folder))
    head, *lines = path.read_text().splitlines(keepends=True)
    lines.sort(key=lambda line: ",phq," in line)
    path.write_text(head + "".join(lines))
    return str(path)


def redcap_events(drawn: Drawn, folder: Path) -> str:
    """An event a visit, nothing repeats; a box of a form that nobody filled."""
    head = ["person", "redcap_event_name", "age", "sex", *(f"phq9_{item}" for item in ITEMS)]
    head += ["phq_complete", "drugs___1", "drugs_complete"]
    lines = []
    for person, visit in visits_of(drawn):
        facts = drawn.people.loc[person] if visit == "baseline" else ["", ""]
        lines.append([person, f"{visit}_arm_1", *facts, *cells(drawn, person, visit), 2, 0, 0])
    return rows(folder / "redcap.csv", head, lines)


def redcap_labels(drawn: Drawn, folder: Path) -> str:
    """The same with labels for names and words for answers; every form's end is `Complete?`."""
    head = ["Record ID", "Event Name", "Age", "Sex", "Complete?"]
    head += [f"Question {item}" for item in ITEMS] + ["Complete?"]
    lines = []
    for person, visit in visits_of(drawn):
        facts = list(drawn.people.loc[person]) if visit == "baseline" else ["", ""]
        words = [WORDS[int(cell)] if cell else "" for cell in cells(drawn, person, visit)]
        event = f"{visit.title()} (Arm 1: Treatment)"
        lines.append([person, event, *facts, "Complete", *words, "Complete"])
    return rows(folder / "redcap.csv", head, lines)


def born(drawn: Drawn, person: str) -> str:
    """A birth date that makes the person's age at the first visit."""
    day = drawn.days["baseline"][person]
    age = int(drawn.people.loc[person, "age"])
    return str((day - pd.DateOffset(years=age, days=40)).date().isoformat())


def patient(drawn: Drawn, person: str) -> dict[str, Any]:
    """A Patient."""
    gender = drawn.people.loc[person, "sex"]
    return {"resourceType": "Patient", "id": person, "gender": gender,
            "birthDate": born(drawn, person)}  # fmt: skip


def response(drawn: Drawn, person: str, visit: str) -> dict[str, Any]:
    """A completed questionnaire, its items in a group, blank ones without an answer."""
    items = []
    for loinc, cell in zip(LOINC, cells(drawn, person, visit), strict=True):
        coding = {"system": "http://loinc.org", "code": ANSWERS[int(cell)] if cell else ""}
        answer = {"answer": [{"valueCoding": coding}]} if cell else {}
        items.append({"linkId": f"/{loinc}", "text": "asked", **answer})
    return {
        "resourceType": "QuestionnaireResponse",
        "id": f"{person}-{visit}",
        "status": "completed",
        "subject": {"reference": f"Patient/{person}"},
        "authored": f"{drawn.days[visit][person].date().isoformat()}T09:30:00Z",
        "item": [{"linkId": "/g", "item": items}],
    }


def fhir_lines(drawn: Drawn, folder: Path) -> str:
    """A Patient and the person's responses, a resource a line, and a draft that does not count."""
    path = folder / "export.ndjson"
    with path.open("w") as file:
        for person, visit in visits_of(drawn):
            if visit == "baseline":
                file.write(json.dumps(patient(drawn, person)) + "\n")
            resource = response(drawn, person, visit)
            file.write(json.dumps(resource) + "\n")
            file.write(json.dumps({**resource, "status": "in-progress", "item": []}) + "\n")
    return str(path)


def fhir_bundle(drawn: Drawn, folder: Path) -> str:
    """A Bundle whose responses name their subject by its address."""
    entries = []
    for number, (person, visit) in enumerate(visits_of(drawn)):
        address = f"urn:uuid:0-{person}"
        if visit == "baseline":
            entries.append({"fullUrl": address, "resource": patient(drawn, person)})
        resource = response(drawn, person, visit) | {"subject": {"reference": address}}
        entries.append({"fullUrl": f"urn:uuid:1-{number}", "resource": resource})
    path = folder / "bundle.json"
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    path.write_text(json.dumps(bundle, indent=1))
    return str(path)


def adam(drawn: Drawn, *, scores: bool = False) -> pd.DataFrame:
    """ADaM: a row an answer, or a row a total with carried-forward rows where there is none."""
    lines = []
    for person, visit in visits_of(drawn):
        head = [person, *drawn.people.loc[person], visit.title()]
        if scores:
            value = totals(drawn, visit)[person]
            lines.append([*head, "PHQ9TOT", value, "" if value == value else "LOCF", "Y"])
            lines[-1][5] = value if value == value else 11.0
            continue
        for item, cell in zip(ITEMS, cells(drawn, person, visit), strict=True):
            value = float(cell) if cell else float("nan")
            lines.append([*head, f"PHQ01{int(item):02}", value, "", "Y"])
    names = ["USUBJID", "AGE", "SEX", "AVISIT", "PARAMCD", "AVAL", "DTYPE", "ANL01FL"]
    return pd.DataFrame(lines, columns=names)


def adam_csv(drawn: Drawn, folder: Path, *, scores: bool = False) -> str:
    """ADaM as CSV."""
    table = adam(drawn, scores=scores).astype({"AVAL": "Int64"})
    table.to_csv(folder / "adqs.csv", index=False)
    return str(folder / "adqs.csv")


def adam_parquet(drawn: Drawn, folder: Path) -> str:
    """ADaM as Parquet, numbers typed."""
    adam(drawn).to_parquet(folder / "adqs.parquet", index=False)
    return str(folder / "adqs.parquet")


def adam_transport(drawn: Drawn, folder: Path) -> str:
    """ADaM as a SAS transport file."""
    import pyreadstat

    pyreadstat.write_xport(adam(drawn), folder / "adqs.xpt", file_format_version=5)
    return str(folder / "adqs.xpt")


def totals_by_person(drawn: Drawn, folder: Path) -> str:
    """The plain table of totals that others are held against."""
    lines = []
    for person, visit in visits_of(drawn):
        value = totals(drawn, visit)[person]
        cell = "" if value != value else f"{value:g}"
        lines.append([person, visit, *drawn.people.loc[person], cell])
    head = ["person", "visit", "age", "sex", "phq9_total"]
    return f"csv:{rows(folder / 't.csv', head, lines)}"


def totals_by_day(drawn: Drawn, folder: Path) -> str:
    """The plain table of totals under their day; what has no total has no row."""
    lines = []
    for person, visit in visits_of(drawn):
        day, value = drawn.days[visit][person].date().isoformat(), totals(drawn, visit)[person]
        if value == value:
            lines.append([person, day, *drawn.people.loc[person], f"{value:g}"])
    head = ["id", "date", "age", "sex", "phq9_total"]
    return f"csv:{rows(folder / 't.csv', head, lines)}"


def fhir_totals(drawn: Drawn, folder: Path) -> str:
    """A Patient and Observations of totals; one that is absent says why."""
    path = folder / "export.ndjson"
    with path.open("w") as file:
        for person, visit in visits_of(drawn):
            if visit == "baseline":
                file.write(json.dumps(patient(drawn, person)) + "\n")
            value = totals(drawn, visit)[person]
            answer = {"valueQuantity": {"value": value}}
            resource = {
                "resourceType": "Observation",
                "status": "final",
                "code": {"coding": [{"system": "http://loinc.org", "code": "44261-6"}]},
                "subject": {"reference": f"Patient/{person}"},
                "effectiveDateTime": drawn.days[visit][person].date().isoformat(),
                **(answer if value == value else {"dataAbsentReason": {"text": "not asked"}}),
            }
            file.write(json.dumps(resource) + "\n")
    return str(path)


def synthea(drawn: Drawn, folder: Path) -> str:
    """A CSV folder; the total under the code of the form for teenagers."""
    lines, patients = [], []
    for person, visit in visits_of(drawn):
        day, value = drawn.days[visit][person].date().isoformat(), totals(drawn, visit)[person]
        if value == value:
            code = ["e", "89204-2", "PHQ-9", f"{value:.1f}", "{score}", "numeric"]
            lines.append([f"{day}T08:00:00Z", person, *code])
        lines.append([f"{day}T08:00:00Z", person, "e", "8302-2", "Height", "170", "cm", "n"])
        if value == value and (not patients or patients[-1][0] != person):
            sex = drawn.people.loc[person, "sex"]
            patients.append([person, born(drawn, person), sex[0].upper()])
    head = ["DATE", "PATIENT", "ENCOUNTER", "CODE", "DESCRIPTION", "VALUE", "UNITS", "TYPE"]
    rows(folder / "observations.csv", head, lines)
    rows(folder / "patients.csv", ["Id", "BIRTHDATE", "GENDER"], patients)
    return str(folder)


def qualtrics(drawn: Drawn, folder: Path) -> str:
    """Three header rows, answers coded from 1, a preview first."""
    table = wide(drawn, low=1)
    whole = {name: "Int64" for name in table if table[name].dtype.kind == "f"}
    body = table.astype(whole).to_csv(index=False, header=False)
    names = ["Status", "Finished", *table.columns]
    texts = [f"Text of {name}, in the\nuser's language" for name in names]
    imports = [json.dumps({"ImportId": name}) for name in names]
    path = folder / "qualtrics.csv"
    rows(path, names, [texts, imports, ["1", "1", "preview", "40", "male", *["4"] * 18]])
    with path.open("a") as file:
        file.writelines(f"0,1,{line}\n" for line in body.splitlines())
    return str(path)


def limesurvey(drawn: Drawn, folder: Path) -> str:
    """Answers as codes A1 to A4; what was not shown is N/A."""
    table = wide(drawn, stem="{visit}[SQ{item:0>3}]")
    codes = {float(n): f"A{n + 1}" for n in range(4)}
    items = [name for name in table if name.endswith("]")]
    table = table.assign(**{name: table[name].map(codes).fillna("N/A") for name in items})
    table.insert(0, "submitdate", "2024-01-01 10:00:00")
    table.insert(1, "lastpage", "3")
    table.to_csv(folder / "lime.csv", index=False)
    return str(folder / "lime.csv")


def google(drawn: Drawn, folder: Path) -> str:
    """A grid a visit, words as answers."""
    table = labelled(drawn)
    names = {f"phq9_{i}_{v}": f"Since then, {v} [Row {i}]" for v in VISITS for i in ITEMS}
    table = table.rename(columns=names)
    table.insert(0, "Timestamp", "2024/01/15 9:41:12 AM GMT+1")
    table.to_csv(folder / "forms.csv", index=False)
    return str(folder / "forms.csv")


def people(**columns: str) -> dict[str, Any]:
    """The study's people under the columns of a format."""
    age = {"kind": "number", "range": [18, 110], "column": columns.get("age", "age")}
    sex = {"kind": "choice", "values": ["female", "male"], "column": columns.get("sex", "sex")}
    return {"people": {"age": age, "sex": sex}}


REDCAP = {
    **LONG,
    "visit": "redcap_event_name",
    "visit_values": {"start_arm_1": "baseline", "start_arm_1#2": "end"},
}
EVENTS = {"visit_values": {"baseline_arm_1": "baseline", "end_arm_1": "end"}}
LABELS = {
    "id": "Record ID",
    "visit": "Event Name",
    "visit_values": {f"{v.title()} (Arm 1: Treatment)": v for v in VISITS},
    "instruments": {"phq9": {"columns": "Question {item}", "answers": "labels"}},
    **people(age="Age", sex="Sex"),
}
DATED = {"id": "id", "layout": "long", "dates": {"column": "date", "windows": WINDOWS}}
FHIR = {**DATED, "instruments": PHQ9, **people(sex="gender")}
ADAM = {
    "id": "USUBJID",
    "layout": "long",
    "visit": "AVISIT",
    "visit_values": {visit.title(): visit for visit in VISITS},
    **people(age="AGE", sex="SEX"),
}
ADAM_ITEMS = {**ADAM, "instruments": {"phq9": {"columns": "PHQ01{item:02}"}}}
ADAM_TOTALS = {**ADAM, "instruments": {"phq9": {"total": "PHQ9TOT"}}}
SYNTHEA = {
    **DATED,
    "instruments": {"phq9": {"total": "89204-2"}},
    "people": {
        "age": {"kind": "number", "range": [18, 110]},
        "sex": {"kind": "choice", "column": "GENDER", "codes": {"F": "female", "M": "male"}},
    },
}
FROM_ONE = {"instruments": {"phq9": {"columns": "phq9_{item}_{visit}", "coding_low": 1}}}
CODES = {f"A{n + 1}": n for n in range(4)}
LIME = {"instruments": {"phq9": {"columns": "{visit}[SQ{item:03}]", "answers": CODES}}}
GRID = {"instruments": {"phq9": {"columns": "Since then, {visit} [Row {item}]",
                                 "answers": "labels"}}}  # fmt: skip
FHIR_TOTAL = {"phq9": {"total": "phq9_total"}}
TOTAL = {**LONG, "instruments": {"phq9": {"total": "phq9_total"}}}

CLINIC = [
    Writer("CSV, long, person by person", by_person, LONG, BY_PERSON),
    Writer("REDCap, repeated form", redcap_repeats, REDCAP, BY_PERSON),
    Writer("REDCap, repeated form, people apart", redcap_apart, REDCAP, BY_PERSON),
    Writer("REDCap, events", redcap_events, {**REDCAP, **EVENTS}, BY_PERSON),
    Writer("REDCap, labels", redcap_labels, {**REDCAP, **LABELS}, BY_PERSON),
    Writer("FHIR, lines", fhir_lines, FHIR, BY_PERSON),
    Writer("FHIR, Bundle", fhir_bundle, FHIR, BY_PERSON),
    Writer("CDISC ADaM, CSV", adam_csv, ADAM_ITEMS, BY_PERSON),
    Writer("CDISC ADaM, Parquet", adam_parquet, {**ADAM_ITEMS, "format": "cdisc"}, BY_PERSON),
    Writer("CDISC ADaM, .xpt", adam_transport, ADAM_ITEMS, BY_PERSON),
    Writer("Qualtrics, coded from 1", qualtrics, {"id": "person", **FROM_ONE}),
    Writer("LimeSurvey, codes", limesurvey, LIME),
    Writer("Google Forms", google, GRID),
    Writer("CSV, totals, person by person", totals_by_person, TOTAL, TOTALS_BY_PERSON),
    Writer("CDISC ADaM, totals and LOCF", lambda d, f: adam_csv(d, f, scores=True), ADAM_TOTALS,
           TOTALS_BY_PERSON),
    Writer("CSV, totals by day", totals_by_day, {**DATED, "instruments": FHIR_TOTAL},
           TOTALS_BY_DAY),
    Writer("FHIR, Observations of totals", fhir_totals, {**FHIR, "instruments": FHIR_TOTAL},
           TOTALS_BY_DAY),
    Writer("Synthea folder, totals", synthea, SYNTHEA, TOTALS_BY_DAY),
]  # fmt: skip
