"""What is open in a post's books: accruals, how old it is, payments and interest (req 44-46)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.errors import BadMoment, NotFound, UsageError
from datecertain.moments import DAY, format_date, parse_date
from datecertain.operations import desk_looks
from datecertain.operations.late_payments import Payable, Told, payables, tell_payment
from datecertain.operations.month_end import MonthEnd
from datecertain.operations.statements import statement_names
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement.ageing import Unsettled
from datecertain.web.site.frame import Crumb, go, page
from datecertain.web.site.grids import Cell, Grid, Row, file_asked, grid, heads
from datecertain.web.site.keeping import kept_page, look_at
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.listing import asked, day_asked
from datecertain.web.site.refusals import Refused, refused
from datecertain.web.site.settlement import SDR, crumbs
from datecertain.web.site.visiting import Form, PageNeeds
from datecertain.wording import Words
from datecertain.wording.told_back import told_text

PAGES = APIRouter(include_in_schema=False)
ENTRIES = ()
_AMOUNT = re.compile(r"(\d{1,12})(?:\.(\d{1,6}))?", re.ASCII)
_STATEMENT = re.compile(r"(\d{4}-\d\d) ([A-Z0-9]+)-([A-Z0-9]+)")

_See = Annotated[Viewer, Depends(PageNeeds(Right.MONEY))]
_Act = Annotated[Viewer, Depends(PageNeeds(Right.STATEMENTS_ACT))]


@PAGES.get("/accruals")
@kept_page()
def accruals(request: Request, who: _See) -> Response:
    """What open items and contested amounts may still cost the post at a month's end."""
    words, given = page_words(language_of(request, STAFF)), asked(request, "month")
    door, found = door_of(request), None
    with open_workspace(door.workspace) as opened:
        months = sorted({name[0] for name in statement_names(opened, who)}, reverse=True)
        month = given["month"] if given["month"] in months else (months[0] if months else "")
        if month:
            found = look_at(request, opened, desk_looks.accrued, month)
    table = None if found is None else _accruals(request, words, who, found)
    if table and (answer := file_asked(request, [table], f"{month}.")):
        return answer
    return page(
        request, "accruals.html.j2", who, month=month, months=months, grid=table,
        crumbs=crumbs(words, Crumb(words.say("settle.link.accruals"))),
    )  # fmt: skip


def _accruals(request: Request, words: Words, who: Viewer, found: MonthEnd) -> Grid:
    rows = list[Row]()
    for one in found.accruals:
        if not who.acts_for(one.owner):
            continue
        kind, _, rest = one.detail.partition(".")
        rows.append(
            (
                Cell(words.say(f"books.accrual.{kind}"), note=rest), one.counterparty,
                Cell(words.count(one.items), one.items),
                *(Cell(words.money(amount, one.currency), amount)
                  for amount in (one.low, one.high, one.booked)),
            )
        )  # fmt: skip
    names = heads(
        words,
        "books.col.for",
        "books.col.with",
        "books.col.items:num",
        "books.col.low:num",
        "books.col.high:num",
        "books.col.booked:num",
    )
    return grid(
        request, "accruals", words.say("books.accruals", month=found.period), names, rows,
        note=words.say("books.accruals.note"),
    )  # fmt: skip


@PAGES.get("/ageing")
@kept_page()
def ageing(request: Request, who: _See) -> Response:
    """How old what is not settled is."""
    words, given = page_words(language_of(request, STAFF)), asked(request, "on")
    door = door_of(request)
    day = day_asked(given["on"])
    wrong = bool(given["on"]) and day is None
    day = door.how.clock.now() // DAY if day is None else day
    with open_workspace(door.workspace) as opened:
        every = look_at(request, opened, desk_looks.aged, day)
        found = [one for one in every if who.sees_flow(one.creditor, one.debtor)]
    tables = [_buckets(request, words, who, found), _ageing(request, words, found)]
    if answer := file_asked(request, tables, f"{format_date(day)}."):
        return answer
    return page(
        request, "ageing.html.j2", who, status=422 if wrong else 200, wrong=wrong, on=day,
        on_text=given["on"] if wrong else format_date(day), grids=tables, found=found,
        crumbs=crumbs(words, Crumb(words.say("settle.link.ageing"))),
    )  # fmt: skip


def _buckets(request: Request, words: Words, who: Viewer, found: Sequence[Unsettled]) -> Grid:
    ages = list(dict.fromkeys(one.bucket for one in sorted(found, key=lambda one: one.age)))
    rows = []
    for name in ages:
        mine = [one for one in found if one.bucket == name]
        owed = sum(one.net_usdr for one in mine if one.creditor == who.post)
        owes = sum(one.net_usdr for one in mine if one.debtor == who.post)
        rows.append((_bucket(words, name), len(mine), Cell(words.money(owed, SDR), owed),
                     Cell(words.money(owes, SDR), owes)))  # fmt: skip
    names = heads(
        words, "books.col.age", "books.col.count:num", "settle.col.owed:num", "settle.col.owes:num"
    )
    return grid(request, "buckets", words.say("books.buckets"), names, rows)


def _bucket(words: Words, name: str) -> str:
    if name == "not due":
        return words.say("books.not_due")
    if name.startswith("over "):
        return words.say("books.over", days=name.removeprefix("over "))
    return words.say("books.days", days=name.replace("-", "–"))


def _ageing(request: Request, words: Words, found: Sequence[Unsettled]) -> Grid:
    rows = []
    for one in found:
        match = _STATEMENT.match(one.name)
        path = f"/statements/{match[1]}-{match[2]}-{match[3]}" if match else ""
        if one.what == "payment":
            path = "/payments"
        rows.append(
            (
                Cell(words.say(f"books.what.{one.what}")),
                Cell(told_text(one.name, words), path=path), one.creditor, one.debtor,
                Cell(words.money(one.gross_usdr, SDR), one.gross_usdr),
                Cell(words.money(one.net_usdr, SDR), one.net_usdr), Cell(words.date(one.since)),
                _bucket(words, one.bucket),
            )
        )  # fmt: skip
    names = heads(
        words,
        "books.col.what",
        "books.col.name",
        "books.col.creditor",
        "books.col.debtor",
        "books.col.gross:num",
        "books.col.net:num",
        "books.col.since:day",
        "books.col.age",
    )
    return grid(request, "ageing", words.say("books.ageing"), names, rows)


@PAGES.get("/payments")
@kept_page()
def payments(request: Request, who: _See) -> Response:
    """What is to be paid of the rounds of netting, what was, and the interest on what is late."""
    return _payments(request, who)


def _payments(request: Request, who: Viewer, refused: Refused | None = None) -> Response:
    words, door = page_words(language_of(request, STAFF)), door_of(request)
    today = door.how.clock.now() // DAY
    with open_workspace(door.workspace) as opened, opened.reading() as view:
        found = [one for one in payables(view.connection)
                 if who.sees_flow(one.owed.payer, one.owed.payee)]  # fmt: skip
    tables = [_payables(request, words, who, found, today)]
    told = [(one, said) for one in found for said in one.told]
    if told:
        tables.append(_told(request, words, told))
    if answer := file_asked(request, tables):
        return answer
    return page(
        request, "payments.html.j2", who, status=422 if refused else 200, grids=tables, found=found,
        refused=refused, today=format_date(today), may_tell=who.may(Right.STATEMENTS_ACT),
        open=[one for one in found if one.open_usdr],
        crumbs=crumbs(words, Crumb(words.say("settle.link.payments"))),
    )  # fmt: skip


def _payables(
    request: Request, words: Words, who: Viewer, found: Sequence[Payable], today: int
) -> Grid:
    rows = []
    for one in found:
        owed, late = one.owed, one.open_usdr and one.owed.due_on < today
        interest = one.interest(today).amount_usdr if today > owed.due_on else 0
        state = "paid" if not one.open_usdr else "late" if late else "due"
        rows.append(
            (
                Cell(words.say("settle.round", number=owed.round), owed.round,
                     path=f"/netting?round={owed.round}"),
                words.say("settlement.owes", debtor=owed.payer, creditor=owed.payee),
                Cell(words.money(owed.amount_usdr, SDR), owed.amount_usdr),
                Cell(words.money(one.open_usdr, SDR), one.open_usdr), Cell(words.date(owed.due_on)),
                Cell(words.say(f"books.pay.{state}"),
                     mark={"paid": "good", "late": "bad", "due": ""}[state]),
                Cell(words.money(interest, SDR), interest,
                     note=words.say("books.rate", share=words.share(owed.late_ppm_year / 10**6, 2))
                     if owed.late_ppm_year else ""),
            )
        )  # fmt: skip
    names = heads(
        words,
        "books.col.round",
        "books.col.payment",
        "books.col.amount:num",
        "books.col.open:num",
        "books.col.due:day",
        "books.col.state",
        "books.col.interest:num",
    )
    return grid(
        request, "payments", words.say("books.payments"), names, rows,
        note=words.say("books.payments.note", date=words.date(today)),
    )  # fmt: skip


def _told(request: Request, words: Words, told: Sequence[tuple[Payable, Told]]) -> Grid:
    rows = [
        (
            words.say("settle.round", number=one.owed.round),
            words.say("settlement.owes", debtor=one.owed.payer, creditor=one.owed.payee),
            Cell(words.date(said.paid_on)),
            Cell(words.money(said.amount_usdr, SDR), said.amount_usdr),
            said.actor, said.reason,
            Cell(words.say("books.replaced") if said.replaced else ""),
        )
        for one, said in told
    ]  # fmt: skip
    names = heads(
        words,
        "books.col.round",
        "books.col.payment",
        "books.col.paid_on:day",
        "books.col.amount:num",
        "books.col.by",
        "books.col.reason",
        "books.col.note",
    )
    return grid(request, "told", words.say("books.told"), names, rows)


@PAGES.post("/payments")
def tell(request: Request, who: _Act, form: Form) -> Response:
    """The post tells what was paid."""
    door, name = door_of(request), form.get("payment", "").split("/")
    if len(name) != 3 or not (name[0].isascii() and name[0].isdigit() and len(name[0]) < 7):
        return _payments(request, who, Refused("books.fault.payment"))
    typed = form.get("amount", "").replace(",", "").strip()
    match = _AMOUNT.fullmatch(typed)
    if typed and match is None:
        return _payments(request, who, Refused("books.fault.amount"))
    amount = None if match is None else int(match[1]) * 10**6 + int((match[2] or "").ljust(6, "0"))
    if not who.sees_flow(name[1], name[2]):
        raise NotFound("there is no such payment here")
    try:
        day = parse_date(form.get("paid_on", ""))
        with open_workspace(door.workspace, write=True) as opened:
            tell_payment(
                opened, int(name[0]), (name[1], name[2]), day, amount, None, who.post,
                form.get("reason", "").strip()[:300], door.how.clock,
            )  # fmt: skip
    except NotFound:
        raise
    except BadMoment:
        return _payments(request, who, Refused("books.fault.day"))
    except UsageError as error:
        return _payments(request, who, refused(request, "books.fault.tell", error))
    return go("/payments", "said.books")
