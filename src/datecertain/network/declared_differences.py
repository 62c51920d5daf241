"""What two versions of a network declare differently: lanes, areas, postcodes, rules (req 9, 11,
13).

These decide promises too, but not through the timetable: whether a lane is guaranteed, which
margin its terms add, whether an area is there and guaranteed, and where a postcode belongs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from datecertain.moments import format_date, format_utc
from datecertain.network import LaneState, Network
from datecertain.network.differences import Lane
from datecertain.network.rows import ALWAYS_FROM, ALWAYS_TO, Row
from datecertain.network.rule_rows import RULE_ROWS, Relation


@dataclass(frozen=True, slots=True)
class LaneChange:
    """Days of acceptance, both inclusive, on which a lane stands differently."""

    origin: str
    destination: str
    first_day: int
    last_day: int
    old_state: LaneState
    new_state: LaneState
    old_margin: int  # delivery days that the lane's terms add
    new_margin: int


@dataclass(frozen=True, slots=True)
class AreaChange:
    """An area that only one of the networks has, or that only one of them guarantees. `old` and
    `new` are None (not there), `yes` (guaranteed) or `no` (served without guarantee)."""

    area: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class PostcodeChange:
    """A range of postcodes that the networks give to different areas: area codes, reasons for not
    being covered, or None where a network has no such range (an outer one may hold it)."""

    post: str
    first: str
    last: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A row of the rules that only one of the networks has: products, channels, conditions,
    standards, closures. `said` is what the row tells, column by column; `text_*` its public text.
    """

    file: str
    added: bool  # else taken away
    said: str
    text_en: str
    text_ko: str


def rule_changes(old: Network, new: Network, lane: Lane | None = None) -> list[RuleChange]:
    """Rows of rules that come or go, in the order of the files; of one lane those that touch it."""
    found = []
    for row_class in RULE_ROWS:
        if row_class is not Relation:
            was, now = (_rules(network, row_class.file) for network in (old, new))
            found += [_rule(was[key], False) for key in was if key not in now]
            found += [_rule(now[key], True) for key in now if key not in was]
    if lane is None:
        return found
    return [one for one in found if _touches(one, lane)]


def _rules(network: Network, file: str) -> dict[str, Row]:
    return {_told(row): row for row in network.data.tables()[file]}


def _told(row: Row) -> str:
    """What a row says, without where it stands and where it comes from."""
    left_out = {"line", "source", "text_en", "text_ko"}
    said = []
    for field in fields(row):
        value = getattr(row, field.name)
        default = (ALWAYS_FROM, ALWAYS_TO, "", -1, "*")
        if field.name not in left_out and value not in default:
            day = field.name in ("valid_from", "valid_to", "closed_from", "closed_to")
            shown = format_date(value) if day else value
            if field.name == "known_from":
                if not value:
                    continue
                shown = format_utc(value)
            said.append(f"{field.name} {shown}")
    return ", ".join(said)


def _rule(row: Row, added: bool) -> RuleChange:
    return RuleChange(
        row.file, added, _told(row), getattr(row, "text_en", ""), getattr(row, "text_ko", "")
    )


def _touches(change: RuleChange, lane: Lane) -> bool:
    parts = dict(part.split(" ", 1) for part in change.said.split(", "))
    origin, destination = lane
    return (
        parts.get("origin", parts.get("post", origin)) == origin
        and parts.get("destination", destination) == destination
    )


def lane_changes(
    old: Network, new: Network, first_day: int, last_day: int, lane: Lane | None = None
) -> list[LaneChange]:
    """Every lane of either network (or the one given) whose state or margin differs on a day of
    the window."""
    posts = list(dict.fromkeys([*new.posts, *old.posts]))
    lanes = [(origin, to) for origin in posts for to in posts if origin != to]
    return [
        change
        for one in (lanes if lane is None else [lane])
        for change in _changes_of_lane(old, new, one, first_day, last_day)
    ]


def _changes_of_lane(
    old: Network, new: Network, lane: tuple[str, str], first_day: int, last_day: int
) -> Iterator[LaneChange]:
    begun, before = first_day, _standing(old, new, lane, first_day)
    for day in range(first_day + 1, last_day + 2):
        now = _standing(old, new, lane, day) if day <= last_day else None
        if now == before:
            continue
        old_state, new_state, old_margin, new_margin = before
        if (old_state, old_margin) != (new_state, new_margin):
            yield LaneChange(
                lane[0], lane[1], begun, day - 1, old_state, new_state, old_margin, new_margin
            )
        if now is not None:
            begun, before = day, now


def _standing(
    old: Network, new: Network, lane: tuple[str, str], day: int
) -> tuple[LaneState, LaneState, int, int]:
    return (
        old.lanes.standing(*lane, day).state, new.lanes.standing(*lane, day).state,
        old.lanes.buffer_days(*lane, day), new.lanes.buffer_days(*lane, day),
    )  # fmt: skip


def area_changes(old: Network, new: Network) -> list[AreaChange]:
    """Areas that come, go, or gain or lose the guarantee."""
    was = {row.area: row.guarantee for row in old.data.areas}
    now = {row.area: row.guarantee for row in new.data.areas}
    return [
        AreaChange(area, was.get(area), now.get(area))
        for area in dict.fromkeys([*now, *was])
        if was.get(area) != now.get(area)
    ]


def postcode_changes(old: Network, new: Network) -> list[PostcodeChange]:
    """Ranges that only one network has, or that lead elsewhere."""

    def places(network: Network) -> dict[tuple[str, str, str], str]:
        return {
            (row.post, row.first, row.last): row.area or row.reason
            for row in network.data.postcodes
        }

    was, now = places(old), places(new)
    return [
        PostcodeChange(*key, was.get(key), now.get(key))
        for key in sorted({*was, *now})
        if was.get(key) != now.get(key)
    ]
