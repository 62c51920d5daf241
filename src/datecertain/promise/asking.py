"""A question at the counter, as it is put: places, time, and what the item is (req 1)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace

from datecertain.errors import BadMoment, UsageError
from datecertain.moments import format_clock, format_date, parse_local, zone
from datecertain.network import Network
from datecertain.network.conditions import NOT_GIVEN
from datecertain.promise.quoting import Quote, Quoter, quoter_of
from datecertain.promise.routes import Route

_OFFSET = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")


@dataclass(frozen=True, slots=True)
class Ask:
    """One question. Times are local at the origin; `offset_min` (minutes east of UTC) says which
    of two equal local times is meant, None: nobody said."""

    route: Route
    accepted_day: int
    accepted_min: int
    offset_min: int | None = None
    weight_g: int = NOT_GIVEN
    value_usdr: int = NOT_GIVEN

    @classmethod
    def at(cls, route: Route, accepted: str) -> Ask:
        """A question with its time as text: `2026-11-27T16:10`, with its offset where clocks go
        back: `2026-11-01T01:30-05:00`. Raises `BadMoment`."""
        local, offset = parse_accepted(accepted)
        return cls(route, *local, offset)

    @property
    def accepted_local(self) -> str:
        """`YYYY-MM-DDTHH:MM`."""
        return f"{format_date(self.accepted_day)}T{format_clock(self.accepted_min)}"

    def on(self, day: int, minute: int) -> Ask:
        """The same question for another local time."""
        return replace(self, accepted_day=day, accepted_min=minute, offset_min=None)


def parse_accepted(text: str) -> tuple[tuple[int, int], int | None]:
    """((local day, minute), offset in minutes or None). Raises `BadMoment`."""
    match = _OFFSET.search(text) if "T" in text else None
    if match is None:
        return parse_local(text), None
    local = parse_local(text[: match.start()])
    try:
        offset = dt.datetime.fromisoformat(text).utcoffset()
    except ValueError as error:
        raise BadMoment(f"{text!r} has no offset that can be read: write +09:00") from error
    assert offset is not None
    return local, round(offset.total_seconds() / 60)


def answer(network: Network, ask: Ask) -> Quote:
    """The quote of one question.

    Raises `UnknownPlace`, `UsageError`, and `BadMoment` for an offset that the clocks of the
    origin do not have then.
    """
    return answer_with(quoter_of(network), ask)


def answer_with(quoter: Quoter, ask: Ask) -> Quote:
    """`answer` by a quoter."""
    return quoter.one(
        ask.route, ask.accepted_day, ask.accepted_min, later=_reading(quoter, ask),
        weight_g=ask.weight_g, value_usdr=ask.value_usdr,
    )  # fmt: skip


def _reading(quoter: Quoter, ask: Ask) -> bool | None:
    """Which reading of the local time the offset names: the later (True), the earlier, any."""
    if ask.offset_min is None:
        return None
    number = quoter.resolved(ask.route).zone
    name = quoter.network.zone_names[number]
    earlier, later, _ = zone(name).moment(ask.accepted_day, ask.accepted_min)
    meant = ask.accepted_day * 1440 + ask.accepted_min - ask.offset_min
    if meant not in (earlier, later):
        raise BadMoment(
            f"{ask.accepted_local} is not {ask.offset_min:+d} minutes from UTC in {name}: "
            "leave the offset out, or give the one that the clocks there have"
        )
    return meant == later


def demand_count(text: str | None, name: str) -> int:
    """A whole number of an option, NOT_GIVEN without one. Raises `UsageError`."""
    if text is None or text == "":
        return NOT_GIVEN
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise UsageError(f"{name} {text!r} is not a whole number, not below zero")
    return int(text)
