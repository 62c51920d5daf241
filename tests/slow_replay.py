"""What a slow verdict asks the slow network: the due date from any checkpoint, the delivery days
of an area, the terms of a lane. Every slot is tried; answers are only remembered.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from slow_promise import Row, SlowNetwork

#: Checkpoints in order of custody; "stop" is where the clock stopped.
ORDER = ("EMA", "EMB", "EMC", "EMD", "EDB", "EDC", "EMF", "EMG", "stop")
Pair = tuple[dt.datetime, dt.datetime]
Pairs = list[Pair]


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan in the chain of custody; `stage` is its code, or EME where customs reported only
    the hold."""

    code: str
    at: dt.datetime
    office: str
    stage: str


@dataclass(frozen=True, slots=True)
class Point(Scan):
    """A credible checkpoint that has an onward standard."""

    due: dt.date


@dataclass(frozen=True, slots=True)
class Told:
    """An event whose reason matters: EME, EXB (kept), EMH (tried), EXX, EDX (stopped for good); or
    an EDC or EMF after the first."""

    code: str
    at: dt.datetime
    reason: str = ""
    measure: str = ""
    office: str = ""
    alone: bool = False  # an attempt that no second scan bears out, where one is wanted


@dataclass(frozen=True, slots=True)
class Item:
    """What the acceptance record and the scans say. An area that the network does not have
    (`KR-?`) is an unknown one; so is an office that is not in its list. Moments are in UTC."""

    origin: str
    destination: str
    accepted: dt.datetime
    told: dt.date | None
    standard: dt.date | None
    scans: Mapping[str, tuple[dt.datetime, str]] = field(default_factory=dict)  # EMB … EMG
    delivered: dt.datetime | None = None
    pickup: dt.datetime | None = None
    export_back: dt.datetime | None = None  # EXC
    events: tuple[Told, ...] = ()  # those with reasons, in any order
    quote_status: str = "guaranteed"
    quote_reason: str = ""
    product: str = "EMS"
    contents: str = "documents"
    value: int | None = None  # declared, in whole SDR
    told_late: frozenset[str] = frozenset()  # codes first sent after an inquiry
    heard: dt.datetime | None = None  # the last scan, where some were left out or taken otherwise
    documented: bool = True  # its import holds may stop the clock

    def first(self, code: str) -> Told | None:
        """The first event of a code that has reasons."""
        return min((e for e in self.events if e.code == code), key=lambda e: e.at, default=None)

    def all_of(self, code: str) -> list[dt.datetime]:
        """The moments of all scans of a code, in order."""
        first = [self.scans[code][0]] if code in self.scans else []
        return sorted([*first, *(e.at for e in self.events if e.code == code)])

    def holds(self) -> list[list[Told]]:
        """The EME by the hold that they belong to: first those of the hold before the first EDC
        (none: an empty list), then one list for each time that customs called it back."""
        back = self.all_of("EDC")
        found: list[list[Told]] = [[] for _ in range(len(back) + 1)]
        for event in sorted(self.events, key=lambda e: e.at):
            if event.code == "EME":
                found[sum(at < event.at for at in back)].append(event)
        return [found[0], *(hold for hold in found[1:] if hold)]

    def handed_on(self) -> list[Scan]:
        """The acceptance and the first scan of each kind in order of custody. Customs had the
        item from EDB on, or from EME where that came first: then it had been shown before."""
        scans = {code: Scan(code, at, office, code) for code, (at, office) in self.scans.items()}
        for event in self.events:  # the scans of a kind after its first stand among the events
            if event.code in ORDER and (event.code not in scans or event.at < scans[event.code].at):
                scans[event.code] = Scan(event.code, event.at, event.office, event.code)
        shown, kept = scans.get("EDB"), next(iter(self.holds()[0]), None)
        if kept is not None and (shown is None or kept.at < shown.at):
            scans["EDB"] = Scan("EDB", kept.at, kept.office, "EME")
        scans["EMA"] = Scan("EMA", self.accepted, "", "EMA")
        return [scans[code] for code in ORDER if code in scans]

    @property
    def last_scan(self) -> dt.datetime:
        if self.heard is not None:  # what a scan is taken to mean moves nothing here
            return self.heard
        others = (self.delivered, self.pickup, self.export_back, *(e.at for e in self.events))
        moments = [self.accepted, *(at for at, _ in self.scans.values())]
        return max([*moments, *(at for at in others if at is not None)])

    def every_scan(self) -> list[Told]:
        """All scans but the acceptance."""
        alone = {"EMI": self.delivered, "EDH": self.pickup, "EXC": self.export_back}
        return [
            *(Told(code, at, office=office) for code, (at, office) in self.scans.items()),
            *(Told(code, at) for code, at in alone.items() if at is not None),
            *self.events,
        ]  # fmt: skip


class PatientNetwork(SlowNetwork):
    """The slow network that remembers what it has worked out."""

    def __init__(self, texts: dict[str, str]) -> None:
        super().__init__(texts)
        self._slots: dict[tuple[str, str], Pairs] = {}
        self._flights: dict[tuple[str, str], Pairs] = {}
        self._due: dict[tuple[str, str, dt.datetime], dt.date | None] = {}
        self._due_from: dict[tuple[str, str, str, dt.datetime], dt.date | None] = {}
        self._days: dict[str, frozenset[dt.date]] = {}

    def slots(self, schedule: str, zone: str) -> Iterator[Pair]:
        if (schedule, zone) not in self._slots:
            self._slots[schedule, zone] = list(super().slots(schedule, zone))
        return iter(self._slots[schedule, zone])

    def flights(self, origin: str, target: str) -> Iterator[Pair]:
        if (origin, target) not in self._flights:
            self._flights[origin, target] = list(super().flights(origin, target))
        return iter(self._flights[origin, target])

    def due(self, origin: str, destination: str, accepted: dt.datetime) -> dt.date | None:
        key = (origin, destination, accepted)
        if key not in self._due:
            self._due[key] = super().due(*key)
        return self._due[key]

    def due_from(self, code: str, office: str, area: str, moment: dt.datetime) -> dt.date | None:
        """Had everything from this scan on gone to standard: the due date; None without one."""
        key = (code, office, area, moment)
        if key not in self._due_from:
            self._due_from[key] = self._work_out(*key)
        return self._due_from[key]

    def due_at(self, scan: Scan, item: Item, moment: dt.datetime) -> dt.date | None:
        """The due date if the item lay where it was scanned at that moment."""
        if scan.code == "EMA":
            return self.due(item.origin, item.destination, moment)
        return self.due_from(scan.stage, scan.office, item.destination, moment)

    def delivery_days(self, area: str) -> frozenset[dt.date]:
        """The local dates on which an area has a delivery round."""
        if area not in self._days:
            row = self.one("areas.csv", area=area)
            assert row is not None
            rounds = self.slots(row["delivery"], row["zone"])
            self._days[area] = frozenset(self.date(area, done) for _, done in rounds)
        return self._days[area]

    def one(self, file: str, **where: str) -> Row | None:
        return next(iter(self.rows(file, **where)), None)

    def date(self, area: str, moment: dt.datetime) -> dt.date:
        """The local date in an area (req 14)."""
        row = self.one("areas.csv", area=area)
        assert row is not None
        return moment.astimezone(ZoneInfo(row["zone"])).date()

    def days_between(self, area: str, first: dt.date, last: dt.date) -> int:
        """Delivery days after `first` up to and with `last`; negative when `last` is earlier."""
        if last < first:
            return -self.days_between(area, last, first)
        return sum(first < day <= last for day in self.delivery_days(area))

    def _work_out(self, code: str, office: str, area: str, moment: dt.datetime) -> dt.date | None:
        place = self.one("offices.csv", office=office)
        target = self.one("areas.csv", area=area)
        assert target is not None
        if place is None and code != "EMG":
            return None
        arrivals: list[dt.datetime | None] = []
        if code in ("EMB", "EMC"):
            assert place is not None
            arrivals = list(self._after_outward(code, place, area, moment))
        else:
            arrivals = [self._after_inward(code, place, area, moment)]
        rounds = [self.stage(target["delivery"], target["zone"], ready) for ready in arrivals]
        return min((self.date(area, done) for done in rounds if done is not None), default=None)

    def _after_outward(
        self, code: str, place: Row, area: str, moment: dt.datetime
    ) -> Iterator[dt.datetime | None]:
        left: dt.datetime | None = moment
        if code == "EMB":
            left = self.stage(place["closing"], place["zone"], moment)
        for link in self.rows("area_links.csv", area=area, direction="import"):
            into = self.one("offices.csv", office=link["office"])
            assert into is not None
            if left is not None and into["post"] != place["post"]:
                landed = min(self.transport(place, into, left), default=None)
                yield self._after_inward("EMD", into, area, landed)

    def _after_inward(
        self, code: str, place: Row | None, area: str, moment: dt.datetime | None
    ) -> dt.datetime | None:
        """When the item reaches the delivery office."""
        if code == "EMG":
            return moment
        assert place is not None
        link = self.one("area_links.csv", office=place["office"], area=area, direction="import")
        if link is None:
            return None
        if code == "EME":  # shown before: released when that session ends
            sessions = self.slots(place["customs"], place["zone"])
            moment = min((end for _, end in sessions if moment and end >= moment), default=None)
            code = "EDC"
        ahead = {"EMD": ("presentation", "customs", "forwarding"),
                 "EDB": ("customs", "forwarding"), "EDC": ("forwarding",), "EMF": ()}  # fmt: skip
        for name in ahead[code]:
            moment = self.stage(place[name], place["zone"], moment)
        return self.stage(link["schedule"], place["zone"], moment)

    def arrival(
        self, since: Scan, until: str, offices: tuple[str, str], item: Item
    ) -> dt.datetime | None:
        """When the standard way over an outward and an inward office takes an item from a scan to
        a later checkpoint; None when the network does not say."""
        out, into = (self.one("offices.csv", office=office) for office in offices)
        origin = self.one("areas.csv", area=item.origin)
        area = self.one("areas.csv", area=item.destination)
        here = {"area": item.origin, "office": offices[0], "direction": "export"}
        there = {"area": item.destination, "office": offices[1], "direction": "import"}
        slots = {
            "EMA": (origin, "schedule", self.one("area_links.csv", **here)),
            "EMB": (out, "closing", out),
            "EMD": (into, "presentation", into),
            "EDB": (into, "customs", into),
            "EDC": (into, "forwarding", into),
            "EMF": (into, "schedule", self.one("area_links.csv", **there)),
            "EMG": (area, "delivery", area),
        }
        ready: dt.datetime | None = since.at
        for code in ORDER[ORDER.index(since.code) : ORDER.index(until)]:
            if code == "EMC":
                if out is None or into is None or ready is None or out["post"] == into["post"]:
                    return None
                ready = min(self.transport(out, into, ready), default=None)
                continue
            clock, column, row = slots[code]
            ready = self.stage(row[column], clock["zone"], ready) if clock and row else None
        return ready

    def term(self, scope: str, name: str, item: Item) -> str:
        """The most specific row valid on the acceptance day decides; of some terms the relation's,
        where the origin post publishes none."""
        found = self.deciding("terms.csv", item, scope=scope, term=name)
        if found is None and scope == "sender" and name in FALLS_BACK:
            found = self.deciding("terms.csv", item, scope="relation", term=name)
        return found["value"] if found else BEFORE[name]

    def exclusions(self, scope: str, item: Item) -> dict[str, tuple[str, str]]:
        """(how it works, by what evidence) of each exclusion that excuses something."""
        if not self.tables.get("exclusions.csv"):
            return CATALOGUE_BEFORE
        names = {row["exclusion"] for row in self.rows("exclusions.csv", scope=scope)}
        found = {
            name: self.deciding("exclusions.csv", item, scope=scope, exclusion=name)
            for name in names
        }
        return {
            name: (row["mode"], row["evidence"])
            for name, row in found.items()
            if row and row["mode"] != "no"
        }

    def deciding(self, file: str, item: Item, **where: str) -> Row | None:
        origin, destination = item.origin[:2], item.destination[:2]
        day = self.local_acceptance(item).isoformat()
        found = [
            row
            for row in self.rows(file, **where)
            if row["origin"] in (origin, "*")
            and row["destination"] in (destination, "*")
            and (row["valid_from"] or "0001") <= day <= (row["valid_to"] or "9")
        ]
        return max(
            found,
            key=lambda row: (row["origin"] != "*", row["destination"] != "*", row["valid_from"]),
            default=None,
        )

    def local_acceptance(self, item: Item) -> dt.date:
        post = self.one("posts.csv", post=item.origin[:2])
        assert post is not None
        return item.accepted.astimezone(ZoneInfo(post["zone"])).date()


#: Senders are judged by the relation's row of these, where the origin post publishes none.
FALLS_BACK = {
    "clock_stop_closing", "retention_reasons", "attempt_reasons", "attempt_measures",
    "notification_measures", "unresolved_after_days", "lost_after_days", "undetermined_ends_as",
    "undetermined_ends_after_days",
}  # fmt: skip
#: What held before a term, or the catalogue, existed (docs/reference/terms.md).
BEFORE = {
    "notification_stops": "no", "customs_ends": "import", "customs_days": "0",
    "attempt_measures": "*", "notification_measures": "none", "undetermined_ends_as": "never",
    "undetermined_ends_after_days": "0", "burden_of_proof": "owed_scan",
    "gap_decided_by": "owed_scan", "gap_decided_after_days": "0", "sharing": "proportional",
    "events_after_inquiry": "*",
}  # fmt: skip
CATALOGUE_BEFORE = {
    "customs": ("clips", "hold"), "force_majeure": ("clips", "case case/transport"),
    "authority_stop": ("excludes", "EXX EDX"), "tolerance": ("clips", "claim"),
}  # fmt: skip
