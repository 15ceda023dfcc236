#!/usr/bin/env bash
# The total of a PHQ-like form by FHIRPath's sum() (fhirpathpy 2.2.4, R4 model).
# Expected: 5 for answers 2 and 3, and no total for a form in which nothing was answered.
# Seen: sum() raises where there are answers and gives 0, the score of somebody with no symptom, where
# there is none; the same sum spelled with aggregate() gives 5, and 0 for the empty form.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check fhirpathpy==2.2.4
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import fhirpathpy
from fhirpathpy.models import models

VALUES = "QuestionnaireResponse.item.answer.value"


def form(*answers):
    items = [{"linkId": str(n), "answer": [{"valueInteger": a}]} for n, a in enumerate(answers)]
    return {"resourceType": "QuestionnaireResponse", "item": items or [{"linkId": "1"}]}


def total(resource, path):
    try:
        return fhirpathpy.evaluate(resource, path, model=models["r4"])
    except TypeError as error:
        return type(error).__name__


by_sum = [total(each, f"{VALUES}.sum()") for each in (form(2, 3), form())]
by_aggregate = [total(each, f"{VALUES}.aggregate($this + $total, 0)") for each in (form(2, 3), form())]
print("sum(), answered and empty:", by_sum)
print("aggregate(), answered and empty:", by_aggregate)
assert by_sum == ["TypeError", [0]], by_sum
assert by_aggregate == [[5], [0]], by_aggregate
PYTHON
