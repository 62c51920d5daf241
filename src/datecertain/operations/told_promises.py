"""The shapes of promises, as programs read them. Moments end in Z (UTC), dates and local times are
those of the origin, `binding_on`, `told_on` and `standard_on` of the destination."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from datecertain.promise.told import QuoteTold


class GivenTold(TypedDict):
    """What was given at a time: by the network (`standard_on`), and told to the sender."""

    accepted_at: str
    possession_at: str | None
    channel: str | None
    told_on: str | None
    standard_on: str | None
    status: str
    reason: str | None
    network_version: str
    rules_version: str
    tzdata_version: str


class PromiseTold(TypedDict):
    """A promise. `state`: estimated (a label, nothing was handed over), held, voided or expired;
    `binding_on` the date that binds. Postage, currency, office and actor are told to the origin
    post alone."""

    promise_id: str
    item_id: str | None
    state: str
    binding_on: str | None
    misquoted: bool
    origin: str
    origin_postcode: str
    destination: str
    destination_postcode: str
    product: str
    contents: str | None
    address: str
    weight_g: int | None
    value_usdr: int | None
    postage_minor: int | None
    currency: str | None
    office: str | None
    actor: str | None
    made_at: str
    made: str
    table_id: str | None
    expires_at: str | None
    given: GivenTold
    estimate: GivenTold | None
    ended_by: str | None
    ended_because: str | None


class PromiseEventTold(TypedDict):
    """Something that happened to a promise."""

    event: str
    at: str
    recorded_at: str
    actor: str | None
    reason: str | None
    item_id: str | None
    details: dict[str, Any]


class PromiseShown(PromiseTold):
    """A promise with all that happened to it, and the quote that gave it, told in every language by
    the network it is frozen with; null where this workspace never had that network."""

    events: list[PromiseEventTold]
    quote: dict[str, QuoteTold | None]


class LabelWords(TypedDict):
    """What stands in the box of a label, in one language. `text` is all of it, a line each."""

    heading: str
    date: str
    lines: list[str]
    conditions: list[str]
    text: str


class LabelTold(TypedDict):
    """The label of a promise. `guaranteed_on` null: no guarantee, print the words all the same."""

    promise_id: str
    item_id: str | None
    state: str
    guaranteed_on: str | None
    estimated_on: str | None
    words: dict[str, LabelWords]
