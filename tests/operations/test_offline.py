"""An office without a line: it quotes and records by its table, and is reconciled later."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import say, start
from hypothesis import given, settings
from hypothesis import strategies as st
from small_workspaces import small_workspace

from datecertain.errors import KeyReused, NotFound, TableRefused, UsageError
from datecertain.moments import format_date, parse_date, parse_utc
from datecertain.network import Network
from datecertain.operations.clock import FixedClock
from datecertain.operations.networks import publish_network
from datecertain.operations.offline import make_table, quote_by_table
from datecertain.operations.offline_journal import LineState, append, read_journal, record_offline
from datecertain.operations.promise_views import export_acceptances, list_promises, show_promise
from datecertain.operations.promising import record_promise
from datecertain.operations.quoting import quote_one
from datecertain.operations.reconciling import Reconciliation, by_code, reconcile
from datecertain.operations.workspaces import open_workspace
from datecertain.promise.asking import Ask
from datecertain.promise.quoting import Route
from datecertain.promise.recordings import Recording
from datecertain.wording import words
from worlds import SMALL, small_network, texts

ITEM, OTHER, THIRD = "EE000000005KR", "EE000000014KR", "EE000000028KR"
ROUTE = Route("KR", "03051", "US", "10001", contents="documents")
MORNING = FixedClock(parse_utc("2026-10-21T01:30Z"))
EVENING = FixedClock(parse_utc("2026-10-30T11:00Z"))


def recording(
    item: str = ITEM, told: str = "", at: str = "2026-10-21T10:00", **route: str
) -> Recording:
    ask = replace(Ask.at(ROUTE._replace(**route), at), weight_g=500)
    return Recording(
        ask, "counter-3", item, parse_date(told) if told else None, "SEL-1", 30000, "KRW"
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Head office, over the small world."""
    return small_workspace(tmp_path / "workspace")


@pytest.fixture
def table(tmp_path: Path, workspace: Path) -> Path:
    """The table of Seoul for ten days, as head office sends it."""
    path = tmp_path / "seoul.table"
    clock = FixedClock(parse_utc("2026-10-19T15:00Z"))
    made = make_table(("KR", "03051"), "2026-10-20", 10, path, clock, workspace=workspace)
    assert made["bytes"] == path.stat().st_size
    return path


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "seoul.journal"


def central(workspace: Path, journal: Path) -> Reconciliation:
    with open_workspace(workspace, write=True) as opened:
        return reconcile(opened, journal, EVENING, actor="head office")


def publish(workspace: Path, changes: dict[str, str], at: str) -> None:
    with open_workspace(workspace, write=True) as opened:
        publish_network(opened, Network.from_texts(texts(changes)), FixedClock(parse_utc(at)))


# --- quoting ------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_table_tells_the_date_and_says_what_it_does_not_know(
    table: Path, workspace: Path, lang: str
) -> None:
    ask = Ask.at(ROUTE, "2026-10-21T10:00")
    offline = quote_by_table(ask, words(lang), table)
    online = quote_one(ask, words(lang), workspace)
    steps = offline.pop("steps")
    del online["steps"]
    assert {name: offline[name] for name in online} == online
    assert offline["table"]["area"] == "KR-SEL"
    assert [step["step"] for step in steps] == ["table"]
    assert offline["table"]["table_id"] in steps[0]["text"]


def test_a_margin_is_said_offline_too(tmp_path: Path, workspace: Path) -> None:
    path = tmp_path / "tokyo.table"
    make_table(("JP", "100-0001"), "2026-11-20", 10, path, MORNING, workspace=workspace)
    ask = Ask.at(Route("JP", "1000001", "US", "10001"), "2026-11-24T12:00")
    told = quote_by_table(ask, words("en"), path)
    assert told["added_days"] == 1
    assert [step["step"] for step in told["steps"]] == ["buffer", "table"]


def test_quoting_by_a_table_needs_neither_stores_nor_engine(table: Path) -> None:
    script = (
        "import sys; from datecertain.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end\n"
        "heavy = {'sqlalchemy', 'duckdb', 'deltalake', 'pyarrow', 'alembic'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    asked = ["quote", "--from", "KR:03051", "--to", "US:10001", "--at", "2026-10-21T10:00",
             "--table", str(table)]  # fmt: skip
    done = subprocess.run([sys.executable, "-c", script, *asked], capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Guaranteed delivery date: Sat 24 Oct 2026.")


def test_an_expired_table_is_refused_with_what_to_do(table: Path, journal: Path) -> None:
    answer = say("quote", "--from", "KR:03051", "--to", "US:10001", "--at", "2026-10-30T00:00",
                 "--table", table)  # fmt: skip
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.endswith("fetch a new table; until then no date can be guaranteed\n")
    with pytest.raises(TableRefused, match="expired"):
        record_offline(recording(at="2026-10-30T00:00"), table, journal, MORNING)
    assert not journal.exists()
    with pytest.raises(NotFound, match="fetch the office's table"):
        quote_by_table(Ask.at(ROUTE, "2026-10-21T10:00"), words("en"), table.with_name("none"))


ASKED = (
    "promise", "record", "--from", "KR:03051", "--to", "US:10001", "--at", "2026-10-21T10:00",
    "--actor", "c3",
)  # fmt: skip


# --- the journal --------------------------------------------------------------------------------


def test_the_journal_keeps_what_was_told_once(table: Path, journal: Path) -> None:
    first = record_offline(recording(), table, journal, MORNING)
    assert record_offline(recording(), table, journal, EVENING) == first
    record_offline(recording(OTHER, "2026-10-23"), table, journal, MORNING)
    lines = read_journal(journal)
    assert [line.state for line in lines] == [LineState.WHOLE, LineState.WHOLE]
    assert format_date(lines[1].entry["given"]["told_on"]) == "2026-10-23"
    with pytest.raises(KeyReused, match="line 1"):
        record_offline(replace(recording(OTHER), key=first["key"]), table, journal, MORNING)


def entries(count: int) -> list[dict[str, object]]:
    return [{"key": f"k{n}", "recording": {"number": n}, "text": "서울"} for n in range(count)]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4), st.integers(0, 400), st.integers(0, 3))
def test_a_line_cut_off_anywhere_loses_no_other(
    tmp_path_factory: pytest.TempPathFactory, before: int, cut: int, more: int
) -> None:
    """The last line is cut off by a crash; those before it and those after it are whole."""
    path = tmp_path_factory.mktemp("cut") / "journal"
    for entry in entries(before):
        append(path, entry)
    data = path.read_bytes()
    last = data.rindex(b"\n", 0, -1) + 1 if before > 1 else 0
    kept = min(last + cut, len(data) - 1)  # never the whole line with its end
    path.write_bytes(data[:kept])
    torn = [line for line in read_journal(path) if line.state is LineState.TORN]
    whole = kept == len(data) - 1  # only its end is missing: nothing of it is lost
    assert len(torn) == (kept > last and not whole)
    for entry in entries(before + more)[before:]:
        append(path, entry)
    lines = read_journal(path)
    read = [line.entry["key"] for line in lines if line.entry]
    expected = [f"k{n}" for n in range(before + more) if n != before - 1 or whole]
    assert read == expected
    assert all(line.state is not LineState.AFTER_GAP for line in lines)


def test_a_changed_or_missing_line_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    for entry in entries(4):
        append(path, entry)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1].replace(b'"number": 1', b'"number": 7') + lines[3])
    states = [line.state for line in read_journal(path)]
    assert states == [LineState.WHOLE, LineState.UNREADABLE, LineState.AFTER_GAP]


@pytest.mark.slow
def test_a_counter_killed_while_it_records_loses_nothing_that_it_told(
    table: Path, journal: Path, tmp_path: Path
) -> None:
    """Real processes, killed at growing delays; what they reported stands in the journal."""
    reported: set[str] = set()
    asked = [*ASKED, "--table", table, "--journal", journal]
    for number in range(8):
        process = start([*asked, "--key", f"k{number}"])
        time.sleep(0.02 * number)
        process.send_signal(signal.SIGKILL)
        out, _ = process.communicate()
        if out.endswith("reconciled.\n"):
            reported.add(f"k{number}")
    whole = say(*asked, "--key", "last")
    assert whole.code == 0
    standing = {line.entry["key"] for line in read_journal(journal) if line.entry}
    assert standing >= reported | {"last"}


def test_two_counters_share_a_journal(table: Path, journal: Path) -> None:
    asked = [*ASKED, "--table", table, "--journal", journal]
    both = [start([*asked, "--key", f"k{n % 2}"]) for n in range(4)]
    for process in both:
        process.communicate()
    assert [process.wait() for process in both] == [0, 0, 0, 0]
    lines = read_journal(journal)
    assert {line.entry["key"] for line in lines} == {"k0", "k1"}
    assert [line.state for line in lines] == [LineState.WHOLE] * 2


# --- reconciling --------------------------------------------------------------------------------


def test_what_agrees_is_recorded_without_a_word_and_once(
    table: Path, journal: Path, workspace: Path
) -> None:
    record_offline(recording(), table, journal, MORNING)
    record_offline(recording(OTHER), table, journal, MORNING)
    first = central(workspace, journal)
    assert (first.lines, first.recorded, first.known, first.conflicts) == (2, 2, 0, ())
    state = promises_of(workspace)
    again = central(workspace, journal)
    assert (again.recorded, again.known, again.conflicts) == (0, 2, ())
    assert promises_of(workspace) == state
    record_offline(recording(THIRD), table, journal, EVENING)
    grown = central(workspace, journal)
    assert (grown.recorded, grown.known) == (1, 2)
    with open_workspace(workspace) as opened:
        shown = show_promise(opened, ITEM)
    assert (shown["made"], shown["made_at"]) == ("offline", "2026-10-21T01:30Z")
    assert shown["table_id"] == read_journal(journal)[0].entry["table"]["table_id"]
    assert shown["quote"]["en"]["steps"], "the whole network is here again"


def promises_of(workspace: Path) -> list[dict[str, object]]:
    with open_workspace(workspace) as opened:
        found = list_promises(opened).promises
        return [show_promise(opened, promise.promise_id) for promise in found]


SUSPENDED = {"lanes.csv": SMALL["lanes.csv"].rstrip() + "\nKR,US,suspended,2026-10-21,,,test\n"}
CLOSED = {
    "closures.csv": SMALL["closures.csv"].rstrip()
    + "\nKRSELB,outward,2026-10-20,2026-10-31,,Storm.,폭풍,test\n"
}


# what was published, when; told, made at -> conflicts. The small world stands from the 1st on.
CONFLICTS = """
-         -                 -          2026-10-21T01:30Z -
suspended 2026-10-21T01:00Z -          2026-10-21T01:30Z offline-guarantee-differs
suspended 2026-10-21T02:00Z -          2026-10-21T01:30Z -
closed    2026-10-21T01:30Z -          2026-10-21T01:30Z offline-date-differs
-         -                 2026-10-23 2026-10-21T01:30Z date-misquoted
-         -                 -          2026-10-29T14:59Z -
-         -                 -          2026-10-29T15:00Z offline-table-expired
-         -                 2026-10-23 2026-10-29T15:00Z date-misquoted,offline-table-expired
"""


@pytest.mark.parametrize("case", CONFLICTS.strip().splitlines())
def test_conflicts_are_listed_and_what_was_told_binds(
    tmp_path: Path, journal: Path, case: str
) -> None:
    what, published, told, made_at, expected = case.split()
    workspace, table = tmp_path / "head", tmp_path / "seoul.table"
    small_workspace(workspace)
    publish_small_on_the_first(workspace)
    make_table(("KR", "03051"), "2026-10-20", 10, table, MORNING, workspace=workspace)
    if what != "-":
        publish(workspace, SUSPENDED if what == "suspended" else CLOSED, published)
    clock = FixedClock(parse_utc(made_at))
    record_offline(recording(told="" if told == "-" else told), table, journal, clock)
    found = central(workspace, journal)
    assert ",".join(by_code(found)) == ("" if expected == "-" else expected)
    (promise,) = promises_of(workspace)
    assert promise["binding_on"] == ("2026-10-24" if told == "-" else told)
    assert promise["given"]["network_version"] == small_network().version  # type: ignore[index]
    assert central(workspace, journal).conflicts == found.conflicts


def publish_small_on_the_first(workspace: Path) -> None:
    """The fixture's clock stands in November: tell the records that it was October."""
    from sqlalchemy import update

    from datecertain.store.records import network_publications

    with open_workspace(workspace, write=True) as opened, opened.writing() as connection:
        connection.execute(update(network_publications).values(at=parse_utc("2026-10-01T00:00Z")))


def test_an_item_promised_twice_is_listed_and_the_earlier_date_is_handed_on(
    table: Path, journal: Path, workspace: Path
) -> None:
    with open_workspace(workspace, write=True) as opened:
        record_promise(opened, recording(), MORNING)
    record_offline(recording(told="2026-10-23", at="2026-10-21T10:05"), table, journal, MORNING)
    found = central(workspace, journal)
    assert by_code(found) == {"date-misquoted": 1, "offline-item-twice": 1}
    with open_workspace(workspace) as opened:
        data, _ = export_acceptances(opened, "2026-10")
        with pytest.raises(UsageError, match="2 promises that stand: give the id"):
            show_promise(opened, ITEM)
    (row,) = csv.DictReader(data.decode().splitlines())
    assert row["date_told"] == "2026-10-23"


def test_torn_and_changed_lines_are_reported_and_the_others_recorded(
    table: Path, journal: Path, workspace: Path
) -> None:
    for number in (ITEM, OTHER, THIRD):
        record_offline(recording(number), table, journal, MORNING)
    first, second, third = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(first + second.replace(b'"SEL-1"', b'"SEL-2"') + third + third[:100])
    found = central(workspace, journal)
    assert by_code(found) == {
        "journal-chain-broken": 1, "journal-line-torn": 1, "journal-line-unreadable": 1,
    }  # fmt: skip
    assert [one.position for one in found.conflicts] == ["line 2", "line 3", "line 4"]
    items = [promise["item_id"] for promise in promises_of(workspace)]
    assert items == [ITEM, THIRD]


def test_a_table_of_a_network_that_was_never_here_is_said(
    tmp_path: Path, journal: Path, workspace: Path
) -> None:
    other = small_workspace(tmp_path / "other")
    publish(other, {"lane_terms.csv": SMALL["lane_terms.csv"].rstrip() + "\nKR,US,1,,,test\n"},
            "2026-10-20T00:00Z")  # fmt: skip
    table = tmp_path / "strange.table"
    make_table(("KR", "03051"), "2026-10-20", 10, table, MORNING, workspace=other)
    record_offline(recording(), table, journal, MORNING)
    found = central(workspace, journal)
    assert by_code(found) == {"offline-date-differs": 1, "offline-version-unknown": 1}
    (promise,) = promises_of(workspace)
    assert promise["quote"] == {"en": None, "ko": None}
    with open_workspace(workspace) as opened:
        assert export_acceptances(opened, "2026-10")[1] == []


def test_a_label_made_offline_is_handed_over_later(
    table: Path, journal: Path, workspace: Path
) -> None:
    label = replace(recording(channel="label"), postage_minor=-1, currency="")
    record_offline(label, table, journal, MORNING)
    assert central(workspace, journal).conflicts == ()
    answer = say("promise", "possess", ITEM, "--at", "2026-10-23T09:00", "--actor", "c3",
                 "--postage", "30000", "--currency", "KRW", "-w", workspace, "--json")  # fmt: skip
    assert answer.json["binding_on"] == "2026-10-26"


def test_the_command_reconciles(table: Path, journal: Path, workspace: Path) -> None:
    for number in (ITEM, OTHER):
        done = say(*ASKED, "--item", number, "--table", table, "--journal", journal)
        assert done.out.startswith("2026-10-24 told by table")
    both = say(*ASKED, "--item", THIRD, "--table", table)
    assert (both.code, "needs both" in both.err) == (1, True)
    answer = say("promise", "reconcile", "--journal", journal, "--actor", "ho", "-w", workspace,
                 "--json")  # fmt: skip
    assert answer.code == 4, "the clock of the machine stands behind the table's expiry"
    assert answer.json["by_code"] == {"offline-table-expired": 2}
    assert answer.json["recorded"] == 2
    assert json.loads(answer.out) == answer.json
