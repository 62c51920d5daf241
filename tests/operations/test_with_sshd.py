"""Fetching and sending with OpenSSH's server, where the machine has one (synthetic mail)."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import asyncssh
import pytest
from sftp_server import wait_for
from small_workspaces import interchange, small_workspace

from datecertain.errors import MailboxError
from datecertain.operations.mailboxes import SftpBox, read_mailboxes
from datecertain.operations.pulling import pull
from datecertain.operations.pushing import push

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
MAIL = interchange(("EMB", "202610211945", "KRSELB"))


def why_not() -> str:
    """Why sshd cannot be used here; empty: it can."""
    if SSHD is None:
        return "there is no sshd on this machine"
    names = {entry.pw_name for entry in pwd.getpwall()}
    if os.getuid() == 0 and ("sshd" not in names or not Path("/run/sshd").is_dir()):
        return "sshd, started by root, wants a user of its own"
    return ""


pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "it is there")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A server for whoever runs the tests: its folder, its port."""
    for name in ("host", "user"):
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(str(tmp_path / name))
        key.write_public_key(str(tmp_path / f"{name}.pub"))
        (tmp_path / name).chmod(0o600)
    for name in ("out", "done", "in"):
        (tmp_path / name).mkdir()
    port = free_port()
    (tmp_path / "conf").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {tmp_path}/host\nPidFile none\n"
        f"AuthorizedKeysFile {tmp_path}/user.pub\nStrictModes no\nPasswordAuthentication no\n"
        "KbdInteractiveAuthentication no\nPermitRootLogin yes\nSubsystem sftp internal-sftp\n"
    )
    log = (tmp_path / "log").open("wb")
    running = subprocess.Popen([str(SSHD), "-D", "-e", "-f", str(tmp_path / "conf")], stderr=log)
    try:
        wait_for(lambda: b"listening" in (tmp_path / "log").read_bytes())
        yield tmp_path, port
    finally:
        running.terminate()
        running.wait(10)
        log.close()


def box(workspace: Path, folder: Path, port: int) -> SftpBox:
    host = asyncssh.read_public_key(str(folder / "host.pub"))
    (workspace / "mailboxes.toml").write_text(
        f'[[sftp]]\npost = "KR"\nhost = "127.0.0.1"\nport = {port}\nuser = "{getpass.getuser()}"\n'
        f'host_key = "{host.get_fingerprint("sha256")}"\nkey_file = "{folder}/user"\n'
        f'fetch_from = "{folder}/out"\nafter = "move"\nmove_to = "{folder}/done"\n'
        f'send_to = "{folder}/in"\nsettle_s = 0\nattempts = 1\n'
    )
    return read_mailboxes(workspace, ("KR",))[0]


def test_there_and_back(tmp_path: Path, sshd: tuple[Path, int]) -> None:
    folder, port = sshd
    workspace = small_workspace(tmp_path / "w")
    agreed = box(workspace, folder, port)
    big = os.urandom(20 << 20)
    (folder / "out" / "국제우편 1.edi").write_bytes(MAIL)
    (folder / "out" / "big.edi").write_bytes(big)
    (folder / "out" / "half.edi.part").write_bytes(MAIL[:9])
    (folder / "out" / "link.edi").symlink_to("/etc/hostname")
    try:
        done = pull(workspace, agreed, Event(), pytest.fail)
    except MailboxError:
        if b"account is locked" in (folder / "log").read_bytes():
            pytest.skip("sshd lets the user who runs the tests in only with a password set")
        raise
    assert (len(done.fetched), done.refused) == (2, [])
    incoming = workspace / "incoming" / "KR"
    assert {p.name: p.read_bytes() for p in incoming.iterdir()} == {
        "국제우편 1.edi": MAIL, "big.edi": big
    }  # fmt: skip
    assert {p.name for p in (folder / "done").iterdir()} == {"국제우편 1.edi", "big.edi"}
    outgoing = workspace / "outgoing" / "KR"
    outgoing.mkdir(parents=True)
    (outgoing / "big.edi").write_bytes(big)
    assert len(push(workspace, agreed, Event(), pytest.fail).sent) == 1
    assert {p.name: p.read_bytes() for p in (folder / "in").iterdir()} == {"big.edi": big}
