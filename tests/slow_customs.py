"""What customs holds at either end take out, read slowly: one item after the other (req 19, 25)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slow_declared import moved
from slow_evidence import SlowEvidence
from slow_replay import Item, Point, Told
from slow_shares import Step

if TYPE_CHECKING:
    from slow_verdict import Chain

#: What closes a hold, and the checkpoints up to the arrival at the inward office.
ENDING, OUTWARD = ("EDC", "EMF"), ("EMA", "EMB", "EMC", "EMD")


@dataclass(frozen=True, slots=True)
class LaterHold:
    """A hold after the first EDC: its first EME for a reason that counts, what closed it, the
    exclusion that excuses it (``: none), and whether it stopped the clock."""

    kept: dt.datetime | None
    ended: dt.datetime | None
    name: str
    valid: bool


@dataclass(frozen=True, slots=True)
class Later:
    """What later holds took from a step."""

    days: int = 0
    excluded: bool = False
    names: frozenset[str] | set[str] = frozenset()


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
        """Days that the hold took. It begins with the first EME for a valid reason."""
        item, days = chain.item, max(0, days)
        kept = self.valid(item, chain.scope, "EME")
        assert kept is not None
        if kept.at <= before.at:
            return self.by_policy(chain, before.at, point.at, days)
        arrival = self.network.arrival(
            before, point.code, named_offices(chain.points, before), item
        )
        due = before.due
        if arrival is not None and kept.at > arrival:
            due = max(due, self.network.due_at(before, item, kept.at) or due)
        lost = self.network.days_between(item.destination, due, point.due)
        return self.by_policy(chain, kept.at, point.at, min(max(0, lost), days))

    def later_holds(
        self, item: Item, scope: str, stop: tuple[dt.datetime, str] | None
    ) -> list[LaterHold]:
        """The holds after the first EDC, each closed by the next EDC or EMF, or never."""
        found = []
        for hold in item.holds()[1:]:
            kept = self.valid_of(item, scope, hold)
            ended, deemed = None, False
            if kept is not None:
                told = {code: [at for at in item.all_of(code) if at >= kept.at] for code in ENDING}
                closing = [min(told[c]) for c in ENDING if told[c]]
                if stop is not None:
                    closing = [at for at in closing if at <= stop[0]]
                needed = 2 if self.term(scope, "clock_stop_closing", item) == "both" else 1
                ended = closing[0] if len(closing) >= needed else None
                deemed = stop is not None and stop == (kept.at, "hold")
            counts = self.term(scope, "customs_ends", item) != "export" and not deemed
            name = self.hold_named(item, scope, hold) if counts and ended else ""
            found.append(LaterHold(kept and kept.at, ended, name, deemed or ended is not None))
        return found

    def by_later(self, chain: Chain, before: Point, point: Point, step: Step) -> Later:
        """What the later holds that ended in a step took from it, one after the other; asked of an
        item that lies where it was scanned before."""
        item, found, counted = chain.item, Later(), before.due
        for hold in self.later_holds(item, chain.scope, chain.stop):
            if not hold.name or hold.ended is None or hold.kept is None:
                continue
            ends_in = next(
                (p.code for p in chain.points if p.code not in OUTWARD and p.at >= hold.ended), ""
            )
            begin = max(hold.kept, before.at)
            if ends_in != point.code or before.code in OUTWARD[:-1] or begin >= hold.ended:
                continue
            offices = named_offices(chain.points, before)
            arrival = self.network.arrival(before, point.code, offices, item)
            first, last = moved(self.network, item, before, arrival, begin, hold.ended, counted)
            room = max(0, max(0, step.days) - found.days)
            lost = min(max(0, self.network.days_between(item.destination, first, last)), room)
            days = self.by_policy(chain, begin, hold.ended, lost)
            excluded = self.term(chain.scope, "customs", item) == "exclude"
            counted = max(counted, last)
            adds = excluded or (days > 0 and found.days + days > step.by_customs)
            found = Later(
                found.days + days, found.excluded or excluded,
                found.names | ({hold.name} if adds else set()),
            )  # fmt: skip
        return found

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
