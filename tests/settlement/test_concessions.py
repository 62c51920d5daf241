"""What was conceded is taken out of a closed month's target, and so booked back in the next."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest
from test_adjustments import DECEMBER as INTO
from test_adjustments import LATE_ITEM, OTHER, corrections, settled

from datecertain.settlement import Settlement, Statement, adjust
from datecertain.settlement.concessions import concession_of, without
from datecertain.settlement.journal import check_balanced, owed_between
from datecertain.settlement.life import Act, Event, standing

MONTH = settled(f"{LATE_ITEM}\n{OTHER}")
(STATEMENT,) = MONTH.statements


def conceded(line: int, item: str = "") -> Settlement:
    """The month as it would be without what was conceded."""
    creditor = STATEMENT.lines[line - 1].creditor
    by, other = ("US", "KR") if creditor == "KR" else ("KR", "US")
    events = [
        Event(Act.DISPUTED, by, line, item, 0, "ours"),
        Event(Act.CONCEDED, other, line, item, 1, "yes"),
    ]
    (dispute,) = standing(STATEMENT, events).disputes
    concession = concession_of(STATEMENT, dispute)
    assert concession is not None
    return replace(MONTH, journal=without(MONTH.journal, [concession]))


def owed(month: Settlement, statement: Statement) -> int:
    rows = owed_between(month.journal).to_pylist()
    return sum(row["amount_usdr"] * (1 if row["creditor"] == statement.one else -1) for row in rows)


@pytest.mark.parametrize("line", range(1, len(STATEMENT.lines) + 1))
def test_a_conceded_line_is_owed_no_more(line: int) -> None:
    target = conceded(line)
    check_balanced(target.journal)
    one = STATEMENT.lines[line - 1]
    sign = 1 if one.creditor == STATEMENT.one else -1
    assert owed(target, STATEMENT) == STATEMENT.net_usdr - sign * one.amount_usdr
    found = adjust(MONTH.journal, target, INTO, 1)
    changes = corrections(found)
    assert {reason for reason, *_ in changes} == {f"adjustment.{one.reason.text}@2026-11"}
    back = [amount for _, _, owner, account, amount in changes
            if (owner, account) == (one.creditor, "posts.receivable")]  # fmt: skip
    assert sum(back) == -one.amount_usdr
    assert not len(adjust(_with(found.lines), target, INTO, 1).lines)  # once


def _with(lines: pa.Table) -> pa.Table:
    return pa.concat_tables([MONTH.journal, lines])


def test_of_one_item_only_its_part_is_taken_back() -> None:
    by_reason = {line.reason.text: line.number for line in STATEMENT.lines}
    recourse = conceded(by_reason["recourse.delivery"], "A")
    (entry,) = {row[1] for row in corrections(adjust(MONTH.journal, recourse, INTO, 1))}
    assert entry == "A"
    performance = by_reason["performance.KR-US"]
    each = STATEMENT.lines[performance - 1].each_usdr
    changes = corrections(adjust(MONTH.journal, conceded(performance, "B"), INTO, 1))
    assert each in {amount for *_, amount in changes}
