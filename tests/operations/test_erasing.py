"""Erasing by dated rules: what lapsed is gone for good, and everything that was proved before is
proved after it (a synthetic month, and synthetic mail by hand)."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.compute as pc
import pytest
from canonical_state import events_of, rows_of, state_of, verdicts_of
from command_line import say
from month_of_mail import AS_OF, CLOCK, PERIOD, Month
from small_workspaces import (
    ACCEPTED,
    ITEM,
    interchange,
    small_workspace,
    take_in_files,
)
from sqlalchemy import delete, update

from datecertain.errors import NotFound, StoreError
from datecertain.moments import DAY, parse_utc
from datecertain.operations.archiving import verify_archive
from datecertain.operations.clock import FixedClock
from datecertain.operations.erasing import EraseReport, erase, erase_object
from datecertain.operations.judging import judge_period
from datecertain.operations.quarantine import raw_of, waiting_parts
from datecertain.operations.replaying import replay
from datecertain.operations.retention import read_rules
from datecertain.operations.tables import EVENTS_TABLE, ITEMS_TABLE
from datecertain.operations.timelines import item_timeline
from datecertain.operations.verifying import verify_month
from datecertain.operations.workspaces import open_workspace
from datecertain.promise.acceptance import ACCEPTANCE_FILE
from datecertain.store import records
from datecertain.store.archive import Opening
from datecertain.store.archive_records import archive_keys, archive_objects, erasures
from datecertain.store.vacuum import restore
from forked_processes import Forked, run_forked
from thorough import often

OUTWARD = ("EMB", "202610211945", "KRSELB")
GOOD = interchange(OUTWARD)
STRANGE = interchange(OUTWARD, reference="2").replace(b"EMSEVT:3:0:ZZ:DC1", b"EMSEVT:9:9:ZZ:NEW")
FROM_JAPAN = interchange(("EMC", "202610220930", "JPKWSA"), sender="JPA", reference="3")
PAID = "\n".join(
    [
        ",".join((*ACCEPTANCE_FILE, "payer_ref")),
        ",".join((*ACCEPTED.values(), "CONTRACT-4711")),
        "",
    ]
).encode()
MAIL = {"a.edi": GOOD, "b.edi": STRANGE, "c.edi": FROM_JAPAN, "d.csv": PAID}

RULE = """
[[rule]]
name = "{name}"
kind = "{kind}"
post = "{post}"
valid_from = 2026-01-01
keep_days = {keep}
source = "test"
"""
#: Two years after the mail of these tests came.
LATER = FixedClock(CLOCK.now() + 730 * DAY)
Copy = Callable[[Path], Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = small_workspace(tmp_path / "w")
    take_in_files(folder, tmp_path / "mail", MAIL)
    return folder


def with_rules(folder: Path, *rules: tuple[str, str, int]) -> Path:
    """(kind, post, days to keep) each."""
    text = "".join(
        RULE.format(name=f"{kind}-{post}-{keep}", kind=kind, post=post, keep=keep)
        for kind, post, keep in rules
    )
    (folder / "retention.toml").write_text(text)
    return folder


def erased(folder: Path, as_of: int | None = None, *, do: bool = True) -> EraseReport:
    with open_workspace(folder, write=True) as workspace:
        moment = LATER.now() if as_of is None else as_of
        return erase(workspace, read_rules(folder), moment, LATER, do=do)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def tombstones(folder: Path, kind: str) -> dict[str, tuple[str, int, str]]:
    return {
        str(row["subject"]): (str(row["sha256"]), int(str(row["size"])), str(row["rule"]))
        for row in rows_of(folder, erasures) if row["kind"] == kind
    }  # fmt: skip


def problems(folder: Path) -> list[str]:
    with open_workspace(folder) as workspace:
        return verify_archive(workspace).problems


def standing(folder: Path, fragment: bytes) -> list[str]:
    return [
        str(path.relative_to(folder)) for path in folder.rglob("*")
        if path.is_file() and fragment in path.read_bytes()
    ]  # fmt: skip


def test_nothing_has_lapsed_yet(folder: Path) -> None:
    before = state_of(folder)
    report = erased(folder, CLOCK.now() + 400 * DAY)
    assert report.rules == {}
    assert state_of(folder) == before
    assert rows_of(folder, erasures) == []


def test_a_dry_run_says_what_it_would_erase(folder: Path) -> None:
    before = state_of(folder)
    report = erased(folder, do=False)
    assert {rule: count for rule, (count, _, _) in report.rules.items()} == {
        "messages-400-days": 4, "quarantine-400-days": 1, "findings-400-days": 1,
        "payers-550-days": 1,
    }  # fmt: skip
    assert report.rules["messages-400-days"][1:] == (
        sum(map(len, MAIL.values())), CLOCK.now()
    )  # fmt: skip
    assert state_of(folder) == before
    assert problems(folder) == []


def test_what_lapsed_is_gone_and_leaves_its_tombstone(folder: Path) -> None:
    (part,) = rows_of(folder, records.quarantine)
    assert isinstance(part["raw"], bytes)
    report = erased(folder)
    assert report.keys_destroyed == 2
    assert report.packs_removed == 2
    assert list((folder / "archive").rglob("*.pack")) == []
    assert {row["sealed"] for row in rows_of(folder, archive_keys)} == {None}
    assert {row["sealed_key"] for row in rows_of(folder, archive_objects)} == {None}
    rule = "messages-400-days"
    assert tombstones(folder, "message") == {
        sha(data): (sha(data), len(data), rule) for data in MAIL.values()
    }
    assert tombstones(folder, "quarantine") == {
        part["id"]: (sha(part["raw"]), len(part["raw"]), "quarantine-400-days")
    }
    assert {row["detail"] for row in rows_of(folder, records.findings)} == {""}
    assert problems(folder) == []
    with open_workspace(folder) as workspace, workspace.reading() as view:
        with pytest.raises(NotFound, match="was erased on 2028-11-23 by messages-400-days"):
            Opening(workspace, view.connection).read(sha(GOOD))
        assert waiting_parts(view.connection) == []
    assert erased(folder).rules == {}


def test_the_payer_is_erased_and_the_item_stays(folder: Path) -> None:
    with open_workspace(folder) as workspace:
        before = workspace.facts(ITEMS_TABLE).arrow()
        version = workspace.published[ITEMS_TABLE]
        (file,) = workspace.facts(ITEMS_TABLE).files()
    was = Path(file).read_bytes()
    assert before["payer_ref"].to_pylist() == ["CONTRACT-4711"]
    assert standing(folder, b"CONTRACT-4711") != []
    report = erased(folder)
    assert report.facts_files_removed == 1
    with open_workspace(folder, write=True) as workspace:
        after = workspace.facts(ITEMS_TABLE).arrow()
        with pytest.raises(StoreError, match="vacuumed"):
            restore(workspace, ITEMS_TABLE, version, now=LATER.now())
    assert after["payer_ref"].to_pylist() == [None]
    assert after.drop_columns(["payer_ref"]) == before.drop_columns(["payer_ref"])
    assert standing(folder, b"CONTRACT-4711") == []
    ((proof, size, rule),) = tombstones(folder, "payer").values()
    assert (proof, size, rule) == (sha(was), len(was), "payers-550-days")


def test_one_posts_rule_leaves_the_others_mail(folder: Path) -> None:
    with_rules(folder, ("message", "JP", 100))
    report = erased(folder)
    assert report.rules["message-JP-100"][0] == 1
    assert set(tombstones(folder, "message")) == {sha(FROM_JAPAN)}
    assert problems(folder) == []
    with open_workspace(folder) as workspace, workspace.reading() as view:
        assert Opening(workspace, view.connection).read(sha(GOOD)) == GOOD


def test_a_part_outlives_its_message(folder: Path) -> None:
    """The key stays as long as a part is sealed under it; without its file the part waits on."""
    with_rules(folder, ("message", "*", 100), ("quarantine", "*", 1_000))
    erased(folder)
    with open_workspace(folder, write=True) as workspace:
        with workspace.reading() as view:
            parts = waiting_parts(view.connection)
            assert raw_of(workspace, view.connection, parts)[parts[0].id] in STRANGE
        done = replay(workspace, LATER)
    assert (done.parts, done.not_kept) == (1, 1)
    assert problems(folder) == []


def test_the_same_bytes_again_are_not_taken_in(folder: Path, tmp_path: Path) -> None:
    erased(folder)
    events = events_of(folder)
    report = take_in_files(folder, tmp_path / "again", {"again.edi": GOOD})
    assert (report.files, report.files_known) == (0, 1)
    assert events_of(folder) == events


def test_one_message_on_request(folder: Path) -> None:
    with open_workspace(folder, write=True) as workspace:
        report = erase_object(workspace, sha(GOOD), "request 12 of the sender", LATER)
        assert erase_object(workspace, sha(GOOD), "again", LATER).rules == {}
    assert report.rules["request 12 of the sender"][0] == 1
    assert set(tombstones(folder, "message")) == {sha(GOOD)}
    assert problems(folder) == []
    with open_workspace(folder) as workspace, workspace.reading() as view:
        opening = Opening(workspace, view.connection)
        assert opening.read(sha(STRANGE)) == STRANGE  # in the same pack
        with pytest.raises(NotFound, match="request 12"):
            opening.read(sha(GOOD))


def test_tombstones_stay(folder: Path) -> None:
    erased(folder)
    for change in (update(erasures).values(size=0), delete(erasures)):
        with (
            open_workspace(folder, write=True) as workspace,
            pytest.raises(StoreError, match="what was erased stays told"),
            workspace.writing() as connection,
        ):
            connection.execute(change)


def test_the_item_is_told_as_before(folder: Path) -> None:
    with open_workspace(folder) as workspace:
        before = item_timeline(workspace, ITEM)
    erased(folder)
    with open_workspace(folder) as workspace:
        after = item_timeline(workspace, ITEM)
    (was,), (now,) = before.episodes, after.episodes
    assert now.scans == was.scans
    assert was.record is not None
    assert now.record == {**was.record, "payer_ref": None}
    assert after.promises == before.promises
    told = [{**row, "detail": ""} for row in before.findings]
    assert [dict(row) for row in after.findings] == told


def test_a_settled_month_stands_as_it_was(month: Month, workspace: Copy) -> None:
    """Messages, findings and parts erased: verify, judging again and every verdict are the same."""
    folder = workspace(month.settled)
    with open_workspace(folder) as opened:
        before = verify_month(opened, PERIOD)
    verdicts = verdicts_of(folder)
    assert before.whole
    report = erased(folder)
    assert report.rules["messages-400-days"][0] > 100
    with open_workspace(folder, write=True) as opened:
        assert verify_month(opened, PERIOD) == before
        done = judge_period(opened, PERIOD, AS_OF, LATER)
    assert (done.new, done.superseding) == (0, 0)
    assert verdicts_of(folder) == verdicts
    assert say("verify", "--period", PERIOD, "-w", folder).code == 0
    assert say("archive", "verify", "-w", folder).code == 0


def test_events_that_a_rule_erases(month: Month, workspace: Copy) -> None:
    """One post's are gone, the others' stay; the verdicts stand, and cannot be given again."""
    folder = with_rules(workspace(month.settled), ("events", "KR", 365))
    before, verdicts = events_of(folder), verdicts_of(folder)
    korean = pc.sum(pc.equal(before["owner"], "KR")).as_py()
    assert korean > 0
    report = erased(folder)
    assert report.facts_files_removed > 0
    after = events_of(folder)
    assert len(after) == len(before) - korean
    assert "KR" not in pc.unique(after["owner"]).to_pylist()
    assert set(rows_of_ids(after)) == set(
        rows_of_ids(before.filter(pc.not_equal(before["owner"], "KR")))
    )
    with open_workspace(folder, write=True) as opened:
        with pytest.raises(StoreError, match=r"erased by events-KR-365; the verdicts .* stand"):
            judge_period(opened, PERIOD, AS_OF, LATER)
        found = verify_month(opened, PERIOD)
    assert (found.whole, found.verdicts, found.erased_by) == (True, 0, "events-KR-365")
    assert verdicts_of(folder) == verdicts
    assert "erased by events-KR-365" in say("verify", "--period", PERIOD, "-w", folder).out
    assert erased(folder).rules == {}


def rows_of_ids(events: object) -> list[str]:
    rows = events.select(["item_id", "code", "event_at"]).to_pylist()  # type: ignore[attr-defined]
    return [repr(row) for row in rows]


def test_a_month_is_kept_from_its_end(folder: Path) -> None:
    """Accepted in October 2026, kept 10 days: gone on the 11th of November, not on the 10th."""
    with_rules(folder, ("payer", "*", 10), ("message", "*", 36_500), ("quarantine", "*", 36_500),
               ("finding", "*", 36_500))  # fmt: skip
    assert erased(folder, parse_utc("2026-11-10T12:00Z"), do=False).rules == {}
    lapsed = erased(folder, parse_utc("2026-11-11T00:00Z"), do=False)
    assert set(lapsed.rules) == {"payer-*-10"}


def test_the_commands(folder: Path) -> None:
    assert say("archive", "erase", "--as-of", "2029-01-01T00:00Z", "--yes", "-w", folder).code == 1
    dry = say("archive", "erase", "--as-of", "2029-01-01T00:00Z", "-w", folder)
    assert "messages-400-days: 4 lapsed" in dry.out
    assert "Nothing was erased" in dry.out
    told = say("archive", "erase", "--as-of", "2029-01-01T00:00Z", "-w", folder, "--json").json
    assert (told["done"], len(told["rules"])) == (False, 4)
    assert "Nothing has lapsed" in say("archive", "erase", "-w", folder, "--yes").out
    one = ("archive", "erase", "--message", sha(GOOD)[:12], "-w", folder)
    assert say(*one, "--yes").code == 1
    assert say(*one, "--reason", "a request").code == 1
    assert "1 erased" in say(*one, "--reason", "a request", "--yes").out
    status = say("archive", "status", "-w", folder, "--json").json
    assert sum(row["erased"] for row in status["holdings"]) == 1


PROGRAM = """
import sys
from pathlib import Path
from datecertain.operations.clock import FixedClock
from datecertain.operations.erasing import erase
from datecertain.operations.retention import read_rules
from datecertain.operations.workspaces import open_workspace

folder, now = Path(sys.argv[1]), int(sys.argv[2])
with open_workspace(folder, write=True) as workspace:
    erase(workspace, read_rules(folder), now, FixedClock(now), do=True)
"""


@pytest.mark.slow
def test_killed_at_any_moment(month: Month, workspace: Copy, tmp_path: Path) -> None:
    """All is erased or nothing, never half; run again, it ends as undisturbed."""
    import sys

    before = with_rules(workspace(month.settled), ("events", "*", 365))
    with open_workspace(before, write=True) as opened, opened.writing() as connection:
        connection.execute(
            records.quarantine.insert(),
            [{"id": f"{n:032d}", "batch_id": rows_of(before, records.batches)[0]["batch_id"],
              "source": "a", "position": "byte 0", "reason_code": "test", "raw": b"plain",
              "state": "waiting", "created_at": 0} for n in range(300)],
        )  # fmt: skip

    def words(folder: Path) -> list[str]:
        return [sys.executable, "-c", PROGRAM, str(folder), str(LATER.now())]

    def ended(folder: Path) -> tuple[object, ...]:
        packs = sorted((folder / "archive").rglob("*.pack"))
        events = len(list((folder / "facts" / "events").rglob("*.parquet")))
        return len(rows_of(folder, erasures)), packs, events, len(events_of(folder))

    whole = Path(shutil.copytree(before, tmp_path / "whole"))
    takes_s = run_forked(words(whole))
    assert ended(whole)[1:] == ([], 0, 0)
    count, killed = ended(whole)[0], 0
    folder = Path(shutil.copytree(before, tmp_path / "killed"))
    for number in range(often(5)):
        process = Forked(words(folder))
        time.sleep(takes_s * (0.35 + 0.65 * number / 12))
        process.kill()
        process.end()
        killed += process.returncode == -9
        done = len(rows_of(folder, erasures))
        assert done in (0, count)
        assert len(events_of(folder)) == (0 if done else len(events_of(before)))
        assert problems(folder) == []
        if done:
            run_forked(words(folder))
            assert ended(folder) == ended(whole)
            shutil.rmtree(folder)
            shutil.copytree(before, folder)
    assert killed >= 4
    run_forked(words(folder))
    assert ended(folder) == ended(whole)
    assert EVENTS_TABLE in {path.name for path in (folder / "facts").iterdir()}
