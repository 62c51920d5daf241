"""Report cards and volumes as plain data."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from datecertain.moments import format_date
from datecertain.quality import MonthFigures, month_rows
from datecertain.quality.cards import Card, Cards


def cards_as_json(found: Cards, by: str) -> dict[str, Any]:
    """Report cards as a program reads them."""
    asked = found.asked
    return {
        "by": by, "from": format_date(asked.first_day), "to": format_date(asked.last_day),
        "target": asked.target_ppm / 1_000_000, "confidence": asked.confidence,
        "accuracy": asked.accuracy, "ranked": found.ranked, "change_p": found.change_p,
        "cards": [_card(one, found) for one in found.cards],
    }  # fmt: skip


def _card(one: Card, found: Cards) -> dict[str, Any]:
    plain = asdict(one)
    plain["on_time"] = plain.pop("good")
    plain["share"] = one.share
    plain["change_on"] = None if one.change_on is None else format_date(one.change_on)
    for name in ("change", "trend"):
        told = getattr(one, name)
        if told is not None:
            plain[name]["told"] = told.p <= found.change_p
    return plain


def lanes_plain(figures: MonthFigures) -> list[dict[str, Any]]:
    """A row for each lane of a month, days as dates."""
    return [
        {name: value.isoformat() if isinstance(value, date) else value
         for name, value in row.items()}
        for row in month_rows(figures).to_pylist()
    ]  # fmt: skip


def lanes_csv(figures: MonthFigures) -> str:
    """The same as CSV."""
    rows = month_rows(figures)
    lines = [",".join(rows.column_names)]
    for row in rows.to_pylist():
        lines.append(",".join("" if value is None else str(value) for value in row.values()))
    return "\n".join(lines) + "\n"
