"""From an outline of ITMATT messages to ITEM_ATTRIBUTES.

A value must have the shape of what it stands for, else it is left out and said so **without being
quoted**: text in a wrong place may be a person's name.
"""

from __future__ import annotations

import re
from decimal import Decimal

import numpy as np
import pyarrow as pa

from datecertain.findings import Severity
from datecertain.identifiers import ItemNumber, valid_s10
from datecertain.messages.attributes import ITEM_ATTRIBUTES
from datecertain.messages.charsets import decode
from datecertain.messages.code_tables import code_table
from datecertain.messages.columns import texts
from datecertain.messages.log import Log
from datecertain.messages.part_values import PartValues
from datecertain.messages.plan import Outline
from datecertain.messages.provenance import prepared, standing, transmitted
from datecertain.messages.receptacle_reading import stated_weights
from datecertain.messages.transport_reading import report_empty
from datecertain.messages.vocabulary import Within
from datecertain.moments import Ints

_GRAMS_PER_UNIT = {"KGM": 1000.0, "GRM": 1.0}
_SHAPES = {
    "nature": re.compile(r"[A-Z0-9]{1,3}", re.ASCII),
    "destination_country": re.compile(r"[A-Z]{2}", re.ASCII),
    "postcode": re.compile(r"(?=.*[0-9])[A-Z0-9][A-Z0-9 -]{1,9}", re.ASCII),
    "hs_code": re.compile(r"[0-9]{4,14}", re.ASCII),
}
_AMOUNT = re.compile(r"[0-9]{1,12}([.,][0-9]{1,3})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_MOST_PIECES = np.iinfo(np.int16).max


def read_attributes(plan: Outline, received_on: int, log: Log) -> pa.Table:
    """The items of the messages of one profile (`ITEM_ATTRIBUTES`); an item without a right number
    is set aside in the log with what stands in it."""
    plan.report_strangers(log)
    report_empty(plan, log)
    values = PartValues(plan, Within.ITEM, received_on, log)
    numbers, kept = _numbers(plan, log)
    _report_twice(plan, numbers, kept, log)
    codes = _hs_codes(plan, received_on, log)
    columns = {name: _shaped(values, name) for name in ("destination_country", "postcode")}
    nature = _shaped(values, "nature")
    values.report_unknown("nature", nature.take(pa.array(kept)), kept)
    columns |= {"nature": nature, "contents": _contents(plan, nature, received_on)}
    columns["weight_g"] = pa.array(stated_weights(values, _GRAMS_PER_UNIT), type=pa.int32())
    for name, currency in (
        ("declared_value", "declared_currency"),
        ("postage", "postage_currency"),
    ):
        columns[name], columns[currency] = _amounts(values, name)
    type_of = ITEM_ATTRIBUTES.field("hs_codes").type
    columns["hs_codes"] = pa.array([one for one, _ in codes], type=type_of)
    columns["pieces"] = pa.array([many for _, many in codes], type=pa.int16())
    taken = pa.array(kept)
    columns = {name: column.take(taken) for name, column in columns.items()}
    message = plan.message_of(Within.ITEM)[kept]
    columns |= {"item_id": numbers}
    columns |= standing(plan, message, plan.rows_of(Within.ITEM)[kept])
    columns |= transmitted(plan, message) | prepared(plan, message, received_on, log)
    arrays = [columns[name] for name in ITEM_ATTRIBUTES.names]
    return pa.Table.from_arrays(arrays, schema=ITEM_ATTRIBUTES)


def _numbers(plan: Outline, log: Log) -> tuple[pa.Array, Ints]:
    """Item numbers that are right, and which items have them. `items.read_items` would quote those
    that are wrong."""
    field = plan.profile.field("item_id")
    assert field is not None, "profiles without item_id are refused when they are read"
    begins, ends = plan.values(plan.rows_of(Within.ITEM), field)
    numbers = texts(plan.found, begins, ends).to_pylist()
    usable = valid_s10(pa.array(numbers, type=pa.string()))
    for item in np.flatnonzero(~usable).tolist():
        raw = plan.found.raw_text(int(begins[item]), int(ends[item]))
        number = ItemNumber.parse(decode(raw, plan.found.dialect.syntax)[0][:64])
        place = plan.place(Within.ITEM, item)
        if isinstance(number, ItemNumber):
            numbers[item], usable[item] = number.text, True
            log.note("item-normalised", Severity.NOTE, place, f"read as {number}", number.text)
        else:
            detail = "what stands for the item's number is none (not quoted: it may be a name)"
            plan.set_aside(Within.ITEM, item, number.code, detail)
    kept = np.flatnonzero(usable)
    return pa.array([numbers[item] for item in kept.tolist()], type=pa.string()), kept


def _report_twice(plan: Outline, numbers: pa.Array, kept: Ints, log: Log) -> None:
    seen: set[tuple[int, str]] = set()
    messages = plan.message_of(Within.ITEM)[kept].tolist()
    for item, key in zip(
        kept.tolist(), zip(messages, numbers.to_pylist(), strict=True), strict=True
    ):
        if key in seen:
            detail = "the item is told twice by its message: both rows are kept"
            log.doubt("item-twice", plan.place(Within.ITEM, item), detail, key[1])
        seen.add(key)


def _shaped(values: PartValues, name: str) -> pa.Array:
    """A word where it has its shape; else null, and told."""
    column = values.text(name).to_pylist()
    odd = [
        one
        for one, text in enumerate(column)
        if text is not None and not _SHAPES[name].fullmatch(text)
    ]
    for one in odd:
        column[one] = None
    values.report_many(
        f"{values.part}-{name.replace('_', '-')}-unreadable",
        np.array(odd, dtype=np.int64),
        f"have a {name} of another shape: left out, not quoted",
    )
    return pa.array(column, type=pa.string())


def _amounts(values: PartValues, name: str) -> tuple[pa.Array, pa.Array]:
    """Amounts and their currencies; one without the other is left out, and told."""
    stated, units = values.text(name).to_pylist(), values.unit(name).to_pylist()
    amounts: list[Decimal | None] = [None] * values.count
    currencies: list[str | None] = [None] * values.count
    odd = []
    for one, (text, unit) in enumerate(zip(stated, units, strict=True)):
        if text is not None and _AMOUNT.fullmatch(text) and unit and _CURRENCY.fullmatch(unit):
            amounts[one], currencies[one] = Decimal(text.replace(",", ".")), unit
        elif text is not None or unit is not None:
            odd.append(one)
    values.report_many(
        f"{values.part}-{name.replace('_', '-')}-unreadable",
        np.array(odd, dtype=np.int64),
        f"have a {name} that is no amount with a currency: left out, not quoted",
    )
    kind = ITEM_ATTRIBUTES.field(name).type
    return pa.array(amounts, type=kind), pa.array(currencies, type=pa.string())


def _contents(plan: Outline, nature: pa.Array, on: int) -> pa.Array:
    """The class of contents that a nature means; null where its table does not know it."""
    field = plan.profile.field("nature")
    answers: dict[str | None, str | None] = {}
    if field is not None and field.table is not None:
        table = code_table(field.table)
        for code in nature.unique().to_pylist():
            row = None if code is None else table.find(code, on)
            answers[code] = None if row is None else row.more.get("contents") or None
    return pa.array([answers.get(code) for code in nature.to_pylist()], type=pa.string())


def _hs_codes(plan: Outline, received_on: int, log: Log) -> list[tuple[list[str], int]]:
    """For each item its HS codes, and how many kinds of goods it has."""
    found: list[tuple[list[str], int]] = [([], 0) for _ in plan.openers(Within.ITEM)]
    if Within.PIECE not in plan.profile.opens:
        return found
    pieces = PartValues(plan, Within.PIECE, received_on, log)
    codes = _shaped(pieces, "hs_code").to_pylist()
    around = plan.outer(Within.PIECE, Within.ITEM).tolist()
    for piece, (code, item) in enumerate(zip(codes, around, strict=True)):
        if item < 0:
            detail = "the goods stand before any item of their message"
            plan.set_aside(Within.PIECE, piece, "piece-without-item", detail)
            continue
        told, many = found[item]
        if code is not None:
            told.append(code)
        found[item] = told, min(many + 1, _MOST_PIECES)
    return found
