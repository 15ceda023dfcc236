"""A process that has imported what the verbs need, and calls each in a fork of its own.

Run with a folder that holds the ban of sockets on its path: the ban is set before anything is
imported, here and in every process that a verb starts. A line of JSON on standard input names the
words, the folder to stand in and the files for what is said; the exit status comes back. The one
argument is the folder of the experiments that `predict demo` runs.
"""

from __future__ import annotations

import atexit
import json
import os
import runpy
import sys
import threading
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

from predict.simulation import examples

# Loaded once for all verbs; each still imports what else it asks for. Of these none may open a
# socket either: MLflow, whose libraries look for IPv6 when they are imported, is not among them.
HEAVY = (
    "jinja2", "numpy", "pandas", "predict.cli", "predict.pipeline.run",
    "predict.reports.report", "predict.scoring.single", "pyarrow.parquet", "scipy.stats",
    "sklearn.linear_model", "typer.core", "xgboost",
)  # fmt: skip


def call(asked: dict[str, Any]) -> None:
    """Become the command line, as `python -m predict` is."""
    os.chdir(asked["folder"])
    for stream, file in ((1, asked["out"]), (2, asked["err"])):
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(handle, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.update(asked["env"])
    folder, sys.argv = Path(sys.argv[1]), ["predict", *asked["words"]]
    if "demo" in asked["words"][:1]:
        examples.shipped = lambda file: folder / file
    runpy.run_module("predict", run_name="__main__", alter_sys=True)


def ended(asked: dict[str, Any]) -> int:
    """Return the exit status of a command, all of its threads and last steps done.

    What is left of an interpreter's end, taking a heap of libraries apart, costs more than a verb.
    """
    try:
        call(asked)
        status = 0
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:
        traceback.print_exc()
        status = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def main() -> None:
    """Answer until standard input ends."""
    for name in HEAVY:
        import_module(name)
    while line := sys.stdin.readline():
        child = os.fork()
        if child == 0:
            os._exit(ended(json.loads(line)))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
