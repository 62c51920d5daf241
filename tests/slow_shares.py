"""Sharing liable days, slow and exact: fractions over custodies and legs (design.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from slow_replay import ORDER

#: The leg of a step that ends at a checkpoint, when no handover scan is missing.
LEG_ENDING_AT = {
    "EMB": "export", "EMC": "export", "EMD": "transport", "EDB": "import", "EDC": "import",
    "EMF": "import", "EMG": "delivery", "stop": "delivery",
}  # fmt: skip
#: The leg that an item is on which was last scanned at a checkpoint.
LEG_AFTER = {
    "EMA": "export", "EMB": "export", "EMC": "transport", "EMD": "import", "EDB": "import",
    "EDC": "import", "EMF": "delivery", "EMG": "delivery",
}  # fmt: skip

LEGS = ("promise", "export", "transport", "import", "delivery")
WHOLE = 1_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """What happened to the due date between two checkpoints."""

    begins_at: str
    ends_at: str
    days: int
    by_customs: int
    by_attempt: int
    by_case: int
    is_hold: bool  # a customs hold with a valid clock-stop that is excused
    after_hold: bool
    by_later: int = 0  # later holds

    @property
    def excused(self) -> int:  # none is counted twice
        return max(self.by_customs, self.by_later, self.by_attempt, self.by_case)

    @property
    def owed(self) -> list[str]:
        """The legs that owed the scan of a handover within this step."""
        since, until = ORDER.index(self.begins_at), ORDER.index(self.ends_at)
        return [
            leg
            for code, leg in (("EMC", "export"), ("EMD", "import"))
            if since < ORDER.index(code) < until
        ]

    def legs(self, burden: str) -> list[str]:
        """Whose the step is; over a missing handover by the burden of proof."""
        before, after = LEG_AFTER[self.begins_at], LEG_ENDING_AT[self.ends_at]
        if not self.owed:
            return [after]
        if burden == "owed_scan":
            return self.owed
        if burden == "both" and before != after:
            return [before, after]
        return [after] if burden == "next_scanned" else [before]


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
