"""The assured standards of the judged months of a workspace, kept ready beside the facts: the
history of every item is read only when standards are wanted that nobody asked for before (req 64).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import NotFound
from datecertain.kept import Kept
from datecertain.network import Network
from datecertain.operations.kept_sums import Columns, month_sums, verdicts_of
from datecertain.operations.lanes_seen import LanesSeen
from datecertain.operations.verdict_histories import (
    deliveries_of,
    history_columns,
    history_table,
    month_history,
)
from datecertain.planning.drift import Change
from datecertain.planning.histories import Deliveries
from datecertain.planning.seasons import Seasons
from datecertain.planning.standards import (
    Standard,
    Standards,
    Status,
    find_standards,
    last_years,
)
from datecertain.store import Workspace

#: Of so many targets, confidences and viewers the standards are kept.
_MOST = 64
_CLOSING = ("origin", "destination", "accepted_date", "judged_as_of")


def closings(workspace: Workspace, month: str) -> pa.Table:
    """(origin, destination, accepted_date, judged_as_of) of a month's standing verdicts: the latest
    data-closing of each lane and day."""

    def made() -> Columns:
        history = month_history(workspace, month)
        latest = history.group_by(list(_CLOSING[:-1])).aggregate([("judged_as_of", "max")])
        return history_columns(latest.rename_columns(list(_CLOSING)))

    rests_on = verdicts_of(workspace, month)
    return history_table(month_sums(workspace, month, "closings", rests_on, made))


@dataclass(frozen=True, slots=True, eq=False)
class LaneHistory:
    """The judged items of some months up to a day of acceptance, of the lanes that count."""

    network: Network
    months: tuple[str, ...]
    last_day: int
    seen: LanesSeen
    _read: Kept[Deliveries] = field(default_factory=partial(Kept, 1))

    def standards(self, workspace: Workspace, target: float, confidence: float) -> Standards:
        """The assured standards; `workspace` as it stood when this was made. Raises `UsageError`
        for shares that are none, `NotFound` without items."""
        rests_on = {
            "verdicts": [verdicts_of(workspace, month)["verdicts"] for month in self.months],
            "last_day": self.last_day, "lanes": self._lanes(), "target": target,
            "confidence": confidence,
        }  # fmt: skip

        def made() -> Columns:
            found = find_standards(self.deliveries(workspace), target, confidence)
            return {"standards": np.array([_told(found)])}

        kept = month_sums(workspace, self.months[-1], "standards", rests_on, made, _MOST)
        return _of_told(str(kept["standards"][0]))

    def deliveries(self, workspace: Workspace) -> Deliveries:
        """The items that a standard may rest on."""
        return self._read.get(None, lambda: self._deliveries(workspace))

    def _deliveries(self, workspace: Workspace) -> Deliveries:
        parts = (month_history(workspace, month, self.seen) for month in self.months)
        every = pa.concat_tables(
            part.filter(pc.less_equal(part["accepted_date"], self.last_day)) for part in parts
        )
        if not len(every):
            raise NotFound("no item of the period is to be seen here")
        return last_years(deliveries_of(every))

    def _lanes(self) -> Sequence[str]:
        posts = sorted(self.network.posts)
        return [f"{one}-{other}" for one in posts for other in posts if self.seen.shows(one, other)]


def _told(found: Standards) -> str:
    def plain(value: Any) -> Any:
        return value.item()

    return json.dumps(asdict(found), default=plain)


def _of_told(text: str) -> Standards:
    row: dict[str, Any] = json.loads(text)
    parts = (Standard(**{**part, "status": Status(part["status"])}) for part in row["parts"])
    return Standards(
        row["target"], row["confidence"], row["needed"], tuple(parts),
        tuple(Change(**one) for one in row["changes"]), Seasons(tuple(row["seasons"]["months"])),
    )  # fmt: skip
