"""The network compiled to step functions of time (design: the one idea).

Stages run from the acceptance to the delivery (docs/reference/network-files.md). `forward`
functions say when a stage is done; `due` functions say, from a place and a stage, on which local
date the item is due if everything from there on goes to standard. The due functions are the
forward ones composed backwards from the delivery, each once per network version; a promise, a
verdict, a warning and a plan are lookups in them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from datecertain.moments import NEVER, Ints, LocalDays, zone
from datecertain.network.calendars import OpenDays, schedule_slots
from datecertain.network.flight_changes import flights_flown
from datecertain.network.loading import NetworkData, content_hash
from datecertain.network.rows import (
    Airport,
    Area,
    AreaLink,
    Calendar,
    Flight,
    FlightChange,
    Holiday,
    Office,
    ScheduleSlot,
)
from datecertain.network.rule_rows import Channel, Closure
from datecertain.network.steps import StepTable, earliest, stack
from datecertain.network.timetable import Timetable, between_offices, compile_timetable

if TYPE_CHECKING:
    import numpy.typing as npt  # of no use at run time, and slow to load


class Stage(IntEnum):
    """A checkpoint from which the rest of the journey has a standard, in order of custody."""

    ACCEPTED = 0  # EMA: accepted from the sender
    OUTWARD_IN = 1  # EMB: at the outward office of exchange
    OUTWARD_OUT = 2  # EMC: left the outward office of exchange
    INWARD_IN = 3  # EMD: at the inward office of exchange
    CUSTOMS_IN = 4  # EDB: shown to import customs
    CUSTOMS_OUT = 5  # EDC: back from import customs
    INWARD_OUT = 6  # EMF: left the inward office of exchange
    DELIVERY_OFFICE = 7  # EMG: at the delivery office
    #: Kept in import customs (EME): presented before, and released when a session ends. Not a
    #: checkpoint of its own: it stands for CUSTOMS_IN where only the hold was reported.
    CUSTOMS_HELD = 8


#: No due date: beyond the horizon, or no onward standard from that place.
NO_DUE = np.int64(NEVER)
#: Instead of a channel's key: the post holds the item at once; the post has no such channel.
AT_ONCE, NO_CHANNEL = -1, -2
#: The files that decide the step functions; the others are asked when a quote is given.
COMPILED_FILES = frozenset(
    row_class.file
    for row_class in (
        Airport, Office, Area, AreaLink, ScheduleSlot, Calendar, Holiday, Flight, FlightChange,
        Channel, Closure,
    )
)  # fmt: skip


class DeliveryDays:
    """The local dates on which each area delivers."""

    def __init__(self, table: StepTable) -> None:
        self.table = table

    @classmethod
    def of(cls, days_of: Sequence[Ints]) -> DeliveryDays:
        """From the sorted days of each area."""
        areas = np.repeat(np.arange(len(days_of)), [len(days) for days in days_of])
        days = np.concatenate(days_of) if days_of else np.empty(0, dtype=np.int64)
        return cls(StepTable.build(len(days_of), areas, days, days))

    def _rank(self, area: Ints, day: Ints) -> Ints:
        """How many delivery days of the area lie before the day, plus the area's start."""
        return self.table.ranks.below(area, day)

    def on_or_after(self, area: Ints, day: Ints, count: Ints) -> Ints:
        """The `count`-th delivery day after a date; with 0 the date itself or the next delivery
        day. NO_DUE past the horizon or before the calendar begins."""
        index = self._rank(area, np.where(count > 0, day + 1, day)) + np.maximum(count - 1, 0)
        inside = (day < NO_DUE) & (index < self.table.start[area + 1])
        last = max(len(self.table.done) - 1, 0)
        return np.where(inside, self.table.done[np.minimum(index, last)], NO_DUE)

    def add_one(self, area: int, day: int, count: int) -> int:
        """`add` for one item; a negative count goes back, NO_DUE before the calendar begins."""
        start, end = self.table.bounds(area)
        index = bisect_left(self.table.moments, day, start, end) + count
        return self.table.dones[index] if start <= index < end else int(NO_DUE)

    def add(self, area: Ints, day: Ints, count: Ints) -> Ints:
        """The day `count` delivery days after a delivery day; NO_DUE past the horizon."""
        index = self._rank(area, day) + count
        inside = (day < NO_DUE) & (index < self.table.start[area + 1])
        last = max(len(self.table.done) - 1, 0)
        return np.where(inside, self.table.done[np.minimum(index, last)], NO_DUE)

    def between(self, area: Ints, first: Ints, second: Ints) -> Ints:
        """Delivery days from `first` (excluded) to `second` (included); negative when earlier."""
        return self._rank(area, second + 1) - self._rank(area, first + 1)


@dataclass(frozen=True, slots=True)
class CompiledNetwork:
    """A network version ready to answer. Places are indices into `areas` and `offices`."""

    data: NetworkData
    areas: tuple[Area, ...]
    offices: tuple[Office, ...]
    timetable: Timetable
    export_of: Ints  # [area, k]: the area's k-th export link, -1 past the last
    export_office: Ints  # [link]
    export: StepTable
    closing: StepTable
    pair_of: Ints  # [outward office, inward office] -> key of transport, -1 if there is none
    transport: StepTable
    presentation: StepTable
    customs: StepTable
    forwarding: StepTable
    import_of: Ints  # [office, area] -> key of inland, -1 where the office does not serve the area
    class_of: Ints  # [area]: areas of one class have the same due functions everywhere
    inland: StepTable
    delivery: StepTable
    delivery_days: DeliveryDays
    channel: StepTable  # accepted by a channel → held by the post
    channel_of: Ints  # [area, channel of `channel_names`] -> key; AT_ONCE, NO_CHANNEL
    zone_of: Ints  # [area]: number of its zone
    local_days: LocalDays  # by number of zone
    due: StepTable  # all due functions, stage after stage
    due_base: Ints  # [stage]: where the stage's keys begin in `due`

    def due_from(
        self, stage: Stage | Ints, office: npt.ArrayLike, area: npt.ArrayLike, at: npt.ArrayLike
    ) -> Ints:
        """The due day if from (stage, office) at that moment all goes to standard, per row.

        `office` is ignored at ACCEPTED (where `due_at_acceptance` answers) and DELIVERY_OFFICE.
        NO_DUE where the network has no onward standard from there.
        """
        return self.due.at(self._due_keys(stage, office, area), np.asarray(at, dtype=np.int64))

    def latest_from(
        self, stage: Stage | Ints, office: npt.ArrayLike, area: npt.ArrayLike, day: npt.ArrayLike
    ) -> Ints:
        """The last moment at (stage, office) from which the item is still due by a day, per row:
        a minute later it is due later. UNKNOWN where the network has none. Not for ACCEPTED."""
        return self.due.latest(self._due_keys(stage, office, area), day)

    def _due_keys(self, stage: Stage | Ints, office: npt.ArrayLike, area: npt.ArrayLike) -> Ints:
        """The keys of the due functions, per row; -1 where the network has none."""
        offices = np.asarray(office, dtype=np.int64)
        areas = np.asarray(area, dtype=np.int64)
        if isinstance(stage, Stage):  # one for all
            local = self._local_keys(stage, offices, areas)
            return np.where(local < 0, -1, self.due_base[stage] + local)
        stages = np.asarray(stage, dtype=np.int64)
        local = np.full(np.broadcast_shapes(stages.shape, areas.shape), -1, dtype=np.int64)
        for one in Stage:
            its = np.broadcast_to(stages == one, local.shape)
            if its.any():
                some = np.broadcast_to(self._local_keys(one, offices, areas), local.shape)
                local[its] = some[its]
        return np.where(local < 0, -1, self.due_base[stages] + local)

    def _local_keys(self, stage: Stage, offices: Ints, areas: Ints) -> Ints:
        """The keys of a stage's due functions among its own; negative where there is none."""
        if stage == Stage.DELIVERY_OFFICE:
            return areas
        if stage <= Stage.OUTWARD_OUT:
            classes = int(self.class_of.max()) + 1 if len(self.class_of) else 0
            return np.where(offices < 0, -1, offices * classes + self.class_of[areas])
        return np.where(offices < 0, -1, self.import_of[np.maximum(offices, 0), areas])

    def due_at_acceptance(self, origin: Ints, destination: Ints, accepted: Ints) -> Ints:
        """The due day of items accepted in an origin area for a destination area, per row."""
        classes = int(self.class_of.max()) + 1
        onward = self.class_of.take(destination)
        onward += self.due_base[Stage.OUTWARD_IN]
        best = np.full(np.shape(accepted), NO_DUE, dtype=np.int64)
        for k in range(self.export_of.shape[1]):
            links = np.ascontiguousarray(self.export_of[:, k]).take(origin)
            if k == 0 and np.all(links >= 0):
                best = self._due_by(links, classes, onward, accepted)
                continue
            rows = np.flatnonzero(links >= 0)  # few areas have more than one or two links
            if len(rows):
                due = self._due_by(links[rows], classes, onward[rows], accepted[rows])
                best[rows] = np.minimum(best[rows], due)
        return best

    def _due_by(self, link: Ints, classes: int, onward: Ints, accepted: Ints) -> Ints:
        """The due day by an export link; `onward`: key of the onward function of office 0."""
        ready = self.export.at(link, accepted)
        return self.due.at(self.export_office.take(link) * classes + onward, ready)

    def due_at_acceptance_one(self, origin: int, destination: int, accepted: int) -> int:
        """`due_at_acceptance` for one item, without columns."""
        best = int(NO_DUE)
        classes = int(self.class_of.max()) + 1
        base = int(self.due_base[Stage.OUTWARD_IN]) + int(self.class_of[destination])
        for link in self.export_of[origin].tolist():
            if link >= 0:
                ready = self.export.at_one(link, accepted)
                key = base + int(self.export_office[link]) * classes
                best = min(best, self.due.at_one(key, ready))
        return best


def compile_network(data: NetworkData) -> CompiledNetwork:
    """Compile all stages. The data must have been checked: references resolve."""
    builder = _Builder(data)
    export_links = [row for row in data.area_links if row.direction == "export"]
    area_ix = {row.area: i for i, row in enumerate(builder.areas)}
    office_ix = {row.office: i for i, row in enumerate(builder.offices)}
    import_links, import_of, link_area = builder.import_links(area_ix, office_ix)
    columns, class_of = np.unique(import_of, axis=1, return_inverse=True)
    n_class, n_office = columns.shape[1], len(builder.offices)

    export = builder.table(
        [(row, row.schedule, builder.zone_of_area[row.area]) for row in export_links]
    )
    inland = builder.table(
        [(row, row.schedule, builder.zone_of_office[row.office]) for row in import_links]
    )
    by_office = {
        name: builder.table(
            [(row, getattr(row, name), row.zone) for row in builder.offices], _CLOSED_TO.get(name)
        )
        for name in ("closing", "presentation", "customs", "forwarding")
    }
    channel_of, channel = builder.channels(area_ix)
    delivery = builder.table([(row, row.delivery, row.zone) for row in builder.areas])
    due_local = builder.local_days(delivery)

    timetable = compile_timetable(
        flights_flown(data.flights, data.flight_changes), data.airports,
        data.first_day, data.last_day,
        sorted({row.airport for row in builder.offices if row.inward}),
    )  # fmt: skip
    pair_of, transport = builder.transport(timetable)

    link_office = np.array([office_ix[row.office] for row in import_links], dtype=np.int64)
    link_class = [(key, c) for c in range(n_class) for key in columns[:, c] if key >= 0]
    links, classes = np.array(link_class, dtype=np.int64).reshape(-1, 2).T

    from_office = inland.after(due_local, link_area)
    chain = [from_office]
    for name in ("forwarding", "customs", "presentation"):
        stage = by_office[name].select(link_office)
        chain.append(stage.after(chain[-1], np.arange(len(import_links))))
    transported = _transported(
        transport, pair_of, chain[-1].select(links), link_office[links], classes, n_class
    )
    closed = by_office["closing"].select(np.repeat(np.arange(n_office), n_class)).after(
        transported, np.arange(n_office * n_class)
    )  # fmt: skip
    sessions = by_office["customs"].select(link_office)
    ends = StepTable.build(sessions.size, sessions.keys, sessions.done, sessions.done)
    held = ends.after(chain[1], np.arange(len(import_links)))
    parts = [closed, transported, chain[3], chain[2], chain[1], chain[0], due_local, held]
    sizes = np.cumsum([0, *(part.size for part in parts)])
    # ACCEPTED has no keys of its own: it is looked up through the export links.
    due_base = np.concatenate([[0], sizes[: len(parts)]]).astype(np.int64)
    return CompiledNetwork(
        data=data, areas=builder.areas, offices=builder.offices, timetable=timetable,
        export_of=_links_of_areas(export_links, area_ix),
        export_office=np.array([office_ix[row.office] for row in export_links], dtype=np.int64),
        export=export, closing=by_office["closing"], pair_of=pair_of, transport=transport,
        presentation=by_office["presentation"], customs=by_office["customs"],
        forwarding=by_office["forwarding"], import_of=import_of, class_of=class_of.ravel(),
        inland=inland, delivery=delivery,
        delivery_days=DeliveryDays.of(
            [np.unique(part) for part in np.split(due_local.done, due_local.start[1:-1])]
        ),
        channel=channel, channel_of=channel_of,
        **area_zones(data), due=stack(parts).compact(), due_base=due_base,
    )  # fmt: skip


#: Where a closed office does no work: outward it closes no dispatch, inward it shows customs none.
_CLOSED_TO = {"closing": "outward", "presentation": "inward"}


def compiled_from(data: NetworkData) -> str:
    """16 hex digits of what the step functions are made from: networks that differ only in other
    rows share one compiled form, so that a suspension is in force at once."""
    texts = {name: text for name, text in data.texts.items() if name in COMPILED_FILES}
    return content_hash(texts, days=[data.first_day, data.last_day])


def channel_names(data: NetworkData) -> list[str]:
    """The channels that any post of the network has, in the order of `channel_of`."""
    return sorted({row.channel for row in data.channels})


def zone_names(data: NetworkData) -> list[str]:
    """The zones of the network's areas and posts, in the order of their numbers."""
    return sorted({row.zone for row in data.areas} | {row.zone for row in data.posts})


def area_zones(data: NetworkData) -> dict[str, Any]:
    """The zone of each area as a number, and the local dates of all those zones."""
    names = zone_names(data)
    number = {name: index for index, name in enumerate(names)}
    zones = np.array([number[row.zone] for row in data.areas], dtype=np.int64)
    return {"zone_of": zones, "local_days": LocalDays(names)}


def _transported(
    transport: StepTable, pair_of: Ints, arrived: StepTable, link_office: Ints, link_class: Ints,
    n_class: int,
) -> StepTable:  # fmt: skip
    """From leaving an outward office to the due day in an area: the earliest inward office."""
    n_office = len(pair_of)
    outward, link = np.nonzero(pair_of[:, link_office] >= 0)
    keys = pair_of[outward, link_office[link]]
    through = transport.select(keys).after(arrived, link)
    return earliest(n_office * n_class, outward * n_class + link_class[link], through)


def _links_of_areas(links: Sequence[AreaLink], area_ix: dict[str, int]) -> Ints:
    grouped: list[list[int]] = [[] for _ in area_ix]
    for key, row in enumerate(links):
        grouped[area_ix[row.area]].append(key)
    width = max((len(keys) for keys in grouped), default=0)
    table = np.full((len(grouped), max(width, 1)), -1, dtype=np.int64)
    for area, keys in enumerate(grouped):
        table[area, : len(keys)] = keys
    return table


class _Builder:
    """What the stages share while a network is compiled: zones, schedules, open days."""

    def __init__(self, data: NetworkData) -> None:
        self.data = data
        self.areas = data.areas
        self.offices = data.offices
        self.zone_of_area = {row.area: row.zone for row in data.areas}
        self.zone_of_office = {row.office: row.zone for row in data.offices}
        self._open_days = OpenDays(data.calendars, data.holidays)
        self._rows: dict[str, list[ScheduleSlot]] = {}
        for row in data.schedules:
            self._rows.setdefault(row.schedule, []).append(row)
        self._slots: dict[tuple[str, str], tuple[Ints, Ints]] = {}

    def table(
        self, uses: Sequence[tuple[Any, str, str]], closed_to: str | None = None
    ) -> StepTable:
        """One function per use (dated row, schedule, zone); no slots where it names no schedule,
        nor on days on which the office is closed in that direction."""
        keys, ready, done = [], [], []
        for key, (row, schedule, zone_name) in enumerate(uses):
            if not schedule:
                continue
            slot_ready, slot_done = self._slots_of(schedule, zone_name)
            clock = zone(zone_name)
            days, _ = clock.to_local(slot_ready)
            valid = (days >= row.valid_from) & (days <= row.valid_to)
            for closure in self.data.closures if closed_to else ():
                if closure.office == row.office and closure.direction in (closed_to, "both"):
                    valid &= (days < closure.closed_from) | (days > closure.closed_to)
            ready.append(slot_ready[valid])
            done.append(slot_done[valid])
            keys.append(np.full(int(valid.sum()), key, dtype=np.int64))
        if not keys:
            return StepTable.build(len(uses), [], [], [])
        return StepTable.build(
            len(uses), np.concatenate(keys), np.concatenate(ready), np.concatenate(done)
        )

    def channels(self, area_ix: dict[str, int]) -> tuple[Ints, StepTable]:
        """[area, channel] -> key, and the functions of the channels that have a schedule. A row
        for an area stands above one for all areas of the post."""
        names = channel_names(self.data)
        channel_of = np.full((len(area_ix), len(names)), NO_CHANNEL, dtype=np.int64)
        uses: list[tuple[Channel, str, str]] = []
        order: list[Channel] = sorted(
            self.data.channels, key=lambda row: (row.area != "*", row.valid_from)
        )
        for row in order:
            for area in self.areas:
                if area.post != row.post or row.area not in ("*", area.area):
                    continue
                key = AT_ONCE
                if row.schedule:
                    key = len(uses)
                    uses.append((row, row.schedule, area.zone))
                channel_of[area_ix[area.area], names.index(row.channel)] = key
        return channel_of, self.table(uses)

    def import_links(
        self, area_ix: dict[str, int], office_ix: dict[str, int]
    ) -> tuple[list[AreaLink], Ints, Ints]:
        """The import links that differ in what they do, [office, area] -> which of them, and one
        area of each: areas that an office serves alike are compiled once."""
        areas = {row.area: row for row in self.areas}
        kinds: dict[tuple[object, ...], int] = {}
        links: list[AreaLink] = []
        import_of = np.full((len(office_ix), len(area_ix)), -1, dtype=np.int64)
        for row in self.data.area_links:
            if row.direction != "import":
                continue
            area = areas[row.area]
            kind = (row.office, row.schedule, row.valid_from, row.valid_to, area.delivery,
                    area.zone, area.valid_from, area.valid_to)  # fmt: skip
            if kind not in kinds:
                kinds[kind] = len(links)
                links.append(row)
            import_of[office_ix[row.office], area_ix[row.area]] = kinds[kind]
        return links, import_of, np.array([area_ix[row.area] for row in links], dtype=np.int64)

    def _slots_of(self, schedule: str, zone_name: str) -> tuple[Ints, Ints]:
        if (schedule, zone_name) not in self._slots:
            self._slots[schedule, zone_name] = schedule_slots(
                self._rows[schedule], zone_name, self._open_days,
                self.data.first_day, self.data.last_day,
            )  # fmt: skip
        return self._slots[schedule, zone_name]

    def local_days(self, delivery: StepTable) -> StepTable:
        """The delivery functions with the local date of the round instead of its moment."""
        days = np.empty(len(delivery.done), dtype=np.int64)
        for area, row in enumerate(self.areas):
            part = slice(int(delivery.start[area]), int(delivery.start[area + 1]))
            days[part], _ = zone(row.zone).to_local(delivery.done[part] - 1)
        return StepTable.build(delivery.size, delivery.keys, delivery.ready, days)

    def transport(self, timetable: Timetable) -> tuple[Ints, StepTable]:
        """(pair_of, functions) between outward offices and the inward offices of other posts."""
        count = len(self.offices)
        pair_of = np.full((count, count), -1, dtype=np.int64)
        keys: list[int] = []
        tender: list[int] = []
        recovery: list[int] = []
        for i, out in enumerate(self.offices):
            for j, into in enumerate(self.offices):
                pair = timetable.pair_key(out.airport, into.airport)
                if out.outward and into.inward and out.post != into.post and pair >= 0:
                    pair_of[i, j] = len(keys)
                    keys.append(pair)
                    tender.append(out.tender_min)
                    recovery.append(into.recovery_min)
        table = between_offices(
            timetable, np.array(keys, dtype=np.int64), np.array(tender, dtype=np.int64),
            np.array(recovery, dtype=np.int64),
        )  # fmt: skip
        return pair_of, table
