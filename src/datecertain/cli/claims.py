"""`datecertain claim …`: a sender's claim, from filing to its end."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from datecertain.cli.options import (
    LOOKS,
    JsonOption,
    Language,
    LanguageOption,
    PeriodOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.output import coded, heads, progress, say, say_json, say_table
from datecertain.errors import UsageError
from datecertain.moments import parse_date, parse_utc
from datecertain.network.claim_terms import Claimant, Heading, Remedy
from datecertain.operations.claim_views import CaseFilter, actor_text, list_cases, show_case
from datecertain.operations.clock import Clock, FixedClock, SystemClock
from datecertain.operations.workspaces import open_workspace
from datecertain.wording import Words, words
from datecertain.wording.told_back import told_text

if TYPE_CHECKING:
    from datecertain.operations.claim_files import BadRow

app = typer.Typer(
    help="Claims for refunds: file, show, decide, appeal, list; many at once from a file.",
    no_args_is_help=True, **LOOKS,
)  # fmt: skip

#: A file had rows that were not done.
ROWS_LEFT = 3
CaseArgument = Annotated[str, typer.Argument(help="The case, or its item's number.")]
ActorOption = Annotated[str, typer.Option("--actor", help="Who does it: a desk or a login.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in plain words.")]
NowOption = Annotated[
    str | None,
    typer.Option(
        "--now", metavar="MOMENT",
        help="Do it as of a moment with its offset, such as 2026-11-23T00:00Z (default: now).",
    ),
]  # fmt: skip


def clock_of(text: str | None) -> Clock:
    """The machine's clock, or one that stands still at a moment."""
    return SystemClock() if text is None else FixedClock(parse_utc(text))


@app.command("open")
def open_(
    item: Annotated[str, typer.Argument(help="The item's number.")] = "",
    file: Annotated[
        Path | None,
        typer.Option("--file", help="A CSV file with a claim in each row (column item_id)."),
    ] = None,
    claimant: Annotated[Claimant, typer.Option("--claimant")] = Claimant.SENDER,
    waiver: Annotated[
        bool, typer.Option("--waiver", help="The one who may claim waived it for this claimant.")
    ] = False,
    received: Annotated[
        str | None,
        typer.Option("--received", metavar="MOMENT", help="When it reached the post."),
    ] = None,
    remedy: Annotated[Remedy | None, typer.Option("--remedy", help="Where there is a choice.")]
    = None,
    currency: Annotated[str, typer.Option("--currency", help="In which it is claimed.")] = "",
    asks: Annotated[
        list[Heading] | None, typer.Option("--asks", help="What it asks for (default: postage).")
    ] = None,
    reference: Annotated[
        str, typer.Option("--reference", help="The claimant's own number; nobody's name.")
    ] = "",
    accepted_on: Annotated[
        str | None, typer.Option("--accepted-on", metavar="YYYY-MM-DD", help="Which acceptance.")
    ] = None,
    actor: ActorOption = "",
    now: NowOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """File a claim, answered at once; or all claims of a CSV file, bad rows listed.

    Exit code 3 when rows of a file were not filed.

    Example: datecertain claim open EE000000005KR -w october

    Example: datecertain claim open --file claims.csv -w october --json
    """
    from datecertain.operations.claiming import Filing, file_claim  # noqa: PLC0415

    if bool(item) == (file is not None):
        raise UsageError("give an item's number, or --file with a CSV file of claims")
    if file is not None:
        _open_file(workspace, file, actor, clock_of(now), words(lang), json_=json_)
        return
    filing = Filing(
        item, claimant, actor, None if received is None else parse_utc(received), remedy, currency,
        frozenset(asks or [Heading.POSTAGE]), waiver, reference,
        None if accepted_on is None else parse_date(accepted_on),
    )  # fmt: skip
    with open_workspace(workspace, write=True) as opened:
        case = file_claim(opened, filing, clock_of(now))
        _tell(show_case(opened, case.case_id), words(lang), json_=json_)


def _open_file(
    workspace: Path, file: Path, actor: str, clock: Clock, speak: Words, *, json_: bool
) -> None:
    from datecertain.operations.claim_files import file_claims  # noqa: PLC0415

    with (
        open_workspace(workspace, write=True) as opened,
        progress("filing claims", quiet=json_) as step,
    ):
        report = file_claims(opened, file, clock, actor, step)
    if json_:
        say_json(asdict(report))
    else:
        states: dict[str, int] = {}
        for row in report.filed:
            states[row.state] = states.get(row.state, 0) + 1
        again = sum(row.again for row in report.filed)
        say(
            speak.say("claims.file", rows=report.rows, filed=len(report.filed), again=again,
                      bad=len(report.bad)),
            *(f"  {coded(speak, 'claim.state', state)}: {count}"
              for state, count in sorted(states.items())),
            *(f"  {_not_filed(speak, bad)}" for bad in report.bad),
        )  # fmt: skip
    if report.bad:
        raise typer.Exit(ROWS_LEFT)


def _not_filed(speak: Words, bad: BadRow) -> str:
    """A row of a file that was not filed, and why: by the terms, or for what the row is."""
    word = coded(speak, "claim.reason", bad.reason)
    if word == bad.reason:
        word = coded(speak, "claims.not_filed", bad.reason)
    detail = told_text(bad.detail, speak)
    return speak.say("claims.file.bad", row=bad.row, reason=word, detail=detail)


@app.command()
def show(
    name: CaseArgument,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """One case: where it stands, until when, and all that happened to it.

    Example: datecertain claim show EE000000005KR -w october --lang ko
    """
    with open_workspace(workspace) as opened:
        _tell(show_case(opened, name), words(lang), json_=json_)


class Decision(StrEnum):
    """What an officer decides, or the other post says."""

    GRANT = "grant"
    REFUSE = "refuse"
    PAID = "paid"
    CONFIRM = "confirm"
    DENY = "deny"


@app.command()
def decide(
    name: Annotated[str, typer.Argument(help="The case, or its item's number.")] = "",
    all_: Annotated[bool, typer.Option("--all", help="Every case, by the terms.")] = False,
    as_: Annotated[
        Decision | None,
        typer.Option(
            "--as", help="Grant, refuse or paid by the origin; confirm, deny by the destination."
        ),
    ] = None,
    reason: ReasonOption = "",
    actor: ActorOption = "",
    now: NowOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Decide by the terms what a deadline or a new verdict asks; or as an officer decides.

    Without `--as` the published terms answer: a waiting item that is decided by now, a
    confirmation that did not come, a verdict that was superseded.

    Example: datecertain claim decide --all -w october

    Example: datecertain claim decide EE000000005KR --as confirm --actor JPA -w october
    """
    from datecertain.operations.claim_deadlines import advance  # noqa: PLC0415
    from datecertain.operations.claiming import decide as by_terms  # noqa: PLC0415
    from datecertain.operations.claiming import move  # noqa: PLC0415

    if bool(name) == all_ or (all_ and as_ is not None):
        raise UsageError("give a case, or --all without --as")
    with open_workspace(workspace, write=True) as opened:
        if all_:
            report = advance(opened, clock_of(now))
            if json_:
                say_json(asdict(report))
            else:
                speak = words(lang)
                say(
                    speak.say("claims.decided", cases=report.cases, moved=len(report.moved)),
                    *(f"  {coded(speak, 'claim.event', event)}: {count}"
                      for event, count in sorted(report.events.items())),
                    *(f"  {speak.say('claims.no_record', case=case)}"
                      for case in report.unreadable),
                )  # fmt: skip
            return
        if as_ is None:
            case = by_terms(opened, name, clock_of(now))
        else:
            case = move(opened, name, _move(as_, actor, reason), clock_of(now))
        _tell(show_case(opened, case.case_id), words(lang), json_=json_)


def _move(decision: Decision, actor: str, reason: str) -> Any:
    from datecertain.claims.cases import Actor, Event  # noqa: PLC0415
    from datecertain.operations.claiming import Move  # noqa: PLC0415

    event, role = {
        Decision.GRANT: (Event.GRANTED, Actor.ORIGIN),
        Decision.REFUSE: (Event.REFUSED, Actor.ORIGIN),
        Decision.PAID: (Event.PAID, Actor.ORIGIN),
        Decision.CONFIRM: (Event.CONFIRMED, Actor.DESTINATION),
        Decision.DENY: (Event.DENIED, Actor.DESTINATION),
    }[decision]
    return Move(event, actor, role, reason)


@app.command()
def appeal(
    name: CaseArgument,
    reason: ReasonOption = "",
    actor: ActorOption = "",
    now: NowOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Appeal a refusal, within the time that the terms give.

    Example: datecertain claim appeal EE000000005KR --actor sender --reason "it came on the 9th"
    """
    _by_claimant("appealed", name, reason, actor, now, workspace, lang, json_=json_)


@app.command()
def withdraw(
    name: CaseArgument,
    reason: ReasonOption = "",
    actor: ActorOption = "",
    now: NowOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Withdraw a claim that is not granted; the item may be claimed again.

    Example: datecertain claim withdraw EE000000005KR --actor sender -w october
    """
    _by_claimant("withdrawn", name, reason, actor, now, workspace, lang, json_=json_)


def _by_claimant(
    event: str, name: str, reason: str, actor: str, now: str | None, workspace: Path,
    lang: Language, *, json_: bool,
) -> None:  # fmt: skip
    from datecertain.claims.cases import Actor, Event  # noqa: PLC0415
    from datecertain.operations.claiming import Move, move  # noqa: PLC0415

    with open_workspace(workspace, write=True) as opened:
        done = Move(Event(event), actor, Actor.CLAIMANT, reason)
        case = move(opened, name, done, clock_of(now))
        _tell(show_case(opened, case.case_id), words(lang), json_=json_)


@app.command("list")
def list_(
    state: Annotated[str, typer.Option("--state", help="filed, waiting, granted, refused, …")] = "",
    origin: Annotated[str, typer.Option("--from", metavar="POST")] = "",
    to: Annotated[str, typer.Option("--to", metavar="POST")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only past their deadline.")] = False,
    now: NowOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """List cases in the order of filing.

    Example: datecertain claim list --state waiting -w october
    """
    moment = clock_of(now).now() if overdue else None
    with open_workspace(workspace) as opened:
        rows = list(list_cases(opened, CaseFilter(state, origin, to, moment)))
    if json_:
        say_json({"cases": rows})
        return
    speak = words(lang)
    say_table(
        speak.say("claims.title", count=len(rows)),
        heads(speak, "claims", "case", "item", "from", "to", "state", "until"),
        [
            (row["case"], row["item_id"], row["origin"], row["destination"],
             speak.say(f"claim.state.{row['state']}"), row["until"] or "–")
            for row in rows
        ],
    )  # fmt: skip


@app.command()
def waiting(
    period: PeriodOption,
    due: Annotated[bool, typer.Option("--due", help="Only those that need something now.")] = False,
    now: NowOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Items without a final event: when an inquiry is due, the sender is told, it is decided.

    Example: datecertain claim waiting --period 2026-10 --due -w october
    """
    from datecertain.operations.refund_views import told_waiting  # noqa: PLC0415

    with open_workspace(workspace) as opened:
        rows = told_waiting(opened, demand_period(period), clock_of(now).now(), due=due)
    if json_:
        say_json({"items": rows})
        return
    speak = words(lang)
    say_table(
        speak.say("waiting.title", count=len(rows)),
        heads(speak, "waiting", "item", "from", "to", "told", "inquiry", "tell", "decided",
              "needs"),
        [
            (row["item_id"], row["origin"], row["destination"], row["told_on"],
             row["inquiry_on"] or "–", row["tell_by"] or "–", row["decided_on"] or "–",
             speak.say(f"waiting.need.{row['need']}"))
            for row in rows
        ],
    )  # fmt: skip


def _tell(case: dict[str, Any], speak: Words, *, json_: bool) -> None:
    """One case, for a program or for a person."""
    if json_:
        say_json(case)
        return
    until = speak.say("claim.until", moment=case["until"]) if case["until"] else ""
    say(
        f"{case['case']}: {case['item_id']}, {case['origin']} → {case['destination']}: "
        f"{speak.say('claim.state.' + case['state'])}{' (' + until + ')' if until else ''}"
    )
    for event in case["events"]:
        said = speak.say(f"claim.event.{event['event']}")
        why = f": {_reason(event['reason'], speak)}" if event["reason"] else ""
        amount = ""
        if event["amount_minor"]:
            paid = speak.money(event["amount_minor"], case["currency"])
            amount = f", {paid} ({speak.say('claim.remedy.' + event['remedy'])})"
        actor = actor_text(event["actor"], event["role"], speak)
        say(f"  {event['at']} {said} ({actor}){why}{amount}")
    if unasked := case["unasked"]:
        key = "claim.unasked.paid" if unasked["paid"] else "claim.unasked.due"
        amount = speak.money(unasked["amount_minor"], case["currency"])
        say(f"  {speak.say(key, amount=amount)}")
    if asked := case["confirmation"]:
        state = speak.say(f"inquiry.state.{asked['state']}")
        told = speak.say("claim.asked", post=asked["asked"], inquiry=asked["inquiry_id"],
                         state=state)  # fmt: skip
        say(f"  {told}")


def _reason(reason: str, speak: Words) -> str:
    """A reason of the terms in words; an officer's own as it stands."""
    return speak.label(f"claim.reason.{reason}", reason)
