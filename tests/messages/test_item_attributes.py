"""ITMATT: what items are, read and written by the house profile; persons stay at the door."""

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.errors import LayoutError, UsageError
from datecertain.identifiers import compose_many
from datecertain.messages import (
    ITEM_ATTRIBUTES,
    Envelope,
    Separators,
    attribute_profiles,
    bundled_profiles,
    code_table,
    transport_profiles,
    without_persons,
    write_attributes,
)
from declared_cases import (
    BODY,
    DAY,
    FIRST_ITEM,
    GIFT,
    PAPERS,
    PERSONS,
    SECOND_ITEM,
    everything,
    interchange,
    read,
)
from thorough import often

GOLDEN = Path(__file__).parent / "golden" / "house_itmatt.edi"
HOUSE = attribute_profiles().named("house-itmatt")
ENVELOPE = Envelope("J1CKRA", "J1CAUA", "REF0000000001", DAY, 160)
MOVING = ["segment", "byte_offset", "interchange_index"]


def codes(result: object) -> list[str]:
    return [one.code for one in result.findings]  # type: ignore[attr-defined]


def test_a_declaration_tells_what_an_item_is() -> None:
    result = read(interchange(BODY))
    assert (codes(result), result.quarantined) == ([], [])
    gift, papers = result.item_attributes.to_pylist()
    told = ITEM_ATTRIBUTES.names[: ITEM_ATTRIBUTES.names.index("sender")]
    assert {name: gift[name] for name in told} == {
        "item_id": GIFT, "nature": "GIF", "contents": "gift", "destination_country": "AU",
        "postcode": "2000", "weight_g": 1250, "declared_value": Decimal("45.500"),
        "declared_currency": "USD", "postage": Decimal("31000.000"), "postage_currency": "KRW",
        "hs_codes": ["621410", "190531"], "pieces": 3,
    }  # fmt: skip
    assert {name: papers[name] for name in told} == {
        "item_id": PAPERS, "nature": "DOC", "contents": "documents", "destination_country": "AU",
        "postcode": None, "weight_g": 180, "declared_value": None, "declared_currency": None,
        "postage": None, "postage_currency": None, "hs_codes": [], "pieces": 0,
    }  # fmt: skip
    # When it was sent decides whether it came before the item did.
    assert (gift["transmitted_date"], gift["transmitted_min"]) == (DAY, 160)
    assert (gift["prepared_min"], gift["profile"], gift["message"]) == (110, "house-itmatt", 1)
    assert (len(result.events), len(result.transport)) == (0, 0)
    assert result.interchanges[0].messages_read == 1


def test_no_person_comes_through_the_door() -> None:
    result = read(interchange(BODY, BODY))
    assert len(result.item_attributes) == 4
    for text in PERSONS:
        assert text in BODY
        assert text not in everything(result)


#: What is done to the message; findings; items left.
DAMAGE = [
    (GIFT, GIFT[:8] + "X" + GIFT[9:], ["item-shape"], 1),
    (f"S10:{GIFT}", "S10:HONG GILDONG", ["item-shape"], 1),
    (f"S10:{GIFT}", "S10", ["item-shape"], 1),
    (PAPERS, GIFT, ["item-twice"], 2),
    ("GIS+GIF", "GIS+HONG GILDONG", ["item-nature-unreadable"], 2),
    ("GIS+GIF", "GIS+ZZ", ["item-nature-unknown"], 2),
    ("LOC+7+2000", "LOC+7+HONG GILDONG", ["item-postcode-unreadable"], 2),
    ("LOC+28+AU", "LOC+28+MUSTERMANN", ["item-destination-country-unreadable"], 2),
    ("KGM:1.25", "LBR:2", ["item-weight-unreadable"], 2),
    ("45.5:USD", "45.5", ["item-declared-value-unreadable"], 2),
    ("31000:KRW", "MUSTERMANN:KRW", ["item-postage-unreadable"], 2),
    ("CST+2+190531", "CST+2+MUSTERMANN", ["piece-hs-code-unreadable"], 2),
    ("QTY+1:2'", "ADR+1+MUSTERMANN'", ["segment-not-in-layout"], 2),
    ("QTY+1:2'", "PNA+LEE'", ["segment-not-in-layout"], 2),
    (FIRST_ITEM, f"CST+1+621410'{FIRST_ITEM}", ["piece-without-item"], 2),
    (FIRST_ITEM + SECOND_ITEM, "", ["message-tells-nothing"], 0),
]  # fmt: skip


@pytest.mark.parametrize(("change", "to", "said", "left"), DAMAGE)
def test_damage_is_told_without_quoting_a_person(
    change: str, to: str, said: list[str], left: int
) -> None:
    assert change in BODY
    result = read(interchange(BODY.replace(change, to, 1)))
    assert (codes(result), len(result.item_attributes)) == (said, left)
    told = everything(result)
    kept_number = "S10:HONG" in to  # in the place of a number, where the profile has a field
    assert [one for one in (*PERSONS, "LEE") if one in told and not kept_number] == []
    assert "HONG" not in repr(result.findings)


def test_what_is_set_aside_keeps_its_length_and_what_the_profile_reads() -> None:
    result = read(interchange(BODY.replace(GIFT, "EE00000810/KR")))
    [aside] = result.quarantined
    assert (aside.kind.value, aside.reason) == ("item", "item-shape")
    begin = aside.byte_offset
    whole = interchange(BODY.replace(GIFT, "EE00000810/KR"))
    assert len(aside.raw) == len(FIRST_ITEM) - len(GIFT) + len("EE00000810/KR")
    assert whole[begin:].startswith(b"RFF+S10:EE00000810/KR'NAD+CZ")
    assert aside.raw.startswith(
        b"RFF+S10:EE00000810/KR'NAD+XX+++XXXXXXXXXXXX+XXXXXXXXXXXXXXX+XXXXX++XXXXX+XX'"
        b"CTA+XX+:XXXXXXXXXXXX'COM+XXXXXXXXXXXX:XX'NAD+"
    )
    assert b"GIS+GIF'LOC+28+AU'LOC+7+2000'MEA+WT++KGM:1.25'MOA+40:45.5:USD'" in aside.raw
    assert aside.header == b"UNH+1+ITMATT:1:1:ZZ:DC1'"


def test_blotting_keeps_lengths_service_characters_and_numbers_of_segments() -> None:
    raw = b"NAD+CN+++O?'BRIEN ??+UNIT 4\nSYDNEY'LEE?+SON'RFF+AAA:B'RFF+S10:EE1'UNT+4+1'"
    blotted = b"NAD+XX+++XXXXXXXXXXX+XXXXXXXXXXXXX'XXXXXXXX'RFF+XXX:X'RFF+S10:EE1'UNT+4+1'"
    assert without_persons(raw, fields=HOUSE.fields) == blotted
    # Other separators, and none that releases; what no separator parts is one value.
    strange = Separators(ord("|"), ord("*"), None, None, ord("~"))
    assert without_persons(b"NAD*CN*LEE|KIM~", strange) == b"NAD*XX*XXX|XXX~"
    assert without_persons(b"LEE AND KIM, UNIT 4") == b"X" * 19


def test_a_layout_that_nobody_reads_is_kept_without_any_value() -> None:
    """As `ingest` meets an ITMATT today, and a partner's own layout before it has a profile."""
    for profiles in (bundled_profiles(), transport_profiles()):
        result = read(interchange(BODY, layout="ITMATT:7:7:UP"), profiles=profiles)
        [aside] = result.quarantined
        assert aside.reason == "layout-unknown"
        assert aside.raw.startswith(b"UNH+1+ITMATT:7:7:UP'BGM+XXX+X+X'DTM+XXX:XXXXXXXXXXXX:XXX'")
        assert len(aside.raw) == len(f"UNH+1+ITMATT:7:7:UP'{BODY}UNT+{BODY.count(chr(39)) + 2}+1'")
        assert [one for one in PERSONS if one in everything(result)] == []


def test_segments_that_lost_their_message_lose_their_persons_too() -> None:
    """The header runs on into the UNH, and its application reference is damaged."""
    result = read(interchange(BODY).replace(b"ITMATT'UNH", b"ITMAT?'UNH"))
    assert codes(result)[:2] == ["segment-outside-message"] * 2
    assert [one for one in PERSONS if one in everything(result)] == []


@given(st.data())
@settings(deadline=None, max_examples=often(133))
def test_one_wrong_character_anywhere_lets_nobody_through(data: st.DataObject) -> None:
    """Whatever is damaged, envelope included, and whoever reads it."""
    whole = interchange(BODY)
    at = data.draw(st.integers(0, len(whole) - 1))
    octet = data.draw(st.sampled_from([b"A", b"0", b"+", b":", b"'", b"?", b" ", b"\xe9", b""]))
    damaged = whole[:at] + octet + whole[at + 1 :]
    profiles = data.draw(st.sampled_from([attribute_profiles(), bundled_profiles()]))
    size = data.draw(st.sampled_from([256, 1 << 20]))
    result = read(damaged, profiles=profiles, block_bytes=size)
    told = everything(result)
    assert [one for one in PERSONS if one in told] == []
    account = result.accounted.counts()
    assert (account.lost, account.twice, account.total) == (0, 0, len(damaged))
    unhurt = result.item_attributes.num_rows == 2
    assert unhurt or codes(result)


def test_what_is_read_is_written_and_read_back_equal() -> None:
    first = read(interchange(BODY, SECOND_ITEM)).item_attributes
    written = write_attributes(first, ENVELOPE, HOUSE)
    assert written.findings == []
    again = read(written.data).item_attributes
    assert again.drop_columns(MOVING) == first.drop_columns(MOVING)
    assert write_attributes(again, ENVELOPE, HOUSE) == written
    assert written.data == GOLDEN.read_bytes()


AMOUNT = st.none() | st.tuples(
    st.integers(0, 10**15 - 1).map(lambda milli: Decimal(milli).scaleb(-3)),
    st.sampled_from(["USD", "KRW", "JPY", "EUR"]),
)
POSTCODE = st.from_regex(r"[A-Z0-9]{1,4}[ -]?[0-9][A-Z0-9]{0,4}", fullmatch=True)
ITEMS = compose_many("EE", range(30), "KR").to_pylist()
ROW = st.fixed_dictionaries(
    {
        "item_id": st.sampled_from(ITEMS),
        "nature": st.none() | st.sampled_from(code_table("contents_natures").codes()),
        "destination_country": st.none() | st.sampled_from(["AU", "KR", "FR"]),
        "postcode": st.none() | POSTCODE,
        "weight_g": st.none() | st.integers(0, 999_999),
        "declared": AMOUNT,
        "postage": AMOUNT,
        "hs_codes": st.lists(st.from_regex(r"[0-9]{4,14}", fullmatch=True), max_size=3),
        "without": st.integers(0, 2),
        "message": st.integers(1, 3),
    }
)
SERVICE = st.sampled_from([Separators(), Separators(ord("|"), ord("*"), ord("!"), None, ord("~"))])


@given(st.lists(ROW, min_size=1, max_size=8, unique_by=lambda row: row["item_id"]), SERVICE)
@settings(deadline=None, max_examples=often(26))
def test_attributes_survive_writing_and_reading(rows: list[dict], separators: Separators) -> None:
    rows.sort(key=lambda row: row["message"])
    for row in rows:
        for name, unit, pair in (
            ("declared_value", "declared_currency", row.pop("declared")),
            ("postage", "postage_currency", row.pop("postage")),
        ):
            row[name], row[unit] = pair or (None, None)
        row["pieces"] = len(row["hs_codes"]) + row.pop("without")
    names = [name for name in ITEM_ATTRIBUTES.names if name in rows[0]]
    table = pa.table(
        {
            name: pa.array([row[name] for row in rows], ITEM_ATTRIBUTES.field(name).type)
            for name in names
        }
    )
    envelope = Envelope("J1CKRA", "J1CAUA", "R1", DAY, 570, separators=separators)
    result = read(write_attributes(table, envelope, HOUSE).data)
    assert (codes(result), result.quarantined) == ([], [])
    names.remove("message")
    assert result.item_attributes.select(names).to_pylist() == table.select(names).to_pylist()


def test_rows_that_cannot_be_told_are_refused() -> None:
    told = read(interchange(BODY)).item_attributes
    with pytest.raises(UsageError, match="nothing to write"):
        write_attributes(told.slice(0, 0), ENVELOPE, HOUSE)
    with pytest.raises(LayoutError, match="does not write item attributes"):
        write_attributes(told, ENVELOPE, transport_profiles().named("house-predes"))
    rows = told.to_pylist()
    for name, value, complaint in (
        ("item_id", "EE000000001KR", "no valid item number"),
        ("declared_currency", None, "declared_value and declared_currency go together"),
        ("pieces", 1, "2 HS codes of 1 kinds of goods"),
    ):
        changed = pa.Table.from_pylist([{**rows[0], name: value}], schema=ITEM_ATTRIBUTES)
        with pytest.raises(UsageError, match=complaint):
            write_attributes(changed, ENVELOPE, HOUSE)


def test_a_repeated_interchange_counts_once_and_small_blocks_change_nothing() -> None:
    data = interchange(BODY, BODY)
    result = read(data, data, block_bytes=256)
    assert len(result.item_attributes) == 4
    assert result.item_attributes == read(data).item_attributes
