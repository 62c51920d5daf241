"""The promise: one guaranteed date for an item, or why there is none (req 1-3, 6, 7, 9, 11, 14).

One rule for one quote and for millions: `quote_many` works on columns, `quote` is it on one row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from datecertain.errors import UnknownPlace
from datecertain.moments import NEVER, Ints, zone
from datecertain.network import NO_DUE, LaneState, Network, Place, PlaceStatus
from datecertain.network.calendars import Mask

#: A due day, moment or area that is not there.
NONE = np.int64(-1)


class QuoteStatus(StrEnum):
    """What a quote is."""

    GUARANTEED = "guaranteed"  # the date binds: later than this, and the postage is refunded
    ESTIMATE = "estimate"  # a date without guarantee; the reason says why
    REFUSED = "refused"  # no date can be given; the reason says why


class Reason(StrEnum):
    """Why a quote is not a guarantee, in order of precedence."""

    NONE = ""  # it is one
    SAME_POST = "same_post"  # origin and destination are the same post: not international
    ORIGIN_UNKNOWN = "origin_unknown"  # the origin's postcode leads to no served area
    POSTCODE_MALFORMED = "postcode_malformed"  # not of the form of the destination's postcodes
    POSTCODE_UNKNOWN = "postcode_unknown"  # well formed, but no area holds it
    NOT_COVERED = "not_covered"  # the network says that EMS is not delivered there
    BEYOND_HORIZON = "beyond_horizon"  # the journey would need days that no calendar covers
    POSTCODE_MISSING = "postcode_missing"  # no postcode, no promise; the slowest area's date
    LANE_NEVER_OPENED = "lane_never_opened"  # the guarantee was not opened by that day
    LANE_CLOSED = "lane_closed"  # a post left the guarantee
    LANE_SUSPENDED = "lane_suspended"  # the guarantee rests
    AREA_NOT_GUARANTEED = "area_not_guaranteed"  # remote, island, enclave: served, not guaranteed


_REASONS = list(Reason)
_REFUSING = {
    Reason.SAME_POST, Reason.ORIGIN_UNKNOWN, Reason.POSTCODE_MALFORMED, Reason.POSTCODE_UNKNOWN,
    Reason.NOT_COVERED, Reason.BEYOND_HORIZON,
}  # fmt: skip
_PLACE_REASON = {
    PlaceStatus.AREA: Reason.NONE,
    PlaceStatus.MISSING: Reason.POSTCODE_MISSING,
    PlaceStatus.INCOMPLETE: Reason.POSTCODE_MISSING,
    PlaceStatus.MALFORMED: Reason.POSTCODE_MALFORMED,
    PlaceStatus.NOT_COVERED: Reason.NOT_COVERED,
    PlaceStatus.UNKNOWN: Reason.POSTCODE_UNKNOWN,
}
_LANE_REASON = {
    LaneState.OPEN: Reason.NONE,
    LaneState.SUSPENDED: Reason.LANE_SUSPENDED,
    LaneState.CLOSED: Reason.LANE_CLOSED,
    LaneState.NEVER_OPENED: Reason.LANE_NEVER_OPENED,
}


@dataclass(frozen=True, slots=True)
class Requests:
    """Many requests as columns of one length: places as text, acceptance as local time."""

    origin: Sequence[str]  # post
    origin_postcode: Sequence[str]
    destination: Sequence[str]  # post
    destination_postcode: Sequence[str]
    accepted_day: Ints  # local date at the origin
    accepted_min: Ints  # local minute of the day

    def __len__(self) -> int:
        return len(self.origin)


@dataclass(frozen=True, slots=True)
class Quotes:
    """The answers, row for row. Days and moments are -1 where there is none."""

    network_version: str
    status: tuple[QuoteStatus, ...]
    reason: tuple[Reason, ...]
    due_day: Ints  # the date told: local date at the destination
    standard_day: Ints  # what the network carries, before the lane's buffer
    accepted_at: Ints  # moment
    origin_area: Ints  # index into the network's areas
    destination_area: Ints


def quote_many(network: Network, requests: Requests) -> Quotes:
    """Quote every request. Raises `UnknownPlace` for a post that the network does not know."""
    compiled = network.compiled
    count = len(requests)
    origin, _ = _areas(network, requests.origin, requests.origin_postcode)
    destination, place_reason = _areas(network, requests.destination, requests.destination_postcode)
    accepted_at = _accepted_moments(network, requests, origin)
    lane_reason, buffer = _lanes(network, requests)

    reason = np.zeros(count, dtype=np.int64)

    def because(mask: Mask, why: Reason) -> None:
        number = _REASONS.index(why)
        reason[:] = np.where(mask & ((reason == 0) | (reason > number)), number, reason)

    same = np.array([a == b for a, b in zip(requests.origin, requests.destination, strict=True)])
    because(same, Reason.SAME_POST)
    because(origin < 0, Reason.ORIGIN_UNKNOWN)
    for why in set(_PLACE_REASON.values()) - {Reason.NONE}:
        because(place_reason == _REASONS.index(why), why)
    for why in set(_LANE_REASON.values()) - {Reason.NONE}:
        because(lane_reason == _REASONS.index(why), why)
    guaranteed = np.array([row.guarantee == "yes" for row in compiled.areas])
    because((destination >= 0) & ~guaranteed[destination], Reason.AREA_NOT_GUARANTEED)

    standard = np.full(count, NO_DUE, dtype=np.int64)
    usable = (origin >= 0) & (destination >= 0)
    standard[usable] = compiled.due_at_acceptance(
        origin[usable], destination[usable], accepted_at[usable]
    )
    missing = _REASONS.index(Reason.POSTCODE_MISSING)
    slow = np.flatnonzero((place_reason == missing) & (origin >= 0))
    standard[slow], destination_for_buffer = _slowest(network, requests, slow, origin, accepted_at)
    due_area = destination.copy()
    due_area[slow] = destination_for_buffer
    known = (standard < NO_DUE) & (due_area >= 0)
    due = np.full(count, NO_DUE, dtype=np.int64)
    due[known] = compiled.delivery_days.add(due_area[known], standard[known], buffer[known])
    # Before the first day waiting for the first slot would give a date: no calendar covers it.
    early = requests.accepted_day < network.data.first_day
    because((due >= NO_DUE) | early, Reason.BEYOND_HORIZON)

    reasons = tuple(_REASONS[number] for number in reason)
    status = tuple(_status(why) for why in reasons)
    refused = np.array([entry is QuoteStatus.REFUSED for entry in status], dtype=bool)
    return Quotes(
        network.version, status, reasons, np.where(refused, NONE, due),
        np.where(refused, NONE, standard), accepted_at, origin, destination,
    )  # fmt: skip


def _status(reason: Reason) -> QuoteStatus:
    if reason is Reason.NONE:
        return QuoteStatus.GUARANTEED
    return QuoteStatus.REFUSED if reason in _REFUSING else QuoteStatus.ESTIMATE


def _areas(network: Network, posts: Sequence[str], postcodes: Sequence[str]) -> tuple[Ints, Ints]:
    """(area index or -1, reason number) per row; each distinct place is looked up once."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for key in set(zip(posts, postcodes, strict=True)):
        found[key] = _area(network, network.find_place(*key))
    pairs = [found[key] for key in zip(posts, postcodes, strict=True)]
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return table[:, 0].copy(), table[:, 1].copy()


def _area(network: Network, place: Place) -> tuple[int, int]:
    index = network.areas[place.area] if place.status is PlaceStatus.AREA else int(NONE)
    return index, _REASONS.index(_PLACE_REASON[place.status])


def _accepted_moments(network: Network, requests: Requests, origin: Ints) -> Ints:
    """Acceptance on the clock of the origin area (of the post where the area is unknown)."""
    moments = np.full(len(requests), NEVER, dtype=np.int64)
    zones = [
        network.data.areas[area].zone if area >= 0 else network.post(post).zone
        for area, post in zip(origin.tolist(), requests.origin, strict=True)
    ]
    names = np.array(zones)
    for name in set(zones):
        rows = np.flatnonzero(names == name)
        moments[rows], _ = zone(name).to_utc(
            requests.accepted_day[rows], requests.accepted_min[rows]
        )
    return moments


def _lanes(network: Network, requests: Requests) -> tuple[Ints, Ints]:
    """(reason number, buffer days) per row, each distinct lane and day looked up once."""
    found: dict[tuple[str, str, int], tuple[int, int]] = {}
    answers = []
    days = requests.accepted_day.tolist()
    for key in zip(requests.origin, requests.destination, days, strict=True):
        if key not in found:
            standing = network.lanes.standing(*key)
            found[key] = (
                _REASONS.index(_LANE_REASON[standing.state]),
                network.lanes.buffer_days(*key),
            )
        answers.append(found[key])
    table = np.array(answers, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _slowest(
    network: Network, requests: Requests, rows: Ints, origin: Ints, accepted_at: Ints
) -> tuple[Ints, Ints]:
    """Without a postcode only the slowest guaranteed area's date is honest: (day, that area)."""
    days = np.full(len(rows), NO_DUE, dtype=np.int64)
    areas = np.full(len(rows), NONE, dtype=np.int64)
    for position, row in enumerate(rows.tolist()):
        post = requests.destination[row]
        candidates = np.array(
            [i for i, a in enumerate(network.data.areas) if a.post == post and a.guarantee == "yes"]
        )
        if not len(candidates):
            continue
        due = network.compiled.due_at_acceptance(
            np.full(len(candidates), origin[row]), candidates,
            np.full(len(candidates), accepted_at[row]),
        )  # fmt: skip
        worst = int(np.argmax(due))
        days[position], areas[position] = due[worst], candidates[worst]
    return days, areas


def single(
    origin: str, origin_postcode: str, destination: str, destination_postcode: str,
    accepted: tuple[int, int],
) -> Requests:  # fmt: skip
    """One request as columns; `accepted` is the local (day, minute) at the origin."""
    return Requests(
        [origin], [origin_postcode], [destination], [destination_postcode],
        np.array([accepted[0]], dtype=np.int64), np.array([accepted[1]], dtype=np.int64),
    )  # fmt: skip


def parse_place(text: str) -> tuple[str, str]:
    """(post, postcode) of `KR:03051` or `HK`. Raises `UnknownPlace`."""
    post, _, postcode = text.partition(":")
    if len(post.strip()) != 2:
        raise UnknownPlace(f"{text!r} is not a place: write the post and the postcode, KR:03051")
    return post.strip().upper(), postcode.strip()
