"""Statements as text and CSV for people; the frozen form is the statement's own content."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.settlement.explaining import reason_label
from datecertain.settlement.money import SDR
from datecertain.settlement.statements import ITEMS_BEHIND, Statement, items_of_lines
from datecertain.wording import Words


def statement_text(statement: Statement, words: Words) -> str:
    """A statement on one screen: its lines, the gross each way, the net and the hash."""
    pair = {"one": statement.one, "other": statement.other, "period": statement.period}
    rows = [
        (
            str(line.number),
            reason_label(line.reason, words),
            words.say("settlement.owes", debtor=line.debtor, creditor=line.creditor),
            words.say("settlement.items", count=words.count(line.items)),
            words.money(line.amount_usdr, SDR),
        )
        for line in statement.lines
    ]
    told = [words.say("settlement.statement.title", **pair), *_aligned(rows)]
    for post in (statement.one, statement.other):
        amount = words.money(statement.gross_usdr[post], SDR)
        told.append(words.say("settlement.statement.gross", post=post, amount=amount))
    told.append(_net(statement, words))
    told.append(words.say("settlement.statement.hash", sha256=statement.sha256))
    return "\n".join(told) + "\n"


def _net(statement: Statement, words: Words) -> str:
    if not statement.net_usdr:
        return words.say("settlement.statement.even")
    one_is_owed = statement.net_usdr > 0
    creditor, debtor = statement.one, statement.other
    if not one_is_owed:
        creditor, debtor = debtor, creditor
    amount = words.money(abs(statement.net_usdr), SDR)
    return words.say("settlement.statement.net", debtor=debtor, creditor=creditor, amount=amount)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """The columns under each other; the first and the last to the right."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    told = []
    for row in rows:
        cells = []
        for number, (text, width) in enumerate(zip(row, widths, strict=True)):
            blanks = " " * (width - _width(text))
            cells.append(blanks + text if number in (0, len(row) - 1) else text + blanks)
        told.append("  ".join(cells))
    return told


def _width(text: str) -> int:
    """Columns on a terminal: Korean, Chinese and Japanese letters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def lines_csv(statement: Statement) -> str:
    """The lines of a statement: amounts in micro-SDR, one row a line."""
    rows = [
        (line.number, line.reason.text, line.creditor, line.debtor, line.items,
         "" if line.each_usdr is None else line.each_usdr, line.amount_usdr)
        for line in statement.lines
    ]  # fmt: skip
    header = ("line", "reason", "creditor", "debtor", "items", "each_usdr", "amount_usdr")
    return _csv(header, rows)


def items_csv(statement: Statement) -> str:
    """The items behind every line: amounts in micro-SDR, one row an item and line. Column by
    column, for a statement may have millions of them."""
    parts = items_of_lines(statement)
    items = pa.concat_tables(parts or [ITEMS_BEHIND.empty_table()]).combine_chunks()
    number = np.repeat([line.number for line in statement.lines], [len(one) for one in parts])
    columns = [pa.array(number, pa.int64())]
    columns += [items[name] for name in ("item_id", "item_key", "amount_usdr")]
    rows = pc.binary_join_element_wise(*map(_cells, columns), _text(","))
    listed = pa.LargeListArray.from_arrays([0, len(rows)], rows)
    text: str = pc.binary_join(listed, _text("\n"))[0].as_py()
    header = "line,item_id,item_key,amount_usdr\n"
    return header + text + "\n" if len(rows) else header


def _cells(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Values as cells of a CSV row: quoted where they need it, nothing for null."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    texts = pc.fill_null(column.cast(pa.large_string()), _text(""))
    if not pa.types.is_string(column.type):
        return texts
    odd = pc.match_substring_regex(texts, '[,"\r\n]')
    if not pc.any(odd).as_py():
        return texts
    inner = pc.replace_substring(texts, '"', '""')
    quoted = pc.binary_join_element_wise(_text('"'), inner, _text('"'), _text(""))
    return pc.if_else(odd, quoted, texts)


def _text(value: str) -> pa.Scalar:
    return pa.scalar(value, pa.large_string())


def _csv(header: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
