"""Sharing liable days, slow and exact: fractions over custodies and legs (design.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction

LEGS = ("promise", "export", "transport", "import", "delivery")
WHOLE = 1_000_000


def custody_nets(net: Mapping[tuple[str, str], Fraction]) -> dict[str, Fraction]:
    total: dict[str, Fraction] = defaultdict(Fraction)
    for (custody, _), days in net.items():
        total[custody] += days
    return total


def exact_shares(net: Mapping[tuple[str, str], Fraction]) -> dict[str, Fraction]:
    """Over the positive custody nets; inside a custody over its legs' positive parts."""
    by_custody = custody_nets(net)
    whole = sum((days for days in by_custody.values() if days > 0), Fraction())
    share = dict.fromkeys(LEGS, Fraction())
    for (custody, leg), days in net.items():
        if by_custody[custody] > 0 and days > 0:
            inside = sum(d for (c, _), d in net.items() if c == custody and d > 0)
            share[leg] += by_custody[custody] / whole * days / inside
    return share


def shares(net: Mapping[tuple[str, str], Fraction]) -> dict[str, int]:
    """Parts per million that sum to the whole: the largest remainders are rounded up, of equal
    ones the earlier leg's."""
    exact = {leg: share * WHOLE for leg, share in exact_shares(net).items()}
    parts = {leg: int(share) for leg, share in exact.items()}
    missing = WHOLE - sum(parts.values())
    for leg in sorted(LEGS, key=lambda leg: parts[leg] - exact[leg])[:missing]:
        parts[leg] += 1
    return parts
