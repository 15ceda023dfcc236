"""The gate before the scoring server: who may come in, with how much, for how long; what is told.

Nothing of a request but its proved body reaches the scoring server, and nothing but scores comes
back from it: its errors hold rows and stack traces, and are replaced by a code and a sentence.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from predict.files import canonical_json
from predict.operations.serving.metrics import Metrics
from predict.operations.serving.refusals import Refused
from predict.operations.serving.request_body import Columns, count_rows

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

INVOCATIONS, HEALTH, METRICS = "/invocations", "/health", "/metrics"
ROUTES = {INVOCATIONS: "POST", HEALTH: "GET", METRICS: "GET"}
JSON = b"application/json"
# A body that is too large is read on, and dropped, up to so many times its limit: a client that is
# cut off while it still sends would not see why.
PATIENCE = 8


@dataclass(frozen=True)
class Limits:
    """What one request may take.

    Parameters
    ----------
    body : int
        Bytes.
    rows : int
    seconds : float
        For the body to arrive, and again for the answer.
    """

    body: int = 2**20
    rows: int = 1_000
    seconds: float = 30.0


@dataclass(frozen=True)
class Answer:
    """What goes back, and what is counted of it."""

    status: int
    body: bytes
    kind: bytes = JSON
    code: str = ""
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gate:
    """An ASGI application around another that scores.

    Parameters
    ----------
    app : ASGI application
        MLflow's scoring server.
    columns : Columns
    token : bytes
    metrics : Metrics
    log : callable
        Takes a line a request: method, path, status, code, rows, milliseconds.
    limits : Limits
    """

    app: App
    columns: Columns
    token: bytes
    metrics: Metrics
    log: Callable[[str], None]
    limits: Limits = Limits()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        began = time.monotonic()
        self.metrics.waiting += 1
        try:
            answer = await self._answer(scope, receive)
        finally:
            self.metrics.waiting -= 1
        self._note(scope, answer, time.monotonic() - began)
        with suppress(OSError):  # whoever asked has left
            await _send(send, answer)

    async def answered(self, body: bytes) -> Answer:
        """Return what rows get once they are let in."""
        try:
            return await self._route(INVOCATIONS, body)
        except Refused as error:
            return _refusal(error)

    async def _answer(self, scope: Mapping[str, Any], receive: Receive) -> Answer:
        try:
            refused = self._refused(scope)
            body = await self._read(receive, keep=refused is None)
            if refused:
                raise refused
            return await self._route(scope["path"], body)
        except Refused as error:
            return _refusal(error)
        except Exception as error:  # whatever it says may hold a patient's answer
            self.log(f"fault: {type(error).__name__}")
            return _refusal(Refused("FAULT"))

    def _refused(self, scope: Mapping[str, Any]) -> Refused | None:
        """Return why a request is refused for its head alone."""
        path, headers = scope["path"], dict(scope["headers"])
        if path not in ROUTES:
            return Refused("PATH_UNKNOWN")
        if scope["method"] != ROUTES[path]:
            return Refused("METHOD_WRONG")
        if path != HEALTH and not self._knows_token(headers.get(b"authorization", b"")):
            return Refused("TOKEN_WRONG")
        kind = headers.get(b"content-type", b"").replace(b" ", b"").lower()
        if path == INVOCATIONS and kind not in (JSON, JSON + b";charset=utf-8"):
            return Refused("BODY_NOT_TYPED")
        return None

    def _knows_token(self, header: bytes) -> bool:
        scheme, _, shown = header.partition(b" ")
        return scheme.lower() == b"bearer" and hmac.compare_digest(shown.strip(), self.token)

    async def _read(self, receive: Receive, *, keep: bool) -> bytes:
        try:
            return await asyncio.wait_for(self._whole(receive, keep), self.limits.seconds)
        except TimeoutError:
            raise Refused("BODY_SLOW") from None

    async def _whole(self, receive: Receive, keep: bool) -> bytes:
        parts, size = list[bytes](), 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise Refused("BODY_NOT_JSON")  # nobody waits for the answer
            size += len(message.get("body", b""))
            if keep and size <= self.limits.body:
                parts.append(message.get("body", b""))
            if not message.get("more_body") or size > PATIENCE * self.limits.body:
                break
        if keep and size > self.limits.body:
            raise Refused("BODY_TOO_LARGE")
        return b"".join(parts)

    async def _route(self, path: str, body: bytes) -> Answer:
        if path == HEALTH:
            return Answer(200, canonical_json({"model": self.metrics.model}).encode())
        if path == METRICS:
            return Answer(200, self.metrics.text().encode(), b"text/plain; version=0.0.4")
        count_rows(body, self.columns, most=self.limits.rows)
        try:
            status, answer = await asyncio.wait_for(self._scores(body), self.limits.seconds)
        except TimeoutError:
            raise Refused("TOO_BUSY") from None
        return _checked(status, answer)

    async def _scores(self, body: bytes) -> tuple[int, bytes]:
        """Return the scoring server's status and body for a request that holds only a body."""
        status, parts = 500, list[bytes]()
        asked = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive() -> Message:
            for message in asked:
                return message
            await asyncio.Event().wait()  # the client is the gate, and it does not leave
            raise AssertionError

        async def send(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            parts.append(message.get("body", b""))

        await self.app(_inner_scope(body), receive, send)
        return status, b"".join(parts)

    def _note(self, scope: Mapping[str, Any], answer: Answer, seconds: float) -> None:
        """Count and log; of an unknown path or method nothing is kept, it may be anything."""
        path = scope["path"] if scope["path"] in ROUTES else "other"
        method = scope["method"] if scope["method"] in ROUTES.values() else "other"
        self.metrics.add(path, answer.status, seconds, code=answer.code, rows=answer.rows)
        facts = [method, path, str(answer.status), answer.code, f"rows={len(answer.rows)}"]
        self.log(" ".join([fact for fact in facts if fact] + [f"ms={seconds * 1000:.0f}"]))


def _refusal(error: Refused) -> Answer:
    return Answer(error.status, error.to_bytes(), code=error.code)


def _checked(status: int, body: bytes) -> Answer:
    """Return the scores, or the refusal that stands for whatever else came back."""
    if status != 200:
        raise Refused("FAULT" if status >= 500 else "SIGNATURE")
    predictions = json.loads(body)["predictions"]
    if isinstance(predictions, dict):
        raise Refused(predictions["code"], message=predictions["message"])
    return Answer(200, body, rows=tuple(row["status"] for row in predictions))


def _inner_scope(body: bytes) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": INVOCATIONS,
        "raw_path": INVOCATIONS.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"content-type", JSON), (b"content-length", str(len(body)).encode())],
        "client": None,
        "server": None,
    }


async def _send(send: Send, answer: Answer) -> None:
    headers = [
        (b"content-type", answer.kind),
        (b"content-length", str(len(answer.body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if answer.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if answer.status in (408, 413):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
