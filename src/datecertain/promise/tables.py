"""An office's table of promises: one small file that quotes when nothing else can be reached
(req 15).

The file holds the part of a network version that quotes from one area within some days look at:
rows of the origin's rules, all places, and of the compiled step functions the slots that an
acceptance within those days can meet. Loaded, it is a `Network` whose compiled form is that part,
so that the very same rule answers; what the whole network would say, the table says. The steps of
the journey are not in it.

Layout (format 1): a line that names the format; the SHA-256 of everything below that line; the
header, one line of JSON; then, LZMA-compressed, a line of JSON (texts and the shapes of the arrays)
and the arrays' bytes, little-endian. The hash shows damage; it is no signature.
"""

from __future__ import annotations

import hashlib
import json
import lzma
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import tzdata

from datecertain.errors import BadMoment, TableRefused, UsageError
from datecertain.moments import Ints, format_date, format_utc, parse_date, parse_utc, zone
from datecertain.network import Network
from datecertain.promise.asking import Ask
from datecertain.promise.table_parts import join_network, split_network

MAGIC = "datecertain offline table 1"
#: A header longer than this is none.
_HEADER_MOST = 10_000
#: Days that one table may cover: it is to be fetched anew, not kept.
MOST_DAYS = 92


@dataclass(frozen=True, slots=True)
class TableHeader:
    """What a table is for. Dates are local at the origin, both inclusive; `expires_at` is the
    moment that follows the last of them."""

    network: str
    network_version: str
    tzdata: str
    post: str
    area: str
    first_on: str
    last_on: str
    expires_at: str
    made_at: str
    made_by: str

    @property
    def first_day(self) -> int:
        """`first_on` as a day number."""
        return parse_date(self.first_on)

    @property
    def last_day(self) -> int:
        """`last_on` as a day number."""
        return parse_date(self.last_on)


@dataclass(frozen=True, slots=True)
class OfficeTable:
    """A table that was read: the network answers for the area and the days of the header only."""

    table_id: str  # 16 hex digits of the file's SHA-256
    header: TableHeader
    network: Network

    def demand_answer(self, ask: Ask) -> None:
        """Raise `TableRefused` for a question that the table was not made for."""
        header, day = self.header, ask.accepted_day
        if day > header.last_day:
            raise TableRefused(
                f"table {self.table_id} of {header.area} expired at the end of {header.last_on}, "
                f"asked for {ask.accepted_local}: fetch a new table; until then no date can be "
                "guaranteed"
            )
        if day < header.first_day:
            raise TableRefused(
                f"table {self.table_id} of {header.area} begins on {header.first_on}, asked for "
                f"{ask.accepted_local}: use the table of that day"
            )
        if ask.route.origin in self.network.posts:
            place = self.network.find_place(ask.route.origin, ask.route.origin_postcode)
            if ask.route.origin != header.post or (place.area and place.area != header.area):
                raise TableRefused(
                    f"table {self.table_id} quotes from {header.area} only, asked from "
                    f"{ask.route.origin}:{ask.route.origin_postcode}: fetch the table of that place"
                )


def write_table(
    network: Network, post: str, place: str, first_day: int, days: int, *, made_at: int,
    made_by: str = "",
) -> bytes:  # fmt: skip
    """The table of one area of a post (`place`: its name, or a postcode in it) for acceptances on
    `days` local dates from `first_day` on.

    Raises `UnknownPlace`, and `UsageError` for days that the network or a table does not cover.
    """
    area = _area(network, post, place)
    last_day = first_day + days - 1
    if not 1 <= days <= MOST_DAYS:
        raise UsageError(f"{days} days: a table covers 1 to {MOST_DAYS} days")
    if first_day < network.data.first_day or last_day > network.data.last_day:
        raise UsageError(
            f"{format_date(first_day)} to {format_date(last_day)}: the network covers "
            f"{format_date(network.data.first_day)} to {format_date(network.data.last_day)}"
        )
    row = network.area(area)
    expires_at, _ = zone(row.zone).to_utc(last_day + 1, 0)
    header = TableHeader(
        network.data.name, network.version, tzdata.IANA_VERSION, post, area,
        format_date(first_day), format_date(last_day), format_utc(int(expires_at)),
        format_utc(made_at), made_by,
    )  # fmt: skip
    texts, arrays = split_network(network, post, area, first_day, last_day)
    shapes = {name: [part.dtype.str, len(part)] for name, part in arrays.items()}
    index = json.dumps({"texts": texts, "arrays": shapes}, ensure_ascii=False)
    body = index.encode() + b"\n" + b"".join(part.tobytes() for part in arrays.values())
    below = json.dumps(asdict(header), ensure_ascii=False).encode() + b"\n" + lzma.compress(body)
    return f"{MAGIC}\n{hashlib.sha256(below).hexdigest()}\n".encode() + below


def _area(network: Network, post: str, place: str) -> str:
    network.post(post)
    if place in network.areas and network.area(place).post == post:
        return place
    found = network.find_place(post, place).area
    if not found:
        raise UsageError(f"{post}:{place} leads to no area: give a postcode in the office's area")
    return found


def read_table(data: bytes) -> OfficeTable:
    """The table of a file's bytes. Raises `TableRefused` when they are not what was written, or
    were written for another release."""
    magic, _, rest = data.partition(b"\n")
    if magic.decode("utf-8", "replace") != MAGIC:
        raise TableRefused(f"this is no offline table (it would begin with {MAGIC!r})")
    digest, _, below = rest.partition(b"\n")
    found = hashlib.sha256(below).hexdigest()
    if digest.decode("ascii", "replace") != found:
        raise TableRefused("the offline table is damaged (its hash differs): fetch it again")
    try:
        line, _, packed = below.partition(b"\n")
        header = TableHeader(**json.loads(line[:_HEADER_MOST]))
        texts, arrays = _unpacked(lzma.decompress(packed))
        parse_utc(header.expires_at)
        demanded = (header.first_day, header.last_day)
    except (ValueError, TypeError, KeyError, BadMoment, lzma.LZMAError) as error:
        raise TableRefused(f"the offline table cannot be read: {error}: fetch it again") from error
    if header.tzdata != tzdata.IANA_VERSION:
        raise TableRefused(
            f"the offline table was made with time zones {header.tzdata}, this installation has "
            f"{tzdata.IANA_VERSION}: use the same release on both sides, or fetch a new table"
        )
    network = join_network(texts, arrays, header.network_version, header.area, demanded)
    return OfficeTable(found[:16], header, network)


def _unpacked(body: bytes) -> tuple[dict[str, str], Mapping[str, Ints]]:
    line, _, rest = body.partition(b"\n")
    index = json.loads(line)
    arrays: dict[str, Any] = {}
    place = 0
    for name, (kind, count) in index["arrays"].items():
        dtype = np.dtype(kind)
        arrays[name] = np.frombuffer(rest, dtype, count, place).astype(np.int64)
        place += count * dtype.itemsize
    return index["texts"], arrays
