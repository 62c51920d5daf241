"""S8 dispatches (20 characters) and S9 receptacles (29): the first 20 of an S9 are its S8.

Fields as quoted by three public implementations of S8-6 and S9-9 (2014): second-hand, agreeing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from datecertain.identifiers.defect import Defect, doubtful, refused
from datecertain.moments import date_of

#: Mail categories, code list 115.
CATEGORIES = {
    "A": "air",
    "B": "surface air lifted",
    "C": "surface",
    "D": "priority by surface",
}

_S8 = re.compile(r"[A-Z]{12}[A-Z][A-Z][A-Z0-9][0-9]{5}", re.ASCII)
_S9_TAIL = re.compile(r"[0-9]{9}", re.ASCII)
_HORIZON = 5


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A dispatch: all receptacles that one outward office closes for one inward office."""

    text: str

    @property
    def origin(self) -> str:
        """Outward office of exchange."""
        return self.text[:6]

    @property
    def destination(self) -> str:
        """Inward office of exchange."""
        return self.text[6:12]

    @property
    def category(self) -> str:
        """Mail category, code list 115 (`CATEGORIES`)."""
        return self.text[12]

    @property
    def subclass(self) -> str:
        """Mail subclass, code list 117; EMS is seen as EN, any E* is treated as EMS."""
        return self.text[13:15]

    @property
    def year_digit(self) -> int:
        """Last digit of the year."""
        return int(self.text[15])

    @property
    def serial(self) -> int:
        """Number of the dispatch in its year, per office pair, category and subclass."""
        return int(self.text[16:20])

    def year(self, near: int) -> int:
        """The year of the dispatch, nearest to the day of an event that names it (within five
        years; of two equally near, the earlier, because a dispatch precedes its events)."""
        event_year = date_of(near).year
        ahead = (self.year_digit - event_year) % 10
        return event_year + (ahead if ahead < _HORIZON else ahead - 10)

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> Dispatch | Defect:
        """The dispatch a text stands for, after upper-casing and trimming."""
        code = text.strip().upper()
        if not text.isascii() or _S8.fullmatch(code) is None:
            return refused(
                "dispatch-shape",
                f"{text!r}: expected two offices, category, subclass, year digit, four digits",
            )
        return cls(code)

    def doubts(self) -> tuple[Defect, ...]:
        """What is odd about a dispatch of the right shape."""
        if self.category not in CATEGORIES:
            return (
                doubtful("dispatch-category", f"{self.text}: category {self.category} unknown"),
            )
        return ()


@dataclass(frozen=True, slots=True)
class Receptacle:
    """A bag or tray of a dispatch, as its label says."""

    text: str

    @property
    def dispatch(self) -> Dispatch:
        """The dispatch it belongs to."""
        return Dispatch(self.text[:20])

    @property
    def serial(self) -> int:
        """Number of the receptacle in its dispatch."""
        return int(self.text[20:23])

    @property
    def last(self) -> bool | None:
        """Whether it is the highest-numbered of its dispatch; None when the label doesn't say."""
        return {"0": False, "1": True}.get(self.text[23])

    @property
    def registered(self) -> bool | None:
        """Whether it holds registered or insured items; None when the label doesn't say."""
        return {"0": False, "1": True}.get(self.text[24])

    @property
    def weight_g(self) -> int:
        """Weight on the label in grams (stated to 100 g; 0 occurs and means not weighed)."""
        return int(self.text[25:29]) * 100

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> Receptacle | Defect:
        """The receptacle a text stands for, after upper-casing and trimming."""
        code = text.strip().upper()
        right = _S8.fullmatch(code[:20]) is not None and _S9_TAIL.fullmatch(code[20:]) is not None
        if not (right and text.isascii()):
            return refused(
                "receptacle-shape", f"{text!r}: expected a dispatch (20) and nine digits (29)"
            )
        return cls(code)
