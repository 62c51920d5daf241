"""`datecertain audit …`: who changed what and who looked at personal data, listed and proved."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from datecertain.access import EVERYTHING, keeper
from datecertain.cli.journal import NOT_WHOLE
from datecertain.cli.options import LOOKS, JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import say, say_json
from datecertain.operations import audit
from datecertain.operations.audit import Told, told_entry
from datecertain.store.access_book import AccessBook
from datecertain.wording import Words, words

app = typer.Typer(
    help="The audit trail: who changed what, who looked at personal data.", no_args_is_help=True,
    **LOOKS,
)  # fmt: skip


@app.callback()
def trail() -> None:
    """The audit trail: who changed what, who looked at personal data."""


@app.command("list")
def list_(
    after: Annotated[
        int, typer.Option("--after", min=0, metavar="NUMBER", help="Entries after this one.")
    ] = 0,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 100,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Entries in order, oldest first.

    Example: datecertain audit list --after 1200 -w october
    """
    with AccessBook(workspace) as book:
        found = audit.trail(book, keeper(), after, limit)
    if json_:
        say_json({"items": [told_entry(one) for one in found]})
        return
    for one in found:
        say(_line(one, words(lang)))


@app.command("verify")
def verify(
    kept: Annotated[
        str | None,
        typer.Option(
            "--kept", metavar="DIGEST",
            help="A digest that was noted earlier or elsewhere: it must be in the chain.",
        ),
    ] = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Prove that no entry was changed, removed or moved. Keep the last digest elsewhere: entries
    cut off at the end show only against one that was kept. Exit code 4 when it is not in the chain.

    Example: datecertain audit verify --kept 9f3c… -w october
    """
    found, speak = audit.verify(workspace, kept), words(lang)
    if json_:
        say_json(asdict(found))
    else:
        say(speak.say("audit.whole", n=found.entries, digest=found.digest))
        if kept is not None:
            say(speak.say("audit.held" if found.holds else "audit.not_held"))
    if not found.holds:
        raise typer.Exit(NOT_WHOLE)


def _line(one: Told, speak: Words) -> str:
    plain = told_entry(one)
    post = speak.say("audit.keeper") if one.post == EVERYTHING else one.post
    return speak.say(
        "audit.line", seq=one.seq, at=plain["at"], who=one.who or speak.say("audit.nobody"),
        post=post or speak.say("account.group"), phase=speak.say(f"audit.{one.phase}"),
        action=one.action, subject=one.subject,
    ).rstrip()  # fmt: skip
