"""What an analysis may say: associations and their order in time, never causes.

No analysis of an uncontrolled table shows that one symptom moves another. Every sentence and every
figure's text passes through :func:`refuse_causal_words`, so no causal word can slip in.
"""

from __future__ import annotations

import re

from predict.errors import PredictError

_CAUSAL = re.compile(
    r"\b(caus(e|es|ed|ing|al|ally)|leads? to|led to|drives?|driven by|driving|triggers?|triggered|"
    r"due to|results? in|resulted in|because of|influences|influenced|"
    r"sustain(s|ed)?|produces?|produced|effect of|effects of|prevents?|cures?|responsible for)\b",
    re.IGNORECASE,
)


def refuse_causal_words(sentence: str) -> str:
    """Return the sentence unchanged, or refuse it when it speaks of causes.

    Raises
    ------
    PredictError
        When a causal word stands in it; say "goes with" or "comes before" instead.

    Examples
    --------
    >>> refuse_causal_words("Depressed mood comes before fatigue.")
    'Depressed mood comes before fatigue.'
    >>> refuse_causal_words("Depressed mood causes fatigue.")
    Traceback (most recent call last):
    predict.errors.PredictError: CAUSAL_WORD: Expected words of association, got 'causes'...
    """
    causal = _CAUSAL.search(sentence)
    if causal:
        raise PredictError(
            f"Expected words of association, got '{causal.group(0)}'. "
            "Say 'goes with' (same visit) or 'comes before' (earlier visit).",
            code="CAUSAL_WORD",
        )
    return sentence
