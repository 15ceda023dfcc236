"""Every verb of the command line, called once on a table with people planted in it.

Shared by the tests of sockets and of privacy, so that each verb runs once for both. A process that
has imported the libraries once calls every command in a fork of its own (`verb_server`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from predict.cli import VERBS
from predict.cli.analyse import ANALYSES

# A name in the file's own name and in a column that no study lists, and remarks beside it.
NAME, REMARK = "Zelenka-Quittenbaum", "sings at Marsh Lane"
CELL = "0xSECRETCELL"
VALID, REFUSED, OPEN = "CANARY-7Q4X", "CANARY-9Z1B", "CANARY-3K8W"

# A sitecustomize that ends a process as soon as it opens an internet socket or asks for an address.
BAN = """
import os, socket, sys
def _end():
    sys.stderr.write("an internet socket was opened\\n")
    sys.stderr.flush()
    os._exit(99)
_made = socket.socket.__init__
def _watched(self, family=-1, *words, **more):
    if family in (-1, socket.AF_INET, socket.AF_INET6) and more.get("fileno") is None:
        _end()
    _made(self, family, *words, **more)
socket.socket.__init__ = _watched
socket.getaddrinfo = lambda *words, **more: _end()
"""
# The demo's own experiments take minutes; the same ones on fewer folds and trials take seconds.
SMALL = """
trials = 1
[evaluation]
outer = 2
inner = 2
repeats = 1
resamples = 20
refits = 2
families = ["severity"]
"""

# Words in capitals are places, see `Workshop.places`; {} is a fresh path.
COMMANDS: dict[str, tuple[str, ...]] = {
    "demo": ("--people 240 --out {}",),
    "example": ("help {}",),
    "simulate": ("demo {}.csv --people 20 --truth {}.truth.csv",),
    "list": ("instruments", "sections"),
    "init": ("TABLE -o {}.toml",),
    "check": (
        "TABLE --study STUDY --problems {}.csv",
        "TABLE --study STUDY --json",
        "TABLE --design EXPERIMENT",
    ),
    "label": ("TABLE --study STUDY --outcome phq9_response -o {}.csv",),
    "assemble": ("EXPERIMENT TABLE -o {}.parquet",),
    "run": ("EXPERIMENT TABLE --out {}",),
    "train": ("EXPERIMENT TABLE --out {}",),
    "evaluate": ("EXPERIMENT TABLE --out {}",),
    "validate": ("MODEL TABLE -o {}",),
    "score": (
        "MODEL TABLE -o {} --threads 2 --part-rows 150 --json",
        "MODEL TABLE -o {}.csv --explain all",
        "MODEL TABLE -o {} --dry-run",
    ),
    "explain": ("MODEL TABLE -o {}.csv",),
    "report": ("MODEL FEW -o {} --pdf", "MODEL -o {}"),
    "analyse outcomes": ("TABLE --study STUDY -o {}",),
    "analyse attrition": ("TABLE --study STUDY -o {}",),
    "analyse network": (
        "TABLE --study SHORT_STUDY -o {} --resamples 50 --permutations 0 --within pooled",
    ),
    "analyse courses": ("TABLE --study STUDY -o {} --instrument phq9 --classes 1 --starts 1",),
    "registry": (
        "add versions MODEL --who ops --why test",
        "list versions",
        "history versions",
        "verify versions",
    ),
    "monitor": ("SCORED --labels LABELS -o {} --delay 0",),
    "serve": ("MODEL --check",),
    "expect": ("EXPECTED -o report",),
    "forget": ("SCORED --id-file GONE -o {}.json",),
    "verify": ("MODEL",),
    "doctor": ("MODEL",),
}


def every_verb() -> list[str]:
    """Return every verb of the command line; those of `analyse` one by one."""
    plain = [verb for verb in VERBS if verb != "analyse"]
    return [*plain, *(f"analyse {name}" for name in ANALYSES)]


@dataclass(frozen=True)
class Called:
    """How one verb ended: its exit statuses, all it said, and the folder of all it wrote."""

    statuses: tuple[int, ...]
    said: bytes
    folder: Path


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    status: int
    said: bytes


class VerbServer:
    """`verb_server`, started in a folder whose sitecustomize stands before everything else.

    `shipped` is the folder of the experiments that `predict demo` runs.
    """

    def __init__(self, site: Path, *, shipped: Path) -> None:
        kept = {k: v for k, v in os.environ.items() if k != "MLFLOW_TRACKING_URI"}
        path = os.pathsep.join([str(site), *filter(None, [kept.get("PYTHONPATH")])])
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("verb_server.py")), str(shipped)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**kept, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
            text=True,
        )

    def call(self, words: list[str], folder: Path, said: Path) -> Ended:
        """Call a command in a folder, with a token for `serve`; what it says goes to two files."""
        files = [said.with_suffix(".out"), said.with_suffix(".err")]
        env = {"PREDICT_TOKEN": "a-token-for-the-tests-only"}
        places = {"folder": str(folder), "out": str(files[0]), "err": str(files[1])}
        asked = {"words": words, "env": env, **places}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        status = int(self.process.stdout.readline() or -1)
        return Ended(status, b"".join(file.read_bytes() for file in files))

    def close(self) -> None:
        """End it."""
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait() == 0


@dataclass(frozen=True)
class Workshop:
    """A folder with a planted table and small experiments, where verbs are called."""

    folder: Path
    model: Path
    server: VerbServer

    @property
    def places(self) -> dict[str, str]:
        """What the words in capitals stand for."""
        files = {
            "TABLE": f"{NAME}.csv",
            "FEW": f"{NAME}-few.csv",
            "STUDY": "demo_study.toml",
            "SHORT_STUDY": "short_study.toml",
            "EXPERIMENT": "demo_round_one.toml",
            "EXPECTED": f"{NAME}-expected.csv",
            "GONE": f"{NAME}-gone.txt",
        }
        named = {word: str(self.folder / "in" / file) for word, file in files.items()}
        earlier = {"SCORED": "score/out0", "LABELS": "label/out0.csv"}
        outputs = {word: str(self.folder / file) for word, file in earlier.items()}
        return {**named, **outputs, "MODEL": str(self.model)}

    def call(self, verb: str) -> Called:
        """Run all commands of a verb in a folder of their own, with internet sockets forbidden."""
        place = self.folder / verb.replace(" ", "_")
        place.mkdir()
        ended = [self._run(verb, line, place, n) for n, line in enumerate(COMMANDS[verb])]
        statuses = tuple(done.status for done in ended)
        return Called(statuses, b"".join(done.said for done in ended), place)

    def _run(self, verb: str, line: str, place: Path, number: int) -> Ended:
        places = self.places
        words = [places.get(word, word.replace("{}", f"out{number}")) for word in line.split()]
        said = self.folder / "said" / f"{place.name}-{number}"
        return self.server.call([*verb.split(), *words], place, said)


def workshop(folder: Path, model: Path) -> Workshop:
    """Return a workshop with its inputs written."""
    from predict.simulation.examples import demo

    example = demo(folder / "in", people=240, seed=7)
    for experiment, family in zip(example.experiments, ("boosted", "severity"), strict=True):
        question = experiment.read_text().partition("[recipe]")[0]
        experiment.write_text(f'{question}[recipe]\nfamily = "{family}"\n{SMALL}')
    table = planted(pd.read_csv(example.table, dtype="str", keep_default_na=False))
    table.to_csv(folder / "in" / f"{NAME}.csv", index=False)
    # A page a person takes long: the planted people are enough.
    table.iloc[2:6].to_csv(folder / "in" / f"{NAME}-few.csv", index=False)
    expected = "".join(f"{name},60,2026-03-02\n" for name in (VALID, REFUSED, OPEN))
    (folder / "in" / f"{NAME}-expected.csv").write_text(f"id,number,day\n{expected}")
    # Somebody else: the planted people have to be found in what was scored.
    (folder / "in" / f"{NAME}-gone.txt").write_text(f"{table['person'].iloc[20]}\n")
    (folder / "in" / "short_study.toml").write_text(SHORT_STUDY)
    for name in ("site", "said"):
        (folder / name).mkdir()
    (folder / "site" / "sitecustomize.py").write_text(BAN)
    return Workshop(folder, model, VerbServer(folder / "site", shipped=folder / "in"))


SHORT_STUDY = """
id = "person"
layout = "wide"
visits = ["baseline", "round_one_end"]
[rounds.one]
start = "baseline"
end = "round_one_end"
[instruments.gad7]
columns = "gad7_{item}_{visit}"
"""


def planted(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with three people planted, and columns about them that no study lists."""
    table = table.assign(surname=NAME, remarks="")
    table.loc[2, ["person", "remarks"]] = VALID, REMARK
    table.loc[4, ["person", "phq9_2_baseline", "remarks"]] = REFUSED, CELL, REMARK
    later = [c for c in table if c[:4] in ("phq9", "gad7") and not c.endswith("_baseline")]
    table.loc[5, ["person", *later]] = [OPEN, *[""] * len(later)]
    return table
