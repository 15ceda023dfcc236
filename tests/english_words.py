"""English words left where a reader of another language looks: text, alt, aria-label, title."""

from __future__ import annotations

import html
import re

# Words that no Spanish sentence holds, most of them the commonest of English.
COMMON = set(
    re.findall(
        r"[a-z]+",
        """
    the of and with for from by not are is was were this that these those their they it its an
    at be been have had how what when where than then other others each every all any both into
    out under between within without after before more most less few fewer will would could
    should may might can must does did made known unknown new old first last end start week
    weeks day days year years month months or on if in to which who whom people person patient
    patients estimate estimates score scores answer answers missing report round one two gain
    share session baseline response change feeling trouble little interest several nearly mild
    moderate severe outcome rate table column setting settings value values search yes reached
    judged chosen named shown higher lower better worse interval learned learning events
    threshold thresholds useful
    """,
    )
)
WORD = re.compile(r"[a-záéíóúüñ]+")
CODE = re.compile(r"`[^`]*`|\w*_\w*|\bmodel\.html\b")
SEEN = ("alt", "aria-label", "title", "placeholder")


def texts(page: str) -> list[str]:
    """Return what a page says, stretch by stretch."""
    bare = re.sub(r"<style.*?</style>|<script.*?</script>", "", page, flags=re.DOTALL)
    stretches = re.findall(r">([^<]+)<", bare)
    stretches += [text for name in SEEN for text in re.findall(rf'\b{name}="([^"]*)"', bare)]
    return [html.unescape(text).strip() for text in stretches if text.strip()]


def english(page: str, names: set[str]) -> set[str]:
    """Return the stretches of a page that hold an English word; names and codes may stand.

    A word with an underscore is a code, and so is what stands between backticks.

    Examples
    --------
    >>> english("<p>Of 100 people</p><p>De cada 100</p><td>phq9_response</td>", {"phq9_response"})
    {'Of 100 people'}
    """
    codes = re.compile(r"\b(" + "|".join(map(re.escape, sorted(names, key=len)[::-1])) + r")\b")
    return {
        text
        for text in texts(page)
        if set(WORD.findall(codes.sub("", CODE.sub("", text)).lower())) & COMMON
    }
