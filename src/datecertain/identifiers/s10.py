"""S10 item numbers: two letters, eight digits, a check digit, the issuing operator's country.

Sources: UPU S10-12 (2017) as described in public; weights and special cases by the worked public
examples of jkeen/tracking_number_data (MIT) and npm `s10` (Unlicense). The check digit lets 1.8 %
of single wrong digits through (remainders 0 and 6 share the digit 5): it is evidence, not proof.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from datecertain.identifiers.defect import Defect, doubtful, refused
from datecertain.identifiers.service_indicators import service_indicator
from datecertain.moments import Mask

LENGTH = 13
WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)

_SHAPE = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}", re.ASCII)
_FILLERS = re.compile(r"[\s\-]+")
_MAY_BE_DIGIT = str.maketrans("OQDILSBZ", "00011582")
_MAY_BE_LETTER = str.maketrans("01582", "OISBZ")
#: Check digit by weighted sum modulo 11: 11 - remainder, where 10 is written 0 and 11 is written 5.
DIGIT_OF_REMAINDER = np.array([5, 0, 9, 8, 7, 6, 5, 4, 3, 2, 1], dtype=np.uint8)
_A, _Z, _0 = np.uint8(ord("A")), np.uint8(ord("Z")), np.uint8(ord("0"))

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class ItemNumber:
    """One item number, normalised, of the right shape and with the right check digit."""

    text: str

    @property
    def indicator(self) -> str:
        """Service indicator: two letters, evidence of the product but not proof."""
        return self.text[:2]

    @property
    def serial(self) -> str:
        """Eight digits, not reused for at least twelve months."""
        return self.text[2:10]

    @property
    def country(self) -> str:
        """Country of the operator that issued the number: not always that of posting."""
        return self.text[11:]

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> ItemNumber | Defect:
        """The item number a text stands for, after upper-casing and removing blanks and hyphens.

        A letter O in the digits and the like is refused with a hint, never repaired.
        """
        number = normalised(text)
        if not text.isascii() or _SHAPE.fullmatch(number) is None:
            return refused("item-shape", _shape_detail(text, number))
        expected = check_digit(number[2:10])
        if number[10] != str(expected):
            detail = f"{text!r}: check digit {number[10]}, expected {expected}"
            return refused("item-check-digit", detail)
        return cls(number)

    @classmethod
    def compose(cls, indicator: str, serial: int, country: str) -> ItemNumber | Defect:
        """The item number with that serial and its check digit."""
        digits = f"{serial:08d}"
        if len(digits) != 8 or not digits.isdecimal():
            return refused("item-shape", f"serial {serial}: expected 0 to 99999999")
        return cls.parse(f"{indicator}{digits}{check_digit(digits)}{country}")

    def doubts(self, on: int | None = None) -> tuple[Defect, ...]:
        """What is odd about a valid number on that day: warnings, never refusals, because items
        with unassigned prefixes do circulate."""
        found = []
        kind = service_indicator(self.indicator, on)
        if not kind.assigned:
            found.append(
                doubtful("item-indicator", f"{self.text}: {self.indicator} {kind.product}")
            )
        if self.country not in assigned_countries():
            found.append(doubtful("item-country", f"{self.text}: {self.country} is no ISO country"))
        return tuple(found)


def normalised(text: str) -> str:
    """Upper case without blanks and hyphens; look-alike characters stay as they are."""
    return _FILLERS.sub("", text).upper()


def check_digit(serial: str) -> int:
    """The check digit of eight digits."""
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, serial, strict=True))
    return int(DIGIT_OF_REMAINDER[total % 11])


def valid_s10(column: pa.Array | pa.ChunkedArray | Bytes) -> Mask:
    """Which rows are valid item numbers as they stand (normalise first); null is not.

    Takes a column of text, or a uint8 matrix of shape (n, 13).
    """
    if isinstance(column, np.ndarray):
        return _valid_rows(column)
    if isinstance(column, pa.ChunkedArray):
        parts = [valid_s10(chunk) for chunk in column.chunks]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=bool)
    if not (pa.types.is_string(column.type) or pa.types.is_binary(column.type)):
        column = column.cast(pa.string())
    return _valid_texts(column)


def compose_many(indicator: str, serials: npt.ArrayLike, country: str) -> pa.Array:
    """Item numbers (text) for many serials, 0 to 99999999; the caller vouches for the letters."""
    numbers = np.asarray(serials, dtype=np.int64)
    rows = np.empty((len(numbers), LENGTH), dtype=np.uint8)
    rows[:, :2] = np.frombuffer(indicator.encode("ascii"), dtype=np.uint8)
    rows[:, 11:] = np.frombuffer(country.encode("ascii"), dtype=np.uint8)
    rest = numbers.copy()
    for place in range(9, 1, -1):
        rows[:, place] = rest % 10 + _0
        rest //= 10
    rows[:, 10] = _check_digits(rows[:, 2:10] - _0) + _0
    offsets = np.arange(len(numbers) + 1, dtype=np.int32) * LENGTH
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(rows))


@cache
def assigned_countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes, from the pinned tzdata's `iso3166.tab` (public domain)."""
    table = (files("tzdata.zoneinfo") / "iso3166.tab").read_text(encoding="utf-8")
    return frozenset(line[:2] for line in table.splitlines() if line and not line.startswith("#"))


def _valid_texts(column: pa.Array) -> Mask:
    valid = np.zeros(len(column), dtype=bool)
    if not len(column):
        return valid
    validity, offsets_buffer, data = column.buffers()
    offsets = np.frombuffer(offsets_buffer, dtype=np.int32)[column.offset :][: len(column) + 1]
    fits = np.diff(offsets) == LENGTH
    if validity is not None:
        fits &= np.asarray(column.is_valid())
    rows = np.flatnonzero(fits)
    if len(rows):
        text = np.frombuffer(data, dtype=np.uint8)
        windows = np.lib.stride_tricks.sliding_window_view(text, LENGTH)
        valid[rows] = _valid_rows(windows[offsets[:-1][rows]])
    return valid


def _valid_rows(rows: Bytes) -> Mask:
    """Column by column over (n, 13) bytes: letters, digits, check digit."""
    valid: Mask = np.ones(len(rows), dtype=bool)
    for place in (0, 1, 11, 12):
        valid &= (rows[:, place] >= _A) & (rows[:, place] <= _Z)
    digits = rows[:, 2:11] - _0  # wraps round for what is below "0": caught by <= 9
    for place in range(9):
        valid &= digits[:, place] <= 9
    valid &= digits[:, 8] == _check_digits(digits[:, :8])
    return valid


def _check_digits(digits: Bytes) -> Bytes:
    total = np.zeros(len(digits), dtype=np.uint16)
    for place, weight in enumerate(WEIGHTS):
        total += digits[:, place] * np.uint16(weight)
    found: Bytes = DIGIT_OF_REMAINDER[total % np.uint16(11)]
    return found


def _shape_detail(text: str, number: str) -> str:
    detail = f"{text!r}: expected two letters, nine digits, two letters"
    if not text.isascii():
        return f"{detail}, all of the Latin alphabet without accents"
    if len(number) != LENGTH:
        return f"{detail}; got {len(number)} characters"
    guess = (
        number[:2].translate(_MAY_BE_LETTER)
        + number[2:11].translate(_MAY_BE_DIGIT)
        + number[11:].translate(_MAY_BE_LETTER)
    )
    if _SHAPE.fullmatch(guess) and guess[10] == str(check_digit(guess[2:10])):
        return f"{detail}; look-alike characters: is it {guess}?"
    return detail
