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
        {
            **BASE,
            "id": "record_id",
            "visit": "redcap_event_name",
            "visit_values": {"start": "baseline", "start#2": "end"},
            "people": {"age": {"kind": "number", "range": [18, 110]}},
        },
        redcap_by_pandas,
        "redcap",
    ),
    "fhir": Door(
        "FHIR NDJSON",
        write_fhir,
        {
            **BASE,
            "id": "id",
            "dates": {"column": "date", "windows": {"baseline": [0, 6], "end": [21, 60]}},
        },
        fhir_by_json,
        "fhir",
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


def memory_of(name: str, people: int) -> float:
    """Peak megabytes of a process that lays out a file as a batch does, without what it imports."""
    code = f"""
import re, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import doors
from pathlib import Path
from predict.cohort.formats import open_table
from predict.cohort.formats.translated import lay_out
from predict.cohort.required_columns import dialect_of
from predict.definitions.study import read_study
study = read_study(doors.DOORS[{name!r}].study)
path = sys.argv[1]
# Linux: the peak of this program alone; getrusage's counts the one that started it too.
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
place = doors.DOORS[{name!r}].form + ":" + path
file = open_table(place, dialect=dialect_of(study), id_column=study.id)
before = peak()
with open(path + ".rows", "wb") as sink:
    lay_out([file], sink)
print(peak() - before)
"""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        DOORS[name].write(path, answers(people))
        command = [sys.executable, "-c", code, str(path)]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> int:
    """Print each door's times and the worst ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--door", choices=list(DOORS), action="append")
    parser.add_argument("--memory", action="store_true", help="peak memory of one and four times")
    asked = parser.parse_args()
    if asked.memory:
        for name in asked.door or ("redcap", "fhir"):
            peaks = [memory_of(name, asked.people * times) for times in (1, 4)]
            print(f"{DOORS[name].name}: {peaks[0]:.0f} MB, four times the people {peaks[1]:.0f} MB")
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
