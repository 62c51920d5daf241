"""Settlement: what posts owe each other, from verdicts to payments (req 41-48, 73, 76).

    tariff = bundled_tariff()
    period = Period.month("2026-11")
    events = performance_events(tariff, period, sent_by_rules(event_times))
    settlement = settle_period(network, verdicts, items, events, period, tariff, booked_at=now)
    settlement.journal, settlement.statements, settlement.netting.payments, settlement.totals

Later, for a settled period whose verdicts have changed:

    again = settle_period(network, verdicts_now, items, events, settled, tariff, booked_at=now)
    adjustment = adjust(books, again, into=period, booked_at=now)
    settle_period(..., period, tariff, booked_at=now, adjustments=[adjustment])

Accounts and signs: `journal`; the statement's content: docs/reference/settlement.md.
"""

from __future__ import annotations

from datecertain.settlement.adjustments import Adjustment
from datecertain.settlement.charges import JOURNEYS, Charge
from datecertain.settlement.differences import LineChange, difference
from datecertain.settlement.explaining import explain_item, explain_performance, reason_label
from datecertain.settlement.journal import JOURNAL, JournalEntry, check_balanced, entries_of
from datecertain.settlement.measures import (
    EVENT_TIMES,
    PERFORMANCE_EVENTS,
    SENT,
    performance_events,
    sent_by_rules,
)
from datecertain.settlement.netting import Method, Netting, Payment, net
from datecertain.settlement.performance import Performance, PerformanceLine
from datecertain.settlement.periods import Period
from datecertain.settlement.recourse import PARTS, RECOURSE
from datecertain.settlement.rendering import items_csv, lines_csv, statement_text
from datecertain.settlement.settling import (
    Reckoned,
    Settlement,
    Totals,
    adjust,
    of_period,
    reckon,
    refund,
    settle_period,
)
from datecertain.settlement.statements import (
    ITEMS_BEHIND,
    Statement,
    StatementLine,
    items_behind,
)
from datecertain.settlement.tariff_files import bundled_tariff, bundled_tariffs, load_tariff
from datecertain.settlement.tariffs import Tariff
from datecertain.settlement.what_if import (
    ITEM_CHANGES,
    OWED,
    PostChange,
    changes_per_post,
    item_changes,
    owed_by,
)

__all__ = [
    "EVENT_TIMES", "ITEMS_BEHIND", "ITEM_CHANGES", "JOURNAL", "JOURNEYS", "OWED", "PARTS",
    "PERFORMANCE_EVENTS", "RECOURSE", "SENT", "Adjustment", "Charge", "JournalEntry", "LineChange",
    "Method", "Netting", "Payment", "Performance", "PerformanceLine", "Period", "PostChange",
    "Reckoned", "Settlement", "Statement", "StatementLine", "Tariff", "Totals", "adjust",
    "bundled_tariff", "bundled_tariffs", "changes_per_post", "check_balanced", "difference",
    "entries_of", "explain_item", "explain_performance", "item_changes", "items_behind",
    "items_csv", "lines_csv", "load_tariff", "net", "of_period", "owed_by", "performance_events",
    "reason_label", "reckon", "refund", "sent_by_rules", "settle_period", "statement_text",
]  # fmt: skip
