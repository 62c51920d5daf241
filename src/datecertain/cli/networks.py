"""`datecertain network …`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli import network_rules, network_versions
from datecertain.cli.options import LOOKS, JsonOption, WorkspaceOption
from datecertain.cli.output import say, say_json, say_table
from datecertain.operations.clock import SystemClock
from datecertain.operations.network_checks import check_folder, put_in_force
from datecertain.operations.timetables import timetable_network

app = typer.Typer(
    help="Check, compile, compare, show and publish networks of posts.",
    no_args_is_help=True, **LOOKS,
)  # fmt: skip
app.command("compile")(network_versions.compile_)
app.command("diff")(network_versions.diff)
app.command("show")(network_versions.show)
app.command("history")(network_versions.history)
app.command("suspend")(network_rules.suspend)
app.command("resume")(network_rules.resume_)
app.command("tolerance")(network_rules.tolerance)
app.command("holiday")(network_rules.holiday)
app.command("close")(network_rules.close)


@app.command("check")
def check(
    folder: Annotated[
        Path | None, typer.Argument(help="A network folder (default: the bundled network).")
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Read every file of a network, check everything, report all findings at once.

    Exit code 1 when it cannot be used. File formats: docs/reference/network-files.md
    """
    report = check_folder(folder)
    if json_:
        say_json(
            {
                "name": report.name, "version": report.version, "usable": report.usable,
                "rows": report.rows, "illustrative": report.illustrative,
                "findings": [
                    {"code": one.code, "severity": str(one.severity), "file": one.source,
                     "position": one.position, "detail": one.detail}
                    for one in report.findings
                ],
            }
        )  # fmt: skip
    else:
        for one in report.findings:
            say(str(one))
        say_table(
            f"Network {report.name} {report.version}",
            ("file", "rows", "of them illustrative"),
            [(file, f"{count:,}", f"{report.illustrative[file]:,}")
             for file, count in report.rows.items()],
        )  # fmt: skip
        say(f"{len(report.findings)} findings; {'usable' if report.usable else 'not usable'}.")
    if not report.usable:
        raise typer.Exit(1)


@app.command("publish")
def publish(
    folder: Annotated[Path, typer.Argument(help="A network folder.")],
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="MOMENT",
            help="In force since then, for records still to come: 2026-06-01T00:00Z.",
        ),
    ] = None,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Put a network in force for new promises; promises already given keep theirs (req 9)."""
    version = put_in_force(workspace, folder, SystemClock(), since)
    if json_:
        say_json({"network_version": version})
    else:
        say(f"Network {version} is in force in {workspace}.")


@app.command("import-timetable")
def import_timetable(
    timetable: Annotated[Path, typer.Argument(help="The timetable, may be gzipped.")],
    to: Annotated[Path, typer.Option("--to", help="Network folder to write, made if missing.")],
    first_day: Annotated[str, typer.Option("--from", metavar="DATE", help="First local date.")],
    last_day: Annotated[str, typer.Option("--until", metavar="DATE", help="Last local date.")],
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            help="Layout: icn (Incheon airport's own CSV), ssim (IATA SSIM, chapter 7) or csv "
            "(the columns of flights.csv).",
        ),
    ] = "icn",
    replace: Annotated[
        str | None,
        typer.Option(
            "--replace",
            help="Flights of the network that give way: hub (default for icn), pairs (default "
            "for ssim and csv), carriers or nothing.",
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--network", help="Network whose other files are kept (default: bundled)."),
    ] = None,
    known_from: Annotated[
        str | None, typer.Option("--known-from", metavar="DATE", help="When it was published.")
    ] = None,
    show_findings: Annotated[
        bool, typer.Option("--findings", help="Show every finding, not only how many.")
    ] = False,
    json_: JsonOption = False,
) -> None:
    """Make a network whose flights come from a real timetable; one fate for each of its rows.

    Example: datecertain network import-timetable w25.csv.gz --from 2026-02-16 --until 2026-03-28
    --to winter
    """
    period = (first_day, last_day)
    report = timetable_network(timetable, kind, folder, to, period, known_from, replace)
    if json_:
        say_json(asdict(report))
        return
    for one in report.findings if show_findings else ():
        say(str(one))
    say(f"{report.rows} rows of {timetable.name}: {report.flights} flights in {to}.")
    say_table("Rows by fate", ("fate", "rows"), [(k, f"{n:,}") for k, n in report.fates.items()])
    if report.changes_dropped:
        say(f"{report.changes_dropped} changes by date dropped: their flights gave way.")
    count = len(report.findings)
    say(f"{count} findings; the network {'is' if report.usable else 'is not'} usable.")
