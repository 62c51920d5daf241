"""What items take over from the receptacles they travelled in, as evidence of their handover
(req 74; rules: `tracking.nesting`, `verdict.handover`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.messages import Transport
from datecertain.moments import DAY, NEVER, UNKNOWN, Ints, date_of
from datecertain.network import Network
from datecertain.operations.carriage import transport_about
from datecertain.operations.frames import beside, collected
from datecertain.store import Workspace
from datecertain.tracking.milestones import EPISODE_DAYS, episode_events
from datecertain.tracking.nesting import inherited_movements
from datecertain.verdict.carried import Carried, parts_of, proof_of, scheduled_departure
from datecertain.verdict.handover import (
    CARRIER,
    Handover,
    Movement,
    Movements,
    agreed_points,
    handover,
    with_handover,
)
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.journey_facts import CODES, WayScans, transit_stays
from datecertain.verdict.on_the_way import way_steps
from datecertain.verdict.replay import Milestones, Replay

#: The movements that are evidence, by source and code: a carrier's statuses and the two checks of
#: the inward side. Other statuses move no custody.
_KINDS = {
    ("RESDIT", "1"): Movement.LANDED, ("RESDIT", "21"): Movement.DELIVERED,
    ("RESDIT", "24"): Movement.UPLIFTED, ("RESDIT", "74"): Movement.TENDERED,
    ("RESCON", "taken_over"): Movement.TAKEN_OVER, ("RESDES", "received"): Movement.RECEIVED,
}  # fmt: skip
_MONTH = "%Y-%m"
#: What `handover_of` finds.
Proven = tuple[Handover, Movements, pa.Table]


def proven(
    workspace: Workspace, network: Network, items: pa.Table, asked: ItemsToJudge,
    milestones: Milestones, as_of: int,
) -> Milestones:  # fmt: skip
    """The milestones of items with their handover as far as it is proven; unchanged where nothing
    is agreed or nothing is known of receptacles."""
    found = handover_of(workspace, network, items, asked, milestones, as_of)
    return milestones if found is None else with_handover(milestones, found[0])


def handover_of(
    workspace: Workspace, network: Network, items: pa.Table, asked: ItemsToJudge,
    milestones: Milestones, as_of: int,
) -> Proven | None:  # fmt: skip
    """The handover of each item, the movements it was looked for in, and their rows (INHERITED) in
    the same order; None without any movement, or any agreement."""
    posts = asked.lane_posts(tuple(network.posts))
    point = agreed_points(network, *posts, asked.accepted_date)
    if not point.any():
        return None
    rows = movement_rows(workspace, items, as_of)
    if not len(rows):
        return None
    return *_handed_over(network, posts[1], point, milestones, rows), rows


def _handed_over(
    network: Network, destination_post: Ints, point: Ints, milestones: Milestones, rows: pa.Table
) -> tuple[Handover, Movements]:
    told = as_movements(network, rows, destination_post)
    found = handover(network, milestones, milestones.delivered, destination_post, point, told)
    return found, told


#: What the rule wants of a row of `movement_rows`, beside the item's row.
MOVEMENT_COLUMNS = ("source", "code", "place", "receptacle", "sender", "flight", "event_at")


def proven_by(
    network: Network, asked: ItemsToJudge, milestones: Milestones, rows: pa.Table
) -> Milestones:
    """The milestones of items with their handover as far as these movements (MOVEMENT_COLUMNS and
    `item_row`, in any order) prove it: `proven` where they were read elsewhere."""
    posts = asked.lane_posts(tuple(network.posts))
    point = agreed_points(network, *posts, asked.accepted_date)
    if not point.any() or not len(rows):
        return milestones
    return with_handover(milestones, _handed_over(network, posts[1], point, milestones, rows)[0])


def movement_rows(workspace: Workspace, items: pa.Table, as_of: int) -> pa.Table:
    """The movements of the items (INHERITED and `item_row`) that were known at a moment, each in
    the episode of its acceptance. `items`: rows of `current_items`."""
    accepted = items["accepted_at"].to_numpy()
    if not len(items) or not workspace.facts("contained").months:
        return _nothing()
    months = _months(int(accepted.min()) // DAY, int(accepted.max()) // DAY)
    told = _known(transport_about(workspace, items["item_id"].to_pylist(), months), as_of)
    inside = receptacle_of_items(told.contained)
    if not len(inside):
        return _nothing()
    # One item stands for all in its receptacle: what happened to that is worked out once.
    first = inside.group_by("receptacle").aggregate([("item_id", "min")])
    chosen = pc.and_(
        pc.is_in(told.contained["item_id"], first["item_id_min"].combine_chunks()),
        pc.equal(told.contained["kind"], "advised"),
    )
    one_each = Transport(
        told.receptacles, told.contained.filter(chosen), told.legs, told.carrier_events
    )
    moved = inherited_movements(one_each, ()).drop_columns(["item_id"])
    numbered = pa.table(
        {"item_id": items["item_id"], "item_row": np.arange(len(items), dtype=np.int64),
         "from_at": accepted - DAY, "until": items["next_at"].to_numpy()}
    )  # fmt: skip
    rows = numbered.join(inside, "item_id", join_type="inner").join(
        moved, "receptacle", join_type="inner"
    )
    at = rows["event_at"]
    known = pc.and_(pc.less_equal(at, as_of), pc.greater_equal(at, rows["from_at"]))
    known = pc.and_(known, pc.less(at, pc.min_element_wise(rows["until"], NEVER)))
    return rows.filter(pc.fill_null(known, False)).drop_columns(["from_at", "until"])


def _nothing() -> pa.Table:
    return pa.table({"item_row": pa.array([], pa.int64())})


def _months(first: int, last: int) -> list[str]:
    days = range(first - 1, last + 31 + EPISODE_DAYS)
    return sorted({date_of(day).strftime(_MONTH) for day in days})


def _known(told: Transport, as_of: int) -> Transport:
    """What had been told by a moment. Of a carrier the moment of telling is not known: what its
    status says happened is known from then on."""

    def until(rows: pa.Table) -> pa.Table:
        said = pc.fill_null(rows["transmitted_at"], int(UNKNOWN))
        return rows.filter(pc.less_equal(said, as_of))

    return Transport(*(until(getattr(told, name)) for name in (
        "receptacles", "contained", "legs", "carrier_events",
    )))  # fmt: skip


def receptacle_of_items(contained: pa.Table) -> pa.Table:
    """Per item the receptacle of its last pre-advice (`nesting`: of PREDES the last holds)."""
    times = ("prepared_date", "prepared_min", "transmitted_date", "transmitted_min")
    order = (*times, "interchange", "message", "segment")
    advised = contained.filter(pc.equal(contained["kind"], "advised"))
    keys = {name: advised[name] for name in ("item_id", "receptacle", *order)}
    for name in times:
        keys[name] = pc.fill_null(keys[name].cast(pa.int64()), -1)
    table = pa.table(keys).sort_by([("item_id", "ascending"), *((n, "ascending") for n in order)])
    number = table["item_id"].combine_chunks()
    last = np.ones(len(table), dtype=bool)
    if len(table):
        last[:-1] = pc.not_equal(number[1:], number[:-1]).to_numpy(zero_copy_only=False)
    return table.filter(pa.array(last)).select(["item_id", "receptacle"])


def way_scans(
    workspace: Workspace, network: Network, items: pa.Table, events: nw.LazyFrame[Any], as_of: int
) -> WayScans:
    """The scans of the items by posts on the way, whoever sent them (`verdict.journey_facts`)."""
    numbered = items.select(["item_id", "accepted_at", "next_at"]).append_column(
        "item_row", pa.array(np.arange(len(items), dtype=np.int64))
    )
    rows = beside(events, workspace, numbered)
    frame = episode_events(rows, events.filter(nw.col("code").is_in(CODES)), as_of).select(
        "item_row", "code", "event_at", "sender", "office"
    )
    found = collected(frame)

    def number(name: str, texts: Iterable[str]) -> Ints:
        listed = pa.array(list(texts), pa.string())
        return np.asarray(pc.fill_null(pc.index_in(found[name], listed), -1).to_numpy(), np.int64)

    return WayScans(
        found["item_row"].to_numpy().astype(np.int64), number("code", CODES),
        found["event_at"].to_numpy().astype(np.int64), number("sender", network.posts),
        number("office", network.offices),
    )  # fmt: skip


def carried_told(
    workspace: Workspace, network: Network, items: pa.Table, asked: ItemsToJudge,
    found: Proven | None, replayed: Replay, area: Ints, events: pa.Table, as_of: int,
) -> Carried | None:  # fmt: skip
    """How one item was carried (`verdict.carried`), by all that was told of it; None where that is
    nothing. `found`: its handover (`handover_of`); `area`: on whose clock it is delivered;
    `events`: those of its number."""
    posts = asked.lane_posts(tuple(network.posts))
    lane = [list(network.posts)[int(post[0])] if post[0] >= 0 else "" for post in posts]
    strangers = pc.invert(pc.is_in(events["sender"], pa.array(lane)))
    if found is None and not pc.any(strangers).as_py():
        return None
    told, rows, proof = Movements.none(), list[dict[str, Any]](), None
    if found is not None:
        handed, told = found[:2]
        rows = found[2].to_pylist()
        agreed = network.carriage.on(lane[0], lane[1], int(asked.accepted_date[0])).handover
        proof = proof_of(network, handed, told, rows, agreed)
    scheduled = [
        scheduled_departure(network, row["flight"] or "", row["place"], row["event_at"])
        for row in rows
    ]
    way = way_scans(workspace, network, items, nw.from_native(events).lazy(), as_of)
    stays = transit_stays(*posts, way)
    steps = way_steps(
        network, replayed, posts[0], area, told,
        np.array(scheduled, dtype=np.int64), stays,
    )  # fmt: skip
    parts = parts_of(network, steps, told, rows)
    return Carried(proof, parts) if proof or parts else None


def as_movements(network: Network, rows: pa.Table, destination_post: Ints) -> Movements:
    """Rows of `movement_rows` as columns of the rule. A landing, and a handing over, elsewhere than
    at an airport or office of the destination post is none at the inward office."""
    item = rows["item_row"].to_numpy().astype(np.int64)
    kind = np.array(
        [_KINDS.get(key, 0) for key in zip(rows["source"].to_pylist(), rows["code"].to_pylist(),
                                           strict=True)], dtype=np.int64
    )  # fmt: skip
    place = rows["place"].to_pylist()
    offices = np.array([network.offices.get(name, -1) for name in place], dtype=np.int64)
    addressed = np.array(
        [network.offices.get(name[6:12], -1) for name in rows["receptacle"].to_pylist()], np.int64
    )
    office, at_office = _office_of_place(network, place, offices, addressed, destination_post[item])
    posts = list(network.posts)
    teller = [network.post_of_party(name) for name in rows["sender"].to_pylist()]
    by_post = [CARRIER if one is None else posts.index(one) for one in teller]
    by_carrier = np.array([name == "RESDIT" for name in rows["source"].to_pylist()], dtype=bool)
    carriers, carrier = _carriers(rows, by_carrier)
    return Movements(
        item=item, kind=kind, at=rows["event_at"].to_numpy().astype(np.int64), office=office,
        at_office=at_office, told_by=np.where(by_carrier, CARRIER, np.array(by_post, np.int64)),
        fact=(kind > 0) & ((office >= 0) | (kind > Movement.RECEIVED)),
        carrier=carrier, carriers=carriers,
    )  # fmt: skip


def _office_of_place(
    network: Network, place: list[str], offices: Ints, addressed: Ints, post: Ints
) -> tuple[Ints, np.ndarray[Any, np.dtype[np.bool_]]]:
    """Per movement the inward office at which, or at whose airport, it happened (-1: elsewhere),
    and whether it was at the office itself. An airport of several offices of the post stands for
    the one that the receptacle is addressed to, else for the first."""
    posts = list(network.posts)
    by_airport: dict[tuple[str, int], list[int]] = {}
    for number, one in enumerate(network.data.offices):
        if one.inward and one.post in posts:
            by_airport.setdefault((one.airport, posts.index(one.post)), []).append(number)
    owner = np.array([posts.index(one.post) for one in network.data.offices] or [0], np.int64)
    own = (offices >= 0) & (owner[offices] == post)
    found = np.where(own, offices, -1)
    for row in np.flatnonzero(offices < 0).tolist():
        near = by_airport.get((place[row], int(post[row])), [])
        if near:
            found[row] = addressed[row] if int(addressed[row]) in near else near[0]
    return found, np.asarray(own, dtype=bool)


def _carriers(rows: pa.Table, by_carrier: Any) -> tuple[tuple[str, ...], Ints]:
    """The carriers named: by the flight where there is one, else as the message's sender."""
    names = [
        ((flight or "")[:2] or sender) if told else ""
        for flight, sender, told in zip(
            rows["flight"].to_pylist(), rows["sender"].to_pylist(), by_carrier.tolist(),
            strict=True,
        )
    ]  # fmt: skip
    listed = tuple(sorted({name for name in names if name}))
    number = {name: place for place, name in enumerate(listed)} | {"": -1}
    return listed, np.array([number[name] for name in names], dtype=np.int64)
