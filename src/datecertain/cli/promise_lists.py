"""`datecertain promise show`, `list`, `export`, and what an office needs offline: `table`,
`reconcile`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import (
    ActorOption,
    JsonOption,
    Language,
    LanguageOption,
    PeriodOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.output import say, say_json, say_table
from datecertain.cli.promise_records import NameArgument, tell
from datecertain.findings import Finding
from datecertain.operations.clock import SystemClock
from datecertain.operations.offline import make_table
from datecertain.promise.quoting import parse_place
from datecertain.wording import words


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
            tell(find_promise(view.connection, name), speak, json_=False)
    for event in shown["events"]:
        because = f": {event['reason']}" if event["reason"] else ""
        say(f"  {event['at']} {speak.say('event.' + event['event'])} ({event['actor']}){because}")
    quote = shown["quote"][lang]
    say("", *(f"  {step['text']}" for step in (quote or {"steps": []})["steps"]))


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


def _say_findings(findings: Iterable[Finding]) -> None:
    for one in findings:
        say(f"  {one}")
