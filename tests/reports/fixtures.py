"""Invented people for the pages: one a situation that a page must get right.

Nobody here is real, and no model is trained: estimates and reasons are set, so that each page's
numbers are known beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache, partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from predict.cohort import Cohort, read_cohort
from predict.cohort.labelling import label
from predict.definitions.outcomes import read_outcome
from predict.definitions.study import read_study
from predict.evaluation import Evaluation
from predict.explanation import Explanation
from predict.features import features_as_of
from predict.models.driver_groups import without_sign
from predict.models.recipe import Recipe
from predict.models.reliance import Finding, Judged, Reason, Reasons, RelianceProfile
from predict.models.reliance.estimates import EstimateProfile
from predict.reports import Report, report
from predict.scoring import Scored
from predict.simulation import simulate
from predict.simulation.examples import shipped

KEY = b"a key of the tests, not a secret"
MADE = "2026-03-21 09:14 UTC"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "<svg onload=alert(3)>",
    "</title></style></script>",
    "<!-- -->{{ 7*7 }}{% x %}",
    "javascript:alert(4)",
    "\u202eevil\u202c",
    "nul\x00byte",
    "=cmd()|A1",
    "L" * 300,
)
STUDY: dict[str, Any] = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline", "session_2", "round_one_end", "round_two_start", "round_two_end"],
    "rounds": {
        "one": {"start": "baseline", "end": "round_one_end"},
        "two": {"start": "round_two_start", "end": "round_two_end"},
    },
    "instruments": {
        "phq9": {"columns": "phq9_{item}_{visit}"},
        "gad7": {"columns": "gad7_{item}_{visit}"},
    },
    "people": {
        "age": {"kind": "number", "unit": "years", "range": [18, 110], "known_at": "baseline"},
        "sex": {"kind": "choice", "values": ["female", "male"], "known_at": "baseline"},
    },
    "treatment": {
        "name": "at-home ketamine programme",
        "comparison": False,
        "round_two": "chosen",
        "approval_note": "Ketamine is not FDA-approved for any psychiatric disorder.",
    },
}
TYPICAL_PHQ = (3, 3, 1, 2, 2, 3, 2, None, 1)
TYPICAL_GAD = (2, 2, 2, 2, 0, 2, 1)
# One round of one total, for pages of a model that nothing was learned for.
ONE_TOTAL: dict[str, Any] = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline", "end"],
    "rounds": {"one": {"start": "baseline", "end": "end"}},
    "instruments": {"hamd": {"total": "hamd_{visit}"}},
}


@dataclass(frozen=True)
class Person:
    """One invented person: answers by visit, and what the models say."""

    id: str
    phq: tuple[int | None, ...] = (2, 2, 1, 2, 2, 1, 2, 1, 0)
    gad: tuple[int | None, ...] = TYPICAL_GAD
    age: int | None = 41
    sex: str | None = "female"
    estimate: float = 0.44
    low: float = 0.36
    high: float = 0.52
    status: str = "scored"
    reasons: Reasons = ()
    later: dict[str, tuple[int | None, ...]] = field(default_factory=dict)


STOP = (Reason("value_outside", {"label": "Age"}),)
SOME = (Reason("missing_some", {"instrument": "PHQ-9", "size": 9}),)
MANY = (Reason("missing_too_many", {"instrument": "PHQ-9", "size": 9, "allowed": 2}),)
PEOPLE = (
    Person("MOCK-0042", TYPICAL_PHQ, age=58, reasons=SOME),
    Person("ZERO-1"),
    Person("ONE-1", (2, 2, 1, 2, 2, 1, 2, 1, 1), estimate=0.61, low=0.52, high=0.7),
    Person("THREE-1", (3, 3, 2, 2, 2, 3, 2, 1, 3), estimate=0.38, low=0.3, high=0.47),
    Person("UNANSWERED-1", (2, 2, 1, 2, 2, 1, 2, 1, None), estimate=0.5, low=0.4, high=0.6),
    Person("ABSTAIN-1", (2, 3, 1, 2, 2, 1, 2, 1, 1), age=79, status="no_estimate", reasons=STOP),
    Person("FIVE-1", (2, None, None, None, 2, None, None, 1, 0), status="no_estimate",
           reasons=MANY),
    Person("TWO-1", (2, None, 1, None, 2, 1, 2, 1, 0),
           reasons=SOME),
    Person("LOW-1", estimate=0.004, low=0.0, high=0.02),
    Person("HIGH-1", estimate=0.997, low=0.97, high=1.0),
    Person("BASE-1", estimate=0.56, low=0.48, high=0.64),
    Person("TOUCH-1", estimate=0.48, low=0.40, high=0.56),
    Person("ROUND-2", (2, 2, 2, 2, 2, 2, 2, 2, 1), estimate=0.57, low=0.48, high=0.66, later={
        "session_2": (2, 2, 1, 1, 2, 1, 1, 1, 0),
        "round_one_end": (1, 1, 1, 1, 1, 1, 1, 1, 0),
        "round_two_start": (1, 2, 1, 1, 1, 1, 1, 1, 1),
    }),
    Person("MISSED-1", (2, 2, 2, 2, 2, 2, 2, 2, 0), estimate=0.57, low=0.48, high=0.66, later={
        "round_one_end": (1, 1, 1, 1, 1, 1, 1, 1, 0),
    }),
    *(Person(f"H{i}{text}", reasons=(Reason("value_unusual", {"label": text}),))
      for i, text in enumerate(HOSTILE)),
)  # fmt: skip


def table(people: tuple[Person, ...] = PEOPLE) -> pd.DataFrame:
    """Return the people as a clinic's wide table of texts."""
    return pd.DataFrame([_row(person) for person in people])


def _row(person: Person) -> dict[str, str]:
    row = {"person": person.id, "age": _text(person.age), "sex": person.sex or ""}
    visits = {"baseline": person.phq, **person.later}
    for visit in STUDY["visits"]:
        for instrument, count in (("phq9", 9), ("gad7", 7)):
            answers = visits.get(visit, ()) if instrument == "phq9" else ()
            if instrument == "gad7" and visit in visits:
                answers = person.gad
            for item in range(count):
                value = answers[item] if item < len(answers) else None
                row[f"{instrument}_{item + 1}_{visit}"] = _text(value)
    return row


def _text(value: int | None) -> str:
    return "" if value is None else str(value)


# What happened to past people: as estimated, and no set is empty.
TURNED_OUT = EstimateProfile(
    people=(410,) * 101, rates=tuple(percent / 100 for percent in range(101)),
    yes_above=0.4, no_below=0.6, wrong_yes=0.1, wrong_no=0.09,
    marks={}, distances=(1.0, 2.0, 3.0), groups=(),
)  # fmt: skip


PROFILE = RelianceProfile("one", "baseline", 1240, {}, {}, (), {}, estimates=TURNED_OUT)


@dataclass(frozen=True)
class SetModel:
    """A model whose words are set: it has a question and columns, and learned nothing."""

    name: str
    study: Any
    outcome: Any
    round: str
    as_of: str
    columns: tuple[Any, ...]
    facts: dict[str, Any]
    blocks: tuple[str, ...] = ("items", "people")
    family: str = "boosted"
    interval: Any = None
    fitted: Any = field(default_factory=lambda: SimpleNamespace(recipe=Recipe(), params={}))
    standing: str = "better"
    withheld: bool = False
    show_unproven: str = ""
    reliance: Any = PROFILE

    @property
    def named_under(self) -> dict[str, str]:
        """Every column that may have a sign counts under its own name."""
        silent = without_sign(self.columns, self.study)
        return {column.name: column.name for column in self.columns if column.name not in silent}

    def features(self, cohort: Cohort) -> pd.DataFrame:
        frame = features_as_of(cohort, self.as_of, self.blocks).frame
        return frame[[column.name for column in self.columns]]

    def asks(self, cohort: Cohort, X: pd.DataFrame) -> np.ndarray:
        """Of everybody: nobody invented here is left out for a low start."""
        return np.ones(len(X), dtype=bool)

    def findings(self, X: pd.DataFrame, cohort: Cohort) -> tuple[Finding, ...]:
        """Nobody is left out for a low start, and nothing else is found in anybody's answers."""
        return (Finding("stop", Reason("below_floor"), ~self.asks(cohort, X)),)

    def judged(self, X: pd.DataFrame, *_: Any, **__: Any) -> Judged:
        """Nothing speaks against anybody: what does is set with the scores."""
        sound = pd.Series("ok", index=X.index, dtype="object")
        return Judged(sound, np.zeros(len(X), dtype="int64"), ((),))

    def probability(self, X: pd.DataFrame) -> np.ndarray:
        """A made-up slope on the sum of the answers, so that a filled-in answer moves it."""
        items = [column.name for column in self.columns if column.role == "item"]
        return 1 / (1 + np.exp(0.08 * (X[items].sum(axis=1).to_numpy() - 26)))


def set_model(
    study: Any, name: str, outcome: str, round: str, rate: float, probe: Any = None, **facts: Any
) -> SetModel:
    """Return a model of the invented study, or of the cohort given as `probe`."""
    as_of = study.rounds[round].start
    extra = {name: "" for name in study.people if name not in STUDY["people"]}
    probe = probe or read_cohort(dated_table(PEOPLE[:2]).assign(**extra), study)
    blocks = ("items", "people") if round == "one" else ("items", "people", "course")
    columns = features_as_of(probe, as_of, blocks).columns
    known = {
        "n": 1240, "events": round_(1240 * rate), "rate": rate, "left_out": {"no_end_score": 557},
        "made": "2025-06-30", "id": "3f9ac21e77b0", **facts,
    }  # fmt: skip
    return SetModel(name, study, read_outcome(outcome), round, as_of, columns, known, blocks)


def round_(value: float) -> int:
    return int(value + 0.5)


def scores(
    model: SetModel, cohort: Cohort, people: tuple[Person, ...], shift: float = 0.0
) -> pd.DataFrame:
    """Return the scores table of the set estimates, rejected rows included."""
    told = {person.id: person for person in people}
    rows = []
    for entry in cohort.rows.itertuples(index=False):
        person = told.get(entry.id) or next(
            p for p in people if entry.id in p.id or p.id in entry.id
        )
        rows.append(_score(model, cohort, entry, person, shift))
    return pd.DataFrame(rows)


def _score(
    model: SetModel, cohort: Cohort, entry: Any, person: Person, shift: float
) -> dict[str, Any]:
    facts = {"id": entry.id, "row": entry.row, "status": "rejected", "reliance": "", "flags": "",
             "reason": entry.code, "lowered_by": "", "raised_by": "",
             "probability": np.nan, "low": np.nan, "high": np.nan}  # fmt: skip
    if entry.status != "valid":
        return facts
    if not cohort.present(model.as_of).loc[entry.id]:
        return {**facts, "status": "no_estimate", "reliance": "stop",
                "reason": "round_not_begun; as a file says it"}  # fmt: skip
    if person.status != "scored":
        return {**facts, "status": "no_estimate", "reliance": "stop"}
    numbers = {k: float(np.clip(getattr(person, k) + shift, 0, 1)) for k in ("low", "high")}
    numbers["probability"] = float(np.clip(person.estimate + shift, 0.004, 0.997))
    level = "note" if person.reasons else "ok"
    return {**facts, "status": "scored", "reliance": level, **numbers}


def reasons(model: SetModel, cohort: Cohort, people: tuple[Person, ...]) -> dict[str, Reasons]:
    """Return the set reasons by id; a round that has not begun is one of its own."""
    there = cohort.present(model.as_of)
    told = {person.id: person for person in people}
    by_id = {}
    for name in cohort.ids:
        person = told.get(name) or next(p for p in people if name in p.id or p.id in name)
        waits = (Reason("round_not_begun", {"round": model.round}),)
        by_id[str(name)] = person.reasons if there.loc[name] else waits
    return by_id


def explanation(
    model: SetModel, cohort: Cohort, table_: pd.DataFrame, start: float = 0.56
) -> Explanation:
    """Return reasons that add up to the set estimates, largest for the first columns."""
    X = model.features(cohort)
    rng = np.random.default_rng(4)
    chances = table_.set_index("id")["probability"].reindex(X.index).fillna(start).to_numpy()
    wanted = np.log(chances / (1 - chances))
    begin = float(np.log(start / (1 - start)))
    raw = rng.normal(size=X.shape) * np.linspace(1.2, 0.05, X.shape[1]) * 0.3
    raw += ((wanted - begin - raw.sum(axis=1)) / X.shape[1])[:, None]
    frame = pd.DataFrame(raw, index=X.index, columns=X.columns)
    return Explanation(frame, begin, pd.Series(wanted, index=X.index), X, model.columns)


def evaluation(model: SetModel, n: int = 1240) -> Evaluation:
    """Return out-of-fold estimates of invented past people, calibrated by construction."""
    rng = np.random.default_rng(5)
    chance = rng.beta(6, 5, size=n)
    y = (rng.random(n) < chance).astype(float)
    frame = pd.DataFrame({
        "model": model.family, "repeat": 0, "fold": np.arange(n) % 5,
        "id": [f"past{i}" for i in range(n)], "y": y, "probability": chance,
    })  # fmt: skip
    gap = {"metric": "brier", "difference": -0.02, "low": -0.03, "high": -0.01, "state": "better"}
    verdict = {
        "model": model.family, "round": model.round, "as_of": model.as_of, "n": n,
        "events": int(y.sum()), "auroc": {"estimate": 0.7, "low": 0.66, "high": 0.74},
        "comparisons": {"severity": gap}, "sampling": {"cluster": None},
        "repeats": {"asked": 1, "made": 1},
    }  # fmt: skip
    nothing = {"metrics": [], "differences": [], "strata": [], "verdict": verdict}
    return replace(Evaluation.from_dict(nothing), predictions=frame)


def make_report(people: tuple[Person, ...] = PEOPLE, **choices: Any) -> Report:
    """Return the report on the invented people by three set models."""
    study = read_study({**STUDY, **choices.pop("study", {})})
    given = choices.pop("table", None)
    cohort = read_cohort(table(people) if given is None else given, study)
    settings = {"made": MADE, "key": KEY, "version": "0.9.0", **choices}
    if settings.pop("without_models", False):
        return report([], cohort, why_no_model="The model could not be loaded.", **settings)
    models = [model for model in _models(study) if settings.get("only") in (None, model.name)]
    settings.pop("only", None)
    renamed = settings.pop("renamed", "")
    as_of = settings.pop("as_of", "")
    models = [replace(m, name=renamed or m.name, as_of=as_of or m.as_of) for m in models]
    if settings.pop("people_first", False):
        models = [replace(model, columns=model.columns[::-1]) for model in models]
    shifts = {"phq9-r1 v1.4.0": 0.0}
    told = [scores(m, cohort, people, shifts.get(m.name, 0.03)) for m in models]
    for person, chance in settings.pop("planted", {}).items():
        for table_ in told:
            table_.loc[table_["id"] == person, ["probability", "low", "high"]] = chance
    explained = [explanation(m, cohort, t) for m, t in zip(models, told, strict=True)]
    judged = [evaluation(m) for m in models]
    rows = [
        Scored(t, partial(reasons, m, cohort, people)) for m, t in zip(models, told, strict=True)
    ]
    return report(
        models, cohort, scores=rows, explanations=explained, evaluation=judged, **settings
    )


def _models(study: Any) -> list[SetModel]:
    kinds = [
        ("phq9-r1 v1.4.0", "phq9_response", "one", 0.56, {}),
        ("phq9-r2 v1.4.0", "phq9_response", "two", 0.61,
         {"left_out": {"no_end_score": 30, "not_in_round": 2900}}),
        ("gad7-r1 v1.4.0", "gad7_response", "one", 0.57, {}),
    ]  # fmt: skip
    return [
        set_model(study, name, outcome, turn, rate, **facts)
        for name, outcome, turn, rate, facts in kinds
        if outcome.split("_")[0] in study.instruments
    ]


TODAY = "2026-03-21"
DATED: dict[str, Any] = {"dates": {"column": "seen_{visit}"}}
WINDOWED: dict[str, Any] = {
    "dates": {
        "column": "seen_{visit}",
        "windows": {
            "session_2": [7, 21],
            "round_one_end": [21, 42],
            "round_two_start": [28, 70],
            "round_two_end": [49, 120],
        },
    }
}
SINCE = {"baseline": 0, "session_2": 9, "round_one_end": 29, "round_two_start": 43,
         "round_two_end": 71}  # fmt: skip


def dated_table(people: tuple[Person, ...] = PEOPLE, start: str = "2026-02-03") -> pd.DataFrame:
    """Return the people with the day of each visit that they came to."""
    made = table(people)
    for visit in STUDY["visits"]:
        day = (pd.Timestamp(start) + pd.Timedelta(days=SINCE[visit])).strftime("%Y-%m-%d")
        came = [visit == "baseline" or visit in person.later for person in people]
        made[f"seen_{visit}"] = [day if here else "" for here in came]
    return made


def dated_report(
    people: tuple[Person, ...] = PEOPLE,
    *,
    windows: bool = True,
    start: str = "2026-02-03",
    **choices: Any,
) -> Report:
    """Return the report on the invented people, whose answers have days."""
    study = WINDOWED if windows else DATED
    told = {"today": TODAY, "table": dated_table(people, start), **choices}
    return make_report(people, study=study, **told)


LONG = "How far the person says that matters of the household, of work and of health weigh on them"
LONGEST: dict[str, Any] = {
    "people": {
        **STUDY["people"],
        **{
            f"matter_{n}": {
                "kind": "choice",
                "values": ["more heavily than at any time before that they can remember", "not"],
                "label": f"{LONG}, question {n} of 6",
                "known_at": "baseline",
            }
            for n in range(1, 7)
        },
    },
}


def longest_report(**choices: Any) -> Report:
    """Return the report on one person whose reasons have the longest labels and answers."""
    person = Person("LONGEST-" + "X" * 56, TYPICAL_PHQ, age=58)
    given = dated_table((person,))
    for n in range(1, 7):
        given[f"matter_{n}"] = LONGEST["people"]["matter_1"]["values"][0]
    return make_report((person,), study=LONGEST, table=given, people_first=True, **choices)


@cache
def known_people(people: int = 900, seed: int = 3) -> tuple[Cohort, pd.DataFrame]:
    """A simulated programme, and the answer of everybody to response in round one."""
    cohort = read_cohort(
        simulate("demo", people=people, seed=seed).table, shipped("demo_study.toml")
    )
    return cohort, label(cohort, "phq9_response", round="one")


def known_report(pages: int = 40, *, early: str = "", people: Any = None, **choices: Any) -> Report:
    """Return the report on simulated people whose estimates are the rates of a third of starts.

    With `early` a second model stands after session 2, judged so against the severity score.
    """
    cohort, labels = known_people()
    study = cohort.study
    models = [set_model(study, "known v1", "phq9_response", "one", 0.5, probe=cohort)]
    chances = [_chances(labels, labels["start"])]
    if early:
        after = cohort.total("phq9", "session_2")
        models.append(replace(models[0], name="early v1", as_of="session_2"))
        chances.append(_chances(labels, after / labels["start"]))
    told = [_known(m, cohort, labels, c) for m, c in zip(models, chances, strict=True)]
    judged = [one for _, one in told]
    if early:
        verdict = {**judged[1].verdict, "comparisons": {"severity": {"state": early}}}
        judged[1] = replace(judged[1], verdict=type(judged[1].verdict)(verdict))
    open_ = labels.index[labels["why"] == "no_end_score"][:pages]
    return report(
        models, cohort, scores=[one for one, _ in told],
        explanations=[
            explanation(m, cohort, one.frame) for m, (one, _) in zip(models, told, strict=True)
        ],
        evaluation=judged, pages=list(map(str, open_ if people is None else people)),
        made=MADE, key=KEY, version="0.9.0", **choices,
    )  # fmt: skip


def _known(
    model: SetModel, cohort: Cohort, labels: pd.DataFrame, chance: pd.Series
) -> tuple[Scored, Evaluation]:
    """Everybody's set estimate as scores, and out of fold for those whose outcome is known."""
    frame = pd.DataFrame({
        "id": cohort.rows["id"], "row": cohort.rows["row"], "status": "scored", "reliance": "ok",
        "flags": "", "reason": "", "lowered_by": "", "raised_by": "",
    })  # fmt: skip
    own = chance.reindex(frame["id"]).to_numpy()
    frame = frame.assign(probability=own, low=own - 0.08, high=own + 0.08)
    frame.loc[frame["probability"].isna(), ["status", "reliance"]] = ["no_estimate", "stop"]
    known = labels[labels["answer"].isin(["yes", "no"]) & chance.notna()]
    seen = pd.DataFrame({
        "model": model.family, "repeat": 0, "fold": 0, "id": known.index,
        "y": (known["answer"] == "yes").astype(float), "probability": chance.reindex(known.index),
    })  # fmt: skip
    nothing: dict[str, Reasons] = {str(i): () for i in cohort.ids}
    judged = replace(evaluation(model), predictions=seen.reset_index(drop=True))
    return Scored(frame, lambda: nothing), judged


def _chances(labels: pd.DataFrame, by: pd.Series) -> pd.Series:
    """The rate of everybody in the same third of a score, moved by at most two points."""
    thirds = pd.qcut(by, 3, labels=False, duplicates="drop")
    y = (labels["answer"] == "yes").where(labels["answer"].isin(["yes", "no"]))
    rates = y.astype("float64").groupby(thirds).mean()
    rng = np.random.default_rng(6)
    return (thirds.map(rates) + rng.uniform(-0.02, 0.02, size=len(labels))).clip(0.02, 0.98)
