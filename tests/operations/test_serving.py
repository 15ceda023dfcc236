"""A model over HTTP gives the scores of the pass, and refuses all else without repeating a word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.operations.serving_client import Client, client_of, records_of

import predict as pr
from predict.errors import OutputError, UsageError
from predict.models.response_model import ResponseModel
from predict.operations.serving import Address, Limits, read_token

ROOT = Path(__file__).parents[2]
NAME, CELL = "Zelenka-Quittenbaum", "0xSECRETCELL"


@pytest.fixture(scope="module")
def model() -> ResponseModel:
    return pr.load_model(ROOT / "models" / "example")


@pytest.fixture(scope="module")
def people(model: ResponseModel) -> list[dict[str, Any]]:
    table = pd.read_csv(ROOT / "models" / "ten_people.csv", dtype="str")
    return records_of(table, model)


@pytest.fixture(scope="module")
def client(model: ResponseModel) -> Client:
    return client_of(model)


def asked(*records: dict[str, Any]) -> dict[str, Any]:
    return {"dataframe_records": list(records)}


def test_scores_are_those_of_the_pass_in_either_shape(client, model, people):
    expected = pr.score(model, pd.DataFrame(people))
    wide = {"columns": list(people[0]), "data": [list(row.values()) for row in people]}
    for body in (asked(*people), {"dataframe_split": wide}):
        rows = client.ask(body).json["predictions"]
        got = pd.DataFrame(rows)[list(expected.columns)]
        pd.testing.assert_frame_equal(
            got, expected.astype(got.dtypes), check_exact=True, check_like=True
        )


def test_ids_are_text_and_what_is_missing_is_null(client, people):
    rows = client.ask(asked({**people[0], "person": "00123"}, {"person": "NA"})).json["predictions"]
    assert [row["id"] for row in rows] == ["00123", "NA"]
    assert rows[1]["status"] != "scored"
    assert rows[1]["probability"] is None


def test_a_row_that_breaks_the_study_is_refused_alone(client, people):
    rows = client.ask(asked(people[0], {**people[1], "phq9_1_baseline": 7})).json["predictions"]
    assert [row["status"] for row in rows] == ["scored", "rejected"]
    assert rows[1]["reason"] == "OUT_OF_RANGE"


def test_what_the_table_as_a_whole_forbids_comes_with_its_code(client, people):
    young = [{**r, "person": f"{r['person']}-{n}", "age": 19} for n in range(6) for r in people]
    reply = client.ask(asked(*young))
    assert (reply.status, reply.code) == (422, "DISTRIBUTION_OTHER")
    assert "predict validate" in reply.json["error"]["message"]


BAD_BODIES: dict[str, tuple[Any, int, str]] = {
    "nothing": (b"", 400, "BODY_NOT_JSON"),
    "half": (b'{"dataframe_records": [{"person"', 400, "BODY_NOT_JSON"),
    "no UTF-8": (b'{"dataframe_records": [{"person": "\xff"}]}', 400, "BODY_NOT_JSON"),
    "NaN": (b'{"dataframe_records": [{"person": "a", "age": NaN}]}', 400, "BODY_NOT_JSON"),
    "a key twice": (b'{"dataframe_records": [], "dataframe_records": []}', 400, "BODY_NOT_JSON"),
    "too deep": (b"[" * 100_000, 400, "BODY_NOT_JSON"),
    "too many digits": (b'{"dataframe_records": [' + b"9" * 5_000, 400, "BODY_NOT_JSON"),
    "a list": ([1], 400, "BODY_SHAPE"),
    "another word": ({"instances": [[1]]}, 400, "BODY_SHAPE"),
    "parameters": ({"dataframe_records": [{"person": CELL}], "params": {}}, 400, "BODY_SHAPE"),
    "no rows": (asked(), 422, "ROWS_NONE"),
    "rows of text": ({"dataframe_records": [CELL]}, 400, "BODY_SHAPE"),
    "a nested value": (asked({"person": "a", CELL: [CELL]}), 400, "BODY_SHAPE"),
    "true": (asked({"person": "a", "phq9_1_baseline": True}), 400, "BODY_SHAPE"),
    "half a letter": (asked({"person": "\ud800"}), 400, "BODY_SHAPE"),
    "beyond floats": (b'{"dataframe_records": [{"person": "a", "age": 1e999}]}', 400, "BODY_SHAPE"),
    "beyond whole": (asked({"person": "a", "age": 10**30}), 400, "BODY_SHAPE"),
    "an id as number": (asked({"person": 123}), 422, "ID_NOT_TEXT"),
    "no id": (asked({"age": 30}), 422, "COLUMN_MISSING"),
    "text for a number": (asked({"person": NAME, "age": CELL}), 422, "NUMBER_EXPECTED"),
    "a number for text": (asked({"person": NAME, "sex": 2}), 422, "TEXT_EXPECTED"),
    "rows of no width": (
        {"dataframe_split": {"columns": ["person"], "data": [[CELL, 1]]}}, 400, "BODY_SHAPE",
    ),
    "a column twice": (
        {"dataframe_split": {"columns": ["age", "age"], "data": [[1, 2]]}}, 422, "COLUMN_REPEATED",
    ),
    "many rows": (asked(*[{"person": "a"}] * 1_001), 413, "ROWS_TOO_MANY"),
    "a large body": (b" " * (2**20 + 1), 413, "BODY_TOO_LARGE"),
    "endless": (b" " * (9 * 2**20), 413, "BODY_TOO_LARGE"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_malformed_body_is_refused_with_a_code_and_none_of_its_words(client, name):
    body, status, code = BAD_BODIES[name]
    reply = client.ask(body, pieces=3)
    assert (reply.status, reply.code) == (status, code)
    told = reply.body + client.lines[-1].encode()
    assert NAME.encode() not in told
    assert CELL.encode() not in told
    assert b"Traceback" not in told


def test_none_of_many_at_once_is_lost_or_given_anothers_scores(client, people):
    whole = [json.dumps(asked({**people[n], "person": f"P-{n}"})).encode() for n in range(6)]
    bad = [
        body if isinstance(body, bytes) else json.dumps(body).encode()
        for body, *_ in BAD_BODIES.values()
        if not (isinstance(body, bytes) and len(body) > 100_000)
    ] * 4
    replies = client.ask_at_once([*whole, *bad, *whole], 50)
    statuses = [reply.status for reply in replies]
    assert statuses[:6] == statuses[-6:] == [200] * 6
    assert all(400 <= status < 500 for status in statuses[6:-6])
    alone = {client.ask(body).body for body in whole}
    assert {reply.body for reply in replies if reply.status == 200} == alone


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"headers": {}}, 401, "TOKEN_WRONG"),
        ({"headers": {"authorization": "Bearer wrong"}}, 401, "TOKEN_WRONG"),
        ({"headers": {"authorization": f"Basic {NAME}"}, "path": "/metrics"}, 401, "TOKEN_WRONG"),
        ({"path": f"/{NAME}"}, 404, "PATH_UNKNOWN"),
        ({"path": "/docs"}, 404, "PATH_UNKNOWN"),
        ({"path": "/version"}, 404, "PATH_UNKNOWN"),
        ({"method": "PUT"}, 405, "METHOD_WRONG"),
    ],
)
def test_who_may_not_come_in_is_told_so(client, more, status, code):
    reply = client.ask(**more)
    assert (reply.status, reply.code) == (status, code)
    assert NAME not in client.lines[-1]


def test_another_kind_of_body_is_refused(client):
    from tests.operations.serving_client import HEADERS

    for kind in ("text/csv", "application/json; charset=latin-1", ""):
        reply = client.ask(b"person\nA", headers={**HEADERS, "content-type": kind})
        assert (reply.status, reply.code) == (415, "BODY_NOT_TYPED")


def test_health_needs_no_token_and_metrics_hold_counts_only(model, people):
    client = client_of(model)
    assert client.ask(path="/health", headers={}).json == {"model": "digest"}
    client.ask(asked({**people[0], "person": NAME}, {"person": "B"}))
    client.ask(asked({"person": 3}))
    text = client.ask(path="/metrics").body.decode()
    assert 'predict_serve_rows_total{status="scored"} 1' in text
    assert 'predict_serve_requests_total{path="/invocations",status="422"} 1' in text
    assert 'predict_serve_refused_total{code="ID_NOT_TEXT"} 1' in text
    assert "predict_serve_seconds_count 2" in text
    assert client.gate.metrics.totals()["requests"] == 4
    assert NAME not in text + "".join(client.lines)


def test_what_takes_too_long_is_ended(model):
    async def sleeps(scope: Any, receive: Any, send: Any) -> None:
        import asyncio

        await asyncio.sleep(60)

    slow = client_of(model, Limits(seconds=0.05), sleeps)
    assert slow.ask(asked({"person": "a"})).code == "TOO_BUSY"
    assert slow.ask(b"{", stalls=True).code == "BODY_SLOW"


def test_a_fault_behind_the_gate_is_told_without_its_words(model):
    async def fails(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError(f"cell {CELL} of {NAME}")

    async def leaks(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 400, "headers": []})
        await send({"type": "http.response.body", "body": CELL.encode()})

    for app, code in ((fails, "FAULT"), (leaks, "SIGNATURE")):
        client = client_of(model, app=app)
        reply = client.ask(asked({"person": "a"}))
        assert reply.code == code
        assert CELL.encode() not in reply.body + "".join(client.lines).encode()


def test_the_token_is_private_and_leaves_the_environment(tmp_path):
    environment = {"PREDICT_TOKEN": " a-token-of-enough-letters\n"}
    assert read_token(None, environment) == b"a-token-of-enough-letters"
    assert environment == {}
    file = tmp_path / "token"
    file.write_text("a-token-of-enough-letters\n")
    file.chmod(0o600)
    assert read_token(file, {}) == b"a-token-of-enough-letters"
    file.chmod(0o640)
    refusals = [(file, {}, "TOKEN_READABLE"), (None, {}, "TOKEN_MISSING")]
    refusals += [(None, {"PREDICT_TOKEN": "short"}, "TOKEN_SHORT")]
    for path, variables, code in refusals:
        with pytest.raises(UsageError, match=code):
            read_token(path, variables)
    with pytest.raises(UsageError, match="Check the path"):
        read_token(tmp_path / "nowhere", {})


def test_other_machines_need_tls_and_a_private_key(tmp_path):
    key = tmp_path / "key.pem"
    key.write_text("no key")
    key.chmod(0o644)
    for host in ("0.0.0.0", "192.168.1.7", "::", "clinic.example"):
        with pytest.raises(UsageError, match="TLS_NEEDED"):
            Address(host)
    assert Address("localhost").scheme == Address("::1").scheme == "http"
    with pytest.raises(UsageError, match="TLS_HALF"):
        Address(certificate=key)
    with pytest.raises(UsageError, match="TLS_KEY_READABLE"):
        Address("0.0.0.0", certificate=key, key=key)


def test_a_port_that_is_taken_is_told():
    with Address(port=0).opened() as held, pytest.raises(OutputError, match="PORT_UNAVAILABLE"):
        Address(port=held.getsockname()[1]).opened()
