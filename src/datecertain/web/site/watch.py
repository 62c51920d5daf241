"""The watch board: what can still be saved, in the order of the moment by which somebody must act;
and the dispatches that failed yesterday (req 22, 68)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Mapping
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.moments import format_date, format_local, format_utc
from datecertain.operations import desk_looks
from datecertain.operations.desk_looks import as_post
from datecertain.operations.failed_dispatches import FailedDispatch
from datecertain.operations.on_the_way import stand_of_on_the_way
from datecertain.operations.telling_watch import left
from datecertain.operations.watch_list import WatchList, narrowed
from datecertain.operations.workspaces import open_workspace
from datecertain.verdict.live import State
from datecertain.web.burn_down import GROUPS, KINDS, Day, burn_down
from datecertain.web.site.frame import Crumb, Entry, page
from datecertain.web.site.keeping import kept_page, look_at
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.listing import asked, local_time, with_query
from datecertain.web.site.table_files import MOST_ROWS, Cell, FileKind, downloads, table_file
from datecertain.web.site.visiting import PageNeeds
from datecertain.wording import Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.watch", "/watch", Right.WATCH),)
FILTERS = ("lane", "office", "post", "state")
#: States that are shown: those that can be asked for.
STATES = (
    State.AT_RISK, State.UNREPORTED, State.TO_BE_WON_BACK, State.ON_COURSE, State.BEYOND_SAVING,
    State.LATE_ALREADY, State.NO_STANDARD,
)  # fmt: skip
_ROWS = 50
_DAYS = 14
_LANE = re.compile(r"[A-Z]{2}-[A-Z]{2}")
_COLUMNS = ("item", "lane", "state", "save_by", "left", "where", "what", "holder", "promised",
            "chance")  # fmt: skip
_FAILED = ("office", "leaves", "flights", "planned", "failed", "silent", "unscanned", "late_now")

_Watcher = Annotated[Viewer, Depends(PageNeeds(Right.WATCH))]


def _on_the_way(request: Request, who: Viewer) -> WatchList:
    """Everything of the viewer's own flows that is on its way now: all who watch for a post look at
    one reckoning."""
    with open_workspace(door_of(request).workspace) as opened:
        return look_at(request, opened, desk_looks.watched, as_post(who))


def _watched(request: Request, who: Viewer, given: Mapping[str, str]) -> WatchList:
    """What the filters leave of it; its states are counted anew."""
    lane = given["lane"].upper()
    return narrowed(
        _on_the_way(request, who), given["post"].upper()[:2], given["office"].upper(),
        lane if _LANE.fullmatch(lane) else "",
    )  # fmt: skip


def _in_state(rows: pa.Table, state: str) -> pa.Table:
    return rows.filter(pc.equal(rows["state"], state)) if state in list(State) else rows


def _histories(request: Request) -> Hashable:
    return stand_of_on_the_way(door_of(request).workspace)


@PAGES.get("/watch")
@kept_page(beside=_histories)
def watch(request: Request, who: _Watcher) -> Response:
    """What can still be saved."""
    given, door = asked(request, *FILTERS), door_of(request)
    found = _watched(request, who, given)
    words = page_words(language_of(request, STAFF))
    after = asked(request, "after")["after"]
    first = int(after) if after.isascii() and after.isdecimal() and len(after) < 9 else 0
    rows = _in_state(found.rows, given["state"])
    on = str(first + _ROWS) if len(rows) > first + _ROWS else ""
    posts = [post.post for post in door.network.now().data.posts]
    own = [post for post in posts if who.sees_flow(post, post)]
    return page(
        request, "watch.html.j2", who, given=given, found=found, states=STATES, posts=posts,
        rows=[_shown(row, words) for row in rows.slice(first, _ROWS).to_pylist()], total=len(rows),
        next=with_query(request, after=on) if on else "", files=downloads(request, "/watch"),
        local=local_time(request, who, words), chart=_chart(found, words), kinds=KINDS,
        sums=_sums(found), here_again=with_query(request, after=after or None),
        state_path=lambda one: with_query(request, state=one),
        lanes=sorted({f"{one}-{other}" for mine in own or posts for post in posts if post != mine
                      for one, other in ((mine, post), (post, mine))}),
        crumbs=_crumbs(words, "nav.watch"),
    )  # fmt: skip


def _shown(row: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """A row with its moment on the clock of its place."""
    cut = row["cut_at"]
    return {
        **row, "by": "–" if cut is None else format_local(cut, row["cut_zone"]).replace("T", " "),
        "left": left(row["slack_min"]), "place": row["cut_place"] or row["office"] or "–",
        "what": "–" if row["cut"] is None else _what(row, words),
        "late": row["slack_min"] is not None and row["slack_min"] < 0,
    }  # fmt: skip


def _what(row: Mapping[str, Any], words: Words) -> str:
    text = words.say(f"watch.cut.{row['cut']}")
    return f"{text} {row['flights']}" if row["flights"] else text


def _sums(found: WatchList) -> dict[str, int]:
    sums = dict.fromkeys(KINDS, 0)
    for state, count in found.states.items():
        sums[GROUPS[state]] += count
    return sums


def _chart(found: WatchList, words: Words) -> Any:
    """The days of promise, the nearest first; what was promised for days long gone together."""
    by_day: defaultdict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(KINDS, 0))
    counted = found.rows.group_by(["promised_on", "state"]).aggregate([([], "count_all")])
    for row in counted.to_pylist():
        by_day[row["promised_on"]][GROUPS[row["state"]]] += row["count_all"]
    if not by_day:
        return None
    days = [Day(words.date(day), by_day[day]) for day in sorted(by_day)[:_DAYS]]
    told = "; ".join(
        f"{day.label}: "
        + ", ".join(f"{words.say(f'watch.board.{kind}')} {day.counts[kind]}" for kind in KINDS)
        for day in days
    )
    return burn_down(days, words.say("watch.board.chart"), told)


@PAGES.get("/watch.{kind}")
def watch_file(request: Request, who: _Watcher, kind: FileKind) -> Response:
    """The same items as a file."""
    words, given = page_words(language_of(request, STAFF)), asked(request, *FILTERS)
    heads = [words.say(f"watch.board.column.{name}") for name in _COLUMNS]
    wanted = _in_state(_watched(request, who, given).rows, given["state"])
    rows = [
        [row["item_id"], f"{row['origin']}-{row['destination']}",
         words.say(f"watch.state.{row['state']}"), row["by"], row["left"], row["place"],
         row["what"], row["post"], format_date(row["promised_on"]), row["chance_percent"]]
        for row in (_shown(one, words) for one in wanted.slice(0, MOST_ROWS).to_pylist())
    ]  # fmt: skip
    return table_file(request, "watch", kind, heads, rows)


@PAGES.get("/watch/failed")
@kept_page()
def failed(request: Request, who: _Watcher) -> Response:
    """The dispatches that items missed yesterday."""
    words = page_words(language_of(request, STAFF))
    return page(
        request, "watch_failed.html.j2", who, rows=_missed(request, who),
        now=format_utc(door_of(request).how.clock.now()), files=downloads(request, "/watch/failed"),
        leaves=lambda one: format_local(one.leaves_at, one.zone).replace("T", " "),
        crumbs=(*_crumbs(words, "nav.watch")[:1], Crumb(words.say("nav.watch"), "/watch"),
                Crumb(words.say("watch.board.failed"))),
    )  # fmt: skip


def _missed(request: Request, who: Viewer) -> list[FailedDispatch]:
    given = asked(request, "office", "post")
    of = given["office"].upper(), given["post"].upper()[:2]
    with open_workspace(door_of(request).workspace) as opened:
        return look_at(request, opened, desk_looks.missed, as_post(who), *of)


@PAGES.get("/watch/failed.{kind}")
def failed_file(request: Request, who: _Watcher, kind: FileKind) -> Response:
    """The same dispatches as a file."""
    words = page_words(language_of(request, STAFF))
    heads = [words.say(f"watch.failed.{name}") for name in _FAILED]
    rows: list[list[Cell]] = [
        [one.office, format_local(one.leaves_at, one.zone), one.flights, one.planned, one.failed,
         one.silent, one.unscanned, one.late_now]
        for one in _missed(request, who)
    ]  # fmt: skip
    return table_file(request, "failed-dispatches", kind, heads, rows)


def _crumbs(words: Words, key: str) -> tuple[Crumb, ...]:
    return Crumb(words.say("frame.home"), "/"), Crumb(words.say(key))
