"""Items take over what happened to their receptacle: cases by hand, then what must always hold.

All messages are invented; places and times are those of the messages, local."""

from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.messages import Transport
from datecertain.tracking.nesting import CARRIED, INHERITED, carried, inherited_movements
from transport_cases import (
    CARDIT,
    DAY,
    DISPATCH,
    FIRST,
    HANDED_OVER,
    ONE,
    PRECON,
    PREDES,
    RESCON,
    RESDES,
    SECOND,
    THREE,
    TWO,
    UPLIFTED,
    interchange,
    read,
)

ADVISED = interchange("PREDES", PREDES)
BOOKED = interchange("CARDIT", CARDIT)
FLEW = interchange("RESDIT", UPLIFTED, HANDED_OVER, sender="CX")
CAME = interchange("RESDES", RESDES, sender="J1CAUA")


def told(*files: bytes) -> Transport:
    return read(*files).transport


def travels(item: str, *files: bytes) -> tuple:
    [row] = carried([item], told(*files)).to_pylist()
    return row["receptacle"], row["flight_known"], row["flights"]


def moved(item: str, *files: bytes, scans: tuple = ()) -> list[tuple]:
    rows = inherited_movements(told(*files), scans).to_pylist()
    return [(row["source"], row["code"], row["place"]) for row in rows if row["item_id"] == item]


def test_an_item_flies_as_booked_until_a_carrier_says_so() -> None:
    assert travels(ONE, ADVISED, BOOKED) == (FIRST, "plan", ["CX417", "CX111"])
    assert travels(ONE, ADVISED, BOOKED, FLEW) == (FIRST, "fact", ["CX417"])
    assert travels(ONE, ADVISED) == (FIRST, "unknown", [])
    # A status that names its receptacle needs no booking.
    assert travels(THREE, ADVISED, FLEW) == (SECOND, "fact", ["CX417"])


def test_a_consignment_advised_to_the_destination_tells_the_flights_as_well() -> None:
    consigned = interchange("PRECON", PRECON)
    assert travels(ONE, ADVISED, consigned) == (FIRST, "plan", ["CX417", "CX111"])
    # Taken over at the airport is not yet arrived at the inward office: it stands for no scan.
    taken_over = interchange("RESCON", RESCON, sender="J1CAUA")
    files = (ADVISED, consigned, taken_over)
    assert moved(ONE, *files) == [("RESCON", "taken_over", "AUSYDB")]
    [row] = inherited_movements(told(*files), [(THREE, "EMA")]).slice(0, 1).to_pylist()
    assert row["stands_for"] is None
    assert moved(ONE, *files, CAME) == [
        ("RESCON", "taken_over", "AUSYDB"), ("RESDES", "received", "AUSYDB"),
    ]  # fmt: skip
    # The item's own arrival scan replaces what the receptacle's receipt stands for, no more.
    assert moved(ONE, *files, CAME, scans=((ONE, "EMD"),)) == [("RESCON", "taken_over", "AUSYDB")]


def test_without_a_pre_advice_the_flight_is_unknown() -> None:
    """Even though only one consignment left that day, and the receptacles are all known."""
    assert travels(ONE, BOOKED, FLEW, CAME) == (None, "unknown", [])
    assert moved(ONE, BOOKED, FLEW, CAME) == []


def test_items_take_over_the_movements_of_their_receptacle() -> None:
    files = (ADVISED, BOOKED, FLEW, CAME)
    assert moved(ONE, *files) == [
        ("RESDIT", "24", "ICN"), ("RESDIT", "21", "SYD"), ("RESDES", "received", "AUSYDB"),
    ]  # fmt: skip
    # The second receptacle was uplifted, never handed over, and is missing at Sydney.
    assert moved(THREE, *files) == [("RESDIT", "24", "ICN")]
    rows = inherited_movements(told(*files), ()).to_pylist()
    assert all(row["inherited"] for row in rows)
    [arrived] = [row for row in rows if row["item_id"] == TWO and row["source"] == "RESDES"]
    assert (arrived["stands_for"], arrived["via"]) == ("EMD", "receptacle")
    assert (arrived["event_date"], arrived["event_min"], arrived["stated_offset"]) == (
        DAY + 1, 225, 660,
    )  # fmt: skip
    assert (arrived["dispatch"], arrived["sender"]) == (DISPATCH, "J1CAUA")


def test_an_item_with_a_scan_of_its_own_takes_over_none_in_its_place() -> None:
    files = (ADVISED, FLEW, CAME)
    assert moved(ONE, *files, scans=((ONE, "EMD"),)) == [
        ("RESDIT", "24", "ICN"), ("RESDIT", "21", "SYD"),
    ]  # fmt: skip
    assert ("RESDES", "received", "AUSYDB") in moved(ONE, *files, scans=((TWO, "EMD"),))
    assert ("RESDES", "received", "AUSYDB") in moved(ONE, *files, scans=((ONE, "EMC"),))


def test_a_booking_alone_moves_nothing() -> None:
    assert moved(ONE, ADVISED, BOOKED) == []


def test_a_status_of_the_consignment_is_one_of_all_its_receptacles() -> None:
    body = "STS++74'CNI++KRSEL260000777'LOC+48+ICN'DTM+7:2611200305:201'"
    taken = interchange("RESDIT", body, sender="CX")
    assert moved(ONE, ADVISED, BOOKED, taken) == [("RESDIT", "74", "ICN")]
    assert moved(ONE, ADVISED, taken) == [], "without the booking nobody knows what is in it"
    [row, *_] = inherited_movements(told(ADVISED, BOOKED, taken), ()).to_pylist()
    assert row["via"] == "consignment"


def test_the_last_pre_advice_and_the_first_receipt_hold() -> None:
    later = PREDES.replace("202611200210", "202611200400").replace(f"RFF+S10:{ONE}'", "")
    later = later.replace(f"RFF+S10:{THREE}'", f"RFF+S10:{ONE}'RFF+S10:{THREE}'")
    again = interchange("PREDES", later).replace(b"REF0000000001", b"REF0000000002")
    assert travels(ONE, ADVISED, again)[0] == SECOND
    assert travels(ONE, again, ADVISED)[0] == SECOND, "whichever file came first"
    late = RESDES.replace("202611210400", "202611210900").replace("202611210345", "202611210845")
    repeated = interchange("RESDES", late, sender="J1CAUA").replace(b"REF0000000001", b"REF3")
    for files in ((ADVISED, CAME, repeated), (ADVISED, repeated, CAME)):
        rows = inherited_movements(told(*files), ()).to_pylist()
        assert [row["event_min"] for row in rows if row["item_id"] == ONE] == [225]


def test_a_booking_that_is_changed_counts_as_changed() -> None:
    later = CARDIT.replace("2611200230", "2611200500").replace("CX417", "KE607")
    changed = interchange("CARDIT", later).replace(b"REF0000000001", b"REF0000000002")
    assert travels(ONE, ADVISED, BOOKED, changed)[2] == ["KE607", "CX111"]
    assert travels(ONE, ADVISED, changed, BOOKED)[2] == ["KE607", "CX111"]


@given(st.permutations([ADVISED, BOOKED, FLEW, CAME]), st.integers(0, 4))
@settings(deadline=None, max_examples=40)
def test_the_order_of_the_files_changes_nothing(files: list[bytes], kept: int) -> None:
    """And every movement is one that a message of its receptacle or consignment stated."""
    some = told(*files[:kept])
    ordered = told(*sorted(files[:kept], key=[ADVISED, BOOKED, FLEW, CAME].index))
    items = [ONE, TWO, THREE]
    assert carried(items, some).equals(carried(items, ordered))
    rows, same = (inherited_movements(one, ()).to_pylist() for one in (some, ordered))
    assert sorted(map(str, rows)) == sorted(map(str, same))
    stated = {
        (row["code"], row["place"], row["event_date"]) for row in some.carrier_events.to_pylist()
    } | {
        ("received", row["destination"], row["checked_date"])
        for row in some.receptacles.to_pylist()
    }
    assert all((row["code"], row["place"], row["event_date"]) in stated for row in rows)


def test_nothing_told_is_nothing_known() -> None:
    assert carried([], told()).schema == CARRIED
    assert inherited_movements(told(), ()).equals(INHERITED.empty_table())
