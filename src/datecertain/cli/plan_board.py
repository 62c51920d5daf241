"""`datecertain plan board`: may each lane resume, with which date, at what cost."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datecertain.cli.options import (
    JsonOption,
    Language,
    LanguageOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.output import progress, say, say_json, say_table
from datecertain.errors import UsageError
from datecertain.moments import format_date
from datecertain.wording import Words, words

if TYPE_CHECKING:
    from datecertain.operations.resume_board import Board, BoardAsked
    from datecertain.planning.readiness import BoardLane
    from datecertain.quality.intervals import Interval
    from datecertain.store import Workspace

FromOption = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="DATE", show_default="the last twelve judged months",
        help="First day of acceptance, or a month.",
    ),
]  # fmt: skip
ToOption = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="DATE", show_default="as --from", help="Last day, or a month.",
    ),
]  # fmt: skip
PeriodOption = Annotated[
    str | None,
    typer.Option("--period", metavar="YYYY-MM", help="One month, instead of --from and --to."),
]
ClaimRateOption = Annotated[
    float | None,
    typer.Option(
        "--claim-rate", metavar="SHARE", show_default="what the origin's senders claimed",
        help="Share of what is owed that will be claimed where refunds are claim-driven.",
    ),
]  # fmt: skip
CapacityOption = Annotated[
    Path | None,
    typer.Option(
        "--capacity", metavar="FILE", help="CSV of capacities: origin,destination,items_per_week."
    ),
]
TariffOption = Annotated[
    Path | None,
    typer.Option(
        "--tariff", metavar="FILE", show_default="the bundled one",
        help="The tariff with its caps and stop-losses.",
    ),
]  # fmt: skip
ConfidenceOption = Annotated[
    float, typer.Option("--confidence", metavar="SHARE", help="How sure to be of it.")
]


def asked_for(
    opened: Workspace, period: str | None, first: str | None, last: str | None, target: float,
    confidence: float, claim_rate: float | None, capacity: Path | None, tariff: Path | None,
) -> BoardAsked:  # fmt: skip
    """What a board is asked for. Raises `UsageError`."""
    from datecertain.operations.resume_board import BoardAsked, default_days  # noqa: PLC0415
    from datecertain.settlement import load_tariff  # noqa: PLC0415

    if period is not None:
        if first is not None or last is not None:
            raise UsageError("give --period, or --from and --to, not both")
        first = last = demand_period(period)
    days = default_days(opened, first, last)
    read = None if tariff is None else load_tariff(tariff)
    return BoardAsked(*days, target, confidence, claim_rate, capacity, read)


def board(
    period: PeriodOption = None,
    first: FromOption = None,
    last: ToOption = None,
    target: Annotated[
        float, typer.Option("--target", metavar="SHARE", help="Share to be on time, such as 0.96.")
    ] = 0.96,
    confidence: ConfidenceOption = 0.95,
    lane: Annotated[
        str | None, typer.Option("--lane", metavar="KR-US", help="Everything about one lane.")
    ] = None,
    claim_rate: ClaimRateOption = None,
    capacity: CapacityOption = None,
    tariff: TariffOption = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the board as a web page.")
    ] = None,
    csv_: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write its lanes as CSV.")
    ] = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Per lane of the group: on time at each D+n, the assured standard, events, cases, capacity,
    refunds in either mode, and the verdict with what is missing at whose hands.

    Examples: datecertain plan board --period 2026-10;
    datecertain plan board --from 2026-01 --to 2026-12 --lane KR-US --json
    """
    from datecertain.operations.board_answers import board_json, board_table  # noqa: PLC0415
    from datecertain.operations.resume_board import lane_of, resume_board  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415

    with open_workspace(workspace) as opened, progress("months", json_) as told:
        asked = asked_for(
            opened, period, first, last, target, confidence, claim_rate, capacity, tariff
        )
        found = resume_board(opened, asked, told)
    only = None if lane is None else lane_of(found, lane)
    if csv_ is not None:
        from pyarrow import csv  # noqa: PLC0415

        csv.write_csv(board_table(found), csv_)
    if html is not None:
        from datecertain.web.resume_board import render_board  # noqa: PLC0415

        html.write_text(render_board(found, lang), encoding="utf-8")
    if json_:
        say_json(board_json(found, only))
    elif only is not None:
        _show_lane(found, only, words(lang))
    else:
        _show(found, words(lang))


def _show(found: Board, speak: Words) -> None:
    from datecertain.planning.board_telling import (  # noqa: PLC0415
        cost_words,
        dial_of,
        missing_words,
        readiness_words,
    )

    asked = found.asked
    heads = ("lane", "items", "on_time", "standard", "automatic", "readiness")
    rows = []
    for lane in found.lanes:
        dial = dial_of(lane)
        rows.append((
            lane.lane, speak.count(lane.items),
            "–" if lane.present is None else speak.share(lane.present.share),
            "–" if lane.days is None else f"D+{lane.days}",
            "–" if dial is None else cost_words(dial.automatic, speak),
            readiness_words(lane, speak),
        ))  # fmt: skip
    say_table(
        speak.say(
            "board.title", first=format_date(asked.first_day), last=format_date(asked.last_day),
            target=speak.share_asked(asked.target), confidence=speak.share_asked(asked.confidence),
        ),
        [speak.say(f"board.column.{name}") for name in heads], rows,
    )  # fmt: skip
    counts = Counter(str(lane.readiness) for lane in found.lanes)
    say(speak.say(
        "board.summary", ready=counts["ready"], longer=counts["ready_with_longer_standard"],
        not_ready=counts["not_ready"], few=counts["not_enough_items"],
    ))  # fmt: skip
    for lane in found.lanes:
        if lane.items and lane.missed:
            say(f"{lane.lane}: {'; '.join(missing_words(lane, found.needed, speak))}")
    _notes(found, speak)


def _notes(found: Board, speak: Words) -> None:
    if not found.claims:
        say(speak.say("board.claims.unknown"))
    say(speak.say("board.illustrative"))


def _show_lane(found: Board, lane: BoardLane, speak: Words) -> None:
    from datecertain.planning.board_telling import (  # noqa: PLC0415
        cost_words,
        fix_words,
        missing_words,
        number_words,
        readiness_words,
        threshold_words,
    )

    day = format_date(found.asked.last_day)
    say(speak.say(
        "board.lane.state", lane=lane.lane, readiness=readiness_words(lane, speak), day=day,
        state=speak.label(f"board.state.{lane.state}", lane.state),
        items=speak.count(lane.items), yearly=speak.count(lane.yearly),
    ))  # fmt: skip
    say(_standard(lane, speak), *missing_words(lane, found.needed, speak))
    heads = ("days", "share", "interval", "bounds", "automatic_short", "claimed")
    say_table(speak.say("board.lane.shares"),
              [speak.say(f"board.column.{name}") for name in heads],
              [*_present(lane, speak), *(
                  (f"D+{one.days}", speak.share(one.good / one.n), between(one.interval, speak),
                   between(one.bounds, speak), cost_words(lane.dials[one.days].automatic, speak),
                   cost_words(lane.dials[one.days].claim_driven, speak))
                  for one in lane.shares)])  # fmt: skip
    rows = [
        (speak.say(f"board.criterion.{one.name}"), one.post or "–",
         number_words(one, one.value, speak), threshold_words(one, speak),
         speak.say(f"board.met.{'unknown' if one.met is None else 'yes' if one.met else 'no'}"))
        for one in lane.criteria
    ]  # fmt: skip
    columns = ("criterion", "post", "value", "threshold", "met")
    say_table(speak.say("board.lane.criteria"),
              [speak.say(f"board.column.{name}") for name in columns], rows)  # fmt: skip
    fixes = fix_words(lane, speak)
    if fixes:
        say(speak.say("board.lane.fixes"), *(f"- {one}" for one in fixes))
    say(speak.say(
        "board.lane.worst", gross=speak.money(lane.worst.gross_usdr, "SDR"),
        charged=speak.money(lane.worst.charged_on_usdr, "SDR"), post=lane.destination,
    ))  # fmt: skip
    _notes(found, speak)


def _standard(lane: BoardLane, speak: Words) -> str:
    standard = lane.standard
    status = "not_enough_items" if standard is None else standard.status
    told = speak.say(f"plan.status.{status}")
    if standard is None or standard.days is None:
        return speak.say("board.lane.no_standard", status=told)
    return speak.say(
        "board.lane.standard", days=standard.days, share=speak.share(standard.expected or 0.0),
        lower=speak.share(standard.lower or 0.0), status=told,
        mean="–" if lane.present is None else f"{lane.present.mean_days:.1f}",
    )  # fmt: skip


def _present(lane: BoardLane, speak: Words) -> list[tuple[str, ...]]:
    from datecertain.planning.board_telling import cost_words  # noqa: PLC0415

    present, dial = lane.present, lane.dials.get(None)
    if present is None or dial is None:
        return []
    return [(
        speak.say("board.present"), speak.share(present.share), between(present.interval, speak),
        between(present.bounds, speak), cost_words(dial.automatic, speak),
        cost_words(dial.claim_driven, speak),
    )]  # fmt: skip


def between(interval: Interval, speak: Words) -> str:
    """`93.0–97.1 %`."""
    return f"{speak.share(interval.low).removesuffix(' %')}–{speak.share(interval.high)}"
