"""Where an interchange starts, and which characters separate its parts (ISO 9735, UNA and UNB).

Service characters are single bytes in every character set of the family, so everything here works
on bytes. A start is a `UNB` whose syntax identifier and version can be read, with the service
string advice (`UNA`) before it if there is one. The letters UNA or UNB alone are no start: control
references contain them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from datecertain.messages import kernels

#: Line breaks and blanks between segments are no data.
BLANKS = b"\r\n\t "

_UNB = re.compile(
    rb"UNB([^0-9A-Za-z \t\r\n])(UN[A-Z]{2})([^0-9A-Za-z \t\r\n])([1-9])(?=\3|\1)", re.DOTALL
)
_UNA_LENGTH = 9
#: The latest version of the syntax that is known.
LATEST_VERSION = 4
_LINE_BREAKS_AFTER_UNA = 16
_STARTS_EXPECTED = 1024
#: A start fits into so many bytes: what a reader must keep of unread text to recognise one.
LONGEST_START = 64


@dataclass(frozen=True, slots=True)
class Separators:
    """The service characters of an interchange, as byte values."""

    component: int = ord(":")
    element: int = ord("+")
    release: int | None = ord("?")  # None: the sender declares that there is none
    repetition: int | None = None  # only from syntax version 4 on
    terminator: int = ord("'")

    def escape(self, text: str) -> str:
        """The text with a release character before each service character.

        Raises ValueError when there is a service character in it but no release character.
        """
        service = [self.component, self.element, self.terminator]
        service += [one for one in (self.release, self.repetition) if one is not None]
        if not any(chr(one) in text for one in service):
            return text
        if self.release is None:
            raise ValueError(f"{text!r} holds a service character, and nothing can release it")
        # The release character first, so that those put in are not escaped again.
        for one in sorted(service, key=lambda value: value != self.release):
            text = text.replace(chr(one), chr(self.release) + chr(one))
        return text

    def advice(self) -> str:
        """The service string advice (`UNA` segment) that declares them."""
        release = " " if self.release is None else chr(self.release)
        repetition = " " if self.repetition is None else chr(self.repetition)
        first = f"UNA{chr(self.component)}{chr(self.element)}."
        return f"{first}{release}{repetition}{chr(self.terminator)}"


DEFAULT = Separators()
#: Level B of old: information separators instead of printable characters.
_LEVEL_B = Separators(component=0x1F, element=0x1D, release=None, terminator=0x1C)


@dataclass(frozen=True, slots=True)
class Start:
    """The start of an interchange in a buffer."""

    position: int  # of the UNA, or of the UNB where there is none
    header: int  # of the UNB
    separators: Separators
    syntax: str  # syntax identifier: UNOA, UNOC …
    version: int
    advice_ignored: bool = False  # there is a UNA, but it doesn't fit the UNB


def find_starts(data: bytes | bytearray, begin: int, end: int) -> list[Start]:
    """All starts within `data[begin:end]`, in order."""
    positions = np.empty(_STARTS_EXPECTED, dtype=np.int64)
    octets = np.frombuffer(data, dtype=np.uint8)
    count = kernels.find_unb(octets, begin, end, positions)
    if count > len(positions):
        positions = np.empty(count, dtype=np.int64)
        kernels.find_unb(octets, begin, end, positions)
    starts = (_start_at(data, at, begin, end) for at in positions[:count].tolist())
    return [start for start in starts if start is not None]


def _start_at(data: bytes | bytearray, at: int, begin: int, end: int) -> Start | None:
    header = _UNB.match(data, at, end)
    if header is None:
        return None
    element, component = header[1][0], header[3][0]
    syntax, version = header[2].decode("ascii"), int(header[4])
    default_repetition = ord("*") if version >= 4 else None
    position = _advice_before(data, at, begin)
    if position is not None:
        separators = _advised(bytes(data[position + 3 : position + _UNA_LENGTH]), version)
        if separators and (separators.element, separators.component) == (element, component):
            return Start(position, at, separators, syntax, version)
    for standard in (DEFAULT, _LEVEL_B):
        if (standard.element, standard.component) == (element, component):
            separators = Separators(
                component, element, standard.release, default_repetition, standard.terminator
            )
            begins = at if position is None else position
            return Start(begins, at, separators, syntax, version, position is not None)
    return None


def _advice_before(data: bytes | bytearray, at: int, begin: int) -> int | None:
    """Position of the UNA that belongs to the UNB at a position."""
    lowest = max(begin, at - _UNA_LENGTH - _LINE_BREAKS_AFTER_UNA)
    position = data.rfind(b"UNA", lowest, at)
    if position < 0 or position + _UNA_LENGTH > at:
        return None
    return None if data[position + _UNA_LENGTH : at].strip(BLANKS) else position


def _advised(advice: bytes, version: int) -> Separators | None:
    """The separators that six bytes of advice declare, or None if they contradict themselves."""
    component, element, _decimal, release, repetition, terminator = advice
    blank = ord(" ")
    chosen = [component, element, terminator]
    if release != blank:
        chosen.append(release)
    if version >= 4 and repetition != blank:
        chosen.append(repetition)
    if len(set(chosen)) < len(chosen) or any(chr(one).isalnum() or one == blank for one in chosen):
        return None
    return Separators(
        component,
        element,
        None if release == blank else release,
        repetition if version >= 4 and repetition != blank else None,
        terminator,
    )
