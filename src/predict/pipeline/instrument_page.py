"""A questionnaire told whole: what it asks, how answers are coded, what its scores mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from predict.definitions.instruments import Instrument, Item, Scale, instrument_of
from predict.definitions.study import Study, read_study

METHODS = {
    "sum": "sum",
    "mean": "mean",
    "maxima": "sum of the highest of each group",
    "levels": "highest level of which any is yes",
    "clusters": "enough endorsed in every group",
}


def list_items(name: str, study: Study | Path | str | None = None) -> pd.DataFrame:
    """Return what a questionnaire asks: each item with its codes and the words they stand for.

    Parameters
    ----------
    name : str
        One of `list_instruments`.
    study : Study or path, optional
        Whose own instruments are known too.

    Returns
    -------
    DataFrame
        Index ``item``; columns ``asks``, ``low``, ``high`` (codes), ``answers`` (code and word),
        ``domain``, ``better`` (which end is good), ``safety``.

    Raises
    ------
    StudyError
        When no instrument has this name; the message tells the nearest one.

    See Also
    --------
    predict.list_instruments : Their names.

    Examples
    --------
    >>> asked = list_items("phq9")
    >>> asked.loc["1", "asks"], asked.loc["1", "answers"][:28]
    ('Little interest or pleasure in doing things', '0 Not at all, 1 Several days')
    >>> asked.index[asked["safety"]].tolist()
    ['9']
    """
    tool = instrument_named(name, study)
    names = ["asks", "low", "high", "answers", "domain", "better", "safety"]
    rows = [
        {
            "asks": item.label,
            "low": item.low,
            "high": item.high,
            "answers": answer_words(item),
            "domain": item.domain,
            "better": tool.better(item.key),
            "safety": item.key in tool.safety_items,
        }
        for item in tool.items
    ]
    index = pd.Index([item.key for item in tool.items], name="item")
    return pd.DataFrame(rows, index=index, columns=names)


def instrument_named(name: str, study: Study | Path | str | None = None) -> Instrument:
    """Return an instrument by its name: a study's own, else a shipped one."""
    stated = study if isinstance(study, Study) else read_study(study) if study else None
    return instrument_of(name, stated.own_instruments if stated else None)


def answer_words(item: Item) -> str:
    """Return each code with its word; nothing where the words may not ship.

    Examples
    --------
    >>> answer_words(Item("1", "Low mood", "affective", 0, 1, ("Never", "Often")))
    '0 Never, 1 Often'
    """
    return ", ".join(f"{item.low + place} {word}" for place, word in enumerate(item.answers))


def instrument_lines(tool: Instrument) -> Iterator[str]:
    """Yield the lines that tell of an instrument: items, codes, words, scales, cut-offs, sources.

    Examples
    --------
    >>> lines = list(instrument_lines(instrument_named("gad7")))
    >>> lines[0]
    'GAD-7 (gad7)'
    """
    yield f"{tool.title} ({tool.id})"
    yield from (f"{what}: {text}" for what, text in _remarks(tool).items() if text)
    yield from _item_lines(tool)
    yield from map(scale_words, tool.scales)
    for what, places in _sources(tool).items():
        yield f"Source of {what}: {'; '.join(places)}"


def _item_lines(tool: Instrument) -> Iterator[str]:
    if not tool.items:
        yield "Items: none are listed; its totals are taken as the table gives them"
        return
    yield "Items, with the codes of their answers:"
    shared = {answer_words(item) for item in tool.items}
    width = max(len(item.key) for item in tool.items)
    for item in tool.items:
        own = f" ({answer_words(item)})" if len(shared) > 1 and item.answers else ""
        codes = f"  {item.key:<{width}}  {item.low} to {item.high}"
        yield f"{codes}  {item.label}{_marks(tool, item)}{own}"
    if len(shared) == 1:
        yield f"Answers: {shared.pop() or 'their words do not ship'}"


def _remarks(tool: Instrument) -> dict[str, str]:
    return {"Time asked about": tool.window, "Licence": tool.licence, "Note": tool.note}


def _marks(tool: Instrument, item: Item) -> str:
    """What sets an item apart: about death or self-harm, asked on a condition, a high end good."""
    words = {
        "safety item": item.key in tool.safety_items,
        f"asked after a yes to item {item.asked_if}": bool(item.asked_if),
        f"{item.not_assessed} is not assessed": item.not_assessed is not None,
        "turned round": any(item.key in scale.reversed for scale in tool.scales),
    }
    told = [word for word, holds in words.items() if holds]
    return f" [{', '.join(told)}]" if told else ""


def scale_words(scale: Scale) -> str:
    """Return what a scale adds up, its range and the cut-offs that ship.

    Examples
    --------
    >>> scale_words(instrument_named("gad7").scale())[:72]
    'Scale total: GAD-7 total, 0 to 21 points, low is better; sum of 7 items;'
    """
    return f"Scale {scale.name}: {scale.title}, {'; '.join(_scale_parts(scale))}"


def _scale_parts(scale: Scale) -> Iterator[str]:
    unit = f" {scale.unit}" if scale.unit else ""
    yield f"{scale.low:g} to {scale.high:g}{unit}, {scale.better} is better"
    if scale.items:
        yield f"{METHODS[scale.method]} of {len(scale.items)} items{_turned(scale)}"
    if scale.allowed_missing:
        rest = "take the person's mean" if scale.prorate else "are left out"
        yield f"up to {scale.allowed_missing} unanswered {rest}"
    yield from _cut_offs(scale)


def _turned(scale: Scale) -> str:
    """What is done to the raw score."""
    first = f", {'plus' if scale.offset > 0 else 'less'} {abs(scale.offset):g}"
    then = f", times {scale.factor:g}"
    return (first if scale.offset else "") + (then if scale.factor != 1 else "")


def _cut_offs(scale: Scale) -> Iterator[str]:
    beyond, within = ("or above", "or below") if scale.better == "low" else ("or below", "or above")
    if scale.cut is not None:
        yield f"a case at {scale.cut:g} {beyond}"
    for group, cut in scale.cuts.items():
        yield f"a case at {cut:g} {beyond} ({group})"
    if scale.remission is not None:
        yield f"remission at {scale.remission:g} {within}"
    if scale.bands:
        bands = (f"{band.label} {band.low:g} to {band.high:g}" for band in scale.bands)
        yield f"bands {', '.join(bands)}"
    if scale.cut is None and not (scale.cuts or scale.bands) and scale.remission is None:
        yield "no cut-off ships"


def _sources(tool: Instrument) -> dict[str, list[str]]:
    """Where bands and cuts were seen, and what rests on a convention."""
    stated: Mapping[str, Any] = tool.spec
    sources = {what: list(places) for what, places in stated.get("source", {}).items()}
    said = stated.get("conventions", {})
    return sources | {f"{what} (a convention)": [str(text)] for what, text in said.items()}
