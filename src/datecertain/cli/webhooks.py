"""`datecertain webhook …`: where posts want to be told of what happens, and telling them."""

from __future__ import annotations

import signal
import time
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Annotated, Any

import typer

from datecertain.access import keeper
from datecertain.cli.options import LOOKS, JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import say, say_json
from datecertain.errors import UsageError
from datecertain.operations import webhooks
from datecertain.operations.networks import current_network
from datecertain.operations.webhook_delivery import keep_pushing, ping, push
from datecertain.operations.webhooks import delivery_as_json, webhook_as_json
from datecertain.operations.workspaces import open_workspace
from datecertain.store.happening_book import HappeningBook
from datecertain.wording import words

app = typer.Typer(help="Where posts are told of what happens.", no_args_is_help=True, **LOOKS)

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="As `webhook list` shows it.")]


@app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="https://…, which takes POST requests.")],
    post: Annotated[
        str, typer.Option("--post", help="Whose; left out for the group's central office.")
    ] = "",
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", help="Only this kind of happening; may be given several times."),
    ] = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Register a webhook: it is told what the post sees, from now on. Its secret is shown now, and
    never again.

    Example: datecertain webhook add https://hooks.example.org/dc --post KR --kind late -w october
    """
    owner = post.upper()
    if owner:
        with open_workspace(workspace) as opened:
            current_network(opened).post(owner)
    with HappeningBook(workspace) as book:
        one, secret = webhooks.register(book, keeper(), owner, url, kind or (), _now())
    if json_:
        say_json({"webhook": webhook_as_json(one), "secret": secret})
        return
    say(secret)
    typer.echo(words(lang).say("webhook.made", id=one.webhook_id, url=url), err=True)


@app.command("list")
def list_(
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """The webhooks of all posts: where, of what, in which state, and what waits for each.

    Example: datecertain webhook list -w october
    """
    with HappeningBook(workspace) as book:
        found = webhooks.list_webhooks(book, keeper())
    if json_:
        say_json({"webhooks": [webhook_as_json(one) for one in found]})
        return
    for one in found:
        say(_line(one, lang))


@app.command("pause")
def pause(
    webhook_id: IdArgument, workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN, json_: JsonOption = False,
) -> None:  # fmt: skip
    """Send nothing until `webhook resume`; what happens meanwhile is sent then.

    Example: datecertain webhook pause wh_0f3a… -w october
    """
    with HappeningBook(workspace) as book:
        _tell(webhooks.pause(book, keeper(), webhook_id), lang, json_)


@app.command("resume")
def resume(
    webhook_id: IdArgument, workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN, json_: JsonOption = False,
) -> None:  # fmt: skip
    """Send again after a pause, or to a receiver that was failing; what waits comes first.

    Example: datecertain webhook resume wh_0f3a… -w october
    """
    with HappeningBook(workspace) as book:
        _tell(webhooks.resume(book, keeper(), webhook_id, _now()), lang, json_)


@app.command("remove")
def remove(
    webhook_id: IdArgument, workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN, json_: JsonOption = False,
) -> None:  # fmt: skip
    """End a webhook for good.

    Example: datecertain webhook remove wh_0f3a… -w october
    """
    with HappeningBook(workspace) as book:
        webhooks.remove(book, keeper(), webhook_id)
    if json_:
        say_json({"removed": webhook_id})
    else:
        say(words(lang).say("webhook.removed", id=webhook_id))


@app.command("rotate")
def rotate(
    webhook_id: IdArgument, workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN, json_: JsonOption = False,
) -> None:  # fmt: skip
    """Change the secret: the new one is shown now; for a day the old one signs beside it.

    Example: datecertain webhook rotate wh_0f3a… -w october
    """
    with HappeningBook(workspace) as book:
        secret = webhooks.rotate_secret(book, keeper(), webhook_id, _now())
    if json_:
        say_json({"id": webhook_id, "secret": secret})
        return
    say(secret)
    typer.echo(words(lang).say("webhook.rotated", id=webhook_id), err=True)


@app.command("ping")
def ping_(
    webhook_id: IdArgument, workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN, json_: JsonOption = False,
) -> None:  # fmt: skip
    """Send a message of the type `ping` once; exit code 1 when it did not arrive.

    Example: datecertain webhook ping wh_0f3a… -w october
    """
    with HappeningBook(workspace) as book:
        tried = ping(book, keeper(), webhook_id, _now())
    if json_:
        say_json({
            "delivered": tried.delivered, "status": tried.status, "problem": tried.problem or None,
        })  # fmt: skip
    else:
        key = "webhook.arrived" if tried.delivered else "webhook.not_arrived"
        say(words(lang).say(key, id=webhook_id, problem=tried.problem))
    if not tried.delivered:
        raise typer.Exit(1)


@app.command("deliveries")
def deliveries(
    webhook_id: IdArgument, workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN, json_: JsonOption = False,
) -> None:  # fmt: skip
    """The last hundred deliveries, the latest first: which arrived, and why others did not.

    Example: datecertain webhook deliveries wh_0f3a… -w october
    """
    with HappeningBook(workspace) as book:
        found = webhooks.deliveries(book, keeper(), webhook_id)
    if json_:
        say_json({"deliveries": [delivery_as_json(row) for row in found]})
        return
    speak = words(lang)
    for row in found:
        one: dict[str, Any] = dict(delivery_as_json(row))
        one |= {"state": speak.say(f"webhook.{row.state}"), "problem": row.problem}
        one["kind"] = speak.say(f"happening.{row.kind}")
        say(speak.say("webhook.delivery", **one).rstrip())


@app.command("redeliver")
def redeliver(
    webhook_id: IdArgument,
    message: Annotated[str, typer.Argument(help="As `webhook deliveries` shows it.")],
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Send a delivery once more, under the same id.

    Example: datecertain webhook redeliver wh_0f3a… msg_0f3a…_12 -w october
    """
    with HappeningBook(workspace) as book:
        webhooks.redeliver(book, keeper(), webhook_id, message, _now())
        _tell(webhooks.find_webhook(book, keeper(), webhook_id), lang, json_)


@app.command("deliver")
def deliver(
    once: Annotated[bool, typer.Option("--once", help="One turn, and leave.")] = False,
    every: Annotated[
        float | None, typer.Option("--every", min=0.1, metavar="SECONDS", help="Again and again.")
    ] = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Find what happened and send what is due: once, or until SIGTERM or Ctrl-C. `serve` does so
    by itself; several may do it at once.

    Example: datecertain webhook deliver --once -w october
    """
    if once == (every is not None):
        raise UsageError("give either --once or --every")
    if every is not None:
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        with suppress(KeyboardInterrupt):
            keep_pushing(
                workspace, stop, lambda text: typer.echo(f"datecertain: {text}", err=True), every
            )
        return
    with HappeningBook(workspace) as book:
        done = push(book)
    if json_:
        say_json({
            "told": done.told, "queued": done.queued, "delivered": done.delivered,
            "failed": done.failed,
        })  # fmt: skip
        return
    speak = words(lang)
    counts = {
        name: speak.count(getattr(done, name)) for name in ("told", "queued", "delivered", "failed")
    }
    say(speak.say("webhook.turn", **counts))
    for problem in done.problems:
        typer.echo(f"datecertain: {problem}", err=True)


def _tell(one: webhooks.Webhook, lang: Language, json_: bool) -> None:
    if json_:
        say_json(webhook_as_json(one))
    else:
        say(_line(one, lang))


def _line(one: webhooks.Webhook, lang: Language) -> str:
    speak = words(lang)
    kinds = ", ".join(speak.say(f"happening.{kind}") for kind in one.kinds)
    line = speak.say(
        "webhook.line", id=one.webhook_id, post=one.owner or speak.say("account.group"),
        url=one.url, kinds=kinds or speak.say("webhook.everything"),
        state=speak.say(f"webhook.{one.state}"), waiting=speak.count(one.waiting),
    )  # fmt: skip
    return f"{line}: {one.problem}" if one.problem else line


def _now() -> int:
    return int(time.time())
