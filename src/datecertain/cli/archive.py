"""`datecertain archive`: the sealed messages: how they stand, opening one, proving, erasing."""

from __future__ import annotations

import getpass
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import LOOKS, JsonOption, WorkspaceOption
from datecertain.cli.output import progress, say, say_json, say_table
from datecertain.durable import file_beside
from datecertain.errors import UsageError
from datecertain.moments import format_utc, parse_utc
from datecertain.operations import archiving, erasing
from datecertain.operations.clock import SystemClock
from datecertain.operations.retention import read_rules
from datecertain.operations.workspaces import open_workspace

#: Something kept does not open, or is not what its hash says.
NOT_WHOLE = 4

app = typer.Typer(
    name="archive",
    help="The sealed messages: what is kept, opening one, proving it whole, erasing, a new key.",
    no_args_is_help=True,
    **LOOKS,
)

HashArgument = Annotated[
    str, typer.Argument(metavar="SHA", help="The file's SHA-256, or how it begins.")
]


@app.command("status")
def status(workspace: WorkspaceOption = Path(), json_: JsonOption = False) -> None:
    """What is kept of each post and month of receipt, and how much was erased."""
    with open_workspace(workspace) as opened:
        found = archiving.archive_status(opened)
    if json_:
        say_json(asdict(found))
        return
    say_table(
        "Sealed messages",
        ("post", "month", "messages", "bytes", "sealed", "erased"),
        [
            (row.post, row.month, f"{row.objects:,}", f"{row.bytes:,}", f"{row.sealed_bytes:,}",
             f"{row.erased:,}")
            for row in found.holdings
        ],
    )  # fmt: skip
    say(
        f"{found.keys} keys, {found.keys_destroyed} destroyed; {found.parts_sealed} parts in "
        "quarantine sealed."
    )
    if found.plain:
        say(f"{found.plain} parts in quarantine are not sealed yet: the next ingest does it.")
    if found.not_kept:
        say(f"{found.not_kept} files were taken in before messages were kept.")


@app.command("show")
def show(
    sha256: HashArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why it is opened: written down.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write it there, not on the screen")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", show_default="the user's name", help="Who opens it.")
    ] = None,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Open a sealed message, as it came. Who did it, when and why is written down first."""
    if json_ and out is None:
        raise UsageError("--json tells about a message: say with --out where its bytes go")
    actor = by or getpass.getuser()
    clock = SystemClock()
    with open_workspace(workspace, write=True) as opened:
        whole = archiving.find_object(opened, sha256)
        if out is None:
            archiving.show(opened, whole, sys.stdout.buffer, clock, actor=actor, reason=reason)
            return
        with file_beside(out, mode=0o600) as draft, draft.open("wb") as stream:
            shown = archiving.show(opened, whole, stream, clock, actor=actor, reason=reason)
    if json_:
        say_json(asdict(shown) | {"out": str(out)})
        return
    say(f"{shown.name} from {shown.post}, {shown.size:,} bytes: {out}")


@app.command("verify")
def verify(workspace: WorkspaceOption = Path(), json_: JsonOption = False) -> None:
    """Open everything that is kept and hold it against its hash.

    Exit code 4: something does not open, or is not what came.
    """
    with open_workspace(workspace) as opened, progress("archive", quiet=json_) as told:
        found = archiving.verify_archive(opened, told)
    if json_:
        say_json(asdict(found) | {"whole": found.whole})
    else:
        say(
            f"{found.objects} messages ({found.bytes:,} bytes) and {found.parts} parts in "
            f"quarantine open and are what came; {found.erased} messages erased by rule."
            if found.whole
            else f"{len(found.problems)} of {found.objects + found.parts} are not as they came:"
        )
        for problem in found.problems[:20]:
            say(f"  {problem}")
        if found.left_over:
            say(
                f"{found.left_over} packs hold nothing that can be opened: `archive erase` removes."
            )
    if not found.whole:
        raise typer.Exit(NOT_WHOLE)


@app.command("erase")
def erase(
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="MOMENT",
            help="What has lapsed by then, such as 2027-11-23T00:00Z (default: now).",
        ),
    ] = None,
    message: Annotated[
        str | None,
        typer.Option("--message", metavar="SHA", help="This message only, whatever the rules say."),
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", help="With --message: why, for its tombstone.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Erase. Without it, only say what has lapsed.")
    ] = False,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Erase what is past its retention, by the dated rules of `retention.toml`. It is final.

    Without --yes it only says what has lapsed. Cut off, it can be run again.
    """
    clock = SystemClock()
    if (message is None) != (reason is None):
        raise UsageError("--message and --reason go together")
    with open_workspace(workspace, write=yes) as opened:
        if message is not None:
            whole = archiving.find_object(opened, message)
            if not yes:
                raise UsageError(f"say --yes to erase {whole} for good")
            done = erasing.erase_object(opened, whole, reason or "", clock)
        else:
            moment = parse_utc(as_of) if as_of else clock.now()
            if yes and moment > clock.now():
                raise UsageError("nothing lapses before its time: --as-of lies in the future")
            done = erasing.erase(opened, read_rules(opened.path), moment, clock, do=yes)
    if json_:
        say_json(_erased_json(done))
        return
    _say_erased(done)


def _erased_json(done: erasing.EraseReport) -> dict[str, object]:
    rules = [
        {"rule": name, "things": things, "bytes": size, "since": format_utc(since)}
        for name, (things, size, since) in sorted(done.rules.items())
    ]
    return asdict(done) | {"as_of": format_utc(done.as_of), "rules": rules}


def _say_erased(done: erasing.EraseReport) -> None:
    verb = "erased" if done.done else "lapsed"
    for name, (things, size, since) in sorted(done.rules.items()):
        say(f"{name}: {things:,} {verb}, {size:,} bytes, from {format_utc(since)} on.")
    if not done.rules:
        say(f"Nothing has lapsed by {format_utc(done.as_of)}.")
    if done.done:
        say(
            f"{done.keys_destroyed} keys destroyed; {done.packs_removed} packs, "
            f"{done.facts_files_removed} facts files, {done.copies_removed} plain copies removed."
        )
    elif done.rules:
        say("Nothing was erased: say --yes to do it.")


@app.command("rotate")
def rotate(
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="The file of the new key, made if missing."),
    ] = None,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """Seal the keys under a new master key. The messages themselves are not touched."""
    with open_workspace(workspace, write=True) as opened:
        done = archiving.rotate(opened, to)
    if json_:
        say_json(asdict(done))
        return
    say(f"{done.keys} keys sealed under the new master key {done.new} in {done.place}.")
    if to is not None:
        say(
            "Name that file from now on: DATECERTAIN_MASTER_KEY, or master_key in datecertain.toml."
        )
