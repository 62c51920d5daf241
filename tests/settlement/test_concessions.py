"""What was conceded is taken out of a closed month's target, and so booked back in the next."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from test_adjustments import DECEMBER as INTO
from test_adjustments import EXCUSED, IN_DECEMBER, LATE_ITEM, OTHER, corrections, settled

from datecertain.settlement import Period, Settlement, Statement, adjust
from datecertain.settlement.concessions import Concession, concession_of, without
from datecertain.settlement.journal import check_balanced, owed_between
from datecertain.settlement.life import Act, Event, standing
from datecertain.settlement.reasons import Kind, Reason

MONTH = settled(f"{LATE_ITEM}\n{OTHER}")
(STATEMENT,) = MONTH.statements


def conceded(line: int, item: str = "") -> Settlement:
    """The month as it would be without what was conceded."""
    return without(MONTH, [concession(STATEMENT, line, item)], MONTH.journal)


def concession(statement: Statement, line: int, item: str = "") -> Concession:
    creditor = statement.lines[line - 1].creditor
    by, other = ("US", "KR") if creditor == "KR" else ("KR", "US")
    events = [
        Event(Act.DISPUTED, by, line, item, 0, "ours"),
        Event(Act.CONCEDED, other, line, item, 1, "yes"),
    ]
    (dispute,) = standing(statement, events).disputes
    found = concession_of(statement, dispute)
    assert found is not None
    return found


def owed(journal: pa.Table, statement: Statement) -> int:
    rows = owed_between(journal).to_pylist()
    return sum(row["amount_usdr"] * (1 if row["creditor"] == statement.one else -1) for row in rows)


@pytest.mark.parametrize("line", range(1, len(STATEMENT.lines) + 1))
def test_a_conceded_line_is_owed_no_more(line: int) -> None:
    target = conceded(line)
    check_balanced(_entries(target.journal))
    one = STATEMENT.lines[line - 1]
    sign = 1 if one.creditor == STATEMENT.one else -1
    found = adjust(MONTH.journal, target, INTO, 1, conceded=True)
    assert owed(_with(found.lines), STATEMENT) == STATEMENT.net_usdr - sign * one.amount_usdr
    changes = corrections(found)
    what = f"adjustment.conceded.{one.reason.text}@2026-11"
    assert {reason for reason, *_ in changes} == {what}
    assert Reason.of(what).text == what
    back = [amount for _, _, owner, account, amount in changes
            if (owner, account) == (one.creditor, "posts.receivable")]  # fmt: skip
    assert sum(back) == -one.amount_usdr
    assert not len(adjust(_with(found.lines), target, INTO, 1).lines)  # once


def _entries(journal: pa.Table) -> pa.Table:
    """All lines as one entry."""
    place = journal.column_names.index("entry_id")
    return journal.set_column(place, journal.schema.field(place), pa.array([""] * len(journal)))


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


def test_an_item_that_the_verdicts_take_back_is_not_taken_back_twice() -> None:
    (performance,) = (line for line in STATEMENT.lines if line.reason.kind is Kind.PERFORMANCE)
    of_b = concession(STATEMENT, performance.number, "B")
    only_a = settled(LATE_ITEM)  # B is gone: it was not of this month after all
    assert without(only_a, [of_b], MONTH.journal).journal.equals(only_a.journal)


#: November settled with A at 60 % for the delivery leg; then A was late by the delivery alone.
WHOLE = LATE_ITEM.replace("export 40 delivery 60", "delivery 100")
FIRST = settled(LATE_ITEM)


def net(*journals: pa.Table) -> int:
    return owed(pa.concat_tables(journals), STATEMENT)


@pytest.mark.parametrize(
    ("was", "later", "now"),
    [
        (WHOLE, WHOLE, LATE_ITEM),  # charged more, conceded: as it was
        (WHOLE, LATE_ITEM, LATE_ITEM),  # and then the verdict itself went back: not twice
        (WHOLE, EXCUSED, EXCUSED),  # or nothing is owed any more: a correction of its own
        (EXCUSED, EXCUSED, LATE_ITEM),  # taken back, conceded: it stands
        (EXCUSED, WHOLE, WHOLE),  # and then the verdict said more
    ],
)
def test_a_conceded_correction_leaves_the_item_as_it_was_before(
    was: str, later: str, now: str
) -> None:
    recourse = "recourse.delivery"
    correction = adjust(FIRST.journal, settled(was), INTO, 1)
    december = settled(IN_DECEMBER, INTO, correction)
    books = pa.concat_tables([FIRST.journal, correction.lines])
    (statement,) = december.statements
    (line,) = (
        one for one in statement.lines if one.reason.text == f"adjustment.{recourse}@2026-11"
    )
    said = [concession(statement, line.number)]
    assert (said[0].of, said[0].stated_in) == ("2026-11", "2026-12")
    january = Period.month("2027-01")
    back = adjust(books, without(settled(was), said, books), january, 1, conceded=True)
    assert {row["reason"] for row in back.lines.to_pylist()} == {
        f"adjustment.conceded.{recourse}@2026-11"
    }
    signed = line.amount_usdr if line.creditor == "KR" else -line.amount_usdr
    assert net(back.lines) == -signed
    books = pa.concat_tables([books, back.lines])
    again = adjust(books, without(settled(later), said, books), Period.month("2027-02"), 1)
    books = _about(pa.concat_tables([books, again.lines]), recourse)
    assert net(books) == net(_about(settled(now).journal, recourse))


def _about(journal: pa.Table, reason: str) -> pa.Table:
    return journal.filter(pc.match_substring(journal["reason"], reason))


def test_a_conceded_correction_of_a_list_is_owed_no_more_than_before() -> None:
    correction = adjust(FIRST.journal, settled(EXCUSED), INTO, 1)
    december = settled(IN_DECEMBER, INTO, correction)
    (statement,) = december.statements
    (line,) = (one for one in statement.lines if one.reason.kind is Kind.PERFORMANCE
               and one.reason.settled)  # fmt: skip
    books = pa.concat_tables([FIRST.journal, correction.lines])
    said = [concession(statement, line.number)]
    target = without(settled(EXCUSED), said, books)
    performance = net(_about(FIRST.journal, "performance."))
    assert net(_about(target.journal, "performance.")) == performance
    # The verdict goes back by itself: nothing is left to concede.
    assert without(FIRST, said, books).journal.equals(FIRST.journal)
