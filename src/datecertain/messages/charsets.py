"""Character sets of EDIFACT's syntax levels UNOA to UNOY.

Values are decoded by the declared set; where that fails, as UTF-8, then as windows-1252, and the
reader says so: files that declare UNOC are often one of these (php-edifact issues 64, 71, 82).
Writing is strict: what a set does not hold is transliterated, visibly.

Sources: UNSL (service.unece.org) for UNOC to UNOF; isotc154.org for level A being upper case only.
The punctuation of levels A and B and the sets UNOG to UNOY are recalled, not confirmed.
"""

from __future__ import annotations

import unicodedata
from functools import cache

_CODECS = {
    "UNOA": "ascii",
    "UNOB": "ascii",
    "UNOC": "iso8859-1",
    "UNOD": "iso8859-2",
    "UNOE": "iso8859-5",
    "UNOF": "iso8859-7",
    "UNOG": "iso8859-3",
    "UNOH": "iso8859-4",
    "UNOI": "iso8859-6",
    "UNOJ": "iso8859-8",
    "UNOK": "iso8859-9",
    "UNOW": "utf-8",
    "UNOX": "ascii",  # code extension by escape sequences: not read, falls back
    "UNOY": "utf-8",
}
_DIGITS = "0123456789"
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LEVEL_A = _UPPER + _DIGITS + " .,-()/='+:?!\"%&*;<>"
_C1_CONTROLS = range(0x7F, 0xA0)


@cache
def repertoire(syntax: str) -> frozenset[int]:
    """The byte values that may occur in an interchange of that syntax level, service characters
    and line breaks between segments included. A level that is not known admits every byte."""
    line_breaks = frozenset(b"\r\n")
    if syntax == "UNOA":
        return frozenset(_LEVEL_A.encode("ascii")) | line_breaks
    if syntax == "UNOB":
        return frozenset((_LEVEL_A + _UPPER.lower()).encode("ascii")) | line_breaks
    printable = frozenset(range(0x20, 0x100)) | line_breaks
    if _CODECS.get(syntax, "").startswith("iso8859"):
        return printable - frozenset(_C1_CONTROLS)
    return printable if syntax in _CODECS else frozenset(range(0x100))


def unsupported(syntax: str) -> str | None:
    """Why values of that level can't be read as declared, or None. They are read as ASCII then,
    with the fallbacks of `decode`."""
    if syntax == "UNOX":
        return "UNOX: code extension by escape sequences is not read"
    return None if syntax in _CODECS else f"{syntax}: no character set is known by that name"


def decode(value: bytes, syntax: str) -> tuple[str, str | None]:
    """The text of a value, and the set fallen back to when the declared one does not hold it."""
    codec = _CODECS.get(syntax, "ascii")
    declared = _strictly(value, codec)
    if declared is not None:
        return declared, None
    for fallback in ("utf-8", "windows-1252"):
        text = _strictly(value, fallback)
        if text is not None:
            return text, fallback
    return value.decode("iso8859-1"), "iso8859-1"


def transliterate(text: str, syntax: str) -> str:
    """The text within the repertoire of a syntax level: upper case and without accents where the
    level has no others; what has no such form becomes a full stop."""
    return "".join(_within(character, syntax) for character in text)


def encode(text: str, syntax: str) -> bytes:
    """The bytes of a text that `transliterate` left as it is."""
    return text.encode(_CODECS.get(syntax, "ascii"))


def _within(character: str, syntax: str) -> str:
    if _holds(character, syntax):
        return character
    bare = unicodedata.normalize("NFKD", character)
    for candidate in (bare, bare.upper()):
        kept = "".join(one for one in candidate if _holds(one, syntax))
        if kept:
            return kept
    return "."


@cache
def _holds(character: str, syntax: str) -> bool:
    if character in "\r\n":
        return False
    try:
        octets = character.encode(_CODECS.get(syntax, "ascii"))
    except UnicodeEncodeError:
        return False
    return all(octet in repertoire(syntax) for octet in octets)


def _strictly(value: bytes, codec: str) -> str | None:
    try:
        text = value.decode(codec)
    except UnicodeDecodeError:
        return None
    # The ISO 8859 parts decode every byte; their upper control characters betray another set.
    if codec.startswith("iso8859") and any(0x80 <= octet < 0xA0 for octet in value):
        return None
    return text
