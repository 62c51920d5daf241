"""What an inquiry is filled in with, so that nobody has to type it (req 37, 39): the acceptance,
the last scan, who holds the item, which scans are missing, values in SDR. No names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from datecertain.claims.inquiry_routing import Whereabouts
from datecertain.claims.money import minor_digits
from datecertain.errors import NetworkError, NotFound, UsageError
from datecertain.messages import code_table
from datecertain.moments import format_clock, format_date
from datecertain.network import Network
from datecertain.operations.networks import current_network
from datecertain.operations.timelines import Episode, ItemScan, item_timeline
from datecertain.operations.watch_list import live_item
from datecertain.settlement.money import Rates
from datecertain.store import Workspace

_FROM_RECORD = ("product", "contents", "weight_g", "office", "destination_postcode")


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What is known of an item at a moment, as plain data, and where it is."""

    item_id: str
    facts: Mapping[str, Any]
    where: Whereabouts
    network: Network


def facts_of(workspace: Workspace, number: str, now: int, item_key: str = "") -> ItemFacts:
    """The facts of the latest acceptance of a number, or of the one with that key. Raises
    `NotFound` where none is known."""
    told = item_timeline(workspace, number)
    accepted = [one for one in told.episodes if one.record is not None
                and item_key in ("", one.record["item_key"])]  # fmt: skip
    if not accepted:
        raise NotFound(
            f"{told.item_id} has no acceptance record here, so nobody can say between which posts "
            "it travels: ingest the record first"
        )
    episode, network = accepted[-1], current_network(workspace)
    record = episode.record
    assert record is not None
    live = live_item(workspace, told.item_id, now)
    last = episode.scans[-1] if episode.scans else None
    holder, leg = _holder(network, record, last, live)
    facts: dict[str, Any] = {
        "item_id": told.item_id, "origin": record["origin"], "destination": record["destination"],
        "accepted_local": _local(record["accepted_date"], record["accepted_min"]),
        "promised_on": _date(record["promised_on"]),
        **{name: record[name] for name in _FROM_RECORD},
        **_money(network, record),
        "last_scan": None if last is None else _scan(last),
        "holder": holder, "leg": leg, "missing": list(episode.missing),
        "dispatch": _latest(episode, "dispatch"), "receptacle": _latest(episode, "receptacle"),
        **_verdict(episode, live),
    }  # fmt: skip
    where = Whereabouts(
        record["origin"], record["destination"], holder, "" if last is None else last.code
    )
    return ItemFacts(told.item_id, facts, where, network)


def _holder(
    network: Network, record: Mapping[str, Any], last: ItemScan | None,
    live: Mapping[str, Any] | None,
) -> tuple[str, str | None]:  # fmt: skip
    """Who holds the item, by custody while it is under way; else on whose side its last scan
    was."""
    if live is not None:
        return str(live["post"]), str(live["leg"])
    if last is None:
        return str(record["origin"]), None
    side = next(
        (row.more["side"] for row in code_table("emsevt_events").rows if row.code == last.code), ""
    )
    if side in ("origin", "destination"):
        return str(record[side]), None
    return network.post_of_party(last.told.sender) or str(record["destination"]), None


def _scan(scan: ItemScan) -> dict[str, Any]:
    return {
        "code": scan.code, "local": _local(scan.event_day, scan.event_min),
        "office": scan.place.code, "reason": scan.reason,
    }  # fmt: skip


def _latest(episode: Episode, name: str) -> str | None:
    found = [getattr(scan, name) for scan in episode.scans if getattr(scan, name)]
    return found[-1] if found else None


def _verdict(episode: Episode, live: Mapping[str, Any] | None) -> dict[str, Any]:
    """How it is judged towards the sender, where it is; and when it would be due now."""
    judged = episode.verdict
    return {
        "sender_outcome": None if judged is None else judged["sender_outcome"],
        "due_now": None if live is None else _date(live["due_now"]),
    }


def _money(network: Network, record: Mapping[str, Any]) -> dict[str, Any]:
    """Postage and declared value, and both in micro-SDR at the rate of the acceptance date; the
    indemnity that the form asks for is the two together. What has no rate stays empty."""
    day = record["accepted_date"]
    declared, unit = record.get("declared_minor"), record.get("declared_currency")
    postage = _usdr(network, record["postage_minor"], record["currency"], day)
    value = 0 if declared is None else _usdr(network, declared, str(unit), day)
    together = None if postage is None or value is None else postage + value
    return {
        "postage_minor": record["postage_minor"], "currency": record["currency"],
        "value_minor": declared, "value_currency": unit,
        "postage_usdr": postage, "value_usdr": None if declared is None else value,
        "indemnity_usdr": together,
    }  # fmt: skip


def _usdr(network: Network, minor: int, currency: str, day: int) -> int | None:
    try:
        minor_digits(currency)
        amounts, _, _ = Rates(network).convert(
            np.array([minor], dtype=np.int64), (currency,), np.zeros(1, dtype=np.int64),
            np.array([day], dtype=np.int64),
        )  # fmt: skip
    except (NetworkError, UsageError):  # no rate, or no such currency: nothing is guessed
        return None
    return int(amounts[0])


def _local(day: int, minute: int) -> str:
    return f"{format_date(day)}T{format_clock(minute)}"


def _date(day: int | None) -> str | None:
    return None if day is None else format_date(day)
