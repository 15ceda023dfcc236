"""What can be named in a study, an experiment or a call: each kind as a table of names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from inspect import getdoc
from pathlib import Path
from typing import Any

import pandas as pd

from predict.cohort.formats import FORMATS
from predict.definitions.instruments import instrument_ids, load_instrument
from predict.definitions.outcomes import outcome_names, read_outcome
from predict.definitions.programmes import load_programme, programme_ids
from predict.definitions.study import Study, read_study
from predict.definitions.wording import languages, load_catalogue
from predict.pipeline.outcome_page import start_words


def list_instruments(study: Study | Path | str | None = None) -> pd.DataFrame:
    """Return the questionnaires that ship, and those that a study defines: name and title.

    Parameters
    ----------
    study : Study or path, optional
        Whose own instruments are listed too.

    Returns
    -------
    DataFrame
        Index ``name``; column ``title``.

    See Also
    --------
    predict.list_items : What one of them asks.
    predict.read_study : Where instruments are named.

    Examples
    --------
    >>> list_instruments().loc["phq9", "title"]
    'PHQ-9'
    """
    stated = study if isinstance(study, Study) else read_study(study) if study else None
    own = stated.own_instruments if stated else {}
    titles = {name: load_instrument(name).title for name in instrument_ids()}
    titles |= {name: f"{tool.title} (the study's own)" for name, tool in own.items()}
    return _table(dict(sorted(titles.items())))


def list_outcomes() -> pd.DataFrame:
    """Return the outcomes that can be asked for by name: name, title and whom they ask.

    Returns
    -------
    DataFrame
        Index ``name``; columns ``title`` and ``start``, the start scores that are asked.

    See Also
    --------
    predict.label : Each person's answer to one.

    Examples
    --------
    >>> list_outcomes().loc["phq9_response", "start"]
    '10 or above'
    """
    known = {name: read_outcome(name) for name in outcome_names()}
    titles = _table({name: outcome.title for name, outcome in known.items()})
    return titles.assign(start=[start_words(outcome) for outcome in known.values()])


def list_programmes() -> pd.DataFrame:
    """Return the programmes whose published figures ship: name and title.

    Returns
    -------
    DataFrame
        Index ``name``; column ``title``.

    See Also
    --------
    predict.simulate : People drawn as one of them.

    Examples
    --------
    >>> "demo" in list_programmes().index
    True
    """
    return _table({name: load_programme(name).title for name in programme_ids()})


def list_formats() -> pd.DataFrame:
    """Return the formats of tables that are read: name and title.

    Returns
    -------
    DataFrame
        Index ``name``; column ``title``.

    See Also
    --------
    predict.read_cohort : Reads a table in any of them.

    Examples
    --------
    >>> "csv" in list_formats().index
    True
    """
    extras = {form.extra: f" (extra '{form.extra}')" for form in FORMATS.values() if form.extra}
    return _table({name: form.title + extras.get(form.extra, "") for name, form in FORMATS.items()})


def list_families() -> pd.DataFrame:
    """Return the families of models, from the simplest on: name and what it is.

    Returns
    -------
    DataFrame
        Index ``name``; column ``title``.

    See Also
    --------
    predict.Recipe : Where a family is named.

    Examples
    --------
    >>> list_families().index[:2].tolist()
    ['prior', 'severity']
    """
    return _documented("models.families", "FAMILIES")


def list_blocks() -> pd.DataFrame:
    """Return the feature blocks: name and what it holds.

    Returns
    -------
    DataFrame
        Index ``name``; column ``title``.

    See Also
    --------
    predict.assemble : Where blocks are named.

    Examples
    --------
    >>> "items" in list_blocks().index
    True
    """
    return _documented("features", "BLOCKS")


def list_checks() -> pd.DataFrame:
    """Return the checks of a design: name and what it looks at.

    Returns
    -------
    DataFrame
        Index ``name``; column ``title``.

    See Also
    --------
    predict.run : Writes what each of them found.

    Examples
    --------
    >>> len(list_checks()) > 50
    True
    """
    return _documented("appraisal.checks", "CHECKS")


def list_sections() -> pd.DataFrame:
    """Return the sections of reports: name and what it holds.

    Returns
    -------
    DataFrame
        Index ``name``; column ``title``.

    See Also
    --------
    predict.report : Made of these sections.

    Examples
    --------
    >>> list_sections().columns.tolist()
    ['title']
    """
    return _documented("reports.sections", "SECTIONS")


def list_languages() -> pd.DataFrame:
    """Return the languages that pages can be written in: code and name.

    Returns
    -------
    DataFrame
        Index ``name``; column ``title``.

    See Also
    --------
    predict.run : Writes its pages in one of them.

    Examples
    --------
    >>> "en" in list_languages().index
    True
    """
    return _table({code: load_catalogue(code)("language.name") for code in languages()})


LISTS: Mapping[str, Callable[..., pd.DataFrame]] = {
    "instruments": list_instruments,
    "outcomes": list_outcomes,
    "programmes": list_programmes,
    "formats": list_formats,
    "families": list_families,
    "blocks": list_blocks,
    "checks": list_checks,
    "sections": list_sections,
    "languages": list_languages,
}


def _table(titles: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"title": list(titles.values())}, index=pd.Index(titles, name="name"))


def _documented(folder: str, registry: str) -> pd.DataFrame:
    entries: Mapping[str, Any] = getattr(import_module(f"predict.{folder}"), registry)
    return _table({name: (getdoc(entry) or "").split("\n")[0] for name, entry in entries.items()})
