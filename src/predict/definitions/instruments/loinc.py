"""LOINC codes carry a check digit; codes that fail it, and known mistakes, are refused offline."""

from __future__ import annotations

import re

_SHAPE = re.compile(r"^\d{1,7}-\d$")

# Codes in public code that are wrong, by the id of the instrument they are given for.
_WRONG_TOTALS = {
    ("pcl5", "70221-7"): "70221-7 is the PCL-C of DSM-IV; the PCL-5 total is 101698-9",
    ("phq8", "44261-6"): "44261-6 is the PHQ-9 total; no LOINC code of the PHQ-8 is confirmed",
    ("gad7", "69737-5"): "69737-5 is the GAD-7 panel; the GAD-7 total is 70274-6",
    ("gad7", "70273-5"): "the GAD-7 total is 70274-6",
    ("who5", "70274-5"): "no LOINC code of the WHO-5 is confirmed; leave it empty",
    ("who5", "89708-7"): "no LOINC code of the WHO-5 is confirmed; leave it empty",
    ("isi", "95647-6"): "no LOINC code of the ISI is confirmed; leave it empty",
}
# Right codes given for the wrong item of the PHQ-9.
_WRONG_ITEMS = {
    ("phq9", "4", "44260-8"): "44260-8 is PHQ-9 item 9; item 4 is 44254-1",
    ("phq9", "5", "44261-6"): "44261-6 is the PHQ-9 total; item 5 is 44251-7",
}


def check_digit(body: str) -> int:
    """Return the mod-10 check digit of a LOINC code's digits before the dash.

    References
    ----------
    LOINC Users' Guide, appendix on the mod 10 check digit (the Luhn algorithm).

    Examples
    --------
    >>> check_digit("44261"), check_digit("70274")
    (6, 6)
    """
    doubled = [int(d) * (2 if place % 2 == 0 else 1) for place, d in enumerate(reversed(body))]
    return -sum(number // 10 + number % 10 for number in doubled) % 10


def loinc_problem(code: str, instrument: str = "", item: str = "") -> str:
    """Return what is wrong with a LOINC code, with the right one where it is known, or ``""``.

    Parameters
    ----------
    code : str
        The code; empty means that none is stated, which is never wrong.
    instrument : str
        Id of the instrument the code is given for; lets known mistakes be named.
    item : str
        Key of the item, ``panel``, or empty for the instrument's total.

    Examples
    --------
    >>> loinc_problem("44261-6", "phq9")
    ''
    >>> loinc_problem("70221-7", "pcl5")
    '70221-7 is the PCL-C of DSM-IV; the PCL-5 total is 101698-9'
    """
    if not code:
        return ""
    correct = _WRONG_ITEMS.get((instrument, item, code)) or (
        "" if item else _WRONG_TOTALS.get((instrument, code), "")
    )
    if not _SHAPE.match(code):
        return f"'{code}' is not a LOINC code; write digits, a dash and a check digit"
    body, digit = code.split("-")
    right = check_digit(body)
    if int(digit) != right:
        hint = correct or f"look the code up again: {body} would end in -{right}"
        return f"{code} fails its check digit and cannot exist; {hint}"
    return correct
