"""A connection to a partner's SFTP server: who it is is checked first, then who we are; what fails
on the way is tried again, what is refused is told at once.

Loading this module loads asyncssh: commands do so when they are called.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import asyncssh

from datecertain.errors import MailboxError
from datecertain.operations.mailboxes import SftpBox, demand_private

#: So many bytes are asked for at once, and waited for no longer than the box's `timeout_s`.
BLOCK = 1 << 19
#: An attempt that brought a file, or so many bytes, counts as none: the line is bad, not dead.
_GAIN = 1 << 20
_FIRST_WAIT_S, _MOST_WAIT_S = 0.5, 30.0

#: Keys that a fingerprint tells; a certificate would ask for an authority.
_HOST_KEYS = [
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    "rsa-sha2-512", "rsa-sha2-256",
]  # fmt: skip
_FINAL = (asyncssh.PermissionDenied, asyncssh.ProtocolNotSupported, asyncssh.KeyExchangeFailed)
#: The connection failed, not what was asked for.
LOST = (
    asyncssh.DisconnectError, asyncssh.ChannelOpenError, asyncssh.SFTPConnectionLost,
    asyncssh.SFTPNoConnection, OSError, TimeoutError,
)  # fmt: skip


@dataclass(slots=True)
class Gain:
    """What an attempt brought so far."""

    bytes: int = 0
    files: int = 0


@dataclass(slots=True)
class _Pinned(asyncssh.SSHClient):
    """Trusts the agreed keys and no others."""

    box: SftpBox
    shown: list[str] = field(default_factory=list)

    def validate_host_public_key(self, host: str, addr: str, port: int, key: Any) -> bool:
        self.shown.append(key.get_fingerprint("sha256"))
        return self.shown[-1] in self.box.host_keys


async def persist(
    box: SftpBox, work: Callable[[Any, Gain], Awaitable[None]], stop: Event,
    complain: Callable[[str], None],
) -> None:  # fmt: skip
    """Connect and do the work; where the connection fails, again, with longer and longer waits.
    The work goes on where it was: it must look at what is there. `stop` ends the waiting.

    Raises `MailboxError` when the server refuses, is another one, or stays out of reach.
    """
    # Of several reads under way all fail with the connection: one is told, and that is enough.
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    failed = 0
    while True:
        gain = Gain()
        try:
            async with _connected(box) as sftp:
                await work(sftp, gain)
            return
        except _FINAL as error:
            raise MailboxError(f"{box.place}: refused: {one_line(error)}") from error
        except LOST as error:
            failed = 1 if gain.files or gain.bytes >= _GAIN else failed + 1
            told = f"{box.place}: {one_line(error)}"
            if failed >= box.attempts:
                raise MailboxError(f"{told}; given up after {failed} attempt(s)") from error
            wait = min(_FIRST_WAIT_S * 2 ** (failed - 1), _MOST_WAIT_S)
            complain(f"{told}; again in {wait:g} s")
            if await asyncio.to_thread(stop.wait, wait):
                return
        except asyncssh.SFTPError as error:
            raise MailboxError(f"{box.place}: {one_line(error)}") from error


@asynccontextmanager
async def _connected(box: SftpBox) -> AsyncIterator[Any]:
    client = _Pinned(box)
    secrets = _secrets(box)
    try:
        connection = await asyncssh.connect(
            box.host, box.port, username=box.user, client_factory=lambda: client,
            # No list of known hosts, no configuration, no agent of whoever runs this.
            known_hosts=([], [], []), server_host_key_algs=_HOST_KEYS, config=None,
            agent_path=None, connect_timeout=box.timeout_s, login_timeout=box.timeout_s,
            keepalive_interval=box.timeout_s, **secrets,
        )  # fmt: skip
    except asyncssh.HostKeyNotVerifiable as error:
        raise MailboxError(_not_the_agreed_one(box, client.shown)) from error
    try:
        async with asyncio.timeout(box.timeout_s):
            # Names are bytes: a Korean one may be EUC-KR.
            sftp = await connection.start_sftp_client(path_encoding=None)
        yield sftp
        sftp.exit()
    finally:
        connection.close()
        with suppress(Exception):
            async with asyncio.timeout(min(2.0, box.timeout_s)):
                await connection.wait_closed()
        connection.abort()


def _secrets(box: SftpBox) -> dict[str, Any]:
    """How we say who we are: with the key, or with the password; never with both."""
    if box.key_file is None:
        return {
            "password": box.password(), "client_keys": None,
            "preferred_auth": "password,keyboard-interactive",
        }  # fmt: skip
    demand_private(box.key_file)
    try:
        key = asyncssh.read_private_key(str(box.key_file), box.passphrase())
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise MailboxError(
            f"{box.key_file} cannot be used: {one_line(error)}; a key in OpenSSH's form is wanted, "
            "one with a passphrase with key_passphrase_env"
        ) from error
    return {"client_keys": [key], "preferred_auth": "publickey"}


def _not_the_agreed_one(box: SftpBox, shown: list[str]) -> str:
    return (
        f"{box.place}: the server is not the agreed one: it shows {', '.join(shown) or 'no key'}, "
        f"agreed is {', '.join(box.host_keys)}; nothing was sent. Ask the partner by another way; "
        "if it has changed its key, put the new one into mailboxes.toml"
    )


def one_line(error: BaseException) -> str:
    """What an error says, in one line."""
    if isinstance(error, TimeoutError) and not str(error):
        return "no answer in time"
    return " ".join(str(error).split()) or type(error).__name__
