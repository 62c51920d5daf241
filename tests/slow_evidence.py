"""What events with reasons and measures prove, read slowly: one event after the other (req 19, 21,
24)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

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

    def stop(self, item: Item, scope: str) -> tuple[dt.datetime, str] | None:
        """Delivery, or what the terms let count as one (req 21), whichever came first. A moment
        before the acceptance is not credible and stops nothing."""
        tried = sorted((e for e in item.events if e.code == "EMH"), key=lambda event: event.at)
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
