"""Item attributes as messages: what is read, written by a profile's templates."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby

import pyarrow as pa

from datecertain.errors import LayoutError, UsageError
from datecertain.identifiers import ItemNumber
from datecertain.messages.part_writing import PartWriter, Row
from datecertain.messages.profiles import Profile
from datecertain.messages.vocabulary import Within
from datecertain.messages.writing import Envelope, Written


def write_attributes(told: pa.Table, envelope: Envelope, profile: Profile) -> Written:
    """The interchange that tells these items, as far as the profile has a place for them.

    The table needs the columns of `ITEM_ATTRIBUTES` up to `STANDING`, and of that only `message`:
    rows with the same number make a message, in its order. Raises `UsageError` for rows that can't
    be told so, `LayoutError` when the profile has no templates.
    """
    if profile.writing is None or not profile.of_attributes:
        raise LayoutError(f"layout profile {profile.name!r} does not write item attributes")
    writer = PartWriter(profile, envelope)
    rows = sorted(told.to_pylist(), key=lambda row: row["message"])
    messages = groupby(rows, lambda row: row["message"])
    return writer.write(
        _segments(writer, number, list(lot)) for number, (_, lot) in enumerate(messages, start=1)
    )


def _segments(writer: PartWriter, number: int, rows: list[Row]) -> Iterator[str]:
    names = {"interchange": writer.composer.envelope.control_ref, "message": str(number)}
    yield from writer.part(Within.MESSAGE, {**writer.prepared(rows[0]), **names})
    for row in rows:
        item = row["item_id"]
        if str(getattr(ItemNumber.parse(item or ""), "text", "")) != item:
            raise UsageError(f"{item!r} is no valid item number: it can't be written")
        yield from writer.part(Within.ITEM, _values(row))
        codes = row["hs_codes"]
        pieces = row.get("pieces")
        without = (len(codes) if pieces is None else pieces) - len(codes)
        if without < 0:
            raise UsageError(f"{item}: {len(codes)} HS codes of {pieces} kinds of goods")
        if Within.PIECE in writer.profile.opens:
            for place, code in enumerate([*codes, *[None] * without], start=1):
                yield from writer.part(Within.PIECE, {"number": str(place), "hs_code": code})


def _values(row: Row) -> Row:
    weight = row.get("weight_g")
    values = {
        **row,
        "weight": None if weight is None else ("KGM", f"{weight // 1000}.{weight % 1000:03d}"),
    }
    for name, currency in (
        ("declared_value", "declared_currency"),
        ("postage", "postage_currency"),
    ):
        if (row.get(name) is None) != (row.get(currency) is None):
            raise UsageError(f"{row['item_id']}: {name} and {currency} go together")
        if row.get(name) is not None:
            values[name] = (_plain(row[name]), row[currency])
    return values


def _plain(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
