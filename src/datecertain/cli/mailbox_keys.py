"""`datecertain inbox key …`: keys with which partners hand in by HTTP."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from datecertain.cli.options import LOOKS, JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import say, say_json
from datecertain.moments import parse_utc
from datecertain.operations.mailbox_keys import create_key, list_keys, revoke_key, state_of
from datecertain.operations.workspaces import open_workspace
from datecertain.store.mail_book import KeptKey
from datecertain.wording import words

keys = typer.Typer(help="Keys with which partners hand in by HTTP.", no_args_is_help=True, **LOOKS)


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
        one["state"] = speak.say(f"mailbox.key.{one['state']}")
        one["expires_at"] = one["expires_at"] or "–"
        say(speak.say("mailbox.key", **one))


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
