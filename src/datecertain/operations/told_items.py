"""The shapes of items, as programs read them. Moments end in Z (UTC); local times are those of the
place, days local dates at the destination unless said otherwise. Labels are by language."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from datecertain.operations.told_promises import PromiseTold

Labels = dict[str, str | None]


class PlaceTold(TypedDict):
    """An office or area; its names are empty where the network does not know it."""

    code: str
    name_en: str
    name_ko: str


class AcceptedTold(TypedDict):
    """The acceptance record, and what the network gave for it. Postage is told to its post."""

    accepted_at: str
    accepted_local: str
    promised_on: str | None
    standard_on: str | None
    origin_area: PlaceTold | None
    destination_area: PlaceTold | None
    item_key: str
    origin: str
    origin_postcode: str | None
    destination: str
    destination_postcode: str | None
    channel: str | None
    contents: str | None
    weight_g: int | None
    postage_minor: int | None
    currency: str | None
    quote_status: str
    quote_reason: str | None
    network_version: str
    source: str
    line: int


class TellingTold(TypedDict):
    """One message that told a scan."""

    sender: str
    recipient: str
    source: str
    interchange: str
    message: int
    segment: int
    byte_offset: int
    transmitted_at: str
    received_at: str


class ScanTold(TypedDict):
    """One scan. `offset_source`: how its zone was known; `delay_min`: minutes to its
    transmission; `told_again`: further messages that told the same."""

    code: str
    known_code: bool
    label: Labels
    at: str
    local: str
    offset_source: str
    place: PlaceTold
    next_office: str | None
    reason: str | None
    measure: str | None
    dispatch: str | None
    receptacle: str | None
    delay_min: int
    told: TellingTold
    told_again: list[TellingTold]


class MissingTold(TypedDict):
    """A scan that should have come."""

    code: str
    label: Labels


class StandingTold(TypedDict):
    """The stored verdict that stands, between the posts; `sender_outcome`: towards the sender."""

    outcome: str
    outcome_reason: str | None
    sender_outcome: str | None
    days_late: int | None
    days_excused: int | None
    days_liable: int | None
    rules_version: str
    network_version: str
    promised_on: str | None
    delivered_on: str | None
    judged_as_of: str


class VerdictTold(StandingTold):
    """A verdict that was given once; `stands`: no later one supersedes it. `accepted_on` is local
    at the origin."""

    accepted_on: str
    stands: bool


class EpisodeTold(TypedDict):
    """One acceptance and what followed it; `accepted` null: scans without a record. `carried`: in
    which receptacle, dispatch and consignment; `inherited`: the movements of those; `stated`: what
    was told of the contents."""

    accepted: AcceptedTold | None
    scans: list[ScanTold]
    missing: list[MissingTold]
    carried: dict[str, Any] | None
    inherited: list[dict[str, Any]]
    stated: list[dict[str, Any]]
    verdict: StandingTold | None
    explain: str | None


class ItemFinding(TypedDict):
    """What was wrong in a message about the item."""

    severity: str
    code: str
    source: str
    position: str
    detail: str


class ItemAside(TypedDict):
    """A part of a message about the item that was set aside."""

    id: str
    source: str
    position: str
    reason: str
    state: str


class TimelineTold(TypedDict):
    """Everything known of a number, in order of time."""

    item_id: str
    doubts: list[str]
    episodes: list[EpisodeTold]
    promises: list[PromiseTold]
    findings: list[ItemFinding]
    set_aside: list[ItemAside]


class LiveTold(TypedDict):
    """An open item: its state, the date due now, and until when, where and by what its promise can
    still be saved (`cut…`; null: nothing saves it). `chance_percent`: of past items that stood so;
    `chance_basis`: whose, or why there is none."""

    item_id: str
    origin: str
    destination: str
    destination_area: str | None
    promised_on: str | None
    state: str
    due_now: str | None
    lost_days: int
    slack_days: int
    slack_min: int | None
    last: str | None
    since: str | None
    post: str
    leg: str
    office: str | None
    planned_at: str | None
    cut: str | None
    cut_place: str | None
    cut_zone: str | None
    cut_at: str | None
    cut_local: str | None
    flights: str | None
    chance_percent: int | None
    chance_in_time: int | None
    chance_items: int | None
    chance_basis: str
    on_hold: bool
    uncertain: bool
    network_version: str


class ItemTold(TimelineTold):
    """The same, and how the item stands now; `live` null: it is not open."""

    live: LiveTold | None
