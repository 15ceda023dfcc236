"""Words beside a code that say another thing than the code: the code counts, and it is told.

Only words that are those of another item or answer contradict: an own wording, or one of another
language, says nothing against its code.
"""

from __future__ import annotations

import re
from functools import lru_cache

from predict.cohort.formats.fhir_codes import DAYS_ITEMS, DAYS_NUMBERS
from predict.definitions.instruments import instrument_ids, load_instrument

# A label of fewer words may begin a sentence that means something else.
FEWEST_WORDS = 3


@lru_cache(4096)
def answer_contradicts(code: str, display: str | None) -> bool:
    """Return whether the words beside an answer's LOINC code are those of another answer.

    Examples
    --------
    >>> answer_contradicts("LA6568-5", "Nearly every day"), answer_contradicts("LA6568-5", "Never")
    (True, False)
    """
    answers = _answers()
    own = answers.get(code)
    if own is None or not display:
        return False
    said = _plain(display)
    return said != own and said in answers.values()


@lru_cache(4096)
def item_contradicts(codes: frozenset[str], text: str | None) -> bool:
    """Return whether words beside an item begin as another item's label, and not as its own.

    Parameters
    ----------
    codes : frozenset of str
        LOINC codes of the item; nothing contradicts where there is none.

    Examples
    --------
    >>> item_contradicts(frozenset({"44250-9"}), "2. Feeling down, depressed, or hopeless")
    True
    >>> item_contradicts(frozenset({"44250-9"}), "Little interest or pleasure in doing things")
    False
    """
    if not codes or not text:
        return False
    said = f"{_plain(text)} "
    meant = [of for label, of in _labels().items() if said.startswith(f"{label} ")]
    return bool(meant) and not any(of & codes for of in meant)


@lru_cache(maxsize=1)
def _answers() -> dict[str, str]:
    """The words of each of LOINC's answer codes of days: two codes share the words of one."""
    words = [_plain(answer) for answer in load_instrument(DAYS_ITEMS[0]).items[0].answers]
    return {code: words[int(number)] for code, number in DAYS_NUMBERS.items()}


def _plain(text: str) -> str:
    """Words in small letters, without what numbers them and what parts them."""
    return " ".join(re.sub(r"[\W_]+", " ", re.sub(r"^\W*\d+\W+", "", text.lower())).split())


@lru_cache(maxsize=1)
def _labels() -> dict[str, frozenset[str]]:
    """Labels of all items that ship with a LOINC code, and the codes of each."""
    found: dict[str, frozenset[str]] = {}
    for tool in map(load_instrument, instrument_ids()):
        for item in [item for item in tool.items if item.loinc]:
            label = _plain(item.label)
            if len(label.split()) >= FEWEST_WORDS:
                found[label] = found.get(label, frozenset()) | {item.loinc}
    return found
