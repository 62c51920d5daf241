"""`datecertain init` and `datecertain ingest`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import JsonOption, WorkspaceOption
from datecertain.cli.output import progress, say, say_json
from datecertain.operations.clock import SystemClock
from datecertain.operations.ingesting import ingest as take_in
from datecertain.operations.workspaces import make_workspace, open_workspace

#: Some input was set aside; the rest was used. The summary says what and why.
SET_ASIDE = 3


def init(
    network: Annotated[
        Path | None,
        typer.Option("--network", help="A network folder (default: the bundled ten posts)."),
    ] = None,
    records: Annotated[
        str | None,
        typer.Option("--records", metavar="URL", help="Where the records lie, such as PostgreSQL."),
    ] = None,
    facts: Annotated[
        str | None, typer.Option("--facts", metavar="URL", help="Where the facts lie: s3://…")
    ] = None,
    archive: Annotated[
        str | None, typer.Option("--archive", metavar="URL", help="Where sealed messages lie.")
    ] = None,
    options_file: Annotated[
        Path | None,
        typer.Option("--options-file", metavar="FILE", help="The object storage's options, TOML."),
    ] = None,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """Make a workspace with a network in force: the bundled ten posts, or your own.

    Example: datecertain init --workspace october
    """
    given = {
        "records": records, "facts": facts, "archive": archive,
        "facts_options_file": None if options_file is None else str(options_file.resolve()),
    }  # fmt: skip
    addresses = {name: value for name, value in given.items() if value is not None}
    version = make_workspace(workspace, SystemClock(), network, addresses)
    if json_:
        say_json({"workspace": str(workspace), "network_version": version})
        return
    say(f"Workspace {workspace} is ready; network {version} is in force.")


def ingest(
    path: Annotated[Path, typer.Argument(help="A file, or a mailbox folder with files below it.")],
    mapping: Annotated[
        list[Path] | None,
        typer.Option(
            "--mapping", metavar="FILE", show_default="those in the workspace's folder `mappings`",
            help="How to read a partner's table or EPCIS; may be given more than once.",
        ),
    ] = None,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Take in interchanges, other events, acceptance files, notices and inquiries; what cannot be
    used is set aside.

    Exit code 3: something was set aside (the rest was used). Run it again at any time: what was
    taken in before is known by its content.
    """
    with open_workspace(workspace, write=True) as opened, progress("ingest", quiet=json_) as told:
        report = take_in(opened, path, SystemClock(), told, mappings=mapping or ())
    if json_:
        say_json(asdict(report) | {"clean": report.clean})
    else:
        say(
            f"{report.files} files taken in ({report.files_known} known before), "
            f"{report.bytes / 1e6:.1f} MB: {report.interchanges} interchanges, "
            f"{report.messages} messages, {report.events} events, {report.items} acceptance "
            f"records, {report.notices} notices; {report.quarantined} set aside."
        )
        if report.records:
            say(f"{report.records} records came as EPCIS, JSON or tables.")
        if report.item_attributes:
            say(f"  What {report.item_attributes} items are (ITMATT).")
        if report.receptacles or report.legs or report.carrier_events:
            say(
                f"Transport messages: {report.receptacles} times a receptacle, {report.contained} "
                f"items in them, {report.legs} flights, {report.carrier_events} carrier statuses."
            )
        if report.inquiry_rows:
            say(f"{report.inquiry_rows} rows of inquiries, {report.inquiries} of them new ones.")
        if report.answers:
            say(f"{report.answers} interchanges sent to partners were answered (CONTRL).")
        for code, count in sorted(report.findings.items()):
            say(f"  {code}: {count}")
    if not report.clean:
        raise typer.Exit(SET_ASIDE)
