"""A statement as an Excel workbook: summary, lines, the items behind them, rates, terms, disputes,
differences.

Amounts stand as whole numbers of micro-SDR; sums are formulas over these whole numbers, so that
nothing rounds, and amounts in SDR are formulas that divide them for the eye. Beside the sums stands
what the frozen text says, and the difference, which is nought.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from datecertain.moments import DAY
from datecertain.settlement.differences import difference
from datecertain.settlement.explaining import reason_label
from datecertain.settlement.stated import Stated, group_of, is_illustrative, summary
from datecertain.settlement.statement_papers import (
    group_label,
    how_text,
    paper_facts,
    terms_told,
    told_differences,
)
from datecertain.settlement.statements import StatementLine
from datecertain.web.sheets import (
    MOST_ROWS,
    Book,
    Cell,
    Column,
    Formula,
    Look,
    Sheet,
    day_number,
)
from datecertain.wording.exact import ExactWords, exact_words

#: Fonts that spreadsheets have for a language.
FONTS = {"en": "Arial", "ko": "Malgun Gothic"}
_MICRO = 1_000_000
_AMOUNT = 20  # letters wide: a hundred million SDR
#: Items between two words of how far it has come.
_TOLD_EVERY = 10_000

Told = Callable[[int, int], None]


def write_statement_workbook(
    path: Path, stated: Stated, language: str, made_at: int, most_rows: int = MOST_ROWS,
    told: Told = lambda done, total: None,
) -> None:  # fmt: skip
    """Write the workbook. `made_at` (UTC minutes) is written into it: the same content and moment
    give the same bytes. Items beyond `most_rows` of a sheet go on in further ones."""
    speak = exact_words(language)
    title = speak.say(
        "settlement.statement.title", one=stated.statement.one, other=stated.statement.other,
        period=stated.statement.period,
    )  # fmt: skip
    with Book(path, title, stated.names[stated.statement.one], made_at, FONTS[language]) as book:
        made = _Made(book, stated, speak, f"{stated.statement_id}  {stated.statement.sha256}")
        top = made.sheet("summary", ("reason", 26), ("debtor", 9), ("creditor", 9),
                         ("lines", 8, Look.COUNT), ("items", 10, Look.COUNT),
                         ("usdr", _AMOUNT, Look.COUNT), ("sdr", _AMOUNT, Look.SDR),
                         ("stated", _AMOUNT, Look.COUNT),
                         ("difference", 12, Look.COUNT))  # fmt: skip
        lines = made.lines_sheet()
        items = made.write_items(most_rows, told)
        made.write_lines(lines, items)
        made.write_summary(top, lines)
        made.write_rates()
        made.write_terms()
        made.write_disputes()
        made.write_differences()


def sdr_of(place: str, usdr: int) -> Formula:
    """The amount of a cell with micro-SDR in SDR."""
    return Formula(f"={place}/{_MICRO}", usdr / _MICRO)


class _Made:
    """A workbook being made."""

    def __init__(self, book: Book, stated: Stated, speak: ExactWords, footer: str) -> None:
        self._book, self._stated, self._speak, self._footer = book, stated, speak, footer

    def sheet(
        self, name: str, *columns: tuple[str, float] | tuple[str, float, Look], number: int = 1
    ) -> Sheet:
        """A new sheet of this name, with titles in the language."""
        title = self._say(f"sheet.{name}") + (f" {number}" if number > 1 else "")
        made = [Column(self._say(f"column.{column[0]}"), *column[1:]) for column in columns]
        return self._book.sheet(title, made, self._footer)

    def _say(self, key: str, **values: object) -> str:
        return self._speak.say(f"workbook.{key}", **values)

    def lines_sheet(self) -> Sheet:
        """The sheet of lines, empty yet."""
        return self.sheet(
            "lines", ("line", 6, Look.COUNT), ("reason", 38), ("code", 26), ("group", 20),
            ("debtor", 9), ("creditor", 9), ("items", 10, Look.COUNT),
            ("each", _AMOUNT, Look.COUNT), ("usdr", _AMOUNT, Look.COUNT),
            ("sdr", _AMOUNT, Look.SDR), ("of_items", _AMOUNT, Look.COUNT),
            ("difference", 12, Look.COUNT), ("how", 90, Look.WRAPPED),
        )  # fmt: skip

    def write_items(self, most_rows: int, told: Told) -> Sequence[Sheet]:
        """The items behind every line, over as many sheets as they need."""
        columns = (("line", 6, Look.COUNT), ("item", 18), ("key", 36),
                   ("usdr", _AMOUNT, Look.COUNT), ("sdr", _AMOUNT, Look.SDR))  # fmt: skip
        sheets, done = [self.sheet("items", *columns)], 0
        for line in self._stated.statement.lines:
            for item, key, amount in zip(*self._stated.items_of(line), strict=True):
                if sheets[-1].rows >= most_rows:
                    sheets.append(self.sheet("items", *columns, number=len(sheets) + 1))
                last = sheets[-1]
                shown = None if amount is None else sdr_of(f"D{last.rows + 1}", amount)
                last.row((line.number, item, key, amount, shown))
                done += 1
                if done % _TOLD_EVERY == 0:
                    told(done, self._stated.items)
        for one in sheets:
            one.filtered(one.rows)
        return sheets

    def write_lines(self, sheet: Sheet, items: Sequence[Sheet]) -> None:
        """One row a line; what its items come to beside its amount."""
        lines = self._stated.statement.lines
        for line in lines:
            sheet.row(self._line(line, sheet.rows + 1, items))
        last = sheet.rows
        sheet.filtered(last)
        if not lines:
            sheet.blank()  # for the sums to be over something else than themselves
        totals = {
            column: Formula(f"=SUM({column}2:{column}{max(last, 2)})", value)
            for column, value in (
                ("G", sum(line.items for line in lines)),
                ("I", sum(line.amount_usdr for line in lines)),
            )
        }
        row = sheet.rows + 1
        amount = totals["I"]
        sheet.row(
            (None, self._speak.say("paper.total"), None, None, None, None, totals["G"], None,
             amount, sdr_of(f"I{row}", int(amount.value))), strong=True,
        )  # fmt: skip
        sheet.printed(12)

    def _line(self, line: StatementLine, row: int, items: Sequence[Sheet]) -> tuple[Cell, ...]:
        _, _, amounts = self._stated.items_of(line)
        known = not line.items or None not in amounts
        summed = "+".join(
            f"SUMIFS({one.ranged('D', one.rows)},{one.ranged('A', one.rows)},A{row})"
            for one in items
        )
        of_items = sum(amounts) if known else 0
        return (
            line.number, reason_label(line.reason, self._speak), line.reason.text,
            group_label(group_of(line.reason), self._speak), line.debtor, line.creditor,
            line.items, line.each_usdr, line.amount_usdr, sdr_of(f"I{row}", line.amount_usdr),
            Formula(f"={summed}", of_items) if known else None,
            Formula(f"=I{row}-K{row}", line.amount_usdr - of_items) if known else None,
            how_text(self._stated, line, self._speak),
        )  # fmt: skip

    def write_summary(self, sheet: Sheet, lines: Sheet) -> None:
        """Sums over the lines; below them what the statement is."""
        count = len(self._stated.statement.lines) + 1
        group, debtor, creditor, items, amount = (lines.ranged(column, count) for column in "DEFGI")
        for row in summary(self._stated.statement):
            at = sheet.rows + 1
            asked = f"{group},A{at},{debtor},B{at},{creditor},C{at}"
            sheet.row(
                (group_label(row.group, self._speak), row.debtor, row.creditor,
                 Formula(f"=COUNTIFS({asked})", row.lines),
                 Formula(f"=SUMIFS({items},{asked})", row.items),
                 Formula(f"=SUMIFS({amount},{asked})", row.amount_usdr),
                 sdr_of(f"F{at}", row.amount_usdr))
            )  # fmt: skip
        sheet.filtered(sheet.rows)
        self._totals(sheet, creditor, items, amount)
        sheet.blank()
        texts = [Look.TEXT, Look.TEXT]
        for key, holds in (
            ("synthetic", self._stated.synthetic), ("illustrative", self._stated.illustrative),
        ):  # fmt: skip
            if holds:
                sheet.row((self._speak.say(f"paper.notice.{key}"),), texts)
        for label, value in paper_facts(self._stated, self._speak):
            sheet.row((label, value), texts)
        sheet.row((self._say("unit"),), texts)

    def _totals(self, sheet: Sheet, creditor: str, items: str, amount: str) -> None:
        statement = self._stated.statement
        at = {}
        for post in (statement.one, statement.other):
            at[post] = row = sheet.rows + 1
            mine = [line for line in statement.lines if line.creditor == post]
            stated = self._stated.content["gross"][post]
            gross = sum(line.amount_usdr for line in mine)
            sheet.row(
                (self._speak.say("paper.total.owed", post=post), None, post,
                 Formula(f"=COUNTIFS({creditor},C{row})", len(mine)),
                 Formula(f"=SUMIFS({items},{creditor},C{row})", sum(one.items for one in mine)),
                 Formula(f"=SUMIFS({amount},{creditor},C{row})", gross), sdr_of(f"F{row}", gross),
                 stated, Formula(f"=F{row}-H{row}", gross - stated)), strong=True,
            )  # fmt: skip
        debtor, creditor_ = statement.other, statement.one
        if statement.net_usdr < 0:
            debtor, creditor_ = creditor_, debtor
        row, net = sheet.rows + 1, abs(statement.net_usdr)
        stated = abs(self._stated.content["net"][statement.one])
        sheet.row(
            (self._speak.say("paper.net"), debtor, creditor_, None, None,
             Formula(f"=F{at[creditor_]}-F{at[debtor]}", net), sdr_of(f"F{row}", net), stated,
             Formula(f"=F{row}-H{row}", net - stated)), strong=True,
        )  # fmt: skip

    def write_rates(self) -> None:
        """The rates that items of recourse lines can have."""
        sheet = self.sheet("rates", ("currency", 10), ("on", 12, Look.DATE),
                           ("millionths", 18, Look.COUNT), ("rate", 18, Look.RATE),
                           ("illustrative", 12), ("source", 80, Look.WRAPPED))  # fmt: skip
        for rate in self._stated.rates:
            row = sheet.rows + 1
            sheet.row(
                (rate.currency, day_number(rate.on), rate.per_sdr,
                 Formula(f"=C{row}/{_MICRO}", rate.per_sdr / _MICRO),
                 self._yes(rate.source), rate.source)
            )  # fmt: skip
        sheet.filtered(sheet.rows)

    def _yes(self, source: str) -> str:
        return self._say("yes" if is_illustrative(source) else "no") if source else ""

    def write_terms(self) -> None:
        """What was agreed, with its source."""
        sheet = self.sheet("terms", ("term", 34, Look.WRAPPED), ("agreed", 70, Look.WRAPPED),
                           ("illustrative", 12), ("source", 70, Look.WRAPPED))  # fmt: skip
        for term, value, source in terms_told(self._stated, self._speak):
            sheet.row((term, value, self._yes(source), source))

    def write_disputes(self) -> None:
        """What was contested, and how that stands. Reasons are the posts' own words."""
        sheet = self.sheet("disputes", ("line", 6, Look.COUNT), ("item", 18), ("by", 9),
                           ("since", 12, Look.DATE), ("state", 18),
                           ("usdr", _AMOUNT, Look.COUNT), ("sdr", _AMOUNT, Look.SDR),
                           ("reasons", 80, Look.WRAPPED))  # fmt: skip
        for one in self._stated.standing.disputes:
            row = sheet.rows + 1
            sheet.row(
                (one.line, one.item, one.by, day_number(one.since // DAY),
                 self._speak.say(f"settlement.act.{one.state}"), one.amount_usdr,
                 sdr_of(f"F{row}", one.amount_usdr),
                 " / ".join(text for text in one.reasons if text))
            )  # fmt: skip
        sheet.filtered(sheet.rows)

    def write_differences(self) -> None:
        """What changed since the version before, line by line, with the items by number."""
        sheet = self.sheet("differences", ("reason", 38), ("debtor", 9), ("creditor", 9),
                           ("before", _AMOUNT, Look.COUNT), ("after", _AMOUNT, Look.COUNT),
                           ("change", _AMOUNT, Look.COUNT), ("sdr", _AMOUNT, Look.SDR),
                           ("came", 28, Look.WRAPPED), ("went", 28, Look.WRAPPED),
                           ("changed", 28, Look.WRAPPED))  # fmt: skip
        before, after = self._stated.before, self._stated.statement
        changes = () if before is None else difference(before, after)
        for one in changes:
            row, change = sheet.rows + 1, one.after_usdr - one.before_usdr
            sheet.row(
                (reason_label(one.reason, self._speak), one.debtor, one.creditor, one.before_usdr,
                 one.after_usdr, Formula(f"=E{row}-D{row}", change), sdr_of(f"F{row}", change),
                 ", ".join(one.came), ", ".join(one.went), ", ".join(one.changed))
            )  # fmt: skip
        if not changes:
            sheet.row((told_differences(self._stated, self._speak)[0],))
        sheet.filtered(len(changes) + 1)
