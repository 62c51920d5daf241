"""Dispatches that posts told of, and what is wrong with them, worked out by hand. All invented."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.messages import CONTAINED, RECEPTACLES, Transport, no_transport
from datecertain.moments import DAY as MINUTES
from datecertain.moments import parse_date
from datecertain.operations.dispatch_lists import write_dispatch_lists
from datecertain.operations.finding_words import finding_words
from datecertain.quality import DispatchQuality, Kind, dispatch_quality, event_rules
from datecertain.settlement import Period
from datecertain.wording import words
from thorough import often
from transport_cases import (
    DAY,
    DISPATCH,
    FIRST,
    ONE,
    OTHER,
    PRECON,
    PREDES,
    RESCON,
    RESDES,
    SECOND,
    THREE,
    TWO,
    interchange,
    read,
)

POSTS = {"KRSELB": "KR", "AUSYDB": "AU", "JPKWSA": "JP", "FRCYMA": "FR"}
[RULE] = event_rules(DAY).dispatches
NOVEMBER = Period.month("2026-11")
#: Long after everything, and the last day on which the dispatch of the cases is not yet due.
LATER, NOT_YET = parse_date("2027-03-01"), DAY + RULE.within_days

ADVISED = interchange("PREDES", PREDES)
CAME = interchange("RESDES", RESDES, sender="J1CAUA")


def records(*rows: tuple[str, str, str]) -> pa.Table:
    names = ("item_id", "origin", "destination")
    schema = pa.schema([(name, pa.string()) for name in names])
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema)


def arrivals(*rows: tuple[str, str]) -> pa.Table:
    schema = pa.schema([("item_id", pa.string()), ("post", pa.string())])
    return pa.Table.from_pylist([{"item_id": one, "post": post} for one, post in rows], schema)


TO_SYDNEY = records(*((item, "KR", "AU") for item in (ONE, TWO, THREE)))


def seen(
    told: Transport, items: pa.Table = TO_SYDNEY, scans: pa.Table | None = None, on: int = LATER
) -> DispatchQuality:
    came = arrivals() if scans is None else scans
    return dispatch_quality(told, items, came, POSTS, RULE, NOVEMBER, on * MINUTES)


def told(*files: bytes) -> Transport:
    return read(*files).transport


def wrong(found: DispatchQuality) -> list[str]:
    """What is listed, a line each: `post>partner kind name what`."""
    return [
        " ".join(
            filter(None, (
                f"{row['post']}>{row['partner']}", row["kind"], row["name"],
                row["item_id"] or row["receptacle"] or row["dispatch"],
            ))
        )
        for row in found.listed.to_pylist()
    ]  # fmt: skip


def figures(found: DispatchQuality) -> dict[str, tuple[int, int]]:
    return {f"{one.kind} {one.name}".strip(): (one.of, one.bad) for one in found.lines}


def test_a_dispatch_told_whole_and_received_whole_has_nothing_wrong() -> None:
    whole = RESDES.replace("STS+7+MIS'", "").partition(f"PCI++{OTHER}")[0]
    found = seen(told(ADVISED, interchange("RESDES", whole, sender="J1CAUA")))
    assert wrong(found) == []
    assert figures(found) == {
        "receptacle_unadvised no_dispatch": (2, 0), "receptacle_unadvised not_in_dispatch": (2, 0),
        "dispatch_not_received": (1, 0), "receptacle_not_received told_missing": (2, 0),
        "receptacle_not_received no_word": (2, 0), "missent_dispatched": (3, 0),
        "returned_dispatched": (3, 0),
    }  # fmt: skip
    assert {(one.month, one.code) for one in found.lines} == {("2026-11", "")}


def test_what_is_missing_is_asked_of_the_inward_office_and_what_is_in_excess_of_the_outward() -> (
    None
):
    found = seen(told(ADVISED, CAME))
    assert wrong(found) == [
        f"AU>KR receptacle_not_received told_missing {SECOND}",
        f"KR>AU receptacle_unadvised no_dispatch {OTHER}",
    ]
    [missing, excess] = found.listed.to_pylist()
    assert (missing["dispatch"], missing["told_on"]) == (DISPATCH, DAY)
    assert (excess["told_on"], excess["interchange"]) == (DAY + 1, "REF0000000001")


def test_a_receptacle_that_its_dispatch_does_not_name() -> None:
    first = PREDES.partition("GID+2'")[0]
    found = seen(told(interchange("PREDES", first), CAME.replace(b"STS+7+MIS", b"STS+7+RCV")))
    assert f"KR>AU receptacle_unadvised not_in_dispatch {SECOND}" in wrong(found)


def test_a_dispatch_of_which_nothing_came_is_listed_once_its_time_is_over() -> None:
    assert wrong(seen(told(ADVISED))) == [f"AU>KR dispatch_not_received {DISPATCH}"]
    assert wrong(seen(told(ADVISED), on=NOT_YET)) == []
    assert wrong(seen(told(ADVISED), on=NOT_YET + 1)) == [f"AU>KR dispatch_not_received {DISPATCH}"]
    # Booked on flights, and even told missing, is not received.
    booked = interchange("PRECON", PRECON)
    nothing = interchange("RESDES", f"PCI++{FIRST}'STS+7+MIS'", sender="J1CAUA")
    assert wrong(seen(told(ADVISED, booked, nothing))) == [
        f"AU>KR dispatch_not_received {DISPATCH}"
    ]


def test_an_item_that_arrived_shows_that_its_receptacle_came() -> None:
    by_item = seen(told(ADVISED), scans=arrivals((ONE, "AU")))
    assert wrong(by_item) == [f"AU>KR receptacle_not_received no_word {SECOND}"]
    # An arrival elsewhere shows nothing.
    elsewhere = seen(told(ADVISED), scans=arrivals((ONE, "JP")))
    assert wrong(elsewhere) == [f"AU>KR dispatch_not_received {DISPATCH}"]


def test_taken_over_at_the_airport_is_received_too() -> None:
    found = seen(told(ADVISED, interchange("RESCON", RESCON, sender="J1CAUA")))
    assert wrong(found) == []  # the third receptacle was never advised, and did not come


def test_items_in_a_dispatch_to_a_third_post_and_back_to_their_origin() -> None:
    to_tokyo = PREDES.replace("AUSYDB", "JPKWSA")
    back = PREDES.replace("KRSELBAUSYDB", "AUSYDBKRSELB").replace("0017", "0044")
    items = records((ONE, "KR", "AU"), (TWO, "KR", "JP"))
    found = seen(told(interchange("PREDES", to_tokyo)), items)
    assert wrong(found) == [
        f"JP>KR dispatch_not_received {DISPATCH.replace('AUSYDB', 'JPKWSA')}",
        f"KR>JP missent_dispatched {ONE}",
    ]
    assert figures(found)["missent_dispatched"] == (2, 1)  # of the third no record is known
    found = seen(told(interchange("PREDES", back)), items)
    assert [line for line in wrong(found) if "dispatched" in line] == [
        f"AU>KR returned_dispatched {ONE}"
    ]


def test_the_last_pre_advice_tells_in_which_receptacle_an_item_is() -> None:
    """It moves to the second bag; that bag came, so it did not stay behind with the first."""
    moved = (
        f"BGM+PRE+{DISPATCH}+9'DTM+137:202611200500:203'LOC+5+KRSELB'LOC+8+AUSYDB'"
        f"PCI++{SECOND}'RFF+S10:{ONE}'"
    )
    later = interchange("PREDES", moved).replace(b"REF0000000001", b"REF0000000002")
    found = seen(told(later, ADVISED), scans=arrivals((ONE, "AU")))
    assert wrong(found) == [f"AU>KR receptacle_not_received no_word {FIRST}"]


def test_other_months_tests_and_foreign_offices_are_left_out() -> None:
    december = dispatch_quality(
        told(ADVISED, CAME), TO_SYDNEY, arrivals(), POSTS, RULE, Period.month("2026-12"),
        LATER * MINUTES,
    )  # fmt: skip
    assert (december.lines, len(december.listed)) == ((), 0)
    foreign = {office: post for office, post in POSTS.items() if post != "AU"}
    left = dispatch_quality(
        told(ADVISED, CAME), TO_SYDNEY, arrivals(), foreign, RULE, NOVEMBER, LATER * MINUTES
    )
    assert (left.lines, len(left.listed)) == ((), 0)
    assert seen(no_transport()).lines == ()


LABELS = [
    f"{pair}AEN6001{dispatch}00{bag}000000"
    for pair in ("KRSELBAUSYDB", "AUSYDBKRSELB", "JPKWSAAUSYDB")
    for dispatch in range(2)
    for bag in range(1, 4)
]
ITEMS = ("A", "B", "C", "D")
SAID = st.tuples(
    st.sampled_from(LABELS),
    st.sampled_from(["advised", "received", "missing", "excess", "consigned", None]),
    st.integers(DAY - 20, DAY + 20),
)
INSIDE = st.tuples(st.sampled_from(ITEMS), st.sampled_from(LABELS))


def tables(said: list[tuple], inside: list[tuple]) -> Transport:
    def fill(schema: pa.Schema, rows: list[dict]) -> pa.Table:
        blank = {
            field.name: None if field.nullable else {pa.bool_(): False}.get(
                field.type, "" if field.type == pa.string() else 0
            )
            for field in schema
        }  # fmt: skip
        return pa.Table.from_pylist([blank | row for row in rows], schema=schema)

    bags = [
        {"receptacle": label, "dispatch": label[:20], "kind": kind, "prepared_date": day}
        for label, kind, day in said
    ]
    items = [
        {"item_id": item, "receptacle": label, "dispatch": label[:20], "kind": "advised",
         "prepared_date": DAY, "prepared_min": number}
        for number, (item, label) in enumerate(inside)
    ]  # fmt: skip
    empty = no_transport()
    return Transport(
        fill(RECEPTACLES, bags), fill(CONTAINED, items), empty.legs, empty.carrier_events
    )


@given(
    st.lists(SAID, max_size=14),
    st.lists(INSIDE, max_size=8, unique_by=lambda row: (row[0], row[1][:20])),
    st.lists(st.tuples(st.sampled_from(ITEMS), st.sampled_from(["KR", "AU", "JP"])), max_size=4),
    st.integers(DAY, DAY + 40),
    st.randoms(),
)
@settings(deadline=None, max_examples=often(50))
def test_as_somebody_with_a_pencil_would_find_it(
    said: list[tuple], inside: list[tuple], scans: list[tuple], on: int, random: object
) -> None:
    items = records(("A", "KR", "AU"), ("B", "AU", "KR"), ("C", "KR", "JP"))
    told_of = tables(said, inside)
    found = seen(told_of, items, arrivals(*scans), on)
    expected = set()
    advised = {}
    came = {}
    for label, kind, day in said:
        if kind == "advised":
            advised[label] = min(day, advised.get(label, day))
        if kind in ("received", "excess"):
            came[label] = min(day, came.get(label, day))
    shown = {label for item, label in inside if (item, POSTS[label[6:12]]) in scans}
    for label, day in came.items():
        if NOVEMBER.first_day <= day <= NOVEMBER.last_day and label not in advised:
            known = any(other[:20] == label[:20] for other in advised)
            expected.add(
                ("receptacle_unadvised", "not_in_dispatch" if known else "no_dispatch", label)
            )
    for label, day in advised.items():
        if not NOVEMBER.first_day <= day <= NOVEMBER.last_day or day + RULE.within_days >= on:
            continue
        if not any(other[:20] == label[:20] for other in {*came, *shown}):
            expected.add(("dispatch_not_received", "", label[:20]))
        elif label not in came and label not in shown:
            missing = any(other == label and kind == "missing" for other, kind, _ in said)
            name = "told_missing" if missing else "no_word"
            expected.add(("receptacle_not_received", name, label))
    ends = {"A": ("KR", "AU"), "B": ("AU", "KR"), "C": ("KR", "JP")}
    for item, label in inside:
        by, to = POSTS[label[:6]], POSTS[label[6:12]]
        if item in ends and to not in ends[item]:
            expected.add(("missent_dispatched", "", item + label[:20]))
        if item in ends and (to, by) == ends[item]:
            expected.add(("returned_dispatched", "", item + label[:20]))
    told_wrong = {
        (row["kind"], row["name"], (row["item_id"] or "") + row["dispatch"] if row["item_id"]
         else row["receptacle"] or row["dispatch"])
        for row in found.listed.to_pylist()
    }  # fmt: skip
    assert told_wrong == expected
    assert sum(line.bad for line in found.lines) == len(found.listed) == len(expected)
    # In whatever order it came.
    shuffled = Transport(
        *(
            table.take(pa.array(random.sample(range(len(table)), len(table)), pa.int64()))  # type: ignore[attr-defined]
            for table in (told_of.receptacles, told_of.contained, told_of.legs,
                          told_of.carrier_events)
        )
    )  # fmt: skip
    again = seen(shuffled, items, arrivals(*scans), on)
    assert again.lines == found.lines
    assert again.listed == found.listed


@pytest.mark.parametrize("kind", [one for one in Kind if "dispatch" in one or "recept" in one])
def test_every_kind_has_words_in_both_languages(kind: Kind) -> None:
    texts = {finding_words(kind.value, "", words(language)) for language in ("en", "ko")}
    assert len(texts) == 2


def test_each_post_gets_its_lists(tmp_path: Path) -> None:
    found = seen(told(ADVISED, CAME))
    files = write_dispatch_lists(found, tmp_path, words("en"))
    assert [path.name for path in files] == [
        "2026-11.AU.receptacle_not_received.csv", "2026-11.KR.receptacle_unadvised.csv",
    ]  # fmt: skip
    [row] = list(csv.DictReader(files[0].read_text("utf-8").splitlines()))
    assert (row["partner"], row["receptacle"], row["told_on"], row["item_id"], row["says"]) == (
        "KR", SECOND, "2026-11-20", "", "receptacle told to be missing",
    )  # fmt: skip
    [only] = write_dispatch_lists(found, tmp_path / "kr", words("ko"), post="KR")
    assert "발송편 사전통지 없이 도착한 우편용기" in only.read_text("utf-8")
