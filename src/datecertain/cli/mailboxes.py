"""`datecertain inbox pull`, `push` and `key …`: partners' SFTP servers, and keys for the HTTP door.

What speaks SFTP is loaded when it is called.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Annotated, Any

import typer

from datecertain.cli.options import LOOKS, JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import Step, progress, say, say_json
from datecertain.errors import DatecertainError, NotFound, UsageError
from datecertain.moments import parse_utc
from datecertain.operations.clock import SystemClock
from datecertain.operations.mail_room import take_in
from datecertain.operations.mailbox_keys import create_key, list_keys, revoke_key, state_of
from datecertain.operations.mailboxes import SftpBox, read_mailboxes
from datecertain.operations.networks import current_network
from datecertain.operations.workspaces import open_workspace
from datecertain.store.mail_book import KeptKey
from datecertain.wording import Words, words

keys = typer.Typer(help="Keys with which partners hand in by HTTP.", no_args_is_help=True, **LOOKS)

PartnerArgument = Annotated[
    str, typer.Argument(metavar="[PARTNER]", help="Only this post; else all of mailboxes.toml.")
]
OnceOption = Annotated[bool, typer.Option("--once", help="Once, then end (as without --every).")]
EveryOption = Annotated[
    float | None,
    typer.Option("--every", min=1, metavar="SECONDS", help="Again and again, until stopped."),
]


def pull(
    partner: PartnerArgument = "",
    workspace: WorkspaceOption = Path(),
    once: OnceOption = False,
    every: EveryOption = None,
    fetch_only: Annotated[
        bool, typer.Option("--fetch-only", help="Leave taking in to `inbox watch` or `serve`.")
    ] = False,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Fetch new files from partners' SFTP servers into WORKSPACE/incoming, and take them in.

    The servers stand in mailboxes.toml. Exit code 1: a partner, or a file, could not be served.

    Example: datecertain inbox pull KR -w october
    """
    from datecertain.operations.pulling import pull as fetch  # noqa: PLC0415 - slow to import

    speak, taken = words(lang), list[dict[str, Any]]()

    def work(box: SftpBox, stop: Event, step: Step) -> dict[str, Any]:
        done = fetch(workspace, box, stop, complain, step)
        if not json_:
            for one in done.fetched:
                say(speak.say("mailbox.fetched", partner=box.post, name=one.name, size=speak.count(one.size)))  # fmt: skip # noqa: E501
            counts = {"fetched": len(done.fetched), "known": done.known, "waiting": len(done.waiting)}  # fmt: skip # noqa: E501
            say(speak.say("mailbox.pulled", partner=box.post, **counts))
        return asdict(done)

    def after() -> None:
        if not fetch_only:
            take_in(workspace, SystemClock(), lambda one: taken.append(asdict(one)), complain)
            if not json_:
                for one in taken:
                    say(speak.say("mailbox.taken", **{name: one[name] for name in ("name", "interchanges", "events", "set_aside")}))  # fmt: skip # noqa: E501

    _rounds(workspace, partner, once, every, speak, work, after, taken if json_ else None)


def push(
    partner: PartnerArgument = "",
    workspace: WorkspaceOption = Path(),
    once: OnceOption = False,
    every: EveryOption = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Send the files of WORKSPACE/outgoing/POST to that post's SFTP server, then move them to sent.

    Rename files into that folder when they are whole. Exit code 1: one could not be sent.

    Example: datecertain inbox push KR -w october
    """
    from datecertain.operations.pushing import push as send  # noqa: PLC0415 - slow to import

    speak = words(lang)

    def work(box: SftpBox, stop: Event, step: Step) -> dict[str, Any]:
        done = send(workspace, box, stop, complain, step)
        if not json_:
            for one in done.sent:
                say(speak.say("mailbox.sent", partner=box.post, name=one.name, size=speak.count(one.size)))  # fmt: skip # noqa: E501
            say(speak.say("mailbox.pushed", partner=box.post, sent=len(done.sent)))
        return asdict(done)

    _rounds(workspace, partner, once, every, speak, work, lambda: None, [] if json_ else None)


def complain(text: str) -> None:
    """One line on standard error."""
    typer.echo(f"datecertain: {text}", err=True)


def _rounds(
    workspace: Path, partner: str, once: bool, every: float | None, speak: Words,
    work: Callable[[SftpBox, Event, Step], dict[str, Any]], after: Callable[[], None],
    taken: list[dict[str, Any]] | None,
) -> None:  # fmt: skip
    """Serve each partner, once or again and again; one that fails does not keep others waiting.
    `taken` is given where the answer is JSON."""
    if once and every:
        raise UsageError("--once and --every contradict each other: give one")
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while True:
        done, well = list[dict[str, Any]](), True
        for box in _boxes(workspace, partner):
            if stop.is_set():
                break
            answer: dict[str, Any] = {"partner": box.post, "error": None}
            try:
                with progress(box.post, quiet=taken is not None, unit="B") as step:
                    answer |= work(box, stop, step)
            except DatecertainError as error:
                answer["error"] = str(error)
                complain(str(error))
            for line in answer.get("refused", ()):
                complain(line)
            well = well and not answer["error"] and not answer.get("refused")
            done.append(answer)
        after()
        if taken is not None:
            say_json({"partners": done, "taken": list(taken)})
        if not every or stop.is_set() or stop.wait(every):
            raise typer.Exit(0 if well or every else 1)
        if taken is not None:
            taken.clear()


def _boxes(workspace: Path, partner: str) -> list[SftpBox]:
    with open_workspace(workspace) as opened:
        posts = tuple(current_network(opened).posts)
    found = [one for one in read_mailboxes(workspace, posts) if partner in ("", one.post)]
    if not found:
        raise NotFound(f"mailboxes.toml names no server of {partner or 'any post'}")
    return found


@keys.command("create")
def create(
    partner: Annotated[str, typer.Argument(help="The post that may hand in with it.")],
    workspace: WorkspaceOption = Path(),
    expires: Annotated[
        str | None,
        typer.Option("--expires", metavar="MOMENT", help="Its end, such as 2027-11-30T00:00Z."),
    ] = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Make a key for a partner. It is shown now, and never again: only its hash is kept.

    Example: datecertain inbox key create KR --expires 2027-11-30T00:00Z -w october
    """
    end = None if expires is None else parse_utc(expires) * 60
    key = create_key(workspace, partner, int(time.time()), end)
    if json_:
        say_json({"partner": partner, "id": key.split("_")[1], "key": key, "expires_at": _at(end)})
        return
    say(key)
    told = words(lang).say("mailbox.key_made", partner=partner, id=key.split("_")[1])
    typer.echo(told, err=True)


@keys.command("list")
def show(
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """All keys that were made: whose, since when, until when. None is shown itself.

    Example: datecertain inbox key list -w october
    """
    with open_workspace(workspace):
        found = list_keys(workspace)
    if json_:
        say_json({"keys": [_told(key) for key in found]})
        return
    speak = words(lang)
    for key in found:
        one = _told(key)
        state = speak.say(f"mailbox.key.{one['state']}")
        say(speak.say("mailbox.key", **one | {"state": state, "expires_at": one["expires_at"] or "–"}))  # fmt: skip # noqa: E501


@keys.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `inbox key list` shows it.")],
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """End a key at once.

    Example: datecertain inbox key revoke 0f3a… -w october
    """
    with open_workspace(workspace):
        key = revoke_key(workspace, key_id, int(time.time()))
    if json_:
        say_json(_told(key))
        return
    say(words(lang).say("mailbox.key_revoked", partner=key.partner, id=key.key_id))


def _told(key: KeptKey) -> dict[str, Any]:
    return {
        "id": key.key_id, "partner": key.partner, "state": state_of(key, int(time.time())),
        "created_at": _at(key.created_at), "expires_at": _at(key.expires_at),
        "revoked_at": _at(key.revoked_at),
    }  # fmt: skip


def _at(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
