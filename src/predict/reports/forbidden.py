"""Words that promise, command, blame or claim a cause: none may reach a patient page."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Each pattern stands for one row of the wording rules; the reason is the refusal's explanation.
FORBIDDEN: dict[str, str] = {
    r"will (not )?respond|\b(non-?)?responders?\b": "certainty or a label",
    r"\b(un)?likely\b|\bprobabl[ey]\b|\b(high|low|good|poor|better|worse) chances?\b": "read "
    "differently by each reader",
    r"\bbecause\b|\bdue to\b|\bcause[sd]?\b|\bleads? to\b|\bdrives?\b|\b(effect|impact) of\b"
    r"|\b(reduces|increases) the chance\b": "claims a cause",
    r"\brecommend\w*|\bshould (treat|start|stop|receive)\b|\bcandidates?\b|\bsuitable\b"
    r"|\beligible\b|\bcontraindicated\b|\bsafe to\b": "directs",
    r"\bif [^.]{0,60} improved\b": "counterfactual",
    r"\bbetter than other treatments\b|\bbenefits? of\b": "no comparison group",
    r"\bgain from a second round\b": "selection",
    r"\b(low|no) suicide risk\b|\bsafe\b": "dangerous",
    r"\baccurate\b|\bproven\b|\bvalidated\b|\bAI-powered\b": "unearned",
    r"\b(ab)?normal\b|\bbad\b|\bpoor\b|\bfailed treatment\b": "judges a person",
    r"\bSHAP\b|\blog-odds\b|\bfeatures?\b|\bAU(RO)?C\b|\bconformal\b|\bout of fold\b": "jargon",
}

# Fixed phrases that need one of those words to deny it.
ALLOWED = (
    "not causes",
    "do not cause it",
    "the difference is not the gain from a second round",
)


def forbidden_in(text: str, *, quoted: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Return the forbidden words in rendered text, each with the reason it is refused.

    Parameters
    ----------
    text : str
        What a reader sees: text, alternative texts and titles.
    quoted : iterable of str
        Words that belong to others and are printed as they stand: question and answer wordings of
        an instrument, values of the study's columns, the site's own text.

    Examples
    --------
    >>> forbidden_in("This patient will respond.")
    [('will respond', 'certainty or a label')]
    >>> forbidden_in("Patterns in past patients, not causes.")
    []
    """
    for own in (*ALLOWED, *sorted(filter(None, quoted), key=len, reverse=True)):
        text = re.sub(re.escape(own), " ", text, flags=re.IGNORECASE)
    return [
        (match.group(0), reason)
        for pattern, reason in FORBIDDEN.items()
        for match in re.finditer(pattern, text, re.IGNORECASE)
    ]
