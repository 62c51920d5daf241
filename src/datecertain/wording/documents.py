"""A document to be read on paper or as mail: what stands in it, not how it looks.

One content, three ways out: PDF and HTML for mail (`datecertain.web.documents`), and plain text
(`as_text`). Letters and statements are such documents.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_WIDTH = 76


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A piece of running text."""

    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of what follows."""

    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that must not be overlooked."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels with their values, one a line; `strong` is the label of the one that matters most."""

    rows: tuple[tuple[str, str], ...]
    strong: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `numbers` are the columns (from 0) that are set to the right."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that the page draws by its `key`; where none is drawn, `instead` says the same."""

    key: str
    alt: str
    instead: Table


Block = Paragraph | Heading | Notice | Facts | Table | Picture


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document. `language` is that of its text; `of` is who writes it, `to` the lines of
    the address (empty: none), `date` and `reference` as they are written."""

    language: str
    title: str
    of: str
    date: str
    reference: str
    blocks: tuple[Block, ...]
    to: tuple[str, ...] = ()
    footer: str = ""


def as_text(document: Document) -> str:
    """The document as plain text for a mail: lines of at most 76 letters where words allow it."""
    lines = [document.of, "", *document.to, *([""] if document.to else [])]
    lines += [document.date, document.reference, "", document.title]
    lines += ["=" * width(document.title), ""]
    colon = " :" if document.language == "fr" else ":"
    for block in document.blocks:
        lines += [*_block(block, colon), ""]
    if document.footer:
        lines += ["-- ", *_wrapped(document.footer)]
    # What no line may break was kept together; in plain text a blank is a blank.
    text = "\n".join(line.rstrip() for line in lines).rstrip()
    return text.replace("\u00a0", " ").replace("\u202f", " ") + "\n"


def _block(block: Block, colon: str) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield from _wrapped(block.text)
    elif isinstance(block, Heading):
        yield block.text
        yield "-" * width(block.text)
    elif isinstance(block, Notice):
        yield from (f"* {line}" for line in _wrapped(block.text))
    elif isinstance(block, Facts):
        longest = max(width(label) for label, _ in block.rows)
        for label, value in block.rows:
            yield f"{label}{colon}{' ' * (longest - width(label) + 1)}{value}"
    else:
        table = block.instead if isinstance(block, Picture) else block
        yield from _wrapped(table.caption)
        for row in table.rows:
            yield "  " + "; ".join(cell for cell in row if cell)


def _wrapped(text: str) -> list[str]:
    """Lines as wide as a mail is, broken between words; in Chinese and Japanese, which have no
    blanks, between letters."""
    lines, line = [], ""
    for blank, piece in _pieces(text):
        longer = f"{line}{blank}{piece}" if line else piece
        if line and width(longer) > _WIDTH:
            lines.append(line)
            line = piece
        else:
            line = longer
    return [*lines, line]


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """What no line breaks, each with the blank before it, if there is one."""
    for word in text.split(" "):
        blank, begin = " ", 0
        for at in range(1, len(word)):
            if _may_break(word[at - 1], word[at]):
                yield blank, word[begin:at]
                blank, begin = "", at
        yield blank, word[begin:]


#: What begins no line, and what ends none.
_NOT_FIRST = frozenset("、。，．：；！？）」』】〉》ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々")
_NOT_LAST = frozenset("（「『【〈《")


def _may_break(before: str, after: str) -> bool:
    """Whether a line may end between two letters: of Chinese and Japanese; Korean has words."""
    if after in _NOT_FIRST or before in _NOT_LAST:
        return False
    return all(_is_wide(letter) and not "가" <= letter <= "힣" for letter in (before, after))


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


def width(text: str) -> int:
    """How many columns of a fixed font a text takes: letters of East Asia take two, marks above and
    below a letter, as Thai has them, none."""
    return sum(
        2 if _is_wide(letter) else 0 if unicodedata.category(letter) == "Mn" else 1
        for letter in text
    )
