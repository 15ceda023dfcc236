"""What a page says of a model whose calibration has not been checked for long."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import reporting_fixtures as fixtures

from predict.models.reliance import Reason

NOTE = (Reason("model_old", {"months": 12}),)
STOP = (Reason("model_expired", {"months": 24}),)


def _page(**changed: Any) -> Any:
    person = replace(fixtures.PEOPLE[1], **changed)
    return next(page for _, page in fixtures.make_report((person,)).pages())


def test_an_older_model_is_a_note_of_its_own() -> None:
    page = _page(reasons=NOTE)
    checks = page.facts["sections"]["reliance"]["checks"]
    assert "model_old" in [check["say"] for check in checks if check["state"] == "note"]
    assert {"seen_ok", "seen_whole"} & {check["say"] for check in checks}
    assert "An older model." in page.html


def test_an_expired_model_is_not_blamed_on_the_patient() -> None:
    html = _page(status="no_estimate", reasons=STOP).html
    assert "have not been checked for too long" in html
    assert "outside what the model has seen" not in html
