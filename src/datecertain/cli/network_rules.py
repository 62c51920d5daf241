"""`datecertain network suspend|resume|tolerance|holiday|close`: rules declared at a moment."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import JsonOption, WorkspaceOption
from datecertain.cli.output import say, say_json
from datecertain.errors import UsageError
from datecertain.network.rows import Holiday
from datecertain.network.rule_rows import Closure, Condition
from datecertain.operations.clock import SystemClock
from datecertain.operations.network_rules import Declared, declare, resume

NameArgument = Annotated[str, typer.Argument(help="A name for it, to end it by: us-goods-2026.")]
LaneOption = Annotated[
    str, typer.Option("--lane", metavar="A-B", help="Origin and destination; * for all: *-US.")
]  # fmt: skip
FromOption = Annotated[
    str, typer.Option("--from", metavar="DATE", help="First acceptance date (default: at once).")
]
UntilOption = Annotated[str, typer.Option("--until", metavar="DATE", help="Last acceptance date.")]
SourceOption = Annotated[
    str, typer.Option("--source", help="Where it is published: an address, a notice, a decision.")
]
EnOption = Annotated[str, typer.Option("--text-en", help="What the public is told, in English.")]
KoOption = Annotated[str, typer.Option("--text-ko", help="What the public is told, in Korean.")]


def suspend(
    name: NameArgument,
    lane: LaneOption,
    text_en: EnOption,
    text_ko: KoOption,
    source: SourceOption,
    refuse: Annotated[
        bool, typer.Option("--refuse", help="Do not take the items at all (else: no guarantee).")
    ] = False,
    product: Annotated[str, typer.Option("--product")] = "",
    contents: Annotated[
        str, typer.Option("--contents", help="documents, non-documents, or a class.")
    ] = "",
    from_area: Annotated[str, typer.Option("--from-area", help="May end in *.")] = "",
    to_area: Annotated[str, typer.Option("--to-area", help="May end in *: US-NEW-*.")] = "",
    over_g: Annotated[str, typer.Option("--over-grams", help="Only heavier items.")] = "",
    over_sdr: Annotated[str, typer.Option("--over-sdr", help="Only items worth more.")] = "",
    first: FromOption = "",
    until: UntilOption = "",
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """Take the guarantee away, or keep items out, from this minute on; promises given stay.

    Example: datecertain network suspend us-goods --lane KR-US --contents non-documents --refuse
    --text-en "EMS with goods is not accepted." --text-ko "비서류 접수 중지" --source "notice 12"
    """
    origin, destination = _lane(lane)
    cells = {
        "condition": name, "kind": "refuse" if refuse else "no_guarantee", "origin": origin,
        "destination": destination, "product": product, "contents": contents,
        "from_area": from_area, "to_area": to_area, "over_g": over_g,
        "over_usdr": f"{over_sdr}000000" if over_sdr else "", "text_en": text_en,
        "text_ko": text_ko, "valid_from": first, "valid_to": until, "source": source,
    }  # fmt: skip
    _tell(declare(workspace, Condition, cells, SystemClock()), workspace, json_)


def resume_(
    name: NameArgument,
    source: SourceOption,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """End a suspension or tolerance for items accepted from this minute on.

    Example: datecertain network resume us-goods --source "notice 15"
    """
    _tell(resume(workspace, name, source, SystemClock()), workspace, json_)


def tolerance(
    name: NameArgument,
    lane: LaneOption,
    days: Annotated[int, typer.Option("--days", min=1, help="Delivery days more in the date.")],
    source: SourceOption,
    first: FromOption = "",
    until: UntilOption = "",
    text_en: EnOption = "",
    text_ko: KoOption = "",
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Add delivery days to the dates told in a peak.

    Example: datecertain network tolerance christmas --lane "*-US" --days 1 --from 2026-12-14
    --until 2026-12-24 --source "notice 20"
    """
    origin, destination = _lane(lane)
    cells = {
        "condition": name, "kind": "tolerance", "origin": origin, "destination": destination,
        "days": str(days), "text_en": text_en, "text_ko": text_ko, "valid_from": first,
        "valid_to": until, "source": source,
    }  # fmt: skip
    _tell(declare(workspace, Condition, cells, SystemClock()), workspace, json_)


def holiday(
    calendar: Annotated[str, typer.Argument(help="A calendar of the network: KR, US, ES-MD.")],
    date: Annotated[str, typer.Argument(metavar="DATE")],
    name: Annotated[str, typer.Option("--name", help="Its name in English.")],
    source: SourceOption,
    local: Annotated[str, typer.Option("--local", help="Its name in the country.")] = "",
    worked: Annotated[bool, typer.Option("--worked", help="A day worked after all.")] = False,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Add a holiday that was declared today; dates already told do not move.

    Example: datecertain network holiday KR 2026-12-31 --name "Temporary holiday" --local 임시공휴일
    --source "Cabinet decision of 26 November 2026"
    """
    cells = {
        "calendar": calendar, "date": date, "kind": "open" if worked else "closed",
        "name_en": name, "name_local": local or name, "source": source,
    }  # fmt: skip
    _tell(declare(workspace, Holiday, cells, SystemClock()), workspace, json_)


def close(
    office: Annotated[str, typer.Argument(help="An office of exchange: USJFKA.")],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First local date.")],
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="Last local date.")],
    source: SourceOption,
    direction: Annotated[str, typer.Option("--direction", help="outward, inward, both.")] = "both",
    text_en: EnOption = "",
    text_ko: KoOption = "",
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """Close an office of exchange on some days: promises go another way, or wait.

    Example: datecertain network close USJFKA --direction inward --from 2026-12-08
    --until 2026-12-10 --source "notice 31"
    """
    cells = {
        "office": office, "direction": direction, "closed_from": first, "closed_to": until,
        "text_en": text_en, "text_ko": text_ko, "source": source,
    }  # fmt: skip
    _tell(declare(workspace, Closure, cells, SystemClock()), workspace, json_)


def _lane(text: str) -> tuple[str, str]:
    origin, _, destination = text.partition("-")
    if not origin or not destination:
        raise UsageError(f"{text!r} is not a lane: write KR-US, *-US, KR-* or *-*")
    return origin, destination


def _tell(done: Declared, workspace: Path, json_: bool) -> None:
    if json_:
        say_json(asdict(done))
    elif done.already:
        say(f"{done.file} says so already; network {done.version} stays in force.")
    else:
        say(
            f"In force since {done.known_from} in {workspace}: network {done.version}.",
            f"{done.file}: {done.row}",
            *done.warnings,
            f"What changes: datecertain network diff {done.before} {done.version} -w {workspace}",
        )
