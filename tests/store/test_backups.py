"""Backups: one moment of records and facts whatever goes on, restored whole or not at all."""

from __future__ import annotations

import json
import re
import resource
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from store_cases import NOW, TABLES, published_numbers, write_batch

from datecertain.errors import NotFound, StoreDamaged, StoreError, UsageError
from datecertain.operations.backing_up import (
    back_up,
    check_backup,
    forget_backups,
    last_backup,
    list_backups,
)
from datecertain.operations.backup_settings import with_addresses, without_secrets
from datecertain.operations.clock import FixedClock
from datecertain.operations.restoring import restore_backup
from datecertain.store import Workspace, records
from datecertain.store.archive_records import archive_access
from datecertain.store.database import SCHEMA_VERSION, Database
from datecertain.store.migrations import upgrade
from forked_processes import ENTRY, Forked

CLOCK = FixedClock(NOW)
WRITER = Path(__file__).with_name("store_cases.py")
SQLITE = {"records": "sqlite:///records.db"}


def write(folder: Path, first: int, last: int) -> None:
    with Workspace.open(folder, tables=TABLES, write=True) as workspace:
        for number in range(first, last):
            write_batch(workspace, number)


def numbers(folder: Path) -> set[int]:
    """The batches of a workspace, each checked to be there whole, and no other."""
    with Workspace.open(folder, tables=TABLES, write=True) as workspace:
        found = published_numbers(workspace)
        write_batch(workspace, 999)  # it goes on as if nothing had happened
    return found


def look(folder: Path, reason: str) -> None:
    """Somebody looks at a message; the database gives the row its number."""
    with Workspace.open(folder, write=True) as workspace, workspace.writing() as connection:
        connection.execute(
            insert(archive_access).values(
                owner="KR", audience="KR", sha256="0", at=NOW, actor="a", reason=reason
            )
        )


def test_a_backup_under_load_is_one_moment(folder: Path, tmp_path: Path) -> None:
    said = tmp_path / "said"
    said.touch()
    writer = Forked([sys.executable, str(WRITER), str(folder), "0", "60"], output=said)

    def done() -> int:
        return said.read_text().count("done")

    taken = []
    for _ in range(2):
        before = done()
        while done() == before:
            time.sleep(0.01)
        taken.append(back_up(folder, tmp_path / "backups", CLOCK))
    went_on = writer.poll() is None
    writer.kill()
    writer.end()
    assert went_on, "the writer was done before the last backup: nothing was shown"
    held = [0]
    for number, report in enumerate(taken):
        target = tmp_path / f"restored-{number}"
        restore_backup(tmp_path / "backups", target, backup=report.backup, addresses=SQLITE)
        held.append(len(numbers(target)))
    assert held == sorted(set(held)), "each holds more than the one before"


def test_records_go_from_one_database_to_the_other_and_back(
    local_folder: Path, postgres_url: str, tmp_path: Path
) -> None:
    folder = local_folder
    write(folder, 0, 3)
    for reason in ("complaint", "complaint"):
        look(folder, reason)
    back_up(folder, tmp_path / "one", CLOCK)
    there, again = tmp_path / "there", tmp_path / "again"
    restore_backup(tmp_path / "one", there, addresses={"records": postgres_url})
    assert numbers(there) == {0, 1, 2}
    look(there, "again")  # the next number is free
    with Workspace.open(there) as workspace, workspace.reading() as view:
        noted = view.connection.scalars(
            select(records.settings.c.value).where(records.settings.c.key == "restored_from")
        ).one()
    # Killed after the records were there and before the workspace was: it goes on.
    backup, token = noted.split()
    (there / ".restoring.json").write_text(json.dumps({"backup": backup, "restore": token}))
    (there / "datecertain.toml").unlink()
    restore_backup(tmp_path / "one", there, addresses={"records": postgres_url})
    assert numbers(there) == {0, 1, 2, 999}
    with pytest.raises(StoreError, match="holds records already"):
        restore_backup(tmp_path / "one", tmp_path / "x", addresses={"records": postgres_url})
    back_up(there, tmp_path / "two", CLOCK)
    restore_backup(tmp_path / "two", again, addresses=SQLITE)
    with Workspace.open(again, tables=TABLES) as workspace, workspace.reading() as view:
        assert published_numbers(workspace) == {0, 1, 2, 999}
        rows = view.connection.execute(select(archive_access)).all()
        assert [(one.seq, one.reason) for one in rows] == [
            (1, "complaint"), (2, "complaint"), (3, "again"),
        ]  # fmt: skip
        with Workspace.open(folder, tables=TABLES) as first, first.reading() as before:
            plain = [
                set(one.connection.execute(select(records.batches.c.batch_id)).scalars())
                for one in (view, before)
            ]
    assert plain[0] > plain[1]


def test_only_what_is_new_is_copied_and_old_backups_can_go(
    local_folder: Path, tmp_path: Path
) -> None:
    backups = tmp_path / "backups"
    write(local_folder, 0, 4)
    first = back_up(local_folder, backups, CLOCK)
    second = back_up(local_folder, backups, FixedClock(NOW + 1))
    assert (second.new_files, second.new_bytes) == (0, 0)
    write(local_folder, 4, 5)
    third = back_up(local_folder, backups, FixedClock(NOW + 2))
    assert first.new_files > third.new_files
    facts = [one.path for one in list_backups(backups)[-1].files if one.path.startswith("facts/")]
    assert third.files == len(facts) + 1  # and datecertain.toml
    assert last_backup(local_folder) == (third.backup, str(backups.resolve()), NOW + 2)
    removed, files, _ = forget_backups(backups, 1)
    assert removed == [first.backup, second.backup]
    assert files > 0
    assert check_backup(backups)[1] == []
    restore_backup(backups, tmp_path / "new")
    assert numbers(tmp_path / "new") == {0, 1, 2, 3, 4}
    with pytest.raises(UsageError, match="at least one"):
        forget_backups(backups, 0)


def test_a_damaged_backup_is_refused(local_folder: Path, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    write(local_folder, 0, 2)
    back_up(local_folder, backups, CLOCK)
    manifest = list_backups(backups)[0]
    damages = {table.name: table.sha256 for table in manifest.tables if table.name == "journal"}
    damages |= {one.path: one.sha256 for one in manifest.files if "events/month" in one.path}
    for number, sha256 in enumerate(list(damages.values())[:2]):
        path = backups / "objects" / sha256[:2] / sha256
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert len(check_backup(backups)[1]) == 1
        target = tmp_path / f"target-{number}"
        with pytest.raises(StoreDamaged, match="another hash"):
            restore_backup(backups, target)
        with pytest.raises(NotFound, match="not a workspace"):
            Workspace.open(target)
        path.unlink()
        with pytest.raises(StoreDamaged, match="is gone"):
            restore_backup(backups, target)
        path.write_bytes(whole)
    restore_backup(backups, target)  # mended, the same restore goes on
    assert numbers(target) == {0, 1}
    text = (backups / "backups" / f"{manifest.id}.json").read_text()
    (backups / "backups" / f"{manifest.id}.json").write_text(text.replace('"KR"', '"JP"', 1) + " ")
    assert check_backup(backups)[1] == []  # nothing that counts
    for wrong in (text.replace('"rows": 2', '"rows": 3', 1), text[:-20], "{}"):
        (backups / "backups" / f"{manifest.id}.json").write_text(wrong)
        with pytest.raises(StoreDamaged, match=r"digest|no manifest"):
            check_backup(backups)


@pytest.mark.parametrize("what", ["backup", "restore"])
def test_killed_at_any_moment_it_is_whole_or_refused_and_goes_on(
    what: str, local_folder: Path, tmp_path: Path
) -> None:
    backups, target = tmp_path / "backups", tmp_path / "target"
    write(local_folder, 0, 6)
    if what == "restore":
        back_up(local_folder, backups, CLOCK)
    words = ["backup", backups, "-w", local_folder] if what == "backup" else [
        "restore", backups, target,
    ]  # fmt: skip
    for number in range(4):
        process = Forked([sys.executable, "-c", ENTRY, *words])
        time.sleep(0.08 * number)
        process.kill()
        process.end()
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL
        if what == "backup" and backups.is_dir() and (backups / "backups").is_dir():
            assert all(not check_backup(backups, one.id)[1] for one in list_backups(backups))
        if what == "restore" and not (target / "datecertain.toml").exists():
            with pytest.raises(NotFound):
                Workspace.open(target)
    if what == "backup":
        back_up(local_folder, backups, CLOCK)
    if not (target / "datecertain.toml").exists():
        restore_backup(backups, target)
    assert numbers(target) == set(range(6))


def test_a_full_disk_is_told_and_leaves_earlier_backups_whole(
    local_folder: Path, tmp_path: Path
) -> None:
    backups = tmp_path / "backups"
    write(local_folder, 0, 1)
    back_up(local_folder, backups, CLOCK)
    write(local_folder, 1, 8)
    script = (
        "import resource, sys; from datecertain.cli import main; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, resource.RLIM_INFINITY)); main()"
    )
    for words in (["backup", backups, "-w", local_folder], ["restore", backups, tmp_path / "t"]):
        process = Forked([sys.executable, "-c", script, *words])
        said = process.end()
        assert process.returncode == 1
        assert re.search("the disk .* run the step again", said), said
    assert len(list_backups(backups)) == 1
    assert check_backup(backups)[1] == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    shutil.rmtree(tmp_path / "t")
    restore_backup(backups, tmp_path / "t")
    assert numbers(tmp_path / "t") == {0}


def test_a_backup_from_before_an_upgrade_is_restored_after_it(tmp_path: Path) -> None:
    old = tmp_path / "old"
    Workspace.init(old)
    (old / "records.db").unlink()
    database = Database("sqlite:///records.db", old, create=True)
    with database.writing() as connection:
        upgrade(connection, "0012")
        connection.exec_driver_sql("INSERT INTO settings VALUES ('buckets', '64')")
    database.close()
    assert back_up(old, tmp_path / "b", CLOCK).schema == "0012"
    restore_backup(tmp_path / "b", tmp_path / "new")
    with Workspace.open(tmp_path / "new") as workspace, workspace.reading() as view:
        kept = dict(view.connection.execute(select(records.settings)).all())
    assert kept["buckets"] == "64"
    restored = Database("sqlite:///records.db", tmp_path / "new")
    assert restored.schema_version() == SCHEMA_VERSION
    restored.close()
    unknown = next((tmp_path / "b" / "backups").glob("*.json"))
    manifest = list_backups(tmp_path / "b")[0]
    assert json.loads(unknown.read_text())["content"]["schema"] == manifest.schema


def test_a_backup_has_its_place(local_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="lies in the workspace"):
        back_up(local_folder, local_folder / "backups", CLOCK)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    with pytest.raises(StoreError, match="holds other files"):
        back_up(local_folder, tmp_path / "other", CLOCK)
    with pytest.raises(NotFound, match="holds no backups"):
        restore_backup(tmp_path / "other", tmp_path / "t")
    back_up(local_folder, tmp_path / "b", CLOCK)
    with pytest.raises(UsageError, match="not empty"):
        restore_backup(tmp_path / "b", tmp_path / "other")
    with pytest.raises(StoreError, match="is a workspace already"):
        restore_backup(tmp_path / "b", local_folder)


def test_keys_are_left_out_unless_asked_for(local_folder: Path, tmp_path: Path) -> None:
    (local_folder / "keys").mkdir()
    (local_folder / "keys" / "us").write_text("secret of ours")
    (local_folder / "keys" / "us").chmod(0o600)
    (local_folder / "mailboxes.toml").write_text('[[sftp]]\npost = "US"\nkey_file = "keys/us"\n')
    (local_folder / "incoming" / "archive").mkdir(parents=True)
    (local_folder / "incoming" / "archive" / "old.edi").write_text("taken in")
    (local_folder / "incoming" / "new.edi").write_text("waits")
    report = back_up(local_folder, tmp_path / "plain", CLOCK)
    assert report.left_out == ("keys/us", "the master key")
    restore_backup(tmp_path / "plain", tmp_path / "one")
    assert not (tmp_path / "one" / "keys").exists()
    assert not (tmp_path / "one" / "master.key").exists()
    assert (tmp_path / "one" / "incoming" / "new.edi").read_text() == "waits"
    assert not (tmp_path / "one" / "incoming" / "archive").exists()
    assert back_up(local_folder, tmp_path / "full", CLOCK, keys=True).left_out == ()
    restore_backup(tmp_path / "full", tmp_path / "two")
    for name in ("keys/us", "master.key"):
        assert (tmp_path / "two" / name).read_bytes() == (local_folder / name).read_bytes()
        assert (tmp_path / "two" / name).stat().st_mode & 0o777 == 0o600


def test_settings_lose_their_secrets_line_by_line() -> None:
    text = (
        'records = "postgresql://u:pass@db/x"  # note\n[facts_options]\n'
        'AWS_REGION = "r"\n"AWS_SECRET_ACCESS_KEY" = "s"\n'
    )
    left, hidden = without_secrets(text)
    assert left == ('records = "postgresql://u@db/x"  # note\n[facts_options]\nAWS_REGION = "r"\n')
    assert hidden == ["the password in records", "facts_options.AWS_SECRET_ACCESS_KEY"]
    with pytest.raises(StoreError, match="on a line of its own"):
        without_secrets('facts_options = { AWS_SECRET_ACCESS_KEY = "s" }\n')
    moved = with_addresses(left, {"records": "sqlite:///a\\b.db", "archive": "s3://x"})
    assert 'records = "sqlite:///a\\\\b.db"\narchive = "s3://x"\n[facts_options]' in moved
