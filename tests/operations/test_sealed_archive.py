"""Every message is kept sealed: nothing of it lies in plain text, it comes back whole, and what was
changed, cut off, exchanged or sealed under another key is noticed (synthetic mail)."""

from __future__ import annotations

import hashlib
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from canonical_state import rows_of
from command_line import command, run, say
from month_of_mail import CLOCK
from small_workspaces import (
    ACCEPTED,
    ITEM,
    acceptance_file,
    interchange,
    small_workspace,
    take_in_files,
)
from sqlalchemy import delete, select, update

from datecertain.errors import StoreError
from datecertain.operations.archiving import rotate, verify_archive
from datecertain.operations.replaying import replay
from datecertain.operations.workspaces import open_workspace
from datecertain.store import records
from datecertain.store.archive import Opening
from datecertain.store.archive_records import archive_access, archive_keys, archive_objects
from datecertain.store.master_key import make_key_file
from forked_processes import Forked, run_forked

OUTWARD = ("EMB", "202610211945", "KRSELB")
GOOD = interchange(OUTWARD)
#: No layout reads it: it is set aside whole.
STRANGE = interchange(OUTWARD, reference="2").replace(b"EMSEVT:3:0:ZZ:DC1", b"EMSEVT:9:9:ZZ:NEW")
FROM_JAPAN = interchange(("EMC", "202610220930", "JPKWSA"), sender="JPA", reference="3")
#: One row is good, one names a post that nobody knows.
ACCEPTANCES = acceptance_file(ACCEPTED, ACCEPTED | {"destination": "ZZ"})
MAIL = {"a.edi": GOOD, "b.edi": STRANGE, "c.edi": FROM_JAPAN, "d.csv": ACCEPTANCES}


@pytest.fixture(autouse=True)
def no_key_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATECERTAIN_MASTER_KEY", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = small_workspace(tmp_path / "w")
    take_in_files(folder, tmp_path / "mail", MAIL)
    return folder


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def opened(folder: Path, data: bytes) -> bytes:
    with open_workspace(folder) as workspace, workspace.reading() as view:
        return Opening(workspace, view.connection).read(sha(data))


def problems(folder: Path) -> list[str]:
    with open_workspace(folder) as workspace:
        return verify_archive(workspace).problems


def packs(folder: Path) -> list[Path]:
    return sorted((folder / "archive").rglob("*.pack"))


def test_every_file_comes_back_as_it_came(folder: Path) -> None:
    assert [opened(folder, data) for data in MAIL.values()] == list(MAIL.values())
    assert problems(folder) == []
    owners = {row["sha256"]: row["owner"] for row in rows_of(folder, archive_objects)}
    assert owners[sha(GOOD)] == owners[sha(ACCEPTANCES)] == "KR"
    assert owners[sha(FROM_JAPAN)] == "JP"
    assert len(packs(folder)) == 2


def test_the_same_file_again_is_kept_once(folder: Path, tmp_path: Path) -> None:
    before = packs(folder)
    take_in_files(folder, tmp_path / "again", {"other-name.edi": GOOD})
    assert packs(folder) == before
    assert len(rows_of(folder, archive_objects)) == len(MAIL)


def plain_text(folder: Path, fragment: bytes) -> list[str]:
    """The files of a workspace in which a fragment stands."""
    return [
        str(path.relative_to(folder)) for path in folder.rglob("*")
        if path.is_file() and fragment in path.read_bytes()
    ]  # fmt: skip


@pytest.mark.parametrize(
    "fragment",
    [b"UNB+UNOA", b"STS+1+EMB'DTM", b"'CNI+1+" + ITEM.encode(), ACCEPTANCES.splitlines()[1],
     ACCEPTANCES.splitlines()[2], b'"byte_offset"'],
)  # fmt: skip
def test_nothing_of_a_message_lies_in_plain_text(tmp_path: Path, fragment: bytes) -> None:
    """Every file below the workspace: facts, records with their log, packs, the key."""
    folder = small_workspace(tmp_path / "w")
    # An event of a post that is not known is set aside as an event, not as bytes of a message.
    stranger = interchange(OUTWARD, reference="9", recipient="ZZA")
    take_in_files(folder, tmp_path / "mail", MAIL | {"e.edi": stranger})
    assert {row["reason_code"] for row in rows_of(folder, records.quarantine)} >= {
        "layout-unknown", "recipient-unknown", "post-unknown"
    }  # fmt: skip
    assert plain_text(folder, fragment) == []
    assert plain_text(folder, b"recipient-unknown") != []  # it does look


def test_what_was_set_aside_is_replayed_from_sealed_bytes(folder: Path) -> None:
    kept = {row["source"]: row["raw"] for row in rows_of(folder, records.quarantine)}
    assert kept["b.edi"] in STRANGE
    with open_workspace(folder, write=True) as workspace:
        done = replay(workspace, CLOCK)
    assert (done.parts, done.not_kept) == (2, 0)
    assert done.waiting == {"layout-unknown": 1, "post-unknown": 1}


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def test_a_changed_pack_is_noticed(folder: Path) -> None:
    for pack in packs(folder):
        for at in (3, 8, 30, pack.stat().st_size - 1):
            whole = pack.read_bytes()
            flip(pack, at)
            assert len(problems(folder)) >= 1, at
            pack.write_bytes(whole)
    assert problems(folder) == []


def test_a_pack_that_is_cut_off_or_gone_is_noticed(folder: Path) -> None:
    pack = packs(folder)[0]
    whole = pack.read_bytes()
    for left in (0, 4, 8, len(whole) - 1):
        pack.write_bytes(whole[:left])
        assert len(problems(folder)) >= 1, left
    pack.unlink()
    assert all("restore it from a backup" in text for text in problems(folder))
    assert problems(folder) != []


def test_objects_that_change_places_are_noticed(folder: Path) -> None:
    """Whoever can write the records puts one message in the place of another."""
    a, b = (row for row in rows_of(folder, archive_objects) if row["owner"] == "KR"
            and row["sha256"] in (sha(GOOD), sha(STRANGE)))  # fmt: skip
    columns = ("position", "length", "sealed_key")
    for taken in (columns, columns[:2], columns[2:]):
        copy = Path(shutil.copytree(folder, folder.with_name(f"swap-{len(taken)}")))
        with open_workspace(copy, write=True) as workspace, workspace.writing() as connection:
            for one, other in ((a, b), (b, a)):
                connection.execute(
                    update(archive_objects).where(archive_objects.c.sha256 == one["sha256"])
                    .values({name: other[name] for name in taken})
                )  # fmt: skip
        assert len(problems(copy)) == 2, taken


def test_parts_that_change_places_are_noticed(folder: Path) -> None:
    with open_workspace(folder, write=True) as workspace, workspace.writing() as connection:
        rows = connection.execute(select(records.quarantine.c.id, records.quarantine.c.raw)).all()
        assert len(rows) == 2
        for one, other in (rows, rows[::-1]):
            connection.execute(
                update(records.quarantine).where(records.quarantine.c.id == one.id)
                .values(raw=other.raw)
            )  # fmt: skip
    assert len(problems(folder)) == 2


def test_a_key_that_vanished_without_a_tombstone_is_noticed(folder: Path) -> None:
    with open_workspace(folder, write=True) as workspace, workspace.writing() as connection:
        connection.execute(
            update(archive_objects).where(archive_objects.c.sha256 == sha(GOOD))
            .values(sealed_key=None)
        )  # fmt: skip
    assert problems(folder) == [f"object {sha(GOOD)}: its key is gone, and no rule erased it"]


def test_the_key_file_is_its_owners_only(folder: Path) -> None:
    key = folder / "master.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert re.fullmatch(rb"[0-9a-f]{64}\n", key.read_bytes())


def test_without_the_master_key(folder: Path, tmp_path: Path) -> None:
    key = (folder / "master.key").rename(tmp_path / "elsewhere.key")
    for _ in range(2):  # no new one is made in its place
        with pytest.raises(StoreError, match=r"master key is missing: .*put the file back"):
            problems(folder)
        with pytest.raises(StoreError, match="master key is missing"):
            take_in_files(folder, tmp_path / "more", {"e.edi": interchange(reference="7")})
    assert len(rows_of_plain(folder)) == len(MAIL)
    key.rename(folder / "master.key")
    assert problems(folder) == []


def rows_of_plain(folder: Path) -> list[dict[str, object]]:
    return rows_of(folder, records.input_files)


def test_another_master_key(folder: Path, tmp_path: Path) -> None:
    (folder / "master.key").rename(tmp_path / "elsewhere.key")
    make_key_file(folder / "master.key")
    with pytest.raises(StoreError, match=r"but messages were sealed under [0-9a-f]{16}: put"):
        problems(folder)
    (folder / "master.key").write_text("swordfish\n")
    with pytest.raises(StoreError, match="holds no master key: 64 hexadecimal digits"):
        problems(folder)


def test_the_key_from_the_environment(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = (folder / "master.key").rename(tmp_path / "elsewhere.key")
    monkeypatch.setenv("DATECERTAIN_MASTER_KEY", key.read_text().strip())
    assert problems(folder) == []
    monkeypatch.setenv("DATECERTAIN_MASTER_KEY", str(key))
    assert problems(folder) == []
    monkeypatch.delenv("DATECERTAIN_MASTER_KEY")
    with (folder / "datecertain.toml").open("a") as stream:
        stream.write(f'\nmaster_key = "{key}"\n')
    assert problems(folder) == []
    assert not (folder / "master.key").exists()


def test_a_workspace_from_before_the_archive(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Parts in plain text and kept files, no key: sealed by the next ingest, which says so."""
    folder = small_workspace(tmp_path / "w")
    take_in_files(folder, tmp_path / "mail", {"b.edi": STRANGE})
    kept = rows_of(folder, records.quarantine)
    with open_workspace(folder, write=True) as workspace, workspace.writing() as connection:
        connection.execute(delete(archive_objects))
        connection.execute(delete(archive_keys))
        change = update(records.quarantine).values(raw=kept[0]["raw"], key_id=None)
        connection.execute(change)
    shutil.rmtree(folder / "archive")
    (folder / "master.key").unlink()
    old = folder / "archive" / sha(STRANGE)[:2] / sha(STRANGE)
    old.parent.mkdir(parents=True)
    old.write_bytes(STRANGE)
    assert plain_text(folder, b"UNB+UNOA") != []

    take_in_files(folder, tmp_path / "more", {"a.edi": GOOD})
    assert "made the master key" in caplog.text
    assert plain_text(folder, b"UNB+UNOA") == []
    assert rows_of(folder, records.quarantine) == kept
    assert opened(folder, STRANGE) == STRANGE
    assert problems(folder) == []
    assert not old.parent.exists()


def test_rotation(folder: Path) -> None:
    before = (folder / "master.key").read_bytes()
    sealed = {path: path.read_bytes() for path in packs(folder)}
    with open_workspace(folder, write=True) as workspace:
        done = rotate(workspace)
    assert done.keys == len(rows_of(folder, archive_keys)) == 3
    assert (folder / "master.key").read_bytes() != before
    assert {path: path.read_bytes() for path in packs(folder)} == sealed
    assert problems(folder) == []
    (folder / "master.key").write_bytes(before)
    with pytest.raises(StoreError, match="messages were sealed under"):
        problems(folder)


def test_rotation_that_was_cut_off(folder: Path) -> None:
    """Before the keys were sealed anew the old one counts, after it the new one."""
    old = (folder / "master.key").read_bytes()
    make_key_file(folder / "master.key.new")
    assert problems(folder) == []
    with open_workspace(folder, write=True) as workspace:
        rotate(workspace)
    assert not (folder / "master.key.new").exists()
    new = (folder / "master.key").rename(folder / "master.key.new")  # cut off before this move
    (folder / "master.key").write_bytes(old)
    assert problems(folder) == []
    with open_workspace(folder, write=True) as workspace:
        rotate(workspace)
    assert problems(folder) == []
    assert not new.exists()


def test_rotation_of_a_key_that_the_environment_holds(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = (folder / "master.key").rename(tmp_path / "elsewhere.key")
    monkeypatch.setenv("DATECERTAIN_MASTER_KEY", key.read_text().strip())
    with open_workspace(folder, write=True) as workspace:
        with pytest.raises(StoreError, match="name a file for the new one"):
            rotate(workspace)
        rotate(workspace, tmp_path / "new.key")
    monkeypatch.setenv("DATECERTAIN_MASTER_KEY", str(tmp_path / "new.key"))
    assert problems(folder) == []


def test_who_opens_a_message_is_written_down(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "shown.edi"
    begin = sha(GOOD)[:10]
    asked = ("archive", "show", begin, "-w", folder, "--by", "inquiry desk")
    assert say(*asked).code == 2  # no reason
    assert say(*asked, "--reason", " ", "--out", out).code == 1
    assert not out.exists()
    assert rows_of(folder, archive_access) == []
    assert say(*asked, "--reason", "inquiry 17", "--out", out).code == 0
    assert out.read_bytes() == GOOD
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert run(*asked, "--reason", "inquiry 18").out == GOOD.decode()
    told = [(row["sha256"], row["owner"], row["actor"], row["reason"])
            for row in rows_of(folder, archive_access)]  # fmt: skip
    assert told == [
        (sha(GOOD), "KR", "inquiry desk", "inquiry 17"),
        (sha(GOOD), "KR", "inquiry desk", "inquiry 18"),
    ]
    for change in (update(archive_access).values(reason="none"), delete(archive_access)):
        with (
            open_workspace(folder, write=True) as workspace,
            pytest.raises(StoreError, match="stays told"),
            workspace.writing() as connection,
        ):
            connection.execute(change)
    assert say("archive", "show", "0" * 20, "-w", folder, "--reason", "x").code == 1
    assert say("archive", "show", "no hash", "-w", folder, "--reason", "x").code == 1


def test_a_damaged_message_is_not_shown_half(folder: Path, tmp_path: Path) -> None:
    for pack in packs(folder):
        flip(pack, pack.stat().st_size - 1)
    out = tmp_path / "shown"
    codes = [
        say("archive", "show", sha(data), "-w", folder, "--reason", "x", "--out", out).code
        for data in MAIL.values()
    ]
    assert codes.count(1) == 2  # the last of each pack
    assert say("archive", "verify", "-w", folder).code == 4
    assert len(say("archive", "verify", "-w", folder, "--json").json["problems"]) == 2


def test_the_commands(folder: Path) -> None:
    told = say("archive", "status", "-w", folder, "--json").json
    assert {(row["post"], row["month"], row["objects"]) for row in told["holdings"]} == {
        ("KR", "2026-11", 3), ("JP", "2026-11", 1)
    }  # fmt: skip
    assert (told["keys"], told["parts_sealed"], told["plain"], told["not_kept"]) == (3, 2, 0, 0)
    assert "KR" in say("archive", "status", "-w", folder).out
    assert say("archive", "verify", "-w", folder).out.startswith("4 messages (")
    assert say("archive", "rotate", "-w", folder, "--json").json["keys"] == 3
    assert say("archive", "verify", "-w", folder, "--json").json["whole"] is True


#: Bytes a file may reach, from nothing to all but the last write.
LIMITS = (0, 4, 8, 60, 200, 400, 10**9)

FULL = """
import resource, sys
from pathlib import Path
from datecertain.errors import StoreError
from datecertain.operations.workspaces import open_workspace
from datecertain.store.archive import Kept, Sealing

folder, file, sha256 = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
with open_workspace(folder, write=True) as workspace:
    for limit in map(int, sys.argv[4:]):
        sealing = Sealing(workspace, 0)
        sealing.note(b"", "KR", "")  # the keys are read while there is room
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        try:
            sealing.keep("test", [Kept(sha256, file, "KR")])
            print("kept")
        except StoreError as error:
            print(error)
        finally:
            both = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.setrlimit(resource.RLIMIT_FSIZE, both)
"""


def test_a_full_disk(folder: Path, tmp_path: Path) -> None:
    """Nothing half is left, and the error says what to do."""
    file = tmp_path / "large"
    file.write_bytes(hashlib.shake_256(b"large").digest(600))
    before = packs(folder)
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(folder), str(file), sha(file.read_bytes()),
         *map(str, LIMITS)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    *failed, last = done.stdout.splitlines()
    assert last == "kept"
    assert len(failed) >= 5
    assert all(re.search("the disk is full .* run the step again", text) for text in failed)
    new = [path for path in (folder / "archive").rglob("*") if path.is_file()]
    assert len(new) == len(before) + 1  # the last one, which no batch published
    told = say("archive", "verify", "-w", folder, "--json").json
    assert (told["whole"], told["left_over"]) == (True, 1)


def test_a_file_that_changes_while_it_is_read(folder: Path, tmp_path: Path) -> None:
    from datecertain.store.archive import Kept, Sealing

    file = tmp_path / "growing.edi"
    file.write_bytes(GOOD + b" ")
    with (
        open_workspace(folder, write=True) as workspace,
        pytest.raises(StoreError, match="changed while it was being read"),
    ):
        Sealing(workspace, CLOCK.now()).keep("test", [Kept(sha(GOOD), file, "KR")])


def kills(folder: Path, words: list[str], times: int) -> Iterator[None]:
    """Start a command and kill it at many moments of its run, evenly spread."""
    import time

    copy = Path(shutil.copytree(folder, folder.with_name("whole")))
    takes_s = run_forked([str(copy) if w == "W" else w for w in words])
    for number in range(times):
        process = Forked([str(folder) if w == "W" else w for w in words])
        time.sleep(takes_s * (0.3 + 0.7 * number / times))
        process.kill()
        process.end()
        yield


@pytest.mark.slow
def test_killed_while_messages_are_sealed(tmp_path: Path) -> None:
    """Whatever is published is kept whole; what was cut off is swept away in the end."""
    folder = small_workspace(tmp_path / "w")
    mail = tmp_path / "mail"
    mail.mkdir()
    for number in range(2_000):
        (mail / f"{number}.edi").write_bytes(interchange(OUTWARD, reference=str(number)))
    for _ in kills(folder, command("ingest", str(mail), "-w", "W"), 8):
        assert problems(folder) == []
        files, objects = rows_of(folder, records.input_files), rows_of(folder, archive_objects)
        assert {row["sha256"] for row in files} == {row["sha256"] for row in objects}
    assert say("ingest", mail, "-w", folder).code == 0
    assert len(rows_of(folder, archive_objects)) == 2_000
    assert problems(folder) == []
    say("archive", "erase", "--yes", "-w", folder)
    names = {row["pack"] for row in rows_of(folder, archive_objects)}
    below = folder / "archive"
    assert {str(p.relative_to(below)) for p in below.rglob("*") if p.is_file()} == names
