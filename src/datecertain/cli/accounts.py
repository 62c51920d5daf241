"""`datecertain user …` and `datecertain key …`: who may come in by HTTP and by the pages."""

from __future__ import annotations

import getpass
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from datecertain.access import keeper
from datecertain.cli.options import LOOKS, JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import say, say_json
from datecertain.errors import UsageError
from datecertain.moments import parse_utc
from datecertain.operations import accounts
from datecertain.operations.accounts import Account, Key
from datecertain.operations.telling_accounts import account_as_json, second_as_text
from datecertain.store.access_book import AccessBook
from datecertain.wording import words

users = typer.Typer(
    help="Accounts of people and machines: whose, with which roles.", no_args_is_help=True, **LOOKS
)
keys = typer.Typer(help="Keys of accounts, for programs.", no_args_is_help=True, **LOOKS)


@users.command("create")
def create(
    login: Annotated[str, typer.Argument(help="Small letters, digits and . _ @ -")],
    role: Annotated[
        list[str], typer.Option("--role", help="What it is for; may be given several times.")
    ],
    post: Annotated[
        str, typer.Option("--post", help="Its post; left out for the group's central office.")
    ] = "",
    name: Annotated[str, typer.Option("--name", help="The name that people know.")] = "",
    machine: Annotated[
        bool, typer.Option("--machine", help="A program, which comes in by keys alone.")
    ] = False,
    language: Annotated[Language, typer.Option("--language", help="Of its pages.")] = Language.EN,
    email: Annotated[
        str, typer.Option("--email", help="What a provider of OpenID Connect may know it by.")
    ] = "",
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Make an account. Roles: counter, care, quality, settlement, edi, network, auditor,
    administrator; of machines shop and partner; of the central office central_office, quality,
    auditor, administrator.

    Example: datecertain user create kim --post KR --role care --name "Kim Ji-woo" -w october

    Example: datecertain user create us-mail --post US --role partner --machine -w october
    """
    made = accounts.create_account(
        workspace, login, name, post, role, int(time.time()), machine=machine, language=language,
        email=email,
    )  # fmt: skip
    if json_:
        say_json(account_as_json(made))
    else:
        say(words(lang).say("account.made", **_account_words(made, lang)))


@users.command("list")
def list_(
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """All accounts.

    Example: datecertain user list -w october
    """
    found = accounts.list_accounts(workspace)
    if json_:
        say_json({"accounts": [account_as_json(one) for one in found]})
        return
    for one in found:
        say(words(lang).say("account.line", **_account_words(one, lang)))


@users.command("password")
def password(
    login: Annotated[str, typer.Argument(help="As `user list` shows it.")],
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Set the password of a person: asked for twice, or the first line of standard input where that
    is no terminal. At least 12 characters. All its visits end.

    Example: datecertain user password kim -w october < kims-first-password
    """
    from datecertain.operations.passwords import set_password  # noqa: PLC0415 - slow to import

    set_ = set_password(workspace, login, _typed(), int(time.time()))
    if json_:
        say_json(account_as_json(set_))
    else:
        say(words(lang).say("account.password", **_account_words(set_, lang)))


def _typed() -> str:
    if sys.stdin.isatty():
        first = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != first:
            raise UsageError("the two are not the same: type it again")
        return first
    return sys.stdin.readline().rstrip("\r\n")


@users.command("bind")
def bind(
    login: Annotated[str, typer.Argument(help="As `user list` shows it.")],
    issuer: Annotated[str, typer.Option("--issuer", help="The provider's address, as it says it.")],
    subject: Annotated[str, typer.Option("--subject", help="Its name for the person: `sub`.")],
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Bind a person of a provider of OpenID Connect to an account.

    Example: datecertain user bind kim --issuer https://id.example --subject 4711 -w october
    """
    from datecertain.operations.signing_in_elsewhere import (  # noqa: PLC0415 - slow to import
        bind_identity,
    )

    bind_identity(workspace, login, issuer, subject, int(time.time()))
    with AccessBook(workspace) as book:
        bound = accounts.find_account(book, login)
    if json_:
        say_json(account_as_json(bound))
    else:
        say(words(lang).say("account.line", **_account_words(bound, lang)))


@users.command("sign-out")
def sign_out(
    login: Annotated[str, typer.Argument(help="As `user list` shows it.")],
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """End all visits of an account at once; it can sign in again.

    Example: datecertain user sign-out kim -w october
    """
    from datecertain.operations.visits import end_all  # noqa: PLC0415 - slow to import

    with AccessBook(workspace) as book:
        ended = end_all(book, keeper(), login, int(time.time()))
    if json_:
        say_json({"login": login, "ended": ended})
    else:
        say(words(lang).say("account.signed_out", login=login, n=ended))


@users.command("roles")
def roles(
    login: Annotated[str, typer.Argument(help="As `user list` shows it.")],
    add: Annotated[
        list[str] | None,
        typer.Option("--add", metavar="ROLE", help="Give it this role; or again."),
    ] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", metavar="ROLE", help="Take this role away; likewise."),
    ] = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Change the roles of an account: its visits and keys have the new rights at once.

    Example: datecertain user roles kim --add quality --remove care -w october
    """
    if not add and not remove:
        raise UsageError("nothing to change: give --add or --remove, with a role")
    changed = accounts.set_roles(
        workspace, login, int(time.time()), add=add or (), remove=remove or ()
    )
    if json_:
        say_json(account_as_json(changed))
    else:
        say(words(lang).say("account.line", **_account_words(changed, lang)))


@users.command("close")
def close(
    login: Annotated[str, typer.Argument(help="As `user list` shows it.")],
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Close an account: its keys open nothing any more. It stays in the list, for the audit trail
    names it; `user open` opens it again.

    Example: datecertain user close kim -w october
    """
    _state(workspace, login, "closed", lang, json_)


@users.command("open")
def open_(
    login: Annotated[str, typer.Argument(help="As `user list` shows it.")],
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Open a closed account again.

    Example: datecertain user open kim -w october
    """
    _state(workspace, login, "active", lang, json_)


def _state(workspace: Path, login: str, state: str, lang: Language, json_: bool) -> None:
    changed = accounts.set_state(workspace, login, state, int(time.time()))
    if json_:
        say_json(account_as_json(changed))
    else:
        say(words(lang).say("account.line", **_account_words(changed, lang)))


@keys.command("create")
def create_key(
    login: Annotated[str, typer.Argument(help="The account that it belongs to.")],
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help="Cuts it to this right; may be given several times."),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option("--expires", metavar="MOMENT", help="Its end, such as 2027-11-30T00:00Z."),
    ] = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Make a key of an account. It is shown now, and never again: only its hash is kept.

    Example: datecertain key create us-mail --expires 2027-11-30T00:00Z -w october
    """
    end = None if expires is None else parse_utc(expires) * 60
    key = accounts.create_key(
        workspace, login, int(time.time()), scopes=scope or None, expires_at=end
    )
    key_id = key.split("_")[1]
    if json_:
        say_json({"login": login, "id": key_id, "key": key, "expires_at": second_as_text(end)})
        return
    say(key)
    typer.echo(words(lang).say("key.made", login=login, id=key_id), err=True)


@keys.command("list")
def list_keys(
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """All keys that were made: whose, since when, until when. None is shown itself.

    Example: datecertain key list -w october
    """
    found = accounts.list_keys(workspace)
    if json_:
        say_json({"keys": [_key(one) for one in found]})
        return
    speak = words(lang)
    for key in found:
        one = _key(key)
        one["state"] = speak.say(f"key.{one['state']}")
        one["expires_at"] = one["expires_at"] or "–"
        say(speak.say("key.line", **one))


@keys.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `key list` shows it.")],
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """End a key at once.

    Example: datecertain key revoke 0f3a… -w october
    """
    key = accounts.revoke_key(workspace, key_id, int(time.time()))
    if json_:
        say_json(_key(key))
        return
    say(words(lang).say("key.ended", login=key.login, id=key.key_id))


def _account_words(one: Account, lang: Language) -> dict[str, str]:
    speak = words(lang)
    return {
        "login": one.login, "name": one.name, "post": one.post or speak.say("account.group"),
        "roles": ", ".join(speak.say(f"role.{role}") for role in one.roles),
        "state": speak.say(f"account.{one.state}"),
    }  # fmt: skip


def _key(key: Key) -> dict[str, Any]:
    return {
        "id": key.key_id, "login": key.login, "post": key.post or None,
        "scopes": None if key.scopes is None else [str(one) for one in key.scopes],
        "state": key.state(int(time.time())), "created_at": second_as_text(key.created_at),
        "expires_at": second_as_text(key.expires_at), "revoked_at": second_as_text(key.revoked_at),
    }  # fmt: skip
