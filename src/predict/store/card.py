"""The model card: what the model is for, what it learned from, what it must not be used for."""

from __future__ import annotations

from predict.model import ResponseModel


def limits(model: ResponseModel) -> list[str]:
    """Return the sentences that go wherever the model goes."""
    return [
        "An estimate of the outcome under the treatment as it was given to the people it learned "
        "from; it does not say what would happen without that treatment.",
        "It must not decide alone who is treated, and it says nothing about safety.",
        f"It predicts as of '{model.as_of}' and reads nothing known later.",
        "It was judged on people like those it learned from; elsewhere it must be judged again.",
    ]


def card(model: ResponseModel) -> str:
    """Return the card as Markdown: aggregates only, no person's value."""
    facts = model.facts
    lines = [
        f"# {model.name}",
        "",
        f"Outcome `{model.outcome.name}`, round {model.round}, as of `{model.as_of}`; "
        f"family `{model.family}` on {len(model.columns)} columns.",
        "",
        "## Learned from",
        "",
        f"{facts.get('n', 'unknown')} people with a known outcome; "
        f"{facts.get('events', 'unknown')} of them reached it.",
        "",
        "## Limits",
        "",
        *[f"- {sentence}" for sentence in limits(model)],
        "",
        "## Columns",
        "",
        "| column | meaning | known at |",
        "|---|---|---|",
        *[f"| {c.name} | {c.label} | {c.visit} |" for c in model.columns],
    ]
    return "\n".join(lines) + "\n"
