"""A batch of questions in columns of text, answered row for row (req 1, 3, 7).

Each row gives one answer in its place: a date, a reason why there is none, or the problem for which
it could not be asked. The rule is that of promise/bulk.py; a row whose time says its offset where
that matters goes through promise/one.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from datecertain.errors import BadMoment, UsageError
from datecertain.moments import DAY, Ints, Mask, Resolution, zone
from datecertain.network import Network
from datecertain.network.conditions import NOT_GIVEN
from datecertain.network.rule_rows import ADDRESSES, contents_class
from datecertain.promise.asking import Ask, answer_with
from datecertain.promise.batch_places import Places
from datecertain.promise.batch_reading import (
    NO_OFFSET,
    LocalTimes,
    Problem,
    Trouble,
    Troubles,
    read_counts,
    read_times,
)
from datecertain.promise.quoting import Asked, Quoter, Quotes, Route
from datecertain.promise.reasons import CODE, REASONS, Reason
from datecertain.promise.telling import reason_text
from datecertain.wording import Words

#: Columns that a batch is read for; each place in one of two ways.
PLACES = {"from": ("origin", "origin_postcode"), "to": ("destination", "destination_postcode")}
OPTIONAL = ("product", "contents", "channel", "address", "weight_g", "value_sdr")
#: Columns that the answer adds.
ANSWER = (
    "status", "due_on", "carried_on", "reason", "reason_text", "origin_area", "destination_area",
    "possession_from", "network_version", "problem",
)  # fmt: skip
_TOLD_BY_CONDITION = [
    CODE[reason] for reason in (Reason.CONDITION, Reason.NOT_ACCEPTED, Reason.DETAILS_NEEDED)
]


@dataclass(frozen=True, slots=True)
class Unsaid:
    """What a row means that does not say it: an absent column, an empty cell."""

    route: Route  # only product, contents, channel and address
    weight_g: int = NOT_GIVEN
    value_usdr: int = NOT_GIVEN


@dataclass(frozen=True, slots=True)
class Told:
    """The answer's columns as text (empty: nothing to say), and what is counted."""

    columns: Mapping[str, list[str]]
    statuses: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)


def check_columns(names: Sequence[str]) -> None:
    """Raises `UsageError` for a header that cannot be asked: columns missing, twice, or named as
    the answer's."""
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise UsageError(f"column {twice[0]!r} stands twice in the header: name each once")
    taken = [name for name in names if name in ANSWER]
    if taken:
        raise UsageError(f"column {taken[0]!r} is one that the answer adds: rename it")
    for place, (post, _) in PLACES.items():
        if place not in names and post not in names:
            raise UsageError(
                f"there is no column {place!r} (POST:POSTCODE) nor {post!r} and {post}_postcode: "
                f"the header is {', '.join(names)[:120]}"
            )
        if place in names and post in names:
            raise UsageError(f"columns {place!r} and {post!r} say the same: give one of them")
    if "at" not in names:
        raise UsageError("there is no column 'at': the local date and time of acceptance")


class Batch:
    """A network asked chunk by chunk."""

    def __init__(self, network: Network, unsaid: Unsaid, words: Words) -> None:
        self._network = network
        self._quoter = Quoter(network)
        self._quoter.KEPT = _KEPT_ROUTES
        self._unsaid = unsaid
        self._words = words
        self._places = Places(network)
        self._days: dict[int, str] = {-1: ""}
        self._areas = [row.area for row in network.data.areas] + [""]

    def answer(self, columns: Mapping[str, list[str]], troubles: Troubles) -> Told:
        """The answers to a chunk: the known ones of its columns by name, all of one length, and
        the rows that are in trouble already. Never raises for what a row says."""
        count = len(columns["at"])
        asked = self._read(columns, count, troubles)
        quotes = self._quotes(asked, count, troubles)
        return self._told(asked, quotes, count, troubles)

    def _read(self, columns: Mapping[str, list[str]], count: int, troubles: Troubles) -> _Read:
        said, unsaid = self._unsaid.route, [""] * count
        places = [
            self._places.of_texts(columns[whole], troubles) if whole in columns
            else self._places.in_columns(columns[post], columns.get(postcode, unsaid))
            for whole, (post, postcode) in PLACES.items()
        ]  # fmt: skip
        rest = [
            [text.strip() or meant for text in columns.get(name, unsaid)]
            for name, meant in zip(OPTIONAL[:4], said[4:], strict=True)
        ]  # fmt: skip
        rest[1] = list(map(contents_class, rest[1]))
        weight, value = (
            _filled(columns.get(name), count, meant, troubles)
            for name, meant in (("weight_g", self._unsaid.weight_g), ("value_sdr", NOT_GIVEN))
        )
        value = np.where(value >= 0, value * 10**6, self._unsaid.value_usdr)
        times = read_times(columns["at"], troubles)
        numbers: dict[Any, int] = {}
        rows = [numbers.setdefault(key, len(numbers)) for key in zip(*places, *rest, strict=True)]
        routes = [Route(*origin, *to, *others) for origin, to, *others in numbers]
        return _Read(routes, np.array(rows, dtype=np.int64), times, weight, value)

    def _quotes(self, asked: _Read, count: int, troubles: Troubles) -> Quotes:
        """The answers of all rows, those in trouble with those of nothing."""
        bad = [self._trouble(route) for route in asked.routes]
        wrong = np.array([one is not None for one in bad], dtype=bool)
        for row in np.flatnonzero(wrong[asked.route]).tolist():
            found = bad[asked.route[row]]
            assert found is not None
            troubles.setdefault(row, found)
        sound = np.ones(count, dtype=bool)
        sound[list(troubles)] = False
        one_by_one = self._read_singly(asked, sound)
        sound[one_by_one] = False
        whole = [np.full(count, -1, dtype=np.int64) for _ in range(7)]
        rows = np.flatnonzero(sound)
        if len(rows):
            for all_, some in zip(whole, self._many(asked, rows), strict=True):
                all_[rows] = some
        for row in one_by_one.tolist():
            self._one(asked, row, whole, troubles)
        return Quotes(self._network.version, *whole)

    def _many(self, asked: _Read, rows: Ints) -> tuple[Ints, ...]:
        """The answers to some rows, in columns."""
        used, number = np.unique(asked.route[rows], return_inverse=True)
        quotes = self._quoter.many(
            [asked.routes[index] for index in used.tolist()],
            Asked(number, asked.times.day[rows], asked.times.minute[rows], asked.weight[rows],
                  asked.value[rows]),
        )  # fmt: skip
        return (
            quotes.reason_code, quotes.due_day, quotes.standard_day, quotes.accepted_at,
            quotes.origin_area, quotes.destination_area, quotes.possession_at,
        )  # fmt: skip

    def _trouble(self, route: Route) -> Trouble | None:
        """Why a route cannot be asked, whatever the time."""
        for post in (route.origin, route.destination):
            if post and post not in self._network.posts:
                return Trouble.of(Problem.POST, post)
        if not route.origin or not route.destination:
            return Trouble.of(Problem.PLACE, "")
        if route.address not in ADDRESSES:
            return Trouble.of(Problem.ADDRESS, route.address)
        return None

    def _read_singly(self, asked: _Read, sound: Mask) -> Ints:
        """The rows that say an offset which is not that of the only reading of their local time."""
        rows = np.flatnonzero(sound & (asked.times.offset != NO_OFFSET))
        if not len(rows):
            return rows
        zones = np.array([self._quoter.resolved(route).zone if self._trouble(route) is None else 0
                          for route in asked.routes], dtype=np.int64)  # fmt: skip
        day, minute = asked.times.day[rows], asked.times.minute[rows]
        at, _, resolution = self._network.clocks.to_utc(zones[asked.route[rows]], day, minute)
        meant = day * DAY + minute - asked.times.offset[rows]
        doubtful: Mask = (resolution != Resolution.EXACT) | (meant != at)
        return np.asarray(rows[doubtful], dtype=np.int64)

    def _one(self, asked: _Read, row: int, whole: list[Ints], troubles: Troubles) -> None:
        try:
            quote = answer_with(self._quoter, asked.ask(row))
        except BadMoment:
            offset = f"{asked.times.offset[row]:+d}"
            troubles.setdefault(row, Trouble.of(Problem.OFFSET, offset))
            return
        values = (
            CODE[quote.reason], quote.due_day, quote.standard_day, quote.accepted_at,
            quote.origin_area, quote.destination_area, quote.possession_at,
        )  # fmt: skip
        for column, value in zip(whole, values, strict=True):
            column[row] = value

    def _told(self, asked: _Read, quotes: Quotes, count: int, troubles: Troubles) -> Told:
        codes = quotes.reason_code.copy()
        codes[list(troubles)] = -1
        code = codes.tolist()
        status = [str(reason.status) for reason in REASONS] + [""]
        reason = [str(one) for one in REASONS] + [""]
        text = [self._words.say(f"reason.{one}") if one else "" for one in REASONS] + [""]
        texts = [text[one] for one in code]
        for row in np.flatnonzero(np.isin(codes, _TOLD_BY_CONDITION)).tolist():
            texts[row] = reason_text(answer_with(self._quoter, asked.ask(row)), self._words)
        problem = [""] * count
        for row, trouble in troubles.items():
            key = f"problem.{trouble.problem}"
            problem[row] = self._words.say(key, found=trouble.found)
        there = (codes >= 0) & (quotes.due_day >= 0)
        asked_rows = codes >= 0
        columns = {
            "status": [status[one] for one in code],
            "due_on": self._dates(np.where(there, quotes.due_day, -1)),
            "carried_on": self._dates(np.where(there, quotes.standard_day, -1)),
            "reason": [reason[one] for one in code],
            "reason_text": texts,
            "origin_area": self._area(np.where(asked_rows, quotes.origin_area, -1)),
            "destination_area": self._area(np.where(asked_rows, quotes.destination_area, -1)),
            "possession_from": self._possession(asked, quotes, there),
            "network_version": [self._network.version] * count,
            "problem": problem,
        }
        return Told(
            columns, Counter(filter(None, columns["status"])),
            Counter(filter(None, columns["reason"])),
            Counter(str(one.problem) for one in troubles.values()),
        )  # fmt: skip

    def _dates(self, days: Ints) -> list[str]:
        known = self._days
        new = [day for day in np.unique(days).tolist() if day not in known]
        known.update(
            zip(new, np.array(new, dtype="datetime64[D]").astype(str).tolist(), strict=True)
        )
        return [known[day] for day in days.tolist()]

    def _area(self, areas: Ints) -> list[str]:
        names = self._areas
        return [names[area] for area in areas.tolist()]

    def _possession(self, asked: _Read, quotes: Quotes, there: Mask) -> list[str]:
        """From when the post holds each item, on the clock of its origin."""
        held = np.zeros(len(there), dtype=np.int64)
        rows = np.flatnonzero(there & (quotes.possession_at >= 0))
        used, number = np.unique(asked.route[rows], return_inverse=True)
        zones = np.array([self._quoter.resolved(asked.routes[i]).zone for i in used.tolist()],
                         dtype=np.int64)  # fmt: skip
        zones = zones[number] if len(rows) else zones
        for one in np.unique(zones).tolist():
            mine = rows[zones == one]
            day, minute = zone(self._network.zone_names[one]).to_local(quotes.possession_at[mine])
            held[mine] = day * DAY + minute
        texts = held.astype("datetime64[m]").astype(str).tolist()
        said = np.zeros(len(there), dtype=bool)
        said[rows] = True
        return [text if is_said else "" for text, is_said in zip(texts, said.tolist(), strict=True)]


#: Routes that a batch keeps resolved: some chunks' worth.
_KEPT_ROUTES = 200_000


def _filled(texts: list[str] | None, count: int, meant: int, troubles: Troubles) -> Ints:
    """A column of whole numbers, `meant` where nothing is said."""
    if texts is None:
        return np.full(count, meant, dtype=np.int64)
    numbers = read_counts(texts, troubles)
    return np.where(numbers == NOT_GIVEN, meant, numbers)


@dataclass(frozen=True, slots=True)
class _Read:
    """A chunk as questions: its distinct routes, and per row the number of its own."""

    routes: list[Route]
    route: Ints
    times: LocalTimes
    weight: Ints
    value: Ints

    def ask(self, row: int) -> Ask:
        """The question of one row."""
        offset = int(self.times.offset[row])
        return Ask(
            self.routes[self.route[row]], int(self.times.day[row]), int(self.times.minute[row]),
            None if offset == NO_OFFSET else offset, int(self.weight[row]), int(self.value[row]),
        )  # fmt: skip
