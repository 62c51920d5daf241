"""Evidence that weakens by agreement: what the scans of a flagged place are still worth (req 75;
format: docs/reference/network-files.md).

An integrity screen flags a place and convicts nobody. Only a dated row says that such a place's
scans count for less, for items accepted while it is valid; a network without rows weakens nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from datecertain.findings import Finding
from datecertain.network.rows import Dated, column, filled, one_of

if TYPE_CHECKING:
    from datecertain.network.loading import NetworkData


class Weakening(StrEnum):
    """What is taken from the evidence of a place, by the names of quality/screens.toml."""

    SECOND_SCAN = "needs_second_scan"  # an attempt counts only with a second scan beside it
    DAY_ONLY = "time_of_day_unknown"  # a delivery tells its day, not its minute
    DOCUMENT = "clock_stop_needs_document"  # a customs hold stops the clock only with a document
    LANDING = "earliest_landing_instead"  # an arrival scan is not before the earliest landing


#: What is weakened where an inward office made the scan; the others are made in an area.
AT_OFFICES = frozenset({Weakening.DOCUMENT, Weakening.LANDING})


def _weakening(value: str) -> Weakening:
    one_of(*Weakening)(value)
    return Weakening(value)


@dataclass(frozen=True, slots=True)
class WeakenedEvidence(Dated):
    """A flagged place whose scans count for less, for items accepted from a day on to another."""

    file: ClassVar[str] = "weakened_evidence.csv"
    optional: ClassVar[bool] = True
    place: str = column(filled)  # an inward office, or an area of delivery
    weakening: str = column(_weakening)  # Weakening


def check_weakened(data: NetworkData) -> Iterator[Finding]:
    """Rows name places that make such scans, end after they begin, and say nothing twice."""
    inward = {row.office for row in data.offices if row.inward}
    areas = {row.area for row in data.areas}
    seen: dict[tuple[str, str], list[WeakenedEvidence]] = defaultdict(list)
    for row in data.weakened_evidence:
        places, kind = (inward, "inward office") if row.weakening in AT_OFFICES else (areas, "area")
        if row.place not in places:
            yield row.finding(
                "reference-unknown",
                f"place: {row.weakening} wants an {kind}, and there is no {row.place!r} here",
            )
        if row.valid_to < row.valid_from:
            yield row.finding("validity", "valid_to comes before valid_from")
        before = seen[row.place, row.weakening]
        for other in before:
            if row.valid_from <= other.valid_to and other.valid_from <= row.valid_to:
                yield row.finding(
                    "row-twice", f"says of some days what row {other.line} says: end one of them"
                )
                break
        before.append(row)


WEAKENING_CHECKS = (check_weakened,)
