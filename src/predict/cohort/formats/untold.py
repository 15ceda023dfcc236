"""What of an export's own marks a table's format does not look at, though they are there."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from predict.cohort.formats.base import SourceFormat
from predict.cohort.formats.together import Together
from predict.definitions.study import Reads
from predict.errors import Problem

# Words of a study that choose among rows or answers, by the format that follows them.
_CHOOSING = {
    "redcap": ("complete_only",),
    "qualtrics": ("finished_only",),
    "limesurvey": ("finished_only",),
    "cdisc": ("flag",),
}
_MARKS, _IDS = {"Status", "Finished"}, {"ResponseId", "ResponseID"}


def untold(
    form: SourceFormat,
    formats: Mapping[str, SourceFormat],
    names: Collection[str],
    reads: Reads,
) -> list[Problem]:
    """Return what a table's format leaves undone that the study or the columns ask for.

    Parameters
    ----------
    form : SourceFormat
        The table's own.
    formats : mapping of str -> SourceFormat
        All there are, by name.
    names : collection of str
        The table's columns.
    reads : Reads
        What the study reads, with its words for formats.
    """
    inner = form.inner if isinstance(form, Together) else form
    problems = []
    for name, words in _CHOOSING.items():
        stated = [word for word in words if reads.words.get(name, {}).get(word)]
        if stated and formats[name] != inner:
            message = f"{stated[0]} under [{name}] is not applied: the table is read as"
            message = f'{message} "{form.title}". Write format = "{name}" if it is a CSV of that.'
            problems.append(Problem("FORMAT_WORDS_UNUSED", message, level="warning"))
    if set(names) >= _MARKS and _IDS & set(names) and formats["qualtrics"] != inner:
        message = "The columns Status and Finished are those of Qualtrics, but the table is read as"
        message = f'{message} "{form.title}": previews and unfinished responses count as people.'
        message = f"{message} Export CSV, or leave them out before."
        problems.append(Problem("RESPONSES_UNTOLD", message, level="warning"))
    return problems
