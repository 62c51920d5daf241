"""The page of new services of the meeting pack: what real items would have come to under each
(req 69)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from datecertain.operations.pack_queries import JUDGED_TABLES, Questions
from datecertain.operations.replay_services import ServiceTrial
from datecertain.planning.meeting import Cell, Column, Figure, Page, Sheet, Subject, Unit
from datecertain.quality.disclosure import least_judged
from datecertain.settlement import Period
from datecertain.store import request_digest

_COLUMNS = (
    ("service", Unit.TEXT), ("lanes", Unit.COUNT), ("items", Unit.COUNT), ("on_time", Unit.SHARE),
    ("low", Unit.SHARE), ("high", Unit.SHARE), ("before", Unit.SHARE),
)  # fmt: skip
_MONEY = (("refunds_year", Unit.USDR), ("break_even", Unit.SHARE))


def services_page(
    ask: Questions, trials: Sequence[ServiceTrial], judged: Mapping[str, int]
) -> Page:
    """Services tried on the items of the pack's months. In a published pack what services cost is
    left out, and a service of which a lane rests on too few items stands without figures; `judged`:
    the judged items of each lane, `KR-US`."""
    query = ask.ask(
        "try_service", f"datecertain plan service FILE --period {ask.months[0]} --to "
        f"{ask.months[-1]} --json",
        {"months": list(ask.months), "services": [one.service.name for one in trials]},
        JUDGED_TABLES,
        more={"described": [request_digest(asdict(one.service)) for one in trials]},
    )  # fmt: skip
    least = least_judged(Period.month(ask.months[-1]).last_day)
    money = () if ask.published else _MONEY
    rows = tuple(
        _row(one, not ask.published or _told(one, judged, least), bool(money)) for one in trials
    )
    return Page(
        Subject.SERVICES,
        (Figure("services_tried", query, len(trials), Unit.COUNT),
         Figure("services_told", query, sum(row[3] is not None for row in rows), Unit.COUNT)),
        (Sheet("services", query,
               tuple(Column(name, unit) for name, unit in (*_COLUMNS, *money)), rows),),
        {"tried": len(trials)},
    )  # fmt: skip


def _told(tried: ServiceTrial, judged: Mapping[str, int], least: int) -> bool:
    """Whether each lane rests on enough items, and what it did not take besides: by contents, a
    service could tell the few that it leaves."""
    for lane in tried.lanes:
        left = judged.get(lane.name, 0) - lane.before.judged if tried.service.contents else 0
        if lane.after.judged < least or 0 < left < least:
            return False
    return True


def _row(tried: ServiceTrial, told: bool, money: bool) -> tuple[Cell, ...]:
    head: tuple[Cell, ...] = (tried.service.name, len(tried.service.lanes))
    one = tried.trial
    if one is None or not told or one.share is None:
        return (*head, *((None,) * (5 + 2 * money)))
    before = one.on_time_before / one.judged_before if one.judged_before else None
    row = (*head, one.items, one.on_time / one.judged, one.share.low, one.share.high, before)
    return (*row, round(one.refunds_year()[0]), one.break_even()[0]) if money else row
