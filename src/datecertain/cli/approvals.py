"""`datecertain approval …`: what waits for a second pair of eyes, and what came of it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from datecertain.access import Viewer, keeper
from datecertain.cli.options import LOOKS, JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import say, say_json
from datecertain.errors import NotFound
from datecertain.operations import approvals
from datecertain.operations.accounts import find_account
from datecertain.operations.approvals import Approval
from datecertain.operations.clock import SystemClock
from datecertain.operations.telling_approvals import told_approval
from datecertain.store.access_book import AccessBook
from datecertain.wording import words

app = typer.Typer(
    help="Two pairs of eyes: what waits, what was decided, what came of it.",
    no_args_is_help=True, **LOOKS,
)  # fmt: skip

NumberArgument = Annotated[int, typer.Argument(min=1, help="As `approval list` shows it.")]
AsOption = Annotated[
    str, typer.Option("--as", metavar="LOGIN", help="The account for which you decide.")
]


@app.callback()
def approval() -> None:
    """Two pairs of eyes: what waits, what was decided, what came of it."""


@app.command("list")
def list_(
    waiting: Annotated[bool, typer.Option("--waiting", help="Only what waits.")] = False,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """All that was asked for.

    Example: datecertain approval list --waiting -w october
    """
    with AccessBook(workspace) as book:
        found = approvals.listed(book, keeper(), int(time.time()))
    if waiting:
        found = [one for one in found if one.state is approvals.State.PENDING]
    if json_:
        say_json({"items": [told_approval(one, lang) for one in found]})
        return
    for one in found:
        say(_line(one, lang))


@app.command("show")
def show(
    number: NumberArgument,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """One, with what it will do.

    Example: datecertain approval show 12 -w october
    """
    with AccessBook(workspace) as book:
        found = approvals.find(book, keeper(), number, int(time.time()))
    _tell(found, lang, json_)


@app.command("approve")
def approve(
    number: NumberArgument,
    login: AsOption,
    digest: Annotated[
        str, typer.Option("--digest", help="The SHA-256 that `approval show` tells.")
    ],
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Approve it in the name of an account, and do it. On this machine nobody asks whose hands are
    at the keys: who holds it holds the workspace.

    Example: datecertain approval approve 12 --as lee --digest 9f3c… -w october
    """
    with AccessBook(workspace) as book:
        found = approvals.approve(
            book, workspace, _viewer(book, login), number, digest, int(time.time()), SystemClock()
        )
    _tell(found, lang, json_)


@app.command("refuse")
def refuse(
    number: NumberArgument,
    login: AsOption,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is recorded.")] = "",
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Refuse it in the name of an account; the account that asked withdraws it.

    Example: datecertain approval refuse 12 --as lee --reason "the notice is of last year"
    """
    with AccessBook(workspace) as book:
        found = approvals.refuse(book, _viewer(book, login), number, reason, int(time.time()))
    _tell(found, lang, json_)


@app.command("complete")
def complete(
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Do what was approved and cut off before its end; `serve` does it at every start.

    Example: datecertain approval complete -w october
    """
    with AccessBook(workspace) as book:
        found = approvals.complete_approved(book, workspace, int(time.time()), SystemClock())
    if json_:
        say_json({"items": [told_approval(one, lang) for one in found]})
        return
    for one in found:
        say(_line(one, lang))


def _viewer(book: AccessBook, login: str) -> Viewer:
    account = find_account(book, login)
    if account.state != "active":
        raise NotFound(f"the account {login!r} is closed: see `datecertain user list`")
    return Viewer(account.login, account.post, account.roles)


def _tell(one: Approval, lang: Language, json_: bool) -> None:
    if json_:
        say_json(told_approval(one, lang))
        return
    say(_line(one, lang), one.preview_ko if lang is Language.KO else one.preview_en)
    if reason := one.result.get("reason"):
        say(str(reason))


def _line(one: Approval, lang: Language) -> str:
    speak = words(lang)
    return speak.say(
        "approval.line", number=one.number, kind=one.kind, asked_by=one.asked_by,
        post=one.post or speak.say("account.group"), state=speak.say(f"approval.{one.state}"),
        digest=one.digest,
    )  # fmt: skip
