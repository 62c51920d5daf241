"""`datecertain quote`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import JsonOption, Language, LanguageOption
from datecertain.cli.output import say, say_json
from datecertain.moments import parse_date
from datecertain.operations.offline import quote_by_table
from datecertain.operations.quoting import quote_one
from datecertain.promise.asking import Ask, demand_count
from datecertain.promise.quoting import parse_place
from datecertain.promise.routes import EMS, IN_HAND, Route
from datecertain.wording import words


def _micro(sdr: int) -> int:
    return sdr * 10**6 if sdr >= 0 else sdr


def quote(
    origin: Annotated[
        str, typer.Option("--from", metavar="POST:POSTCODE", help="Where it is accepted.")
    ],
    to: Annotated[str, typer.Option("--to", metavar="POST:POSTCODE", help="The addressee's.")],
    at: Annotated[
        str, typer.Option("--at", metavar="LOCAL", help="Local date and time of acceptance.")
    ],
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
    table: Annotated[
        Path | None,
        typer.Option("--table", help="Quote by this office's offline table, and by nothing else."),
    ] = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """The guaranteed delivery date of an item, step by step.

    Example: datecertain quote --from KR:03051 --to US:10001 --at 2026-11-27T16:10
    """
    speak = words(lang)
    route = Route(*parse_place(origin), *parse_place(to), product, contents, channel, address)
    ask = replace(
        Ask.at(route, at), weight_g=demand_count(weight, "weight"),
        value_usdr=_micro(demand_count(value, "value")),
    )  # fmt: skip
    answer = quote_by_table(ask, speak, table) if table else quote_one(ask, speak, workspace)
    if json_:
        say_json(answer)
        return
    due = speak.date(parse_date(answer["due_on"])) if answer["due_on"] else ""
    say(
        speak.say(
            f"quote.headline.{answer['status']}", due=due, reason=answer["reason_text"] or ""
        ),
        "",
        *(f"  {step['text']}" for step in answer["steps"]),
    )
