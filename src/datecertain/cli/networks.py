"""`datecertain network …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import JsonOption, WorkspaceOption
from datecertain.cli.output import say, say_json, say_table
from datecertain.operations.clock import SystemClock
from datecertain.operations.network_checks import check_folder, put_in_force

app = typer.Typer(help="Check, show and publish networks of posts.", no_args_is_help=True)


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
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """Put a network in force for new promises; promises already given keep theirs (req 9)."""
    version = put_in_force(workspace, folder, SystemClock())
    if json_:
        say_json({"network_version": version})
    else:
        say(f"Network {version} is in force in {workspace}.")
