"""What a column is by its name alone: an item, a total or a day of each visit, or derived."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from predict.definitions.study.person_totals import START as OWN_START
from predict.definitions.study.person_totals import lines_of_the_start

FEWEST_ITEMS = 5
NUMBERED = re.compile(r"^(.+?)[ _.\-]?(\d{1,2})(?=$|[ _.\-])")
TOTAL = re.compile(r"^(.+?)[ _.\-]?(total|totl|sum|score|tot)$", re.IGNORECASE)
DAYS = re.compile(
    r"elapsed[ _.\-]?days?|days?[ _.\-]?(since|from)"
    r"|^(rel|study|visit)[ _.\-]?days?$|^(a|visit)dy$",
    re.IGNORECASE,
)
# ADaM's, and what others call them.
CHANGE = re.compile(r"(^|[ _.\-])(p|pct)?(chg|change)([ _.\-]|$)", re.IGNORECASE)
START = re.compile(r"^(base|basval|baseline|bl)([ _.\-]?(val|value|score))?$", re.IGNORECASE)
OF_THE_START = "the score at the start, repeated on each row, by its name: derived, so leave it out"


def advised(names: Sequence[str], visits: Mapping[str, str], *, long: bool) -> dict[str, str]:
    """Return what to do with columns that are told by their names.

    Parameters
    ----------
    names : sequence of str
        Columns of numbers that nobody has taken.
    visits : mapping of str to str
        The word that stands for each visit in the names of columns, and the visit.
    long : bool
        Whether a person has several rows.

    Examples
    --------
    >>> forms = [f"calm_{item}" for item in range(1, 7)]
    >>> advice = advised([*forms, "calm_total", "study_day", "CHG", "mood"], {}, long=True)
    >>> advice["calm_total"]
    'the total of a form that does not ship? total = "calm_total" under [instruments.calm]'
    >>> advice["study_day"]
    'days since the start, by its name? Under [dates] write days = "study_day"'
    >>> sorted({*forms, "mood"} - set(advice))
    ['mood']
    """
    patterns = {name: _pattern(name, visits, names) for name in names}
    stems = _stems(patterns.values())
    return {
        name: reason
        for name, pattern in patterns.items()
        if (reason := _advice(pattern, stems, long=long))
    }


def define_own(name: str) -> str:
    """Return the words that say where an instrument of one's own is defined."""
    return f"Define it in instruments/{name}.toml"


def under_own(name: str, total: str) -> str:
    """Return the line of the study that names the column of such an instrument's total."""
    return f'total = "{total}" under [instruments.{name}]'


def _pattern(name: str, visits: Mapping[str, str], names: Sequence[str]) -> str:
    """The name with its visit's word as ``{visit}``, where the same is asked at another visit."""
    for word in visits:
        head = re.fullmatch(rf"(.+[ _.\-]){re.escape(word)}", name)
        if head and any(f"{head[1]}{other}" in names for other in visits if other != word):
            return head[1] + "{visit}"
    return name


def _bare(pattern: str) -> str:
    return re.sub(r"[ _.\-]?\{visit\}$", "", pattern)


def _stems(patterns: Iterable[str]) -> dict[str, str]:
    """Stems of columns numbered through, and the name of the instrument that each would be."""
    numbers: dict[str, set[str]] = {}
    for pattern in patterns:
        if head := NUMBERED.match(_bare(pattern)):
            numbers.setdefault(head[1], set()).add(head[2])
    return {
        stem: re.sub(r"\W+", "_", stem.lower()).strip("_")
        for stem, items in numbers.items()
        if len(items) >= FEWEST_ITEMS
    }


def _advice(pattern: str, stems: Mapping[str, str], *, long: bool) -> str:
    bare = _bare(pattern)
    item, total = NUMBERED.match(bare), TOTAL.match(bare)
    if item and item[1] in stems:
        own = define_own(stems[item[1]])
        return f"an item of a questionnaire that does not ship? {own}"
    if total and total[1] in stems:
        own = under_own(stems[total[1]], pattern)
        return f"the total of a form that does not ship? {own}"
    if DAYS.search(bare):
        named = " and visit_names, as the instruments have" if "{visit}" in pattern else ""
        return f'days since the start, by its name? Under [dates] write days = "{pattern}"{named}'
    if CHANGE.search(bare):
        return "a change since the start, by its name: derived from the scores, so leave it out"
    if long and START.match(bare):
        return OF_THE_START
    return ""


def with_start(
    left_out: Mapping[str, str], tools: Sequence[str], visits: Sequence[str]
) -> dict[str, str]:
    """Return the reasons, with the lines to write for a start's score where no row is of the start.

    Parameters
    ----------
    left_out : mapping of column -> reason
    tools : sequence of str
        Questionnaires of one total.
    visits : sequence of str
        In order.

    Examples
    --------
    >>> print(with_start({"BASVAL": OF_THE_START}, ["hamd"], ["week_1"])["BASVAL"])
    the score at the start, repeated on each row, by its name: derived, so leave it out; where no
    row is of the start, write visits = ["baseline", "week_1"]; under [rounds.one] start =
    "baseline"; under [instruments.hamd] person_total = { baseline = "BASVAL" }
    """
    if not tools or OWN_START in visits:
        return dict(left_out)
    tool, whose = (tools[0], "") if len(tools) == 1 else ("NAME", f"; NAME is {' or '.join(tools)}")
    return {
        column: reason
        if reason != OF_THE_START
        else f"{reason}; where no row is of the start, write "
        f"{lines_of_the_start(tool, column, visits, OWN_START)}{whose}"
        for column, reason in left_out.items()
    }
