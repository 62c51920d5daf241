"""Two items that came two days late, told by both posts and judged, beside the item of the site."""

from __future__ import annotations

from pathlib import Path

from month_of_mail import AS_OF, CLOCK, PERIOD
from small_workspaces import ACCEPTED, acceptance_file, interchange, take_in_files

from datecertain.identifiers import ItemNumber
from datecertain.operations.judging import judge_period
from datecertain.operations.workspaces import open_workspace

#: The first is claimed and asked about by tests; nobody does anything to the second.
LATE, UNTOUCHED = (str(ItemNumber.compose("EL", number, "KR")) for number in (1, 2))


def late_items(workspace: Path, mailbox: Path) -> None:
    """Take in and judge items from Seoul to New York that lay in New York for days."""
    records = [ACCEPTED | {"item_id": item} for item in (LATE, UNTOUCHED)]
    bag = {"KR/late.csv": acceptance_file(*records)}
    for number, item in enumerate((LATE, UNTOUCHED)):
        bag[f"KR/late{number}.edi"] = interchange(
            ("EMA", "202610211000", "KR-SEL"), ("EMB", "202610211500", "KRSELB"),
            ("EMC", "202610220200", "KRSELB"), item=item, prepared="202610220300",
            reference=f"7{number}",
        )  # fmt: skip
        bag[f"US/late{number}.edi"] = interchange(
            ("EMD", "202610220900", "USJFKA"), ("EDB", "202610221000", "USJFKA"),
            ("EDC", "202610221200", "USJFKA"), ("EMF", "202610271400", "USJFKA"),
            ("EMG", "202610280500", "US-NYC"), ("EMI", "202610281241", "US-NYC"), item=item,
            sender="USA", recipient="KRA", prepared="202610290100", reference=f"8{number}",
        )  # fmt: skip
    take_in_files(workspace, mailbox, bag)
    with open_workspace(workspace, write=True) as opened:
        judge_period(opened, PERIOD, AS_OF, CLOCK)
