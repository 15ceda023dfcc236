"""What a message tells people to type exists: verb, options and names, and it runs."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer

import predict as pr
from predict.cli import VERBS, _register, app
from predict.cohort.formats import named_format
from predict.definitions.instruments import load_instrument
from predict.definitions.outcomes import read_outcome
from predict.definitions.programmes import load_programme
from predict.definitions.wording import load_catalogue
from predict.errors import LISTED, PredictError, unknown_name
from predict.features import features_as_of
from predict.files import write_csv
from predict.operations.history import append, following
from predict.operations.registry import open_registry
from predict.pipeline.lists import LISTS
from predict.simulation import simulate

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "predict"
COMMAND = re.compile(r"`predict ([^`]+)`")
# What stands in a message for something that people fill in.
PLACES = {
    "MODEL": str(ROOT / "models" / "example"),
    "TABLE": str(ROOT / "models" / "ten_people.csv"),
    "EXPERIMENT": str(ROOT / "experiments" / "demo_round_one.toml"),
    "PROGRAMME": "hull-2022",
    "PATH": str(ROOT / "models" / "example"),
}
WRITTEN = {"OUT", "DIR", "FILE"}
# What a message leaves to `--help`.
COMPLETED = {"verify --sign": "verify SIGNED --sign --key KEY"} | {
    f"analyse {what}": f"analyse {what} TABLE --study STUDY --out DIR"
    for what in ("attrition", "courses", "network", "outcomes")
}
# Few draws: only that the command runs is asked here.
COMPLETED["analyse courses"] += " --instrument phq9 --classes 2 --starts 5 --resamples 10"
COMPLETED["analyse network"] += " --instrument gad7 --resamples 50 --permutations 0"
BY = "--who ops --why test"
COMPLETED |= {
    "registry add FOLDER MODEL": f"registry add DIR MODEL {BY}",
    "registry list FOLDER": "registry list REGISTRY",
    "score registry:FOLDER": "score IN_USE TABLE -o OUT",
    "serve MODEL": "serve MODEL --check --token-file KEY",
}
MANY = {"evaluate", "validate", "analyse", "verify"}
EXPERIMENT = """
study = "{study}"
outcome = "phq9_response"
round = "one"
as_of = "baseline"
blocks = ["scales"]

[recipe]
family = "linear"
trials = 1

[evaluation]
outer = 2
inner = 2
repeats = 1
resamples = 20
"""


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "{}"


def _strings(path: Path) -> Iterator[str]:
    if path.suffix != ".py":
        yield path.read_text("utf-8")
        return
    tree = ast.parse(path.read_text("utf-8"))
    whole = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    parts = {id(part) for node in whole for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr | ast.Constant) and id(node) not in parts:
            yield _text(node)


def _commands() -> list[str]:
    kinds = (".py", ".toml", ".html", ".js", ".md")
    files = [p for p in sorted(SOURCE.rglob("*")) if p.suffix in kinds]
    found = {c for path in files for text in _strings(path) for c in COMMAND.findall(text)}
    # One hole is filled in from a table, whose entries are looked at one by one below.
    return sorted(found - {"list {}", "analyse ..."})


COMMANDS = _commands()


def _verb(name: str) -> Any:
    _register([name])
    group: Any = typer.main.get_command(app)
    return group.commands[name]


def check(command: str) -> None:
    """Fail where a command names a verb, an option or an entry that does not exist."""
    name, *words = shlex.split(command)
    assert name in VERBS, f"no verb '{name}'"
    found = _verb(name)
    if words and hasattr(found, "commands"):
        assert words[0] in found.commands, f"'{name}' has no '{words[0]}'"
        found, words = found.commands[words[0]], words[1:]
    options = {o for p in found.params if p.param_type_name == "option" for o in p.opts}
    places = [p for p in found.params if p.param_type_name == "argument"]
    unknown = {word for word in words if word.startswith("-")} - options
    assert not unknown, f"'{name}' has no {unknown}"
    if name == "list" and words:
        assert words[0] in LISTS, f"no list '{words[0]}'"
    assert not words or words[0].startswith("-") or places, f"'{name}' takes no '{words[0]}'"


def test_messages_name_commands():
    assert {"list checks", "check", "example help DIR", "doctor"} <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_in_a_message_exists(command: str):
    check(command)


@pytest.mark.parametrize(
    "planted", ["list familys", "lits checks", "verify --sing", "analyse attritions"]
)
def test_a_planted_command_that_does_not_exist_is_found(planted: str):
    with pytest.raises(AssertionError):
        check(planted)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """PLACES where ten people are too few: 150 simulated ones, judged by a linear model only."""
    folder = tmp_path_factory.mktemp("remedies")
    write_csv(simulate("demo", people=150, seed=1).table, folder / "table.csv")
    study = ROOT / "experiments" / "demo_study.toml"
    (folder / "experiment.toml").write_text(EXPERIMENT.format(study=study), "utf-8")
    (folder / "key").write_bytes(bytes(range(32)))
    (folder / "key").chmod(0o600)
    shutil.copytree(PLACES["MODEL"], folder / "model")
    _registry(folder / "registry")
    names = {"TABLE": "table.csv", "EXPERIMENT": "experiment.toml", "KEY": "key", "SIGNED": "model"}
    own = {"STUDY": str(study), "IN_USE": f"registry:{folder / 'registry'}"}
    own["REGISTRY"] = str(folder / "registry")
    return PLACES | own | {k: str(folder / v) for k, v in names.items()}


def _registry(folder: Path) -> None:
    """A registry whose one version is in use, as if it had been judged and promoted."""
    by = {"who": "ops", "why": "test"}
    history = open_registry(folder, create=True).add(PLACES["MODEL"], **by).history
    facts = {"version": 1}
    entry = following(history, at=history[0].at, **by, action="promote", facts=facts)
    append(folder / "history", entry)


def _run(command: str, places: dict[str, str], folder: Path) -> object:
    name, *words = shlex.split(command)
    filled = [str(folder / w.lower()) if w in WRITTEN else places.get(w, w) for w in words]
    return _verb(name).main(filled, prog_name=name, standalone_mode=False)


@pytest.mark.parametrize("command", [c for c in COMMANDS if len(c.split()) > 1])
def test_a_command_in_a_message_runs(command: str, places: dict[str, str], tmp_path: Path):
    few = places if command.split()[0] in MANY else places | PLACES
    assert _run(COMPLETED.get(command, command), few, tmp_path) is None


@pytest.mark.parametrize("kind", LISTED)
def test_whoever_names_what_does_not_exist_is_sent_to_a_list_that_does(kind: str):
    command = COMMAND.findall(unknown_name(kind, "nothing", ["something"]))
    assert command == [f"list {LISTED[kind]}"]
    check(command[0])


def test_every_list_has_the_word_for_one_entry():
    assert set(LISTED.values()) == set(LISTS)


# Doors at which a name of each listed kind may be mistyped; an own name is no entry of a list.
MISTYPED: dict[str, Callable[[], object]] = {
    "family": lambda: pr.Recipe(family="bst"),
    "family of a plan": lambda: pr.Plan(families=("linaer",)),
    "family of numbers": lambda: pr.Preprocessor("linaer").fit(pd.DataFrame({"x": [1.0, 2.0]})),
    "block": lambda: features_as_of(None, "baseline", ["itms"]),
    "outcome": lambda: read_outcome("phq9_respons"),
    "instrument": lambda: load_instrument("phq"),
    "instrument of an outcome": lambda: read_outcome({"instrument": "phq", "rule": "response"}),
    "instrument beside one's own": lambda: read_outcome(
        {"instrument": "moood", "rule": "response"}, {"mood": load_instrument("phq9")}
    ),
    "format": lambda: named_format("cvs"),
    "programme": lambda: load_programme("dmo"),
    "language": lambda: load_catalogue("xx"),
}


@pytest.mark.parametrize("door", MISTYPED)
def test_a_message_says_as_many_names_as_the_list_shows(door: str):
    with pytest.raises(PredictError) as told:
        MISTYPED[door]()
    said = re.search(r"`predict list (\w+)` shows all (\d+)", str(told.value))
    assert said
    assert int(said[2]) == len(LISTS[said[1]]())


def test_what_may_be_named_and_is_in_no_list_is_told():
    with pytest.raises(PredictError, match=r"Did you mean 'best'.* all 6; also known: best"):
        MISTYPED["family"]()
    with pytest.raises(PredictError, match=r"Did you mean 'mood'.*; also known: mood"):
        MISTYPED["instrument beside one's own"]()
