"""The claim list of carriers as an Excel workbook: totals per carrier as formulas."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from datecertain.moments import format_utc
from datecertain.settlement.carrier_claims import CarrierItem, carrier_totals
from datecertain.web.sheets import MOST_ROWS, Book, Column, Formula, Look, Sheet
from datecertain.web.statement_workbooks import FONTS, sdr_of
from datecertain.wording.exact import exact_words

_TOTALS = (
    ("carrier", 12, Look.TEXT), ("claimant", 12, Look.TEXT), ("stretches", 12, Look.COUNT),
    ("days", 8, Look.COUNT), ("usdr", 17, Look.COUNT), ("sdr", 17, Look.SDR),
)  # fmt: skip
_ITEMS = (
    ("carrier", 9, Look.TEXT), ("claimant", 9, Look.TEXT), ("item", 17, Look.TEXT),
    ("key", 34, Look.TEXT), ("origin", 8, Look.TEXT), ("destination", 8, Look.TEXT),
    ("receptacle", 32, Look.TEXT), ("flights", 16, Look.WRAPPED), ("taken", 18, Look.TEXT),
    ("given", 18, Look.TEXT), ("days", 7, Look.COUNT), ("refund", 15, Look.COUNT),
    ("resting", 15, Look.COUNT), ("sdr", 15, Look.SDR),
)  # fmt: skip


def write_carrier_workbook(
    path: Path, period: str, items: Sequence[CarrierItem], language: str, made_at: int,
    most_rows: int = MOST_ROWS,
) -> None:  # fmt: skip
    """Write the workbook; items beyond `most_rows` of a sheet go on in further ones."""
    speak = exact_words(language)

    def columns(given: Sequence[tuple[str, int, Look]]) -> list[Column]:
        return [Column(speak.say(f"workbook.column.{one}"), width, look)
                for one, width, look in given]  # fmt: skip

    title = speak.say("carriers.title", period=period)
    with Book(path, title, "", made_at, FONTS[language]) as book:
        top = book.sheet(speak.say("workbook.sheet.carriers"), columns(_TOTALS), title)
        name = speak.say("workbook.sheet.items")
        sheets = [book.sheet(name, columns(_ITEMS), title)]
        for one in items:
            if sheets[-1].rows >= most_rows:
                more = f"{name} {len(sheets) + 1}"
                sheets.append(book.sheet(more, columns(_ITEMS), title))
            row = sheets[-1].rows + 1
            sheets[-1].row(
                (one.carrier, one.claimant, one.item_id, one.item_key, one.origin,
                 one.destination, one.receptacle, one.flights, format_utc(one.taken_at),
                 format_utc(one.given_at), one.days, one.refund_usdr, one.resting_usdr,
                 sdr_of(f"M{row}", one.resting_usdr))
            )  # fmt: skip
        for sheet in sheets:
            sheet.filtered(sheet.rows)
        _totals(top, items, sheets)


def _totals(top: Sheet, items: Sequence[CarrierItem], sheets: Sequence[Sheet]) -> None:
    totals = carrier_totals(items)
    for one in totals:
        row = top.rows + 1
        asked = [
            f"{sheet.ranged('A', sheet.rows)},A{row},{sheet.ranged('B', sheet.rows)},B{row}"
            for sheet in sheets
        ]

        def summed(column: str, value: int, asked: Sequence[str] = asked) -> Formula:
            parts = zip(sheets, asked, strict=True)
            terms = [f"SUMIFS({sheet.ranged(column, sheet.rows)},{which})"
                     for sheet, which in parts]  # fmt: skip
            return Formula("=" + "+".join(terms), value)

        counted = "+".join(f"COUNTIFS({which})" for which in asked)
        top.row(
            (one.carrier, one.claimant, Formula(f"={counted}", one.stretches),
             summed("K", one.days), summed("M", one.resting_usdr),
             sdr_of(f"E{row}", one.resting_usdr))
        )  # fmt: skip
    top.filtered(top.rows)
