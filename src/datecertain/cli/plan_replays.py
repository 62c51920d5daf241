"""`datecertain plan replay`: real items run again under another network, terms or tariff."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datecertain.cli.options import (
    JsonOption,
    Language,
    LanguageOption,
    PeriodOption,
    WorkspaceOption,
    demand_periods,
)
from datecertain.cli.output import progress, say, say_json, say_table
from datecertain.errors import UsageError
from datecertain.wording import Words, words

if TYPE_CHECKING:
    from datecertain.operations.replays import WhatIf

ToOption = Annotated[
    str | None, typer.Option("--to", metavar="YYYY-MM", help="Last month (default: that one).")
]
LaneOption = Annotated[
    str | None, typer.Option("--lane", metavar="KR-US", help="One lane only (default: all).")
]


def replay(
    period: PeriodOption,
    to: ToOption = None,
    lane: LaneOption = None,
    network: Annotated[
        str | None,
        typer.Option(
            "--network", metavar="NETWORK",
            help="A network folder, `bundled`, `current` or a version: instead of each item's own.",
        ),
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="CHANGE",
            help="A change to each item's own network, such as 'USORDA.release -02:00'; may be "
            "given more than once.",
        ),
    ] = None,
    tariff: Annotated[
        Path | None,
        typer.Option("--tariff", help="Settle the replay under this tariff file."),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option("--against", help="The tariff before (default: the bundled one)."),
    ] = None,
    keep_promises: Annotated[
        bool,
        typer.Option("--keep-promises", help="Leave the dates told as they were."),
    ] = False,
    csv_: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Write the items that changed, and why."),
    ] = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Real items run again under another network, other terms or another tariff.

    Changes: OFFICE.cutoff and OFFICE.release, OFFICE.STAGE.by or .at (closing, presentation,
    customs, forwarding), AREA.export.by, AREA.delivery.days, AIRPORT-AIRPORT.flights, LANE.buffer,
    LANE.term.NAME. Nothing is written or booked.

    Example: datecertain plan replay --period 2026-10 --set 'USORDA.release -02:00' --keep-promises
    """
    from datecertain.operations.replays import under, what_if, with_changes  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415
    from datecertain.settlement import bundled_tariff, load_tariff  # noqa: PLC0415

    if sum(map(bool, (network, changes))) > 1 or not (network or changes or tariff):
        raise UsageError("say what changes: --network, or --set (once or more), or --tariff")
    if network:
        from datecertain.operations.network_versions import find_network  # noqa: PLC0415

        change = network, under(find_network(network, workspace))
    else:
        change = "; ".join(changes or [str(tariff)]), with_changes(changes or ())
    old = load_tariff(against) if against else bundled_tariff()
    new = load_tariff(tariff) if tariff else old
    months = demand_periods(period, to)
    with open_workspace(workspace) as opened, progress("items", json_) as told:
        found = what_if(
            opened, months, change, lane=lane, recomputed=not keep_promises, tariffs=(old, new),
            told=told,
        )  # fmt: skip
    if csv_ is not None:
        from pyarrow import csv  # noqa: PLC0415

        from datecertain.operations.replays import changed_for_csv  # noqa: PLC0415

        csv.write_csv(changed_for_csv(found.changed), csv_)
    if json_:
        say_json(found.as_json())
        return
    _show(found, words(lang))


def _show(found: WhatIf, speak: Words) -> None:
    before, after = found.whole.before, found.whole.after
    rows = [
        [one.name, speak.count(one.before.items), _share(one.before.share, speak),
         _share(one.after.share, speak), speak.count(one.changed)]
        for one in found.lanes if one.changed or len(found.lanes) == 1
    ]  # fmt: skip
    title = speak.say(
        "plan.replay.title", items=speak.count(before.items), months=", ".join(found.months),
        change=found.change,
    )  # fmt: skip
    names = ("lane", "n", "before", "after", "changed")
    if rows:
        say_table(title, [speak.say(f"plan.column.{name}") for name in names], rows)
    else:
        say(title)
    if not len(found.changed):
        say(speak.say("plan.replay.nothing"))
    elif after.share is not None:
        plain = after.plain
        say(speak.say(
            "plan.replay.on_time", before=_share(before.share, speak),
            after=_share(after.share, speak), low=_share(plain["low"], speak),
            high=_share(plain["high"], speak),
            changed=speak.count(len(found.changed)), outcomes=speak.count(found.whole.changed),
        ))  # fmt: skip
    say(speak.say(f"plan.replay.{found.promises}"))
    _show_days(found, speak)
    _show_money(found, speak)
    if found.unplanned:
        say(speak.say("plan.replay.unplanned", items=speak.count(found.unplanned)))
    say(speak.say("plan.replay.not_booked"))


def _show_days(found: WhatIf, speak: Words) -> None:
    legs = ("promise", "export", "transport", "import", "delivery")
    rows = [
        [one.name, *(f"{was} → {now}" if was != now else f"{was}"
                     for was, now in zip(one.before.days, one.after.days, strict=True))]
        for one in found.posts if one.before.days != one.after.days
    ]  # fmt: skip
    if rows:
        names = [speak.say(f"plan.column.{name}") for name in ("post", *legs)]
        say_table(speak.say("plan.replay.posts"), names, rows)


def _show_money(found: WhatIf, speak: Words) -> None:
    sides: dict[tuple[str, str], dict[str, dict[str, int]]] = {}
    for row in found.refunds.to_pylist():
        sides.setdefault((row["lane"], row["currency"]), {})[row["side"]] = row
    nothing = {"owed_minor": 0, "automatic_minor": 0}
    for (lane, currency), rows in sorted(sides.items()):
        was, now = rows.get("before", nothing), rows.get("after", nothing)
        if (
            was["owed_minor"] != now["owed_minor"]
            or was["automatic_minor"] != now["automatic_minor"]
        ):
            amounts = [
                speak.money(side[name], currency)
                for name in ("owed_minor", "automatic_minor")
                for side in (was, now)
            ]
            say(speak.say(
                "plan.replay.refunds", lane=lane, before=amounts[0],
                after=amounts[1], paid_before=amounts[2], paid_after=amounts[3],
            ))  # fmt: skip
    for one in found.settlement:
        if one.change_usdr:
            say(speak.say(
                "plan.replay.settlement", post=one.post, before=speak.money(one.before_usdr, "SDR"),
                after=speak.money(one.after_usdr, "SDR"),
            ))  # fmt: skip


def _share(share: float | None, speak: Words) -> str:
    return "–" if share is None else speak.share(share)
