"""Handover again, one item at a time and plainly, for the tests to compare with (req 74)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ARRIVAL_SCAN = 5


@dataclass(frozen=True, slots=True)
class Told:
    """A movement of the item's receptacle; moments are minutes, posts and carriers are names."""

    kind: int  # Movement
    at: int
    by: str  # post, or carrier
    office: str = ""
    at_office: bool = False
    fact: bool = True


@dataclass(frozen=True, slots=True)
class Way:
    """One item: its own scans and what its receptacle did."""

    accepted: int
    scan: int | None  # EMD
    scan_office: str
    later: tuple[int, ...]  # scans behind the arrival, where the clock stopped included
    destination: str
    point: int
    told: tuple[Told, ...] = ()


def first_proof(way: Way) -> tuple[int | None, int, str]:
    """(moment, point that it proves, office) of the earliest credible proof; None: none."""
    before = min((at for at in way.later if at >= way.accepted), default=10**9)
    usable = [one for one in way.told if one.fact and one.at >= way.accepted]
    landings = [one.at for one in usable if one.kind == 1]
    landed = min(landings, default=None)
    if landed is not None and landed > before:
        landed = None
    proofs: list[tuple[int, int, str]] = []
    for one in usable:
        if one.kind > 4 or one.kind < way.point or one.at > before:
            continue
        if one.kind in (3, 4) and one.by != way.destination:
            continue
        if landed is not None and one.at < landed:
            continue
        proofs.append((one.at, -one.kind, one.office))
    scan = way.scan if way.scan is not None and way.scan >= way.accepted else None
    early = scan is not None and landed is not None and scan < landed
    if scan is not None and not early and scan <= before:
        proofs.append((scan, -ARRIVAL_SCAN, way.scan_office))
    if proofs:
        at, kind, office = min(proofs)
        return at, -kind, office or way.scan_office
    if scan is None:
        return None, 0, ""
    return (landed if early else scan), ARRIVAL_SCAN, way.scan_office


def in_columns(ways: Sequence[Way]) -> list[tuple[int, Told]]:
    """(row of the item, movement) of all of them."""
    return [(row, one) for row, way in enumerate(ways) for one in way.told]
