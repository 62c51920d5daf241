"""Where simulated items are posted and addressed: areas by weight, postcodes of the network's own
ranges, lanes by volume."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from datecertain.errors import UsageError
from datecertain.kept import Kept
from datecertain.moments import Ints
from datecertain.network import LaneState, Network, PlaceStatus
from datecertain.network.rows import Post, PostcodeRange
from datecertain.simulate.plan import SimulationPlan

#: Different postcodes drawn for one area; items share them, so that each is looked up once.
POOL = 150
_TRIES = 60
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LETTERS = "ABCEGHJKLMNPRSTVXY"

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AddressBook:
    """Postcodes and weights of every area (indices of the network's areas)."""

    postcodes: tuple[tuple[str, ...], ...]  # [area]; `("",)` where the post has none
    weight: Floats  # [area]; 0 where no postcode leads to it
    guaranteed: npt.NDArray[np.bool_]  # [area]

    def areas_of(self, network: Network, post: str, guaranteed: bool) -> tuple[Ints, Floats]:
        """(areas, their shares) of a post that are guaranteed, or those that are not."""
        rows = np.array(
            [
                index
                for index, area in enumerate(network.data.areas)
                if area.post == post
                and self.guaranteed[index] == guaranteed
                and self.weight[index] > 0
            ],
            dtype=np.int64,
        )
        weight = self.weight[rows]
        return rows, weight / weight.sum() if len(rows) else weight


def address_book(network: Network, plan: SimulationPlan) -> AddressBook:
    """Postcodes drawn from the ranges of each area, each checked to lead back to it.

    An area's weight grows with the square root of the number of its codes: illustrative. The book
    of a network and a seed is drawn once in a process.
    """
    return _BOOKS.get(
        (network.version, plan.seed), lambda: _draw_book(network, plan.stream("addresses"))
    )


_BOOKS: Kept[AddressBook] = Kept(4)


def _draw_book(network: Network, rng: np.random.Generator) -> AddressBook:
    ranges: dict[str, list[PostcodeRange]] = {}
    for row in network.data.postcodes:
        if row.area:
            ranges.setdefault(row.area, []).append(row)
    pools: list[tuple[str, ...]] = []
    weights: list[float] = []
    for area in network.data.areas:
        post = network.post(area.post)
        rows = ranges.get(area.area, [])
        if not post.postcode_form:
            pools.append(("",))
            weights.append(float(bool(rows)))
            continue
        spans = np.array([_span(row) for row in rows], dtype=np.float64)
        pool = _draw_pool(network, post, rows, spans, rng)
        pools.append(pool)
        weights.append(float(np.sqrt(spans.sum())) if pool else 0.0)
    return AddressBook(
        tuple(pools),
        np.array(weights, dtype=np.float64),
        np.array([area.guarantee == "yes" for area in network.data.areas], dtype=bool),
    )


def _draw_pool(
    network: Network, post: Post, rows: list[PostcodeRange], spans: Floats,
    rng: np.random.Generator,
) -> tuple[str, ...]:  # fmt: skip
    if not rows:
        return ()
    found: dict[str, None] = {}
    chosen = rng.choice(len(rows), size=POOL, p=spans / spans.sum())
    for index in chosen.tolist():
        row = rows[index]
        for _ in range(_TRIES):
            postcode = _whole(post, _key_between(row.first, row.last, rng), rng)
            place = network.find_place(post.post, postcode) if postcode else None
            if place and place.status is PlaceStatus.AREA and place.area == row.area:
                found[postcode] = None
                break
    return tuple(found)


def _span(row: PostcodeRange) -> int:
    """How many keys the range holds; for keys with letters only an upper bound."""
    decimal = row.first.isdecimal() and row.last.isdecimal()
    base = 10 if decimal else 36
    return int(row.last, base) - int(row.first, base) + 1


def _key_between(first: str, last: str, rng: np.random.Generator) -> str:
    base = 10 if first.isdecimal() and last.isdecimal() else 36
    number = int(rng.integers(int(first, base), int(last, base) + 1))
    key = ""
    for _ in first:
        number, digit = divmod(number, base)
        key = _DIGITS[digit] + key
    return key


def _whole(post: Post, key: str, rng: np.random.Generator) -> str:
    """A whole postcode that begins with the key; empty if none of the form does."""
    kinds = _completion(post.postcode_form, "".join("9" if c.isdecimal() else "A" for c in key))
    if kinds is None:
        return ""
    rest = rng.integers(0, 10 * len(_LETTERS), len(kinds)).tolist()
    return key + "".join(
        str(number % 10) if kind == "9" else _LETTERS[number % len(_LETTERS)]
        for kind, number in zip(kinds, rest, strict=True)
    )


@lru_cache(maxsize=256)
def _completion(form: str, key: str) -> str | None:
    """What has to follow a key of that pattern (`9` a digit, `A` a letter): the shortest that
    matches the form and gives four characters or more, as whole postcodes have. None: nothing."""
    for extra in range(max(4 - len(key), 0), 6):
        for kinds in itertools.product("9A", repeat=extra):
            if re.fullmatch(form, (key + "".join(kinds)).replace("9", "1")):
                return "".join(kinds)
    return None


def lane_shares(network: Network, plan: SimulationPlan) -> tuple[list[tuple[str, str]], Floats]:
    """The lanes with an open guarantee on the first day, and each one's share of the items.

    Raises `UsageError` if there is none.
    """
    posts = [post.post for post in network.data.posts if post.member_on(plan.first_day)]
    served = {area.post for area in network.data.areas}
    lanes = [
        (origin, destination)
        for origin in posts
        for destination in posts
        if origin != destination
        and {origin, destination} <= served
        and network.lanes.standing(origin, destination, plan.first_day).state is LaneState.OPEN
    ]
    if not lanes:
        raise UsageError(
            f"no lane of {network.data.name} is open on the plan's first day: nothing to simulate"
        )
    weights = np.array([plan.lanes.get(lane, plan.thin_lane) for lane in lanes], dtype=np.float64)
    return lanes, weights / weights.sum()
