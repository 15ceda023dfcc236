"""An experiment file, checked: the question, the recipe and how it is judged."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from predict.definitions.outcomes import Outcome, outcome_names, read_outcome
from predict.definitions.study import RoundName, Study, read_study
from predict.definitions.study.keys import EXPERIMENT_ALONE, STUDY_ALONE
from predict.errors import ExperimentError, Problem, StudyError, did_you_mean
from predict.evaluation import Plan
from predict.features import BLOCKS
from predict.features.training_set import DEFAULT_BLOCKS, default_as_of
from predict.models.bootstrap import times_fault
from predict.models.recipe import PATH, Recipe
from predict.models.training import REFITS
from predict.pipeline.values import study_problems, value_problems

_KEYS: dict[str, dict[str, Any]] = {
    "": {
        "name": str,
        "study": (str, dict),
        "outcome": (str, dict),
        "round": str,
        "as_of": str,
        "blocks": list,
        "columns": list,
        "accept": list,
        "mute": dict,
        "reasons": str,
        "seed": int,
        "recipe": dict,
        "evaluation": dict,
        "reliance": dict,
        "statements": dict,
    },
    "recipe": {"family": str, "trials": int, "calibration": str, "params": dict},
    "evaluation": {
        "outer": int,
        "inner": int,
        "repeats": int,
        "group": str,
        "families": list,
        "resamples": int,
        "refits": int,
        "thresholds": list,
        "clinical_range": list,
        "smallest_difference": (int, float),
        "schemes": list,
        "subgroups": list,
        "gate": str,
        "site_names": bool,
    },
}
_NUMBERS = ("outer", "repeats", "resamples", "smallest_difference")
# Where the file keeps what a recipe owns.
_PLACES = {
    "recipe.inner": "evaluation.inner",
    "recipe.seed": "seed",
    "recipe.reasons": "reasons",
}


@dataclass(frozen=True)
class Experiment:
    """One question and the recipe for its answer.

    Parameters
    ----------
    name : str
        Taken from the file's name where the file gives none.
    study : Study
    outcome : Outcome
    round : str
        ``one`` or ``two``.
    as_of : str
        Visit at which the model predicts.
    blocks, columns, accept : tuple of str
        Feature blocks, people columns asked for by name, and suspicious columns accepted.
    recipe : Recipe
    plan : Plan
    refits : int
        Resamples on which the model is learned again, for intervals and the drivers' stability; 0
        leaves both out.
    mute : mapping of check code -> reason
        Checks that were looked at and set aside.
    reliance : mapping
        Thresholds for when an estimate must not be shown; empty for the defaults.
    source : mapping
        The file as it was given.
    """

    name: str
    study: Study
    outcome: Outcome
    round: RoundName
    as_of: str
    blocks: tuple[str, ...]
    columns: tuple[str, ...]
    accept: tuple[str, ...]
    recipe: Recipe
    plan: Plan
    refits: int = REFITS
    mute: Mapping[str, str] = field(default_factory=dict)
    reliance: Mapping[str, Any] = field(default_factory=dict)
    source: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def flat(self) -> dict[str, Any]:
        """Return the question, recipe and plan as one level of plain values, for tracking."""
        return {
            "outcome": self.outcome.name,
            "round": self.round,
            "as_of": self.as_of,
            "blocks": ",".join(self.blocks),
            "columns": ",".join(self.columns),
            **flat_settings(self.recipe, self.plan),
        }

    def question(self) -> dict[str, Any]:
        """Return the arguments of `assemble` that ask this question."""
        return {
            "outcome": self.outcome,
            "round": self.round,
            "as_of": self.as_of,
            "blocks": self.blocks,
            "columns": self.columns,
            "accept": self.accept,
        }


def flat_settings(recipe: Recipe | None, plan: Plan | None) -> dict[str, Any]:
    """Return a recipe and a plan as one level of plain values.

    Examples
    --------
    >>> flat_settings(Recipe("linear"), None)["recipe.family"]
    'linear'
    """
    learned = recipe.to_dict() if recipe else {}
    judged = asdict(plan) if plan else {}
    return {
        **{f"recipe.{key}": value for key, value in learned.items()},
        **{f"evaluation.{key}": value for key, value in judged.items()},
    }


def read_experiment(source: Path | str | Mapping[str, Any], *, threads: int = 1) -> Experiment:
    """Return an experiment from its TOML file or a mapping, after checking all of it.

    Parameters
    ----------
    source : path or mapping
        A study named in it is found beside the file.
    threads : int
        Threads to use; no number depends on it.

    Raises
    ------
    ExperimentError
        With every fault at once; unknown keys come with a suggestion.
    StudyError
        When the study itself is at fault.
    """
    spec, folder, name = _load(source)
    problems = [*_key_problems(spec), *_name_problems(spec), *_refits_problem(spec)]
    problems += _untold(value_problems(spec), problems)
    problems += _untold(_refusals(_without(spec, {p.column for p in problems})), problems)
    study, faults = _study(spec, folder, alone=not problems)
    problems += [*faults, *(study_problems(spec, study) if study else ())]
    if problems or study is None:
        count = f"{len(problems)} fault{'s' if len(problems) != 1 else ''}"
        raise ExperimentError(
            f"{count} in the experiment. Mend them all and run it again.",
            code="EXPERIMENT_INVALID",
            problems=problems,
        )
    return _experiment(spec, study, str(spec.get("name", name)), threads)


def _load(source: Path | str | Mapping[str, Any]) -> tuple[Mapping[str, Any], Path, str]:
    if isinstance(source, Mapping):
        return source, Path(), "experiment"
    path = Path(source)
    try:
        spec = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ExperimentError(
            f"There is no experiment file {path.name}. `predict example help DIR` writes one to "
            "start from.",
            code="EXPERIMENT_NOT_FOUND",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ExperimentError(
            f"{path.name} is not valid TOML: {error}. Correct the line it names.",
            code="EXPERIMENT_NOT_TOML",
        ) from error
    _refuse_study(spec, path.name)
    return spec, path.parent, path.stem


def _refuse_study(spec: Mapping[str, Any], name: str) -> None:
    """Stop where a study comes in an experiment's place, before each of its keys is objected to."""
    if STUDY_ALONE & set(spec) and not EXPERIMENT_ALONE & set(spec):
        raise ExperimentError(
            f"{name} is a study, and an experiment is wanted: a file that names it and what is "
            f'asked, study = "{name}" and outcome = "...", as docs/experiments.md shows.',
            code="EXPERIMENT_IS_STUDY",
        )


def _key_problems(spec: Mapping[str, Any]) -> list[Problem]:
    problems = [
        Problem("KEY_MISSING", f"'{key}' is missing; name it as the examples do.", column=key)
        for key in ("study", "outcome")
        if key not in spec
    ]
    for section, types in _KEYS.items():
        part = spec if not section else spec.get(section, {})
        for key, value in part.items() if isinstance(part, Mapping) else ():
            problems += _one_key(f"{section}.{key}".strip("."), key, value, types)
    return problems


def _one_key(path: str, key: str, value: Any, types: Mapping[str, Any]) -> list[Problem]:
    if key not in types:
        hint = _elsewhere(key) or did_you_mean(key, types)
        return [Problem("KEY_UNKNOWN", f"'{path}' is not a key here.{hint}", column=path)]
    expected = types[key]
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is int):
        names = expected if isinstance(expected, tuple) else (expected,)
        words = " or ".join(kind.__name__ for kind in names)
        got = type(value).__name__
        return [Problem("KEY_TYPE", f"'{path}' should be {words}, got {got}.", column=path)]
    return []


def _elsewhere(key: str) -> str:
    """Where a key belongs that stands in the wrong table of the file."""
    for section, types in _KEYS.items():
        if key in types:
            return f" It belongs under [{section}]." if section else " It belongs above all tables."
    return ""


def _name_problems(spec: Mapping[str, Any]) -> list[Problem]:
    choices = [
        ("block", spec.get("blocks", ()), tuple(BLOCKS)),
        ("outcome", _listed(spec.get("outcome")), outcome_names()),
    ]
    return [
        Problem(
            "NAME_UNKNOWN",
            f"No {kind} named '{name}'.{did_you_mean(str(name), names)} Known: {', '.join(names)}.",
            column=kind,
        )
        for kind, given, names in choices
        for name in (given if isinstance(given, (list, tuple)) else ())
        if name not in names
    ]


def _without(spec: Mapping[str, Any], keys: set[str]) -> dict[str, Any]:
    """Return the experiment without keys that are known to be wrong, to look at the others."""
    rest = {key: value for key, value in spec.items() if key not in keys}
    for section in ("recipe", "evaluation"):
        part = _part(spec, section)
        rest[section] = {k: v for k, v in part.items() if f"{section}.{k}" not in keys}
    return rest


def _untold(problems: Iterable[Problem], earlier: Sequence[Problem]) -> list[Problem]:
    columns = {problem.column for problem in earlier}
    return [problem for problem in problems if problem.column not in columns]


def _refusals(spec: Mapping[str, Any]) -> list[Problem]:
    """Return what recipe and plan refuse themselves, under the keys that the file has for them."""
    problems: list[Problem] = []
    for build in (_recipe, _plan):
        try:
            build(spec)
        except ExperimentError as error:
            problems += [replace(p, column=_PLACES.get(p.column, p.column)) for p in error.problems]
    return problems


def _recipe(spec: Mapping[str, Any], threads: int = 1) -> Recipe:
    given = dict(_part(spec, "recipe"))
    inner = _part(spec, "evaluation").get("inner", Recipe.inner)
    shared = {"inner": inner, "seed": spec.get("seed", 1), "reasons": spec.get("reasons", PATH)}
    return Recipe(**{**given, **shared}, threads=threads)


def _plan(spec: Mapping[str, Any]) -> Plan:
    judged = _part(spec, "evaluation")
    lists = ("thresholds", "clinical_range", "schemes", "subgroups", "families")
    given: dict[str, Any] = {k: tuple(judged[k]) for k in lists if k in judged}
    given |= {k: judged[k] for k in _NUMBERS if k in judged}
    return Plan(**given)


def _refits_problem(spec: Mapping[str, Any]) -> list[Problem]:
    times = _part(spec, "evaluation").get("refits", REFITS)
    fault = times_fault(times) if isinstance(times, int) else ""
    return [Problem("REFITS_WRONG", fault, column="evaluation.refits")] if fault else []


def _part(spec: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    part = spec.get(section, {})
    return part if isinstance(part, Mapping) else {}


def _listed(value: Any) -> list[Any]:
    return [value] if isinstance(value, str) else []


def _study(
    spec: Mapping[str, Any], folder: Path, *, alone: bool
) -> tuple[Study | None, list[Problem]]:
    """The study, with the groups that the experiment asks for as its cluster, and faults of both.

    A study that is at fault stops alone where the experiment is not.
    """
    named = spec.get("study")
    if not isinstance(named, str | Mapping):
        return None, []
    try:
        study = read_study(named if isinstance(named, Mapping) else folder / named)
    except StudyError as error:
        if alone:
            raise
        return None, list(error.problems) or [Problem(error.code, str(error), column="study")]
    group = _part(spec, "evaluation").get("group")
    if not isinstance(group, str) or group == study.cluster:
        return study, []
    if group not in study.people and group != study.site:
        message = f"evaluation.group = '{group}' is no column of the study. Name it under [people],"
        message = f"{message} or as the study's cluster."
        return study, [Problem("GROUP_UNKNOWN", message, column="evaluation.group")]
    return replace(study, cluster=group), []


def _experiment(spec: Mapping[str, Any], study: Study, name: str, threads: int) -> Experiment:
    round_name = str(spec.get("round", "one"))
    return Experiment(
        name=name,
        study=study,
        outcome=read_outcome(spec["outcome"], study.own_instruments),
        round=cast("RoundName", round_name),  # its names were checked
        as_of=str(spec.get("as_of") or default_as_of(study, round_name)),
        blocks=tuple(spec.get("blocks", DEFAULT_BLOCKS)),
        columns=tuple(spec.get("columns", ())),
        accept=tuple(spec.get("accept", ())),
        recipe=_recipe(spec, threads),
        plan=_plan(spec),
        refits=int(_part(spec, "evaluation").get("refits", REFITS)),
        mute=dict(spec.get("mute", {})),
        reliance=dict(spec.get("reliance", {})),
        source=spec,
    )
