"""The forms of a paper (text, HTML, PDF, workbook …) and which one a request wants: by the ending
of its address, else by `Accept` (RFC 9110)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from fastapi import Request, Response

from datecertain.door.problems import Problem


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
    accept = request.headers.get("accept", "").strip() or "*/*"
    ranges = [_range(one) for one in accept.split(",")[:32]]
    weighed = [(_weight(form.media, ranges), -place) for place, form in enumerate(offered)]
    best, place = max(weighed)
    if best <= 0:
        raise Problem(
            406, "not-acceptable", "None of these forms is accepted",
            ", ".join(form.media for form in offered),
        )  # fmt: skip
    return offered[-place]


def _range(text: str) -> tuple[str, float]:
    name, *rest = (part.strip() for part in text.split(";"))
    weight = 1.0
    for part in rest:
        if part.lower().startswith("q="):
            try:
                weight = min(max(float(part[2:]), 0.0), 1.0)
            except ValueError:
                weight = 0.0
    return name.lower(), weight


def _weight(media: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The weight of the range that fits best: the most precise one."""
    for wanted in (media, f"{media.split('/', maxsplit=1)[0]}/*", "*/*"):
        for name, weight in ranges:
            if name == wanted:
                return weight
    return 0.0


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
