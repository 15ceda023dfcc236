"""Reading what clinics have against what a user would write: time to the same totals, and memory.

For each door a file of simulated people is written; ours is `read_cohort` with every check, to the
total at each visit; the peer is the library a user would take and a plain loop to the same totals.
Times are of the processor. Files of SPSS and SAS hold forty more columns than the study, as a
survey's do: the peer reads all, ours those of the study; of SPSS there is one without them too. The
last line is the worst ratio (at most 1.3 is wanted).

    python benchmarks/doors.py [--people 100000] [--door redcap] [--runs 3]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import predict as pr

ITEMS = [f"phq9_{i}" for i in range(1, 10)]
LOINC = ["44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3"]
LOINC += ["44260-8"]
DAYS = {"LA6568-5": 0, "LA6569-3": 1, "LA6570-1": 2, "LA6571-9": 3}
BASE = {
    "layout": "long",
    "visits": ["baseline", "end"],
    "rounds": {"one": {"start": "baseline", "end": "end"}},
    "instruments": {"phq9": {"columns": "phq9_{item}"}},
}


@dataclass(frozen=True)
class Door:
    """A format: how its file is written, its study, and the peer's way to the totals."""

    name: str
    write: Callable[[Path, np.ndarray], None]
    study: dict[str, object]
    peer: Callable[[Path], pd.Series]
    form: str


def answers(people: int) -> np.ndarray:
    """Answers of people at two visits: (people, 2, 9), drawn with a fixed seed."""
    return np.random.default_rng(7).integers(0, 4, size=(people, 2, 9))


def write_redcap(path: Path, drawn: np.ndarray) -> None:
    """A base row with the age, then two repeats of the form, person by person."""
    with path.open("w") as file:
        head = "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,age,"
        file.write(f"{head}{','.join(ITEMS)},phq9_complete\n")
        for person, visits in enumerate(drawn.tolist()):
            file.write(f"{person},start,,,{18 + person % 60},,,,,,,,,,\n")
            for place, row in enumerate(visits, start=1):
                file.write(f"{person},start,phq9,{place},,{','.join(map(str, row))},2\n")


def redcap_by_pandas(path: Path) -> pd.Series:
    """Totals by id and instance, and the age of the base row, in a plain loop."""
    table = pd.read_csv(path)
    names = ["record_id", "redcap_repeat_instrument", "redcap_repeat_instance", "age", *ITEMS]
    ages, totals = {}, {}
    for person, form, place, age, *row in zip(*(table[n].tolist() for n in names), strict=True):
        if form == "phq9":
            totals[person, place] = sum(row)
        else:
            ages[person] = age
    return pd.Series(totals)


def write_redcap_apart(path: Path, drawn: np.ndarray) -> None:
    """All base rows first, then all repeats, as REDCap itself orders no export but others do."""
    write_redcap(path, drawn)
    head, *lines = path.read_text().splitlines()
    bases = lines[::3]
    repeats = [line for place, line in enumerate(lines) if place % 3]
    path.write_text("\n".join([head, *bases, *repeats]) + "\n")


def write_long_apart(path: Path, drawn: np.ndarray) -> None:
    """A plain long CSV: all rows of the baseline, then all of the end."""
    with path.open("w") as file:
        file.write(f"person,visit,age,{','.join(ITEMS)}\n")
        for place, visit in enumerate(("baseline", "end")):
            for person, row in enumerate(drawn[:, place].tolist()):
                file.write(f"{person},{visit},{18 + person % 60},{','.join(map(str, row))}\n")


def write_cdisc(path: Path, drawn: np.ndarray) -> None:
    """SDTM QS as CSV: a row an answer, person by person."""
    with path.open("w") as file:
        file.write("STUDYID,USUBJID,QSTESTCD,QSORRES,QSSTRESN,VISITNUM,VISIT\n")
        for person, visits in enumerate(drawn.tolist()):
            for number, row in enumerate(visits, start=1):
                visit = ("BASELINE", "WEEK 5")[number - 1]
                for item, answer in enumerate(row, start=1):
                    code = f"PHQ01{item:02}"
                    file.write(f"S1,{person},{code},{answer},{answer},{number},{visit}\n")


def write_synthea(path: Path, drawn: np.ndarray) -> None:
    """Synthea's folder: a total and another observation a day, and everybody's facts."""
    path.mkdir()
    with (path / "patients.csv").open("w") as file:
        file.write("Id,BIRTHDATE,GENDER\n")
        for person in range(len(drawn)):
            file.write(f"{person},{1930 + person % 70}-05-01,F\n")
    with (path / "observations.csv").open("w") as file:
        file.write("DATE,PATIENT,ENCOUNTER,CATEGORY,CODE,DESCRIPTION,VALUE,UNITS,TYPE\n")
        for person, totals in enumerate(drawn.sum(axis=2).tolist()):
            for day, total in zip(("2024-01-01", "2024-02-05"), totals, strict=True):
                place = f"{day}T09:00:00Z,{person},e{person},survey"
                file.write(f"{place},44261-6,PHQ-9 total,{total},{{score}},numeric\n")
                file.write(f"{place},72514-3,Pain severity,3,{{score}},numeric\n")


def write_fhir(path: Path, drawn: np.ndarray) -> None:
    """A QuestionnaireResponse a visit, items in a group, a line each."""
    codes = list(DAYS)
    with path.open("w") as file:
        for person, visits in enumerate(drawn.tolist()):
            for day, row in zip(("2024-01-01", "2024-02-05"), visits, strict=True):
                items = [
                    {
                        "linkId": f"/{loinc}",
                        "text": "a question of some length, as such resources carry it",
                        "answer": [
                            {"valueCoding": {"system": "http://loinc.org", "code": codes[answer]}}
                        ],
                    }
                    for loinc, answer in zip(LOINC, row, strict=True)
                ]
                resource = {
                    "resourceType": "QuestionnaireResponse",
                    "id": f"{person}-{day}",
                    "status": "completed",
                    "subject": {"reference": f"Patient/{person}"},
                    "authored": day,
                    "item": [{"linkId": "g", "item": items}],
                }
                file.write(json.dumps(resource) + "\n")


def fhir_by_json(path: Path) -> pd.Series:
    """Totals by subject and day, in a plain loop."""
    totals = {}
    with path.open() as file:
        for line in file:
            resource = json.loads(line)
            if resource["status"] != "completed":
                continue
            total = 0
            for group in resource["item"]:
                for item in group["item"]:
                    if item["linkId"].removeprefix("/") in LOINC:
                        total += DAYS[item["answer"][0]["valueCoding"]["code"]]
            totals[resource["subject"]["reference"], resource["authored"]] = total
    return pd.Series(totals)


def _files(drawn: np.ndarray) -> pd.DataFrame:
    """One row a person: both visits' items among forty other answers, as a survey's file holds."""
    people = len(drawn)
    items = {
        f"p{item}{visit}": drawn[:, place, item - 1].astype("float64")
        for place, visit in enumerate("be")
        for item in range(1, 10)
    }
    others = {f"other{n}": ((np.arange(people) + n) % 5).astype("float64") for n in range(40)}
    ids = [f"P{number:07d}" for number in range(people)]
    return pd.DataFrame({"person": ids, "age": 18.0 + np.arange(people) % 60, **items, **others})


def write_sav(path: Path, drawn: np.ndarray) -> None:
    """An SPSS file with the compression that SPSS uses by default."""
    import pyreadstat

    pyreadstat.write_sav(_files(drawn), path, row_compress=True)


def write_sav_alone(path: Path, drawn: np.ndarray) -> None:
    """An SPSS file of nothing but the study's columns."""
    import pyreadstat

    table = _files(drawn)
    own = [name for name in table if not name.startswith("other")]
    pyreadstat.write_sav(table[own], path, row_compress=True)


def write_xpt(path: Path, drawn: np.ndarray) -> None:
    """A SAS transport file of version 5."""
    import pyreadstat

    pyreadstat.write_xport(_files(drawn), path, file_format_version=5)


def by_pyreadstat(reader: str) -> Callable[[Path], pd.Series]:
    """Return a reader of a whole file that adds up the items of each visit."""

    def totals(path: Path) -> pd.Series:
        import pyreadstat

        table, _ = getattr(pyreadstat, reader)(path)
        return pd.concat([table[[f"p{i}{v}" for i in range(1, 10)]].sum(axis=1) for v in "be"])

    return totals


FILE = {
    **BASE,
    "layout": "wide",
    "id": "person",
    "instruments": {
        "phq9": {"columns": "p{item}{visit}", "visit_names": {"baseline": "b", "end": "e"}}
    },
    "people": {"age": {"kind": "number", "range": [18, 110]}},
}
EVENTS = {
    **BASE,
    "id": "record_id",
    "visit": "redcap_event_name",
    "visit_values": {"start": "baseline", "start#2": "end"},
    "people": {"age": {"kind": "number", "range": [18, 110]}},
}
DAYS_OF_VISITS = {"column": "date", "windows": {"baseline": [0, 6], "end": [21, 60]}}
DOORS = {
    "spss": Door("SPSS .sav", write_sav, FILE, by_pyreadstat("read_sav"), "spss"),
    "spss-alone": Door(
        *("SPSS .sav, the study's columns alone", write_sav_alone, FILE),
        *(by_pyreadstat("read_sav"), "spss"),
    ),
    "xport": Door("SAS .xpt", write_xpt, FILE, by_pyreadstat("read_xport"), "xport"),
    "redcap": Door(
        "REDCap CSV",
        write_redcap,
        EVENTS,
        redcap_by_pandas,
        "redcap",
    ),
    "fhir": Door(
        "FHIR NDJSON",
        write_fhir,
        {**BASE, "id": "id", "dates": DAYS_OF_VISITS},
        fhir_by_json,
        "fhir",
    ),
}


@dataclass(frozen=True)
class Batch:
    """A table to score: how its file is written, and its study."""

    name: str
    write: Callable[[Path, np.ndarray], None]
    study: dict[str, object]
    form: str


BATCHES = {
    "redcap": Batch("REDCap CSV", write_redcap, EVENTS, "redcap"),
    "fhir": Batch("FHIR NDJSON", write_fhir, DOORS["fhir"].study, "fhir"),
    "cdisc": Batch(
        "CDISC QS",
        write_cdisc,
        {
            **BASE,
            "id": "USUBJID",
            "visit": "VISIT",
            "visit_values": {"BASELINE": "baseline", "WEEK 5": "end"},
            "instruments": {"phq9": {"columns": "PHQ01{item:02}"}},
        },
        "cdisc",
    ),
    "synthea": Batch(
        "Synthea",
        write_synthea,
        {
            **BASE,
            "id": "id",
            "dates": DAYS_OF_VISITS,
            "instruments": {"phq9": {"total": "phq9_total"}},
        },
        "synthea",
    ),
    "redcap-apart": Batch("REDCap CSV, people apart", write_redcap_apart, EVENTS, "redcap"),
    "long-apart": Batch(
        "long CSV, people apart",
        write_long_apart,
        {**BASE, "id": "person", "visit": "visit"},
        "csv",
    ),
}


def ours(door: Door, path: Path) -> pd.Series:
    """Totals of both visits by the package, every check done."""
    path.touch()  # so that nothing read before is taken again
    cohort = pr.read_cohort(f"{door.form}:{path}", pr.read_study(door.study))
    return pd.concat([cohort.total("phq9", "baseline"), cohort.total("phq9", "end")])


def _seconds() -> float:
    """Processor time of this process and of those it began and ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def measured(work: Callable[[], pd.Series], runs: int) -> tuple[float, float]:
    """Best time of some runs, and the sum of what came out."""
    times, total = [], 0.0
    for _ in range(runs):
        begun = _seconds()
        total = float(work().sum())
        times.append(_seconds() - begun)
    return min(times), total


def model_of(batch: Batch, folder: Path) -> Path:
    """A small model of some people who come by the same door."""
    batch.write(folder / "learned", answers(300))
    study = pr.read_study(batch.study)
    cohort = pr.read_cohort(f"{batch.form}:{folder / 'learned'}", study)
    model = pr.train(pr.assemble(cohort, "phq9_response"), pr.Recipe(family="totals"), refits=0)
    return Path(pr.save_model(model, folder / "model"))


LOOKED_AT = """
import re, sys
from pathlib import Path
from predict.scoring.batch import look
from predict.scoring.settings import ScoringSettings
model, table, out = sys.argv[1:]
batch = look(model, table, Path(out), ScoringSettings(max_rejected=1.0, accept_drift=True))
told = " (one temporary file, told)" if "PERSON_APART" in batch.warnings else ""
# Linux: the peak of this program alone; getrusage's counts the one that started it too.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(f"{peak:.0f} MB for {batch.rows} people in {batch.parts} parts{told}")
"""


def peaks_of(door: str, people: int) -> str:
    """The peaks of so many people and of four times as many, and how much higher the second is."""
    peaks = [memory_of(door, people * times) for times in (1, 4)]
    few, many = (float(peak.split()[0]) for peak in peaks)
    return f"{peaks[0]}; {peaks[1]}; {many / few:.2f} times"


def memory_of(door: str, people: int) -> str:
    """The peak of a process that reads a file in parts with every check, as before scoring it."""
    with tempfile.TemporaryDirectory() as name:
        folder, batch = Path(name), BATCHES[door]
        batch.write(folder / "table", answers(people))
        place = f"{batch.form}:{folder / 'table'}"
        words = [str(model_of(batch, folder)), place, str(folder)]
        done = subprocess.run(
            [sys.executable, "-c", LOOKED_AT, *words], capture_output=True, text=True
        )
        if not done.stdout:
            raise SystemExit(done.stderr[-2000:])
        return done.stdout.strip()


def main() -> int:
    """Print each door's times and the worst ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--door", choices=[*DOORS, *BATCHES], action="append")
    parser.add_argument(
        "--memory", action="store_true", help="peak of so many people and four times"
    )
    asked = parser.parse_args()
    if asked.memory:
        for name in asked.door or BATCHES:
            print(f"{BATCHES[name].name}: {peaks_of(name, asked.people)}", flush=True)
        return 0
    drawn, worst = answers(asked.people), 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.door or DOORS:
            door, path = DOORS[name], Path(folder) / name
            door.write(path, drawn)
            peer, total = measured(lambda d=door, p=path: d.peer(p), asked.runs)
            mine, same = measured(lambda d=door, p=path: ours(d, p), asked.runs)
            if total != same:
                print(f"{door.name}: totals differ")
                return 1
            worst = max(worst, mine / peer)
            print(f"{door.name}: ours {mine:.2f} s, peer {peer:.2f} s, ratio {mine / peer:.2f}")
    print(f"ratio: {worst:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
