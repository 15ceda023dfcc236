"""A patient page as a tagged PDF, made without a browser (extra ``pdf``)."""

from __future__ import annotations

from predict.errors import UsageError


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
    made = HTML(string=html, url_fetcher=_refuse).write_pdf(pdf_variant="pdf/ua-1")
    return bytes(made)


def _refuse(url: str, *_: object, **__: object) -> dict[str, object]:
    if url.startswith("data:"):
        return {"string": b"", "mime_type": "text/plain"}
    raise ValueError("a page of ours refers to nothing outside itself")
