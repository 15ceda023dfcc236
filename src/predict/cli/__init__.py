"""The command line: one thin verb a file, named in one dict, loaded when it is called.

A verb parses, calls one function, writes, exits. Results go to files or to standard output, talk to
standard error. Errors of the package become one message and their own exit status.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from types import FrameType
from typing import IO, Annotated, NoReturn

import typer

VERBS: dict[str, str] = {
    "demo": "demo:demo",
    "example": "example:example",
    "simulate": "simulate:simulate",
    "list": "list:list_names",
    "init": "init:init",
    "check": "check:check",
    "label": "label:label",
    "assemble": "assemble:assemble",
    "run": "run:run",
    "train": "train:train",
    "evaluate": "evaluate:evaluate",
    "validate": "validate:validate",
    "score": "score:score",
    "explain": "explain:explain",
    "report": "report:report",
    "expect": "expect:expect",
    "analyse": "analyse:app",
    "verify": "verify:verify",
    "registry": "registry:app",
    "monitor": "monitor:monitor",
    "forget": "forget:forget",
    "serve": "serve:serve",
    "doctor": "doctor:doctor",
}

# So many are made before Python looks for cycles among them: what a command loads lives until its
# end, and looking through it every 700 objects is a tenth of scoring one person.
OBJECTS = 50_000

app = typer.Typer(
    name="predict",
    help="Predict, honestly, who responds to a mental-health treatment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(asked: bool) -> None:
    if asked:
        from predict.files import installed_version

        print(f"predict {installed_version()}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="And exit.")
    ] = False,
) -> None:
    """Predict, honestly, who responds to a mental-health treatment."""


def _register(words: Sequence[str]) -> None:
    """Load the verb that was asked for; all of them where help or a typing error needs the list."""
    verbs = [word for word in words if word in VERBS][:1]
    for verb, place in VERBS.items():
        if verbs and verb not in verbs:
            continue
        module, name = place.split(":")
        command = getattr(import_module(f"predict.cli.{module}"), name)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=verb)
        else:
            app.command(verb)(command)


def _stopped(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def main() -> None:
    """Run the command line and leave with the documented exit status."""
    gc.set_threshold(OBJECTS)
    # scikit-learn's word about an inner step of the elastic net, whose outer steps are looked at.
    warnings.filterwarnings("ignore", message="Objective did not converge")
    try:
        _answered()
    finally:
        gc.freeze()  # A last look for cycles on the way out would be a sixth of scoring one person.


def _answered() -> None:
    """Do what was asked; an error becomes a message and a status."""
    from predict.errors import OutputError, PredictError

    signal.signal(signal.SIGTERM, _stopped)
    _register(sys.argv[1:])
    try:
        _run()
    except PredictError as error:
        _last_words(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read us has left; nothing more can be said, and nothing is wrong here.
        _to_nowhere(sys.stdout)
        sys.exit(0)
    except OSError as error:
        # Mostly of a disk, a name or rights: nothing that a report to us would mend.
        _last_words(_of_the_system(error))
        sys.exit(OutputError.exit_code)
    except Exception as error:
        if os.environ.get("PREDICT_TRACEBACK") == "1":
            raise
        _last_words(_place_of(error))
        sys.exit(1)


def _run() -> None:
    """Run the verb; what it has printed must have been taken before its status counts."""
    try:
        app()
    except SystemExit:
        if sys.stdout is not None:
            try:
                sys.stdout.flush()
            except OSError:
                _to_nowhere(sys.stdout)
                raise
        raise


def _last_words(words: str) -> None:
    try:
        print(words, file=sys.stderr, flush=True)
    except OSError:  # the status alone can still tell
        _to_nowhere(sys.stderr)


def _to_nowhere(stream: IO[str]) -> None:
    """Let a stream that cannot be written to any more go nowhere: Python flushes it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _of_the_system(error: OSError) -> str:
    """Say what the system refused, without the path."""
    reason = error.strerror or type(error).__name__
    return (
        f"SYSTEM_REFUSED: The system refused a file or a stream: {reason}. Check the paths that "
        "were given, their rights, and the free space."
    )


def _place_of(error: Exception) -> str:
    """Say where a fault of our own happened, without its words: they may hold an answer."""
    from traceback import extract_tb

    here = next(f for f in reversed(extract_tb(error.__traceback__)) if "predict" in f.filename)
    name = here.filename.rpartition("predict/")[2]
    return (
        f"{type(error).__name__} in {name}, line {here.lineno}: a fault of this program. Please "
        "report this line and the version. PREDICT_TRACEBACK=1 shows everything, answers included."
    )
