"""Names and addresses stay at the door: what is set aside of messages that name persons is kept
without them.

An ITMATT names sender and addressee. No field of a profile reads that, so it reaches no column; and
findings about such messages quote no text that could be a name. What is left is quarantine: there
every value is blotted out except where the message's profile has a field, and everything where no
profile reads it. Lengths and service characters stay, so that counts and places remain right
(requirement 59). Where damage hides even which message it was, bytes are kept as they came: store
quarantine as raw messages are stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from datecertain.messages.separators import BLANKS, DEFAULT, Separators

if TYPE_CHECKING:
    from datecertain.messages.profiles import Field

#: Messages that carry what a customs declaration (CN 22, CN 23) says.
OF_PERSONS = frozenset({"ITMATT", "CUSITM"})
#: Stands for each byte that was blotted out.
BLOT = b"X"
_TAG = re.compile(rb"[A-Z][A-Z0-9]{2}")
#: Leading elements of service segments, which name no person.
_SERVICE = {b"UNH": 2, b"UNT": 2, b"UNE": 2, b"UNZ": 2, b"UNB": 11, b"UNG": 8}

#: Names, addresses, contacts (UN/EDIFACT).
_PARTY = re.compile(rb"NAD|PNA|ADR|CTA|COM")

_Place = tuple[int, int]


def names_persons(raw: bytes, application: str = "", *, stray: bool = False) -> bool:
    """Whether bytes are of a message that names persons, or of an interchange that says so. Of
    `stray` segments, which lost their message, any that names a party will do."""
    if stray and _PARTY.search(raw):
        return True
    return any(name in application or name.encode() in raw for name in OF_PERSONS)


def without_persons(
    raw: bytes, separators: Separators = DEFAULT, fields: Iterable[Field] = ()
) -> bytes:
    """Segments with every value blotted out that none of the fields reads; as long as before."""
    places: dict[bytes, list[Field]] = {}
    for one in fields:
        places.setdefault(one.pattern.segment.encode(), []).append(one)
    split = _Split(separators)
    return b"".join(
        piece for segment in split.segments(raw) for piece in _blotted(segment, split, places)
    )


def _blotted(segment: bytes, split: _Split, places: dict[bytes, list[Field]]) -> Iterator[bytes]:
    body = segment.lstrip(BLANKS)
    yield segment[: len(segment) - len(body)]
    if body.startswith(b"UNA"):
        yield body
        return
    pieces = list(split.pieces(body))
    tag = pieces[0][1] if pieces and pieces[0][0] == (0, 1) else b""
    first = next((piece for place, piece in pieces if place == (1, 1)), b"")
    kept = _kept(places.get(tag, ()), first)
    leading = _SERVICE.get(tag, 0)
    for place, piece in pieces:
        named = place == (0, 1) and _TAG.fullmatch(piece) is not None
        service = place is not None and 1 <= place[0] <= leading
        yield piece if place is None or place in kept or named or service else BLOT * len(piece)


def _kept(fields: Iterable[Field], first: bytes) -> set[_Place]:
    """Where the fields of a segment stand that has this first value."""
    kept: set[_Place] = set()
    for one in fields:
        qualifier = one.pattern.qualifier
        if qualifier is None or qualifier.encode() == first:
            kept.add((one.element, one.component))
            kept |= set() if qualifier is None else {(1, 1)}
            if one.format_component is not None:
                kept.add((one.element, one.format_component))
    return kept


class _Split:
    """Takes bytes apart as far as separators tell."""

    def __init__(self, separators: Separators) -> None:
        self._element, self._component = bytes([separators.element]), bytes([separators.component])
        repetition = separators.repetition
        self._repetition = b"" if repetition is None else bytes([repetition])
        self._terminator = bytes([separators.terminator])
        terminator = re.escape(self._terminator)
        service = re.escape(self._element + self._component + self._repetition)
        release = b"" if separators.release is None else re.escape(bytes([separators.release]))
        released = b"%b.|%b|" % (release, release) if release else b""
        self._segments = re.compile(
            b"(?:%b[^%b%b])*(?:%b|$)" % (released, release, terminator, terminator), re.DOTALL
        )
        self._pieces = re.compile(
            b"(?:%b[^%b%b%b])+|[%b%b]"
            % (released, release, service, terminator, service, terminator),
            re.DOTALL,
        )

    def segments(self, raw: bytes) -> Iterator[bytes]:
        """The segments, their terminators included; the last may have none."""
        return (found[0] for found in self._segments.finditer(raw) if found[0])

    def pieces(self, segment: bytes) -> Iterator[tuple[_Place | None, bytes]]:
        """Values with element and component (the tag is element 0), service characters without."""
        element, component = 0, 1
        for found in self._pieces.finditer(segment):
            piece = found[0]
            if piece == self._element:
                element, component = element + 1, 1
            elif piece == self._component:
                component += 1
            elif piece == self._repetition:
                component = 1
            elif piece != self._terminator:
                yield (element, component), piece
                continue
            yield None, piece
