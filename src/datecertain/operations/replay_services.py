"""A service that is not sold yet, tried on the real items of a workspace (req 69)."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import NotFound, UsageError
from datecertain.network import Network
from datecertain.operations.lanes_seen import EVERY_LANE, LanesSeen
from datecertain.operations.networks import current_network
from datecertain.operations.replayed_items import (
    Told,
    Traffic,
    read_traffic,
    replay_traffic,
)
from datecertain.operations.replays import refunds_of
from datecertain.planning.replays import GroupChange, Replayed, lane_changes, whole_change
from datecertain.planning.services import Service, Trial
from datecertain.settlement.money import Rates
from datecertain.store import Workspace


@dataclass(frozen=True)
class ServiceTrial:
    """What a service came to, over all lanes and lane by lane; None: no item could take it."""

    service: Service
    months: tuple[str, ...]
    trial: Trial | None
    lanes: tuple[GroupChange, ...]

    def as_json(self) -> dict[str, Any]:
        """For programs; money in micro-SDR."""
        head: dict[str, Any] = {"service": self.service.name, "months": list(self.months)}
        if self.trial is None:
            return head | {"items": 0}
        one = self.trial
        span, refunds, uptake = one.share, one.refunds_year(), one.break_even()
        return head | {
            "items": one.items, "judged": one.judged, "on_time": one.on_time,
            "share": one.on_time / one.judged if one.judged else None,
            "low": span.low if span else None, "high": span.high if span else None,
            "share_before": one.on_time_before / one.judged_before if one.judged_before else None,
            "late_liable": one.liable, "late_liable_before": one.liable_before,
            "items_year": round(one.items_year),
            "refunds_year_usdr": _bounds([round(amount) for amount in refunds]),
            "revenue_year_usdr": round(one.revenue_year),
            "refunds_before_usdr": one.refunds_before_usdr,
            "break_even_uptake": _bounds(uptake),
            "lanes": [{"lane": lane.name, "before": lane.before.plain, "after": lane.after.plain}
                      for lane in self.lanes],
        }  # fmt: skip


def _bounds(found: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(("found", "low", "high"), found, strict=True))


def read_service(file: Path) -> Service:
    """The service in a TOML file. Raises `NotFound`, `UsageError`."""
    if not file.is_file():
        raise NotFound(f"no file {file}: name the TOML file that describes the service")
    return Service.from_toml(file.read_text("utf-8"), file.name)


def try_service(
    workspace: Workspace, months: Sequence[str], service: Service,
    told: Told = lambda done, total: None, seen: LanesSeen = EVERY_LANE,
) -> ServiceTrial:  # fmt: skip
    """Every item of the service's lanes and contents as if it had been sold with it: promised,
    moved and judged under the network in which the service is what the lanes sell.

    Raises `NotFound`, `UsageError`, `NetworkError` (the service makes no valid network).
    """
    network = current_network(workspace)
    strange = sorted({post for lane in service.lanes for post in lane.split("-")}
                     - {*network.posts})  # fmt: skip
    if strange:
        raise UsageError(f"the network has no post {', '.join(strange)}")
    Network.from_texts(service.texts(network.data.texts), service.name)  # checked once, as a whole
    traffic = read_traffic(workspace, months, told=told, only=_takes(service), seen=seen)
    if not traffic.items:
        return ServiceTrial(service, tuple(months), None, ())

    def remake(one: Network) -> Network:
        return Network.as_published(service.texts(one.data.texts), f"{one.version} {service.name}")

    replayed = replay_traffic(traffic, remake)
    trial = _trial(service, network, traffic, replayed)
    return ServiceTrial(service, tuple(months), trial, tuple(lane_changes(replayed)))


def _takes(service: Service) -> Any:
    """Which acceptance records could have taken the service."""

    def takes(rows: pa.Table) -> pa.ChunkedArray:
        lane = pc.binary_join_element_wise(rows["origin"], rows["destination"], "-")
        mine = pc.is_in(lane, pa.array(service.lanes))
        if service.contents:
            of = pc.is_in(pc.utf8_lower(rows["contents"]), pa.array(service.contents))
            mine = pc.and_(mine, pc.fill_null(of, False))
        return mine

    return takes


def _trial(service: Service, network: Network, traffic: Traffic, replayed: Replayed) -> Trial:
    whole = whole_change(replayed)
    records = pa.concat_tables([batch.rows for batch in traffic.batches])
    days = sum(calendar.monthrange(int(m[:4]), int(m[5:]))[1] for m in traffic.months)
    before = refunds_of(network, records, replayed.before, "")
    at = int(pc.min(records["accepted_date"]).as_py())
    paid = _usdr(network, records["postage_minor"], records["currency"], at)
    return Trial(
        service, days, len(records), whole.after.judged, whole.after.on_time,
        _refunded(replayed.after),
        paid + service.price_usdr * len(records), whole.before.judged, whole.before.on_time,
        _refunded(replayed.before),
        _usdr(network, before["automatic_minor"], before["currency"], at),
    )  # fmt: skip


def _refunded(verdicts: pa.Table) -> int:
    """Items that are late and liable towards their sender."""
    return int(pc.sum(pc.equal(verdicts["sender_outcome"], "late_liable")).as_py() or 0)


def _usdr(network: Network, minor: pa.ChunkedArray, currency: pa.ChunkedArray, day: int) -> int:
    """A sum of amounts in micro-SDR, each currency at the rate of one day."""
    rates, total = Rates(network), 0
    for name in pc.unique(currency).to_pylist():
        its = pc.sum(minor.filter(pc.equal(currency, name))).as_py() or 0
        usdr, _, _ = rates.convert(
            np.array([its], dtype=np.int64), (name,), np.zeros(1, dtype=np.int64),
            np.array([day], dtype=np.int64),
        )  # fmt: skip
        total += int(usdr[0])
    return total
