"""The verdict's codes and numbers as a sentence of the catalogue, in any of its languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from predict.definitions.wording import Catalogue, digits_that_show, load_catalogue
from predict.evaluation.comparators import AGE_SEX, label_of
from predict.models.families import PRIOR, TOTALS

Facts = Mapping[str, Any]
# What a sentence says of a verdict; a model stored before all of it was kept has its sentence only.
MOST_RUNS = 4  # of useful thresholds are told one by one
SAID = {"model", "round", "as_of", "n", "events", "auroc", "comparisons", "sampling", "repeats"}
SAID_TOO = {"admits", "leads", "later", "places", "sentence", "totals_with"}


def said_facts(verdict: Facts) -> dict[str, Any]:
    """Return what the sentence of a verdict is made from, and nothing else."""
    return {key: verdict[key] for key in sorted(SAID | SAID_TOO) if key in verdict}


def verdict_words(facts: Facts, say: Catalogue) -> str:
    """Return a verdict as one sentence; as it was written where it holds no facts to say anew.

    Examples
    --------
    >>> verdict_words({"sentence": "Written before facts were stored."}, load_catalogue("es"))
    'Written before facts were stored.'
    """
    if not facts.keys() >= SAID or not all("metric" in g for g in facts["comparisons"].values()):
        return str(facts.get("sentence", ""))
    leads = [_lead(lead, say) for lead in facts.get("leads", ())]
    parts = [*leads, _head(facts, say), _admits(facts, say), _ending(facts, say)]
    sentence = "; ".join(part for part in [*parts, *_places(facts, say)] if part)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _head(facts: Facts, say: Catalogue) -> str:
    clauses = [
        comparison_words(gap, _label(rival, facts, say), say)
        for rival, gap in what_matters_first(facts["comparisons"]).items()
    ]
    compared = say.listed(clauses) or say("verdict.alone")
    model = _label(facts["model"], facts, say)
    return say("verdict.head", model=model, visit=say.named(facts["as_of"]), compared=compared)


def what_matters_first(comparisons: Mapping[str, Facts]) -> dict[str, Facts]:
    """Return comparisons, the prior's before all where a model beats others but not the prior.

    Better than a rival that is worse than the rate is no praise: a constant can be that.

    Examples
    --------
    >>> list(what_matters_first({"severity": {"state": "better"}, "prior": {"state": "not_shown"}}))
    ['prior', 'severity']
    """
    states = {name: gap["state"] for name, gap in comparisons.items()}
    beaten = states.get(PRIOR.name, "better") == "better"
    if beaten or "better" not in states.values():
        return dict(comparisons)
    return {PRIOR.name: comparisons[PRIOR.name], **comparisons}


def comparison_words(gap: Facts, rival: str, say: Catalogue) -> str:
    """Return what is shown against a rival, with the deciding difference."""
    return say(f"verdict.{gap['state']}", rival=rival, gap=_gap(gap, say))


def _label(name: str, facts: Facts, say: Catalogue) -> str:
    return say.named(label_of(name, facts["round"], facts.get("totals_with", AGE_SEX)))


def rival_words(name: str, facts: Facts, say: Catalogue) -> str:
    """Return a rival's short name for tables and pictures, with what was in it.

    Parameters
    ----------
    facts : mapping
        The verdict; one that was stored before it kept `totals_with` says both.

    Examples
    --------
    >>> rival_words("totals", {"totals_with": ["sex"]}, load_catalogue())
    'totals with sex'
    """
    if name != TOTALS.name:
        return say.name("rival", name)
    beside = "_".join(facts.get("totals_with", AGE_SEX)) or "alone"
    return say(f"rival.{name}_{beside}")


def _gap(gap: Facts, say: Catalogue) -> str:
    loss = say(f"verdict.{gap['metric']}")
    low, high = gap["low"], gap["high"]
    form = f"+z.{digits_that_show(gap['difference'], low, high)}f"
    words = f"{loss} {_number(gap['difference'], form, say)}"
    return f"{words}, {_span(low, high, form, say)}" if _known(low) else words


def difference_words(gap: Facts) -> str:
    """Return the deciding difference in words, with its interval where there is one.

    Examples
    --------
    >>> difference_words({"metric": "brier", "difference": -0.02, "low": -0.03, "high": -0.01})
    'Brier -0.020, -0.030 to -0.010'
    """
    return _gap(gap, load_catalogue())


def _known(value: float | None) -> bool:
    """Return whether a number is there; what is stored has none where there was none."""
    return value is not None and bool(np.isfinite(value))


def _number(value: float | None, form: str, say: Catalogue) -> str:
    if value is None:
        return "–"
    text = f"{value:{form}}"
    bare = text.removeprefix("+") if float(text) == 0 else text  # nought leans to neither side
    return bare.replace(".", say("format.point"))


def _span(low: float | None, high: float | None, form: str, say: Catalogue) -> str:
    return say("format.span", low=_number(low, form, say), high=_number(high, form, say))


def _admits(facts: Facts, say: Catalogue) -> str:
    """A model stored before this was a code has it in words; they stay as they were written."""
    admits = str(facts.get("admits", ""))
    if say.has(f"verdict.admits_{admits}"):
        return say(f"verdict.admits_{admits}", visit=say.named(facts["as_of"]))
    return admits


def _lead(lead: Facts, say: Catalogue) -> str:
    if lead["code"] == "entered_twice":
        return say.text("verdict.entered_twice", lead)
    if lead["code"] == "within":
        inside, whole = lead["inside"], lead["whole"]
        mostly = inside - 0.5 < (whole - 0.5) / 2
        return say(
            "verdict.within_mostly" if mostly else "verdict.within_partly",
            stratum=_stratum(lead["stratum"], say),
            inside=_number(inside, ".2f", say),
            whole=_number(whole, ".2f", say),
        )
    moved = "rose" if lead["last"] > lead["first"] else "fell"
    return say(f"verdict.{moved}", first=f"{lead['first']:.0%}", last=f"{lead['last']:.0%}")


def _stratum(name: str, say: Catalogue) -> str:
    return say(f"stratum.{name}") if say.has(f"stratum.{name}") else say.named(name)


def _ending(facts: Facts, say: Catalogue) -> str:
    area, sampling, repeats = facts["auroc"], facts["sampling"], facts["repeats"]
    known = _known(area["low"])
    span = f" ({_span(area['low'], area['high'], '.2f', say)})" if known else ""
    counts = {
        "n": facts["n"],
        "events": facts["events"],
        "auroc": f"{_number(area['estimate'], '.2f', say)}{span}",
    }
    if sampling["cluster"] is None:
        return say("verdict.ending", **counts)
    places = {"units": sampling["units"], "cluster": sampling["cluster"]}
    why = "" if known else say("verdict.too_few_places", **places)
    fewer = say.text("verdict.fewer_repeats", repeats) if repeats["made"] < repeats["asked"] else ""
    return f"{say('verdict.ending_places', **counts, **places)}{why}{fewer}"


def _places(facts: Facts, say: Catalogue) -> list[str]:
    """Return what a new place, and the next year, may bring, in events for each one expected."""
    new, late = facts.get("places"), facts.get("later")
    sentences = []
    if new and _known(new["new_low"]):
        span = _span(new["new_low"], new["new_high"], ".2f", say)
        sentences.append(say("verdict.new_place", span=span, places=new["places"]))
    if late:
        span = _span(late["low"], late["high"], ".2f", say)
        key = "verdict.later_too" if sentences else "verdict.later"
        sentences.append(say(key, seen=_number(late["estimate"], ".2f", say), span=span))
    return sentences


def usefulness_words(row: Facts, say: Catalogue) -> str:
    """Return where acting on the estimates is shown to do more good; stored words where only they.

    Examples
    --------
    >>> row = {"low": 0.1, "high": 0.9, "useful": 0, "of": 17, "first": None, "last": None}
    >>> usefulness_words(row, load_catalogue())[:44]
    'No useful threshold between 10 and 90 in 100'
    """
    if "of" not in row:
        return str(row.get("sentence", ""))
    # In 100, as the axis of the drawing beside it.
    ends = {end: _number(100 * row[end], ".0f", say) for end in ("low", "high")}
    if not row["useful"]:
        return say.text("usefulness.none", ends)
    ends |= {end: _number(100 * row[end], ".0f", say) for end in ("first", "last")}
    useful, looked_at = int(row["useful"]), int(row["of"])
    how = "one" if useful == 1 else "every" if useful == looked_at else "some"
    # One row of a table that was stored before it kept them tells the ends alone.
    runs = str(row.get("runs") or "").split(";")
    if how == "some" and len(runs) > 1:
        how = "at" if len(runs) <= MOST_RUNS else "scattered"
        ends["at"] = say.listed([word for run in runs for word in _run_words(run, say)])
    return say.text(f"usefulness.{how}", {**ends, "useful": useful, "all": looked_at})


def _run_words(run: str, say: Catalogue) -> list[str]:
    """Return thresholds that follow one another: one, both, or from where to where."""
    first, _, last = run.partition("-")
    if int(last) - int(first) > 1:
        return [say("format.span", low=first, high=last)]
    return list(dict.fromkeys((first, last)))
