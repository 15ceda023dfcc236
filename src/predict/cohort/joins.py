"""How rows meet by their id: what met, what was left alone on each side, what nearly met.

Ids are compared letter by letter and never repaired. Those that would be equal but for blanks,
leading zeros, ``.0`` or case are counted, since another program often wrote one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from predict.errors import Problem

_BLANKS = r"[\s\p{Z}\x{200b}\x{feff}]"
BUT_FOR = "but for blanks, leading zeros, '.0' or case"


def near_keys(ids: np.ndarray | pa.Array) -> pa.Array:
    """Return what is left of ids without blanks, leading zeros, ``.0`` and case.

    Examples
    --------
    >>> near_keys(np.array(["1001", "1001.0", "001001", " 1001 ", "A 7", "a7", "0"])).to_pylist()
    ['1001', '1001', '1001', '1001', 'a7', 'a7', '']
    """
    texts = ids if isinstance(ids, pa.Array) else pa.array(ids, pa.string())
    bare = pc.utf8_lower(pc.replace_substring_regex(texts, f"{_BLANKS}+", ""))
    return pc.utf8_ltrim(pc.replace_substring_regex(bare, r"\.0*$", ""), "0")


def nearly_alike(ids: np.ndarray) -> int:
    """Return how many different ids of a table would be another one but for such marks.

    >>> nearly_alike(np.array(["a", "a ", "b", "b", "c"]))
    2
    """
    texts = pa.array(ids, pa.string())
    if not _marked(texts):
        return 0
    distinct = texts.unique()
    distinct = distinct.filter(pc.not_equal(distinct, ""))
    keys = near_keys(distinct)
    counts = pc.value_counts(keys).field("counts").to_numpy(zero_copy_only=False)
    return int(counts[counts > 1].sum())


def _marked(ids: pa.Array) -> bool:
    """Whether ids could be alike at all: most tables' are told apart in a glance."""
    if pc.any(pc.match_substring_regex(ids, rf"{_BLANKS}|\.0*$|^0")).as_py():
        return True
    cases = (pc.utf8_lower(ids), pc.utf8_upper(ids))
    return all(pc.any(pc.not_equal(ids, case)).as_py() for case in cases)


def alike_problem(count: int, column: str) -> Iterator[Problem]:
    """Yield the warning on ids of one table that are nearly alike."""
    if count:
        message = f"{count} ids are those of another row {BUT_FOR}; see whether they are one person"
        message = f"{message} and write them alike. Nothing was changed."
        yield Problem("ID_NEARLY_ALIKE", message, column=column, level="warning")


@dataclass(frozen=True)
class Join:
    """How the people of a table met the rows of another.

    Parameters
    ----------
    met, left, right : int
        People with a row there; people without one; rows there of nobody here.
    near : int
        Of those left alone, people whose id is one there but for such marks.
    """

    met: int
    left: int
    right: int
    near: int

    def problem(self, column: str) -> Problem:
        """Return a fault of the file where nobody met, a warning where some did not, or a note."""
        alike = f" {self.near} of them would be equal {BUT_FOR}: write the ids alike."
        advice = alike if self.near else " Look for another way of writing ids."
        if not self.met and self.left and self.right:
            message = f"No id of the table stands in the people table ({self.left} and"
            return Problem("PEOPLE_NOT_MET", f"{message} {self.right}).{advice}", column=column)
        message = f"{self.met} people met their row of the people table; {self.left} have none"
        message = f"{message} there, and {self.right} rows there are of nobody here."
        message += alike if self.near else ""
        code, level = ("LEFT_ALONE", "warning") if self.left or self.right else ("MET", "note")
        return Problem(f"PEOPLE_{code}", message, column=column, level=level)


def join(ids: np.ndarray, other: np.ndarray) -> Join:
    """Return how ids met the ids of another table; blank ones meet nobody.

    >>> join(np.array(["a", "b", "b", ""]), np.array(["a", "B", "c", ""]))
    Join(met=1, left=1, right=2, near=1)
    """
    here = pa.array(ids, pa.string()).unique()
    there = pa.array(other, pa.string()).unique()
    here, there = here.filter(pc.not_equal(here, "")), there.filter(pc.not_equal(there, ""))
    met = pc.is_in(here, there)
    alone = here.filter(pc.invert(met))
    near = pc.sum(pc.is_in(near_keys(alone), near_keys(there))).as_py() or 0
    both = int(pc.sum(met).as_py() or 0)
    return Join(both, len(alone), len(there) - both, int(near))
