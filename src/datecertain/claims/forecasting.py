"""What a lane's refunds cost in either mode, over a past month (req 34).

Automatic: every item on which something is owed is paid. Claim-driven: what was claimed and
granted. The difference is the most that a switch costs; if all who may claim did, it is nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.entitlements import Ground


@dataclass(frozen=True, slots=True)
class LaneCost:
    """A lane over a month. Amounts in minor units of `currency`."""

    origin: str
    destination: str
    currency: str
    mode: str  # of its items; where both occur, claim_driven
    owed: int  # items on which something is owed
    automatic_minor: int  # what the automatic mode pays for them
    claimed: int  # items of them that were claimed and granted
    claimed_minor: int

    @property
    def switch_minor(self) -> int:
        """The most that a switch from claim-driven to automatic costs."""
        return self.automatic_minor - self.claimed_minor


def cost_of_modes(owed: pa.Table, granted: Mapping[str, int]) -> list[LaneCost]:
    """The cost of each lane in both modes, in order of lanes.

    `owed`: rows of `ENTITLEMENTS`; `granted`: item key → what its claim was granted.
    """
    pays = pa.array([Ground.GUARANTEE.value, Ground.FOR_SENDER.value])
    rows = owed.filter(pc.is_in(owed["ground"], pays))
    amounts = pa.array([granted.get(key, 0) for key in rows["item_key"].to_pylist()], pa.int64())
    claimed = pa.array([key in granted for key in rows["item_key"].to_pylist()], pa.bool_())
    rows = rows.append_column("claimed_minor", amounts)
    rows = rows.append_column("claimed", claimed.cast(pa.int64()))
    order = [("origin", "ascending"), ("destination", "ascending")]
    lanes = rows.group_by(["origin", "destination", "currency"]).aggregate(
        [("item_key", "count"), ("amount_minor", "sum"), ("claimed", "sum"),
         ("claimed_minor", "sum"), ("mode", "max")]
    )  # fmt: skip
    return [
        LaneCost(
            row["origin"], row["destination"], row["currency"], row["mode_max"],
            row["item_key_count"], row["amount_minor_sum"], row["claimed_sum"],
            row["claimed_minor_sum"],
        )
        for row in lanes.sort_by(order).to_pylist()
    ]  # fmt: skip
