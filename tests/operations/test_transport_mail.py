"""Transport messages taken in: receptacles, the items in them, flights and carriers' statuses
become facts, once, whatever happens to the mail (all messages are invented)."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

import pytest
from canonical_state import rows_of
from command_line import command, say
from mail_bags import Mailbox
from month_of_mail import CLOCK
from small_workspaces import small_workspace, take_in_files
from test_replaying import put_right, replayed, waiting, without_america

import transport_cases as cases
from datecertain.messages import transport_profiles
from datecertain.moments import format_utc
from datecertain.operations.ingesting import ingest
from datecertain.operations.tables import TRANSPORT_TABLES
from datecertain.operations.workspaces import open_workspace
from datecertain.store import records
from forked_processes import Forked, run_forked
from thorough import often

#: The cases fly to Sydney by Hong Kong; the small world has New York and Tokyo. New York's clocks
#: are behind UTC: what is local there is another day in Seoul.
_HERE = {
    "AUSYDB": "USJFKA", "J1CAUA": "J1CUSA", "+SYD'": "+JFK'", "+HKG'": "+NRT'", "?+11:": "-05:",
}  # fmt: skip


def here(text: str) -> str:
    """A case moved to the small world."""
    for there, name in _HERE.items():
        text = text.replace(there, name)
    return text


FIRST, SECOND, OTHER = here(cases.FIRST), here(cases.SECOND), here(cases.OTHER)


def mail(kind: str, *bodies: str, sender: str = "J1CKRA", recipient: str = "J1CUSA",
         reference: str = "REF0000000001") -> bytes:  # fmt: skip
    """An interchange of the cases between two parties, under a reference."""
    data = here(cases.interchange(kind, *bodies, sender=sender).decode("latin-1"))
    data = data.replace(f"+{sender}+J1CUSA+", f"+{sender}+{recipient}+").replace(
        "REF0000000001", reference
    )
    return data.encode("latin-1")


PREDES = mail("PREDES", cases.PREDES, reference="P1")
RESDES = mail("RESDES", cases.RESDES, sender="J1CUSA", recipient="J1CKRA", reference="R1")
CARDIT = mail("CARDIT", cases.CARDIT, recipient="CXCARGO", reference="C1")
RESDIT = mail(
    "RESDIT", cases.UPLIFTED, cases.HANDED_OVER, sender="CXCARGO", recipient="J1CKRA",
    reference="S1",
)  # fmt: skip
BAG: Mailbox = {"p.edi": PREDES, "r.edi": RESDES, "c.edi": CARDIT, "s.edi": RESDIT}
_RUN_ONLY = ("batch_id", "received_at")


def stored(folder: Path, name: str) -> list[dict[str, Any]]:
    """The rows of a facts table."""
    with open_workspace(folder) as opened:
        rows: list[dict[str, Any]] = opened.facts(name).arrow().to_pylist()
    return rows


def all_stored(folder: Path, *but: str) -> list[str]:
    """All rows of transport facts, each as a line, without what tells one run from another."""
    found = []
    for name in TRANSPORT_TABLES:
        for row in stored(folder, name):
            kept = {key: value for key, value in row.items() if key not in (*_RUN_ONLY, *but)}
            found.append(f"{name} {sorted(kept.items(), key=str)}")
    return sorted(found)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_workspace(tmp_path / "w")


def counted(report: object) -> tuple[int, ...]:
    return tuple(getattr(report, name) for name in ("receptacles", "contained", "legs",
                                                    "carrier_events"))  # fmt: skip


def test_all_that_was_told_becomes_facts(folder: Path, tmp_path: Path) -> None:
    report = take_in_files(folder, tmp_path / "mail", BAG)
    # PREDES 2, RESDES 3, CARDIT 2; three items; two booked flights and one that left, with two
    # receptacles; statuses of two receptacles, and of one.
    assert counted(report) == (7, 3, 4, 3)
    assert report.interchanges == 4
    assert report.quarantined == 0
    assert len(all_stored(folder)) == 17
    assert {row["item_id"]: row["receptacle"] for row in stored(folder, "contained")} == {
        cases.ONE: FIRST, cases.TWO: FIRST, cases.THREE: SECOND,
    }  # fmt: skip


def test_local_times_are_resolved_by_their_place(folder: Path, tmp_path: Path) -> None:
    take_in_files(folder, tmp_path / "mail", BAG)

    def moment(row: Mapping[str, Any], name: str) -> tuple[str, str]:
        return format_utc(row[f"{name}_at"]), row[f"{name}_offset_source"]

    came = [row for row in stored(folder, "receptacles") if row["checked_at"] is not None]
    checked = {row["receptacle"]: moment(row, "checked") for row in came}
    # One states its offset (UTC-5), the other is on the clock of New York: UTC-5 in November.
    assert checked == {
        FIRST: ("2026-11-21T08:45Z", "stated"), OTHER: ("2026-11-21T08:50Z", "office"),
    }  # fmt: skip
    statuses = {(row["code"], row["receptacle"]): moment(row, "event")
                for row in stored(folder, "carrier_events")}  # fmt: skip
    assert statuses["24", FIRST] == ("2026-11-20T00:21Z", "office")  # 09:21 in Seoul
    assert statuses["21", FIRST] == ("2026-11-21T08:10Z", "office")  # 03:10 in New York
    (second,) = [row for row in stored(folder, "legs") if row["leg"] == 2]
    assert format_utc(second["planned_departure_at"]) == "2026-11-20T10:00Z"  # 19:00 in Tokyo
    assert second["planned_arrival_at"] is None  # a date without a time


def test_whose_it_is_and_who_may_see_it(folder: Path, tmp_path: Path) -> None:
    take_in_files(folder, tmp_path / "mail", BAG)
    owners = {(row["kind"], row["sender"], row["owner"], row["audience"])
              for row in stored(folder, "receptacles")}  # fmt: skip
    assert owners == {
        ("advised", "KR", "KR", "KR+US"), ("consigned", "KR", "KR", "KR"),
        ("received", "US", "US", "KR+US"), ("missing", "US", "US", "KR+US"),
        ("excess", "US", "US", "KR+US"),
    }  # fmt: skip
    names = ("sender", "owner", "audience", "transmitted_at")
    statuses = {tuple(row[name] for name in names) for row in stored(folder, "carrier_events")}
    assert statuses == {("CXCARGO", "KR", "KR", None)}
    (sent,) = {row["transmitted_at"] for row in stored(folder, "contained")}
    assert format_utc(sent) == "2026-11-19T17:10Z"  # 02:10 in Seoul


def test_the_same_again_counts_once(folder: Path, tmp_path: Path) -> None:
    """The same file under another name; the same interchange in another file, beside a new one;
    and all of it in another order."""
    take_in_files(folder, tmp_path / "first", BAG)
    before = all_stored(folder)
    again = take_in_files(folder, tmp_path / "second", {"x.edi": PREDES})
    assert (again.files_known, counted(again)) == (1, (0, 0, 0, 0))
    more = mail("PREDES", cases.PREDES.replace(cases.THREE, cases.ONE), reference="P2")
    report = take_in_files(folder, tmp_path / "third", {"y.edi": PREDES + more + PREDES})
    assert (report.interchanges_repeated, counted(report)) == (2, (2, 3, 0, 0))
    assert len(all_stored(folder)) == len(before) + 5
    assert set(before) < set(all_stored(folder))
    other = small_workspace(tmp_path / "other")
    for name in sorted(BAG, reverse=True):
        take_in_files(other, tmp_path / f"one-{name}", {name: BAG[name]})
    assert all_stored(other) == before


def test_a_reference_used_for_something_else_is_set_aside(folder: Path, tmp_path: Path) -> None:
    take_in_files(folder, tmp_path / "first", BAG)
    before = all_stored(folder)
    changed = mail("PREDES", cases.PREDES.replace("12.3", "12.4"), reference="P1")
    report = take_in_files(folder, tmp_path / "second", {"x.edi": changed})
    assert (report.findings, report.quarantined) == ({"interchange-conflict": 1}, 1)
    assert rows_of(folder, records.quarantine)[0]["raw"] == changed
    assert all_stored(folder) == before


def test_a_test_interchange_tells_nothing(folder: Path, tmp_path: Path) -> None:
    test = PREDES.replace(b"++PREDES'", b"++PREDES++++1'")
    assert test != PREDES
    take_in_files(folder, tmp_path / "mail", {"t.edi": test})
    assert all_stored(folder) == []


def test_a_place_that_nobody_knows_keeps_its_time_as_stated(folder: Path, tmp_path: Path) -> None:
    """Three letters are an airport, and of an airport no country can be told."""
    body = cases.HANDED_OVER.replace("+SYD'", "+USX'")
    data = mail("RESDIT", body, sender="CXCARGO", recipient="J1CKRA")
    report = take_in_files(folder, tmp_path / "mail", {"s.edi": data})
    assert report.findings == {"place-unknown": 1}
    (row,) = stored(folder, "carrier_events")
    assert (row["place"], row["event_min"], row["event_at"]) == ("USX", 190, None)


def test_what_is_told_before_it_can_have_happened(folder: Path, tmp_path: Path) -> None:
    """Of a post more than a day ahead of its message; of a carrier, whose clock is not known, a day
    more than any clock allows."""
    body = cases.RESDES.replace("202611210350", "202611220401")
    late = cases.HANDED_OVER.replace("2611210310", "2611221700")
    bag = {
        "r.edi": mail("RESDES", body, sender="J1CUSA", recipient="J1CKRA"),
        "s.edi": mail("RESDIT", late, sender="CXCARGO", recipient="J1CKRA"),
    }
    report = take_in_files(folder, tmp_path / "mail", bag)
    assert report.findings["event-in-future"] == 2
    assert sorted(row["receptacle"] for row in stored(folder, "receptacles")) == [FIRST, SECOND]
    assert stored(folder, "carrier_events") == []
    asides = rows_of(folder, records.quarantine)
    assert sorted(str(row["position"]).split(", ")[1] for row in asides) == [
        f"receptacle {OTHER}", f"status 21 of {FIRST} KRSEL260000777",
    ]  # fmt: skip


def test_a_recipient_that_the_network_learns(tmp_path: Path) -> None:
    """Between posts both must be known; what was set aside row by row is used after the fix."""
    right = small_workspace(tmp_path / "right")
    take_in_files(right, tmp_path / "mail", BAG)
    late = without_america(tmp_path / "late")
    report = take_in_files(late, tmp_path / "mail", BAG)
    assert counted(report) == (2, 0, 4, 3)  # what passed between Korea and the carrier
    assert set(waiting(late)) == {"recipient-unknown", "sender-unknown"}
    assert report.quarantined == len(waiting(late)) == 8
    assert replayed(late).replayed == 0
    done = replayed(put_right(late))
    assert (done.replayed, done.transport, done.waiting) == (8, 8, {})
    assert all_stored(late) == all_stored(right)
    assert replayed(late).parts == 0
    assert all_stored(late) == all_stored(right)


def test_a_layout_that_is_learnt(tmp_path: Path) -> None:
    """Of the message that no layout read, what is good is used, the bad number set aside anew."""
    body = cases.PREDES.replace(f"S10:{cases.TWO}", "S10:EE000000013KR")
    strange = mail("PREDES", body).replace(b"PREDES:2:1:ZZ:DC1", b"PREDES:9:9:ZZ:NEW")
    folder = small_workspace(tmp_path / "w")
    take_in_files(folder, tmp_path / "mail", {"p.edi": strange})
    assert waiting(folder) == ["layout-unknown"]
    assert replayed(folder).waiting == {"layout-unknown": 1}
    text = (files("datecertain.messages") / "layouts" / "house" / "predes.toml").read_text("utf-8")
    text = text.replace('"PREDES:2:1:ZZ:DC1"', '"PREDES:9:9:ZZ:NEW"')
    learnt = transport_profiles().with_more([text.replace('"house-predes"', '"test-new"')])
    done = replayed(folder, profiles=learnt)
    assert (done.replayed, done.transport, done.set_aside) == (1, 4, 1)
    assert {row["item_id"] for row in stored(folder, "contained")} == {cases.ONE, cases.THREE}
    assert waiting(folder) == ["item-check-digit"]
    again = replayed(folder, profiles=learnt)
    assert (again.replayed, again.waiting) == (0, {"item-check-digit": 1})
    assert len(all_stored(folder)) == 4


def test_the_summary_and_its_counts(folder: Path, tmp_path: Path) -> None:
    take = ("ingest", tmp_path / "mail", "-w", folder)
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "p.edi").write_bytes(PREDES)
    told = say(*take)
    assert (told.code, told.err) == (0, "")
    assert "2 times a receptacle, 3 items in them, 0 flights, 0 carrier statuses." in told.out
    (tmp_path / "mail" / "c.edi").write_bytes(CARDIT)
    counts = say(*take, "--json").json
    assert (counts["receptacles"], counts["contained"], counts["legs"]) == (2, 0, 2)


@pytest.mark.slow
def test_killed_at_any_moment(tmp_path: Path) -> None:
    """As before a commit or as after it, never between; run again, it ends as undisturbed."""
    chance = Random("transport -9")
    bag = {}
    for number in range(60):
        dispatch = f"{number + 100:04d}"
        body = cases.PREDES.replace("EN60017", f"EN6{dispatch}")
        name = f"{number:03d}.edi"
        bag[name] = mail("PREDES", body, reference=f"P{number:05d}")
    made = small_workspace(tmp_path / "made")
    whole = Path(shutil.copytree(made, tmp_path / "whole"))
    take_in_files(whole, tmp_path / "mail", bag)
    after = all_stored(whole)
    assert len(after) == 60 * 5
    words = [*command("ingest", tmp_path / "mail", "-w")]
    takes_s = float("inf")
    for name in ("first", "timed"):  # the first one may have to compile what reads
        timed = shutil.copytree(made, tmp_path / name)
        takes_s = min(takes_s, run_forked([*words, str(timed)]))
    killed = 0
    folder = Path(shutil.copytree(made, tmp_path / "killed"))
    for _ in range(often(20)):
        if killed == often(3):
            break
        process = Forked([*words, str(folder)])
        time.sleep(chance.uniform(0.5, 1.0) * takes_s)
        process.kill()
        process.end()
        killed += process.returncode == -9
        assert all_stored(folder) in ([], after)
        if all_stored(folder):
            shutil.rmtree(folder)
            folder = Path(shutil.copytree(made, folder))
    assert killed == often(3)
    run_forked([*words, str(folder)])
    assert all_stored(folder) == after


def test_cut_off_between_two_commits(folder: Path, tmp_path: Path) -> None:
    """A run that ends after its first commit goes on where it stopped."""
    (tmp_path / "mail").mkdir()
    for name, data in BAG.items():
        (tmp_path / "mail" / name).write_bytes(data)

    class CutOff(Exception):
        pass

    def cut(done: int, total: int) -> None:
        raise CutOff

    with open_workspace(folder, write=True) as opened, pytest.raises(CutOff):
        ingest(opened, tmp_path / "mail", CLOCK, cut, chunk_bytes=1)
    assert 0 < len(all_stored(folder)) < 17
    with open_workspace(folder, write=True) as opened:
        report = ingest(opened, tmp_path / "mail", CLOCK)
    assert report.files_known == 1
    assert len(all_stored(folder)) == 17
