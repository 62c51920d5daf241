"""The promise: one guaranteed date for an item, or why there is none (req 1-3, 6, 7, 9, 11-14).

One rule for one quote and for millions. `Quoter` resolves the routes and the rules' say once
(promise/routes.py, network/conditions.py); what is left of a quote is look-ups in the compiled
network: `Quoter.one` makes them for one item in microseconds, `Quoter.many` in columns
(promise/bulk.py). Tests hold the two against each other and against a walk day by day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from datecertain.errors import UnknownPlace
from datecertain.moments import NEVER, Ints
from datecertain.network import Network
from datecertain.network.conditions import NOT_GIVEN
from datecertain.promise.bulk import Asked, answer_in_parts
from datecertain.promise.one import Quote, quote_route
from datecertain.promise.reasons import REASONS, STATUS_OF, STATUSES, QuoteStatus, Reason
from datecertain.promise.routes import IN_HAND, Resolved, Route, resolve

#: A due day, moment or area that is not there.
NONE = np.int64(-1)


@dataclass(frozen=True, slots=True)
class Requests:
    """Many requests as columns of one length: places as text, acceptance as local time.

    Columns that are not given say nothing: the product is EMS, the post holds the item, contents,
    weight and value are not told.
    """

    origin: Sequence[str]  # post
    origin_postcode: Sequence[str]
    destination: Sequence[str]  # post
    destination_postcode: Sequence[str]
    accepted_day: Ints  # local date at the origin
    accepted_min: Ints  # local minute of the day
    product: Sequence[str] = ()
    contents: Sequence[str] = ()
    channel: Sequence[str] = ()
    address: Sequence[str] = ()
    weight_g: Ints | None = None  # NOT_GIVEN: not told
    value_usdr: Ints | None = None  # micro-SDR; NOT_GIVEN: not told

    def __len__(self) -> int:
        return len(self.origin)

    def routes(self) -> tuple[list[Route], Ints]:
        """The distinct routes, and the number of each row's."""
        count = len(self)
        optional = [
            column if len(column) else [default] * count
            for column, default in zip(
                (self.product, self.contents, self.channel, self.address),
                Route._field_defaults.values(), strict=True,
            )
        ]  # fmt: skip
        numbers: dict[tuple[str, ...], int] = {}
        rows = [
            numbers.setdefault(key, len(numbers))
            for key in zip(
                self.origin, self.origin_postcode, self.destination, self.destination_postcode,
                *optional, strict=True,
            )
        ]  # fmt: skip
        return [Route(*key) for key in numbers], np.array(rows, dtype=np.int64)


@dataclass(frozen=True)
class Quotes:
    """The answers, row for row. Days and moments are -1 where there is none."""

    network_version: str
    reason_code: Ints  # index into REASONS
    due_day: Ints  # the date told: local date at the destination
    standard_day: Ints  # what the network carries, before margin, tolerance, published standard
    accepted_at: Ints  # moment
    origin_area: Ints  # index into the network's areas
    destination_area: Ints
    possession_at: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @cached_property
    def reason(self) -> tuple[Reason, ...]:
        """Why each is not a guarantee."""
        return tuple(REASONS[code] for code in self.reason_code.tolist())

    @cached_property
    def status(self) -> tuple[QuoteStatus, ...]:
        """What each is."""
        return tuple(STATUSES[STATUS_OF[code]] for code in self.reason_code.tolist())


class Quoter:
    """A network ready to be asked: routes and rulings are worked out once and kept."""

    #: Routes kept; more than any office, shop or batch has at a time.
    KEPT = 1_000_000

    def __init__(self, network: Network) -> None:
        self.network = network
        self._resolved: dict[Route, Resolved] = {}

    def resolved(self, route: Route) -> Resolved:
        """What a route comes to. Raises `UnknownPlace`, `UsageError`."""
        found = self._resolved.get(route)
        if found is None:
            if len(self._resolved) >= self.KEPT:
                self._resolved.clear()
            found = self._resolved[route] = resolve(self.network, route)
        return found

    def one(
        self, route: Route, accepted_day: int, accepted_min: int, *,
        later: bool | None = None, weight_g: int = NOT_GIVEN, value_usdr: int = NOT_GIVEN,
    ) -> Quote:  # fmt: skip
        """One quote: local date and minute at the origin. Of a local time that occurs twice
        `later` takes the later (True) or earlier (False) reading; None: nobody said."""
        return quote_route(
            self.network, self.resolved(route), accepted_day, accepted_min, later,
            weight_g, value_usdr,
        )  # fmt: skip

    def many(self, routes: Sequence[Route], asked: Asked) -> Quotes:
        """Quotes of many: the distinct routes, and rows that name theirs by number."""
        columns = answer_in_parts(self.network, [self.resolved(one) for one in routes], asked)
        return Quotes(self.network.version, *columns)


def quoter_of(network: Network) -> Quoter:
    """The quoter of a network, made once."""
    found = network.__dict__.get("_quoter")
    if found is None:
        found = network.__dict__["_quoter"] = Quoter(network)
    return found


def quote_many(network: Network, requests: Requests) -> Quotes:
    """Quote every request. Raises `UnknownPlace` for a post that the network does not know."""
    routes, rows = requests.routes()
    return quoter_of(network).many(
        routes,
        Asked(
            rows, requests.accepted_day, requests.accepted_min, requests.weight_g,
            requests.value_usdr,
        ),
    )  # fmt: skip


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


__all__ = [
    "IN_HAND", "NEVER", "NONE", "Asked", "Quote", "QuoteStatus", "Quoter", "Quotes", "Reason",
    "Requests", "Resolved", "Route", "parse_place", "quote_many", "quoter_of", "single",
]  # fmt: skip
