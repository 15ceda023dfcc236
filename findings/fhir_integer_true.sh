#!/usr/bin/env bash
# `valueInteger: true` and `valueInteger: "3"` in a FHIR QuestionnaireResponse, validated with fhir.resources 8.3.0 (R4B).
# Expected: refused: FHIR's JSON form of an integer is a number.
# Seen: both are taken, as 1 and 3, so that a ticked box counts as an answer of 1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check fhir.resources==8.3.0
"$work/venv/bin/python" - <<'PYTHON'
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

for stated, seen in ((True, 1), ("3", 3)):
    answer = {"linkId": "a", "answer": [{"valueInteger": stated}]}
    resource = {"resourceType": "QuestionnaireResponse", "status": "completed", "item": [answer]}
    value = QuestionnaireResponse.model_validate(resource).item[0].answer[0].valueInteger
    print("stated:", stated, "seen:", value)
    assert value == seen, value
PYTHON
