"""The documents of a month that its report leads to: statements, letters, tables (req 63)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class DocumentKind(StrEnum):
    """What a document is."""

    STATEMENT = "statement"
    EXPORT = "export"  # a table of the report itself
    LETTER = "letter"  # to the sender of an item that was refunded


@dataclass(frozen=True, slots=True)
class Document:
    """A document. `about`: two posts (`KR-US`), an item number, or what a table lists; `form`: how
    its file ends; `language`: empty where it has none; `address`: from the page to it; `sha256`: of
    the statement that it says, empty of others."""

    kind: DocumentKind
    about: str
    form: str
    language: str
    address: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of a month. `refunded`: items of the month that were refunded, each of which
    can have a letter; there may be letters of the first of them only."""

    files: tuple[Document, ...] = ()
    refunded: int = 0

    def about(self, kind: DocumentKind, language: str) -> list[tuple[str, Sequence[Document]]]:
        """The documents of a kind by what they are about, in order; of those in several languages
        the one of the language, else any."""
        found: dict[str, dict[str, Document]] = {}
        for one in self.files:
            if one.kind is kind:
                forms = found.setdefault(one.about, {})
                if one.form not in forms or one.language == language:
                    forms[one.form] = one
        return [(about, tuple(forms.values())) for about, forms in sorted(found.items())]
