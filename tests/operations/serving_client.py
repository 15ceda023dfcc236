"""A client without sockets: it drives the gate as a web server would, and sees all that is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from predict.cohort.required_columns import columns_taken
from predict.models.response_model import ResponseModel
from predict.operations.serving import Columns, Gate, Limits, Metrics
from predict.pipeline.tracking.serving import scoring_app

TOKEN = b"a-token-for-the-tests-only"
HEADERS = {"authorization": f"Bearer {TOKEN.decode()}", "content-type": "application/json"}


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[bytes, bytes]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body, parse_constant=_no_constant)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def apart(work: Coroutine[Any, Any, Any]) -> Any:
    """Return what comes of it, run in a thread: tests of browsers leave an event loop running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@dataclass(frozen=True)
class Client:
    """A gate and the lines it logged."""

    gate: Gate
    lines: list[str] = field(default_factory=list)

    def ask(self, body: Any = b"", path: str = "/invocations", **more: Any) -> Reply:
        return apart(self.asking(body, path, **more))

    def ask_at_once(self, bodies: Sequence[bytes], clients: int) -> list[Reply]:
        """Ask for all, so many at any moment."""

        async def all_of_them() -> list[Reply]:
            free = asyncio.Semaphore(clients)

            async def one(body: bytes) -> Reply:
                async with free:
                    return await self.asking(body)

            return await asyncio.gather(*map(one, bodies))

        return apart(all_of_them())

    async def asking(
        self,
        body: Any,
        path: str = "/invocations",
        *,
        method: str = "",
        headers: Mapping[str, str] = HEADERS,
        pieces: int = 1,
        stalls: bool = False,
    ) -> Reply:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        size = -(-len(data) // pieces) or 1
        parts = [data[at : at + size] for at in range(0, len(data), size)] or [b""]
        coming = [
            {"type": "http.request", "body": part, "more_body": stalls or n < len(parts) - 1}
            for n, part in enumerate(parts)
        ]
        sent: list[Any] = []

        async def receive() -> Any:
            if coming:
                return coming.pop(0)
            return await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method or ("POST" if path == "/invocations" else "GET"),
            "path": path,
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in headers.items()],
        }
        await self.gate(scope, receive, send)
        start, *rest = sent
        return Reply(start["status"], dict(start["headers"]), b"".join(m["body"] for m in rest))


def client_of(model: ResponseModel, limits: Limits | None = None, app: Any = None) -> Client:
    """Return a client of a served model, or of another application behind the gate."""
    lines: list[str] = []
    app = app or scoring_app(model)
    gate = Gate(app, columns_of(model), TOKEN, Metrics("digest"), lines.append, limits or Limits())
    return Client(gate, lines)


def columns_of(model: ResponseModel) -> Columns:
    kinds = dict(columns_taken(model.study, model.as_of))
    texts = frozenset(name for name, is_text in kinds.items() if is_text)
    return Columns(model.study.id, texts, frozenset(kinds) - texts)


def records_of(table: pd.DataFrame, model: ResponseModel) -> list[dict[str, Any]]:
    """Return rows as a client sends them: numbers where the model takes numbers, null for empty."""
    numbers = columns_of(model).numbers
    return [
        {
            k: None if v != v or v is None else float(v) if k in numbers else v
            for k, v in row.items()
        }
        for row in table.to_dict("records")
    ]
