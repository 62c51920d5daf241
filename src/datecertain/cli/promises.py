"""`datecertain promise …`."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from datecertain.cli.options import (
    LOOKS,
    JsonOption,
    Language,
    LanguageOption,
    PeriodOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.output import say, say_json, say_table
from datecertain.errors import UsageError
from datecertain.findings import Finding
from datecertain.moments import DAY, parse_date
from datecertain.operations.clock import SystemClock
from datecertain.operations.offline import make_table
from datecertain.promise.asking import Ask, demand_count
from datecertain.promise.quoting import parse_place
from datecertain.promise.routes import EMS, IN_HAND, Route
from datecertain.wording import Words, words

app = typer.Typer(
    help="Record promises at acceptance, offline too; void, list and show them.",
    no_args_is_help=True, **LOOKS,
)  # fmt: skip

ActorOption = Annotated[
    str, typer.Option("--actor", envvar="DATECERTAIN_ACTOR", help="Who does it: it is recorded.")
]
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


@app.command("table")
def table(
    place: Annotated[
        str, typer.Option("--for", metavar="POST:POSTCODE", help="A postcode, or the area.")
    ],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First local date.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write.")],
    days: Annotated[int, typer.Option("--days", help="Local dates that it covers.")] = 30,
    workspace: Annotated[
        Path | None,
        typer.Option("--workspace", "-w", envvar="DATECERTAIN_WORKSPACE",
                     help="Of the network in force in this workspace (default: the bundled one)."),
    ] = None,
    actor: ActorOption = "",
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Write an office's offline table: one small file from which `quote --table` answers.

    Example: datecertain promise table --for KR:03051 --from 2026-11-27 --out seoul.table
    """
    made = make_table(
        parse_place(place), first, days, out, SystemClock(), made_by=actor, workspace=workspace
    )
    if json_:
        say_json(made)
        return
    say(
        f"{out}: {made['area']}, {made['first_on']} to {made['last_on']}, {made['bytes']:,} bytes; "
        f"table {made['table_id']} of network {made['network_version']}."
    )


@app.command("record")
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
        _told(record_promise(opened, recording, SystemClock()), words(lang), json_)


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


@app.command("possess")
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
        _told(possess(opened, name, possession, SystemClock()), words(lang), json_)


@app.command("void")
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
        _told(promise, words(lang), json_)


@app.command("show")
def show(
    name: NameArgument,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """One promise: what binds, its events, and the quote by the version it is frozen with.

    Example: datecertain promise show EE000000005KR -w october --lang ko
    """
    from datecertain.operations.promise_rows import find_promise  # noqa: PLC0415
    from datecertain.operations.promise_views import show_promise  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415

    with open_workspace(workspace) as opened:
        shown = show_promise(opened, name)
        if json_:
            say_json(shown)
            return
        speak = words(lang)
        with opened.reading() as view:
            _told(find_promise(view.connection, name), speak, json_=False)
    for event in shown["events"]:
        because = f": {event['reason']}" if event["reason"] else ""
        say(f"  {event['at']} {speak.say('event.' + event['event'])} ({event['actor']}){because}")
    quote = shown["quote"][lang]
    say("", *(f"  {step['text']}" for step in (quote or {"steps": []})["steps"]))


@app.command("list")
def list_(
    workspace: WorkspaceOption = Path(),
    origin: Annotated[str, typer.Option("--from", metavar="POST")] = "",
    to: Annotated[str, typer.Option("--to", metavar="POST")] = "",
    state: Annotated[str, typer.Option("--state", help="estimated, held, voided, expired.")] = "",
    made: Annotated[str, typer.Option("--made", help="online, offline.")] = "",
    period: Annotated[
        str, typer.Option("--period", metavar="YYYY-MM", help="Month of acceptance.")
    ] = "",
    misquoted: Annotated[bool, typer.Option("--misquoted", help="Only misquoted dates.")] = False,
    after: Annotated[str, typer.Option("--after", help="Go on from the last page.")] = "",
    limit: Annotated[int, typer.Option("--limit", help="Promises on a page.")] = 100,
    json_: JsonOption = False,
) -> None:
    """List promises in the order of their recording.

    Example: datecertain promise list --state held --misquoted -w october
    """
    from datecertain.operations.promise_views import (  # noqa: PLC0415
        Asked,
        list_promises,
        promise_row,
    )
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415

    period = demand_period(period) if period else ""
    asked = Asked(origin, to, state, made, period, misquoted)
    with open_workspace(workspace) as opened:
        page = list_promises(opened, asked, after=after, limit=limit)
    rows = [promise_row(promise) for promise in page.promises]
    if json_:
        say_json({"promises": rows, "after": page.after})
        return
    say_table(
        f"{len(rows)} promises",
        ("item", "from", "to", "accepted", "state", "told", "made"),
        [
            (row["item_id"] or row["promise_id"], row["origin"], row["destination"],
             row["given"]["accepted_at"], row["state"], row["given"]["told_on"] or "–",
             row["made"])
            for row in rows
        ],
    )  # fmt: skip
    if page.after:
        say(f"More: --after {page.after}")


@app.command("expire")
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


@app.command("reconcile")
def reconcile_(
    journal: Annotated[Path, typer.Option("--journal", help="The office's journal.")],
    actor: ActorOption,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """Record the promises of an offline journal and list what differs. Exit code 4 if any does.

    Example: datecertain promise reconcile --journal seoul.journal --actor head-office -w october
    """
    from datecertain.operations.reconciling import by_code, reconcile  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415

    with open_workspace(workspace, write=True) as opened:
        found = reconcile(opened, journal, SystemClock(), actor=actor)
    if json_:
        conflicts = [asdict(one) for one in found.conflicts]
        counts = {"lines": found.lines, "recorded": found.recorded, "known": found.known}
        say_json({"journal": found.journal, **counts, "by_code": by_code(found),
                  "conflicts": conflicts})  # fmt: skip
    else:
        say(
            f"{found.lines} lines: {found.recorded} promises recorded, {found.known} known before; "
            f"{len(found.conflicts)} conflicts."
        )
        _say_findings(found.conflicts)
    if found.conflicts:
        raise typer.Exit(4)


@app.command("export")
def export(
    period: PeriodOption,
    out: Annotated[Path, typer.Option("--out", help="The acceptance file to write.")],
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """Write the promises of a month as an acceptance file, which `ingest` takes in.

    Example: datecertain promise export --period 2026-11 --out acceptances.csv -w october
    """
    from datecertain.operations.promise_views import export_acceptances  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415

    with open_workspace(workspace) as opened:
        data, findings = export_acceptances(opened, demand_period(period))
    out.write_bytes(data)
    rows = data.count(b"\n") - 1
    if json_:
        say_json({"file": str(out), "rows": rows, "findings": [asdict(one) for one in findings]})
        return
    say(f"{rows} acceptance records in {out}; {len(findings)} promises not handed on.")
    _say_findings(findings)


def _say_findings(findings: Any) -> None:
    for one in findings:
        assert isinstance(one, Finding)
        say(f"  {one}")


def _told(promise: Any, speak: Words, json_: bool) -> None:
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
