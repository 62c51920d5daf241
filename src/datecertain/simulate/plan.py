"""What a simulation is asked for: the month, the volume, the lanes, and how often things go wrong.

Every figure here is illustrative: made up so that a month shows each kind of trouble and about
95 % of the promises are kept (the group's published targets are 95 and 96 %: postandparcel.info,
blog.bestmadeinkorea.com). None of them says anything about a real post.
"""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from datecertain.errors import UsageError
from datecertain.moments import format_date, parse_date, parse_utc


@dataclass(frozen=True, slots=True)
class Chances:
    """How often each disturbance strikes, as a share of the items that could meet it.

    Whether a disturbance costs a day depends on the slots: that is what the truth records.
    """

    # At the counter.
    misquoted: float = 0.001  # the date told is a day off, half of them early, half late
    told_nothing: float = 0.002  # a guarantee was due, but the record carries no date
    postcode_missing: float = 0.003  # the destination's postcode was not taken down
    remote: float = 0.008  # addressed to an area without guarantee
    # On every stage: a little late, by minutes.
    slow: float = 0.02
    # Export, closing, carriage: the origin post.
    export_rolled: float = 0.008  # missed the line-haul to the outward office
    closing_missed: float = 0.008  # missed the dispatch closing
    other_route: float = 0.010  # sent through another pair of offices than the promise's
    missent: float = 0.0015  # in a bag for a wrong office, and sent on from there
    flight_rolled: float = 0.012  # left for the next departure
    offloaded: float = 0.003  # taken off, two departures later
    flight_late: float = 0.008  # arrived hours late
    # Inward office, customs, inland, delivery: the destination.
    presentation_slow: float = 0.010  # hours before it was shown to customs
    customs_hold_goods: float = 0.022  # merchandise kept by customs
    customs_hold_documents: float = 0.003  # documents kept by customs
    forwarding_missed: float = 0.008  # missed the departure from the inward office
    inland_late: float = 0.008  # missed the inland line-haul's slot
    round_missed: float = 0.010  # left behind by the delivery round
    attempt_failed: float = 0.025  # first delivery attempt without success
    pickup: float = 0.015  # laid up at a pick-up point and fetched later
    lost: float = 0.001  # never seen again
    # Of the customs holds.
    hold_no_reason: float = 0.10  # EME without a retention reason
    hold_bad_reason: float = 0.08  # with a reason that stops no clock, or that no table has
    hold_unclosed: float = 0.08  # neither EDC nor EMF was sent
    # Of the failed attempts.
    attempt_by_post: float = 0.20  # for a reason on the post's side: the clock runs on
    attempt_no_reason: float = 0.04  # EMH without a reason
    # Scans and messages.
    missing_scan: Mapping[str, float] = field(default_factory=lambda: dict(MISSING_SCAN))
    sent_late: float = 0.012  # of the events: transmitted one to six days later
    sent_twice: float = 0.005  # of the events: repeated word for word in a later interchange
    stamped_late: float = 0.002  # of the items: a departure stamped after the arrival

    @classmethod
    def none(cls, **changes: Any) -> Chances:
        """Nothing goes wrong, but for what is named: the clean plan of the tests."""
        zero: dict[str, Any] = {entry.name: 0.0 for entry in dataclasses.fields(cls)}
        return cls(**{**zero, "missing_scan": {}, **changes})


#: Share of scans of each code that are never sent, before the post's own factor (0.5 to 1.7).
MISSING_SCAN: Mapping[str, float] = {
    "EMA": 0.010, "EMB": 0.012, "EMC": 0.010, "EMD": 0.010, "EDB": 0.030, "EME": 0.0, "EDC": 0.030,
    "EMF": 0.015, "EMG": 0.020, "EDG": 0.080, "EMH": 0.010, "EDH": 0.010, "EMI": 0.003, "EMK": 0.10,
}  # fmt: skip

#: Relative volume of thick lanes; illustrative, after the order of Korea's lanes in 2009 (Japan,
#: United States, China: m.ajunews.com/view/20090306000086). Every other lane weighs `thin_lane`.
THICK_LANES: Mapping[tuple[str, str], float] = {
    ("KR", "JP"): 10.0, ("KR", "US"): 6.5, ("KR", "CN"): 5.0, ("KR", "HK"): 2.0, ("KR", "AU"): 1.5,
    ("CN", "US"): 9.0, ("CN", "JP"): 5.0, ("CN", "KR"): 4.5, ("CN", "HK"): 3.0, ("CN", "AU"): 2.5,
    ("JP", "US"): 6.0, ("JP", "CN"): 4.5, ("JP", "KR"): 3.5, ("JP", "HK"): 2.5, ("JP", "FR"): 1.5,
    ("US", "JP"): 3.0, ("US", "KR"): 2.5, ("US", "CN"): 2.5, ("US", "CA"): 3.0, ("US", "AU"): 1.5,
    ("HK", "CN"): 3.0, ("HK", "US"): 2.5, ("HK", "JP"): 2.0, ("TH", "US"): 1.5, ("FR", "US"): 1.5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Disruption:
    """A closure of the offices of exchange at an airport, and the notice about it.

    `closes` false: a notice without effect. `published_after_h` None: no notice was given.
    """

    case: str
    airport: str
    after_h: int  # begins so many hours after 00:00Z of the plan's first day
    hours: int
    closes: bool
    published_after_h: int | None  # hours after it began
    text_en: str
    text_ko: str


#: Illustrative: no such events are known. The strike's notice comes late and it had no effect; of
#: the fog no notice was given.
DISRUPTIONS: tuple[Disruption, ...] = (
    Disruption(
        "TYPHOON", "HKG", 190, 30, True, 4,
        "Typhoon: the exchange office and the airport are closed",
        "태풍으로 교환국과 공항 운영 중단",
    ),
    Disruption(
        "TYPHOON", "KIX", 267, 26, True, 6,
        "Typhoon: the airport island is closed", "태풍으로 공항 섬 폐쇄",
    ),
    Disruption("FOG", "MAD", 339, 9, True, None, "Fog", "안개"),
    Disruption(
        "STRIKE", "BKK", 457, 12, False, 70,
        "Strike announced at the airport; work went on", "공항 파업 예고, 업무는 정상 진행",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SimulationPlan:
    """All that decides a simulation beside the network; equal plans give equal bytes."""

    seed: int = 20261001
    first_day: int = parse_date("2026-10-01")  # local acceptance dates, both inclusive
    last_day: int = parse_date("2026-10-31")
    items: int = 50_000
    closing_at: int = parse_utc("2026-11-23T00:00Z")  # nothing after this moment has happened
    chances: Chances = field(default_factory=Chances)
    disruptions: tuple[Disruption, ...] = DISRUPTIONS
    lanes: Mapping[tuple[str, str], float] = field(default_factory=lambda: dict(THICK_LANES))
    thin_lane: float = 0.5
    documents: float = 0.30  # share of items with documents only
    # Postage: a first 500 g and each further 500 g, in micro-SDR, turned into the origin's
    # currency at the network's rate of the first day. Illustrative; published revenue was about
    # 37.50 USD an item in 2012.
    postage_first_usdr: int = 17_000_000
    postage_step_usdr: int = 3_000_000
    transmissions: tuple[int, ...] = (23 * 60 + 30,)  # local minutes of a post's sendings
    profile: str = "house-emsevt"  # layout profile of the interchanges
    # Another plan's mail in one workspace has other numbers than this one's.
    service: str = "EE"  # service indicator of the item numbers
    first_dispatch: int = 1
    test: bool = False  # UNB test indicator

    def __post_init__(self) -> None:
        if self.items < 1 or self.first_day > self.last_day or not self.transmissions:
            raise UsageError(
                f"a plan of {self.items} items from {format_date(self.first_day)} to "
                f"{format_date(self.last_day)}: expected at least one item, a first day not "
                "after the last, and one transmission a day or more"
            )
        if self.seed < 0:
            raise UsageError(f"seed {self.seed}: expected a whole number from 0 on")

    def stream(self, name: str) -> np.random.Generator:
        """An own stream of random numbers for one part of the work, so that a change in one part
        leaves the draws of the others as they were."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])
