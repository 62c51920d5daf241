"""Events by other doors than EDIFACT: what is written reads back equal, and whatever the bytes,
every record is read or kept."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from test_other_doors import EVENT, ITEM, OBJECT, OTHER_ITEM, RECEIVED_ON, TABLE, clock, epcis, read

from datecertain.messages.doors import (
    Doors,
    read_mapping,
    write_csv,
    write_epcis,
    write_json_lines,
    write_parquet,
)
from datecertain.moments import parse_utc

#: Values as facts may hold them: upper case, without blanks around or line breaks within.
_VALUES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1
).map(str.upper).filter(lambda text: text == text.strip() == text.upper() != "")  # fmt: skip
_ROWS = st.fixed_dictionaries(
    {
        "item_id": st.sampled_from([ITEM, OTHER_ITEM]),
        "code": _VALUES,
        "event_time": st.datetimes(
            min_value=dt.datetime(1971, 1, 1),  # noqa: DTZ001 - local times
            max_value=dt.datetime(2098, 12, 31),  # noqa: DTZ001
        ).map(lambda at: at.isoformat(timespec="minutes")),
        "offset": st.sampled_from(["+09:00", "-05:00", "+05:30", "+00:00"]),
        "offset_source": st.sampled_from(["stated", "office", "country", "ambiguous"]),
        "office": _VALUES,
        "sender": st.sampled_from(["KR", "US"]),
        "recipient": st.sampled_from(["JP", "FR"]),
        "transmitted": st.just("2026-10-22T14:30Z"),
        **{
            name: st.none() | _VALUES
            for name in ("next_office", "reason", "measure", "dispatch", "receptacle", "reference")
        },
    }
)
WRITERS = {
    "epcis": lambda rows: write_epcis(rows, parse_utc("2026-11-24T06:00Z")),
    "json": write_json_lines, "csv": write_csv, "parquet": write_parquet,
}  # fmt: skip


@pytest.mark.parametrize("form", WRITERS)
@given(rows=st.lists(_ROWS, min_size=1, max_size=4))
def test_what_is_written_reads_back_equal(form: str, rows: list[dict[str, str | None]]) -> None:
    result = read(WRITERS[form](rows))
    assert result.set_aside == []
    for row, back in zip(rows, result.events.to_pylist(), strict=True):
        for name in ("item_id", "code", "office", "sender", "recipient", "next_office", "reason",
                     "measure", "dispatch", "receptacle"):  # fmt: skip
            assert back[name] == row[name]
        assert back["interchange"] == (row["reference"] or "")
        stated = row["offset_source"] == "stated"
        local = read(json.dumps(EVENT | {
            "event_time": f"{row['event_time']}{row['offset'] if stated else ''}"
        }).encode()).events.to_pylist()[0]  # fmt: skip
        assert clock(back) == clock(local)


_SEEDS = [
    epcis(OBJECT, OBJECT), json.dumps([EVENT, EVENT]).encode(),
    (json.dumps(EVENT) + "\n").encode() * 3,
    f"OFFICE,AT,TYPE,ITEM\nKRSELB,2026-10-21T09:00,EMC,{ITEM}\n".encode(),
    WRITERS["parquet"]([EVENT | {"offset_source": "office"}]),  # type: ignore[dict-item,list-item]
]  # fmt: skip


@given(
    seed=st.sampled_from(_SEEDS),
    cuts=st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 30), st.binary(max_size=8))),
)
@example(seed=b'{"a": "\\ud800"}', cuts=[])
def test_whatever_the_bytes_every_record_is_read_or_kept(
    seed: bytes, cuts: list[tuple[int, int, bytes]]
) -> None:
    data = seed
    for at, length, put in cuts:
        data = data[:at] + put + data[at + length :]
    doors = Doors((read_mapping(TABLE),))
    door = doors.door(data)
    if door is None:
        return
    result = doors.read(door, "file", data, RECEIVED_ON)
    errors = [one for one in result.findings if one.severity == "error"]
    assert len(errors) == len(result.set_aside) == result.records - result.events.num_rows
