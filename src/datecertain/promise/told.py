"""The shapes of what `telling` and `telling_dates` tell: quotes as programs read them.

Dates are local ones, `YYYY-MM-DD`; times without an offset are local ones of their place. Texts are
in the language asked for. None: there is none.
"""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict


class ClosedDayTold(TypedDict):
    """A date on which work waited; `holiday` is empty for a weekday that is not worked."""

    date: str
    holiday: str
    source: str


class StepTold(TypedDict):
    """One step of the standard journey, by the clocks of its place. The last one, `buffer` or
    `standard`, has its text only."""

    step: str
    text: str
    place: NotRequired[str]
    ready: NotRequired[str]
    by: NotRequired[str]
    done: NotRequired[str]
    flight: NotRequired[str | None]
    to: NotRequired[str | None]
    waited_for: NotRequired[list[ClosedDayTold]]


#: From when the post holds the item, and who bears the time before.
PossessionTold = TypedDict("PossessionTold", {"from": str, "borne_by": str})


class ConditionTold(TypedDict):
    """The published condition that decided."""

    name: str
    kind: str
    text: str | None
    source: str


class PercentileTold(TypedDict):
    """The date by which so many of a hundred past items were delivered; None: fewer were."""

    percent: int
    on: str | None


class ExpectedTold(TypedDict):
    """What past items did; it binds nobody. Without a `pool` there were too few: at least
    `minimum_items` are wanted."""

    pool: str | None
    items: int
    text: str
    minimum_items: NotRequired[int]
    not_delivered: NotRequired[int]
    accepted_from: NotRequired[str]
    accepted_until: NotRequired[str]
    percentiles: NotRequired[list[PercentileTold]]


class QuoteTold(TypedDict):
    """One quote. `status`: guaranteed, estimate or refused, then with a `reason`; `due_on` the date
    told; `carried_on` the one the network carries, `added_days` the margin between them."""

    status: str
    due_on: str | None
    reason: str | None
    reason_text: str | None
    origin: str
    origin_area: str | None
    destination: str
    destination_area: str | None
    accepted_at: str
    product: str
    contents: str | None
    channel: str | None
    address: str
    possession: PossessionTold | None
    carried_on: str | None
    added_days: int
    condition: ConditionTold | None
    notes: list[str]
    network_version: str
    expected: ExpectedTold | None
    steps: list[StepTold]


class AskedTold(TypedDict):
    """The question, as it was understood."""

    origin: str
    origin_postcode: str | None
    destination: str
    destination_postcode: str | None
    accepted_at: str
    product: str
    contents: str | None
    channel: str | None
    address: str
    network_version: str


#: One answer of a day, and the clock times of acceptance that it holds for.
StretchTold = TypedDict(
    "StretchTold",
    {
        "from": str, "until": str, "status": str, "due_on": str | None, "reason": str | None,
        "reason_text": str | None, "text": str,
    },
)  # fmt: skip


class DayTold(TypedDict):
    """The answers of one date of acceptance."""

    accepted_on: str
    answers: list[StretchTold]
    text: str


class WeekTold(AskedTold):
    """The dates told in the days from the time asked for."""

    days: list[DayTold]


class NowTold(TypedDict):
    """What is told at the time asked for."""

    status: str
    due_on: str | None
    reason: str | None
    reason_text: str | None


class NowTextTold(NowTold):
    """The same, with a sentence."""

    text: str


class LatestTold(AskedTold):
    """The last minute of acceptance that still gives the date wanted, `post_by`; or by `chance`
    why there is none."""

    wanted_on: str
    chance: str
    post_by: str | None
    due_on: str | None
    reason: str | None
    now: NowTold
    text: str


class AlternativeTold(TypedDict):
    """Another way: what changes, to what, and the date. `carried_on` instead of `due_on`: what the
    network would carry, which nobody may promise."""

    change: str
    to: str | None
    accepted_at: str
    status: str | None
    reason: str | None
    text: str
    due_on: NotRequired[str]
    carried_on: NotRequired[str]


class AlternativesTold(AskedTold):
    """The date as asked, and other ways to a date."""

    now: NowTextTold
    alternatives: list[AlternativeTold]
