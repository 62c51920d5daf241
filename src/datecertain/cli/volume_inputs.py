"""What the commands of `datecertain volumes` are asked about: a file, or what a workspace holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datecertain.cli.output import progress
from datecertain.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from datecertain.findings import Finding
    from datecertain.network.loading import NetworkData

FileArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE]",
        help="CSV or Parquet with month, origin, destination, items (default: what was imported).",
    ),
]
FactsOption = Annotated[
    bool, typer.Option("--facts", help="Count the workspace's own acceptance records instead.")
]
OnlyOption = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="COLUMN=VALUE", help="Only these rows, such as origin=KR."),
]


def dated_network(file: Path | None, workspace: Path) -> NetworkData:
    """The calendars and lane histories of the workspace; of a file without one, the bundled."""
    from datecertain.operations.volumes import dated_facts  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415

    if file is not None and workspace == Path():
        return dated_facts(None)
    with open_workspace(workspace) as opened:
        return dated_facts(opened)


def volumes_at_hand(
    file: Path | None, workspace: Path, facts: bool, only: Iterable[str], quiet: bool
) -> tuple[pa.Table, tuple[Finding, ...]]:
    """The volumes that a command is asked about, and what was wrong with their file.

    Raises `NotFound`, `UsageError`.
    """
    from datecertain.operations.volume_sources import (  # noqa: PLC0415
        accepted_volumes,
        chosen_volumes,
        imported_volumes,
        read_volumes,
    )
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415

    findings: tuple[Finding, ...] = ()
    if file is not None:
        if facts:
            raise UsageError("a FILE and --facts are two sources: give one of them")
        read = read_volumes(file)
        rows, findings = read.rows, read.findings
    else:
        with open_workspace(workspace) as opened:
            if facts:
                with progress("months", quiet) as told:
                    rows = accepted_volumes(opened, told)
            else:
                rows = imported_volumes(opened)
    rows = chosen_volumes(rows, only)
    if not rows.num_rows:
        raise UsageError("no volume is at hand: give a FILE or --facts, or import one first")
    return rows, findings
