"""`datecertain quote`: one date, a week of dates, the latest moment, other ways, a file of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import JsonOption, Language, LanguageOption
from datecertain.cli.quoted import (
    show_alternatives,
    show_batch,
    show_latest,
    show_one,
    show_told,
    show_week,
)
from datecertain.moments import parse_date
from datecertain.network import Network
from datecertain.network.rule_rows import contents_class
from datecertain.operations.clock import SystemClock
from datecertain.operations.offline import open_table, quote_by_table
from datecertain.operations.quoting import ask_now, history_of, network_in_force
from datecertain.promise.asking import Ask, demand_count
from datecertain.promise.quoting import parse_place
from datecertain.promise.routes import EMS, IN_HAND, Route
from datecertain.wording import words


def quote(
    origin: Annotated[
        str | None,
        typer.Option("--from", metavar="POST:POSTCODE", help="Where it is accepted."),
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="POST:POSTCODE", help="The addressee's.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at", metavar="LOCAL", show_default="now, by the clock of the origin",
            help="Local date and time of acceptance.",
        ),
    ] = None,
    workspace: Annotated[
        Path | None,
        typer.Option(
            "--workspace", "-w", envvar="DATECERTAIN_WORKSPACE",
            help="Quote by the network in force in this workspace (default: the bundled one).",
        ),
    ] = None,
    product: Annotated[str, typer.Option("--product", help="As the origin post sells it.")] = EMS,
    contents: Annotated[
        str, typer.Option("--contents", help="documents, merchandise, gift, food …")
    ] = "",
    channel: Annotated[
        str,
        typer.Option("--channel", help="counter, agency, collection, contract; label: not handed "
                     "over yet. Default: the post holds it."),
    ] = IN_HAND,
    address: Annotated[
        str, typer.Option("--address", help="street, po_box, poste_restante, military.")
    ] = "street",
    weight: Annotated[str | None, typer.Option("--weight", metavar="GRAMS")] = None,
    value: Annotated[
        str | None, typer.Option("--value", metavar="SDR", help="Declared value in whole SDR.")
    ] = None,
    week: Annotated[
        bool, typer.Option("--week", help="A table of the dates told in the seven days from --at.")
    ] = False,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="DATE", help="The latest moment to post for this date."),
    ] = None,
    others: Annotated[
        bool, typer.Option("--alternatives", help="Other ways: gateway, channel, product, day.")
    ] = False,
    batch: Annotated[
        Path | None,
        typer.Option(
            "--batch", metavar="FILE",
            help="Answer every row of a CSV or Parquet file with columns from, to, at.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", show_default="CSV on standard output",
            help="With --batch: where the answers go, .csv or .parquet.",
        ),
    ] = None,
    expected: Annotated[
        Path | None,
        typer.Option(
            "--expected", metavar="FILE",
            help="Show beside the date what past items did (default: the workspace's history).",
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            "--table", metavar="FILE",
            help="Quote by this office's offline table, and by nothing else.",
        ),
    ] = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """The guaranteed delivery date of an item, step by step; or a week's dates, the latest moment
    to post for a date, other ways, a whole file.

    Example: datecertain quote --from KR:03051 --to US:10001 --at 2026-11-27T16:10

    Example: datecertain quote --from KR:03051 --to US:10001 --by 2026-12-04

    Example: datecertain quote --batch questions.csv --out answers.csv
    """
    one_item = {"--from": origin, "--to": to, "--at": at}
    ways = {"--week": week, "--by": by, "--alternatives": others, "--batch": batch}
    _demand_one_way(
        ways, {**one_item, "--expected": expected, "--out": out, "--table": table}, json_
    )
    speak = words(lang)
    said = (product, contents_class(contents), channel, address)
    grams, sdr = demand_count(weight, "weight"), demand_count(value, "value")
    usdr = sdr * 10**6 if sdr >= 0 else sdr
    if batch is not None:
        show_batch(
            batch, out, network_in_force(workspace), (Route("", "", "", "", *said), grams, usdr),
            speak, json_,
        )  # fmt: skip
        return
    missing = [name for name in ("--from", "--to") if one_item[name] is None]
    if origin is None or to is None:
        raise typer.BadParameter(
            f"missing: {', '.join(missing)} POST:POSTCODE (or --batch FILE)", param_hint=missing
        )
    route = Route(*parse_place(origin), *parse_place(to), *said)
    asked = Ask.at(route, at) if at is not None else None
    wanted = parse_date(by) if by is not None else None
    history = history_of(workspace, expected) if not any(ways.values()) else None
    network = open_table(table).network if table else network_in_force(workspace)
    ask = replace(asked or _now(network, route), weight_g=grams, value_usdr=usdr)
    if table:
        show_told(quote_by_table(ask, speak, table), speak, json_)
    elif week:
        show_week(network, ask, speak, json_)
    elif wanted is not None:
        show_latest(network, ask, wanted, speak, json_)
    elif others:
        show_alternatives(network, ask, speak, json_)
    else:
        show_one(network, ask, speak, history, json_)


def _now(network: Network, route: Route) -> Ask:
    return ask_now(network, route, SystemClock())


def _demand_one_way(ways: Mapping[str, object], rest: Mapping[str, object], json_: bool) -> None:
    """Raises a usage error for options that make no sense together."""
    chosen = [name for name, given in ways.items() if given]
    if len(chosen) > 1:
        raise typer.BadParameter(f"{' and '.join(chosen)} are different questions: ask one")
    batch = chosen == ["--batch"]
    wrong = [name for name in ("--from", "--to", "--at") if batch and rest[name] is not None]
    if wrong:
        raise typer.BadParameter(f"{', '.join(wrong)}: with --batch these are columns of the file")
    if rest["--out"] is not None and not batch:
        raise typer.BadParameter("--out goes with --batch: it is where a file's answers go")
    if rest["--expected"] is not None and chosen:
        raise typer.BadParameter(f"--expected goes with one quote, not with {chosen[0]}")
    if rest["--table"] is not None and (chosen or rest["--expected"] is not None):
        raise typer.BadParameter("--table goes with one quote alone: the table knows no more")
    if json_ and batch and rest["--out"] is None:
        raise typer.BadParameter("--json with --batch tells the summary: say --out FILE as well")
