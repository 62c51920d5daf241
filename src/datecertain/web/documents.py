"""Documents written out: as PDF, and as HTML that a mail program shows (req 70; decision 16).

The PDF is PDF/A-2a (to be archived) and PDF/UA-1 (read by screen readers) at once, the same bytes
for the same content and moment. A letter that no font at hand can show is refused, never printed
with holes. Fonts: Pretendard, which is in the package, then those in folders that are named.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from datecertain.errors import InvariantBroken, UsageError
from datecertain.web.pages import templates
from datecertain.wording.documents import Block, Document, Notice

if TYPE_CHECKING:
    import typst  # large: loaded by what makes a PDF, and by no HTML

#: The font that is in the package: Latin, Hangul (all syllables) and kana.
FONT = "Pretendard"
_STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
_TEMPLATE = "document.typ"
#: Chinese letters differ by where they are read: how regions are told to the typesetter, and what
#: names of fonts end with. Of several fonts those named for the language come first.
_REGIONS = {"zh-Hans": "cn", "zh-Hant": "hk"}
_NAMED_FOR = {"ja": ("JP",), "zh-Hans": ("SC",), "zh-Hant": ("HK", "TC"), "th": ("Thai",)}


def pdf(
    document: Document, made_at: int, pictures: Mapping[str, Markup] | None = None,
    fonts: Sequence[Path] = (), template: str = _TEMPLATE,
) -> bytes:  # fmt: skip
    """The document as PDF. `made_at` (UTC minutes) is written into it; `pictures` are SVG by the
    key of a `Picture` block, which is a table without; `fonts` folders with more fonts.

    Raises `UsageError` where no font has a sign that is needed; it does not tell the text.
    """
    import typst  # noqa: PLC0415

    drawn = {key: _with_font(str(svg), fonts) for key, svg in (pictures or {}).items()}
    data = _data(document, drawn, fonts)
    try:
        written = _compiler(tuple(fonts)).compile(
            _source(template), format="pdf", sys_inputs={"data": json.dumps(data)},
            pdf_standards=_STANDARDS, timestamp=made_at * 60,
        )  # fmt: skip
    except typst.TypstError as error:
        raise _refused(error, document) from None
    if not isinstance(written, bytes):
        raise InvariantBroken("a PDF came in several pieces")
    return written


def html(document: Document, width_px: int = 640) -> str:
    """The document as HTML for a mail: styles in line, tables, nothing to load, no script."""
    return templates().get_template("document_mail.html.j2").render(
        document=document, blocks=[(_kind(block), block) for block in document.blocks],
        width_px=width_px,
    )  # fmt: skip


def displayable(document: Document) -> Document:
    """The document for a PDF without further fonts: a notice in a script that the font in the
    package lacks is left out, for it stands in English beside it."""
    kept = [one for one in document.blocks if not isinstance(one, Notice) or _in_font(one.text)]
    return replace(document, blocks=tuple(kept))


def _in_font(text: str) -> bool:
    return all(letter.isascii() or _script(letter) in _SCRIPTS for letter in text)


_SCRIPTS = frozenset({"LATIN", "HANGUL", "CYRILLIC", "GREEK", "HIRAGANA", "KATAKANA"})


def _script(letter: str) -> str:
    if not letter.isalpha():
        return "LATIN"
    return unicodedata.name(letter, "UNKNOWN").split()[0]


def _data(document: Document, drawn: Mapping[str, str], fonts: Sequence[Path]) -> dict[str, object]:
    blocks = []
    for block in document.blocks:
        plain = asdict(block) | {"kind": _kind(block)}
        if plain.get("numbers") is not None:
            plain["numbers"] = sorted(plain["numbers"])
        if plain["kind"] == "picture":
            plain["instead"]["numbers"] = sorted(plain["instead"]["numbers"])
            plain["svg"] = drawn.get(plain["key"])
        blocks.append(plain)
    return {
        "title": document.title, "of": document.of, "date": document.date,
        "reference": document.reference, "footer": document.footer, "to": list(document.to),
        "blocks": blocks, "lang": document.language.partition("-")[0],
        "region": _REGIONS.get(document.language),
        "fonts": font_order(document.language, _families(tuple(fonts))),
    }  # fmt: skip


def _kind(block: Block) -> str:
    return type(block).__name__.lower()


def _with_font(svg: str, fonts: Sequence[Path]) -> str:
    """A picture in the fonts of the document instead of those of the reader's machine."""
    begin = svg.index('font-family="')
    end = svg.index('"', begin + len('font-family="'))
    names = ", ".join(f"'{name}'" for name in _families(tuple(fonts)))
    return f'{svg[:begin]}font-family="{names}{svg[end:]}'


@lru_cache(maxsize=8)
def _source(template: str) -> bytes:
    return (files("datecertain.web") / "templates" / template).read_bytes()


@lru_cache(maxsize=8)
def _fonts(folders: tuple[Path, ...]) -> typst.Fonts:
    import typst  # noqa: PLC0415

    own = str(files("datecertain.web") / "fonts")
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False,
        font_paths=[own, *(str(folder) for folder in folders)],
    )  # fmt: skip


@lru_cache(maxsize=8)
def _families(folders: tuple[Path, ...]) -> tuple[str, ...]:
    return (FONT, *sorted(set(_fonts(folders).families()) - {FONT}))


def font_order(language: str, families: tuple[str, ...]) -> list[str]:
    """The font of the package, then those named for the language, then the others."""
    marks = _NAMED_FOR.get(language, ())
    return sorted(families, key=lambda name: name != FONT and name.split()[-1] not in marks)


@lru_cache(maxsize=8)
def _compiler(folders: tuple[Path, ...]) -> typst.Compiler:
    import typst  # noqa: PLC0415

    # Nothing of the disk can be read by a template but what lies beside it.
    return typst.Compiler(
        root=str(files("datecertain.web") / "templates"), font_paths=_fonts(folders)
    )


def _refused(error: typst.TypstError, document: Document) -> Exception:
    """The error in our words. The compiler's own quotes the text, which may be a name."""
    if "could not be displayed with font" in str(error):
        letters = {letter for line in _texts(document) for letter in line if not _in_font(letter)}
        scripts = ", ".join(sorted({_script(letter) for letter in letters})) or "some signs"
        return UsageError(
            f"no font at hand shows {scripts}: put one that does (.otf, .ttf) into the folder "
            "`fonts` of the workspace, or name its folder with --fonts"
        )
    return InvariantBroken("the template of a document does not compile")


def _texts(document: Document) -> list[str]:
    return [json.dumps(_data(document, {}, ()), ensure_ascii=False)]
