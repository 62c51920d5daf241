"""Workspaces over the small world with a claim-driven lane: a few items, judged, to be claimed."""

from __future__ import annotations

from pathlib import Path

from small_workspaces import ACCEPTED, ITEM, OTHER_ITEM, acceptance_file, interchange, take_in_files

from datecertain.claims.cases import Actor, Event
from datecertain.moments import parse_utc
from datecertain.network import Network
from datecertain.operations.claim_rows import StoredCase
from datecertain.operations.claiming import Filing, Move, file_claim, move
from datecertain.operations.clock import FixedClock
from datecertain.operations.judging import judge_period
from datecertain.operations.networks import publish_network
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace
from worlds import with_rows

PERIOD = "2026-10"
#: Accepted on 21 October in Seoul, told for the 26th: claims to the end of 20 November.
LATE_ITEM, OPEN_ITEM = ITEM, OTHER_ITEM
TERMS = (
    "refund_mode,claim_driven", "answer_days,7", "escalation_days,3", "appeal_days,30",
    "payment_days,10", "decided_for_sender_after_days,21", "inquiry_after_days,5",
    "tell_before_close_days,7", "claimants_after_delivery,sender addressee",
)  # fmt: skip


def claims_workspace(folder: Path, *terms: str, records: str = "sqlite:///records.db") -> Path:
    """A workspace with two items from Korea to the United States: one was delivered two days
    late, of the other nothing is known yet. `terms`: rows `term,value` beside TERMS."""
    given = {row.partition(",")[0]: row for row in (*TERMS, *terms)}
    rows = [f"sender,*,*,{row},,,test" for row in given.values()]
    Workspace.init(folder, records=records)
    with open_workspace(folder, write=True) as opened:
        publish_network(
            opened, Network.from_texts(with_rows("terms.csv", *rows)),
            FixedClock(parse_utc("2026-10-20T00:00Z")),
        )  # fmt: skip
    records_file = acceptance_file(ACCEPTED, ACCEPTED | {"item_id": OTHER_ITEM})
    take_in(folder, "1", {"acc.csv": records_file} | delivered(ITEM, "202610281400", "1"))
    judge(folder, "2026-10-30T00:00Z")
    return folder


def delivered(item: str, at: str, reference: str) -> dict[str, bytes]:
    """A file that tells a delivery in New York at a local time."""
    prepared = "202610282330" if reference == "1" else "202611010000"
    told = interchange(
        ("EMI", at, "USJFKA"), item=item, sender="USA", recipient="KRA", reference=reference,
        prepared=prepared,
    )  # fmt: skip
    return {f"d{reference}.edi": told}


def take_in(folder: Path, name: str, bag: dict[str, bytes]) -> None:
    """Take files in."""
    assert take_in_files(folder, folder.parent / f"mail-{folder.name}-{name}", bag).events >= 0


def judge(folder: Path, as_of: str) -> None:
    """Judge what is known at a moment."""
    with open_workspace(folder, write=True) as opened:
        judge_period(opened, PERIOD, parse_utc(as_of), at(as_of))


def at(moment: str) -> FixedClock:
    """A clock that stands still at a moment."""
    return FixedClock(parse_utc(moment))


def claim(folder: Path, moment: str, item: str = LATE_ITEM, **more: object) -> StoredCase:
    """File a claim at a moment."""
    with open_workspace(folder, write=True) as opened:
        return file_claim(opened, Filing(item, **more), at(moment))  # type: ignore[arg-type]


def do(
    folder: Path, moment: str, event: Event, role: Actor, name: str = LATE_ITEM, reason: str = "so"
) -> StoredCase:
    """Do something to a case at a moment."""
    with open_workspace(folder, write=True) as opened:
        return move(opened, name, Move(event, f"{role} desk", role, reason), at(moment))


def story(case: StoredCase) -> list[str]:
    """The events of a case with their reasons."""
    return [
        f"{event.event} {event.reason}".strip()
        + (f" {event.amount_minor}" * bool(event.amount_minor))
        for event in case.events
    ]
