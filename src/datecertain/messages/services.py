"""The service segments of a scan: what opens and closes interchanges, groups and messages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datecertain.messages.scan import Scan
from datecertain.moments import Ints

UNB, UNG, UNH, UNT, UNE, UNZ = range(6)
_SERVICE = {b"UNB": UNB, b"UNG": UNG, b"UNH": UNH, b"UNT": UNT, b"UNE": UNE, b"UNZ": UNZ}


@dataclass(frozen=True, slots=True)
class Services:
    """Rows of the service segments of a scan, and which they are."""

    rows: Ints
    codes: Ints

    def __len__(self) -> int:
        return len(self.rows)

    def between(self, low: int, high: int) -> Services:
        """Those among rows `[low, high)`."""
        slots = slice(*np.searchsorted(self.rows, (low, high)))
        return Services(self.rows[slots], self.codes[slots])

    @classmethod
    def of(cls, found: Scan) -> Services:
        """All of a scan; what breaks off without terminator is none."""
        candidates = found.service
        tag = found.words[found.start[candidates]] & np.uint64(0xFFFFFF)
        codes = np.full(len(candidates), -1, dtype=np.int64)
        for name, code in _SERVICE.items():
            codes[tag == int.from_bytes(name, "little")] = code
        exact = found.delim[found.first[candidates]] - found.start[candidates] == 3
        kept = (codes >= 0) & exact & ~found.forced[candidates]
        return cls(candidates[kept], codes[kept])
