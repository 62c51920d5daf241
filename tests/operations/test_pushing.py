"""Sending to partners' SFTP servers: whole files only, each once (real server, synthetic mail)."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from threading import Event

import asyncssh
import pytest
from command_line import run, say, start
from sftp_server import PASSWORD, USER, SftpServer, wait_for
from small_workspaces import interchange, small_workspace

from datecertain.operations.mailboxes import read_mailboxes
from datecertain.operations.pushing import Pushed, push
from thorough import often

SCAN = ("EMB", "202610211945", "KRSELB")
HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    (tmp_path / "us" / "in").mkdir(parents=True)
    with SftpServer(tmp_path / "us", HOST_KEY) as running:
        yield running


@pytest.fixture
def workspace(tmp_path: Path, server: SftpServer) -> Path:
    made = small_workspace(tmp_path / "w")
    (made / "mailboxes.toml").write_text(
        f'[[sftp]]\npost = "US"\nhost = "127.0.0.1"\nport = {server.port}\nuser = "{USER}"\n'
        f'host_key = "{server.fingerprint}"\npassword_env = "US_PASSWORD"\nsend_to = "/in/"\n'
        "timeout_s = 5\nattempts = 3\n"
    )
    (made / "outgoing" / "US").mkdir(parents=True)
    return made


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("US_PASSWORD", PASSWORD)


def send(workspace: Path) -> tuple[Pushed, list[str]]:
    told: list[str] = []
    (box,) = read_mailboxes(workspace, ("KR", "US"))
    return push(workspace, box, Event(), told.append), told


def there(server: SftpServer) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (server.root / "in").iterdir()}


def waiting(workspace: Path) -> list[str]:
    return sorted(p.name for p in (workspace / "outgoing" / "US").iterdir() if p.is_file())


def kept(workspace: Path) -> list[str]:
    """Names in `sent`, without the moments before them."""
    names = [p.name for p in (workspace / "outgoing" / "US" / "sent").rglob("*") if p.is_file()]
    assert all(re.match(r"\d{6}\.\d{6}Z-", name) for name in names)
    return sorted(name.split("Z-", 1)[1] for name in names)


def test_files_are_sent_whole_and_moved_to_sent(workspace: Path, server: SftpServer) -> None:
    names = ["a.edi", "한국 우편.edi", "-x.edi"]
    for name in names:
        (workspace / "outgoing" / "US" / name).write_bytes(interchange(SCAN))
    (workspace / "outgoing" / "US" / "b.edi.part").write_bytes(b"half")
    ended = say("inbox", "push", "US", "-w", workspace)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith("US: 3 sent.\n")
    assert there(server) == dict.fromkeys(names, interchange(SCAN))
    assert (waiting(workspace), kept(workspace)) == (["b.edi.part"], sorted(names))
    assert say("inbox", "push", "-w", workspace, "--json").json["partners"][0]["sent"] == []


def test_what_the_partner_has_not_collected_is_not_overwritten(
    workspace: Path, server: SftpServer
) -> None:
    (server.root / "in" / "a.edi").write_bytes(b"yesterday's")
    (workspace / "outgoing" / "US" / "a.edi").write_bytes(interchange(SCAN))
    ended = say("inbox", "push", "US", "-w", workspace)
    assert (ended.code, there(server)) == (1, {"a.edi": b"yesterday's"})
    assert ended.err.endswith(
        "US: a.edi: a file of this name still lies there, not yet collected\n"
    )
    (server.root / "in" / "a.edi").unlink()
    assert say("inbox", "push", "US", "-w", workspace).code == 0
    assert there(server) == {"a.edi": interchange(SCAN)}


def test_cut_off_after_the_renaming_it_is_not_sent_twice(
    workspace: Path, server: SftpServer
) -> None:
    (workspace / "outgoing" / "US" / "a.edi").write_bytes(interchange(SCAN))
    server.manners.renames_cut = True
    done, told = send(workspace)
    assert (len(told), [one.name for one in done.sent], done.refused) == (1, ["a.edi"], [])
    assert (there(server), kept(workspace)) == ({"a.edi": interchange(SCAN)}, ["a.edi"])


def test_a_folder_that_is_not_there(workspace: Path, server: SftpServer) -> None:
    (workspace / "outgoing" / "US" / "a.edi").write_bytes(interchange(SCAN))
    (server.root / "in").rmdir()
    ended = say("inbox", "push", "US", "-w", workspace)
    assert (ended.code, ended.err.count("\n"), waiting(workspace)) == (1, 1, ["a.edi"])


@pytest.mark.slow
def test_killed_at_any_moment(workspace: Path, server: SftpServer) -> None:
    """The partner sees whole files only, and in the end each of them."""
    chance, turns = Random("push -9"), often(4)
    mail = {f"{n}.dat": Random(n).randbytes(8 << 20) for n in range(2 * turns)}
    for turn in range(turns):
        for name in list(mail)[turn * 2 : turn * 2 + 2]:
            draft = workspace / "outgoing" / "US" / f"{name}.part"
            draft.write_bytes(mail[name])
            draft.rename(draft.with_name(name))
        seen = server.manners.logins
        process = start(["inbox", "push", "US", "-w", workspace])
        wait_for(lambda seen=seen, p=process: server.manners.logins > seen or p.poll() is not None)
        time.sleep(chance.uniform(0, 0.4))
        process.kill()
        process.communicate()
        seen_by_partner = {n: d for n, d in there(server).items() if not n.startswith(".")}
        assert all(mail[name] == data for name, data in seen_by_partner.items())
    ended = run("inbox", "push", "US", "-w", workspace)
    assert (ended.code, ended.err) == (0, "")
    assert there(server) == mail
    assert (waiting(workspace), kept(workspace)) == ([], sorted(mail))
