"""`datecertain case …`: force majeure cases opened, notified, accepted, contested, closed, listed,
shown, previewed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.case_words import in_words, list_rows, preview_lines, preview_rows
from datecertain.cli.options import (
    LOOKS,
    ActorOption,
    AsOfOption,
    JsonOption,
    Language,
    LanguageOption,
    PeriodOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.output import say, say_json, say_table
from datecertain.errors import UsageError
from datecertain.moments import parse_utc
from datecertain.operations.acceptances import csv_kind
from datecertain.operations.case_preview import (
    ACCEPTED,
    SUPPOSED,
    preview_as_json,
    preview_case,
    preview_notices,
)
from datecertain.operations.cases import (
    CaseFile,
    answer_case,
    case_as_json,
    close_case,
    list_cases,
    notify_case,
    open_case,
    show_case,
)
from datecertain.operations.clock import SystemClock
from datecertain.operations.networks import current_network
from datecertain.operations.notices import read_notices
from datecertain.operations.workspaces import open_workspace
from datecertain.tracking.cases import Action
from datecertain.wording import words

app = typer.Typer(
    help="Force majeure cases: open, notify, accept, contest, close, list, show, preview.",
    no_args_is_help=True, **LOOKS,
)  # fmt: skip

CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help="Name of the case.")]
PostOption = Annotated[
    str, typer.Option("--post", help="The post that declared it, where two have one of that name.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why: it is recorded.")]
PublishedOption = Annotated[
    str, typer.Option("--published", metavar="MOMENT", help="When it was published; default: now.")
]
OfficeOption = Annotated[str, typer.Option("--office", help="Only this office of exchange.")]
LegOption = Annotated[str, typer.Option("--leg", help="export, transport, import or delivery.")]
KindOption = Annotated[str, typer.Option("--kind", help="event (default), strike or closure.")]
AreaOption = Annotated[str, typer.Option("--area", help="Only these areas, blanks between.")]
ProductOption = Annotated[str, typer.Option("--product", help="Only these products.")]
StandardOption = Annotated[
    str, typer.Option("--standard", help="Only what is due D+n days after acceptance: 'D+3 D+4'.")
]
ContentsOption = Annotated[str, typer.Option("--contents", help="Only these classes.")]
ValueFromOption = Annotated[
    str, typer.Option("--value-from", metavar="SDR", help="Declared value, at least.")
]
ValueToOption = Annotated[
    str, typer.Option("--value-to", metavar="SDR", help="Declared value, at most.")
]
AcceptedFromOption = Annotated[
    str, typer.Option("--accepted-from", metavar="MOMENT", help="Accepted then or later.")
]
AcceptedToOption = Annotated[
    str, typer.Option("--accepted-to", metavar="MOMENT", help="Accepted then or before.")
]
ToOption = Annotated[str, typer.Option("--to", metavar="MOMENT", help="Its end, once known.")]
TextOption = Annotated[str, typer.Option("--text", help="What happened, in English.")]
TextKoOption = Annotated[str, typer.Option("--text-ko", help="The same in Korean.")]
ReferenceOption = Annotated[str, typer.Option("--reference", help="Where it was published.")]


@app.command("open")
def open_(
    case: CaseArgument,
    post: Annotated[str, typer.Option("--post", help="The post that declares it.")],
    from_: Annotated[str, typer.Option("--from", metavar="MOMENT", help="When it began.")],
    text: TextOption,
    actor: ActorOption,
    text_ko: TextKoOption = "",
    reference: ReferenceOption = "",
    to: ToOption = "",
    published: PublishedOption = "",
    office: OfficeOption = "",
    leg: LegOption = "",
    kind: KindOption = "",
    area: AreaOption = "",
    product: ProductOption = "",
    standard: StandardOption = "",
    contents: ContentsOption = "",
    value_from: ValueFromOption = "",
    value_to: ValueToOption = "",
    accepted_from: AcceptedFromOption = "",
    accepted_to: AcceptedToOption = "",
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Open a case: it is notified from now on, to every post of the group.

    Example: datecertain case open TYPHOON-9 --post JP --from 2026-11-03T00:00Z --office JPKWSA
    --text "Airport closed by a typhoon" --actor duty-officer -w october
    """
    row = {
        "case_id": case, "post": post, "from_utc": from_, "to_utc": to, "published_utc": published,
        "office": office, "leg": leg, "kind": kind, "area": area, "product": product,
        "standard": standard, "contents": contents, "value_from_sdr": value_from,
        "value_to_sdr": value_to, "accepted_from_utc": accepted_from,
        "accepted_to_utc": accepted_to, "text_en": text, "text_ko": text_ko or text,
        "reference": reference,
    }  # fmt: skip
    with open_workspace(workspace, write=True) as opened:
        _tell(open_case(opened, row, actor, SystemClock()), lang, json_)


@app.command("notify")
def notify(
    case: CaseArgument,
    actor: ActorOption,
    post: PostOption = "",
    from_: Annotated[str, typer.Option("--from", metavar="MOMENT")] = "",
    to: ToOption = "",
    text: TextOption = "",
    text_ko: TextKoOption = "",
    reference: ReferenceOption = "",
    published: PublishedOption = "",
    office: OfficeOption = "",
    leg: LegOption = "",
    area: AreaOption = "",
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """A later notice of a case: what is given replaces what was said; another office, leg or area
    is a scope beside the first. Without anything it says that the case still stands.

    Example: datecertain case notify TYPHOON-9 --to 2026-11-04T06:00Z --actor duty-officer
    """
    changes = {
        "from_utc": from_, "to_utc": to, "text_en": text, "text_ko": text_ko,
        "reference": reference, "published_utc": published, "office": office, "leg": leg,
        "area": area,
    }  # fmt: skip
    with open_workspace(workspace, write=True) as opened:
        _tell(notify_case(opened, case, changes, actor, SystemClock(), post), lang, json_)


@app.command("accept")
def accept(
    case: CaseArgument,
    by: Annotated[str, typer.Option("--by", help="The post that accepts it; * the whole group.")],
    actor: ActorOption,
    reason: ReasonOption = "",
    published: PublishedOption = "",
    post: PostOption = "",
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Another post accepts a case: it counts on the lanes between the two.

    Example: datecertain case accept TYPHOON-9 --by KR --actor quality-desk
    """
    _answer(case, Action.ACCEPT, by, reason, actor, (post, published), workspace, lang, json_)


@app.command("contest")
def contest(
    case: CaseArgument,
    by: Annotated[str, typer.Option("--by", help="The post that contests it; * the whole group.")],
    reason: ReasonOption,
    actor: ActorOption,
    published: PublishedOption = "",
    post: PostOption = "",
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Another post contests a case: by the terms it excuses nothing on the lanes between the two
    until it is accepted.

    Example: datecertain case contest STRIKE-2 --by KR --reason "own staff" --actor quality-desk
    """
    _answer(case, Action.CONTEST, by, reason, actor, (post, published), workspace, lang, json_)


def _answer(
    case: str, action: Action, by: str, reason: str, actor: str, which: tuple[str, str],
    workspace: Path, lang: Language, json_: bool,
) -> None:  # fmt: skip
    with open_workspace(workspace, write=True) as opened:
        told = answer_case(opened, case, action, by, reason, actor, SystemClock(), *which)
        _tell(told, lang, json_)


@app.command("close")
def close(
    case: CaseArgument,
    at: Annotated[str, typer.Option("--at", metavar="MOMENT", help="When it ended.")],
    actor: ActorOption,
    reason: ReasonOption = "",
    published: PublishedOption = "",
    post: PostOption = "",
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Tell the end of a case.

    Example: datecertain case close TYPHOON-9 --at 2026-11-04T06:00Z --actor duty-officer
    """
    with open_workspace(workspace, write=True) as opened:
        told = close_case(opened, case, at, actor, SystemClock(), post, reason, published)
        _tell(told, lang, json_)


@app.command("list")
def list_(
    as_of: AsOfOption = None,
    stale: Annotated[
        bool, typer.Option("--stale", help="Only those that wait too long for a word or an end.")
    ] = False,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """All cases as they stood at a moment, with those to be reminded of.

    Example: datecertain case list --stale -w october
    """
    moment = parse_utc(as_of) if as_of else SystemClock().now()
    with open_workspace(workspace) as opened:
        found = [one for one in list_cases(opened, moment) if one.stale_minutes or not stale]
    if json_:
        say_json({"cases": [case_as_json(one) for one in found]})
        return
    speak = words(lang)
    if not found:
        say(speak.say("case.none"))
        return
    columns = ("case", "post", "state", "from", "to", "remarks")
    titles = [speak.say(f"case.column.{name}") for name in columns]
    say_table(speak.say("case.title"), titles, list_rows(found, speak))


@app.command("show")
def show(
    case: CaseArgument,
    post: PostOption = "",
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """One case: what it covers, who said what, and every step of it.

    Example: datecertain case show TYPHOON-9 -w october
    """
    moment = parse_utc(as_of) if as_of else SystemClock().now()
    with open_workspace(workspace) as opened:
        _tell(show_case(opened, case, moment, post), lang, json_)


@app.command("preview")
def preview(
    period: PeriodOption,
    case: Annotated[str, typer.Argument(metavar="[CASE]", help="Name of the case.")] = "",
    notice: Annotated[
        Path | None,
        typer.Option("--notice", metavar="FILE", help="Notices not taken in yet, instead."),
    ] = None,
    as_: Annotated[
        str, typer.Option("--as", help="accepted, contested (by the group) or absent.")
    ] = ACCEPTED,
    post: PostOption = "",
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """What a case would come to in a month: verdicts, refunds and who bears them, before and after.
    Nothing is written.

    Example: datecertain case preview STRIKE-2 --period 2026-10 --as accepted -w october
    """
    month = demand_period(period)
    if bool(case) == (notice is not None):
        raise UsageError("say what to preview: the name of a case, or --notice FILE")
    if as_ not in SUPPOSED:
        raise UsageError(f"--as {as_!r} is none of {', '.join(SUPPOSED)}")
    moment = parse_utc(as_of) if as_of else SystemClock().now()
    with open_workspace(workspace) as opened:
        if notice is None:
            told = preview_case(opened, case, month, moment, as_, post)
        else:
            data = _notice_bytes(notice)
            read = read_notices(notice.name, data, current_network(opened))
            for one in read.findings:
                raise UsageError(f"{notice}, {one.position}: {one.detail}")
            told = preview_notices(opened, read.facts, month, moment)
    if json_:
        say_json(preview_as_json(told))
        return
    speak = words(lang)
    say(*preview_lines(told, speak))
    columns = ("case.column.post", "case.preview.refunds", "case.preview.refunds_then",
               "case.preview.amount", "case.preview.refunds_then", "case.preview.borne",
               "case.preview.refunds_then")  # fmt: skip
    title = speak.say("case.preview.money")
    say_table(title, [speak.say(key) for key in columns], preview_rows(told, speak))


def _notice_bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    if csv_kind(data[: 1 << 16]) != "notice":
        raise UsageError(f"{path} is no notice file: its header row is another")
    return data


def _tell(case: CaseFile, lang: Language, json_: bool) -> None:
    if json_:
        say_json(case_as_json(case))
    else:
        say(*in_words(case, words(lang)))
