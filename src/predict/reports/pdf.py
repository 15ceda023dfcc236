"""A patient page as a tagged PDF, made without a browser (extra ``pdf``)."""

from __future__ import annotations

import re

from predict.errors import UsageError

# The PDF's maker reads no style sheet for drawings inside a page: each gets the print colours.
_DRAWN = (
    "text{fill:#000;font-size:14px;font-family:sans-serif}.ts{fill:#333;font-size:13px}"
    ".tb,.tl,.tr{font-weight:700}.tl,.tn{font-size:13px}.track{fill:#e3e9ee}.rng{fill:#a9cbe6}"
    ".dot,.pt{fill:#0a4a80;stroke:#fff;stroke-width:2}.basel{stroke:#222;stroke-width:2.5}"
    ".tick,.zero{stroke:#333}.f{fill:#0a5c9e;stroke:#0a5c9e}.o{fill:none;stroke:#333;"
    "stroke-width:1.2}.up{fill:#0a5c9e}.dn{fill:#a3480b}.rem{fill:#cfe3f3}.res{fill:#e8f1f9}"
    ".gl{stroke:#b8b8b8}.edge{stroke:#0a5c9e;stroke-dasharray:4 3}.iqr{stroke:#6b7987;"
    "stroke-width:9;stroke-linecap:round}.med{stroke:#000;stroke-width:2.5}.ln{stroke:#0a4a80;"
    "stroke-width:2.5}.hollow{fill:#fff;stroke:#333;stroke-width:2}.due{fill:#333}"
    ".safety-sign{fill:#8e1717}.bang{stroke:#fff;stroke-width:3;fill:none}"
)
_DRAWING = re.compile(r"(<svg [^>]*>)")


def pdf_of(html: str) -> bytes:
    """Return a page of ours as a tagged PDF (PDF/UA), laid out by its print style.

    Nothing is fetched: a page of ours refers to nothing outside itself.

    Raises
    ------
    UsageError
        When the extra ``pdf`` is not installed.
    """
    try:
        from weasyprint import HTML
    except ImportError as error:
        raise UsageError(
            "PDF pages need the extra 'pdf': pip install 'predict-response[pdf]'."
        ) from error
    drawn = _DRAWING.sub(rf"\1<style>{_DRAWN}</style>", html)
    made = HTML(string=drawn, url_fetcher=_refuse).write_pdf(pdf_variant="pdf/ua-1")
    return bytes(made)


def _refuse(url: str, *_: object, **__: object) -> dict[str, object]:
    if url.startswith("data:"):
        return {"string": b"", "mime_type": "text/plain"}
    raise ValueError("a page of ours refers to nothing outside itself")
