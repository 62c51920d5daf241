"""`datecertain promise record`, `possess`, `void`, `expire`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from datecertain.cli.options import (
    ActorOption,
    JsonOption,
    Language,
    LanguageOption,
    WorkspaceOption,
)
from datecertain.cli.output import say, say_json
from datecertain.errors import UsageError
from datecertain.moments import DAY, parse_date
from datecertain.operations.clock import SystemClock
from datecertain.promise.asking import Ask, demand_count
from datecertain.promise.quoting import parse_place
from datecertain.promise.routes import EMS, IN_HAND, Route
from datecertain.wording import Words, words

KeyOption = Annotated[
    str, typer.Option("--key", help="Key of the request: asked again, nothing is done twice.")
]
NameArgument = Annotated[str, typer.Argument(metavar="PROMISE", help="Its id or item number.")]
ChannelOption = Annotated[
    str, typer.Option("--channel", help="counter, agency, collection, contract; label: nothing was "
                      "handed over. Default: the post holds it.")
]  # fmt: skip
ToldOption = Annotated[
    str | None,
    typer.Option("--told", metavar="DATE", help="The date told, if it is not the one quoted."),
]
WeightOption = Annotated[str | None, typer.Option("--weight", metavar="GRAMS")]
PostageOption = Annotated[
    str | None, typer.Option("--postage", metavar="MINOR", help="Paid, in minor units.")
]
CurrencyOption = Annotated[str, typer.Option("--currency", help="Currency of the postage.")]


def record(
    origin: Annotated[
        str, typer.Option("--from", metavar="POST:POSTCODE", help="Where it is accepted.")
    ],
    to: Annotated[str, typer.Option("--to", metavar="POST:POSTCODE", help="The addressee's.")],
    at: Annotated[str, typer.Option("--at", metavar="LOCAL", help="Local time of acceptance.")],
    actor: ActorOption,
    item: Annotated[str | None, typer.Option("--item", help="Item number, once known.")] = None,
    told: ToldOption = None,
    product: Annotated[str, typer.Option("--product")] = EMS,
    contents: Annotated[str, typer.Option("--contents")] = "",
    channel: ChannelOption = IN_HAND,
    address: Annotated[str, typer.Option("--address")] = "street",
    weight: WeightOption = None,
    value: Annotated[
        str | None, typer.Option("--value", metavar="SDR", help="Declared value in whole SDR.")
    ] = None,
    postage: PostageOption = None,
    currency: CurrencyOption = "",
    office: Annotated[str, typer.Option("--office", help="Accepting office.")] = "",
    key: KeyOption = "",
    workspace: WorkspaceOption = Path(),
    table: Annotated[
        Path | None, typer.Option("--table", help="Offline: promise by this table …")
    ] = None,
    journal: Annotated[
        Path | None, typer.Option("--journal", help="… and append it to this file.")
    ] = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Record the promise of an acceptance: frozen from then on.

    Example: datecertain promise record --from KR:03051 --to US:10001 --at 2026-11-27T16:10
    --item EE000000005KR --weight 500 --postage 30000 --currency KRW --actor counter-3 -w october
    """
    from datecertain.promise.recordings import Recording  # noqa: PLC0415

    route = Route(*parse_place(origin), *parse_place(to), product, contents, channel, address)
    declared = demand_count(value, "value")
    ask = replace(
        Ask.at(route, at), weight_g=demand_count(weight, "weight"),
        value_usdr=declared * 10**6 if declared >= 0 else declared,
    )  # fmt: skip
    recording = Recording(
        ask, actor, item, parse_date(told) if told else None, office,
        demand_count(postage, "postage"), currency, key,
    )  # fmt: skip
    if table is not None or journal is not None:
        _record_offline(recording, table, journal, json_)
        return
    from datecertain.operations.promising import record_promise  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415

    with open_workspace(workspace, write=True) as opened:
        tell(record_promise(opened, recording, SystemClock()), words(lang), json_)


def _record_offline(recording: Any, table: Path | None, journal: Path | None, json_: bool) -> None:
    from datecertain.operations.offline_journal import record_offline, told  # noqa: PLC0415

    if table is None or journal is None:
        raise UsageError("offline, a promise needs both: --table to promise by, --journal to keep")
    entry = record_offline(recording, table, journal, SystemClock())
    if json_:
        say_json(entry)
        return
    date = told(entry) or "no guaranteed date"
    say(f"{date} told by table {entry['table']['table_id']}; kept in {journal} to be reconciled.")


def possess_(
    name: NameArgument,
    at: Annotated[str, typer.Option("--at", metavar="LOCAL", help="When the post got it.")],
    actor: ActorOption,
    item: Annotated[str | None, typer.Option("--item", help="Item number, if new.")] = None,
    channel: ChannelOption = IN_HAND,
    told: ToldOption = None,
    weight: WeightOption = None,
    postage: PostageOption = None,
    currency: CurrencyOption = "",
    key: KeyOption = "",
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """The post got the item of a label: it is quoted anew, the clock starts at that time.

    Example: datecertain promise possess EE000000005KR --at 2026-11-28T09:30 --actor counter-3
    """
    from datecertain.operations.promising import Possession, possess  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415

    possession = Possession(
        at, actor, item, channel, parse_date(told) if told else None,
        demand_count(weight, "weight"), demand_count(postage, "postage"), currency, key,
    )  # fmt: skip
    with open_workspace(workspace, write=True) as opened:
        tell(possess(opened, name, possession, SystemClock()), words(lang), json_)


def void(
    name: NameArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why: it is recorded.")],
    actor: ActorOption,
    key: KeyOption = "",
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Void a misquoted date before the item has left; afterwards what was told binds.

    Example: datecertain promise void EE000000005KR --reason "wrong country" --actor counter-3
    """
    from datecertain.operations.promising import void_promise  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415

    with open_workspace(workspace, write=True) as opened:
        promise = void_promise(
            opened, name, actor=actor, reason=reason, clock=SystemClock(), key=key
        )
        tell(promise, words(lang), json_)


def expire(
    actor: ActorOption,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """Expire the labels whose items were never handed over in time.

    Example: datecertain promise expire --actor night-run -w october
    """
    from datecertain.operations.promise_views import promise_row  # noqa: PLC0415
    from datecertain.operations.promising import expire_labels  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415

    with open_workspace(workspace, write=True) as opened:
        expired = expire_labels(opened, SystemClock(), actor=actor)
    if json_:
        say_json({"expired": [promise_row(promise) for promise in expired]})
        return
    say(f"{len(expired)} labels expired.")


def tell(promise: Any, speak: Words, json_: bool) -> None:
    """A promise in one or two sentences, or as JSON."""
    from datecertain.operations.promise_views import promise_row  # noqa: PLC0415

    if json_:
        say_json(promise_row(promise))
        return
    standing = promise.standing
    given, state = standing.given, str(standing.state)
    if state == "held" and given.told_on is None:
        state = "held_none"
    shown = given.told_on if state.startswith("held") else given.standard_on
    no_date = speak.say("promise.no_date")
    last = ""
    if promise.expires_at is not None:  # the end of a local date: its noon is surely on it
        last = speak.date((promise.expires_at - DAY // 2 + promise.ask.offset_min) // DAY)
    say(
        speak.say(
            f"promise.headline.{state}", promise=standing.item_id or promise.promise_id,
            date=no_date if shown is None else speak.date(shown), last=last,
            actor=standing.ended_by, reason=standing.ended_because,
        )
    )  # fmt: skip
    if given.misquoted and state == "held":
        standard = given.standard_on if given.status == "guaranteed" else None
        say(
            speak.say(
                "promise.misquoted", standard=no_date if standard is None else speak.date(standard)
            )
        )
