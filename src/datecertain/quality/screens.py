"""Integrity screens: offices whose scans differ from their peers' by more than chance and more than
an honest difference (req 75).

Method. Per screen and office: x of n scans are of the kind the screen is about, and X of N at its
peers: all other offices together, or, where the share depends on the place, the office's own scans
of the ordinary kind. With k comparisons in the run at a confidence 1 - a, both ends are ends of
exact intervals (Clopper-Pearson) at the confidence 1 - a/k:

    flagged when  low(x, n) > factor * high(X, N) + points

If an office's true share is no more than factor times its peers' plus points, one of the two ends
must have failed for it to be flagged: together at most a/k. So the chance of any such office being
flagged in a run is at most a, however many are compared (Bonferroni). Scans count as independent;
where one event moves many at once (a closed road, a typhoon) a flag says that, and a person looks.

A flag is a value with a code. It downgrades evidence by a dated rule and never convicts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from datecertain.moments import Ints, Mask
from datecertain.quality.event_rules import Screen
from datecertain.quality.intervals import Interval, clopper_pearson
from datecertain.quality.screen_counts import (
    IN_ONE_MINUTE,
    SCREENS,
    Minutes,
    ScreenInput,
    delivered_by_minute,
    deliveries_in_one_minute,
    minutes_together,
)

WHOLE = 1_000_000


@dataclass(frozen=True, slots=True)
class ScreenResult:
    """One office on one screen. `downgrade`: what a later rule may do with the evidence of a
    flagged office; empty where it is not flagged."""

    code: str
    office: str  # office or area where the scans were made
    hits: int  # scans the screen is about
    scans: int
    peer_hits: int
    peer_scans: int
    interval: Interval  # of the office's share, at the confidence of one comparison
    bound: float  # above which its low end is flagged
    flagged: bool
    downgrade: str

    @property
    def share(self) -> float:
        return self.hits / self.scans

    @property
    def peer_share(self) -> float:
        """Not a number when there are no peers."""
        return self.peer_hits / self.peer_scans if self.peer_scans else float("nan")


@dataclass(frozen=True, slots=True)
class ScreenCounts:
    """What screens counted of some items, by the code of each: [hits and scans, place]. `beside`:
    the same office's own that it is compared with; a screen that is not there is compared with all
    other offices. `minutes`: what the screen of minutes looks at."""

    places: tuple[str, ...]
    own: Mapping[str, Ints]
    beside: Mapping[str, Ints]
    minutes: Minutes


def count_screens(given: ScreenInput, screens: Sequence[Screen]) -> ScreenCounts:
    """Count some items."""
    places, own, beside = given.events.places, dict[str, Ints](), dict[str, Ints]()
    for screen in screens:
        if screen.code == IN_ONE_MINUTE:
            continue
        found = SCREENS[screen.code](given, screen.setting)
        own[screen.code] = _hits_and_scans(found.place, found.about, len(places))
        if found.control_place is not None and found.control_about is not None:
            beside[screen.code] = _hits_and_scans(
                found.control_place, found.control_about, len(places)
            )
    return ScreenCounts(places, own, beside, delivered_by_minute(given))


def counts_together(parts: Sequence[ScreenCounts]) -> ScreenCounts:
    """What several parts of the items, none of them in two, come to."""
    places = tuple(sorted({place for part in parts for place in part.places}))
    number = {place: one for one, place in enumerate(places)}
    own, beside = dict[str, Ints](), dict[str, Ints]()
    for part in parts:
        index = np.array([number[place] for place in part.places], dtype=np.int64)
        for whole, counted in ((own, part.own), (beside, part.beside)):
            for code, counts in counted.items():
                if code not in whole:
                    whole[code] = np.zeros((2, len(places)), dtype=np.int64)
                whole[code][:, index] += counts
    return ScreenCounts(places, own, beside, minutes_together([part.minutes for part in parts]))


def screen_offices(
    given: ScreenCounts, screens: Sequence[Screen], confidence: float
) -> tuple[ScreenResult, ...]:
    """Every office with enough scans on every screen, in order of screen and office.

    `confidence`: that no office is flagged which differs no more than the margins allow, over all
    comparisons of the run together.
    """
    counted = [(screen, *_counts(given, screen)) for screen in screens]
    tests = sum(len(chosen) for *_, chosen in counted)
    each = 1 - (1 - confidence) / max(tests, 1)
    results = [
        _result(screen, given.places[place], own[:, place], peers[:, place], each)
        for screen, own, peers, chosen in counted
        for place in chosen.tolist()
    ]
    order = {screen.code: number for number, screen in enumerate(screens)}
    return tuple(sorted(results, key=lambda one: (order[one.code], one.office)))


def _counts(given: ScreenCounts, screen: Screen) -> tuple[Ints, Ints, Ints]:
    """([hits and scans, office] of the office, the same of its peers, the offices to compare)."""
    if screen.code == IN_ONE_MINUTE:
        found = deliveries_in_one_minute(given.minutes, screen.setting)
        own = _hits_and_scans(found.place, found.about, len(given.places))
    else:
        own = given.own[screen.code]
    peers = given.beside.get(screen.code)
    if peers is None:
        peers = own.sum(axis=1, keepdims=True) - own
    return own, peers, np.flatnonzero((own[1] >= screen.least) & (peers[1] >= screen.least))


def _hits_and_scans(place: Ints, about: Mask, size: int) -> Ints:
    return np.stack([np.bincount(place[about], minlength=size), np.bincount(place, minlength=size)])


def _result(
    screen: Screen, office: str, own: Ints, beside: Ints, confidence: float
) -> ScreenResult:
    hits, scans = int(own[0]), int(own[1])
    peers = int(beside[0]), int(beside[1])
    factor, points = screen.factor_ppm / WHOLE, screen.points_ppm / WHOLE
    interval = clopper_pearson(hits, scans, confidence)
    bound = factor * peers[0] / peers[1] + points
    flagged = interval.low > bound
    if flagged:  # the peers' own interval costs more: asked only where it can matter
        bound = factor * clopper_pearson(*peers, confidence).high + points
        flagged = interval.low > bound
    return ScreenResult(
        screen.code, office, hits, scans, *peers, interval, bound, flagged,
        screen.downgrade if flagged else "",
    )  # fmt: skip
