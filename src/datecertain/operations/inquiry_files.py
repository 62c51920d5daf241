"""Inquiries as files with the fields of the posts' own request forms (req 39, domain.md section 6):
one row a request, an answer, a reminder, in order. What is written reads back equal.

Persons and free words are left out unless they are asked for with a reason. A finding names line
and column, and never tells a value: a shifted column may hold anybody's name.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from datecertain.claims.inquiries import Act, Happened, Kind
from datecertain.claims.money import minor_digits
from datecertain.errors import UsageError
from datecertain.moments import format_utc
from datecertain.operations.case_persons import PERSON_FIELDS, CasePersons, Person
from datecertain.operations.inquiry_rows import Inquiry

#: What a row is, by what happened.
RECORDS: Mapping[Act, str] = {
    Act.OPENED: "request", Act.READ: "request_opened", Act.REMINDED: "reminder",
    Act.ESCALATED: "escalation", Act.ANSWERED: "reply", Act.REPLY_READ: "reply_opened",
    Act.ASKED_AGAIN: "request_again", Act.CLOSED: "closed", Act.WITHDRAWN: "withdrawn",
}  # fmt: skip
ACTS = {record: act for act, record in RECORDS.items()}
#: The product of the forms: the guarantee has no code of its own there.
PRODUCT = "EMS"
_HEAD = ("record", "reference", "form", "request_type", "product", "item_id", "from_post",
         "to_post", "at", "code")  # fmt: skip
_ITEM = (
    "destination", "destination_postcode", "content_type", "posting_date", "weight_g", "value",
    "value_currency", "postage", "postage_currency", "indemnity", "indemnity_currency",
    "proof_of_delivery", "guaranteed_date", "last_event", "last_event_at", "last_office",
    "last_reason", "missing_events", "holder", "dispatch", "receptacle",
)  # fmt: skip
_EVENT = ("event", "event_at", "event_office", "event_reason", "event_measure")
_PERSONS = tuple(f"{part}_{name}" for part in ("sender", "addressee") for name in PERSON_FIELDS)
COLUMNS = (*_HEAD, *_ITEM, *_EVENT, *_PERSONS, "note")
#: Columns that tell of persons, or in free words.
PERSONAL = frozenset({*_PERSONS, "note"})
#: Facts that a row tells under another name, as they stand.
FACTS = {
    "destination": "destination", "destination_postcode": "destination_postcode",
    "content_type": "contents", "posting_date": "accepted_local", "weight_g": "weight_g",
    "guaranteed_date": "promised_on", "holder": "holder", "dispatch": "dispatch",
    "receptacle": "receptacle", "value_currency": "value_currency", "postage_currency": "currency",
}  # fmt: skip
LAST = {"last_event": "code", "last_event_at": "local", "last_office": "office",
         "last_reason": "reason"}  # fmt: skip
TOLD = {"event": "code", "event_at": "local", "event_office": "office", "event_reason": "reason",
         "event_measure": "measure"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: what happened to which inquiry, and, of a request, what was asked."""

    line: int
    inquiry_id: str
    item_id: str
    kind: Kind
    asking: str
    asked: str
    happened: Happened
    facts: Mapping[str, Any]
    sender: Person = field(repr=False)
    addressee: Person = field(repr=False)
    note: str = field(repr=False)


def write_rows(inquiries: Sequence[tuple[Inquiry, CasePersons | None]]) -> tuple[bytes, int]:
    """The file of inquiries, and how many rows it has; who looked at persons is not told."""
    rows = [
        (event.at, one.inquiry_id, place, _written(one, event, place, persons))
        for one, persons in inquiries
        for place, event in enumerate(one.events)
        if event.act in RECORDS
    ]
    rows.sort(key=lambda row: row[:3])
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(row[3] for row in rows)
    return text.getvalue().encode("utf-8"), len(rows)


def _written(
    one: Inquiry, event: Happened, place: int, persons: CasePersons | None
) -> dict[str, str]:
    level = 1 + sum(e.act in (Act.ESCALATED, Act.ASKED_AGAIN) for e in one.events[: place + 1])
    row = dict.fromkeys(COLUMNS, "") | {
        "record": RECORDS[event.act], "reference": one.inquiry_id, "form": f"L{level}Q",
        "request_type": str(one.kind).upper(), "product": PRODUCT, "item_id": one.item_id,
        "from_post": one.asking, "to_post": one.asked, "at": format_utc(event.at),
        "code": event.reason,
    }  # fmt: skip
    if event.act is Act.OPENED:
        row |= _item_columns(one)
        if persons is not None:
            for part, person in (("sender", persons.sender), ("addressee", persons.addressee)):
                row |= {f"{part}_{name}": value for name, value in asdict(person).items()}
    told = event.details.get("event", {})
    row |= {name: str(told.get(key, "")) for name, key in TOLD.items()}
    if persons is not None:
        row["note"] = persons.notes.get(place, "")
    return row


def _item_columns(one: Inquiry) -> dict[str, str]:
    facts = one.facts
    row = {name: _text(facts.get(key)) for name, key in FACTS.items()}
    row |= {name: _text((facts.get("last_scan") or {}).get(key)) for name, key in LAST.items()}
    row["missing_events"] = " ".join(facts.get("missing") or ())
    row["proof_of_delivery"] = "yes" if one.kind is Kind.PROOF else "no"
    row["postage"] = _amount(facts.get("postage_minor"), facts.get("currency"))
    row["value"] = _amount(facts.get("value_minor"), facts.get("value_currency"))
    row["indemnity"] = decimal(facts.get("indemnity_usdr"), 6)
    row["indemnity_currency"] = "SDR" if row["indemnity"] else ""
    return row


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _amount(minor: int | None, currency: str | None) -> str:
    return "" if minor is None or not currency else decimal(minor, minor_digits(currency))


def decimal(units: int | None, digits: int) -> str:
    """An amount in small units as a decimal number with a point."""
    if units is None:
        return ""
    whole, fraction = divmod(abs(units), 10**digits)
    sign = "-" if units < 0 else ""
    return f"{sign}{whole}.{fraction:0{digits}d}" if digits else f"{sign}{whole}"


def units(text: str, digits: int) -> int | None:
    """The inverse of `decimal`; None for an empty text. Raises `ValueError`."""
    if not text:
        return None
    whole, _, fraction = text.partition(".")
    if not whole.isascii() or not (whole + fraction).isdigit() or len(fraction) > digits:
        raise ValueError("no amount")
    return int(whole + fraction.ljust(digits, "0"))


def demand_header(names: Sequence[str]) -> None:
    """Raises `UsageError` unless a file has the columns that it must have, and no strange ones."""
    missing = [name for name in _HEAD if name not in names]
    if missing or any(name not in COLUMNS for name in names):
        raise UsageError(
            "this is no file of inquiries: it needs the columns "
            f"{', '.join(_HEAD)}, and may have {', '.join(COLUMNS[len(_HEAD):])}"
        )  # fmt: skip


def is_inquiries(head: bytes) -> bool:
    """Whether the beginning of a file is the header of one of inquiries."""
    first = head.split(b"\n", 1)[0].decode("utf-8-sig", "replace").strip()
    return set(_HEAD) <= {name.strip().strip('"') for name in first.split(",")}
