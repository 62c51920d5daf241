"""What partners' profiles can say that the house's need not: times without a format code, values
that may be absent within a segment, events that begin before their code (synthetic layouts)."""

from __future__ import annotations

import io

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datecertain.errors import LayoutError, UsageError
from datecertain.messages import (
    Envelope,
    Profile,
    Profiles,
    read_interchanges,
    read_profile,
    write_emsevt,
)
from datecertain.messages.stated_times import FORMATS
from datecertain.moments import parse_date

RECEIVED_ON = parse_date("2026-11-16")
TEXT = """
name = "forms"
status = "inferred"
source = "illustrative: a layout made up for this test"
applies = {{ layout = "EMSEVT:1:1:XP", senders = ["XPOST"] }}
passed_over = []

[opens]
item = {{ segment = "GID" }}
event = {{ segment = "LOC" }}

[[fields]]
field = "item_id"
within = "item"
segment = "GID"
element = 1

[[fields]]
field = "office"
within = "event"
segment = "LOC"
element = 1

[[fields]]
field = "code"
within = "event"
segment = "STS"
element = 1

[[fields]]
field = "reason"
within = "event"
segment = "STS"
element = 2
component = 2

[[fields]]
field = "measure"
within = "event"
segment = "STS"
element = 3

[[fields]]
field = "event_time"
within = "event"
segment = "DTM"
element = 1
format = "{0}"

[write]
message = []
item = ["GID+{{item_id}}"]
event = ["LOC+{{office}}", "STS+{{code}}+:{{reason?}}+{{measure?}}", "DTM+{{event_time}}"]
"""
ENVELOPE = Envelope("XPOST", "J1CKRA", "1", RECEIVED_ON, 600)
COLUMNS = ["item_id", "code", "event_date", "event_min", "stated_offset", "office", "reason", "measure"]  # fmt: skip # noqa: E501


def profile(code: str) -> Profile:
    return read_profile(TEXT.format(code))


def event(
    day: int, minute: int | None, offset: int | None = None, **more: str
) -> dict[str, object]:
    row: dict[str, object] = {
        "item_id": "EE000000005KR", "code": "EMH", "event_date": day, "event_min": minute,
        "stated_offset": offset, "office": "KRSELB", "reason": None, "measure": None,
    }  # fmt: skip
    return row | more


def table(*rows: dict[str, object]) -> pa.Table:
    types = {"event_date": pa.int32(), "event_min": pa.int16(), "stated_offset": pa.int16()}
    return pa.Table.from_pylist(
        list(rows), schema=pa.schema([(name, types.get(name, pa.string())) for name in COLUMNS])
    )


def read(data: bytes, code: str) -> list[dict[str, object]]:
    result = read_interchanges(
        io.BytesIO(data), "a", Profiles((profile(code),)), received_on=RECEIVED_ON
    )
    assert {one.code for one in result.findings} <= {"event-time-without-clock"}
    return result.events.select(COLUMNS).to_pylist()


@given(
    st.sampled_from(sorted(FORMATS)),
    st.integers(RECEIVED_ON - 9000, RECEIVED_ON + 9000),
    st.integers(0, 1439),
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from([{}, {"reason": "54"}, {"measure": "A"}, {"reason": "1", "measure": "B"}]),
)
def test_a_time_in_any_fixed_format_reads_back_equal(
    code: str, day: int, minute: int, offset: int, more: dict[str, str]
) -> None:
    form = FORMATS[code]
    events = table(
        event(day, minute if form.clock else None, offset if form.zone else None, **more)
    )
    data = write_emsevt(events, ENVELOPE, profile(code)).data
    assert read(data, code) == events.to_pylist()


def test_what_is_written() -> None:
    """Absent values leave no separators at the end of a segment."""
    day = parse_date("2026-10-23")
    events = table(
        event(day, 555, reason="1", measure="A"), event(day, 556, reason="1"),
        event(day, 557, measure="A"), event(day, 558),
    )  # fmt: skip
    data = write_emsevt(events, ENVELOPE, profile("203")).data.decode()
    assert data.split("EE000000005KR'")[1].split("UNT")[0] == (
        "LOC+KRSELB'STS+EMH+:1+A'DTM+202610230915'"
        "LOC+KRSELB'STS+EMH+:1'DTM+202610230916'"
        "LOC+KRSELB'STS+EMH+:+A'DTM+202610230917'"
        "LOC+KRSELB'STS+EMH+:'DTM+202610230918'"
    )


@pytest.mark.parametrize(
    ("code", "minute", "offset"),
    [("203", None, None), ("102", 555, None), ("203", 555, 540), ("303", 555, None)],
)
def test_a_time_that_the_format_cannot_tell_is_refused(
    code: str, minute: int | None, offset: int | None
) -> None:
    with pytest.raises(UsageError, match="forms"):
        write_emsevt(table(event(RECEIVED_ON, minute, offset)), ENVELOPE, profile(code))


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ('format = "203"', 'format = "999"', "format '999'"),
        ('format = "203"', 'format = "203"\nformat_component = 2', "without a format_component"),
        ('format = "203"', "", "needs a format_component"),
        ('field = "measure"', 'field = "measure"\nformat = "203"', "measure"),
    ],
)
def test_a_format_stands_with_the_time_of_an_event_alone(old: str, new: str, match: str) -> None:
    with pytest.raises(LayoutError, match=match):
        read_profile(TEXT.format("203").replace(old, new))


def test_a_value_that_there_is_not_is_refused_in_a_template() -> None:
    wrong = read_profile(TEXT.format("203").replace("{measure?}", "{signatory?}"))
    with pytest.raises(LayoutError, match="'signatory'"):
        write_emsevt(table(event(RECEIVED_ON, 555)), ENVELOPE, wrong)
