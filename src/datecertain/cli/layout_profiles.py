"""`datecertain profile …`: a partner's message layout drafted, checked, accepted, retired."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from datecertain.cli.options import LOOKS, JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import say, say_json, say_table
from datecertain.messages import InferredEvent, attribute_profiles, read_profile
from datecertain.messages.profile_check import Check
from datecertain.moments import format_clock, format_date, format_utc, parse_date
from datecertain.operations import layout_profiles
from datecertain.operations.clock import SystemClock
from datecertain.operations.layout_profiles import ProfileEvent
from datecertain.operations.profile_drafts import (
    Drafted,
    counted_as,
    draft_profile,
    guesses,
    network_for,
    own_counts,
    partner_files,
)
from datecertain.operations.workspaces import open_workspace
from datecertain.wording import Words, words

#: A condition does not hold, or the draft lacks something.
DOES_NOT_HOLD = 4

app = typer.Typer(
    help="Message layouts of partners: draft, check, accept, retire.",
    no_args_is_help=True, **LOOKS,
)  # fmt: skip
FilesArgument = Annotated[list[Path], typer.Argument(metavar="FILE…", help="The partner's files, or folders with them.")]  # fmt: skip # noqa: E501
ProfileArgument = Annotated[Path, typer.Argument(metavar="PROFILE", help="The profile, a TOML file.")]  # fmt: skip # noqa: E501
BesideOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace", "-w", envvar="DATECERTAIN_WORKSPACE", help="The workspace folder.",
        show_default="none: the bundled network and profiles",
    ),
]  # fmt: skip
ReceivedOption = Annotated[
    str | None,
    typer.Option(
        "--received-on", metavar="DATE", show_default="when each file was last written",
        help="The day on which the files came.",
    ),
]  # fmt: skip
ItemsOption = Annotated[int | None, typer.Option("--items", min=0, help="Items, as the partner counts.")]  # fmt: skip # noqa: E501
EventsOption = Annotated[int | None, typer.Option("--events", min=0, help="Events, as the partner counts.")]  # fmt: skip # noqa: E501
CountsOption = Annotated[Path | None, typer.Option("--counts", metavar="CSV", help="The partner's counts by file: file,items,events.")]  # fmt: skip # noqa: E501
ByOption = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides.")]


@app.command()
def guess(
    files: FilesArgument,
    most: Annotated[int, typer.Option("--most", min=1, help="Events shown of each file.")] = 20,
    received_on: ReceivedOption = None,
    workspace: BesideOption = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """What messages that no profile reads seem to say, for people to look at: it makes no fact.

    Example: datecertain profile guess spain/1.edi
    """
    came = partner_files(files, None if received_on is None else parse_date(received_on))
    profiles = attribute_profiles()
    if workspace is not None:
        with open_workspace(workspace) as opened:
            profiles = layout_profiles.profiles_of(opened)
    found = guesses(came, profiles, network_for(workspace))
    if json_:
        say_json(
            {"files": [{"file": file.name} | asdict(one) for file, one in zip(came, found, strict=True)]}  # noqa: E501
        )  # fmt: skip
        return
    speak = words(lang)
    for file, one in zip(came, found, strict=True):
        title = speak.say(
            "profile.guess.title", file=file.name, messages=speak.count(one.messages),
            events=speak.count(len(one.events)),
        )  # fmt: skip
        columns = ("item", "code", "time", "office", "next", "reason", "measure")
        names = [speak.say(f"profile.guess.{column}") for column in columns]
        say_table(title, names, [_guessed(event) for event in one.events[:most]])


def _guessed(event: InferredEvent) -> tuple[str, ...]:
    time = "" if event.event_date is None else format_date(event.event_date)
    time += "" if event.event_min is None else f" {format_clock(event.event_min)}"
    more = (event.office, event.next_office, event.reason, event.measure)
    return (event.item_id, event.code, time or "–", *(one or "–" for one in more))


@app.command()
def draft(
    files: FilesArgument,
    message: Annotated[
        str, typer.Option("--message", metavar="TYPE", help="The message type.")
    ] = "EMSEVT",
    partner: Annotated[
        str, typer.Option("--partner", metavar="POST", help="Only from this post, or sender's id.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="Write the profile there.")
    ] = None,
    name: Annotated[
        str, typer.Option("--name", help="The profile's name.", show_default="partner and type")
    ] = "",
    received_on: ReceivedOption = None,
    workspace: BesideOption = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Infer a profile from files of an unknown layout, with the evidence, for a person to confirm.

    Exit code 4: something that an event must have was not found.

    Example: datecertain profile draft spain/*.edi --partner ES -o spain.toml
    """
    came = partner_files(files, None if received_on is None else parse_date(received_on))
    drafted = draft_profile(came, network_for(workspace), message, partner, name)
    if out is not None:
        out.write_text(drafted.text, encoding="utf-8")
    if json_:
        say_json(_draft_json(drafted, out))
    else:
        _say_draft(drafted, out, words(lang))
    if drafted.draft.lacking:
        raise typer.Exit(DOES_NOT_HOLD)


def _draft_json(drafted: Drafted, out: Path | None) -> dict[str, Any]:
    found = drafted.draft
    return {
        "name": drafted.name, "layout": found.layout, "senders": list(found.senders),
        "files": drafted.files, "messages": found.messages, "items": found.items,
        "events": found.events, "layout_inferred": True,
        "opens": {str(part): str(pattern) for part, pattern in found.opens.items()},
        "fields": [
            {
                "field": one.name, "within": str(one.within),
                "segment": str(one.seen.spot.pattern), "element": one.seen.spot.element,
                "component": one.seen.spot.component, "format": one.seen.format or None,
                "format_component": one.seen.format_component, "count": one.seen.count,
                "of": one.seen.of, "share": round(one.seen.share, 4), "certain": one.certain,
                "doubt": None if one.seen.doubt is None else one.seen.doubt.text(words("en")),
            }
            for one in found.fields
        ],
        "lacking": list(found.lacking),
        "unknown": [
            {"segment": str(one.pattern), "count": one.count, "messages": one.messages,
             "first": one.first, "passed_over": one.passed_over}
            for one in found.unknown
        ],
        "remarks": [one.text(words("en")) for one in found.remarks],
        "other_layouts": [
            {"layout": layout, "sender": sender, "messages": messages}
            for layout, sender, messages in drafted.others
        ],
        "file": None if out is None else str(out),
        "profile": drafted.text,
    }  # fmt: skip


def _say_draft(drafted: Drafted, out: Path | None, speak: Words) -> None:
    found = drafted.draft
    title = speak.say(
        "profile.draft.title", layout=found.layout, senders=", ".join(found.senders),
        messages=speak.count(found.messages), files=speak.count(drafted.files),
        items=speak.count(found.items), events=speak.count(found.events),
    )  # fmt: skip
    columns = [speak.say(f"profile.draft.{one}") for one in ("field", "where", "seen", "share", "look")]  # fmt: skip # noqa: E501
    rows = []
    for one in found.fields:
        spot = one.seen.spot
        where = f"{spot.pattern} {spot.element}.{spot.component}"
        seen = f"{speak.count(one.seen.count)}/{speak.count(one.seen.of)}"
        look = speak.say("profile.draft.certain" if one.certain else "profile.draft.doubt")
        rows.append((one.name, where, seen, f"{one.seen.share:.0%}", look))
    say_table(title, columns, rows)
    for lacking in found.lacking:
        say(speak.say("profile.draft.lacking", name=lacking))
    for segment in found.unknown:
        if not segment.passed_over:
            say(
                speak.say(
                    "profile.draft.unknown", pattern=segment.pattern, count=segment.count,
                    messages=segment.messages, first=segment.first,
                )
            )  # fmt: skip
    for told in (*(one.seen.doubt for one in found.fields if one.seen.doubt), *found.remarks):
        say(speak.say("profile.draft.remark", text=told.text(speak)))
    for layout, sender, messages in drafted.others:
        say(speak.say("profile.draft.other", layout=layout, sender=sender, messages=messages))
    if out is None:
        say(speak.say("profile.draft.not_written"))
    else:
        say(speak.say("profile.draft.written", name=drafted.name, path=out))


@app.command()
def check(
    profile: ProfileArgument,
    files: FilesArgument,
    items: ItemsOption = None,
    events: EventsOption = None,
    counts: CountsOption = None,
    received_on: ReceivedOption = None,
    workspace: BesideOption = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Read files by a profile, and say whether it may be accepted. Exit code 4: it may not.

    Example: datecertain profile check spain.toml spain/*.edi --items 240 --events 1310
    """
    came = partner_files(files, None if received_on is None else parse_date(received_on))
    own = counted_as(own_counts(items, events, counts), came)
    _, text = layout_profiles.read_profile_file(profile)
    if workspace is None:
        done = layout_profiles.check(None, text, came, own)
    else:
        with open_workspace(workspace) as opened:
            done = layout_profiles.check(opened, text, came, own)
    if json_:
        say_json(_check_json(done))
    else:
        _say_check(profile, done, words(lang))
    if not done.holds:
        raise typer.Exit(DOES_NOT_HOLD)


def _check_json(done: Check) -> dict[str, Any]:
    return {
        "holds": done.holds, "messages": done.messages, **asdict(done.counts),
        "files": {name: asdict(one) for name, one in done.read.items()},
        "conditions": [{"name": one.name, "holds": one.holds, "reason": one.reason(words("en"))}
                       for one in done.conditions],
    }  # fmt: skip


def _say_check(path: Path, done: Check, speak: Words) -> None:
    told = {
        name: speak.count(count)
        for name, count in {"messages": done.messages, **asdict(done.counts)}.items()
    }
    say(speak.say("profile.check.title", name=path, **told))
    for one in done.conditions:
        result = speak.say("profile.check.yes" if one.holds else "profile.check.no")
        condition = speak.say(f"profile.condition.{one.name}")
        say(f"  {result:<4} {speak.say('profile.check.reason', condition=condition, reason=one.reason(speak))}")  # fmt: skip # noqa: E501


@app.command()
def accept(
    profile: ProfileArgument,
    files: FilesArgument,
    by: ByOption,
    items: ItemsOption = None,
    events: EventsOption = None,
    counts: CountsOption = None,
    received_on: ReceivedOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Check a profile on files and, if all conditions hold, read that partner's messages by it.

    Exit code 4: a condition does not hold, nothing was changed.

    Example: datecertain profile accept spain.toml spain/*.edi --by "Kim Minji" -w october
    """
    came = partner_files(files, None if received_on is None else parse_date(received_on))
    own = counted_as(own_counts(items, events, counts), came)
    _, text = layout_profiles.read_profile_file(profile)
    with open_workspace(workspace, write=True) as opened:
        done, told = layout_profiles.accept(opened, text, came, by, SystemClock(), own)
    if json_:
        accepted = None if told is None else _event_json(told)
        say_json(_check_json(done) | {"accepted": accepted})
    else:
        speak = words(lang)
        _say_check(profile, done, speak)
        if told is None:
            say(speak.say("profile.refused", name=profile))
        else:
            say(_told("profile.accepted", told, speak))
    if told is None:
        raise typer.Exit(DOES_NOT_HOLD)


@app.command()
def retire(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The profile's name.")],
    by: ByOption,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")],
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Read by an accepted profile no more. What was read by it stays.

    Example: datecertain profile retire es-emsevt --by "Kim Minji" --reason "new layout" -w october
    """
    with open_workspace(workspace, write=True) as opened:
        told = layout_profiles.retire(opened, name, by, reason, SystemClock())
    if json_:
        say_json(_event_json(told))
    else:
        say(_told("profile.retired", told, words(lang)))


@app.command("list")
def list_(
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """The profiles that a workspace reads with, and those that were retired.

    Example: datecertain profile list -w october
    """
    with open_workspace(workspace) as opened:
        stand = layout_profiles.standing_profiles(opened)
        in_use = {
            one.name: read_profile(layout_profiles.stored_text(opened, one))
            for one in stand
            if one.event == "accepted"
        }
    bundled = attribute_profiles().profiles
    if json_:
        rows = [{"name": one.name, "layout": one.layout, "event": "bundled"} for one in bundled]
        say_json({"profiles": [*rows, *map(_event_json, stand)]})
        return
    speak = words(lang)
    for one in bundled:
        say(speak.say("profile.list.bundled", name=one.name, layout=one.layout, status=one.status))
    for told in stand:
        if told.event == "accepted":
            profile = in_use[told.name]
            more = {"layout": profile.layout, "senders": ", ".join(profile.senders)}
            say(_told("profile.list.accepted", told, speak, **more))
        else:
            say(_told("profile.list.retired", told, speak, reason=told.reason))


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The profile's name.")],
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """An accepted profile's text, and who decided what about it, when and on which files.

    Example: datecertain profile show es-emsevt -w october
    """
    with open_workspace(workspace) as opened:
        events = layout_profiles.history(opened, name)
        text = layout_profiles.stored_text(opened, events[-1])
    if json_:
        say_json({"name": name, "events": [_event_json(one) for one in events], "profile": text})
        return
    speak = words(lang)
    for one in events:
        files = len(one.evidence.get("files", ()))
        more = {"event": one.event, "files": files, "sha256": one.sha256}
        say(_told("profile.show.event", one, speak, **more))
    say(text.rstrip("\n"))


def _event_json(told: ProfileEvent) -> dict[str, Any]:
    return asdict(told) | {"at": format_utc(told.at)}


def _told(key: str, told: ProfileEvent, speak: Words, **more: object) -> str:
    return speak.say(
        key, name=told.name, version=told.version, actor=told.actor, at=format_utc(told.at), **more
    )
