"""Acceptance records: handed in, missing, and what of them a partner needs (req 59, 72)."""

from __future__ import annotations

import csv
import io
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from datecertain.access import Right, Viewer
from datecertain.api.answers import ReceiptBody
from datecertain.api.fields import IdempotencyKey, Line, Month, Post, Sha256
from datecertain.api.handed_in import handed_in, receipt_now
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.opened import door_of
from datecertain.door.paging import Page, Paging, paged
from datecertain.door.writing import actor_for, plain_key
from datecertain.errors import NotFound
from datecertain.operations.acceptance_lists import (
    PartnerRecord,
    WithoutRecord,
    partner_records,
    without_record,
)
from datecertain.operations.workspaces import open_workspace
from datecertain.promise.acceptance import ACCEPTANCE_FILE, ACCEPTANCE_MORE

WAYS = APIRouter(prefix="/v1/acceptances", tags=["acceptances"], responses=REFUSALS)

_Edi = Annotated[Viewer, Depends(Needs(Right.ACCEPTANCES))]
_MOST_AT_ONCE = 10_000
_MOST = 10**12
_Count = Annotated[int, Field(ge=0, le=_MOST)]


class AcceptanceRecord(BaseModel):
    """What a post's counter system keeps of an acceptance; the members of an acceptance file."""

    model_config = ConfigDict(extra="forbid")

    item_id: Line = Field(max_length=20, examples=["EE000000005KR"])
    origin: Line = Field(max_length=2, description="The post that hands it in.")
    origin_postcode: Line = Field(max_length=20)
    accepted_local: Line = Field(max_length=16, examples=["2026-10-21T10:00"])
    channel: Line = Field(max_length=40)
    destination: Line = Field(max_length=2)
    destination_postcode: Line = Field(max_length=20)
    contents: Line = Field(max_length=40)
    weight_g: _Count
    postage_minor: _Count = Field(description="Actually paid, in minor units.")
    currency: Line = Field(max_length=3)
    date_told: Line | None = Field(None, max_length=10, description="None: none was guaranteed.")
    office: Line | None = Field(None, max_length=40)
    product: Line | None = Field(None, max_length=40)
    address: Literal["street", "po_box", "poste_restante", "military"] | None = None
    declared_minor: _Count | None = None
    declared_currency: Line | None = Field(None, max_length=3)
    tariff_minor: _Count | None = None
    payer_ref: Line | None = Field(None, max_length=80, description="Never a name.")


class AcceptanceRecords(BaseModel):
    """Records of one post."""

    model_config = ConfigDict(extra="forbid")

    records: list[AcceptanceRecord] = Field(min_length=1, max_length=_MOST_AT_ONCE)

    def as_file(self) -> bytes:
        """The records as an acceptance file: the same records, the same bytes."""
        out = io.StringIO()
        writer = csv.DictWriter(out, (*ACCEPTANCE_FILE, *ACCEPTANCE_MORE), lineterminator="\n")
        writer.writeheader()
        for record in self.records:
            row = record.model_dump()
            writer.writerow({name: "" if row[name] is None else row[name] for name in row})
        return out.getvalue().encode()


@WAYS.post("", status_code=202, summary="Hand acceptance records in")
def hand_in(
    request: Request, response: Response, given: AcceptanceRecords, who: _Edi,
    key: IdempotencyKey = None,
) -> ReceiptBody:  # fmt: skip
    """By the same door as files: safe, and will be read; what cannot be used is set aside with its
    reason. The records are of one's own post."""
    for record in given.records:
        actor_for(who, record.origin)
    named = None if key is None else plain_key(key)
    receipt = handed_in(door_of(request), who, named, given.as_file(), "csv")
    response.headers["Location"] = f"{WAYS.prefix}/receipts/{receipt.sha256}"
    return receipt


@WAYS.get("/receipts/{sha256}", summary="What became of records")
def what_became(request: Request, sha256: Sha256, who: _Edi) -> ReceiptBody:
    """The receipt as it stands now: counts, findings, what was set aside."""
    return receipt_now(door_of(request), who, sha256)


@WAYS.get("/missing", summary="Items without a record")
def missing(request: Request, who: _Edi, page: Paging, period: Month) -> Page[WithoutRecord]:
    """Items of one's own post that were scanned in a month and of whose acceptance nothing is
    known: without a record there is no guarantee."""
    with open_workspace(door_of(request).workspace) as opened:
        found = without_record(opened, period)
    mine = [row for row in found if who.acts_for(row.origin)]
    return paged(mine, lambda row: (row.origin, row.item_id), page)


@WAYS.get("/for-partner", summary="What a partner needs")
def for_partner(
    request: Request, who: _Edi, page: Paging, period: Month, origin: Post, destination: Post
) -> Page[PartnerRecord]:
    """A month's records from one post to another, for either of them: what a verdict needs, never
    names, payers or postage."""
    origin, destination = origin.upper(), destination.upper()
    if not who.sees_flow(origin, destination):
        raise NotFound(f"nothing is known here of items from {origin} to {destination}")
    with open_workspace(door_of(request).workspace) as opened:
        rows = partner_records(opened, period, origin, destination)
    return paged(rows, lambda row: (row["item_id"], row["accepted_local"]), page)
