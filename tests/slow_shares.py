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


#: Custodies in order of time; what is not named here comes first.
IN_TIME = ("promise", "origin", "carrier", "inward", "inward after the hold")


def last_holders(net: Mapping[tuple[str, str], Fraction]) -> dict[tuple[str, str], Fraction]:
    """Only the last custody that lost days keeps them."""
    by_custody = custody_nets(net)
    losing = [custody for custody in IN_TIME if by_custody.get(custody, Fraction()) > 0]
    return {key: days for key, days in net.items() if losing and key[0] == losing[-1]}


def shares(net: Mapping[tuple[str, str], Fraction], policy: str = "proportional") -> dict[str, int]:
    """Parts per million that sum to the whole: the largest remainders are rounded up, of equal
    ones the earlier leg's."""
    if policy == "last_holder":
        net = last_holders(net)
    exact = {leg: share * WHOLE for leg, share in exact_shares(net).items()}
    parts = {leg: int(share) for leg, share in exact.items()}
    missing = WHOLE - sum(parts.values())
    for leg in sorted(LEGS, key=lambda leg: parts[leg] - exact[leg])[:missing]:
        parts[leg] += 1
    return parts
