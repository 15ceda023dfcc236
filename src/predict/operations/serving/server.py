"""The process that serves: a port, TLS, an event loop, and an end in order."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from predict.errors import ModelError, OutputError, UsageError
from predict.operations.serving.gate import Gate
from predict.operations.serving.secrets import require_private

if TYPE_CHECKING:
    import uvicorn

CONNECTIONS = 1_000
HEAD_BYTES = 16 * 1024
KEEP_ALIVE_SECONDS = 5
REHEARSAL_SECONDS = 300.0


@dataclass(frozen=True)
class Address:
    """Where a server listens.

    Parameters
    ----------
    host : str
        An address of this machine.
    port : int
        0 for any that is free.
    certificate, key : Path or None
        PEM files of TLS.

    Raises
    ------
    UsageError
        ``TLS_NEEDED`` where other machines could listen in; ``TLS_HALF`` for one file of two.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    certificate: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise UsageError("TLS takes both --tls-cert and --tls-key.", code="TLS_HALF")
        if self.certificate is None and not _is_loopback(self.host):
            raise UsageError(
                "Other machines can reach this address, so answers need TLS: --tls-cert and "
                "--tls-key. Or keep to 127.0.0.1, behind a proxy that holds the certificate.",
                code="TLS_NEEDED",
            )
        if self.key is not None:
            require_private(self.key, "TLS key", code="TLS_KEY_READABLE")

    @property
    def scheme(self) -> str:
        """``https`` where there is a certificate."""
        return "https" if self.certificate else "http"

    def opened(self) -> socket.socket:
        """Return the port, opened.

        Raises
        ------
        OutputError
            ``PORT_UNAVAILABLE``.
        """
        try:
            family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
            return socket.create_server((self.host, self.port), family=family, backlog=512)
        except OSError as error:
            raise OutputError(
                f"Port {self.port} cannot be opened there: {error.strerror}. Choose another with "
                "--port, or end what holds it.",
                code="PORT_UNAVAILABLE",
            ) from error


def rehearse(gate: Gate, body: bytes) -> None:
    """Answer one request of invented people: what is slow once is done before anybody asks.

    Raises
    ------
    ModelError
        ``REHEARSAL_FAILED`` where they get no scores.
    """
    patient = replace(gate, limits=replace(gate.limits, seconds=REHEARSAL_SECONDS))
    # In a thread of its own: whoever calls may have an event loop running, as notebooks do.
    with ThreadPoolExecutor(1) as thread:
        status = thread.submit(lambda: asyncio.run(patient.answered(body))).result().status
    if status != 200:
        raise ModelError(
            f"Invented people were answered with {status} instead of scores. `predict doctor` "
            "says what differs from where the model was made.",
            code="REHEARSAL_FAILED",
        )


def serve(gate: Gate, address: Address, opened: socket.socket) -> None:
    """Serve until a signal ends it; requests that were begun are answered first.

    Raises
    ------
    UsageError
        ``TLS_UNREADABLE`` where certificate and key do not fit.
    """
    server = _server(gate, address)
    # Not one word of uvicorn, MLflow or asyncio: theirs may hold paths, rows and traces.
    logging.disable(logging.CRITICAL)
    try:
        # A signal is how a server ends: uvicorn raises it again once all is answered.
        with suppress(SystemExit, KeyboardInterrupt):
            asyncio.run(server.serve(sockets=[opened]))
    finally:
        logging.disable(logging.NOTSET)
        opened.close()


def _server(gate: Gate, address: Address) -> uvicorn.Server:
    import uvicorn

    config = uvicorn.Config(
        gate,  # type: ignore[arg-type]  # an ASGI application by its call
        ssl_certfile=address.certificate,
        ssl_keyfile=address.key,
        http="h11",
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        h11_max_incomplete_event_size=HEAD_BYTES,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=int(gate.limits.seconds) + 1,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            "Certificate and key cannot be used together: both are PEM files, and belong together.",
            code="TLS_UNREADABLE",
        ) from error
    return uvicorn.Server(config)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
