"""`datecertain happenings …`: what happened, as it is told to webhooks and live boards."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datecertain.access import keeper
from datecertain.cli.options import LOOKS, JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import say, say_json
from datecertain.moments import format_utc
from datecertain.operations.clock import SystemClock
from datecertain.operations.happening_kinds import kinds_of
from datecertain.operations.happenings import (
    Happening,
    as_json,
    happenings_after,
    tell,
    tell_warnings,
)
from datecertain.store.happening_book import HappeningBook
from datecertain.wording import words

app = typer.Typer(help="What happened, as it is told.", no_args_is_help=True, **LOOKS)


@app.command("list")
def list_(
    after: Annotated[
        int, typer.Option("--after", min=0, help="Those after this number; 0: from the first.")
    ] = 0,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 100,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="Only this kind; may be given several times.")
    ] = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """What happened, in the order in which it was found.

    Kinds: promise_at_risk, promise_saved, late, verdict_changed, refund, claim_decided, inquiry,
    statement, dispute, lane, network.

    Example: datecertain happenings list --kind late --after 1200 -w october
    """
    wanted = kinds_of(kind or ())
    with HappeningBook(workspace) as book:
        found = happenings_after(book, keeper(), after, limit + 1, wanted)
    shown, more = found[:limit], len(found) > limit
    if json_:
        following = str(shown[-1].seq) if more else None
        say_json({"items": [as_json(one) for one in shown], "next": following})
        return
    for one in shown:
        say(_line(one, lang))


@app.command("look")
def look(
    watch: Annotated[
        bool, typer.Option("--watch", help="Look at the watch list too: every item on its way.")
    ] = False,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Find what happened since the last look. `serve` does so all the time, but for the watch
    list: have `happenings look --watch` run every some minutes.

    Example: datecertain happenings look --watch -w october
    """
    now = SystemClock().now()
    with HappeningBook(workspace) as book:
        told = tell(book, now)
    if watch:
        told += tell_warnings(workspace, now)
    if json_:
        say_json({"told": told})
    else:
        say(words(lang).say("happening.told", count=words(lang).count(told)))


def _line(one: Happening, lang: Language) -> str:
    speak, about = words(lang), one.body
    names = ("item", "claim", "inquiry", "statement", "network", "period")
    subject = next((str(about[name]) for name in names if about.get(name)), one.subject)
    return speak.say(
        "happening.line", seq=one.seq, at=format_utc(one.at), audience=one.audience,
        kind=speak.say(f"happening.{one.kind}"), subject=subject,
        state=about.get("state", about.get("items", "")),
    )  # fmt: skip
