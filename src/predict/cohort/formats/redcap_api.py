"""REDCap's API: all records of a project, page by page, whole or not at all.

The token comes from the environment (``REDCAP_TOKEN``, or a file that its owner alone may read,
named by ``REDCAP_TOKEN_FILE``); it stands in no command, log or error.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from predict.cohort.formats.delimited import fields_of
from predict.cohort.formats.location import Location
from predict.cohort.source import refuse

TOKEN, TOKEN_FILE = "REDCAP_TOKEN", "REDCAP_TOKEN_FILE"
PAGE = 500
TIMEOUT = 60.0
_SHAPE = re.compile(r"^[0-9A-Fa-f]{32}([0-9A-Fa-f]{32})?$")
_LOCAL = re.compile(r"^http://(127\.0\.0\.1|localhost)(:\d+)?(/|$)")


@dataclass(frozen=True)
class Service:
    """A REDCap server's API and the token of one project."""

    address: str
    token: str = field(repr=False)

    def ask(self, **words: str) -> str:
        """Return the CSV that answers one request for records.

        Raises
        ------
        TableError
            When the server is not reached, refuses, or does not send all it announced.
        """
        from urllib.parse import urlencode

        asked = {
            "token": self.token,
            "content": "record",
            "action": "export",
            "format": "csv",
            "type": "flat",
            "rawOrLabel": "raw",
            "returnFormat": "json",
            **words,
        }
        return _text(_sent(self.address, urlencode(asked).encode()))


def fetch_records(location: Location, id_column: str) -> bytes:
    """Return a project's records as one CSV.

    Parameters
    ----------
    location : Location
        ``redcap:https://redcap.example.org/api/``; ``?page=200`` for smaller pages.
    id_column : str
        The project's record id field, as the study names it.

    Raises
    ------
    TableError
        When the token is not there or refused, or a page is not whole: nothing is read by halves.
    """
    if not (location.path.startswith("https://") or _LOCAL.match(location.path)):
        message = "The address is not https, so that the token could be read on the way; use https."
        raise refuse("REDCAP_INSECURE", message)
    service = Service(location.path, read_token(os.environ))
    size = _page_size(dict(location.options).get("page", ""))
    ids = _ids(service.ask(**({"fields[0]": id_column} if id_column else {})), id_column)
    pages = [ids[start : start + size] for start in range(0, len(ids), size)]
    return "".join(_joined(_page(service, page, ids[:1]) for page in pages)).encode()


def _page_size(stated: str) -> int:
    if not stated:
        return PAGE
    if not (stated.isdigit() and int(stated)):
        raise refuse("REDCAP_PAGE_SIZE", "'page' is a whole number of records from 1; correct it.")
    return int(stated)


def read_token(environment: Mapping[str, str]) -> str:
    """Return the token that the environment states, or the file that it names holds.

    Raises
    ------
    TableError
        When there is none, others may read its file, or it has not the shape of a token.
    """
    token = environment.get(TOKEN, "")
    if not token and environment.get(TOKEN_FILE):
        token = _token_of(Path(environment[TOKEN_FILE]))
    if not token:
        message = f"No token is stated; set {TOKEN}, or {TOKEN_FILE} to a file that only you may"
        raise refuse("REDCAP_TOKEN_ABSENT", f"{message} read (chmod 600).")
    if not _SHAPE.match(token.strip()):
        message = "What is stated as token is none: REDCap's have 32 or 64 hexadecimal digits;"
        raise refuse("REDCAP_TOKEN_SHAPE", f"{message} copy it again from the project's API page.")
    return token.strip()


def _token_of(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            message = "Others may read the file of the token; run chmod 600 on it."
            raise refuse("REDCAP_TOKEN_OPEN", message)
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"The file that {TOKEN_FILE} names cannot be read; correct it."
        raise refuse("REDCAP_TOKEN_ABSENT", message) from error


def _sent(address: str, data: bytes) -> bytes:
    """What a server answers; an answer elsewhere is not followed, lest the token go there."""
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    class Nowhere(HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    try:
        # The scheme was checked: https, or this machine.
        with build_opener(Nowhere).open(Request(address, data), timeout=TIMEOUT) as answer:  # noqa: S310
            return bytes(answer.read())
    except HTTPError as error:
        with error:
            raise _refused(error.code) from None
    except (URLError, HTTPException, OSError, ValueError) as error:
        message = "The connection to REDCap failed or was cut; nothing was read. Try again."
        raise refuse("REDCAP_CONNECTION", message) from error


def _refused(status: int) -> Exception:
    if status in (401, 403):
        message = "REDCap refused the token; see that it is the project's and may export data."
        return refuse("REDCAP_TOKEN_REFUSED", message)
    if 300 <= status < 400:
        message = "REDCap answers that it lies elsewhere; state that address, ending in /api/."
        return refuse("REDCAP_MOVED", message)
    message = f"REDCap answered with status {status}; see the address, the record id, the rights."
    return refuse("REDCAP_REFUSED", message)


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refuse("REDCAP_ANSWER", "REDCap's answer is not UTF-8; report it to its admin.") \
            from error  # fmt: skip
    start = text.lstrip()[:1]
    if start in ("{", "<"):
        message = "What answers is no REDCap API, or reports an error; see the address and rights."
        raise refuse("REDCAP_ANSWER", message)
    return text


def _records(text: str, id_column: str) -> tuple[list[str], list[str]]:
    """The header of a page, and the id of each of its rows."""
    rows = [row for row in fields_of(text, ",") if row]
    header = rows[0] if rows else []
    if text.count('"') % 2 or any(len(row) != len(header) for row in rows):
        message = "A page of records is not whole; nothing was read. Try again."
        raise refuse("REDCAP_PAGE_CUT", message)
    if not header or (id_column and id_column not in header):
        message = f"REDCap's records hold no field '{id_column}'; correct id in the study."
        raise refuse("REDCAP_ID", message, id_column)
    place = header.index(id_column) if id_column else 0
    return header, [row[place] for row in rows[1:]]


def _ids(text: str, id_column: str) -> list[str]:
    return list(dict.fromkeys(_records(text, id_column)[1]))


def _page(service: Service, ids: Sequence[str], first: Sequence[str]) -> tuple[str, bool]:
    """The records of some ids as CSV, and whether they are the first."""
    words = {f"records[{place}]": text for place, text in enumerate(ids)}
    text = service.ask(**words)
    _, there = _records(text, "")
    if set(there) != set(ids):
        message = "A page lacks records that were asked for, or holds others; nothing was read."
        raise refuse("REDCAP_PAGE_CUT", f"{message} Try again.")
    return text, list(ids[:1]) == list(first)


def _joined(pages: Iterator[tuple[str, bool]]) -> Iterator[str]:
    """The pages' rows under one header, which all of them must have."""
    header = ""
    for text, is_first in pages:
        line, _, rows = text.partition("\n")
        if not is_first and line != header:
            message = "Two pages have different fields: the project changed meanwhile. Try again."
            raise refuse("REDCAP_CHANGED", message)
        header = line
        yield text if is_first else rows
        if not text.endswith("\n"):
            yield "\n"
