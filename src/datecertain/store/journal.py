"""The journal's storage: appended, never edited, sealed into a chain of digests.

A seal covers a block of lines. Its digest is SHA-256 over the digest before it and the canonical
text of its lines, one chain for the whole journal. The database refuses UPDATE and DELETE; the
chain shows if someone went round the database. Lines of one entry stand together, are numbered from
1 and sum to zero per currency; an entry is booked once.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, func, insert, select
from sqlalchemy import text as sql

from datecertain.errors import InvariantBroken, StoreDamaged, StoreError, UsageError
from datecertain.store.settlement_records import journal, journal_seals

#: What the first seal is chained to.
GENESIS = "0" * 64
#: Lines that one seal covers, about: it ends with an entry.
BLOCK = 1024
#: Blocks that are made ready at once; lines of one statement, well within the parameters that
#: SQLite takes since 3.32 (32,766).
_AT_ONCE, _ROWS = 8, 256
_Rows = list[tuple[Any, ...]]

#: The lines of a journal, in this order of columns for ever: the seals rest on it.
LINES = pa.schema(
    [
        pa.field("seq", pa.int64()),
        pa.field("entry_id", pa.string()),
        pa.field("line", pa.int32()),
        pa.field("booked_at", pa.int64()),
        pa.field("value_on", pa.int32()),
        pa.field("account", pa.string()),
        pa.field("counterparty", pa.string()),
        pa.field("owner", pa.string()),
        pa.field("audience", pa.string()),
        pa.field("currency", pa.string()),
        pa.field("amount", pa.int64()),
        pa.field("item_id", pa.string()),
        pa.field("item_key", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("period", pa.string()),
    ]
)
#: Between columns, between lines, and for what is empty: none of them may stand in a text.
_COLUMN, _LINE, _NONE = "\x1f", "\x1e", "\x00"


def append_journal(connection: Connection, lines: pa.Table, batch_id: str) -> int:
    """Append lines (columns of `LINES` without `seq`), sealed; how many.

    Call it inside a commit's records transaction. Raises `InvariantBroken`, before anything is
    written, when the lines of an entry do not stand together numbered from 1, do not sum to zero
    per currency, or an entry stands twice.
    """
    if not len(lines):
        return 0
    _check_entries(lines)
    seals = journal_seals.c
    last = connection.execute(
        select(seals.number, seals.last_seq, seals.digest).order_by(seals.number.desc()).limit(1)
    ).one_or_none()
    number, before, digest = (0, 0, GENESIS) if last is None else tuple(last)
    seq = pa.array(np.arange(before + 1, before + 1 + len(lines)))
    table = lines.select([name for name in LINES.names if name != "seq"])
    table = table.add_column(0, "seq", seq).cast(LINES)
    blocks = list(pairwise(_blocks(table)))
    rows_of = _rows_together if connection.dialect.name == "sqlite" else _rows
    written = []
    # The driver lets go of Python while the database works: meanwhile another thread makes the
    # next lines ready and seals them.
    with ThreadPoolExecutor(1) as beside:

        def ready(number_of: int) -> list[tuple[Any, ...]]:
            nonlocal number, digest
            own = blocks[number_of : number_of + _AT_ONCE]
            piece = table.slice(own[0][0], own[-1][1] - own[0][0]).combine_chunks()
            texts = _texts(piece)
            for start, end in own:
                ours = texts.slice(start - own[0][0], end - start)
                previous, digest = digest, _seal(digest, ours)
                number += 1
                written.append(
                    {"number": number, "first_seq": before + start + 1, "last_seq": before + end,
                     "prev_digest": previous, "digest": digest, "batch_id": batch_id}
                )  # fmt: skip
            return rows_of(piece)

        _insert(connection, _ahead(beside, ready, range(0, len(blocks), _AT_ONCE)))
    connection.execute(insert(journal_seals), written)
    return len(table)


def _ahead(
    beside: ThreadPoolExecutor, ready: Callable[[int], _Rows], numbers: Sequence[int]
) -> Iterator[_Rows]:
    """What is ready for each number, one of them made ahead."""
    coming: deque[Future[_Rows]] = deque()
    for number in numbers:
        coming.append(beside.submit(ready, number))
        if len(coming) > 1:
            yield coming.popleft().result()
    while coming:
        yield coming.popleft().result()


def _insert(connection: Connection, pieces: Iterator[_Rows]) -> None:
    """By the driver itself: a month has hundreds of thousands of lines."""
    columns = ", ".join(LINES.names)
    if connection.dialect.name == "sqlite":
        row = f"({', '.join('?' * len(LINES))})"
        for rows in pieces:
            for several, each in groupby(rows, key=len):
                values = ", ".join([row] * (several // len(LINES)))
                connection.exec_driver_sql(
                    f"INSERT INTO journal ({columns}) VALUES {values}", list(each)
                )
        return
    driver = connection.connection.driver_connection
    if driver is None:
        raise InvariantBroken("journal: the connection to the database is gone")
    try:
        with driver.cursor() as cursor, cursor.copy(f"COPY journal ({columns}) FROM STDIN") as copy:
            for rows in pieces:
                for one in rows:
                    copy.write_row(one)
    except connection.dialect.loaded_dbapi.Error as error:
        raise StoreError(f"booking: {error}") from error


def _rows(table: pa.Table) -> _Rows:
    """The lines as the drivers want them. The table is in one piece."""
    return list(zip(*(_values(column.chunk(0)) for column in table.columns), strict=True))


def _rows_together(table: pa.Table) -> _Rows:
    """The lines, `_ROWS` of them as the values of one statement. The table is in one piece."""
    width = table.num_columns
    values: list[Any] = [None] * (len(table) * width)
    for at, column in enumerate(table.columns):
        values[at::width] = _values(column.chunk(0))
    together = _ROWS * width
    return [tuple(values[i : i + together]) for i in range(0, len(values), together)]


def _values(column: pa.Array) -> list[Any]:
    """The values of a column; a text that comes again and again is made once."""
    if not pa.types.is_string(column.type):
        return list(column.to_pylist() if column.null_count else column.to_numpy().tolist())
    encoded = column.dictionary_encode()
    if 2 * len(encoded.dictionary) > len(column) or column.null_count:
        return list(column.to_pylist())
    texts = encoded.dictionary.to_pylist()
    return list(map(texts.__getitem__, encoded.indices.to_numpy().tolist()))


def _blocks(table: pa.Table) -> list[int]:
    """Where blocks begin, and the end of the last: entries are never parted."""
    first = np.flatnonzero(table["line"].to_numpy() == 1)
    wanted = np.arange(0, len(table), BLOCK)
    starts = np.unique(first[np.searchsorted(first, wanted, side="right") - 1])
    return [*starts.tolist(), len(table)]


def digest_of(previous: str, lines: pa.Table) -> str:
    """The seal of lines (columns of `LINES`) after the seal `previous`."""
    return _seal(previous, _texts(lines))


def _texts(lines: pa.Table) -> pa.StringArray:
    """The canonical text of each line, with what parts it from the next."""
    if not len(lines):
        return pa.array([], pa.string())
    columns = [pc.fill_null(column.cast(pa.string()), _NONE) for column in lines.columns]
    texts = pc.binary_join_element_wise(*columns, _COLUMN)
    return pc.binary_join_element_wise(texts, "", _LINE).combine_chunks()


def _seal(previous: str, texts: pa.StringArray) -> str:
    text = _together(texts)[:-1]
    codes = np.frombuffer(text, np.uint8)
    columns, lines = (np.count_nonzero(codes == ord(mark)) for mark in (_COLUMN, _LINE))
    if columns != len(texts) * (len(LINES) - 1) or lines != len(texts) - 1:
        raise InvariantBroken("journal: a text of a line holds a control character")
    seal = hashlib.sha256(f"{previous}\n".encode())
    seal.update(text)
    return seal.hexdigest()


def _together(texts: pa.StringArray) -> memoryview:
    """The bytes of all texts, one after the other."""
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return memoryview(data)[ends[0] : ends[-1]]


def read_lines(connection: Connection, first: int, last: int) -> pa.Table:
    """The lines from one number to another (columns of `LINES`), in order."""
    columns = ", ".join(LINES.names)
    rows = connection.execute(
        sql(f"SELECT {columns} FROM journal WHERE seq BETWEEN :first AND :last ORDER BY seq"),
        {"first": first, "last": last},
    ).all()
    by_column = zip(*rows, strict=True) if rows else ([] for _ in LINES.names)
    return pa.table(list(map(list, by_column)), schema=LINES)


@dataclass(frozen=True, slots=True)
class Whole:
    """A journal that was proved whole."""

    lines: int
    digest: str  # of its last seal
    holds: bool  # whether the digest asked for is one of its seals


def verify_journal(connection: Connection, kept: str | None = None) -> Whole:
    """Prove the journal: every line is as it was sealed, none is missing, entries sum to zero.

    `kept`: a digest that was noted earlier or elsewhere (a statement, a partner): only that shows
    lines cut off at the end; GENESIS is part of every journal. Raises `StoreDamaged` at the first
    block that is not as it was sealed.
    """
    last, digest = 0, GENESIS
    seen = {GENESIS}
    for number, seal in enumerate(_seals(connection), start=1):
        if number == 1:
            digest = seal.prev_digest  # a journal of before schema 0008 has its own beginning
            seen.add(digest)
        chained = (seal.number, seal.first_seq, seal.prev_digest) == (number, last + 1, digest)
        lines = read_lines(connection, seal.first_seq, seal.last_seq)
        if not chained or not len(lines) or digest_of(digest, lines) != seal.digest:
            raise StoreDamaged(
                f"journal: the lines {seal.first_seq} to {seal.last_seq} are not as they were "
                "sealed: one of them, or a seal before, was changed or removed"
            )
        _check_sums(lines, StoreDamaged)
        last, digest = seal.last_seq, seal.digest
        seen.add(digest)
    beyond = connection.execute(select(func.count()).where(journal.c.seq > last)).scalar_one()
    if beyond:
        raise StoreDamaged(f"journal: {beyond} lines after the last seal were not booked by us")
    return Whole(last, digest, kept is None or kept in seen)


@dataclass(frozen=True, slots=True)
class Seal:
    """One link of the chain."""

    number: int
    first_seq: int
    last_seq: int
    prev_digest: str
    digest: str


def _seals(connection: Connection) -> Iterator[Seal]:
    names = [journal_seals.c[name] for name in Seal.__slots__]
    for row in connection.execute(select(*names).order_by(journal_seals.c.number)).all():
        yield Seal(*row)


@dataclass(frozen=True, slots=True)
class Balance:
    """What stands on an account: debit positive, in micro-SDR or minor units of the currency."""

    owner: str
    account: str
    counterparty: str
    currency: str
    amount: int


@dataclass(frozen=True, slots=True)
class Balances:
    """The balances of a moment, and the seal that proves them: the chain up to `digest` holds
    exactly the lines that were summed, but for those that a value date left out."""

    rows: tuple[Balance, ...]
    lines: int  # of the journal, up to that moment
    digest: str


def balances(
    connection: Connection, *, at: int | None = None, value_on: int | None = None,
    owner: str | None = None,
) -> Balances:  # fmt: skip
    """What stood on every account, all that was booked until a moment (default: now), of that all
    that had its value by a day. Accounts that stand at zero are left out.

    Raises `UsageError` when the moment lies within a block that was sealed as one.
    """
    seals, lines = journal_seals.c, journal.c
    last = select(func.max(lines.seq))
    if at is not None:
        last = last.where(lines.booked_at <= at)
    until = connection.execute(last).scalar() or 0
    seal = connection.execute(
        select(seals.last_seq, seals.digest).where(seals.last_seq <= until)
        .order_by(seals.number.desc()).limit(1)
    ).one_or_none()  # fmt: skip
    proved, digest = (0, GENESIS) if seal is None else tuple(seal)
    if proved != until:
        raise UsageError("journal: that moment lies within bookings that were sealed as one")
    by = [lines[name] for name in ("owner", "account", "counterparty", "currency")]
    query = select(*by, func.sum(lines.amount)).where(lines.seq <= until)
    if value_on is not None:
        query = query.where(lines.value_on <= value_on)
    if owner is not None:
        query = query.where(lines.owner == owner)
    rows = connection.execute(query.group_by(*by).order_by(*by)).all()
    found = tuple(Balance(*row[:4], int(row[4])) for row in rows if row[4])
    return Balances(found, until, digest)


def _check_entries(lines: pa.Table) -> None:
    line, ids = lines["line"].cast(pa.int64()).to_numpy(), lines["entry_id"]
    same = pc.equal(ids.slice(1), ids.slice(0, len(lines) - 1))
    same = np.asarray(same.combine_chunks().to_numpy(zero_copy_only=False), dtype=bool)
    if line[0] != 1 or np.any(np.where(same, line[1:] != line[:-1] + 1, line[1:] != 1)):
        raise InvariantBroken(
            "journal: lines of an entry must stand together, numbered from 1 without a gap"
        )
    first = pa.array(line == 1)
    if pc.count_distinct(ids.filter(first)).as_py() != int((line == 1).sum()):
        raise InvariantBroken("journal: an entry stands twice")
    _check_sums(lines, InvariantBroken)


def _check_sums(lines: pa.Table, error: type[InvariantBroken] | type[StoreDamaged]) -> None:
    if _plainly_zero(lines):
        return
    sums = lines.group_by(["entry_id", "currency"]).aggregate([("amount", "sum")])
    wrong = sums.filter(pc.not_equal(sums["amount_sum"], 0))
    if len(wrong):
        row = wrong.slice(0, 1).to_pylist()[0]
        raise error(
            f"journal entry {row['entry_id']!r}: its lines in {row['currency']} sum to "
            f"{row['amount_sum']}, not to zero"
        )


def _plainly_zero(lines: pa.Table) -> bool:
    """Whether each run of lines from a line 1 on is in one currency and sums to zero: what nearly
    every block is, seen without putting entries together by their ids."""
    starts = np.flatnonzero(lines["line"].cast(pa.int64()).to_numpy() == 1)
    if not len(starts) or starts[0]:
        return False
    currency = lines["currency"].combine_chunks().dictionary_encode()
    if isinstance(currency, pa.ChunkedArray):
        currency = currency.unify_dictionaries().combine_chunks()
    code = currency.indices.to_numpy()
    amount = lines["amount"].cast(pa.int64()).to_numpy()
    one = np.maximum.reduceat(code, starts) == np.minimum.reduceat(code, starts)
    return bool(one.all() and not np.add.reduceat(amount, starts).any())
