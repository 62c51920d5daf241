"""Statements as text and CSV for people; the frozen form is the statement's own content."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Sequence

from datecertain.settlement.explaining import reason_label
from datecertain.settlement.money import SDR
from datecertain.settlement.statements import Statement, items_behind
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
    """The items behind every line: amounts in micro-SDR, one row an item and line."""
    rows = []
    for line in statement.lines:
        for row in items_behind(statement, line.number).to_pylist():
            amount = "" if row["amount_usdr"] is None else row["amount_usdr"]
            rows.append((line.number, row["item_id"], row["item_key"], amount))
    return _csv(("line", "item_id", "item_key", "amount_usdr"), rows)


def _csv(header: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
