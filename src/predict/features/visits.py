"""Which visits a block looks at: where treatment began, and where the model stands."""

from __future__ import annotations

from predict.definitions.study import Study


def anchor_visits(study: Study, as_of: str) -> tuple[str, ...]:
    """Return the start of round one and the as-of visit, each once, in order of time.

    Examples
    --------
    As of the baseline there is one anchor; as of the start of round two there are two: the baseline
    and that visit.
    """
    start = study.rounds["one"].start
    return (start,) if start == as_of else (start, as_of)


def humanize(visit: str) -> str:
    """Return a visit's name as words.

    >>> humanize("round_one_end")
    'round one end'
    """
    return visit.replace("_", " ")
