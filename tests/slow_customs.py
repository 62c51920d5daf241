"""What customs holds at either end take out, read slowly: one item after the other (req 19, 25)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from slow_declared import moved
from slow_evidence import SlowEvidence
from slow_replay import Point, Told

if TYPE_CHECKING:
    from slow_verdict import Chain


class SlowCustoms(SlowEvidence):
    """The customs policies, asked of one step of a chain."""

    def by_policy(
        self, chain: Chain, opened: dt.datetime, closed: dt.datetime, moved_days: int
    ) -> int:
        """Days that a hold takes out (req 25): the step that it caused, or the delivery days held,
        or a business day for each day held, up to a count."""
        item, policy = chain.item, self.term(chain.scope, "customs", chain.item)
        first, last = (self.network.date(item.destination, at) for at in (opened, closed))
        if policy == "subtract":
            return max(0, self.network.days_between(item.destination, first, last))
        if policy == "extend":
            most = int(self.term(chain.scope, "customs_days", item))
            return min(most, max(0, (last - first).days))
        return 0 if policy == "deemed_delivered" else moved_days

    def at_import(self, chain: Chain, before: Point, point: Point, days: int) -> int:
        """Days that the hold took. It begins with the first EME for a valid reason where one for
        none came before; else where the item was shown to customs."""
        item, days = chain.item, max(0, days)
        kept, first = self.valid(item, chain.scope, "EME"), item.first("EME")
        assert kept is not None
        assert first is not None
        if first.at == kept.at or kept.at <= before.at:
            return self.by_policy(chain, before.at, point.at, days)
        arrival = self.network.arrival(
            before, point.code, named_offices(chain.points, before), item
        )
        due = before.due
        if arrival is not None and kept.at > arrival:
            due = max(due, self.network.due_at(before, item, kept.at) or due)
        lost = self.network.days_between(item.destination, due, point.due)
        return self.by_policy(chain, kept.at, point.at, min(max(0, lost), days))

    def at_export(self, chain: Chain, before: Point, point: Point, days: int) -> int:
        """Days that export customs or security took from the step in which it gave the item back;
        asked of an item that lies where it was scanned before."""
        item = chain.item
        kept = self.export_hold(chain)
        if kept is None or item.export_back is None:
            return 0
        ended = next(
            (p.code for p in chain.points if p.code != "EMA" and p.at >= item.export_back), ""
        )
        begin = max(kept.at, before.at)
        if ended != point.code or point.code not in ("EMB", "EMC", "EMD"):
            return 0
        if begin >= item.export_back:
            return 0
        offices = named_offices(chain.points, before)
        arrival = self.network.arrival(before, point.code, offices, item)
        first, last = moved(
            self.network, item, before, arrival, begin, item.export_back, before.due
        )
        lost = self.network.days_between(item.destination, first, last)
        return self.by_policy(chain, begin, item.export_back, min(max(0, lost), max(0, days)))

    def export_hold(self, chain: Chain) -> Told | None:
        """The export hold, where it is excused: valid, given back later, at an end that counts."""
        item = chain.item
        kept, back = self.valid(item, chain.scope, "EXB"), item.export_back
        mode, by = chain.exclusions.get("customs", ("no", ""))
        if kept is None or back is None or not item.accepted <= kept.at < back:
            return None
        if self.term(chain.scope, "customs_ends", item) == "import":
            return None
        return kept if mode == "clips" and "hold" in by.split() else None


def named_offices(chain: Sequence[Point], since: Point) -> tuple[str, str]:
    """The outward and the inward office that the checkpoints name first, from one of them on; ``
    where none does."""
    chain = chain[chain.index(since) :]
    outward, inward = (
        next((point.office for point in chain if point.code in codes), "")
        for codes in (("EMB", "EMC"), ("EMD", "EDB", "EDC", "EMF"))
    )
    return outward, inward
