"""`datecertain lane`: opening the guarantee of a lane by two signatures, closing it by one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datecertain.cli.options import (
    LOOKS,
    JsonOption,
    Language,
    LanguageOption,
    WorkspaceOption,
)
from datecertain.cli.output import say, say_json, say_table
from datecertain.moments import format_date, format_utc
from datecertain.operations import lane_openings
from datecertain.operations.clock import SystemClock
from datecertain.operations.telling_lanes import act_json, proposal_json
from datecertain.wording import Words, words

if TYPE_CHECKING:
    from datecertain.operations.lane_rows import Act, Proposal
    from datecertain.settlement import Tariff

app = typer.Typer(
    help="Open the guarantee of a lane by two signatures, close it by one; try it in the shadow.",
    no_args_is_help=True, **LOOKS,
)  # fmt: skip

LaneOption = Annotated[str, typer.Option("--lane", metavar="A-B", help="Origin and destination.")]
ByOption = Annotated[str, typer.Option("--by", metavar="POST", help="The post that acts.")]
NameOption = Annotated[
    str, typer.Option("--name", envvar="DATECERTAIN_ACTOR", help="Who acts for it: it is recorded.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why: it is recorded.")]
TariffOption = Annotated[
    Path | None,
    typer.Option("--tariff", metavar="FILE", help="The tariff whose rates are part of what is "
                 "signed.", show_default="the bundled one"),
]  # fmt: skip
NumberArgument = Annotated[int, typer.Argument(metavar="NUMBER", help="Number of the proposal.")]


@app.command("propose")
def propose(
    lane: LaneOption,
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First acceptance date.")],
    by: ByOption,
    name: NameOption,
    standard: Annotated[
        str, typer.Option("--standard", help="network: the date is computed; D+3: a fixed one.")
    ] = "network",
    refunds: Annotated[
        str, typer.Option("--refunds", help="automatic, or claim_driven.")
    ] = "automatic",
    product: Annotated[
        str, typer.Option("--product", help="Default: the guaranteed product of the origin.")
    ] = "",
    reason: ReasonOption = "",
    tariff: TariffOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Propose to open a lane, or to change its terms, from a day on. Nothing is signed by it.

    The answer has the digest of the exact text of the terms and rates, which both posts sign.

    Example: datecertain lane propose --lane KR-US --from 2026-12-15 --by KR --name "Kim, quality"
    """
    made = lane_openings.propose(
        workspace, lane, by, name, first, SystemClock(), standard=standard, refund_mode=refunds,
        product=product, reason=reason, tariff=_read(tariff),
    )  # fmt: skip
    _tell(made, words(lang), json_)


@app.command("sign")
def sign(
    number: NumberArgument,
    digest: Annotated[
        str, typer.Option("--digest", help="Digest of the text that is signed, or its first 12.")
    ],
    by: ByOption,
    name: NameOption,
    reason: ReasonOption = "",
    tariff: TariffOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Sign a proposal. With the second signature the network that follows is put in force, and
    promises it from the first day on.

    Refused where the digest is not the proposal's, or terms or rates have changed since, with what
    differs; and within the agreed lead time (term lane_lead_days).

    Example: datecertain lane sign 1 --digest 3f0c9d2ab81e --by US --name "Lee, KPG desk"
    """
    made = lane_openings.sign(
        workspace, number, digest, by, name, SystemClock(), reason, _read(tariff)
    )
    _tell(made, words(lang), json_)


@app.command("withdraw")
def withdraw(
    number: NumberArgument,
    by: ByOption,
    name: NameOption,
    reason: ReasonOption = "",
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Take a proposal back before both have signed it.

    Example: datecertain lane withdraw 1 --by US --name "Lee, KPG desk" --reason "peak season"
    """
    made = lane_openings.withdraw(workspace, number, by, name, SystemClock(), reason)
    _tell(made, words(lang), json_)


@app.command("close")
def close(
    lane: LaneOption,
    by: ByOption,
    name: NameOption,
    reason: ReasonOption,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Close a lane in an emergency: one post alone, at once, without lead time.

    Promises given before stay. An opening that was signed and still to come is taken back. To
    suspend only some items (a gateway, contents, a value): `datecertain network suspend`.

    Example: datecertain lane close --lane KR-US --by US --name "Lee" --reason "airport closed"
    """
    act = lane_openings.close(workspace, lane, by, name, reason, SystemClock())
    if json_:
        say_json(act_json(act))
    else:
        say(words(lang).say(
            "lane.closed", lane=lane.upper(), post=act.post, version=act.network_version,
            at=format_utc(act.at),
        ))  # fmt: skip


@app.command("show")
def show(
    number: NumberArgument,
    full: Annotated[
        bool, typer.Option("--full", help="With the exact text: every clause that is signed.")
    ] = False,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """A proposal: what it says, who signed it and when, its digest.

    Example: datecertain lane show 1 --full
    """
    (made,), _ = lane_openings.find_proposals(workspace, number=number)
    _tell(made, words(lang), json_, full=full)


@app.command("list")
def list_(
    lane: Annotated[str | None, typer.Option("--lane", metavar="A-B", help="One lane.")] = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """All proposals and closures, in order.

    Example: datecertain lane list --lane KR-US
    """
    known, done = lane_openings.find_proposals(workspace, lane)
    closures = [one for one in done if one.number is None]
    if json_:
        say_json({"proposals": [proposal_json(one) for one in known],
                  "closures": [act_json(one) for one in closures]})  # fmt: skip
        return
    speak = words(lang)
    say_table(
        speak.say("lane.list"),
        [speak.say(f"lane.head.{name}")
         for name in ("number", "lane", "from", "standard", "refunds", "state", "digest")],
        [(str(one.offer.number), one.offer.lane, format_date(one.offer.from_on),
          one.offer.standard, speak.say(f"lane.refunds.{one.offer.refund_mode}"),
          speak.say(f"lane.state.{one.state}"), one.sha256[:12])
         for one in known],
    )  # fmt: skip
    for act in closures:
        say(_act_line(act, speak))


def _read(tariff: Path | None) -> Tariff | None:
    from datecertain.settlement import load_tariff  # noqa: PLC0415

    return None if tariff is None else load_tariff(tariff)


def _tell(made: Proposal, speak: Words, json_: bool, *, full: bool = False) -> None:
    if json_:
        say_json(proposal_json(made, full=full))
        return
    offer = made.offer
    standard = offer.standard
    if standard == "network":
        standard = speak.say("lane.standard.network")
    tariff = made.content.get("tariff")
    say(
        speak.say(
            "lane.proposal", number=offer.number, lane=offer.lane, product=offer.product,
            standard=standard, refunds=speak.say(f"lane.refunds.{offer.refund_mode}"),
            first=speak.date(offer.from_on), state=speak.say(f"lane.state.{made.state}"),
        ),
        speak.say("lane.proposed", post=made.post, actor=made.actor, at=format_utc(made.at)),
        *(_act_line(act, speak) for act in made.acts),
        *([speak.say("lane.tariff", name=tariff["name"], count=len(tariff["rows"]),
                     sha256=tariff["sha256"])] if tariff else []),
        speak.say("lane.digest", sha256=made.sha256, count=len(made.content["terms"])),
    )  # fmt: skip
    if full:
        for row in made.content["terms"]:
            name = " ".join(part for part in (row["part"], row["scope"], row["name"]) if part)
            say(f"  {name} = {row['value']} ({row['rule']}) [{row['source']}]")
        for row in made.content.get("tariff", {}).get("rows", ()):
            rates = {key: value for key, value in row["row"].items() if key != "source"}
            say(f"  tariff {row['kind']} = {rates} [{row['row']['source']}]")


def _act_line(act: Act, speak: Words) -> str:
    reason = f": {act.reason}" if act.reason else ""
    return speak.say(
        f"lane.act.{act.act}", lane=f"{act.origin}-{act.destination}", post=act.post,
        actor=act.actor, at=format_utc(act.at), version=act.network_version, reason=reason,
    )  # fmt: skip
