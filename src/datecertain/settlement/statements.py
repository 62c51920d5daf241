"""Statements: what a pair of posts owes each other for a period, frozen by its hash (req 44-46).

One statement per unordered pair. Each line says for what, who owes whom, how much, and which items
stand behind it. The content is canonical JSON (sorted keys, no blanks, whole numbers only, items in
order of their keys): it holds nothing of local making (ids, receipt times, booking times), so two
posts that settle the same verdicts get the same SHA-256 whatever the order of their rows.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import codes, numbers, texts
from datecertain.errors import NotFound, StoreDamaged, UsageError
from datecertain.settlement.charges import Charge
from datecertain.settlement.interest import LateInterest
from datecertain.settlement.journal import owed_between
from datecertain.settlement.money import SDR
from datecertain.settlement.performance import Performance, PerformanceLine
from datecertain.settlement.periods import Period
from datecertain.settlement.reasons import Kind, Reason
from datecertain.settlement.tariffs import DayCount, StatementTerms, Tariff

#: Changes whenever the content would be written otherwise.
STATEMENT_FORMAT = 4
#: Formats of statements that can be read; 1 has no charges and no terms, 2 no interest, 3 no lines
#: of what was conceded.
READABLE = (1, 2, 3, 4)

#: The items behind a line; `amount_usdr` is null where a whole list was rated anew.
ITEMS_BEHIND = pa.schema(
    [
        pa.field("item_key", pa.string(), nullable=False),
        pa.field("item_id", pa.string(), nullable=False),
        pa.field("amount_usdr", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Rated:
    """What was paid on lists of items in a period: for performance, and by charges per item."""

    performance: Performance
    charges: tuple[Charge, ...]

    def each(self, reason: Reason) -> int | None:
        """What every item behind a reason carries, where all carry the same."""
        if reason.kind is not Kind.PERFORMANCE:
            return None
        lines = self.performance.lines
        return next(line.each_usdr for line in lines if line.relation == reason.detail)

    def behind(self, reason: Reason, creditor: str) -> pa.Table:
        """The items behind a reason (schema `ITEMS_BEHIND`), in order of their keys."""
        names = list(ITEMS_BEHIND.names)
        if reason.kind is Kind.PERFORMANCE:
            items = self.performance.items_of(reason.detail)
            return items.select(["item_key", "item_id", "each_usdr"]).rename_columns(names)
        for charge in self.charges:
            if (charge.detail, charge.creditor) == (reason.detail, creditor):
                return charge.items.select(names)
        return ITEMS_BEHIND.empty_table()


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One amount of a statement. `items` counts what stands behind it, `each_usdr` is given where
    every item carries the same amount."""

    number: int
    reason: Reason
    creditor: str
    debtor: str
    items: int
    each_usdr: int | None
    amount_usdr: int


@dataclass(frozen=True)
class Statement:
    """A statement of two posts, `one` before `other` in the alphabet."""

    one: str
    other: str
    period: str
    lines: tuple[StatementLine, ...]
    gross_usdr: Mapping[str, int]  # what each of the two is owed
    sha256: str
    content: bytes
    #: The content as it is read, but of the items behind each line the first one alone.
    told: Mapping[str, Any] = field(compare=False, repr=False)

    @property
    def net_usdr(self) -> int:
        """What `other` owes `one`; negative when `one` owes `other`."""
        return self.gross_usdr[self.one] - self.gross_usdr[self.other]

    def net_of(self, post: str) -> int:
        """The net position of one of the two; of the other it is the same with the other sign."""
        if post not in (self.one, self.other):
            raise NotFound(f"{post!r} is not a post of the statement {self.one}-{self.other}")
        return self.net_usdr if post == self.one else -self.net_usdr


def statements_of(
    journal: pa.Table, rated: Rated, period: Period, basis: Mapping[str, str],
    tariff: Tariff, rated_before: Mapping[str, Rated] | None = None,
    pairs: Sequence[tuple[str, str]] = (), interest: Sequence[LateInterest] = (),
) -> tuple[Statement, ...]:  # fmt: skip
    """The statements that a period's journal lines come to, in order of their pairs.

    `rated`: the period's own; `rated_before`: that of the settled periods which adjustments in this
    journal rated anew, by name of period. `basis`: versions that the amounts rest on (tariff,
    network, rules), written into the content, as are the terms that the tariff has for statements.
    Pairs without a line have no statement, unless they are among `pairs`. `interest`: what of the
    journal's lines is the period's own interest, for the account of how it came about.
    """
    lists = {**(rated_before or {}), period.name: rated}
    owed = _ordered(owed_between(journal))
    groups: dict[tuple[str, str], list[_Group]] = {pair: [] for pair in pairs}
    for pair, group in _groups(owed):
        groups.setdefault(pair, []).append(group)

    def stated(pair: tuple[str, str]) -> Statement:
        return _statement(
            pair,
            sorted(groups[pair], key=lambda group: group.order),
            period,
            lists,
            basis,
            tariff.statement_terms_on(*pair, period.first_day),
            [one.plain for one in interest if {one.owed.payer, one.owed.payee} == set(pair)],
        )

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # the work is in Arrow, outside Python
        return tuple(pool.map(stated, sorted(groups)))


@dataclass(frozen=True)
class _Group:
    """What one post owes another for one reason: rows of `owed_between`, ordered by item key."""

    reason: Reason
    creditor: str
    debtor: str
    rows: pa.Table

    @property
    def order(self) -> tuple[Any, ...]:
        return (self.reason.order, self.creditor)


def _ordered(owed: pa.Table) -> pa.Table:
    names = ("creditor", "debtor", "reason", "item_key", "amount_usdr")
    return owed.sort_by([(name, "ascending") for name in names])


def _groups(owed: pa.Table) -> Iterator[tuple[tuple[str, str], _Group]]:
    """The rows of each creditor, debtor and reason, with the pair of posts."""
    if not len(owed):
        return
    columns = [codes(texts(owed, name)) for name in ("creditor", "debtor", "reason")]
    index = np.stack([code for _, code in columns])
    changes = np.flatnonzero((np.diff(index, axis=1) != 0).any(axis=0)) + 1
    starts = [0, *changes.tolist()]
    for start, end in zip(starts, [*starts[1:], len(owed)], strict=True):
        creditor, debtor, reason = (names[code[start]] for names, code in columns)
        pair = (min(creditor, debtor), max(creditor, debtor))
        yield pair, _Group(Reason.of(reason), creditor, debtor, owed.slice(start, end - start))


def _statement(
    pair: tuple[str, str], groups: Sequence[_Group], period: Period,
    lists: Mapping[str, Rated], basis: Mapping[str, str], terms: StatementTerms | None,
    interest: Sequence[Mapping[str, Any]],
) -> Statement:  # fmt: skip
    lines, written = [], []
    gross = dict.fromkeys(pair, 0)
    for number, group in enumerate(groups, start=1):
        items = _behind(group, lists.get(group.reason.settled or period.name))
        amount = int(numbers(group.rows, "amount_usdr").sum())
        each = None if group.reason.settled else lists[period.name].each(group.reason)
        line = StatementLine(
            number, group.reason, group.creditor, group.debtor, len(items), each, amount
        )
        lines.append(line)
        written.append(_written(line, items))
        gross[group.creditor] += amount
    measured = [
        _measured(line)
        for line in lists[period.name].performance.lines
        if {line.origin, line.destination} == set(pair)
    ]
    document = {
        "format": STATEMENT_FORMAT,
        "pair": list(pair),
        "period": {"name": period.name, "first": period.first_day, "last": period.last_day},
        "currency": SDR,
        "unit": "micro-SDR",
        "lines": written,
        "gross": gross,
        "net": {pair[0]: gross[pair[0]] - gross[pair[1]], pair[1]: gross[pair[1]] - gross[pair[0]]},
        "performance": measured,
        "charges": [
            {
                "reason": f"charge.{charge.detail}",
                "creditor": charge.creditor,
                "full": charge.full_usdr,
                "source": charge.source,
            }
            for charge in lists[period.name].charges
            if {charge.creditor, charge.debtor} == set(pair)
        ],
        "interest": list(interest),
        "basis": dict(basis),
        "terms": None if terms is None else asdict(terms),
    }
    content = canonical(document)
    return Statement(
        *pair, period.name, tuple(lines), gross, hashlib.sha256(content).hexdigest(), content,
        _brief(document),
    )  # fmt: skip


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one way to write a document, so that its hash freezes it; an array is written as a list
    of its values."""
    return b"".join(_pieces(document))


def _pieces(value: Any) -> Iterator[bytes]:
    if isinstance(value, Mapping):
        pieces = [(f"{_json(key)}:".encode(), value[key]) for key in sorted(value)]
        yield from _between(b"{", pieces, b"}")
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        yield from _between(b"[", [(b"", one) for one in value], b"]")
    elif not isinstance(value, pa.Array):
        yield _json(value).encode()
    elif pa.types.is_string(value.type) and _plain(value):
        whole = pa.ListArray.from_arrays(pa.array([0, len(value)], pa.int32()), value)
        yield from (b'["', pc.binary_join(whole, '","')[0].as_buffer().to_pybytes(), b'"]')
    else:
        yield _json(value.to_pylist()).encode()


def _between(start: bytes, pieces: Sequence[tuple[bytes, Any]], end: bytes) -> Iterator[bytes]:
    for number, (before, value) in enumerate(pieces):
        yield b"," if number else start
        yield before
        yield from _pieces(value)
    yield end if pieces else start + end


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _plain(texts_: pa.StringArray) -> bool:
    """Whether there are texts, none of them missing or with a sign that JSON writes otherwise."""
    _, offsets, octets = texts_.buffers()
    if not len(texts_) or texts_.null_count or octets is None:
        return False
    begins = np.frombuffer(offsets, dtype=np.int32)[texts_.offset :]
    signs = np.frombuffer(octets, dtype=np.uint8)[begins[0] : begins[len(texts_)]]
    return not _WRITTEN_OTHERWISE[signs].any()


#: Octets that JSON does not write as they are: control characters, quotation marks, backslashes.
_WRITTEN_OTHERWISE = np.array([octet < 32 or octet in b'"\\' for octet in range(256)])


def _behind(group: _Group, rated: Rated | None) -> pa.Table:
    """The items behind a line (schema `ITEMS_BEHIND`), in order of their keys."""
    if group.reason.kind is Kind.INTEREST:
        return ITEMS_BEHIND.empty_table()
    if group.reason.kind not in (Kind.PERFORMANCE, Kind.CHARGE):
        return group.rows.select(["item_key", "item_id", "amount_usdr"])
    if rated is None:
        raise UsageError(
            f"statement: {group.reason.text} needs the items rated for {group.reason.settled}"
        )
    items = rated.behind(group.reason, group.creditor)
    if group.reason.settled:
        unknown = pa.nulls(len(items), pa.int64())
        return pa.table([items["item_key"], items["item_id"], unknown], schema=ITEMS_BEHIND)
    return items


def _written(line: StatementLine, items: pa.Table) -> dict[str, Any]:
    # Where every item carries the same amount it stands on the line and not with each item.
    amounts = [] if line.each_usdr is not None else items["amount_usdr"].to_pylist()
    return {
        "number": line.number,
        "reason": line.reason.text,
        "creditor": line.creditor,
        "debtor": line.debtor,
        "amount": line.amount_usdr,
        "each": line.each_usdr,
        "item_keys": texts(items, "item_key"),
        "item_ids": texts(items, "item_id"),
        "item_amounts": amounts,
    }


def _measured(line: PerformanceLine) -> dict[str, Any]:
    """How a relation's amount per item came about, for the reader of the statement."""
    return {
        "relation": line.relation,
        "items": line.items,
        "base": line.base_usdr,
        "floor": line.floor_usdr,
        "cap": line.cap_usdr,
        "each": line.each_usdr,
        "source": line.source,
        "measures": [
            {
                "measure": paid.measure.value,
                "of": paid.of,
                "met": paid.met,
                "value_ppm": paid.value_ppm,
                "deemed": paid.deemed,
                "weight_ppm": paid.weight_ppm,
                "paid_ppm": paid.paid_ppm,
                "each": paid.each_usdr,
            }
            for paid in line.measures
        ],
    }


def items_behind(statement: Statement, number: int) -> pa.Table:
    """The items behind a line of a statement, from its frozen content (schema `ITEMS_BEHIND`).

    Amounts sum to the line's, except where a settled period's performance was rated anew: then
    they are null. Raises `NotFound` for a line that is not there.
    """
    if not 1 <= number <= len(statement.lines):
        raise NotFound(f"statement {statement.one}-{statement.other} has no line {number}")
    return _items(json.loads(statement.content)["lines"][number - 1])


def items_of_lines(statement: Statement) -> tuple[pa.Table, ...]:
    """The items behind every line, in order of the lines: each as `items_behind` gives it."""
    return tuple(_items(line) for line in json.loads(statement.content)["lines"])


def _items(line: Mapping[str, Any]) -> pa.Table:
    keys = line["item_keys"]
    amounts = line["item_amounts"] or [line["each"]] * len(keys)
    return pa.table([keys, line["item_ids"], amounts], schema=ITEMS_BEHIND)


def positions_of(statements: Sequence[Statement]) -> dict[str, int]:
    """What each post is owed by all the others together, in micro-SDR; they sum to zero."""
    positions: dict[str, int] = {}
    for statement in statements:
        for post in (statement.one, statement.other):
            positions[post] = positions.get(post, 0) + statement.net_of(post)
    return dict(sorted(positions.items()))


def statement_of(content: bytes) -> Statement:
    """The statement that a content freezes. Raises `UsageError` for what is none, or contradicts
    itself: sums that are not those of its lines, lines that are not those of its items."""
    try:
        document = json.loads(content)
        if document["format"] not in READABLE:
            raise UsageError(
                f"statement of format {document['format']}; this release reads "
                f"{' and '.join(map(str, READABLE))}"
            )
        one, other = document["pair"]
        lines = tuple(_line_of(row) for row in document["lines"])
        gross = dict.fromkeys((one, other), 0)
        for line in lines:
            if {line.creditor, line.debtor} != {one, other}:
                raise UsageError(f"line {line.number} is not between {one} and {other}")
            gross[line.creditor] += line.amount_usdr
        net = {one: gross[one] - gross[other], other: gross[other] - gross[one]}
        stated = document["gross"], document["net"]
        period = document["period"]["name"]
    except (ValueError, KeyError, TypeError, AttributeError, StoreDamaged) as error:
        raise UsageError(f"this is not the file of a statement: {error!r}") from error
    if stated != (gross, net):
        raise UsageError("statement: its gross and net are not the sums of its lines")
    if [line.number for line in lines] != list(range(1, len(lines) + 1)):
        raise UsageError("statement: its lines are not numbered from 1")
    if canonical(document) != content:
        raise UsageError("statement: not written in the canonical way, so its hash proves nothing")
    return Statement(
        one, other, period, lines, gross, hashlib.sha256(content).hexdigest(), content,
        _brief(document),
    )  # fmt: skip


def _brief(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """A statement's document with the first of the items behind each line."""
    lists = ("item_keys", "item_ids", "item_amounts")
    lines = [row | {name: row[name][:1] for name in lists} for row in document["lines"]]
    read: Mapping[str, Any] = json.loads(canonical({**document, "lines": lines}))
    return read


def _line_of(row: Mapping[str, Any]) -> StatementLine:
    count, amounts = len(row["item_keys"]), row["item_amounts"]
    if len(row["item_ids"]) != count or (amounts and len(amounts) != count):
        raise UsageError(f"line {row['number']}: its lists of items differ in length")
    total = row["each"] * count if row["each"] is not None else None
    if amounts and None not in amounts:
        total = sum(amounts)
    if total is not None and total != row["amount"]:
        raise UsageError(f"line {row['number']}: its items come to {total}, not {row['amount']}")
    return StatementLine(
        int(row["number"]), Reason.of(row["reason"]), row["creditor"], row["debtor"], count,
        row["each"], int(row["amount"]),
    )  # fmt: skip


def terms_in(statement: Statement) -> StatementTerms | None:
    """What the two posts agreed on the statement, as it was frozen with it; None: nothing."""
    terms = statement.told.get("terms")
    if terms is None:
        return None
    return StatementTerms(**terms | {"day_count": DayCount(terms.get("day_count", "actual_365"))})


def tariff_digest(statement: Statement) -> str:
    """The SHA-256 of the tariff that the statement rests on."""
    return str(statement.told["basis"]["tariff_digest"])
