"""The tables of a statement's pages."""

from __future__ import annotations

from urllib.parse import quote

import pyarrow as pa
from fastapi import Request

from datecertain.settlement.differences import difference
from datecertain.settlement.explaining import reason_label
from datecertain.settlement.stated import Stated
from datecertain.settlement.statement_papers import terms_told
from datecertain.web.site.grids import Cell, Grid, Head, Row, grid
from datecertain.wording.exact import ExactWords

_SDR = Head("SDR", "num")


def lines_grid(request: Request, stated: Stated, speak: ExactWords, path: str) -> Grid:
    """The lines, each leading to its items."""
    statement = stated.statement
    contested = {one.line for one in stated.standing.open}
    rows = []
    for one in statement.lines:
        items = f"{path}/lines/{one.number}"
        mark = speak.say("settle.contested") if one.number in contested else ""
        rows.append(
            (
                Cell(str(one.number), one.number, path=items),
                Cell(reason_label(one.reason, speak), path=items),
                speak.say("settlement.owes", debtor=one.debtor, creditor=one.creditor),
                Cell(speak.count(one.items), one.items, path=items),
                Cell("" if one.each_usdr is None else speak.sdr(one.each_usdr), one.each_usdr),
                Cell(speak.sdr(one.amount_usdr), one.amount_usdr, path=items),
                Cell(mark, mark="contested" if mark else ""),
            )
        )  # fmt: skip
    feet = [
        ("", speak.say("paper.total.owed", post=post), "", "", "",
         Cell(speak.sdr(statement.gross_usdr[post]), statement.gross_usdr[post]), "")
        for post in (statement.one, statement.other)
    ]  # fmt: skip
    names = [("line", "num-first"), ("reason", ""), ("owes", ""), ("items", "num"), ("each", "num")]
    heads = [Head(speak.say(f"paper.column.{name}"), kind) for name, kind in names]
    return grid(
        request, "lines", speak.say("paper.lines"), [*heads, _SDR, Head("")], rows, feet,
        speak.say("settle.lines.note"),
    )  # fmt: skip


def items_grid(
    request: Request, rows: pa.Table, speak: ExactWords, line: int, contest: str
) -> Grid:
    """The items behind a line; `contest`: the page on which one can be contested."""
    cells = []
    for row in rows.to_pylist():
        amount, item = row["amount_usdr"], row["item_id"]
        told = speak.say("settle.rated_as_whole") if amount is None else speak.sdr(amount)
        link = f"{contest}?line={line}&item={quote(item)}#contest"
        cells.append(
            (
                Cell(item, path=f"/items/{quote(item)}"),
                Cell(told, "" if amount is None else amount),
                *((Cell(speak.say("settle.contest_it"), "", path=link),) if contest else ()),
            )
        )  # fmt: skip
    heads = [Head(speak.say("settle.col.item"), "mono"), _SDR]
    return grid(
        request, "items", speak.say("settle.items_behind"), [*heads, *([Head("")] * bool(contest))],
        cells,
    )  # fmt: skip


def differences_grid(request: Request, stated: Stated, speak: ExactWords) -> Grid:
    """What changed since the version before, line by line."""
    assert stated.before is not None
    rows = list[Row]()
    for one in difference(stated.before, stated.statement):
        change = one.after_usdr - one.before_usdr
        rows.append(
            (
                reason_label(one.reason, speak),
                speak.say("settlement.owes", debtor=one.debtor, creditor=one.creditor),
                Cell(speak.sdr(one.before_usdr), one.before_usdr),
                Cell(speak.sdr(one.after_usdr), one.after_usdr),
                Cell(f"{'+' if change > 0 else ''}{speak.sdr(change)}", change),
                *(Cell(speak.count(len(items)), len(items), note=", ".join(items[:3]))
                  for items in (one.came, one.went, one.changed)),
            )
        )  # fmt: skip
    names = (("before", "num"), ("after", "num"), ("change", "num"), ("came", "num"),
             ("went", "num"), ("other", "num"))  # fmt: skip
    heads = [Head(speak.say("paper.column.reason")), Head(speak.say("paper.column.owes")),
             *(Head(speak.say(f"settle.col.{name}"), kind) for name, kind in names)]  # fmt: skip
    caption = speak.say("settle.since", version=stated.before_version)
    return grid(request, "changes", caption, heads, rows)


def terms_grid(request: Request, stated: Stated, speak: ExactWords) -> Grid:
    """What the amounts rest on, each with its source."""
    rows = [(what, value, source) for what, value, source in terms_told(stated, speak)]
    heads = [speak.say("paper.column.term"), speak.say("paper.column.agreed"),
             speak.say("settle.col.source")]  # fmt: skip
    return grid(request, "terms", speak.say("paper.terms"), heads, rows)
