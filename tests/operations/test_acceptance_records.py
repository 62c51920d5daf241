"""Acceptance records: what they may say besides, what they decide, and the items without one."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import say
from month_of_mail import CLOCK
from small_workspaces import ACCEPTED, ITEM, OTHER_ITEM, interchange, small_workspace, take_in_files

from datecertain.errors import UnknownPlace, UsageError
from datecertain.moments import parse_utc
from datecertain.network import Network
from datecertain.operations.acceptance_lists import records_for_partner, without_record
from datecertain.operations.acceptances import header_trouble
from datecertain.operations.networks import publish_network
from datecertain.operations.replaying import ReplayReport, replay
from datecertain.operations.tables import ITEMS_TABLE
from datecertain.operations.workspaces import open_workspace
from datecertain.promise.acceptance import ACCEPTANCE_FILE, ACCEPTANCE_MORE, FOR_PARTNERS
from worlds import texts


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return small_workspace(tmp_path / "w")


def record(**more: str) -> bytes:
    """An acceptance file of one record, with further columns as they are given, mixed in."""
    values = {**ACCEPTED, **more}
    names = sorted(values)
    return "\n".join([",".join(names), ",".join(values[name] for name in names), ""]).encode()


def stored(workspace: Path) -> dict[str, object]:
    with open_workspace(workspace) as opened:
        (row,) = opened.facts(ITEMS_TABLE).arrow().to_pylist()
    return row


# further columns -> status and reason of the quote that the record gets
CASES = """
-                                                      guaranteed
product=EMS-PREMIUM                                    estimate product_not_guaranteed
product=PIGEON                                         refused product_unknown
address=po_box                                         estimate condition
weight_g=30001                                         refused too_heavy
office=Seoul-Jongno tariff_minor=35000 payer_ref=K-17  guaranteed
declared_minor=100000 declared_currency=KRW            guaranteed
"""


@pytest.mark.parametrize("line", CASES.strip().splitlines())
def test_what_a_record_says_besides_decides_its_quote(
    workspace: Path, tmp_path: Path, line: str
) -> None:
    expected = [part for part in line.split() if "=" not in part and part != "-"]
    more = dict(part.split("=") for part in line.split() if "=" in part)
    report = take_in_files(workspace, tmp_path / "mailbox", {"a.csv": record(**more)})
    assert (report.items, report.clean) == (1, True)
    row = stored(workspace)
    assert f"{row['quote_status']} {row['quote_reason']}".split() == expected
    numbers = {"declared_minor", "tariff_minor", "weight_g"}
    for name, value in more.items():
        assert row[name] == (int(value) if name in numbers else value)
    for name in set(ACCEPTANCE_MORE) - set(more):
        assert row[name] is None


# further columns -> why the row is set aside
REFUSED = """
address=castle                     value-unreadable
declared_minor=100                 value-unreadable
declared_currency=KRW              value-unreadable
declared_minor=-1 declared_currency=KRW value-unreadable
tariff_minor=much                  value-unreadable
"""


@pytest.mark.parametrize("line", REFUSED.strip().splitlines())
def test_what_cannot_be_read_is_set_aside_with_its_reason(
    workspace: Path, tmp_path: Path, line: str
) -> None:
    *given, code = line.split()
    more = dict(part.split("=") for part in given)
    report = take_in_files(workspace, tmp_path / "mailbox", {"a.csv": record(**more)})
    assert (report.items, report.quarantined) == (0, 1)
    assert report.findings == {code: 1}


@pytest.mark.parametrize("currency", ["XXX", "USD", ""])
def test_postage_in_a_currency_that_the_post_does_not_keep_is_told(
    workspace: Path, tmp_path: Path, currency: str
) -> None:
    told = record(currency=currency)
    report = take_in_files(workspace, tmp_path / "mailbox", {"a.csv": told})
    assert (report.items, report.quarantined) == (1, 0)  # the record counts all the same
    assert report.findings["currency-not-kept"] == 1


def test_a_currency_is_kept_in_capitals(workspace: Path, tmp_path: Path) -> None:
    told = record(currency="krw", declared_minor="100", declared_currency="usd")
    assert take_in_files(workspace, tmp_path / "mailbox", {"a.csv": told}).clean
    row = stored(workspace)
    assert (row["currency"], row["declared_currency"]) == ("KRW", "USD")


def test_contents_are_kept_as_they_are_compared(workspace: Path, tmp_path: Path) -> None:
    told = record(contents=" Merchandise")
    assert take_in_files(workspace, tmp_path / "mailbox", {"a.csv": told}).clean
    assert stored(workspace)["contents"] == "merchandise"


def test_a_file_with_a_column_nobody_knows_is_no_acceptance_file(
    workspace: Path, tmp_path: Path
) -> None:
    report = take_in_files(workspace, tmp_path / "mailbox", {"a.csv": record(colour="red")})
    assert report.items == 0
    assert not report.clean


# what is done to the header row -> what is told of it
HEADERS = """
weight_g   weight   columns missing weight_g; not known weight; twice –
date_told  item_id  columns missing date_told; not known –; twice item_id
currency   "currency"  columns missing currency; not known "currency"; twice –
,          ;        parted by semicolons, not by commas
"""


@pytest.mark.parametrize("line", HEADERS.strip().splitlines())
def test_a_header_that_is_nearly_right_is_told_as_one(
    workspace: Path, tmp_path: Path, line: str
) -> None:
    old, new, told = line.split(maxsplit=2)
    header, rest = record().split(b"\n", 1)
    changed = header.replace(old.encode(), new.encode()) + b"\n" + rest
    report = take_in_files(workspace, tmp_path / "mailbox", {"a.csv": changed})
    assert (report.items, report.quarantined) == (0, 1)
    assert report.findings == {"header-unknown": 1}
    assert told in header_trouble(changed)
    assert replay_of(workspace).waiting == {"header-unknown": 1}


def replay_of(workspace: Path) -> ReplayReport:
    with open_workspace(workspace, write=True) as opened:
        return replay(opened, CLOCK)


def test_items_without_a_record_are_listed_to_their_origin_post(
    workspace: Path, tmp_path: Path
) -> None:
    """One item has its record; the other was scanned by Korea as its origin, a third only by the
    United States: the number says who issued it."""
    third = "EE473124829KR"
    bag = {
        "a.csv": record(),
        "one.edi": interchange(("EMC", "202610221000", "KRSELB")),
        "two.edi": interchange(
            ("EMC", "202610221000", "KRSELB"), ("EMB", "202610220900", "KRSELB"),
            item=OTHER_ITEM, reference="2",
        ),
        "three.edi": interchange(
            ("EMD", "202610231000", "USJFKA"), item=third, sender="USA", recipient="KRA",
            reference="3",
        ),
    }  # fmt: skip
    take_in_files(workspace, tmp_path / "mailbox", bag)
    with open_workspace(workspace) as opened:
        found = without_record(opened, "2026-10")
        assert without_record(opened, "2026-09") == []
    assert [(row.origin, row.item_id, row.first_scan, row.events) for row in found] == [
        ("KR", OTHER_ITEM, "2026-10-22T00:00Z", 2), ("KR", third, "2026-10-23T14:00Z", 1),
    ]  # fmt: skip
    told = say("acceptances", "missing", "--period", "2026-10", "-w", workspace)
    assert told.out.splitlines()[-1] == "2 items without an acceptance record: KR 2."
    assert len(say("acceptances", "missing", "--period", "2026-10", "--post", "US", "--json",
                   "-w", workspace).json) == 0  # fmt: skip


def test_a_partner_gets_what_a_verdict_needs_and_no_more(workspace: Path, tmp_path: Path) -> None:
    more = {"office": "Seoul-Jongno", "payer_ref": "K-17", "tariff_minor": "35000"}
    take_in_files(workspace, tmp_path / "mailbox", {"a.csv": record(**more)})
    with open_workspace(workspace) as opened:
        data = records_for_partner(opened, "2026-10", "KR", "US").decode()
        assert records_for_partner(opened, "2026-10", "US", "KR").decode().count("\n") == 1
        with pytest.raises(UsageError, match="KR is both ends"):
            records_for_partner(opened, "2026-10", "KR", "KR")
        with pytest.raises(UnknownPlace, match="'XX' is not a post of small"):
            records_for_partner(opened, "2026-10", "KR", "XX")
    assert data.splitlines() == [
        ",".join(FOR_PARTNERS),
        f"{ITEM},KR,2026-10-21T10:00,Seoul-Jongno,US,10001,,documents,500,2026-10-26",
    ]
    assert not {"payer_ref", "tariff_minor", "postage_minor"} & set(FOR_PARTNERS)
    assert set(FOR_PARTNERS) <= {*ACCEPTANCE_FILE, *ACCEPTANCE_MORE}


def test_a_row_that_waits_is_read_again_by_the_header_of_its_own_file(
    workspace: Path, tmp_path: Path
) -> None:
    """Columns in an order of the post's own, and an office: a destination that the network does not
    know yet; once it does, the row is taken in as it was meant."""
    row = record(destination="FR", destination_postcode="", office="Seoul-Jongno")
    report = take_in_files(workspace, tmp_path / "mailbox", {"a.csv": row})
    assert (report.items, report.quarantined) == (0, 1)
    files = dict(texts())
    files["posts.csv"] += (
        "FR,FRA,La Poste,프랑스,FR,EUR,Europe/Paris,,0,2009-01-01,2010-01-01,test\n"
    )
    with open_workspace(workspace, write=True) as opened:
        publish_network(opened, Network.from_texts(files), CLOCK, parse_utc("2026-10-01T00:00Z"))
        publish_network(opened, Network.from_texts(files), CLOCK)
        replay(opened, CLOCK)
        (found,) = opened.facts(ITEMS_TABLE).arrow().to_pylist()
    assert (found["item_id"], found["destination"], found["office"]) == (ITEM, "FR", "Seoul-Jongno")
