"""An item that came two days late, told by both posts and judged, beside the item of the site."""

from __future__ import annotations

from pathlib import Path

from month_of_mail import AS_OF, CLOCK, PERIOD
from small_workspaces import ACCEPTED, acceptance_file, interchange, take_in_files

from datecertain.identifiers import ItemNumber
from datecertain.operations.judging import judge_period
from datecertain.operations.workspaces import open_workspace

LATE = str(ItemNumber.compose("EL", 1, "KR"))


def late_item(workspace: Path, mailbox: Path) -> str:
    """Take in and judge an item from Seoul to New York: it lay in New York for days."""
    record = ACCEPTED | {"item_id": LATE}
    by_origin = interchange(
        ("EMA", "202610211000", "KR-SEL"), ("EMB", "202610211500", "KRSELB"),
        ("EMC", "202610220200", "KRSELB"), item=LATE, prepared="202610220300", reference="71",
    )  # fmt: skip
    by_destination = interchange(
        ("EMD", "202610220900", "USJFKA"), ("EDB", "202610221000", "USJFKA"),
        ("EDC", "202610221200", "USJFKA"), ("EMF", "202610271400", "USJFKA"),
        ("EMG", "202610280500", "US-NYC"), ("EMI", "202610281241", "US-NYC"), item=LATE,
        sender="USA", recipient="KRA", prepared="202610290100", reference="72",
    )  # fmt: skip
    bag = {
        "KR/late.csv": acceptance_file(record), "KR/late.edi": by_origin,
        "US/late.edi": by_destination,
    }  # fmt: skip
    take_in_files(workspace, mailbox, bag)
    with open_workspace(workspace, write=True) as opened:
        judge_period(opened, PERIOD, AS_OF, CLOCK)
    return LATE
