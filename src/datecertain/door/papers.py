"""The forms of a paper (text, HTML, PDF, workbook …) and which one a request wants: by the ending
of its address, else by `Accept` (RFC 9110)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from fastapi import Request, Response

from datecertain.door.problems import Problem
from datecertain.door.wanting import preferred


class Form(StrEnum):
    """A form, named as its files end."""

    JSON = "json"
    TEXT = "txt"
    HTML = "html"
    PDF = "pdf"
    CSV = "csv"
    XLSX = "xlsx"

    @property
    def media(self) -> str:
        """Its media type."""
        return _MEDIA[self]


_MEDIA = {
    Form.JSON: "application/json", Form.TEXT: "text/plain", Form.HTML: "text/html",
    Form.PDF: "application/pdf", Form.CSV: "text/csv",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
#: What a page that is answered may do in a browser: show itself.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox"


def form_wanted(request: Request, offered: Sequence[Form], ending: str = "") -> Form:
    """The form that a request wants of those that are offered (the first, where it does not mind).
    Raises `Problem`: 404 for an ending, 406 for an `Accept` that none of them fits."""
    if ending:
        if ending not in offered:
            raise Problem(404, "no-such-form", "There is no such form", ", ".join(offered))
        return Form(ending)
    media = preferred(request, [form.media for form in offered])
    return next(form for form in offered if form.media == media)


def paper(content: bytes | str, form: Form, name: str = "", language: str = "en") -> Response:
    """An answer in a form; with a name, to be kept as a file of that name."""
    headers = {"Content-Language": language, "Vary": "Accept", "X-Content-Type-Options": "nosniff"}
    if form is Form.HTML:
        headers["Content-Security-Policy"] = _POLICY
    if name:
        headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    charset = "; charset=utf-8" if form in (Form.TEXT, Form.HTML, Form.CSV) else ""
    return Response(
        content, media_type=None, headers=headers | {"Content-Type": form.media + charset}
    )
