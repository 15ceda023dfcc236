"""Runs the benchmarks, one after the other, and writes what they print into docs/performance.md.

Each script runs in this interpreter, or in the one given by ``--python``, and prints its ratio or
figure last. What was measured is kept in ``build/bench.json``, a record for each script and
interpreter, and the page's table is written from all records anew: with machine, date and versions.
Scripts that compare with an older checkout run where ``--older`` gives one.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "build" / "bench.json"
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- table: written by benchmarks/_record.py -->", "<!-- end of table -->"
# Arguments of scripts that are run in several ways.
WAYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "explain_vs_contribs": ((), ("--trees", "500", "--depth", "6"), ("--no-numba",)),
}
WANT_OLDER = ("check", "judging")
# Counts a package's parts; it times nothing.
NO_FIGURE = ("structure",)
LAST = re.compile(r"^(ratio|figure): (\S+)$")
ABOUT = "import sys, xgboost; print(*sys.version_info[:2], xgboost.__version__)"

Record = dict[str, Any]


def main(python: str, only: str, older: str) -> int:
    """Run the scripts whose names hold `only`; return how many failed."""
    about = subprocess.check_output([python, "-c", ABOUT], text=True).split()
    interpreter = "Python {}.{}, xgboost {}".format(*about)
    records = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    failed = 0
    for path in sorted((ROOT / "benchmarks").glob("[!_]*.py")):
        skipped = NO_FIGURE if older else (*NO_FIGURE, *WANT_OLDER)
        if only in path.stem and path.stem not in skipped:
            for way in ways(path.stem, older):
                record = run(python, path, way)
                failed += record["status"] != 0
                key = " ".join(
                    [path.stem, *(part for part in way if part not in ("--older", older))]
                )
                records.setdefault(key, {})[interpreter] = record
                KEPT.parent.mkdir(exist_ok=True)
                KEPT.write_text(json.dumps(records, indent=1, sort_keys=True))
                write_page(records)
    return failed


def ways(stem: str, older: str) -> tuple[tuple[str, ...], ...]:
    """Return the arguments with which a script is run, once for each."""
    if stem == "check":
        return ((older,),)
    return (("--older", older),) if stem == "judging" else WAYS.get(stem, ((),))


def run(python: str, path: Path, way: tuple[str, ...]) -> Record:
    """Run one script, show what it prints, and return what counts of it."""
    print(f"== {path.name} {' '.join(way)}".rstrip(), flush=True)
    done = subprocess.run([python, str(path), *way], text=True, stdout=subprocess.PIPE, check=False)
    print(done.stdout, end="", flush=True)
    lines = done.stdout.splitlines()
    last = [found for line in lines if (found := LAST.match(line))]
    return {
        "status": done.returncode,
        "kind": last[-1][1] if last else "",
        "value": last[-1][2] if last else "none",
        "machine": next((line for line in lines if "AVX-512" in line), ""),
        "peer": next((line for line in lines if line.startswith("peer ")), ""),
    }


def write_page(records: dict[str, dict[str, Record]]) -> None:
    """Write the table between the page's two marks; everything else of it stays."""
    text = PAGE.read_text("utf-8")
    head, tail = text.split(BEGIN)[0], text.split(END)[1]
    PAGE.write_text(f"{head}{BEGIN}\n{table(records)}\n{END}{tail}", "utf-8")


def table(records: dict[str, dict[str, Record]]) -> str:
    """Return what was measured as Markdown: a row a script, a column an interpreter."""
    columns = sorted({name for kept in records.values() for name in kept})
    rows = [f"| benchmark | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    rows += [
        f"| `{key}` | {' | '.join(told(kept.get(name)) for name in columns)} |"
        for key, kept in sorted(records.items())
    ]
    measured = [r for kept in records.values() for r in kept.values()]
    machines = sorted({r["machine"] for r in measured if r["machine"]})
    peers = sorted({r["peer"] for r in measured if r["peer"]})
    return "\n".join([*rows, "", *(f"- {line}" for line in [*machines, *peers])])


def told(record: Record | None) -> str:
    """Return a cell: what was measured, marked where the script's own target was missed."""
    if record is None:
        return ""
    return f"{record['kind']} {record['value']}" + (" (below target)" if record["status"] else "")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="interpreter of the scripts")
    parser.add_argument("--only", default="", help="part of the names of the scripts to run")
    parser.add_argument("--older", default="", help="root of an older checkout to compare with")
    asked = parser.parse_args()
    raise SystemExit(main(asked.python, asked.only, asked.older) > 0)
