"""One item's verdict as a page that asks for nothing, and its staircase as a picture (req 63)."""

from __future__ import annotations

from markupsafe import Markup

from datecertain.verdict.explaining import Explanation
from datecertain.verdict.telling import sections, sentences
from datecertain.web.pages import templates
from datecertain.web.staircase import picture
from datecertain.wording import Words


def explanation_html(told: Explanation, words: Words) -> str:
    """The page in the reader's language: the sentences, the picture, and every section."""
    return (
        templates()
        .get_template("explanation.html.j2")
        .render(
            words=words, told=told, sentences=sentences(told, words),
            sections=sections(told, words), picture=picture(told, words).svg(),
        )
    )  # fmt: skip


def staircase_svg(told: Explanation, words: Words) -> str:
    """The picture as a file of its own."""
    return (
        str(Markup('<?xml version="1.0" encoding="UTF-8"?>\n') + picture(told, words).svg()) + "\n"
    )
