"""Lists about acceptance records: items that were scanned but have none, and what of the records
travels to a partner (req 59, 72)."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import narwhals as nw
import pyarrow as pa
from typing_extensions import TypedDict

from datecertain.errors import UsageError
from datecertain.moments import format_clock, format_date, format_utc
from datecertain.operations.evidence import current_items
from datecertain.operations.networks import current_network
from datecertain.operations.tables import EVENTS_TABLE, ITEMS_TABLE
from datecertain.promise.acceptance import FOR_PARTNERS
from datecertain.store import Workspace

#: Scans that only the origin post makes.
_ORIGIN_CODES = ("EMA", "EMB", "EMC")


@dataclass(frozen=True, slots=True)
class WithoutRecord:
    """An item that was scanned in a month, and of whose acceptance nothing is known: without a
    record there is no guarantee."""

    origin: str  # the post that scanned it as its origin; else the one that issued the number
    item_id: str
    first_scan: str  # UTC
    events: int


def without_record(workspace: Workspace, period: str) -> list[WithoutRecord]:
    """The items of a month's events (by the date of the event) that no acceptance record names, by
    origin post and number: what an origin post is told (req 72)."""
    network = current_network(workspace)
    events = workspace.scan(EVENTS_TABLE, months=[period])
    items = workspace.scan(ITEMS_TABLE).select("item_id").unique()
    by_origin = nw.when(nw.col("code").is_in(_ORIGIN_CODES)).then(nw.col("sender"))
    frame = (
        events.join(items, on="item_id", how="anti")
        .with_columns(by_origin.alias("origin"))
        .group_by("item_id")
        .agg(
            nw.col("origin").min(), nw.col("event_at").min().alias("first_at"),
            nw.col("code").count().alias("events"),
        )
    )  # fmt: skip
    found: pa.Table = nw.to_native(frame).to_arrow_table()
    issuer = {post.country: post.post for post in network.data.posts}
    rows = [
        WithoutRecord(
            row["origin"] or issuer.get(row["item_id"][-2:], ""), row["item_id"],
            format_utc(row["first_at"]), row["events"],
        )
        for row in found.to_pylist()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row.origin, row.item_id))


class PartnerRecord(TypedDict):
    """What a partner needs of an acceptance; `date_told` empty: no date was guaranteed."""

    item_id: str
    origin: str
    accepted_local: str
    office: str
    destination: str
    destination_postcode: str
    product: str
    contents: str
    weight_g: int
    date_told: str


def records_for_partner(workspace: Workspace, period: str, origin: str, partner: str) -> bytes:
    """`partner_records` as CSV. Raises the same."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FOR_PARTNERS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(partner_records(workspace, period, origin, partner))
    return out.getvalue().encode()


def partner_records(
    workspace: Workspace, period: str, origin: str, partner: str
) -> list[PartnerRecord]:
    """A post's acceptance records of a month for the post of destination, by number and time: the
    fields that a verdict needs, never names, payers or postage (req 59, 72).

    Raises `UnknownPlace` for a post that the network does not know, `UsageError` for one and the
    same post.
    """
    network = current_network(workspace)
    for post in (origin, partner):
        network.post(post)
    if origin == partner:
        raise UsageError(f"{origin} is both ends: name the post of destination")
    rows = current_items(workspace, None)
    chosen = [
        row
        for row in rows.to_pylist()
        if (row["month"], row["origin"], row["destination"]) == (period, origin, partner)
    ]
    return [
        {
            "item_id": row["item_id"], "origin": row["origin"],
            "accepted_local":
                f"{format_date(row['accepted_date'])}T{format_clock(row['accepted_min'])}",
            "office": row["office"] or "", "destination": row["destination"],
            "destination_postcode": row["destination_postcode"] or "",
            "product": row["product"] or "", "contents": row["contents"] or "",
            "weight_g": row["weight_g"],
            "date_told": "" if row["promised_on"] is None else format_date(row["promised_on"]),
        }
        for row in sorted(chosen, key=lambda one: (one["item_id"], one["accepted_at"]))
    ]  # fmt: skip
