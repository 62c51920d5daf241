"""PREDES, RESDES, CARDIT and RESDIT: what they say of containment and movement, row for row."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.identifiers import compose_many
from datecertain.messages import ReadResult, bundled_profiles, code_table, read_interchanges
from thorough import often
from transport_cases import (
    CARDIT,
    DAY,
    DISPATCH,
    FIRST,
    HANDED_OVER,
    ONE,
    OTHER,
    PRECON,
    PREDES,
    RESCON,
    RESDES,
    SECOND,
    THREE,
    TWO,
    UPLIFTED,
    aside,
    codes,
    interchange,
    read,
)


def rows(result: ReadResult, table: str, *names: str) -> list[tuple]:
    columns = [getattr(result.transport, table)[name].to_pylist() for name in names]
    return list(zip(*columns, strict=True))


def test_a_pre_advice_puts_items_in_receptacles() -> None:
    result = read(interchange("PREDES", PREDES))
    assert (codes(result), aside(result)) == ([], [])
    assert rows(
        result, "receptacles", "receptacle", "kind", "weight_hg", "label_weight_hg", "highest"
    ) == [(FIRST, "advised", 123, 123, False), (SECOND, "advised", 48, 48, True)]
    assert rows(result, "contained", "item_id", "receptacle", "dispatch", "kind", "source") == [
        (ONE, FIRST, DISPATCH, "advised", "PREDES"),
        (TWO, FIRST, DISPATCH, "advised", "PREDES"),
        (THREE, SECOND, DISPATCH, "advised", "PREDES"),
    ]
    [first, _] = result.transport.receptacles.to_pylist()
    label = ("origin", "destination", "category", "subclass", "dispatch_serial")
    assert [first[name] for name in label] == ["KRSELB", "AUSYDB", "A", "EN", 17]
    assert (first["receptacle_serial"], first["registered"]) == (1, False)
    # Prepared by the message at 02:10, transmitted by the header at 02:40.
    moments = ("prepared_date", "prepared_min", "transmitted_date", "transmitted_min")
    assert [first[name] for name in moments] == [DAY, 130, DAY, 160]
    standing = ("sender", "recipient", "interchange", "message", "profile", "test")
    assert [first[name] for name in standing] == [
        "J1CKRA", "J1CAUA", "REF0000000001", 1, "house-predes", False,
    ]  # fmt: skip
    # UNH is segment 1: the receptacle's PCI is the 8th, the items follow its weight.
    assert rows(result, "receptacles", "segment") == [(8,), (13,)]
    assert rows(result, "contained", "segment") == [(10,), (11,), (15,)]
    assert len(result.events) == 0
    assert result.interchanges[0].messages_read == 1


def test_the_inward_office_tells_what_came_what_is_missing_and_what_nobody_told_of() -> None:
    result = read(interchange("RESDES", RESDES, sender="J1CAUA"))
    assert codes(result) == ["receptacle-of-other-dispatch"]
    assert rows(
        result, "receptacles", "receptacle", "kind", "check", "checked_min", "checked_offset"
    ) == [
        (FIRST, "received", "RCV", 225, 660),
        (SECOND, "missing", "MIS", None, None),
        (OTHER, "excess", "EXC", 230, None),
    ]


def test_a_receptacle_without_a_check_code_was_received_and_an_unknown_code_says_nothing() -> None:
    body = f"PCI++{FIRST}'PCI++{SECOND}'STS+7+XYZ'PCI++{OTHER}'STS+7+XYZ'"
    result = read(interchange("RESDES", body))
    assert rows(result, "receptacles", "kind", "check") == [
        ("received", None), (None, "XYZ"), (None, "XYZ"),
    ]  # fmt: skip
    [finding] = result.findings
    assert finding.code == "receptacle-check-unknown"
    assert finding.detail.startswith("2 receptacle(s) have check 'XYZ'")


def test_a_consignment_tells_its_flights_as_planned() -> None:
    result = read(interchange("CARDIT", CARDIT))
    assert (codes(result), aside(result)) == (["leg-time-without-clock"], [])
    assert rows(
        result, "legs", "consignment", "basis", "leg", "carrier", "flight", "from_place", "to_place"
    ) == [
        ("KRSEL260000777", "plan", 1, "CX", "CX417", "ICN", "HKG"),
        ("KRSEL260000777", "plan", 2, "CX", "CX111", "HKG", "SYD"),
    ]
    assert rows(
        result, "legs", "planned_departure_date", "planned_departure_min",
        "planned_arrival_date", "planned_arrival_min", "stage", "handover_place",
    ) == [(DAY, 530, DAY, 705, "20", "ICN"), (DAY, 1140, DAY + 1, None, "30", None)]  # fmt: skip
    assert rows(result, "receptacles", "receptacle", "kind", "consignment", "weight_hg") == [
        (FIRST, "consigned", "KRSEL260000777", 123),
        (SECOND, "consigned", "KRSEL260000777", 48),
    ]
    assert len(result.transport.carrier_events) == 0, "a plan is no event"


def test_a_carrier_tells_each_receptacle_of_a_status() -> None:
    result = read(interchange("RESDIT", UPLIFTED, HANDED_OVER, sender="CX"))
    assert (codes(result), aside(result)) == ([], [])
    assert rows(
        result, "carrier_events", "code", "receptacle", "place", "event_date", "event_min", "flight"
    ) == [
        ("24", FIRST, "ICN", DAY, 561, "CX417"),
        ("24", SECOND, "ICN", DAY, 561, "CX417"),
        ("21", FIRST, "SYD", DAY + 1, 190, "CX111"),
    ]
    assert rows(result, "carrier_events", "dispatch", "consignment", "carrier", "message") == [
        (DISPATCH, "KRSEL260000777", "CX", 1),
        (DISPATCH, "KRSEL260000777", "CX", 1),
        (DISPATCH, "KRSEL260000777", "CX", 2),
    ]
    # Uplifted: the flight left with it. Handed over: says nothing of a flight. No time is planned.
    assert rows(
        result, "legs", "basis", "receptacle", "flight", "from_place", "to_place",
        "planned_departure_date", "planned_arrival_date",
    ) == [
        ("fact", FIRST, "CX417", "ICN", None, None, None),
        ("fact", SECOND, "CX417", "ICN", None, None, None),
    ]  # fmt: skip


def test_a_status_without_receptacles_is_about_the_consignment() -> None:
    body = "STS++74'CNI++KRSEL260000777'LOC+48+ICN'DTM+7:2611200305:201'"
    result = read(interchange("RESDIT", body))
    assert rows(result, "carrier_events", "code", "receptacle", "consignment") == [
        ("74", None, "KRSEL260000777")
    ]


def test_the_destination_post_is_told_of_a_consignment_and_its_planned_flights() -> None:
    result = read(interchange("PRECON", PRECON))
    assert (codes(result), aside(result)) == (["leg-time-without-clock"], [])
    assert rows(result, "receptacles", "receptacle", "kind", "consignment", "weight_hg") == [
        (FIRST, "consigned", "KRSEL260000777", 123),
        (SECOND, "consigned", "KRSEL260000777", 48),
        (OTHER, "consigned", "KRSEL260000777", None),
    ]
    assert rows(
        result, "legs", "basis", "leg", "carrier", "flight", "from_place", "to_place",
        "planned_departure_min", "planned_arrival_min", "profile",
    ) == [
        ("plan", 1, "CX", "CX417", "ICN", "HKG", 530, 705, "house-precon"),
        ("plan", 2, "CX", "CX111", "HKG", "SYD", 1140, None, "house-precon"),
    ]  # fmt: skip


def test_the_destination_post_tells_what_it_took_over_from_the_carrier() -> None:
    """That is not the arrival at the inward office: another kind than RESDES tells."""
    result = read(interchange("RESCON", RESCON, sender="J1CAUA"))
    assert (codes(result), aside(result)) == ([], [])
    assert rows(
        result, "receptacles", "receptacle", "kind", "check", "consignment", "checked_min",
        "checked_offset",
    ) == [
        (FIRST, "taken_over", None, "KRSEL260000777", 185, 660),
        (SECOND, "taken_over", "RCV", "KRSEL260000777", 185, 660),
        (OTHER, "not_taken_over", "MIS", "KRSEL260000777", None, None),
    ]  # fmt: skip
    assert len(result.transport.legs) == 0, "the flight it names is no evidence of its own"


def test_a_stage_that_is_no_flight_is_left_out_and_told() -> None:
    body = CARDIT.replace("TDT+30+CX111+4'", "TDT+Z90+TRUCK+3'")
    result = read(interchange("CARDIT", body))
    assert rows(result, "legs", "flight") == [("CX417",)]
    assert "leg-no-flight" in codes(result)
    assert aside(result) == []


def test_a_status_code_is_never_looked_up_in_recommendation_24() -> None:
    table = code_table("resdit_status_codes")
    row = table.find("23", DAY)
    assert row is not None
    assert row.meaning == "mail is at its destination"  # there: delivery not completed
    assert row.more["like_rec24"] == "no"
    assert table.find("82", DAY).trust == "uncertain"
    moving = {one.code: one.more["movement"] for one in table.rows if one.more["movement"]}
    assert moving == {"1": "arrival", "24": "departure"}
    assert all(one.source for one in table.rows)


def test_an_unknown_status_is_kept_and_counted() -> None:
    result = read(interchange("RESDIT", UPLIFTED.replace("STS++24", "STS++99")))
    assert rows(result, "carrier_events", "code") == [("99",), ("99",)]
    assert codes(result) == ["status-code-unknown"]
    assert len(result.transport.legs) == 0, "an unknown code moves no flight"


#: What is done to a message; findings; what is set aside; rows left (receptacles, contained, legs,
#: carrier_events).
DAMAGE = [
    ("PREDES", PREDES, FIRST, FIRST[:-1], ["receptacle-shape"],
     [("receptacle", "receptacle-shape")], (1, 1, 0, 0)),
    ("PREDES", PREDES, f"PCI++{FIRST}", "PCI", ["receptacle-shape"],
     [("receptacle", "receptacle-shape")], (1, 1, 0, 0)),
    ("PREDES", PREDES, ONE, ONE[:8] + "X" + ONE[9:], ["item-shape"],
     [("item", "item-shape")], (2, 2, 0, 0)),
    ("PREDES", PREDES, "GID+1'PCI", f"RFF+S10:{TWO}'GID+1'PCI", ["item-without-receptacle"],
     [("item", "item-without-receptacle")], (2, 3, 0, 0)),
    ("PREDES", PREDES, THREE, ONE, ["item-twice"], [], (2, 3, 0, 0)),
    ("PREDES", PREDES, "KGM:12.3", "LBR:27", ["receptacle-weight-unreadable"], [], (2, 3, 0, 0)),
    ("PREDES", PREDES, "KGM:12.3", "KGM:HEAVY", ["receptacle-weight-unreadable"], [], (2, 3, 0, 0)),
    ("PREDES", PREDES, "LOC+8+AUSYDB", "LOC+8+AUMELA", ["receptacle-of-other-destination"], [],
     (2, 3, 0, 0)),
    ("PREDES", PREDES, "AEN60017002", "XEN60017002",
     ["dispatch-category", "receptacle-of-other-dispatch"], [], (2, 3, 0, 0)),
    ("PREDES", PREDES, "TSR+++A:EN'", "QVR+9'", ["segment-not-in-layout"], [], (2, 3, 0, 0)),
    ("PREDES", PREDES, PREDES, "BGM+PRE+X+9'", ["message-tells-nothing"], [], (0, 0, 0, 0)),
    ("CARDIT", CARDIT, "TDT+20+CX417", "TDT+20+", ["leg-flight-missing"],
     [("leg", "leg-flight-missing")], (2, 0, 1, 0)),
    ("CARDIT", CARDIT, "CX417", "FLIGHT", ["leg-flight-shape"], [], (2, 0, 2, 0)),
    ("CARDIT", CARDIT, "LOC+8+HKG'", "", ["leg-place-missing"], [], (2, 0, 2, 0)),
    ("CARDIT", CARDIT, "2611200850", "2613990850", ["leg-time-unreadable"], [], (2, 0, 2, 0)),
    ("PRECON", PRECON, "TDT+20+CX417", "TDT+20+", ["leg-flight-missing"],
     [("leg", "leg-flight-missing")], (3, 0, 1, 0)),
    ("PRECON", PRECON, FIRST, FIRST[:-1], ["receptacle-shape"],
     [("receptacle", "receptacle-shape")], (2, 0, 2, 0)),
    ("RESCON", RESCON, "STS+7+MIS", "STS+7+LOST", ["receptacle-check-unknown"], [], (3, 0, 0, 0)),
    ("RESDIT", UPLIFTED, "DTM+7:2611200921:201'", "", ["status-time-missing"],
     [("status", "status-time-missing")], (0, 0, 0, 0)),
    ("RESDIT", UPLIFTED, "2611200921", "2611209921", ["status-time-unreadable"],
     [("status", "status-time-unreadable")], (0, 0, 0, 0)),
    ("RESDIT", UPLIFTED, "LOC+48+ICN'", "", ["status-place-missing"],
     [("status", "status-place-missing")], (0, 0, 0, 0)),
    ("RESDIT", UPLIFTED, "STS++24", "STS", ["status-code-missing"],
     [("status", "status-code-missing")], (0, 0, 0, 0)),
    ("RESDIT", UPLIFTED, "LOC+48+ICN'", "LOC+48+ICN'LOC+48+GMP'", ["status-contradicts"],
     [("status", "status-contradicts")], (0, 0, 0, 0)),
    ("RESDIT", UPLIFTED, "TDT+20+CX417+4'", "", ["status-flight-missing"], [], (0, 0, 0, 2)),
    ("RESDIT", UPLIFTED, "CX417", "FLIGHT", ["status-flight-shape"], [], (0, 0, 2, 2)),
    ("RESDIT", UPLIFTED, f":{SECOND}", f"+{SECOND}", ["element-not-in-layout"], [], (0, 0, 1, 1)),
    ("RESDIT", UPLIFTED, "STS++24", "STS+24+24", ["element-not-in-layout"], [], (0, 0, 2, 2)),
    ("RESDIT", UPLIFTED, "TDT+20+CX417+4", "TDT+20:1+CX417+4", ["element-not-in-layout"], [],
     (0, 0, 2, 2)),
    ("RESDIT", UPLIFTED, "TDT+20+CX417+4", "TDT+20+CX417+4+++: ", [], [], (0, 0, 2, 2)),
    ("CARDIT", CARDIT, "LOC+8+HKG", "LOC+8+HKG:139:6", ["element-not-in-layout"], [], (2, 0, 2, 0)),
    ("PREDES", PREDES, f"PCI++{FIRST}", f"PCI+30+{FIRST}", ["element-not-in-layout"], [],
     (2, 3, 0, 0)),
    ("RESDIT", UPLIFTED, f":{SECOND}", ":NONSENSE", ["receptacle-shape"],
     [("receptacle", "receptacle-shape")], (0, 0, 1, 1)),
    ("RESDIT", UPLIFTED, f"{FIRST}:{SECOND}", "NONSENSE", ["receptacle-shape"],
     [("receptacle", "receptacle-shape")], (0, 0, 0, 0)),
    ("RESDIT", UPLIFTED, "STS++24'", "", ["segment-not-in-layout", "receptacle-without-status"],
     [("receptacle", "receptacle-without-status")], (0, 0, 0, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "body", "change", "to", "said", "kept", "left"), DAMAGE)
def test_damage_is_told_and_kept_in_its_smallest_whole(
    kind: str, body: str, change: str, to: str, said: list, kept: list, left: tuple
) -> None:
    assert change in body
    result = read(interchange(kind, body.replace(change, to, 1)))
    known = [one for one in codes(result) if one != "leg-time-without-clock"]
    assert sorted(set(known)) == sorted(said)
    assert aside(result) == kept
    told = result.transport
    tables = (told.receptacles, told.contained, told.legs, told.carrier_events)
    assert tuple(len(one) for one in tables) == left
    for one in result.findings:
        assert "interchange REF0000000001, message 1, segment" in one.position


def test_what_is_set_aside_is_kept_with_what_stands_in_it() -> None:
    result = read(interchange("PREDES", PREDES.replace(FIRST, "NONSENSE")))
    [kept] = result.quarantined
    assert kept.raw == f"PCI++NONSENSE'MEA+WT++KGM:12.3'RFF+S10:{ONE}'RFF+S10:{TWO}'GID+2'".encode()
    assert (kept.interchange, kept.message, kept.segment) == ("REF0000000001", 1, 8)


def test_a_repeated_interchange_counts_once() -> None:
    data = interchange("PREDES", PREDES)
    result = read(data, data)
    assert len(result.transport.contained) == 3
    assert "interchange-repeated" in codes(result)


def test_item_events_and_transport_in_one_file() -> None:
    events = (
        b"UNB+UNOA:3+J1CKRA+J1CAUA+261120:0240+E1'UNH+1+EMSEVT:3:0:ZZ:DC1'"
        b"CNI+1+%b'STS+1+EMC'DTM+334:202611200112:203'LOC+14+KRSELB'UNT+6+1'UNZ+1+E1'"
        % ONE.encode()
    )
    result = read(interchange("PREDES", PREDES), events, interchange("CARDIT", CARDIT))
    assert len(result.events) == 1
    assert len(result.transport.receptacles) == 4
    assert set(rows(result, "receptacles", "interchange_index")) == {(0,), (2,)}


def test_who_reads_item_events_only_keeps_transport_messages_aside() -> None:
    import io

    data = interchange("PREDES", PREDES)
    result = read_interchanges(io.BytesIO(data), "t", bundled_profiles(), received_on=DAY)
    assert aside(result) == [("message", "layout-unknown")]


OFFICE = st.sampled_from(["KRSELB", "AUSYDB", "JPKWSA", "FRCYMA"])
ITEMS = compose_many("EE", range(40), "JP").to_pylist()


@st.composite
def receptacle(draw: st.DrawFn) -> str:
    digits = draw(st.integers(0, 10**14 - 1))
    return f"{draw(OFFICE)}{draw(OFFICE)}{draw(st.sampled_from('ABCD'))}EN{digits:014d}"


BAG = st.tuples(
    receptacle(), st.none() | st.integers(0, 9999), st.lists(st.sampled_from(ITEMS), max_size=4)
)


@given(
    st.lists(st.lists(BAG, max_size=4), min_size=1, max_size=3), st.sampled_from([128, 300, 4096])
)
@settings(deadline=None, max_examples=often(20))
def test_every_receptacle_and_item_of_a_pre_advice_is_read(
    messages: list[list[tuple]], block_bytes: int
) -> None:
    bodies, bags, inside = [], [], []
    for number, message in enumerate(messages, start=1):
        body = "DTM+137:202611200210:203'"
        for label, weight, items in message:
            bags.append((number, label, weight))
            body += f"PCI++{label}'"
            body += "" if weight is None else f"MEA+WT++KGM:{weight / 10}'"
            for item in items:
                inside.append((number, item, label))
                body += f"RFF+S10:{item}'"
        bodies.append(body)
    result = read(interchange("PREDES", *bodies), block_bytes=block_bytes)
    assert aside(result) == []
    assert rows(result, "receptacles", "message", "receptacle", "weight_hg") == bags
    assert rows(result, "contained", "message", "item_id", "receptacle") == inside


@given(st.data())
@settings(deadline=None, max_examples=often(100))
def test_nothing_is_lost_without_a_word(data: st.DataObject) -> None:
    """One wrong character anywhere: whoever reads fewer receptacles, items or flights says so."""
    kind, body, told = data.draw(
        st.sampled_from(
            [
                ("PREDES", PREDES, (2, 3, 0, 0)),
                ("RESDES", RESDES.partition("STS+7+MIS'")[0], (2, 0, 0, 0)),
                ("CARDIT", CARDIT.replace("20261121:102", "2611210500:201"), (2, 0, 2, 0)),
                ("RESDIT", UPLIFTED, (0, 0, 2, 2)),
                ("PRECON", PRECON.replace("20261121:102", "202611210500:203"), (3, 0, 2, 0)),
                ("RESCON", RESCON.partition("STS+7+MIS'")[0], (3, 0, 0, 0)),
            ]
        )
    )
    at = data.draw(st.integers(0, len(body) - 1))
    octet = data.draw(st.sampled_from("A0+:'? \xe9"))
    damaged = body[:at] + octet + body[at + 1 :]
    whole = interchange(kind, body).decode("latin-1")  # counted before the damage
    result = read(whole.replace(body, damaged).encode("latin-1"))
    transport = result.transport
    found = (
        len(transport.receptacles), len(transport.contained),
        len(transport.legs), len(transport.carrier_events),
    )  # fmt: skip
    assert found == told or codes(result)


SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "upu" / "samples"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="no sample shapes beside the checkout")
@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("predes_house_ok", (2, 3, 0, 0)),
        ("cardit_shape_ok", (2, 0, 1, 0)),
        ("resdit_shape_74_24_21", (0, 0, 2, 6)),
    ],
)
def test_the_sample_shapes_are_read_without_a_doubt(name: str, counts: tuple) -> None:
    result = read((SAMPLES / f"{name}.edi").read_bytes())
    told = result.transport
    tables = (told.receptacles, told.contained, told.legs, told.carrier_events)
    assert tuple(len(one) for one in tables) == counts
    assert (codes(result), aside(result)) == ([], [])
