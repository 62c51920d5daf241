"""The acceptance records of a month: who posts what, where and when, and the date told (req 72)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from datecertain.errors import UsageError
from datecertain.identifiers import compose_many
from datecertain.moments import Ints, Mask, zone
from datecertain.network import Network
from datecertain.network.calendars import OpenDays
from datecertain.promise.quoting import Quotes, QuoteStatus, Requests, quote_many
from datecertain.simulate.addresses import address_book, lane_shares
from datecertain.simulate.plan import SimulationPlan

#: Where items are taken over, with illustrative shares.
CHANNELS = (("counter", 0.62), ("pickup", 0.24), ("agency", 0.14))
#: Currencies without minor unit (ISO 4217); all others here have two decimals.
WHOLE_UNITS = frozenset({"KRW", "JPY"})
#: Relative number of acceptances from Monday to Sunday; illustrative.
_WEEKDAYS = np.array([1.15, 1.05, 1.0, 1.0, 1.05, 0.30, 0.04])
_SERIAL_STEP = 7919  # has no factor in common with 10**8: serials don't repeat in a run
_MIN_G, _MAX_G = 50, 30_000


@dataclass(frozen=True, slots=True)
class Postings:
    """One row an item, in order of acceptance. Posts and areas are indices into the network's."""

    item_id: pa.Array
    origin: Ints  # post
    destination: Ints
    origin_area: Ints
    destination_area: Ints  # where the item really goes, whatever the record says
    origin_postcode: list[str]
    destination_postcode: list[str]  # as recorded: empty where it was not taken down
    day: Ints  # local acceptance date
    minute: Ints  # local minute of the day
    accepted_at: Ints  # moment
    channel: Ints
    documents: Mask
    weight_g: Ints
    postage_minor: Ints
    quotes: Quotes
    told: Ints  # the date told, -1: none
    told_off: Ints  # days by which the date told was misquoted

    def __len__(self) -> int:
        return len(self.day)


def post_items(network: Network, plan: SimulationPlan) -> Postings:
    """Draw the items of a plan and quote each. Raises `UsageError` for a lane without a route."""
    origin_area, destination_area, origin_code, destination_code = _addresses(network, plan)
    posts = [post.post for post in network.data.posts]
    post_of_area = np.array([posts.index(a.post) for a in network.data.areas], dtype=np.int64)
    day, minute = _times(network, plan, post_of_area[origin_area])
    moment = _moments(network, origin_area, day, minute)
    order = np.lexsort((np.arange(plan.items), moment))
    origin_area, destination_area = origin_area[order], destination_area[order]
    day, minute = day[order], minute[order]
    origin, destination = post_of_area[origin_area], post_of_area[destination_area]
    origin_codes = [origin_code[row] for row in order.tolist()]
    destination_codes = [destination_code[row] for row in order.tolist()]

    rng = plan.stream("posting")
    forgotten = rng.random(plan.items) < plan.chances.postcode_missing
    recorded = [
        "" if gone else code for code, gone in zip(destination_codes, forgotten, strict=True)
    ]
    quotes = quote_many(
        network,
        Requests(
            [posts[index] for index in origin.tolist()], origin_codes,
            [posts[index] for index in destination.tolist()], recorded, day, minute,
        ),
    )  # fmt: skip
    told, told_off = _told(plan, quotes)
    documents = rng.random(plan.items) < plan.documents
    weight = np.where(
        documents, 100 + rng.exponential(250, plan.items), 300 + rng.lognormal(7.2, 0.8, plan.items)
    )
    weight_g = np.clip(np.round(weight, -1), _MIN_G, _MAX_G).astype(np.int64)
    shares = np.cumsum([share for _, share in CHANNELS])
    channel = np.searchsorted(shares[:-1], rng.random(plan.items), side="right")
    return Postings(
        item_id=_item_ids(network, plan, origin), origin=origin, destination=destination,
        origin_area=origin_area, destination_area=destination_area,
        origin_postcode=origin_codes, destination_postcode=recorded, day=day, minute=minute,
        accepted_at=quotes.accepted_at, channel=channel.astype(np.int64), documents=documents,
        weight_g=weight_g, postage_minor=_postage(network, plan, origin, weight_g),
        quotes=quotes, told=told, told_off=told_off,
    )  # fmt: skip


def _addresses(
    network: Network, plan: SimulationPlan
) -> tuple[Ints, Ints, npt.NDArray[np.object_], npt.NDArray[np.object_]]:
    """(origin area, destination area, origin postcode, destination postcode) of every item."""
    book = address_book(network, plan)
    rng = plan.stream("lanes")
    lanes, shares = lane_shares(network, plan)
    lane = rng.choice(len(lanes), size=plan.items, p=shares)
    remote = rng.random(plan.items) < plan.chances.remote
    origin_area = np.full(plan.items, -1, dtype=np.int64)
    destination_area = np.full(plan.items, -1, dtype=np.int64)
    for number, (origin, destination) in enumerate(lanes):
        rows = np.flatnonzero(lane == number)
        areas, weight = book.areas_of(network, origin, True)
        origin_area[rows] = rng.choice(areas, size=len(rows), p=weight)
        for far in (False, True):
            part = rows[remote[rows] == far]
            areas, weight = book.areas_of(network, destination, not far)
            if not len(areas):  # the post has no area without guarantee
                areas, weight = book.areas_of(network, destination, True)
            destination_area[part] = rng.choice(areas, size=len(part), p=weight)
    codes = []
    for areas in (origin_area, destination_area):
        column = np.empty(plan.items, dtype=object)
        for area in np.unique(areas).tolist():
            rows = np.flatnonzero(areas == area)
            pool = np.array(book.postcodes[area], dtype=object)
            column[rows] = pool[rng.integers(0, len(pool), len(rows))]
        codes.append(column)
    return origin_area, destination_area, codes[0], codes[1]


def _times(network: Network, plan: SimulationPlan, origin: Ints) -> tuple[Ints, Ints]:
    """Local (date, minute) of every acceptance: few on closed days, most in business hours with
    a rush before noon and one before closing, some in the evening after every cut-off."""
    rng = plan.stream("times")
    days = np.arange(plan.first_day, plan.last_day + 1, dtype=np.int64)
    open_days = OpenDays(network.data.calendars, network.data.holidays)
    day = np.empty(plan.items, dtype=np.int64)
    for index in np.unique(origin).tolist():
        rows = np.flatnonzero(origin == index)
        weight = _WEEKDAYS[np.mod(days + 3, 7)].copy()
        calendar = network.data.posts[index].post
        if calendar in open_days:
            weight[~open_days.mask(calendar, (True,) * 7, days)] *= 0.05
        day[rows] = rng.choice(days, size=len(rows), p=weight / weight.sum())
    kind = rng.random(plan.items)
    morning = rng.triangular(9 * 60, 11 * 60 + 20, 13 * 60, plan.items)
    afternoon = rng.triangular(13 * 60, 16 * 60 + 15, 18 * 60, plan.items)
    evening = rng.triangular(18 * 60, 18 * 60 + 1, 21 * 60, plan.items)
    minute = np.where(kind < 0.42, morning, np.where(kind < 0.96, afternoon, evening))
    return day, minute.astype(np.int64)


def _moments(network: Network, areas: Ints, day: Ints, minute: Ints) -> Ints:
    names = np.array([area.zone for area in network.data.areas])[areas]
    moments = np.empty(len(areas), dtype=np.int64)
    for name in np.unique(names).tolist():
        rows = np.flatnonzero(names == name)
        moments[rows], _ = zone(name).to_utc(day[rows], minute[rows])
    return moments


def _told(plan: SimulationPlan, quotes: Quotes) -> tuple[Ints, Ints]:
    """(date told or -1, days it is off): only a guarantee is told as a date."""
    rng = plan.stream("told")
    guaranteed = np.array([status is QuoteStatus.GUARANTEED for status in quotes.status])
    misquoted = rng.random(plan.items) < plan.chances.misquoted
    off = np.where(misquoted & guaranteed, np.where(rng.random(plan.items) < 0.5, -1, 1), 0)
    silent = rng.random(plan.items) < plan.chances.told_nothing
    told = np.where(guaranteed & ~silent, quotes.due_day + off, -1)
    return told.astype(np.int64), np.where(told >= 0, off, 0).astype(np.int64)


def _item_ids(network: Network, plan: SimulationPlan, origin: Ints) -> pa.Array:
    """S10 numbers of the origin's country, unique in the run."""
    rng = plan.stream("numbers")
    parts, places = [], []
    for index in np.unique(origin).tolist():
        rows = np.flatnonzero(origin == index)
        first = int(rng.integers(0, 10**8))
        serials = (first + np.arange(len(rows), dtype=np.int64) * _SERIAL_STEP) % 10**8
        parts.append(compose_many(plan.service, serials, network.data.posts[index].country))
        places.append(rows)
    return pa.concat_arrays(parts).take(pa.array(np.argsort(np.concatenate(places))))


def _postage(network: Network, plan: SimulationPlan, origin: Ints, weight_g: Ints) -> Ints:
    """Postage in minor units of the origin's currency, rounded up to ten of them."""
    steps = np.maximum(-(-weight_g // 500) - 1, 0)
    usdr = plan.postage_first_usdr + steps * plan.postage_step_usdr
    postage = np.zeros(len(origin), dtype=np.int64)
    for index in np.unique(origin).tolist():
        currency = network.data.posts[index].currency
        known = [row for row in network.rates.get(currency, ()) if row.on <= plan.first_day]
        if not known:
            raise UsageError(
                f"rates.csv has no rate of {currency} on or before the plan's first day"
            )
        minor = 1 if currency in WHOLE_UNITS else 100
        # micro-SDR times millionths of currency per SDR are 10**-12 of the currency.
        rate = known[-1].per_sdr * minor // 1000
        rows = origin == index
        postage[rows] = -(-(usdr[rows] * rate) // 10**10) * 10
    return postage
