"""What each integrity screen counts (req 75): scans of an office, and those of them that it is
about. One function a screen; `SCREENS` names them by the code of the screen's rule. All but one
look at each item alone, so that parts of the items can be counted one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from datecertain.moments import DAY, NEVER, UNKNOWN, Ints, Mask
from datecertain.network import CompiledNetwork
from datecertain.quality.defects import place_offices
from datecertain.quality.told_events import ToldEvents, ToldMonth, TrackedItems
from datecertain.verdict.downgrading import earliest_landing


@dataclass(frozen=True, slots=True)
class ScreenInput:
    """What the screens look at: the records told by the post whose event each is."""

    told: ToldMonth
    compiled: CompiledNetwork
    claimed_at: Ints  # per item the moment a claim was opened; NEVER: none

    @property
    def items(self) -> TrackedItems:
        return self.told.items

    @property
    def events(self) -> ToldEvents:
        return self.told.events


@dataclass(frozen=True, slots=True)
class Counted:
    """What a screen counted, one row a unit: where, and whether it is one the screen is about.

    `control_place`, `control_about`: the units of the same office that it is compared with; None:
    the units of all other offices.
    """

    place: Ints
    about: Mask
    control_place: Ints | None = None
    control_about: Mask | None = None


def attempts_at_day_end(given: ScreenInput, setting: Mapping[str, int]) -> Counted:
    """Attempts, and those from a local time of day on (`from_min`)."""
    rows = given.told.rows("EMH")
    late = given.events.local[rows] % DAY >= setting["from_min"]
    return Counted(given.events.place[rows], late)


def attempts_on_due_date(given: ScreenInput, setting: Mapping[str, int]) -> Counted:
    """Attempts of items with a promised date, and those on that date; beside them the office's own
    deliveries of items that it did not try before. How many fall on the date by themselves depends
    on the standard of an area, so that other offices are no measure."""
    tries, brought = given.told.rows("EMH"), given.told.rows("EMI")
    tried = np.zeros(len(given.items), dtype=bool)
    tried[given.events.item[tries]] = True
    brought = brought[~tried[given.events.item[brought]]]
    attempts, ahead = _days_ahead(given, tries)
    straight, straight_ahead = _days_ahead(given, brought)
    place = given.events.place
    return Counted(place[attempts], ahead == 0, place[straight], straight_ahead == 0)


def _days_ahead(given: ScreenInput, rows: Ints) -> tuple[Ints, Ints]:
    """(the records of items with a promised date, days from the record to that date)."""
    promised = given.items.promised_on[given.events.item[rows]]
    rows, promised = rows[promised < NEVER], promised[promised < NEVER]
    return rows, promised - given.events.local[rows] // DAY


def attempts_without_out(given: ScreenInput, setting: Mapping[str, int]) -> Counted:
    """Attempts, and those of items never told to be out for delivery (EDG) before."""
    rows, out = given.told.rows("EMH"), given.told.rows("EDG")
    left = np.full(len(given.items), NEVER, dtype=np.int64)
    np.minimum.at(left, given.events.item[out], given.events.at[out])
    unseen = left[given.events.item[rows]] > given.events.at[rows]
    return Counted(given.events.place[rows], unseen)


@dataclass(frozen=True, slots=True)
class Minutes:
    """Deliveries of each place and local minute, one row each; `place`: an index into `places`."""

    places: tuple[str, ...]
    place: Ints
    minute: Ints
    deliveries: Ints


def delivered_by_minute(given: ScreenInput) -> Minutes:
    """The deliveries of each office by minute."""
    rows = given.told.rows("EMI")
    return _by_minute(
        given.events.places, given.events.place[rows], given.events.local[rows],
        np.ones(len(rows), dtype=np.int64),
    )  # fmt: skip


def minutes_together(parts: Sequence[Minutes]) -> Minutes:
    """The minutes of several parts of the items as one."""
    places = tuple(sorted({place for part in parts for place in part.places}))
    place = [_places_in(part.places, places)[part.place] for part in parts]
    minute, deliveries = ([getattr(part, name) for part in parts] for name in _COUNTED)
    return _by_minute(places, *(np.concatenate(column) for column in (place, minute, deliveries)))


_COUNTED = ("minute", "deliveries")


def _places_in(some: Sequence[str], every: Sequence[str]) -> Ints:
    place = {name: number for number, name in enumerate(every)}
    return np.array([place[name] for name in some], dtype=np.int64)


def _by_minute(places: tuple[str, ...], place: Ints, minute: Ints, deliveries: Ints) -> Minutes:
    size = len(places) + 1
    found, which = np.unique(minute * size + place, return_inverse=True)
    counted = np.zeros(len(found), dtype=np.int64)
    np.add.at(counted, which, deliveries)
    return Minutes(places, found % size, found // size, counted)


def deliveries_in_one_minute(given: Minutes, setting: Mapping[str, int]) -> Counted:
    """Minutes in which an office delivered, and those with `least_in_minute` deliveries or more
    that are also `times` the pace of the rest of their hour."""
    hours, which = np.unique(
        given.minute // 60 * (len(given.places) + 1) + given.place, return_inverse=True
    )
    in_hour = np.zeros(len(hours), dtype=np.int64)
    np.add.at(in_hour, which, given.deliveries)
    rest = in_hour[which] - given.deliveries
    bulk = given.deliveries >= setting["least_in_minute"]
    return Counted(given.place, bulk & (given.deliveries * 59 >= setting["times"] * rest))


def holds_before_due(given: ScreenInput, setting: Mapping[str, int]) -> Counted:
    """First customs holds of items with a promised date, and those on that date or up to
    `days_before` days before it; beside them the items that the same office showed to customs
    (EDB) and that were not held."""
    holds, shown = _first_of_item(given, "EME"), _first_of_item(given, "EDB")
    held = np.zeros(len(given.items), dtype=bool)
    held[given.events.item[holds]] = True
    shown = shown[~held[given.events.item[shown]]]
    kept, kept_ahead = _days_ahead(given, holds)
    passed, passed_ahead = _days_ahead(given, shown)
    close = [
        (ahead >= 0) & (ahead <= setting["days_before"]) for ahead in (kept_ahead, passed_ahead)
    ]
    return Counted(given.events.place[kept], close[0], given.events.place[passed], close[1])


def _first_of_item(given: ScreenInput, code: str) -> Ints:
    """The first record of a code of each item that has one."""
    rows = given.told.rows(code)
    _, first = np.unique(given.events.item[rows], return_index=True)  # events are in order of time
    return np.asarray(rows[first], dtype=np.int64)


def arrivals_before_landing(given: ScreenInput, setting: Mapping[str, int]) -> Counted:
    """Arrivals (EMD) at an office that something flies to from where the item left (EMC), and
    those more than `allowed_min` minutes before the earliest landing of whatever could have
    carried it."""
    events, compiled = given.events, given.compiled
    office = place_offices(events, compiled)
    left = np.full(len(given.items), NEVER, dtype=np.int64)
    outward = np.full(len(given.items), -1, dtype=np.int64)
    out = given.told.rows("EMC")[::-1]  # the earliest comes last and stays
    left[events.item[out]], outward[events.item[out]] = events.at[out], office[events.place[out]]
    rows = given.told.rows("EMD")
    item, inward = events.item[rows], office[events.place[rows]]
    lands = earliest_landing(compiled, outward[item], inward, left[item])
    compared = lands != UNKNOWN
    early = events.at[rows] < lands - setting["allowed_min"]
    return Counted(events.place[rows][compared], early[compared])


def sent_after_claim(given: ScreenInput, setting: Mapping[str, int]) -> Counted:
    """Attempts, pick-up notices and deliveries of claimed items that happened before the claim
    was opened, and those first told after it."""
    rows = given.told.rows("EMH", "EDH", "EMI")
    claimed = given.claimed_at[given.events.item[rows]]
    rows, claimed = rows[claimed < NEVER], claimed[claimed < NEVER]
    before = given.events.at[rows] <= claimed
    rows, claimed = rows[before], claimed[before]
    return Counted(given.events.place[rows], given.events.sent_at[rows] > claimed)


SCREENS: Mapping[str, Callable[[ScreenInput, Mapping[str, int]], Counted]] = {
    "attempts-at-day-end": attempts_at_day_end,
    "attempts-on-due-date": attempts_on_due_date,
    "attempts-without-out-for-delivery": attempts_without_out,
    "holds-before-due-date": holds_before_due,
    "arrivals-before-landing": arrivals_before_landing,
    "sent-after-claim": sent_after_claim,
}
#: The one that looks at all items of an office together.
IN_ONE_MINUTE = "deliveries-in-one-minute"
