"""Statements from provisional to accepted by the command line, the partner's file compared with
one's own, and a closed month corrected in the next one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from command_line import say
from month_of_mail import CLOCK, PERIOD, Month
from small_workspaces import notice_file

from datecertain.access import keeper
from datecertain.errors import StoreDamaged, UsageError
from datecertain.moments import parse_utc
from datecertain.operations import audit
from datecertain.operations.clock import FixedClock
from datecertain.operations.closing import finalise
from datecertain.operations.correcting import corrections_of
from datecertain.operations.demonstrating import month_plan, write_month
from datecertain.operations.ingesting import ingest
from datecertain.operations.judging import judge_period
from datecertain.operations.month_inputs import month_inputs
from datecertain.operations.settling import settle_month
from datecertain.operations.statements import is_closed, list_statements, say_of_statement
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement import Period, bundled_tariff
from datecertain.settlement.journal import owed_between
from datecertain.settlement.life import Act
from datecertain.store import settlement_records as tables
from datecertain.store.access_book import AccessBook
from datecertain.store.records import runs

Copy = Callable[[Path], Path]
PAIR = "JP-KR"


@pytest.fixture
def settled(month: Month, workspace: Copy) -> Path:
    return workspace(month.settled)


def asked(folder: Path, *words: str) -> Any:
    answer = say("statement", *words, "--period", PERIOD, "--pair", PAIR, "-w", folder, "--json")
    assert (answer.code, answer.err) == (0, "")
    return answer.json


def close(folder: Path) -> None:
    with open_workspace(folder, write=True) as opened:
        finalise(opened, PERIOD, "both agreed by letter", CLOCK)


def test_contested_answered_and_accepted_in_part(settled: Path) -> None:
    first = asked(settled, "show")
    assert first["state"] == "provisional"
    contested = asked(settled, "dispute", "--by", "JP", "--line", "1", "--reason", "our scan")
    assert contested["disputes"][0]["state"] == "disputed"
    asked(settled, "answer", "--by", "KR", "--line", "1", "--maintain", "--reason", "ours too")
    close(settled)
    refused = say("statement", "accept", "--period", PERIOD, "--pair", PAIR, "--by", "KR",
                  "-w", settled)  # fmt: skip
    assert refused.code == 1
    assert "--in-part" in refused.err
    accepted = asked(settled, "accept", "--by", "KR", "--in-part", "--actor", "kim")
    assert [one["account"] for one in accepted["said"]] == ["keeper", "keeper", None, "kim"]
    with AccessBook(settled) as book:
        told = [(str(one.phase), one.who, one.action, one.subject)
                for one in audit.trail(book, keeper(), 0, 100)][-2:]  # fmt: skip
    named = ("kim", "statement accept", f"{PERIOD} {PAIR}")
    assert told == [("intent", *named), ("done", *named)]
    last = asked(settled, "accept", "--by", "JP", "--in-part")
    assert (last["state"], last["accepted_by"]) == ("accepted_in_part", ["KR", "JP"])
    line = last["lines"][0]
    sign = 1 if line["creditor"] == "JP" else -1
    assert last["due_usdr"] == last["net_usdr"] - sign * line["amount_usdr"]
    listed = say("statement", "list", "-w", settled).out
    assert "accepted in part" in listed
    told = say("statement", "show", "--period", PERIOD, "--pair", PAIR, "-w", settled,
               "--lang", "ko").out  # fmt: skip
    assert "원안 유지" in told


def test_it_can_be_contested_until_a_moment_that_is_told(settled: Path) -> None:
    with (
        open_workspace(settled, write=True) as opened,
        pytest.raises(UsageError, match="can be contested until 2026-12-14"),
    ):
        finalise(opened, PERIOD, "", CLOCK)
    with open_workspace(settled, write=True) as opened:
        later = FixedClock(parse_utc("2026-12-14T06:00Z"))
        assert finalise(opened, PERIOD, "", later) == len(list_statements(opened, PERIOD))
        assert finalise(opened, PERIOD, "", later) == 0


def test_the_partners_file_is_the_same_or_told_line_by_line(settled: Path, tmp_path: Path) -> None:
    files = asked(settled, "export", "--to", str(tmp_path))
    text = Path(files["statement"]).read_bytes()
    assert hashlib.sha256(text).hexdigest() == files["sha256"]
    same = say("statement", "import", files["statement"], "-w", settled)
    assert same.code == 0
    assert "Every line and every item is the same." in same.out

    document = json.loads(text)
    line = next(row for row in document["lines"] if row["reason"].startswith("performance."))
    line["item_keys"].pop()
    gone = line["item_ids"].pop()
    line["amount"] -= line["each"]
    document["gross"][line["creditor"]] -= line["each"]
    one, other = document["pair"]
    net = document["gross"][one] - document["gross"][other]
    document["net"] = {one: net, other: -net}
    changed = tmp_path / "theirs.json"
    changed.write_text(
        json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")), "utf-8"
    )
    other_file = say("statement", "import", changed, "-w", settled)
    assert other_file.code == 4
    assert f"1 items only in ours: {gone}" in other_file.out
    changed.write_bytes(changed.read_bytes().replace(b'"amount":', b'"amount":1', 1))
    assert say("statement", "import", changed, "-w", settled).code == 1


def test_the_database_refuses_to_change_a_statement_or_what_was_said(settled: Path) -> None:
    asked(settled, "dispute", "--by", "JP", "--line", "1", "--reason", "our scan")
    for table in (tables.statements, tables.statement_events, tables.payments):
        for change in (table.update().values(owner="KR"), table.delete()):
            with (
                open_workspace(settled, write=True) as opened,
                pytest.raises(Exception, match="never changed or deleted"),
                opened.writing() as connection,
            ):
                connection.execute(change)


def test_a_closed_month_is_corrected_in_the_next_one(settled: Path, tmp_path: Path) -> None:
    close(settled)
    before = asked(settled, "show")
    following = month_plan("2026-11", 60, 7)
    write_month(following, tmp_path / "next")
    clock = FixedClock(following.closing_at)
    storm = notice_file(
        b"STORM-9,JP,,,2026-10-01T00:00Z,2026-11-20T00:00Z,2026-10-01T02:00Z,Storm,"
        + "폭풍".encode() + b",test"
    )  # fmt: skip
    (tmp_path / "next" / "mailbox" / "storm.csv").write_bytes(storm)
    with open_workspace(settled, write=True) as opened:
        ingest(opened, tmp_path / "next" / "mailbox", clock)
        for period in (PERIOD, "2026-11"):
            judge_period(opened, period, following.closing_at, clock)
        again = settle_month(opened, PERIOD, clock)
        assert (again.closed, again.journal_lines) == (True, 0)
        report = settle_month(opened, "2026-11", clock)
        assert report.corrected == (PERIOD,)
        assert settle_month(opened, "2026-11", clock).already_done
        with opened.reading() as view:
            assert is_closed(view.connection, PERIOD)
            assert not is_closed(view.connection, "2026-11")
    assert asked(settled, "show") == before
    with open_workspace(settled) as opened:
        reasons = {
            line.reason.text
            for one in list_statements(opened, "2026-11")
            for line in one.statement.lines
        }
    assert any(reason.endswith(f"@{PERIOD}") for reason in reasons)
    assert say("journal", "verify", "-w", settled).code == 0
    correction_conceded(settled, clock)


def correction_conceded(folder: Path, clock: FixedClock) -> None:
    """A correction of October on November's statement is conceded: the month after takes it back,
    without new verdicts, in October's books and in an entry that says so."""
    november = "2026-11"
    with open_workspace(folder, write=True) as opened:
        one, line = next(
            (one, line)
            for one in list_statements(opened, november)
            for line in one.statement.lines
            if line.reason.settled
        )
        for act, post in ((Act.DISPUTED, line.debtor), (Act.CONCEDED, line.creditor)):
            say_of_statement(
                opened, november, one.pair, act, post, "no storm", clock, (line.number,)
            )
        finalise(opened, november, "agreed", clock)
        given = month_inputs(opened, november, journeys=False)
        into = replace(given, period=Period.month("2026-12"))
        found = corrections_of(
            opened, [PERIOD, november], into, bundled_tariff(), clock.now()
        )  # fmt: skip
    (adjustment,) = found.adjustments
    what = f"adjustment.conceded.{line.reason.plain}@{PERIOD}"
    assert (adjustment.settled.name, set(adjustment.lines["reason"].to_pylist())) == (
        PERIOD, {what},
    )  # fmt: skip
    rows = owed_between(adjustment.lines).to_pylist()
    assert {(row["creditor"], row["debtor"]) for row in rows} == {(line.debtor, line.creditor)}
    assert sum(row["amount_usdr"] for row in rows) == line.amount_usdr
    (said,) = found.corrected
    assert (said.stated.statement_id, said.dispute.line) == (one.statement_id, line.number)


def test_a_closed_month_is_not_reckoned_again_while_nothing_of_it_changed(settled: Path) -> None:
    close(settled)
    with open_workspace(settled, write=True) as opened:
        given = month_inputs(opened, PERIOD, journeys=False)
        into, now = replace(given, period=Period.month("2026-11")), CLOCK.now()
        tariff = bundled_tariff()
        reckoned_by_hand = corrections_of(opened, [PERIOD], into, tariff, now)
        assert reckoned_by_hand.adjustments == []
        # Its verdicts cannot be read any more, and nobody asks for them ...
        for file in (settled / "facts" / "verdicts").rglob("*.parquet"):
            file.unlink()
        again = corrections_of(opened, [PERIOD], into, tariff, now)
        assert again == reckoned_by_hand
        # ... until something that decides what it comes to is another.
        with opened.writing() as connection:
            connection.execute(sa.delete(runs).where(runs.c.operation == "settle"))
        with pytest.raises(StoreDamaged):
            corrections_of(opened, [PERIOD], into, tariff, now)
