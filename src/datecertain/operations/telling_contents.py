"""What was told of an item's contents before it came (ITMATT), for a program and for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from datecertain.moments import format_utc
from datecertain.operations.carriage import told_at
from datecertain.wording import Words

_STATED = ("nature", "contents", "destination_country", "postcode", "weight_g", "hs_codes",
           "pieces", "declared_currency", "postage_currency", "sender", "recipient", "interchange",
           "message", "segment", "file")  # fmt: skip


def stated(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `item_attributes` as plain data; amounts in units of their currency, exact."""
    return {
        "told_at": format_utc(told_at(row)), "received_at": format_utc(row["received_at"]),
        "declared_value": _units(row["declared_thousandths"]),
        "postage": _units(row["postage_thousandths"]), **{name: row[name] for name in _STATED},
    }  # fmt: skip


def _units(thousandths: int | None) -> str | None:
    """An amount in units of its currency, exact."""
    return None if thousandths is None else f"{thousandths // 1000}.{thousandths % 1000:03d}"


def stated_lines(
    row: Mapping[str, Any], record: Mapping[str, Any] | None, speak: Words
) -> Iterator[str]:  # fmt: skip
    """What was told of an item's contents, by whom, and where the acceptance record differs."""

    def amount(name: str) -> str | None:
        units = _units(row[f"{name}_thousandths"])
        if units is None:
            return None
        return f"{row[f'{name}_currency'] or '?'} {units.rstrip('0').rstrip('.')}"

    contents = row["contents"]
    details = {
        "weight": None if row["weight_g"] is None else speak.count(row["weight_g"]),
        "value": amount("declared"),
        "postage": amount("postage"),
        "pieces": None if not row["pieces"] else speak.count(row["pieces"]),
        "hs": " ".join(row["hs_codes"]) or None,
        "for": " ".join(filter(None, (row["destination_country"], row["postcode"]))) or None,
    }  # fmt: skip
    parts = [speak.label(f"contents.{contents}", contents) if contents else row["nature"] or "–"]
    parts += [speak.say(f"item.stated.{k}", value=v) for k, v in details.items() if v is not None]
    yield "  " + speak.say("item.stated", stated=", ".join(parts))
    yield "      " + speak.say(
        "item.stated.telling", at=format_utc(told_at(row)),
        received=format_utc(row["received_at"]),
        **{name: row[name] for name in
           ("sender", "recipient", "file", "interchange", "message", "segment")},
    )  # fmt: skip
    for name in ("contents", "weight_g"):
        recorded = row[name] if record is None or record[name] is None else record[name]
        if row[name] is not None and row[name] != recorded:
            yield "      " + speak.say(
                "item.stated.differs", what=speak.say(f"item.stated.of.{name}"),
                stated=row[name], recorded=recorded,
            )  # fmt: skip
