"""The network of posts: dated facts with sources, checked, versioned and compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path

from datecertain.errors import UnknownPlace
from datecertain.findings import Finding
from datecertain.moments import Clocks
from datecertain.network.carriage import CarriageAgreements, JourneyRules, TagTimes
from datecertain.network.carriage_rows import Astray, HandoverPoint, Party, Scoring
from datecertain.network.checking import check_network
from datecertain.network.compiling import (
    AT_ONCE,
    NO_CHANNEL,
    NO_DUE,
    CompiledNetwork,
    Stage,
    channel_names,
    compile_network,
    zone_names,
)
from datecertain.network.conditions import Conditions
from datecertain.network.exclusions import Catalogue, Mode
from datecertain.network.lanes import Lanes, LaneStanding, LaneState
from datecertain.network.loading import (
    BUNDLED,
    NetworkData,
    bundled_folder,
    read_network,
    read_texts,
    refuse_errors,
    version_of,
)
from datecertain.network.places import Place, PlaceStatus, PostcodeTable, postcode_table
from datecertain.network.rows import Area, Office, Post, Rate
from datecertain.network.terms import (
    Burden,
    Closing,
    CustomsEnds,
    CustomsPolicy,
    Ending,
    Scope,
    Terms,
)
from datecertain.network.weakening import WeakenedEvidence, Weakening


class Network:
    """One version of a network, checked; compiled when first asked for something that needs it."""

    #: The post has no such channel (`channel`).
    NO_CHANNEL = NO_CHANNEL

    def __init__(self, data: NetworkData, findings: tuple[Finding, ...] = ()) -> None:
        self.data = data
        self.version = data.version
        self.findings = findings
        self.posts: Mapping[str, Post] = {row.post: row for row in data.posts}
        self.post_of_operator: Mapping[str, str] = {row.operator: row.post for row in data.posts}
        self.areas: Mapping[str, int] = {row.area: i for i, row in enumerate(data.areas)}
        self.offices: Mapping[str, int] = {row.office: i for i, row in enumerate(data.offices)}
        self.lanes = Lanes(data)
        self.terms = Terms(data.terms)
        self.carriage = CarriageAgreements(data.carriage)
        self.journey_rules = JourneyRules(data.journey_rules)
        self.exclusions = Catalogue(data.exclusions)
        self.conditions = Conditions(data, self.lanes)

    @classmethod
    def from_texts(cls, texts: Mapping[str, str], what: str = "the network") -> Network:
        """The network of these file texts. Raises `NetworkError` with all findings: those of
        reading first, then those of checking (a row that cannot be read is missed by others)."""
        data, findings = read_network(texts)
        if data is not None:
            findings = [*findings, *check_network(data)]
        refuse_errors(findings, what)
        assert data is not None
        return cls(data, tuple(findings))

    @classmethod
    def as_published(cls, texts: Mapping[str, str], version: str) -> Network:
        """A network that was checked and put in force before, under the name it had then. It is
        not checked again: later releases may demand more of new networks."""
        data, findings = read_network(texts)
        refuse_errors(findings, f"network {version}")
        assert data is not None
        return cls(replace(data, version=version))

    @classmethod
    def from_folder(cls, folder: Path) -> Network:
        """The network in a folder. Raises `NotFound`, `NetworkError`."""
        return cls.from_texts(read_texts(folder), str(folder))

    @cached_property
    def compiled(self) -> CompiledNetwork:
        """The step functions (a few seconds of work the first time)."""
        return compile_network(self.data)

    @cached_property
    def _postcodes(self) -> dict[str, PostcodeTable]:
        return {
            post.post: postcode_table(
                post, [row for row in self.data.postcodes if row.post == post.post]
            )[0]
            for post in self.data.posts
        }

    def post(self, code: str) -> Post:
        """The post of a two-letter code. Raises `UnknownPlace`."""
        if code not in self.posts:
            raise UnknownPlace(
                f"{code!r} is not a post of {self.data.name}: {', '.join(self.posts)}"
            )
        return self.posts[code]

    def post_of_party(self, party: str) -> str | None:
        """The post behind a sender's or recipient's id: the post's own code, the operator code or
        the party identifier `J1C` + operator code, with or without qualifier. None: unknown."""
        name = party.partition(":")[0].removeprefix("J1C")
        return name if name in self.posts else self.post_of_operator.get(name)

    def find_place(self, post: str, postcode: str) -> Place:
        """Where a postcode of a post lies. Raises `UnknownPlace` for an unknown post."""
        self.post(post)
        return self._postcodes[post].find(postcode)

    def channel(self, post: str, area: int, channel: str) -> int:
        """The key of a channel's schedule in an area (by its number): AT_ONCE where the post
        holds the item when it is accepted, NO_CHANNEL where the post has no such channel."""
        if not any(row.post == post for row in self.data.channels):
            return AT_ONCE  # nothing is known of this post's channels
        names = channel_names(self.data)
        if channel not in names:
            return NO_CHANNEL
        return int(self.compiled.channel_of[area, names.index(channel)])

    def guaranteed_areas(self, post: str) -> tuple[int, ...]:
        """The areas of a post, by number, in which it guarantees a date."""
        return tuple(
            number
            for number, row in enumerate(self.data.areas)
            if row.post == post and row.guarantee == "yes"
        )

    def zone_number(self, name: str) -> int:
        """The number of a zone of the network in `clocks` and the compiled tables."""
        return self._zone_numbers[name]

    @cached_property
    def _zone_numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.zone_names)}

    @cached_property
    def zone_names(self) -> tuple[str, ...]:
        """The zones of the network in the order of their numbers."""
        return tuple(zone_names(self.data))

    @cached_property
    def clocks(self) -> Clocks:
        """Local times of all zones of the network, by number of the zone."""
        return Clocks(self.zone_names)

    def settles(self, one: str, other: str, day: int) -> bool:
        """Whether two posts settle with each other on a date (req 12): the row that names more of
        them decides, then the one that began last; without a row they do."""
        rows = [
            row
            for row in self.data.relations
            if row.valid_from <= day <= row.valid_to
            and any(
                a in ("*", one) and b in ("*", other)
                for a, b in ((row.first, row.second), (row.second, row.first))
            )
        ]
        named = [(row.first != "*") + (row.second != "*") for row in rows]
        order = [(names, row.valid_from, row.line) for names, row in zip(named, rows, strict=True)]
        return not rows or rows[order.index(max(order))].settles == "yes"

    def area(self, name: str) -> Area:
        """The row of an area."""
        return self.data.areas[self.areas[name]]

    def office(self, code: str) -> Office | None:
        """The row of an office of exchange, None when the network does not know it."""
        index = self.offices.get(code)
        return None if index is None else self.data.offices[index]

    @cached_property
    def tag_times(self) -> TagTimes:
        """The critical tag times of the offices."""
        return TagTimes(self.data)

    @cached_property
    def rates(self) -> Mapping[str, tuple[Rate, ...]]:
        """The rates of each currency in order of date."""
        grouped: dict[str, list[Rate]] = {}
        for row in sorted(self.data.rates, key=lambda entry: entry.on):
            grouped.setdefault(row.currency, []).append(row)
        return {currency: tuple(rows) for currency, rows in grouped.items()}


@lru_cache(maxsize=1)
def bundled_network() -> Network:
    """The ten-post network that ships with datecertain."""
    return Network.from_texts(read_texts(bundled_folder()), f"the bundled network {BUNDLED}")


__all__ = [
    "BUNDLED", "NO_DUE", "Astray", "Burden", "CarriageAgreements", "Catalogue", "Closing",
    "CompiledNetwork", "CustomsEnds", "CustomsPolicy", "Ending", "HandoverPoint", "LaneStanding",
    "LaneState", "Lanes", "Mode", "Network", "NetworkData", "Party", "Place", "PlaceStatus",
    "Scope", "Scoring", "Stage", "Terms", "WeakenedEvidence", "Weakening", "bundled_folder",
    "bundled_network", "check_network", "read_network", "read_texts", "version_of",
]  # fmt: skip
