"""Many files at one go, large files in bounded memory."""

import io
import tracemalloc
from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import pytest
from house_cases import RECEIVED_ON, two_messages

from datecertain.identifiers import compose_many
from datecertain.messages import (
    Envelope,
    ReadResult,
    bundled_profiles,
    joined,
    read_interchanges,
    read_parts,
    write_emsevt,
)

HOUSE = bundled_profiles().named("house-emsevt")


def file_of(number: int, items: int = 3) -> bytes:
    numbers = compose_many("EE", range(number * items, (number + 1) * items), "KR")
    events = pa.table(
        {
            "item_id": numbers,
            "code": pa.array(["EMA"] * items),
            "event_date": pa.array([20_773] * items, type=pa.int32()),
            "event_min": pa.array([number % 1440] * items, type=pa.int16()),
            "office": pa.array(["KRSELB"] * items),
        }
    )
    envelope = Envelope("J1CKRA", "J1CJPA", f"KRJP{number:010d}", 20_773, 570)
    return write_emsevt(events, envelope, HOUSE).data


def read_all(files: list[bytes], block_bytes: int) -> ReadResult:
    sources = ((f"file-{number}", io.BytesIO(data)) for number, data in enumerate(files))
    return joined(
        read_parts(sources, bundled_profiles(), received_on=RECEIVED_ON, block_bytes=block_bytes)
    )


@pytest.mark.parametrize("block_bytes", [128, 500, 5_000, 1 << 20])
def test_many_small_files_are_read_as_if_one_by_one(block_bytes: int) -> None:
    files = [file_of(number) for number in range(40)]
    files[3] += b"\r\n"
    files[5] = b""
    files[7] = files[7][:-30]  # breaks off: must not run into the next file
    files[9] = files[9].replace(b"'", b"\n").replace(b"UNA:+.? \n", b"UNA:+.? \n")
    files[11] = b"no interchange at all"
    files[13] = files[13].replace(b"UNA:+.? '", b"")
    together = read_all(files, block_bytes)
    rows, summaries = together.events.to_pylist(), together.interchanges
    alone = [
        read_interchanges(
            io.BytesIO(data), f"file-{number}", bundled_profiles(), received_on=RECEIVED_ON
        )
        for number, data in enumerate(files)
    ]
    expected = [
        row | {"interchange_index": None} for one in alone for row in one.events.to_pylist()
    ]
    assert [row | {"interchange_index": None} for row in rows] == expected
    assert [(one.source, one.digest, one.byte_begin, one.byte_end) for one in summaries] == [
        (one.source, one.digest, one.byte_begin, one.byte_end)
        for result in alone
        for one in result.interchanges
    ]
    assert [one.index for one in summaries] == list(range(38))
    for row in rows:
        assert summaries[row["interchange_index"]].control_ref == row["interchange"]
    assert {finding.source for finding in together.findings} == {"file-7", "file-11"}


def test_files_are_opened_when_they_are_needed_and_not_before() -> None:
    opened: list[int] = []

    def sources() -> Iterator[tuple[str, BinaryIO]]:
        for number in range(30):
            opened.append(number)
            yield f"file-{number}", io.BytesIO(file_of(number))

    found = read_parts(sources(), bundled_profiles(), received_on=RECEIVED_ON, block_bytes=2_000)
    assert opened == []
    next(found)
    assert 1 < len(opened) < 30
    assert sum(len(part.events) for part in found) + 0 > 0
    assert len(opened) == 30


def test_the_same_file_delivered_twice_is_noticed_across_files() -> None:
    result = read_all([file_of(1), two_messages(), file_of(1)], 1 << 20)
    assert [one.repeat_of for one in result.interchanges] == [None, None, 0]
    assert len(result.events) == 3 + 4
    assert [finding.code for finding in result.findings] == ["interchange-repeated"]


class Endless(io.RawIOBase):
    """A file of so many copies of an interchange, made as it is read."""

    def __init__(self, copies: int) -> None:
        self._left = copies
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size and self._left:
            self._left -= 1
            self._rest += file_of(self._left, 200)
        chunk, self._rest = self._rest[:size], self._rest[size:]
        return chunk


def test_memory_depends_on_the_block_not_on_the_file() -> None:
    def peak(copies: int) -> int:
        tracemalloc.start()
        before, most, events = pa.total_allocated_bytes(), 0, 0
        sources = [("endless", Endless(copies))]
        for part in read_parts(
            sources, bundled_profiles(), received_on=RECEIVED_ON, block_bytes=64 << 10
        ):
            events += len(part.events)
            most = max(most, pa.total_allocated_bytes() - before)
        traced = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert events == copies * 200
        return traced + most

    peak(10)  # caches are filled once
    assert peak(240) < 1.5 * peak(60)
