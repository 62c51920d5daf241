"""What refunds cost in a year, by origin, on the pack's resume page (req 34, 66, 70)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from datecertain.planning.board_telling import dial_of
from datecertain.planning.meeting import BoardRow, Cell, Column, Exposure, Page, Sheet, Unit
from datecertain.planning.readiness import BoardLane

_COLUMNS = ("year_automatic", "year_low", "year_high", "year_claimed", "year_worst", "year_kept")


def exposure_of(lane: BoardLane) -> Exposure | None:
    """What a lane's refunds cost in a year, at the date that the board shows of it."""
    dial = dial_of(lane)
    if dial is None:
        return None
    whole = dial.automatic
    return Exposure(
        (whole.expected_usdr, whole.low_usdr, whole.high_usdr), dial.claim_driven.expected_usdr,
        lane.worst.gross_usdr, lane.worst.kept_usdr,
    )  # fmt: skip


def with_exposure(page: Page, rows: Sequence[BoardRow]) -> Page:
    """The resume page with what its rows cost in a year, by origin, and in all. It is money of each
    post: not for a pack that all posts read."""
    sheet = _sheet(page.figures[0].query, rows)
    sums = {name: _all(sheet, name) for name in _COLUMNS[:3]}
    return replace(page, sheets=(*page.sheets, sheet), facts=dict(page.facts) | sums)


def _sheet(query: str, rows: Sequence[BoardRow]) -> Sheet:
    """All lanes of an origin together. The ends of their intervals are added: together they keep
    within them more surely than one does."""
    sums: dict[str, list[int | None]] = {}
    for row in rows:
        if row.exposure is not None:
            one = row.exposure
            cells = (*one.automatic, one.claim_driven_usdr, one.worst_usdr, one.kept_usdr)
            was = sums.get(row.origin, [0] * len(cells))
            sums[row.origin] = [
                None if old is None or new is None else old + new
                for old, new in zip(was, cells, strict=True)
            ]
    columns = (Column("post", Unit.POST), *(Column(name, Unit.USDR) for name in _COLUMNS))
    return Sheet(
        "exposure", query, columns, tuple((post, *cells) for post, cells in sorted(sums.items()))
    )


def _all(sheet: Sheet, name: str) -> Cell:
    """The sum of a column of whole numbers; None where one is not known, or there is none."""
    found = [cell for cell in sheet.column(name) if isinstance(cell, int)]
    return sum(found) if found and len(found) == len(sheet.rows) else None
