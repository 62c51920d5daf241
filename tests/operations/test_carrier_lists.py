"""A bag leaves Seoul with its flight and reaches New York three days late: what the post that
contracted the carrier can claim. (All messages are invented.)"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
from command_line import say
from hypothesis import given
from hypothesis import strategies as st
from mail_bags import Mailbox
from month_of_mail import CLOCK
from small_workspaces import acceptance_file, take_in_files
from test_proven_handovers import ACCEPTANCE_ROW, AS_OF, CARRIAGE, MAIL, left, workspace
from test_transport_mail import BAG

from datecertain.network import Network
from datecertain.operations.carrier_lists import carrier_items
from datecertain.operations.explaining import explain_item
from datecertain.operations.judging import judge_period
from datecertain.operations.networks import publish_network
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement.carrier_claims import CarrierItem, carriers_csv, resting
from datecertain.store import Workspace
from datecertain.verdict.outcomes import Leg
from datecertain.web.carrier_workbooks import write_carrier_workbook

sys.path.append(str(Path(__file__).parents[1] / "settlement"))
from spreadsheet import Workbook

import transport_cases as cases
from worlds import texts

#: The flight of the small world's timetable, in time; received in New York on Monday instead of
#: Saturday.
ON_BOARD = BAG["s.edi"].replace(b"CX417", b"XA201").replace(b"2611200921", b"2611201000")
SLOW: Mailbox = {
    name: (ON_BOARD if name == "s.edi" else data)
    .replace(b"2611210310", b"2611230310")
    .replace(b"20261121034", b"20261123034")
    .replace(b"202611210400", b"202611230400")
    .replace(b"261120:0240", b"261123:1200" if name in ("r.edi", "s.edi") else b"261120:0240")
    for name, data in BAG.items()
}


def test_a_carrier_is_claimed_what_its_days_cost(tmp_path: Path) -> None:
    """The days are those of the explanation; of the refund of 30,000 KRW at 1,930.5 KRW per SDR the
    share of the transport leg rests on them, to the last unit."""
    folder = workspace(tmp_path / "w")
    take_in_files(folder, tmp_path / "mail", MAIL | SLOW)
    with open_workspace(folder, write=True) as opened:
        judge_period(opened, "2026-11", AS_OF, CLOCK)
    with open_workspace(folder) as opened:
        told = explain_item(opened, cases.ONE, AS_OF, CLOCK)
    assert told.carried is not None
    uplift, handover = told.carried.parts
    (share,) = [one.ppm for one in told.shares if one.leg is Leg.TRANSPORT]
    file = tmp_path / "carriers.csv"
    answer = say("statement", "carriers", "--period", "2026-11", "--out", file, "--json",
                 "-w", folder)  # fmt: skip
    assert (answer.code, answer.err) == (0, "")
    (row,) = csv.DictReader(file.read_text("utf-8").splitlines())
    refund = round(30_000 * 10**6 / 1930.5)
    assert (row["carrier"], row["claimant"]) == (handover.holder, "KR")
    assert (uplift.days, int(row["days"])) == (0, handover.days)
    assert int(row["days"]) > 0
    assert row["receptacle"].startswith("KRSELBUSJFK")
    assert row["flights"] == "XA201 CX111"
    assert (row["taken_at"], row["given_at"]) == ("2026-11-20T01:00Z", "2026-11-23T08:45Z")
    assert int(row["refund_usdr"]) == refund
    assert abs(int(row["resting_usdr"]) - refund * share / 10**6) < 1
    assert answer.json["carriers"] == [
        {"carrier": row["carrier"], "claimant": "KR", "stretches": 1, "days": int(row["days"]),
         "resting_usdr": int(row["resting_usdr"])}
    ]  # fmt: skip
    other = say("statement", "carriers", "--period", "2026-11", "--carrier", "ZZ", "-w", folder)
    assert "attributable to a carrier that a message names" in other.out


def contracted_by_the_destination(tmp_path: Path) -> Path:
    """A judged workspace in which the destination contracted the carriage."""
    carriage = CARRIAGE.replace("*,*,origin", "*,*,destination").format(point="received")
    folder = tmp_path / "w"
    Workspace.init(folder)
    network = Network.from_texts(texts({"carriage.csv": carriage}), "the small world")
    soon = ACCEPTANCE_ROW | {"item_id": cases.TWO, "date_told": "2026-11-30"}
    more = {"a.csv": acceptance_file(ACCEPTANCE_ROW, soon), "m.edi": left(cases.TWO, "8")}
    with open_workspace(folder, write=True) as opened:
        publish_network(opened, network, CLOCK)
    take_in_files(folder, tmp_path / "mail", MAIL | SLOW | more)
    with open_workspace(folder, write=True) as opened:
        judge_period(opened, "2026-11", AS_OF, CLOCK)
    return folder


def test_the_claim_is_the_destinations_where_it_contracted_the_carriage(tmp_path: Path) -> None:
    """The other item in the bag was not delivered: nothing is said of its days yet."""
    with open_workspace(contracted_by_the_destination(tmp_path)) as opened:
        found = carrier_items(opened, "2026-11")
    assert [(one.item_id, one.claimant) for one in found] == [(cases.ONE, "US")]


def item(carrier: str, days: int, amount: int, flights: str = "XA201") -> CarrierItem:
    return CarrierItem(carrier, "KR", cases.ONE, "k", "KR", "US", "bag", flights, AS_OF, AS_OF,
                       days, amount, amount)  # fmt: skip


def test_the_totals_of_the_workbook_are_formulas(tmp_path: Path) -> None:
    items = [item("CX", 1, 333_333), item("XA", 2, 1), item("XA", 3, 2_000_000, "=1+1")]
    path = tmp_path / "carriers.xlsx"
    write_carrier_workbook(path, "2026-11", items, "ko", AS_OF, most_rows=3)
    book = Workbook.read(path)
    assert book.cells.sheetnames == ["운송사", "우편물", "우편물 2"]
    for sheet, cell in book.formulas():
        assert float(book.worked_out(sheet, cell)) == book.beside(sheet, cell)
    totals = [[book.worked_out("운송사", f"{column}{row}") for column in "ACDE"] for row in (2, 3)]
    assert totals == [["CX", 1, 1, 333_333], ["XA", 2, 5, 2_000_001]]
    assert book.cells["우편물 2"]["H2"].data_type == "s"
    assert "'=1+1" in carriers_csv(items)


@given(st.lists(st.tuples(st.lists(st.integers(-3, 5), min_size=1, max_size=4),
                          st.integers(0, 10**9)), max_size=6))  # fmt: skip
def test_what_rests_on_the_parts_is_the_amount_of_the_leg(
    ways: list[tuple[list[int], int]],
) -> None:
    """Only parts that burned days bear something, each within one unit of its proportion."""
    number = np.array([n for n, (steps, _) in enumerate(ways) for _ in steps], dtype=np.int64)
    step = np.array([one for steps, _ in ways for one in steps], dtype=np.int64)
    leg = np.array([amount for _, amount in ways], dtype=np.int64)
    found = resting(number, step, leg)
    for n, (steps, amount) in enumerate(ways):
        parts, burned = found[number == n].tolist(), [max(one, 0) for one in steps]
        assert sum(parts) == (amount if sum(burned) else 0)
        for part, days in zip(parts, burned, strict=True):
            assert abs(part * max(sum(burned), 1) - amount * days) < max(sum(burned), 1)
