"""`datecertain network compile`, `diff`, `show` and `history`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import say, say_json, say_table
from datecertain.moments import format_utc
from datecertain.network.telling_differences import DifferenceTeller, as_json
from datecertain.network.telling_shows import (
    area_lines,
    header_line,
    lane_lines,
    office_lines,
    share_line,
)
from datecertain.operations.clock import SystemClock
from datecertain.operations.network_versions import (
    compare_networks,
    compile_folder,
    find_network,
    show_network,
    version_history,
)
from datecertain.wording import words

_WHICH = "A network folder, `bundled`, or a version or `current` of the workspace."


def compile_(
    folder: Annotated[
        Path | None, typer.Argument(help="A network folder (default: the bundled network).")
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Compile a network and store it, ready to be mapped into memory.

    The stored form is named after what it is made from: the same network is compiled once.
    """
    done = compile_folder(folder)
    if json_:
        say_json(asdict(done) | {"folder": None if done.folder is None else str(done.folder)})
        return
    how = "was compiled before" if done.known else f"compiled in {done.seconds:.1f} s"
    say(f"Network {done.name} {done.version} {how}: {done.slots:,} slots.")
    if done.folder is None:
        say("It could not be stored: every command compiles it again.")
    else:
        say(f"{done.bytes / 1e6:.1f} MB in {done.folder}, mapped in {done.load_seconds:.2f} s.")


def diff(
    old: Annotated[str, typer.Argument(help=_WHICH)],
    new: Annotated[str, typer.Argument(help="The same, for the other network.")],
    first_day: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="First day of acceptance (default: today)."),
    ] = None,
    last_day: Annotated[
        str | None,
        typer.Option("--until", metavar="DATE", help="Last day (default: two months in all)."),
    ] = None,
    lane: Annotated[str | None, typer.Option("--lane", help="One lane alone: KR-US.")] = None,
    top: Annotated[
        int, typer.Option("--top", min=0, help="How many changes of promises; 0: all.")
    ] = 20,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Two networks side by side: which promises change, exactly, in words.

    Example: datecertain network diff bundled mine --from 2026-11-01
    """
    found = compare_networks(old, new, (first_day, last_day), lane, workspace, SystemClock())
    speak = words(lang)
    if json_:
        say_json(as_json(found, speak))
    else:
        say(*DifferenceTeller(found, speak).lines(top))


def show(
    network: Annotated[
        str | None,
        typer.Argument(help=f"{_WHICH} (default: in force in the workspace, else the bundled one)"),
    ] = None,
    area: Annotated[str | None, typer.Option("--area", help="An area: KR-SEOUL.")] = None,
    office: Annotated[
        str | None, typer.Option("--office", help="An office of exchange: KRSELB.")
    ] = None,
    lane: Annotated[str | None, typer.Option("--lane", help="Two posts: KR-US.")] = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="Local date (default: today).")
    ] = None,
    workspace: Annotated[
        Path | None,
        typer.Option(
            "--workspace", "-w", envvar="DATECERTAIN_WORKSPACE", help="The workspace folder.",
        ),
    ] = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """What a network says of itself, of an area, an office of exchange or a lane, with sources.

    Example: datecertain network show --lane KR-US
    """
    meant = network or ("bundled" if workspace is None else "current")
    found = find_network(meant, workspace or Path())
    kind, view = show_network(found, area, office, lane, on, SystemClock())
    speak = words(lang)
    if json_:
        say_json(view)
    elif kind == "network":
        say(header_line(view, speak), share_line(view, speak), "")
        columns = [speak.say(f"show.{name}") for name in ("file", "rows", "illustrative")]
        rows = [
            (one["file"], speak.count(one["rows"]), speak.count(one["illustrative"]))
            for one in view["files"]
        ]
        say_table("", columns, rows)
    else:
        told = {"area": area_lines, "office": office_lines, "lane": lane_lines}[kind]
        say(*told(found, view, speak))


def history(workspace: WorkspaceOption = Path(), json_: JsonOption = False) -> None:
    """Every network version that was ever in force in a workspace, and since when."""
    found = version_history(workspace)
    if json_:
        say_json([asdict(one) | {"published_at": format_utc(one.published_at)} for one in found])
        return
    say_table(
        "Networks in force", ("version", "name", "published", ""),
        [
            (one.version, one.name, format_utc(one.published_at),
             "current" if one.current else "")
            for one in found
        ],
    )  # fmt: skip
