"""What a request may be refused for: a code, an HTTP status and a sentence, and nothing it held."""

from __future__ import annotations

from predict.files import canonical_json

# Status and sentence by code. Whatever a request held, the answer holds only what stands here, and
# names of columns that the model reads.
REFUSALS: dict[str, tuple[int, str]] = {
    "BODY_NOT_JSON": (
        400,
        "The body is not strict JSON (UTF-8, no NaN or infinity, no key twice).",
    ),
    "BODY_SHAPE": (
        400,
        'The body is {"dataframe_records": [{column: value, ...}, ...]} or '
        '{"dataframe_split": {"columns": [...], "data": [[...], ...]}}, values being text, numbers '
        "or null.",
    ),
    "TOKEN_WRONG": (401, "Send the token: Authorization: Bearer TOKEN."),
    "PATH_UNKNOWN": (404, "There are POST /invocations, GET /health and GET /metrics."),
    "METHOD_WRONG": (405, "Use POST for /invocations and GET for /health and /metrics."),
    "BODY_SLOW": (408, "The body did not arrive in time."),
    "BODY_TOO_LARGE": (413, "The body is larger than this server takes. Send fewer rows."),
    "ROWS_TOO_MANY": (413, "More rows than this server takes at once. Use `predict score`."),
    "BODY_NOT_TYPED": (415, "Send JSON: Content-Type: application/json."),
    "ROWS_NONE": (422, "The body holds no row."),
    "ID_NOT_TEXT": (422, "Ids are text, so that 00123 stays 00123. Send them in quotes."),
    "COLUMN_MISSING": (422, "A row lacks the column of ids."),
    "COLUMN_REPEATED": (422, "A column is given twice."),
    "NUMBER_EXPECTED": (422, "This column holds numbers or null."),
    "TEXT_EXPECTED": (422, "This column holds text or null."),
    "SIGNATURE": (422, "The rows do not fit the columns that the model reads."),
    "FAULT": (500, "A fault of this program. The server's log names its place."),
    "TOO_BUSY": (503, "No answer within the time that a request may take. Try again later."),
}


class Refused(Exception):
    """A request that gets no scores.

    Parameters
    ----------
    code : str
        A key of `REFUSALS`, or the code of an error of the package.
    where : str
        Row, counted from 1, and name of a column that the model reads; empty where neither helps.
    message : str, optional
        The package's own sentence, where it is not of `REFUSALS`.
    """

    def __init__(self, code: str, where: str = "", *, message: str = "") -> None:
        self.code = code
        status, sentence = REFUSALS.get(code, (422, ""))
        self.status = status
        self.message = message or (f"{sentence} ({where})" if where else sentence)
        super().__init__(code)

    def to_bytes(self) -> bytes:
        """Return the answer's body.

        Examples
        --------
        >>> Refused("ROWS_NONE").to_bytes()
        b'{"error":{"code":"ROWS_NONE","message":"The body holds no row."}}'
        """
        return canonical_json({"error": {"code": self.code, "message": self.message}}).encode()
