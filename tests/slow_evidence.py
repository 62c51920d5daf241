"""What events with reasons and measures prove, read slowly: one event after the other (req 19, 21,
24)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from slow_replay import Item, PatientNetwork, Told

#: The exclusions in the catalogue's order: of several the earlier one decides, and names come so.
CATALOGUE = (
    "prohibited_goods", "sender_data", "po_box", "customs", "force_majeure",
    "transport_interruption", "authority_stop", "tolerance", "addressee_absent",
    "addressee_closed", "refused", "customer_request", "charges_due",
)  # fmt: skip


def events_of(evidence: str, code: str) -> set[str] | None:
    """The reasons that an exclusion's evidence names for a code (empty: any); None: not that
    code."""
    for part in evidence.split():
        name, _, reasons = part.partition(":")
        if name == code:
            return set(reasons.split(",")) - {""}
    return None


def proves(evidence: str, event: Told) -> bool:
    reasons = events_of(evidence, event.code)
    return reasons is not None and (not reasons or event.reason in reasons)


class SlowEvidence:
    """The evidence of one item, by the terms of its lane."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.network = PatientNetwork(texts)

    def knows(self, area: str) -> bool:
        return self.network.one("areas.csv", area=area) is not None

    def term(self, scope: str, name: str, item: Item) -> str:
        return self.network.term(scope, name, item)

    # --- where the clock stops --------------------------------------------------------------

    def counts(self, item: Item, scope: str, event: Told) -> bool:
        """Whether a failed attempt counts: for its reason, listed or in the catalogue, and for
        what was done then."""
        listed = event.reason in self.term(scope, "attempt_reasons", item).split()
        catalogue = self.network.exclusions(scope, item).values()
        named = any(mode == "attempt" and proves(by, event) for mode, by in catalogue)
        measures = self.term(scope, "attempt_measures", item).split()
        return (listed or named) and (measures == ["*"] or event.measure in measures)

    def notifies(self, item: Item, scope: str, event: Told) -> bool:
        measures = self.term(scope, "notification_measures", item).split()
        return measures == ["*"] or (event.measure != "" and event.measure in measures)

    def valid(self, item: Item, scope: str, code: str) -> Told | None:
        """The first time that customs kept it (EME, EXB) for a reason that counts; of EME those of
        the first hold alone."""
        events = [e for e in item.events if e.code == code]
        return self.valid_of(item, scope, item.holds()[0] if code == "EME" else events)

    def valid_of(self, item: Item, scope: str, hold: Sequence[Told]) -> Told | None:
        """The first event of a hold whose reason counts."""
        if any(event.code == "EME" for event in hold) and not item.documented:
            return None
        reasons = self.term(scope, "retention_reasons", item).split()
        kept = [e for e in hold if e.reason in reasons]
        return min(kept, key=lambda event: event.at, default=None)

    def hold_named(self, item: Item, scope: str, hold: Sequence[Told] | None = None) -> str:
        """The exclusion that excuses the hold (the first, if none is given) for its reason; ``
        where none does."""
        hold = item.holds()[0] if hold is None else hold
        kept = self.valid_of(item, scope, hold)
        if kept is None:
            return ""
        found = self.network.exclusions(scope, item)
        same = [e for e in hold if e.at == kept.at]
        for name in CATALOGUE:
            mode, by = found.get(name, ("no", ""))
            if mode == "clips" and any(proves(by, event) for event in same):
                return name
            if name == "customs" and mode == "clips" and "hold" in by.split():
                return name
        return ""

    # --- what is believed -------------------------------------------------------------------

    def believed(self, item: Item) -> Item:
        """The item after what was first told on inquiry, and what flagged places are worth."""
        return self.weakened(self.told_in_time(item))

    def told_in_time(self, item: Item) -> Item:
        proving = self.term("relation", "events_after_inquiry", item).split()
        gone = set() if proving == ["*"] else set(item.told_late) - set(proving)
        return replace(
            item, scans={code: scan for code, scan in item.scans.items() if code not in gone},
            delivered=None if "EMI" in gone else item.delivered,
            pickup=None if "EDH" in gone else item.pickup,
            export_back=None if "EXC" in gone else item.export_back,
            events=tuple(event for event in item.events if event.code not in gone),
            heard=item.last_scan,
        )  # fmt: skip

    def weakened(self, item: Item) -> Item:
        """Rows of weakened_evidence.csv that are valid on the acceptance day."""
        day = self.network.local_acceptance(item).isoformat()
        rows = [
            (row["place"], row["weakening"])
            for row in self.network.tables.get("weakened_evidence.csv", [])
            if (row["valid_from"] or "0001") <= day <= (row["valid_to"] or "9")
        ]
        scans = {scan.code: scan for scan in item.handed_on()}
        at_customs = scans["EDB"].office if "EDB" in scans else ""
        arrived = scans["EMD"].office if "EMD" in scans else ""
        if (item.destination, "needs_second_scan") in rows:
            tried = (replace(e, alone=not self.borne_out(item, e)) for e in item.events)
            item = replace(item, events=tuple(tried))
        if (at_customs, "clock_stop_needs_document") in rows:
            item = replace(item, documented=False)
        if (item.destination, "time_of_day_unknown") in rows and item.delivered is not None:
            area = self.network.one("areas.csv", area=item.destination)
            assert area is not None
            local = item.delivered.astimezone(ZoneInfo(area["zone"]))
            end = local.replace(hour=23, minute=59)
            item = replace(item, delivered=item.delivered + (end - local))  # by the clock there
        if (arrived, "earliest_landing_instead") in rows and "EMC" in scans:
            landing = self.landing(scans["EMC"].office, arrived, scans["EMC"].at)
            if landing is not None and scans["EMD"].at < landing:
                item = replace(item, scans={**item.scans, "EMD": (landing, arrived)})
        return item

    def borne_out(self, item: Item, event: Told) -> bool:
        """Whether a second scan stands beside an attempt: at the delivery office before it, at a
        pick-up point within a day after it. What else an attempt proves it proves without one."""
        seen = item.scans["EMG"][0] if "EMG" in item.scans else None
        day = dt.timedelta(days=1)
        return (
            event.code != "EMH"
            or (seen is not None and seen <= event.at)
            or (item.pickup is not None and event.at <= item.pickup <= event.at + day)
        )

    def landing(self, out: str, into: str, left: dt.datetime) -> dt.datetime | None:
        """The earliest landing of whatever can have carried what left then."""
        source, target = (self.network.one("offices.csv", office=one) for one in (out, into))
        if source is None or target is None or source["post"] == target["post"]:
            return None
        tender = dt.timedelta(minutes=int(source["tender_min"]))
        recovery = dt.timedelta(minutes=int(target["recovery_min"]))
        done = min(self.network.transport(source, target, left - tender), default=None)
        return None if done is None else done - recovery

    def stop(self, item: Item, scope: str) -> tuple[dt.datetime, str] | None:
        """Delivery, or what the terms let count as one (req 21), whichever came first. A moment
        before the acceptance is not credible and stops nothing."""
        tried = sorted(
            (e for e in item.events if e.code == "EMH" and not e.alone), key=lambda event: event.at
        )
        attempted = next((e.at for e in tried if self.counts(item, scope, e)), None)
        notified = next((e.at for e in tried if self.notifies(item, scope, e)), None)
        deemed = (
            self.term(scope, "customs", item) == "deemed_delivered"
            and self.term(scope, "customs_ends", item) != "export"
        )
        held = [
            (kept.at, "hold", deemed and bool(self.hold_named(item, scope, hold)))
            for hold in item.holds()
            if (kept := self.valid_of(item, scope, hold))
        ]
        ways = [
            (item.delivered, "delivery", True),
            (attempted, "attempt", self.term(scope, "attempt_stops", item) == "yes"),
            (notified, "notification", self.term(scope, "notification_stops", item) == "yes"),
            (item.pickup, "pickup", self.term(scope, "pickup_stops", item) == "yes"),
            *held,
        ]
        found = [(at, by) for at, by, yes in ways if yes and at is not None and at >= item.accepted]
        return min(found, key=lambda one: one[0], default=None)
