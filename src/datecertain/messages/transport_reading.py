"""From an outline to the tables of `transport`: receptacles, items in them, legs, statuses."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from datecertain.identifiers import Receptacle
from datecertain.messages.carrier_reading import (
    ReadStatuses,
    carriers,
    flown,
    read_legs,
    read_statuses,
    time_columns,
)
from datecertain.messages.columns import nulls
from datecertain.messages.log import Log
from datecertain.messages.part_values import PartValues
from datecertain.messages.plan import Outline
from datecertain.messages.provenance import prepared, standing, transmitted
from datecertain.messages.receptacle_reading import (
    ReadReceptacles,
    kinds,
    read_contained,
    read_receptacles,
    weights_hg,
)
from datecertain.messages.transport import CARRIER_EVENTS, CONTAINED, LEGS, RECEPTACLES, Transport
from datecertain.messages.vocabulary import Within
from datecertain.moments import Ints


def read_transport(plan: Outline, received_on: int, log: Log) -> Transport:
    """All that the messages of one profile say; what can't be used is set aside in the log."""
    plan.report_strangers(log)
    return _TransportReader(plan, received_on, log).read()


class _TransportReader:
    def __init__(self, plan: Outline, received_on: int, log: Log) -> None:
        self.plan = plan
        self.received_on = received_on
        self.log = log
        self._prepared = prepared(plan, np.arange(len(plan.messages)), received_on, log)
        heads = PartValues(plan, Within.MESSAGE, received_on, log)
        self._consignment = heads.text("consignment")

    def read(self) -> Transport:
        plan = self.plan
        report_empty(plan, self.log)
        parts = len(plan.openers(Within.RECEPTACLE))
        if Within.STATUS in plan.profile.opens:
            statuses = read_statuses(plan, self.received_on, self.log)
            status = plan.outer(Within.RECEPTACLE, Within.STATUS)
            self._set_aside_without_status(status)
            among = status >= 0
            if len(statuses.usable):
                among &= statuses.usable[status]
            read = read_receptacles(plan, self.log, among)
            events = self._events(statuses, read, status)
            empty = (RECEPTACLES.empty_table(), CONTAINED.empty_table())
            return Transport(*empty, self._legs_flown(events, statuses), events[1])
        read = read_receptacles(plan, self.log, np.ones(parts, dtype=bool))
        kind, receptacles = self._receptacles(read)
        contained = self._contained(read, kind)
        return Transport(receptacles, contained, self._legs(), CARRIER_EVENTS.empty_table())

    def _receptacles(self, read: ReadReceptacles) -> tuple[list[str | None], pa.Table]:
        """What each usable receptacle is said to be, and the rows of RECEPTACLES."""
        plan = self.plan
        values = PartValues(plan, Within.RECEPTACLE, self.received_on, self.log)
        part = pa.array(read.part)
        check = values.text("check")
        values.report_unknown("check", check.take(part), read.part)
        times, told = values.times("checked")
        unread = read.part[(told & ~times.readable)[read.part]]
        values.report_many("receptacle-time-unreadable", unread, "have a time that can't be read")
        readable = np.unique(read.part[times.readable[read.part]])
        values.report_vague(times, readable)
        said = kinds(plan, values, check)
        weight = weights_hg(values)
        message = plan.message_of(Within.RECEPTACLE)[read.part]
        kind = [said[one] for one in read.part.tolist()]
        columns = _label_columns(read.receptacles) | {
            "kind": pa.array(kind, type=pa.string()),
            "check": check.take(part),
            "weight_hg": pa.array([weight[one] for one in read.part.tolist()], type=pa.int32()),
            "consignment": self._consignment.take(pa.array(message)),
        }
        columns |= time_columns("checked", times, read.part)
        row = plan.rows_of(Within.RECEPTACLE)[read.part]
        return kind, self._table(RECEPTACLES, columns, message, row)

    def _contained(self, read: ReadReceptacles, kind: list[str | None]) -> pa.Table:
        plan = self.plan
        if Within.ITEM not in plan.profile.opens:
            return CONTAINED.empty_table()
        numbers, of, item = read_contained(plan, read, self.received_on, self.log)
        inside = [read.receptacles[one] for one in of.tolist()]
        columns = {
            "item_id": numbers,
            "receptacle": _texts([one.text for one in inside]),
            "dispatch": _texts([one.dispatch.text for one in inside]),
            "kind": _texts([kind[one] for one in of.tolist()]),
            "source": _texts([plan.profile.layout.split(":")[0]] * len(inside)),
        }
        message = plan.message_of(Within.ITEM)[item]
        return self._table(CONTAINED, columns, message, plan.rows_of(Within.ITEM)[item])

    def _legs(self) -> pa.Table:
        plan = self.plan
        if Within.LEG not in plan.profile.opens:
            return LEGS.empty_table()
        columns, kept = read_legs(plan, self.received_on, self.log)
        message = plan.message_of(Within.LEG)[kept]
        columns["consignment"] = self._consignment.take(pa.array(message))
        columns["receptacle"] = nulls(len(kept))
        columns["basis"] = _texts([plan.profile.says[Within.LEG]] * len(kept))
        return self._table(LEGS, columns, message, plan.rows_of(Within.LEG)[kept])

    def _events(
        self, statuses: ReadStatuses, read: ReadReceptacles, status: Ints
    ) -> tuple[Ints, pa.Table]:
        """Which status each row of CARRIER_EVENTS tells, and the rows: one for each receptacle of
        a status; one without for a status that names none."""
        plan = self.plan
        named = np.zeros(len(statuses.usable), dtype=bool)
        named[status[status >= 0]] = True
        alone = np.flatnonzero(statuses.usable & ~named)
        of = np.concatenate((status[read.part], alone)).astype(np.int64)
        texts = [*(one.text for one in read.receptacles), *([None] * len(alone))]
        order = np.argsort(of, kind="stable")
        of = of[order]
        taken = pa.array(of)
        receptacle = _texts([texts[one] for one in order.tolist()])
        dispatch = [None if one is None else one[:20] for one in receptacle.to_pylist()]
        times = time_columns("event", statuses.times, of)
        times["stated_offset"] = times.pop("event_offset")
        columns = times | {
            "code": statuses.code.take(taken),
            "receptacle": receptacle,
            "dispatch": _texts(dispatch),
            "consignment": statuses.consignment.take(taken),
            "place": statuses.place.take(taken),
            "carrier": carriers(statuses.flight.take(taken)),
            "flight": statuses.flight.take(taken),
        }
        message = plan.message_of(Within.STATUS)[of]
        row = plan.rows_of(Within.STATUS)[of]
        return of, self._table(CARRIER_EVENTS, columns, message, row)

    def _legs_flown(self, events: tuple[Ints, pa.Table], statuses: ReadStatuses) -> pa.Table:
        """Flights that a status says left or arrived, as rows of LEGS without any time."""
        of, told = events
        said = flown(self.plan, statuses, self.log)
        movement = [said[one] for one in of.tolist()]
        which = np.flatnonzero([one is not None for one in movement])
        some = told.take(pa.array(which))
        place = some["place"].to_pylist()
        moved = [movement[one] for one in which.tolist()]
        columns: dict[str, pa.Array | pa.ChunkedArray] = {
            name: some[name] for name in some.column_names if name in LEGS.names
        }
        columns["basis"] = _texts(["fact"] * len(some))
        for name, end in (("from_place", "departure"), ("to_place", "arrival")):
            pairs = zip(place, moved, strict=True)
            columns[name] = _texts([where if what == end else None for where, what in pairs])
        return pa.table(
            [
                columns[one.name] if one.name in columns else pa.nulls(len(some), one.type)
                for one in LEGS
            ],
            schema=LEGS,
        )

    def _table(
        self, schema: pa.Schema, columns: dict[str, pa.Array], message: Ints, row: Ints
    ) -> pa.Table:
        """Columns of rows that begin with segment `row` of `message`, with who said them."""
        columns |= standing(self.plan, message, row) | transmitted(self.plan, message)
        columns |= {name: one.take(pa.array(message)) for name, one in self._prepared.items()}
        return pa.Table.from_arrays([columns[name] for name in schema.names], schema=schema)

    def _set_aside_without_status(self, status: Ints) -> None:
        for part in np.flatnonzero(status < 0).tolist():
            self.plan.set_aside(
                Within.RECEPTACLE,
                part,
                "receptacle-without-status",
                "the receptacle stands before any status of its message",
            )


def report_empty(plan: Outline, log: Log) -> None:
    """Say how many messages open none of the parts that their profile speaks of."""
    told = np.zeros(len(plan.messages), dtype=bool)
    for part in plan.profile.opens:
        told[plan.message_of(part)] = True
    empty = np.flatnonzero(~told)
    if len(empty):
        place = plan.place(Within.MESSAGE, int(empty[0]))
        parts = ", ".join(plan.profile.opens)
        detail = f"{len(empty)} message(s) tell of no {parts}; the first is here"
        log.doubt("message-tells-nothing", place, detail)


def _label_columns(receptacles: list[Receptacle]) -> dict[str, pa.Array]:
    """What the labels say."""
    dispatches = [one.dispatch for one in receptacles]
    return {
        "receptacle": _texts([one.text for one in receptacles]),
        "dispatch": _texts([one.text for one in dispatches]),
        "origin": _texts([one.origin for one in dispatches]),
        "destination": _texts([one.destination for one in dispatches]),
        "category": _texts([one.category for one in dispatches]),
        "subclass": _texts([one.subclass for one in dispatches]),
        "dispatch_serial": pa.array([one.serial for one in dispatches], type=pa.int32()),
        "receptacle_serial": pa.array([one.serial for one in receptacles], type=pa.int32()),
        "highest": pa.array([one.last for one in receptacles], type=pa.bool_()),
        "registered": pa.array([one.registered for one in receptacles], type=pa.bool_()),
        "label_weight_hg": pa.array([one.weight_g // 100 for one in receptacles], type=pa.int32()),
    }


def _texts(values: list[str | None]) -> pa.Array:
    return pa.array(values, type=pa.string())
