"""Letters written out: as PDF with the staircase drawn, as HTML and text for a mail, and as the
whole mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from pathlib import Path

from datecertain.claims.letters import STAIRCASE
from datecertain.verdict.explaining import Explanation
from datecertain.web import documents
from datecertain.web.staircase import picture
from datecertain.wording import LANGUAGES, words
from datecertain.wording.documents import Document, as_text


@dataclass(frozen=True, slots=True)
class Written:
    """A letter ready to be sent."""

    document: Document
    html: str
    text: str


def write(document: Document) -> Written:
    """The letter as HTML and as plain text, which say the same."""
    return Written(document, documents.html(document), as_text(document))


def letter_pdf(
    document: Document, told: Explanation | None, made_at: int, fonts: Sequence[Path] = ()
) -> bytes:
    """The letter as PDF, with the staircase of the verdict that it tells."""
    pictures = {}
    if told is not None and document.language in LANGUAGES:
        pictures[STAIRCASE] = picture(told, words(document.language)).svg()
    shown = document if fonts else documents.displayable(document)
    return documents.pdf(shown, made_at, pictures, fonts)


def mail(written: Written, pdf: bytes | None, made_at: int, name: str, to: str = "") -> bytes:
    """The whole mail (RFC 5322): text, the same as HTML, and the PDF behind it. Who sends it is
    left to the mail system."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = written.document.title
    if to:
        message["To"] = to
    message["Date"] = formatdate(made_at * 60, usegmt=True)
    message["Content-Language"] = written.document.language
    message.set_content(written.text)
    message.add_alternative(written.html, subtype="html")
    if pdf is not None:
        message.add_attachment(pdf, "application", "pdf", filename=f"{name}.pdf")
    for number, part in enumerate(message.walk()):
        if part.is_multipart():  # the same letter gives the same bytes
            part.set_boundary(f"=_datecertain_{number}")
    return message.as_bytes()
