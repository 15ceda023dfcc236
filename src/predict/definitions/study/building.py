"""A checked study value from the mapping that a study file holds."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from predict.definitions.instruments import Instrument
from predict.definitions.study.checking import study_problems
from predict.definitions.study.instrument_faults import OWN_WORDS, by_visit, declared, missing_codes
from predict.definitions.study.names import fill
from predict.definitions.study.study import (
    Dates,
    Dialect,
    Gate,
    MeasureColumns,
    PersonColumn,
    Round,
    Study,
    Treatment,
)
from predict.errors import Problem, StudyError

Spec = Mapping[str, Any]
_DIALECT = tuple(field.name for field in fields(Dialect) if field.name != "reads")


def study_from(spec: Spec) -> Study:
    """Return the study of a mapping; see `predict.definitions.study.read_study`."""
    _stop(list(study_problems(spec)))
    study = _built(spec)
    _stop(list(column_clashes(study)))
    return study


def _stop(problems: list[Problem]) -> None:
    if problems:
        count = f"{len(problems)} fault{'s' if len(problems) > 1 else ''}"
        raise StudyError(f"The study has {count}.", code="STUDY", problems=problems)


def column_clashes(study: Study) -> Iterator[Problem]:
    """Yield a fault for each column of a wide table that is said to be known at two visits."""
    seen: dict[str, str] = {}
    for column, visit in _known(study) if study.layout == "wide" else ():
        if seen.setdefault(column, visit) != visit:
            message = f"Column '{column}' is said to be known at '{seen[column]}' and at '{visit}';"
            message = f"{message} one of them would leak. Correct the study."
            yield Problem("COLUMN_TWO_VISITS", message, column=column)


def _known(study: Study) -> Iterator[tuple[str, str]]:
    """Each column with the visit at which the study says it is known."""
    for measure in study.instruments.values():
        for visit in measure.visits:
            for columns in (measure.items.get(visit, {}), measure.totals.get(visit, {})):
                yield from ((column, visit) for column in columns.values())
            if visit in measure.person_totals:
                yield measure.person_totals[visit], visit
    for person in study.people.values():
        if person.table == "main":
            yield person.column, person.known_at
        if person.born:
            yield person.born, person.known_at


def _built(spec: Spec) -> Study:
    visits = tuple(spec["visits"])
    return Study(
        id=spec["id"],
        layout=spec["layout"],
        visits=visits,
        rounds=_rounds(spec),
        instruments={
            name: _measure(declared(name, entry), entry, visits, long=spec["layout"] == "long")
            for name, entry in spec["instruments"].items()
        },
        people={name: _person(name, e, visits) for name, e in spec.get("people", {}).items()},
        visit=spec.get("visit", ""),
        visit_values=dict(spec.get("visit_values", {})),
        derived=spec.get("derived", ""),
        ignored_visits=tuple(map(str, spec.get("ignored_visits", ()))),
        missing_codes=tuple(missing_codes(spec)),
        cluster=spec.get("cluster"),
        site=spec.get("site"),
        time=spec.get("time"),
        dates=_dates(spec.get("dates", {})),
        people_table=spec.get("people_table", ""),
        people_id=spec.get("people_id", spec["id"]),
        duplicates=spec.get("duplicates", "refuse"),
        dialect=Dialect(**{key: spec[key] for key in _DIALECT if key in spec}),
        programme=spec.get("programme"),
        treatment=Treatment(**spec.get("treatment", {})),
        attribution=spec.get("attribution", ""),
        simulated=spec.get("simulated", False) is True,
        spec=copy.deepcopy(dict(spec)),
    )


def _rounds(spec: Spec) -> dict[str, Round]:
    """Rounds; round two starts where round one ended unless the study names its start."""
    first_end = spec["rounds"].get("one", {}).get("end", "")
    return {
        name: Round(
            name=name,
            start=entry.get("start", first_end),
            end=entry["end"],
            taken=entry.get("taken"),
            own_start="start" in entry,
        )
        for name, entry in spec["rounds"].items()
    }


def _measure(
    instrument: Instrument, entry: Spec, visits: tuple[str, ...], *, long: bool
) -> MeasureColumns:
    asked = tuple(entry.get("visits", visits))
    names = {visit: entry.get("visit_names", {}).get(visit, visit) for visit in asked}
    patterns = _item_patterns(instrument, entry)
    items = {visit: _filled(patterns, entry, names[visit]) for visit in asked} if patterns else {}
    return MeasureColumns(
        instrument=instrument,
        items=items,
        totals=_totals(entry, names),
        coding_low=_everywhere(entry, "coding_low", instrument.answer_range[0]),
        **_words(_everywhere(entry, "answers", {})),
        person_totals=dict(entry.get("person_total", {})),
        codings=_codings(entry),
        total_alone=_total_alone(entry, asked),
        gate=_gate(instrument, entry),
        round=entry.get("round", ""),
        item_words={
            str(item): _words(stated)["words"]
            for item, stated in entry.get("item_answers", {}).items()
        },
    )


def _total_alone(entry: Spec, asked: tuple[str, ...]) -> tuple[str, ...]:
    """Visits at which totals stand alone by declaration."""
    stated = entry.get("total_alone", False)
    by_visit = stated if isinstance(stated, Mapping) else dict.fromkeys(asked, stated)
    return tuple(visit for visit, alone in by_visit.items() if alone)


def _gate(instrument: Instrument, entry: Spec) -> Gate | None:
    """The gate in the instrument's own coding: sums of answers from their lowest."""
    stated = entry.get("gate")
    if stated is None:
        return None
    keys = tuple(str(key) for key in stated["items"])
    low = sum(instrument.item(key).low for key in keys)
    return Gate(keys, float(stated["at_least"]) + low)


def _everywhere(entry: Spec, key: str, default: Any) -> Any:
    """What is stated for all visits; the default where it is stated by visit."""
    value = entry.get(key, default)
    return default if by_visit(key, value) else value


def _codings(entry: Spec) -> dict[tuple[str, str], dict[str, Any]]:
    """What is stated by visit and by site."""
    codings: dict[tuple[str, str], dict[str, Any]] = {}
    places = {"": entry, **{str(site): part for site, part in entry.get("sites", {}).items()}}
    for site, part in places.items():
        for key in ("coding_low", "answers"):
            value = part.get(key)
            stated = value if by_visit(key, value) else {"": value} if site else {}
            for visit, one in stated.items():
                if one is not None:
                    coding = _words(one) if key == "answers" else {"low": one}
                    codings.setdefault((visit, site), {}).update(coding)
    return codings


def _words(stated: Spec | str) -> dict[str, Any]:
    """Words for answers as the study lists them, and whether the instrument's own are read."""
    listed = stated if isinstance(stated, Mapping) else {}
    words = {" ".join(str(word).lower().split()): float(v) for word, v in listed.items()}
    return {"words": words, "own_words": stated == OWN_WORDS}


def _item_patterns(instrument: Instrument, entry: Spec) -> dict[str, str]:
    """The pattern of each item: its own, or the common one."""
    common = {item.key: entry["columns"] for item in instrument.items} if "columns" in entry else {}
    return {**common, **entry.get("items", {})}


def _filled(patterns: Mapping[str, str], entry: Spec, visit: str) -> dict[str, str]:
    names = entry.get("item_names", {})
    return {
        key: fill(pattern, item=str(names.get(key, key)), visit=visit)
        for key, pattern in patterns.items()
    }


def _totals(entry: Spec, names: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Visit -> scale -> column, from a pattern or a table of visits."""
    places = dict(entry.get("totals", {}))
    if "total" in entry:
        places["total"] = entry["total"]
    totals: dict[str, dict[str, str]] = {}
    for scale, place in places.items():
        named = place if isinstance(place, Mapping) else dict.fromkeys(names, place)
        for visit, column in named.items():
            totals.setdefault(visit, {})[scale] = fill(column, visit=names.get(visit, visit))
    return totals


def _person(name: str, entry: Spec, visits: tuple[str, ...]) -> PersonColumn:
    codes = {str(k): str(v) for k, v in entry.get("codes", {}).items()}
    values = tuple(str(v) for v in entry.get("values", dict.fromkeys(codes.values())))
    ends = entry.get("range")
    return PersonColumn(
        name=name,
        column=entry.get("column", name),
        kind=entry["kind"],
        label=entry.get("label", name.replace("_", " ")),
        unit=entry.get("unit", ""),
        range=(float(ends[0]), float(ends[1])) if ends else None,
        values=values,
        known_at=entry.get("known_at", visits[0]),
        codes=codes,
        missing_codes=tuple(str(code) for code in entry.get("missing_codes", ())),
        table=entry.get("table", "main"),
        born=entry.get("born", ""),
        born_format=entry.get("born_format", ""),
    )


def _dates(entry: Spec) -> Dates:
    return Dates(
        column=entry.get("column", ""),
        days=entry.get("days", ""),
        format=entry.get("format", "iso"),
        windows={v: (float(w[0]), float(w[1])) for v, w in entry.get("windows", {}).items()},
        targets={visit: float(day) for visit, day in entry.get("targets", {}).items()},
        visit_names=dict(entry.get("visit_names", {})),
    )
