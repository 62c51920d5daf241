"""Transport messages written and read back; golden files; what is refused."""

import re
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.errors import LayoutError, UsageError
from datecertain.identifiers import compose_many
from datecertain.messages import (
    CARRIER_EVENTS,
    CONTAINED,
    LEGS,
    RECEPTACLES,
    Envelope,
    Separators,
    Transport,
    bundled_profiles,
    no_transport,
    read_profile,
    transport_profiles,
    write_transport,
)
from datecertain.moments import parse_date
from transport_cases import (
    CARDIT,
    FIRST,
    HANDED_OVER,
    ONE,
    OTHER,
    PRECON,
    PREDES,
    RESCON,
    RESDES,
    SECOND,
    UPLIFTED,
    aside,
    codes,
    interchange,
    read,
)

GOLDEN = Path(__file__).parent / "golden"
ENVELOPE = Envelope("J1CKRA", "J1CAUA", "REF0000000001", parse_date("2026-11-20"), 160)
PROFILES = transport_profiles()
NAMES = {
    "PREDES": "house-predes",
    "RESDES": "house-resdes",
    "CARDIT": "carrier-cardit",
    "RESDIT": "carrier-resdit",
    "PRECON": "house-precon",
    "RESCON": "house-rescon",
}
BODIES = {
    "PREDES": (PREDES, f"PCI++{OTHER}'"),
    "RESDES": (RESDES,),
    "CARDIT": (CARDIT,),
    "PRECON": (PRECON, f"BGM+PCN+K2+9'PCI++{OTHER}'"),
    "RESCON": (RESCON,),
    "RESDIT": (UPLIFTED, HANDED_OVER, "STS++74'CNI++K1'LOC+48+ICN'DTM+7:20261120:102'"),
}
#: Where it stands may move when it is written again: `BGM` and the like are always written.
MOVING = ("segment", "byte_offset", "interchange_index")


def told(transport: Transport) -> list[pa.Table]:
    tables = (transport.receptacles, transport.contained, transport.legs, transport.carrier_events)
    return [one.drop_columns(list(MOVING)) for one in tables]


@pytest.mark.parametrize("kind", NAMES)
def test_what_is_read_is_written_and_read_back_equal(kind: str) -> None:
    first = read(interchange(kind, *BODIES[kind])).transport
    assert len(first)
    written = write_transport(first, ENVELOPE, PROFILES.named(NAMES[kind]))
    assert written.findings == []
    again = read(written.data)
    assert aside(again) == []
    assert told(again.transport) == told(first)
    # Once written by us, writing again changes no byte.
    assert write_transport(again.transport, ENVELOPE, PROFILES.named(NAMES[kind])) == written


@pytest.mark.parametrize("kind", NAMES)
def test_golden_file(kind: str) -> None:
    data = (GOLDEN / f"{NAMES[kind].replace('-', '_')}.edi").read_bytes()
    first = read(interchange(kind, *BODIES[kind])).transport
    assert write_transport(first, ENVELOPE, PROFILES.named(NAMES[kind])).data == data
    assert told(read(data).transport) == told(first)


CODE = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+:'?.-", min_size=1, max_size=6)
DAYS = st.integers(parse_date("1990-01-01"), parse_date("2059-12-31"))
MINUTES = st.none() | st.integers(0, 1439)
LABELS = [f"KRSELBAUSYDBAEN6{serial:013d}" for serial in range(5)]
ITEMS = compose_many("EE", range(6), "KR").to_pylist()
SERVICE = st.sampled_from([Separators(), Separators(ord("|"), ord("*"), ord("!"), None, ord("~"))])
STATUS = st.fixed_dictionaries(
    {
        "code": CODE,
        "receptacle": st.none() | st.sampled_from(LABELS),
        "consignment": CODE,
        "place": CODE,
        "flight": st.none() | CODE,
        "event_date": DAYS,
        "event_min": MINUTES,
        "stated_offset": st.none() | st.integers(-840, 840),
        "message": st.integers(1, 3),
    }
)
LEG = st.fixed_dictionaries(
    {
        "consignment": st.just("K1"),
        "basis": st.just("plan"),
        "stage": st.none() | st.sampled_from(["10", "20", "30"]),
        "flight": CODE,
        "from_place": st.none() | CODE,
        "to_place": st.none() | CODE,
        "handover_place": st.none() | CODE,
        "planned_departure_date": st.none() | DAYS,
        "planned_departure_min": MINUTES,
        "planned_arrival_date": st.none() | DAYS,
        "planned_arrival_min": MINUTES,
        "message": st.just(1),
    }
)

LEG_NAMES = (
    "consignment", "basis", "stage", "flight", "from_place", "to_place", "handover_place",
    "planned_departure_date", "planned_departure_min", "planned_arrival_date",
    "planned_arrival_min",
)  # fmt: skip


def table(rows: list[dict], schema: pa.Schema) -> pa.Table:
    names = [name for name in schema.names if rows and name in rows[0]]
    whole = {name: [row[name] for row in rows] for name in names}
    return pa.table({name: pa.array(whole[name], schema.field(name).type) for name in names})


@given(st.lists(STATUS, min_size=1, max_size=8), SERVICE)
@settings(deadline=None, max_examples=60)
def test_statuses_survive_any_text(rows: list[dict], separators: Separators) -> None:
    rows.sort(key=lambda row: row["message"])
    for row in rows:
        if row["event_min"] is None:
            row["stated_offset"] = None
    events = table(rows, CARRIER_EVENTS)
    transport = Transport(
        RECEPTACLES.empty_table(), CONTAINED.empty_table(), LEGS.empty_table(), events
    )
    envelope = Envelope("CX", "J1CKRA", "R'1", 20_773, 570, separators=separators)
    result = read(write_transport(transport, envelope, PROFILES.named("carrier-resdit")).data)
    assert aside(result) == []
    names = [name for name in events.column_names if name != "message"]
    assert result.transport.carrier_events.select(names).to_pylist() == (
        events.select(names).to_pylist()
    )


@given(st.lists(LEG, min_size=1, max_size=5), SERVICE)
@settings(deadline=None, max_examples=60)
def test_legs_survive_any_text(rows: list[dict], separators: Separators) -> None:
    for row in rows:
        for end in ("planned_departure", "planned_arrival"):
            if row[f"{end}_date"] is None:
                row[f"{end}_min"] = None
    legs = table(rows, LEGS)
    transport = Transport(
        RECEPTACLES.empty_table(), CONTAINED.empty_table(), legs, CARRIER_EVENTS.empty_table()
    )
    envelope = Envelope("J1CKRA", "CX", "R1", 20_773, 570, separators=separators)
    result = read(write_transport(transport, envelope, PROFILES.named("carrier-cardit")).data)
    assert aside(result) == []
    names = [name for name in legs.column_names if name != "message"]
    assert result.transport.legs.select(names).to_pylist() == legs.select(names).to_pylist()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(LABELS), st.none() | st.integers(0, 99_999),
            st.sampled_from(["received", "missing", "excess"]), st.none() | DAYS, MINUTES,
        ),
        min_size=1, max_size=5, unique_by=lambda row: row[0],
    ),
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from(ITEMS)), max_size=6),
)  # fmt: skip
@settings(deadline=None, max_examples=60)
def test_receptacles_and_items_survive(bags: list[tuple], inside: list[tuple]) -> None:
    receptacles = [
        {
            "receptacle": label, "dispatch": label[:20], "origin": label[:6],
            "destination": label[6:12], "weight_hg": weight, "kind": kind, "message": 1,
            "checked_date": day, "checked_min": None if day is None else minute,
        }
        for label, weight, kind, day, minute in bags
    ]  # fmt: skip
    for row in receptacles:  # a message is about one dispatch
        row["message"] = LABELS.index(row["receptacle"]) + 1
    receptacles.sort(key=lambda row: row["message"])
    items = [
        {"item_id": item, "receptacle": bags[at % len(bags)][0], "message": 1}
        for at, item in inside
    ]
    for row in items:
        row["message"] = LABELS.index(row["receptacle"]) + 1
    items.sort(key=lambda row: row["message"])
    contained = table(items, CONTAINED) if items else CONTAINED.empty_table()
    transport = Transport(
        table(receptacles, RECEPTACLES), contained, LEGS.empty_table(), CARRIER_EVENTS.empty_table()
    )
    result = read(write_transport(transport, ENVELOPE, PROFILES.named("house-resdes")).data)
    assert aside(result) == []
    names = [one for one in receptacles[0] if one != "message"]
    assert result.transport.receptacles.select(names).to_pylist() == [
        {name: row[name] for name in names} for row in receptacles
    ]
    read_items = result.transport.contained.select(["item_id", "receptacle"]).to_pylist()
    assert read_items == [
        {"item_id": row["item_id"], "receptacle": row["receptacle"]} for row in items
    ]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(LABELS), st.none() | st.integers(0, 99_999),
            st.sampled_from(["taken_over", "not_taken_over", "taken_over_unadvised"]),
            st.none() | DAYS, MINUTES,
        ),
        min_size=1, max_size=5, unique_by=lambda row: row[0],
    ),
    SERVICE,
)  # fmt: skip
@settings(deadline=None, max_examples=60)
def test_what_was_taken_over_survives(bags: list[tuple], separators: Separators) -> None:
    """A consignment mixes dispatches; one message tells all of it."""
    receptacles = [
        {
            "receptacle": label, "weight_hg": weight, "kind": kind, "consignment": "K1+'?",
            "message": 1, "checked_date": day, "checked_min": None if day is None else minute,
        }
        for label, weight, kind, day, minute in bags
    ]  # fmt: skip
    empty = no_transport()
    transport = Transport(
        table(receptacles, RECEPTACLES), empty.contained, empty.legs, empty.carrier_events
    )
    envelope = Envelope("J1CAUA", "J1CKRA", "R1", 20_773, 570, separators=separators)
    result = read(write_transport(transport, envelope, PROFILES.named("house-rescon")).data)
    assert aside(result) == []
    names = [one for one in receptacles[0] if one != "message"]
    assert result.transport.receptacles.select(names).to_pylist() == [
        {name: row[name] for name in names} for row in receptacles
    ]


@given(st.lists(LEG, max_size=4), st.lists(st.sampled_from(LABELS), min_size=1), SERVICE)
@settings(deadline=None, max_examples=60)
def test_a_consignment_survives_with_its_legs(
    rows: list[dict], labels: list[str], separators: Separators
) -> None:
    for row in rows:
        for end in ("planned_departure", "planned_arrival"):
            if row[f"{end}_date"] is None:
                row[f"{end}_min"] = None
    bags = [
        {"receptacle": label, "kind": "consigned", "consignment": "K1", "message": 1}
        for label in labels
    ]
    legs = table(rows, LEGS) if rows else LEGS.empty_table()
    empty = no_transport()
    transport = Transport(table(bags, RECEPTACLES), empty.contained, legs, empty.carrier_events)
    envelope = Envelope("J1CKRA", "J1CAUA", "R1", 20_773, 570, separators=separators)
    result = read(write_transport(transport, envelope, PROFILES.named("house-precon")).data)
    assert aside(result) == []
    assert result.transport.receptacles["receptacle"].to_pylist() == labels
    names = list(LEG_NAMES)
    assert result.transport.legs.select(names).to_pylist() == legs.select(names).to_pylist()


def test_rows_that_a_message_cannot_tell_are_refused() -> None:
    predes = read(interchange("PREDES", PREDES)).transport
    house, resdes = PROFILES.named("house-predes"), PROFILES.named("house-resdes")
    came = read(interchange("RESDES", RESDES)).transport
    with pytest.raises(UsageError, match="can't tell that a receptacle is 'received'"):
        write_transport(came, ENVELOPE, house)
    with pytest.raises(UsageError, match="can't tell that a receptacle is 'advised'"):
        write_transport(predes, ENVELOPE, resdes)
    with pytest.raises(UsageError, match="nothing to write"):
        write_transport(no_transport(), ENVELOPE, house)
    with pytest.raises(LayoutError, match="does not write transport"):
        write_transport(predes, ENVELOPE, bundled_profiles().named("house-emsevt"))
    flown = read(interchange("RESDIT", UPLIFTED)).transport
    with pytest.raises(UsageError, match="legs of a plan, not of a fact"):
        write_transport(flown, ENVELOPE, PROFILES.named("carrier-cardit"))
    lost = Transport(predes.receptacles.slice(0, 1), predes.contained, predes.legs,
                     predes.carrier_events)  # fmt: skip
    with pytest.raises(UsageError, match=f"does not name {SECOND}"):
        write_transport(lost, ENVELOPE, house)
    two = read(interchange("PREDES", f"PCI++{FIRST}'PCI++{OTHER}'")).transport
    with pytest.raises(UsageError, match="about one dispatch"):
        write_transport(two, ENVELOPE, house)


@pytest.mark.parametrize(
    ("column", "value", "complaint"),
    [
        ("receptacle", FIRST.lower(), "no valid Receptacle"),
        ("item_id", "EE000000001KR", "no valid ItemNumber"),
        ("item_id", None, "needs item_id"),
    ],
)
def test_numbers_that_are_wrong_are_not_written(column: str, value: str, complaint: str) -> None:
    told = read(interchange("PREDES", PREDES)).transport
    rows = told.contained.to_pylist()
    rows[0][column] = value
    changed = pa.table({name: [row[name] for row in rows] for name in told.contained.column_names})
    wrong = Transport(told.receptacles, changed, told.legs, told.carrier_events)
    with pytest.raises(UsageError, match=complaint):
        write_transport(wrong, ENVELOPE, PROFILES.named("house-predes"))


def profile_text(path: str) -> str:
    from importlib.resources import files

    return (files("datecertain.messages") / "layouts" / path).read_text(encoding="utf-8")


def test_every_profile_says_whose_it_is() -> None:
    for name, status in (
        ("house-predes", "house"), ("house-resdes", "house"),
        ("carrier-cardit", "one-source"), ("carrier-resdit", "one-source"),
    ):  # fmt: skip
        profile = PROFILES.named(name)
        assert profile.status == status
        assert profile.source.startswith("illustrative: ")
        assert profile.layout.split(":")[3:] == ["ZZ", "DC1"]
    assert [one.name for one in bundled_profiles().profiles] == ["house-emsevt"]


@pytest.mark.parametrize(
    ("path", "change", "to", "complaint"),
    [
        ("house/predes.toml", '[says]\nreceptacle = "advised"', "", "must tell what these mean"),
        ("house/predes.toml", '"advised"', '"lost"', "expected advised or received"),
        ("house/predes.toml", "unit_component = 1", "", "needs a unit_component"),
        ("house/predes.toml", 'within = "item"', 'within = "leg"', "belongs to the item"),
        ("carrier/cardit.toml", 'leg = "plan"', 'leg = "fact"', "expected plan"),
        ("carrier/resdit.toml", 'segment = "STS" }', 'segment = "PCI" }', "must stand in"),
        ("carrier/cardit.toml", 'leg = { segment = "TDT" }', "", "which nothing opens"),
        ("carrier/resdit.toml", 'field = "place"', 'field = "office"', "belongs to the event"),
    ],
)
def test_a_profile_that_leaves_things_open_is_refused(
    path: str, change: str, to: str, complaint: str
) -> None:
    text = profile_text(path)
    assert change in text
    with pytest.raises(LayoutError, match=re.escape(complaint)):
        read_profile(text.replace(change, to, 1))


def test_a_partners_own_layout_needs_no_code() -> None:
    """A partner that writes its pre-advices another way: items in RFF+AAO, bags in GIN."""
    text = profile_text("house/predes.toml").partition("[write]")[0]
    for change, to in (
        ('"house-predes"', '"partner-predes"'), ("PREDES:2:1:ZZ:DC1", "PREDES:9:1:XX"),
        ('receptacle = { segment = "PCI" }', 'receptacle = { segment = "GIN", qualifier = "S9" }'),
        ('segment = "PCI"\nelement = 2', 'segment = "GIN"\nqualifier = "S9"\nelement = 2'),
        ('qualifier = "S10"', 'qualifier = "AAO"'),
    ):  # fmt: skip
        assert change in text
        text = text.replace(change, to)
    import io

    from datecertain.messages import read_interchanges

    body = f"GIN+S9+{FIRST}'RFF+AAO:{ONE}'"
    data = interchange("PREDES", body).replace(b"PREDES:2:1:ZZ:DC1", b"PREDES:9:1:XX")
    profiles = PROFILES.with_more([text])
    result = read_interchanges(io.BytesIO(data), "t", profiles, received_on=ENVELOPE.prepared_date)
    assert codes(result) == []
    [row] = result.transport.contained.to_pylist()
    assert (row["item_id"], row["receptacle"], row["profile"]) == (ONE, FIRST, "partner-predes")
