"""Fetching from partners' SFTP servers: a real server, and the accidents that happen (synthetic
mail)."""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from threading import Event, Thread

import asyncssh
import pytest
from canonical_state import events_of, rows_of
from command_line import run, say, start
from sftp_server import PASSWORD, USER, SftpServer, wait_for
from small_workspaces import interchange, small_workspace

from datecertain.errors import MailboxError, StoreBusy, UsageError
from datecertain.identifiers import ItemNumber
from datecertain.operations import pulling
from datecertain.operations.mailboxes import read_mailboxes
from datecertain.operations.pulling import Pulled, pull
from datecertain.store import records
from thorough import often

SCAN = ("EMB", "202610211945", "KRSELB")
HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")
POSTS = ("KR", "US")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    for name in ("out", "in", "done"):
        (tmp_path / "kr" / name).mkdir(parents=True)
    with SftpServer(tmp_path / "kr", HOST_KEY) as running:
        yield running


@pytest.fixture
def workspace(tmp_path: Path, server: SftpServer) -> Path:
    made = small_workspace(tmp_path / "w")
    configure(made, server)
    return made


def configure(workspace: Path, server: SftpServer, *more: str, drop: tuple[str, ...] = ()) -> None:
    (workspace / "password").write_text(PASSWORD + "\n")
    (workspace / "password").chmod(0o600)
    settings = {
        "post": '"KR"', "host": '"127.0.0.1"', "port": str(server.port), "user": f'"{USER}"',
        "host_key": f'"{server.fingerprint}"', "password_file": '"password"',
        "fetch_from": '"/out"', "settle_s": "0", "timeout_s": "5", "attempts": "3",
    }  # fmt: skip
    settings |= dict(line.split(" = ", 1) for line in more)
    lines = [f"{name} = {value}" for name, value in settings.items() if name not in drop]
    (workspace / "mailboxes.toml").write_text("\n".join(["[[sftp]]", *lines, ""]))


def fetch(workspace: Path) -> tuple[Pulled, list[str]]:
    told: list[str] = []
    (box,) = read_mailboxes(workspace, POSTS)
    return pull(workspace, box, Event(), told.append), told


def came(workspace: Path) -> dict[str, bytes]:
    """What lies in the partner's incoming folder, by name; drafts left out."""
    return {
        path.name: path.read_bytes()
        for path in (workspace / "incoming" / "KR").iterdir() if not path.name.startswith(".")
    }  # fmt: skip


def lay_out(server: SftpServer, name: str, data: bytes, at: float = 1_790_000_000) -> Path:
    path = server.root / "out" / name
    path.write_bytes(data)
    os.utime(path, (at, at))
    return path


def big(size: int = 20 << 20) -> bytes:
    return Random(size).randbytes(size)


def test_new_files_come_once_and_are_taken_in(workspace: Path, server: SftpServer) -> None:
    lay_out(server, "a.edi", interchange(SCAN))
    first = say("inbox", "pull", "KR", "-w", workspace)
    assert (first.code, first.err) == (0, "")
    assert first.out == (
        f"KR: fetched a.edi ({len(interchange(SCAN))} bytes)\n"
        "KR: 1 fetched, 0 known before, 0 still changing.\n"
        "KR/a.edi: 1 interchanges, 1 events, 0 set aside\n"
    )
    again = say("inbox", "pull", "-w", workspace, "--json").json
    assert (again["partners"][0]["fetched"], again["partners"][0]["known"]) == ([], 1)
    assert again["taken"] == []
    assert len(events_of(workspace)) == 1
    assert (server.root / "out" / "a.edi").exists(), "agreed is to leave it"


def test_a_file_laid_out_anew_under_its_old_name_comes_too(
    workspace: Path, server: SftpServer
) -> None:
    lay_out(server, "a.edi", interchange(SCAN))
    fetch(workspace)
    lay_out(server, "a.edi", interchange(SCAN, reference="2"), at=1_790_000_060)
    fetch(workspace)
    assert sorted(came(workspace).values()) == sorted(
        interchange(SCAN, reference=reference) for reference in ("1", "2")
    )


def test_names_of_all_kinds(workspace: Path, server: SftpServer) -> None:
    names = ["with two blanks .edi", "국제우편 기록.edi", "..a.edi"[1:] + "x", "-rf.edi", "a'b.edi"]
    korean = "국제우편".encode("euc-kr") + b".edi"
    for number, name in enumerate(names):
        lay_out(server, name, interchange(SCAN, reference=str(number)))
    (server.root / "out" / os.fsdecode(korean)).write_bytes(interchange(SCAN, reference="99"))
    done, _ = fetch(workspace)
    wanted = {name for name in names if not name.startswith(".")} | {os.fsdecode(korean)}
    assert (set(came(workspace)), len(done.fetched), done.refused) == (wanted, len(wanted), [])


def test_hostile_names_are_refused(workspace: Path, server: SftpServer) -> None:
    """A name that leads out of the folder is never made, nor asked for."""
    lay_out(server, "good.edi", interchange(SCAN))
    server.manners.names = [
        b"../evil.edi", b"/etc/cron.d/evil", b"..", b"a/../../evil.edi", b"x\\..\\evil.edi",
        b"new\nline.edi", b"esc\x1b[2J.edi", b"n" * 250,
    ]  # fmt: skip
    done, _ = fetch(workspace)
    assert set(came(workspace)) == {"good.edi"}
    assert len(done.refused) == 7  # ".." is every folder's and not worth a word
    assert all(line.isprintable() for line in done.refused)
    assert list(workspace.parent.rglob("*evil*")) == []
    ended = say("inbox", "pull", "KR", "-w", workspace)
    assert ended.code == 1
    assert "KR: ../evil.edi: it is no plain file name" in ended.err


def test_folders_links_and_unfinished_files_are_not_fetched(
    workspace: Path, server: SftpServer
) -> None:
    (server.root / "out" / "folder.edi").mkdir()
    (server.root / "out" / "link.edi").symlink_to("/etc/hostname")
    for name in ("a.edi.part", "b.tmp", ".c.edi"):
        lay_out(server, name, interchange(SCAN))
    assert fetch(workspace)[0].fetched == []


def test_only_what_the_pattern_names(workspace: Path, server: SftpServer) -> None:
    configure(workspace, server, 'pattern = "EMS*.edi"')
    for name in ("EMS1.edi", "EMS1.log", "other.edi"):
        lay_out(server, name, name.encode())
    assert [one.name for one in fetch(workspace)[0].fetched] == ["EMS1.edi"]


def test_a_half_written_file_waits(workspace: Path, server: SftpServer) -> None:
    configure(workspace, server, "settle_s = 0.6")
    path = server.root / "out" / "a.edi"
    whole = interchange(SCAN)
    path.write_bytes(whole[:40])
    writer = Thread(target=lambda: (time.sleep(0.3), path.write_bytes(whole)))
    writer.start()
    done, _ = fetch(workspace)
    writer.join()
    assert (done.fetched, done.waiting) == ([], ["a.edi"])
    assert [one.size for one in fetch(workspace)[0].fetched] == [len(whole)]
    assert came(workspace) == {"a.edi": whole}


def test_a_file_that_grows_while_it_is_read_is_not_handed_in(
    workspace: Path, server: SftpServer
) -> None:
    server.manners.grow = lay_out(server, "a.edi", interchange(SCAN))
    done, _ = fetch(workspace)
    assert (done.fetched, done.waiting, came(workspace)) == ([], ["a.edi"], {})
    assert len(fetch(workspace)[0].fetched) == 1
    assert came(workspace) == {"a.edi": interchange(SCAN) + b"more"}


@pytest.mark.parametrize("after", ["move", "delete"])
def test_what_was_fetched_is_put_away_at_the_partners(
    workspace: Path, server: SftpServer, after: str
) -> None:
    place = ('move_to = "/done"',) if after == "move" else ()
    configure(workspace, server, f'after = "{after}"', *place)
    for reference in ("1", "2"):
        lay_out(server, "a.edi", interchange(SCAN, reference=reference))
        assert fetch(workspace)[0].refused == []
        assert list((server.root / "out").iterdir()) == []
    kept = {path.read_bytes() for path in (server.root / "done").iterdir()}
    assert len(kept) == (2 if after == "move" else 0)
    assert len(came(workspace)) == 2


def test_putting_away_is_made_up_for(workspace: Path, server: SftpServer) -> None:
    """As after a kill between the fetching and the deleting: known by its content, and deleted."""
    lay_out(server, "a.edi", interchange(SCAN))
    assert say("inbox", "pull", "-w", workspace).code == 0
    configure(workspace, server, 'after = "delete"')
    again = say("inbox", "pull", "-w", workspace, "--json").json
    assert [one["known"] for one in again["taken"]] == [True]
    assert list((server.root / "out").iterdir()) == []
    assert len(events_of(workspace)) == 1


def test_what_cannot_be_put_away_is_told(workspace: Path, server: SftpServer) -> None:
    configure(workspace, server, 'after = "move"', 'move_to = "/nowhere"')
    lay_out(server, "a.edi", interchange(SCAN))
    ended = say("inbox", "pull", "-w", workspace)
    assert (ended.code, ended.err.count("\n"), len(events_of(workspace))) == (1, 1, 1)
    assert "KR: a.edi: fetched, but cannot move it: " in ended.err


def test_a_server_with_another_key_is_refused_before_anything_is_sent(
    workspace: Path, server: SftpServer
) -> None:
    lay_out(server, "a.edi", interchange(SCAN))
    other = asyncssh.generate_private_key("ssh-ed25519").get_fingerprint("sha256")
    configure(workspace, server, f'host_key = "{other}"')
    ended = say("inbox", "pull", "KR", "-w", workspace)
    assert ended.code == 1
    assert ended.err.count("\n") == 1
    assert f"not the agreed one: it shows {server.fingerprint}, agreed is {other}" in ended.err
    assert server.manners.logins == 0, "no password was shown to a stranger"
    configure(workspace, server, f'host_key = ["{other}", "{server.fingerprint}"]')
    assert len(fetch(workspace)[0].fetched) == 1, "two are agreed while a key is being changed"


def test_a_wrong_password_is_told_once(workspace: Path, server: SftpServer) -> None:
    (workspace / "password").write_text("guess")
    ended = say("inbox", "pull", "KR", "-w", workspace)
    assert (ended.code, ended.err.count("\n")) == (1, 1)
    assert f"KR ({USER}@127.0.0.1:{server.port}): refused: " in ended.err
    assert server.manners.logins == 1, "not tried again: the account would be locked"


def test_a_key_instead_of_a_password(workspace: Path, tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(workspace / "kr"), "pkcs8-pem", "sesame")
    key.write_public_key(str(tmp_path / "authorized"))
    (workspace / "kr").chmod(0o600)
    (tmp_path / "kr2" / "out").mkdir(parents=True)
    with SftpServer(tmp_path / "kr2", HOST_KEY, tmp_path / "authorized") as running:
        lay_out(running, "a.edi", interchange(SCAN))
        more = ('key_file = "kr"', 'key_passphrase_env = "KR_PASSPHRASE"')
        configure(workspace, running, *more, drop=("password_file",))
        with pytest.raises(MailboxError, match="KR_PASSPHRASE is not set"):
            fetch(workspace)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("KR_PASSPHRASE", "sesame")
            assert len(fetch(workspace)[0].fetched) == 1
        (workspace / "kr").chmod(0o644)
        with pytest.raises(MailboxError, match="can be read by others"):
            fetch(workspace)


def test_a_connection_cut_mid_file_is_taken_up_where_it_was(
    workspace: Path, server: SftpServer
) -> None:
    data = big()
    lay_out(server, "big.edi", data)
    server.manners.drop_after, server.manners.drops = 12 << 20, 2
    done, told = fetch(workspace)
    assert came(workspace) == {"big.edi": data}
    (one,) = done.fetched
    assert (one.sha256, one.resumed_at) == (hashlib.sha256(data).hexdigest(), 16 << 20)
    assert len(told) == 2
    assert all("; again in 0.5 s" in line for line in told)


def test_a_server_that_always_cuts_is_given_up(workspace: Path, server: SftpServer) -> None:
    lay_out(server, "a.edi", interchange(SCAN))
    server.manners.drop_after = 0
    with pytest.raises(MailboxError, match=r"given up after 3 attempt\(s\)"):
        fetch(workspace)
    assert came(workspace) == {}


def test_a_server_that_does_not_answer_is_given_up(workspace: Path, server: SftpServer) -> None:
    configure(workspace, server, "timeout_s = 0.5", "attempts = 2")
    lay_out(server, "a.edi", interchange(SCAN))
    server.manners.mute = True
    begin = time.monotonic()
    with pytest.raises(MailboxError, match="no answer in time; given up after 2"):
        fetch(workspace)
    assert time.monotonic() - begin < 8


def test_nobody_listens(workspace: Path, server: SftpServer) -> None:
    configure(workspace, server, "port = 1", "attempts = 1")
    with pytest.raises(MailboxError, match="given up after 1"):
        fetch(workspace)


def test_one_bad_partner_does_not_keep_others_waiting(workspace: Path, server: SftpServer) -> None:
    good = (workspace / "mailboxes.toml").read_text()
    bad = good.replace('"KR"', '"US"').replace(f"port = {server.port}", "port = 1")
    (workspace / "mailboxes.toml").write_text(bad.replace("attempts = 3", "attempts = 1") + good)
    lay_out(server, "a.edi", interchange(SCAN))
    ended = say("inbox", "pull", "-w", workspace, "--json")
    assert ended.code == 1
    us, kr = ended.json["partners"]
    assert "given up" in us["error"]
    assert (kr["error"], len(kr["fetched"])) == (None, 1)


def test_two_pulls_at_once(workspace: Path, server: SftpServer) -> None:
    lay_out(server, "a.edi", interchange(SCAN))
    server.manners.nap_s = 1.0
    first = start(["inbox", "pull", "KR", "-w", workspace])
    wait_for(lambda: server.manners.logins)
    with pytest.raises(StoreBusy, match="pull-KR"):
        fetch(workspace)
    _, err = first.communicate()
    assert (first.returncode, err, len(events_of(workspace))) == (0, "", 1)


def test_a_full_disk_is_told_and_the_rest_fetched_later(
    workspace: Path, server: SftpServer
) -> None:
    """The limit is real: writes beyond it fail in the kernel."""
    data = big(3 << 20)
    lay_out(server, "big.edi", data)
    program = (
        "import resource, sys\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, {resource.RLIM_INFINITY}))\n"
        f"sys.argv = ['datecertain', 'inbox', 'pull', '--fetch-only', '-w', {str(workspace)!r}]\n"
        "from datecertain.cli import main\n"
        "main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "the disk is full (or a limit is reached)" in ended.stderr
    assert came(workspace) == {}
    assert len(fetch(workspace)[0].fetched) == 1
    assert came(workspace) == {"big.edi": data}


TURNS = often(3)


@pytest.mark.slow
@pytest.mark.parametrize("after", ["leave", "move"])
def test_killed_at_any_moment(workspace: Path, server: SftpServer, after: str) -> None:
    """Again and again, with files coming, large and small: all there in the end, each once."""
    if after == "move":
        configure(workspace, server, 'after = "move"', 'move_to = "/done"')
    chance, numbers = Random(f"pull -9, {after}"), [
        str(ItemNumber.compose("EE", serial, "KR")) for serial in range(6 * TURNS)
    ]  # fmt: skip
    large = big(30 << 20)
    lay_out(server, "large.dat", large)
    server.manners.nap_s = 0.002
    killed = 0
    for turn in range(TURNS):
        for n in range(turn * 6, turn * 6 + 6):
            lay_out(server, f"{n}.edi", interchange(SCAN, item=numbers[n], reference=str(n)))
        process = start(["inbox", "pull", "KR", "-w", workspace])
        seen = server.manners.logins
        wait_for(lambda seen=seen: server.manners.logins > seen)
        time.sleep(chance.uniform(0, 1.2))
        process.kill()
        process.communicate()
        killed += process.returncode == -9
        items = events_of(workspace)["item_id"].to_pylist()
        assert len(items) == len(set(items)), "no file counts twice"
    assert killed >= 2
    server.manners.nap_s = 0
    ended = run("inbox", "pull", "KR", "-w", workspace)
    assert (ended.code, ended.err) == (0, "")
    assert sorted(events_of(workspace)["item_id"].to_pylist()) == sorted(numbers)
    assert {row["sha256"] for row in rows_of(workspace, records.input_files)} >= {
        hashlib.sha256(large).hexdigest()
    }
    place = "done" if after == "move" else "out"
    assert len(list((server.root / place).iterdir())) == 6 * TURNS + 1
    assert came(workspace) == {}
    assert list((workspace / "incoming" / "KR").iterdir()) == [], "no draft is left"


def test_again_and_again_until_told_to_end(workspace: Path, server: SftpServer) -> None:
    process = start(["inbox", "pull", "KR", "-w", workspace, "--every", "1"])
    assert process.stdout is not None
    assert "0 fetched" in process.stdout.readline()
    lay_out(server, "a.edi", interchange(SCAN))
    while "KR/a.edi: 1 interchanges" not in process.stdout.readline():
        assert process.poll() is None
    process.terminate()
    process.communicate(timeout=20)
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("lines", "drop", "says"),
    [
        (('password = "x"',), (), "no secrets in this file"),
        ((), ("host_key",), "the server's fingerprint is wanted"),
        (('host_key = "SHA256:abc"',), (), "the server's fingerprint is wanted"),
        (('post = "XX"',), (), "post 'XX' is not known: KR, US"),
        (('password_env = "X"',), (), "exactly one of key_file"),
        (('after = "move"',), (), "move with a move_to"),
        (("port = 0",), (), "port 0: a number from 1"),
        (('speed = "high"',), (), "speed is not known"),
        ((), ("fetch_from",), "give fetch_from, send_to"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_says_why(
    workspace: Path, server: SftpServer, lines: tuple[str, ...], drop: tuple[str, ...], says: str
) -> None:
    configure(workspace, server, *lines, drop=drop)
    with pytest.raises(UsageError, match=says):
        read_mailboxes(workspace, POSTS)


def test_drafts_are_gone_on_with_only_up_to_what_is_durable(tmp_path: Path) -> None:
    """A draft's tail may be zeros after a power cut: it is fetched again."""
    path = tmp_path / "draft"
    path.write_bytes(b"a" * pulling.SYNCED + b"\0" * 5)
    with path.open("r+b") as stream:
        digest, begin = pulling._resumed(stream.fileno(), 2 * pulling.SYNCED)
    assert begin == pulling.SYNCED
    assert digest.hexdigest() == hashlib.sha256(b"a" * pulling.SYNCED).hexdigest()
    assert path.stat().st_size == pulling.SYNCED
